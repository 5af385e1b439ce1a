"""Whether a quote stands in a message."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_EDGE = " \t\n\"'“”‘’「」《》.,;:!?。，、；：！？…()（）"


@dataclass(frozen=True)
class Span:
    """A part of a message, in characters."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether they share a character."""
        return self.start < other.end and other.start < self.end


def find_quote(quote: str, message: str) -> Span | None:
    """Where a quote stands in a message, letter case, width and spacing aside.

    Returns:
        The span of the shopper's own words, or None where they are not there.
    """
    wanted, _ = _folded(quote.strip(_EDGE))
    if not wanted:
        return None
    text, places = _folded(message)
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if _whole_words(text, at, end, message, places):
            return Span(places[at], places[end - 1] + 1)
        at = text.find(wanted, at + 1)
    return None


def _folded(text: str) -> tuple[str, list[int]]:
    """The text without spaces, case and width, and where each of its characters stood."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for folded in unicodedata.normalize("NFKC", character).casefold():
            if not folded.isspace():
                characters.append(folded)
                places.append(place)
    return "".join(characters), places


def _whole_words(text: str, start: int, end: int, message: str, places: list[int]) -> bool:
    """Whether the match cuts no Latin word in two: "men" does not stand in "women"."""
    first, last = places[start], places[end - 1]
    before = message[first - 1] if first else " "
    after = message[last + 1] if last + 1 < len(message) else " "
    return not (_latin(before) and _latin(text[start])) and not (
        _latin(after) and _latin(text[end - 1])
    )


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
