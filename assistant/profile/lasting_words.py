"""The words that tell what lasts from what is wanted once, as ``lasting.yaml`` lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tools.reading.quotes import Span
from tools.reading.word_lists import load_word_lists


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


def whole(kind: str, text: str) -> bool:
    """Whether a text is one word of a list and nothing else."""
    return _patterns()[kind].fullmatch(plain(text).strip()) is not None


def plain(text: str) -> str:
    """A text with straight apostrophes, of the same length."""
    return text.replace("’", "'")


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return load_word_lists("assistant.profile", "lasting.yaml")
