"""The words that tell what lasts from what is wanted once, as ``lasting.yaml`` lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tools.reading.quotes import Span
from tools.reading.word_lists import load_word_lists

# What may stand between a denial and what it denies: "I can't find shoes for flat feet" has more.
_BETWEEN_DENIED = re.compile(
    r"(?:\s|的|了|什么|任何|特别|明显|得|有|是|\b(?:really|actually|even|have|has|had|got|getting|get|any|a|an|the|my|"
    r"suffer|suffering|from|with|exactly|more|that|such|of|do|am|be|run)\b)*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Marker:
    """Words of a list that stand in a text.

    Attributes:
        kind: the list, such as ``like``.
        span: where they stand.
    """

    kind: str
    span: Span


def says(kind: str, text: str) -> bool:
    """Whether a text has words of a list."""
    return _patterns()[kind].search(plain(text)) is not None


def markers(kinds: Sequence[str], text: str) -> list[Marker]:
    """Every place where a text has words of some lists, also within one another."""
    text = plain(text)
    return [
        Marker(kind, Span(match.start(), match.end()))
        for kind in kinds
        for match in _patterns()[kind].finditer(text)
    ]


def nearest(kinds: Sequence[str], text: str, at: int) -> Marker | None:
    """The words of some lists that stand nearest before a place.

    Of two that end together the longer counts: "don't like" before "like".
    """
    before = [marker for marker in markers(kinds, text) if marker.span.end <= at]
    return max(before, key=lambda m: (m.span.end, -m.span.start), default=None)


def is_denied(text: str, at: int) -> bool:
    """Whether what stands at a place is denied: "I don't have flat feet", "I'm not a 43".

    "I can't find shoes for flat feet" denies no feet.
    """
    marker = nearest(("denied", "over"), text, at)
    return marker is not None and _BETWEEN_DENIED.fullmatch(text[marker.span.end : at]) is not None


def whole(kind: str, text: str) -> bool:
    """Whether a text is one word of a list and nothing else."""
    return _patterns()[kind].fullmatch(plain(text).strip()) is not None


def plain(text: str) -> str:
    """A text with straight apostrophes, of the same length."""
    return text.replace("’", "'")


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return load_word_lists("assistant.profile.dialogue", "lasting.yaml")
