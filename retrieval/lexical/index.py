"""The word index: field-aware BM25 whose weights are reckoned when a product is added."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.errors import IndexBroken
from retrieval.lexical.query import Alternatives, Group, read
from retrieval.lexical.ranking import List, Lists, best_rows, scores_at
from retrieval.lexical.spelling import WordList, name_words
from retrieval.lexical.weights import Fields, Lengths
from retrieval.postings import Postings

_STEM = "terms"


class LexicalIndex:
    """Which words stand in which products, and how much they say of each.

    A term counts ``log(1 + (n - df + 0.5) / (df + 0.5))`` times its weight in the product, which
    is the saturated sum over the fields; ``n`` and ``df`` are those of the base, so that scores
    stand still while products are added.

    Args:
        postings: rows and weights by term.
        words: what misspelt words are mended to.
        lengths: of the fields.
        size: rows in the base.
    """

    def __init__(self, postings: Postings, words: WordList, lengths: Lengths, size: int) -> None:
        self._postings = postings
        self._words = words
        self._lengths = lengths
        self._base = size
        self._size = size
        self._new_words: set[str] = set()

    def __len__(self) -> int:
        return self._size

    @property
    def lengths(self) -> Lengths:
        """How long the fields are."""
        return self._lengths

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Reads an index that ``save`` wrote, mapped into memory.

        Raises:
            IndexBroken: a file is missing or cut short.
        """
        try:
            data = json.loads((folder / f"{_STEM}.json").read_bytes())
            size = int(data["rows"])
            average = {str(name): float(length) for name, length in data["lengths"].items()}
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise IndexBroken("The word index cannot be read.") from error
        words = WordList.load(folder, _STEM)
        return cls(Postings.load(folder, _STEM), words, Lengths(average), size)

    def save(self, folder: Path) -> None:
        """Writes the index into a folder; fold what was added first (``extended``)."""
        self._postings.save(folder, _STEM)
        self._words.save(folder, _STEM)
        data = {"rows": self._base, "lengths": dict(self._lengths.average)}
        (folder / f"{_STEM}.json").write_text(json.dumps(data, indent=1), encoding="utf-8")

    def knows(self, term: str) -> bool:
        """Whether any product has the term (a stem, a number, a Chinese word)."""
        return self._postings.count(term) > 0

    def add(self, row: int, fields: Fields) -> None:
        """Adds a product after all others; readers see it once their mask reaches it.

        Args:
            row: greater than every row so far.
            fields: its terms, from ``fields_of``.
        """
        weights = self._lengths.weights(fields)
        self._postings.add(row, weights.keys(), list(weights.values()))
        self._new_words.update(name_words(fields))
        self._size = row + 1

    def extended(self, rows: int | None = None) -> LexicalIndex:
        """The same index with what was added folded into the base; counts are taken anew.

        Args:
            rows: those from here on are left out; the writer may be adding them meanwhile.
        """
        rows = self._size if rows is None else rows
        words = self._words.extended(sorted(self._new_words.copy()))
        return LexicalIndex(self._postings.extended(rows), words, self._lengths, rows)

    def search(
        self, query: str, k: int, mask: Mask, alternatives: Alternatives = ()
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``k`` rows that share words with a query, best first.

        Args:
            query: as the shopper or the model wrote it.
            k: how many at most.
            mask: the rows that may be found, shape (rows,).
            alternatives: where there are any, they stand for the query: for each of its words
                all the ways to say it, with a weight each; a word scores by the best of them.

        Returns:
            Rows and their scores, equally long, at most ``k``; ties by row. A score is the share
            of the query that the product answers, above 0 and below 1.
        """
        groups = self.read(query, alternatives)
        rows, scores = best_rows(self.lists(groups, len(mask)), k, mask)
        return rows, scores / self._whole(groups)

    def read(self, query: str, alternatives: Alternatives = ()) -> list[Group]:
        """The query as groups of terms that the catalogue knows, misspelt words mended."""
        return read(query, self.knows, self._mend, alternatives)

    def lists(self, groups: Sequence[Group], size: int) -> list[Lists]:
        """The postings of each group among the first ``size`` rows."""
        return [
            Lists(
                tuple(
                    tuple(self._list(term, way.weight, size) for term in way.terms)
                    for way in group.ways
                )
            )
            for group in groups
        ]

    def scores(
        self, query: str, rows: NDArray[np.int64], alternatives: Alternatives = ()
    ) -> NDArray[np.float32]:
        """The scores of given rows, in any order; 0 for one without a word of the query."""
        size = int(rows.max()) + 1 if len(rows) else 0
        groups = self.read(query, alternatives)
        return scores_at(self.lists(groups, size), rows) / self._whole(groups)

    def rarity(self, term: str) -> float:
        """How much a term tells: the logarithm of how few of the base's products have it."""
        start, end = self._postings.span(term)
        held = end - start
        return math.log(1.0 + (max(self._base, held) - held + 0.5) / (held + 0.5))

    def _whole(self, groups: Sequence[Group]) -> np.float32:
        """What a product would score that is about nothing but the query."""
        best = (
            max(way.weight * sum(map(self.rarity, way.terms)) for way in group.ways)
            for group in groups
        )
        return np.float32(sum(best) or 1.0)

    def _list(self, term: str, weight: float, size: int) -> List:
        rows, weights = self._postings.rows_of(term, size)
        assert weights is not None
        rows, weights = np.asarray(rows), np.asarray(weights)
        factor = np.float32(self.rarity(term) * weight)
        heaviest = float(weights.max() * factor) if len(weights) else 0.0
        return List(rows, weights, factor, heaviest)

    def _mend(self, word: str) -> Sequence[str]:
        return self._words.near(word, self._postings.count)
