"""The catalogue's own words, and those of them that a misspelt word may stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from wordfreq import zipf_frequency

from retrieval.errors import IndexBroken
from retrieval.lexical.weights import Fields
from retrieval.text import stem

# A word that people write more often than about once in three million words is meant as it
# stands, though no product has it; the logarithmic scale is that of wordfreq.
_ORDINARY = 2.5
_SHORTEST = 4
_NAMES = ("title", "brand", "kind", "category", "words")
# From this length on, two slips are one too few to make another word.
_LONG = 8
_MOST_WORDS = 200_000
_BEST = 3
# Of two words that are as near, one this many times as common is the one meant.
_CLEARLY = 8.0


class WordList:
    """Words that products are called by, with the letters of each as bits.

    Args:
        words: stems in lower case, letters only, the most common first.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self._letters = _letters(self.words)
        self._lengths = np.asarray([len(word) for word in self.words], dtype=np.int16)

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> WordList:
        """The most common words of those counted."""
        ordered = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(ordered[:_MOST_WORDS])

    @classmethod
    def load(cls, folder: Path, name: str) -> WordList:
        """Reads what ``save`` wrote.

        Raises:
            IndexBroken: the file is missing or damaged.
        """
        try:
            return cls((folder / f"{name}.words.txt").read_text(encoding="ascii").split())
        except (OSError, ValueError) as error:
            raise IndexBroken("The word list of the index cannot be read.") from error

    def save(self, folder: Path, name: str) -> None:
        """Writes the words into a folder."""
        (folder / f"{name}.words.txt").write_text("\n".join(self.words), encoding="ascii")

    def extended(self, more: Iterable[str]) -> WordList:
        """The list with further words at its end, those that it has left out."""
        return WordList(list(dict.fromkeys([*self.words, *more]))[:_MOST_WORDS])

    def near(self, word: str, count: Callable[[str], int]) -> list[str]:
        """The words that a word which no product has may stand for, likeliest first.

        Args:
            word: one word in lower case.
            count: how many products have a word.

        Returns:
            Several where they are as near and about as common; none where the word is an
            ordinary one, has figures, or has no near word.
        """
        if not word.isascii() or not word.isalpha() or len(word) < _SHORTEST:
            return []
        if zipf_frequency(word, "en") >= _ORDINARY:
            return []
        typed = stem(word)
        most = 2 if len(typed) >= _LONG else 1
        found = [
            (OSA.distance(typed, self.words[place], score_cutoff=most), self.words[place])
            for place in self._alike(typed, most)
        ]
        ranked = [
            (distance, other[0] != typed[0], other)
            for distance, other in found
            if distance <= most and (distance == 1 or other[0] == typed[0])
        ]
        if not ranked:
            return []
        nearest = min(ranked)[:2]
        rivals = {other: count(other) for *rank, other in ranked if tuple(rank) == nearest}
        top = max(rivals.values())
        clear = [
            w for w in sorted(rivals, key=lambda w: (-rivals[w], w)) if rivals[w] * _CLEARLY > top
        ]
        return clear[:_BEST]

    def _alike(self, word: str, most: int) -> NDArray[np.int64]:
        """Places of words of about the length whose letters differ little."""
        if not self.words:
            return np.empty(0, dtype=np.int64)
        differ = np.bitwise_count(self._letters ^ _letters([word])[0])
        close = np.abs(self._lengths - len(word)) <= most
        return np.flatnonzero(close & (differ <= 2 * most))


def _letters(words: Sequence[str]) -> NDArray[np.uint32]:
    bits = [sum(1 << (ord(c) - 97) for c in set(word) if "a" <= c <= "z") for word in words]
    return np.asarray(bits, dtype=np.uint32)


def name_words(fields: Fields) -> set[str]:
    """The words that a misspelt one may stand for: those of names, not of descriptions."""
    return {
        term
        for name in _NAMES
        for term in fields.get(name, ())
        if len(term) > 3 and term.isascii() and term.isalpha()
    }
