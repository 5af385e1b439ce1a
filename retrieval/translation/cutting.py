"""A query cut into the words that are looked up: Chinese ones as long as they are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jieba

from retrieval.text import has_cjk

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PIECE = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:[.'’\-/][^\W_{_CJK}]+)*")
_LONGEST = 6
# Costs of cutting: few and known words, at the borders where the segmenter sees them too.
_KNOWN, _UNKNOWN, _ELSEWHERE = 1.0, 2.5, 0.4


@dataclass(frozen=True)
class Piece:
    """A word of a query.

    Attributes:
        text: as written in the normalised query.
        chinese: whether it is.
        known: whether it was found in the thesaurus; an English one counts as known.
    """

    text: str
    chinese: bool
    known: bool = True


def cut(query: str, knows: Callable[[str], bool]) -> Iterator[Piece]:
    """The words of a normalised, simplified query in order.

    Args:
        query: what the shopper wrote.
        knows: whether a Chinese word can be looked up.
    """
    for match in _PIECE.finditer(query):
        if has_cjk(match.group()):
            yield from _chinese(match.group(), knows)
        else:
            yield Piece(match.group(), chinese=False)


def _chinese(run: str, knows: Callable[[str], bool]) -> list[Piece]:
    borders = {0}
    for word in jieba.cut(run):
        borders.add(max(borders) + len(word))
    # The cheapest way to cut the run up to each place, and where its last word begins.
    best = [0.0] + [float("inf")] * len(run)
    begins = [0] * (len(run) + 1)
    known = [False] * (len(run) + 1)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - _LONGEST), end):
            listed = knows(run[start:end])
            if not listed and not _one_word(start, end, borders):
                continue
            cost = best[start] + (_KNOWN if listed else _UNKNOWN)
            cost += 0.0 if end in borders else _ELSEWHERE
            if cost < best[end]:
                best[end], begins[end], known[end] = cost, start, listed
    pieces: list[Piece] = []
    end = len(run)
    while end:
        pieces.append(Piece(run[begins[end] : end], chinese=True, known=known[end]))
        end = begins[end]
    return pieces[::-1]


def _one_word(start: int, end: int, borders: set[int]) -> bool:
    """Whether the segmenter takes it for a word, or it is one character."""
    if end - start == 1:
        return True
    inside = any(start < border < end for border in borders)
    return start in borders and end in borders and not inside
