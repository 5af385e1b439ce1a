"""Gathers the terms of products into a word index."""

from __future__ import annotations

from collections import Counter

from retrieval.lexical.index import LexicalIndex
from retrieval.lexical.spelling import WordList, name_words
from retrieval.lexical.weights import Fields, Lengths
from retrieval.postings import PostingsBuilder

# Average lengths settle after so many products.
_FIRST_ROWS = 5_000


class LexicalBuilder:
    """Gathers the terms of products, row after row."""

    def __init__(self) -> None:
        self._postings = PostingsBuilder(weighted=True)
        self._waiting: list[Fields] = []
        self._lengths: Lengths | None = None
        self._words: Counter[str] = Counter()
        self._rows = 0

    def add(self, fields: Fields) -> None:
        """Adds the next row."""
        self._words.update(name_words(fields))
        if self._lengths is None:
            self._waiting.append(fields)
            if len(self._waiting) >= _FIRST_ROWS:
                self._settle()
            return
        self._put(fields)

    def build(self) -> LexicalIndex:
        """The index of all rows added."""
        lengths = self._lengths or self._settle()
        words = WordList.of(self._words)
        return LexicalIndex(self._postings.build(), words, lengths, self._rows)

    def _settle(self) -> Lengths:
        lengths = self._lengths = Lengths.of(self._waiting)
        waiting, self._waiting = self._waiting, []
        for fields in waiting:
            self._put(fields)
        return lengths

    def _put(self, fields: Fields) -> None:
        assert self._lengths is not None
        weights = self._lengths.weights(fields)
        self._postings.add(self._rows, weights.keys(), weights.values())
        self._rows += 1
