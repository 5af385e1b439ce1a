"""BM25 over stemmed English and segmented Chinese, among the rows that a filter leaves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.errors import IndexBroken
from retrieval.product import Product
from retrieval.text import search_terms
from retrieval.vocabulary import Term, Vocabulary

# Robertson and Zaragoza (2009) give 1.2 to 2 and 0.5 to 0.8; product texts are short and alike in
# length, so that length counts for little.
_K1, _B = 1.2, 0.5


class LexicalIndex:
    """BM25 (Lucene's form) over the products' words."""

    def __init__(self, bm25: bm25s.BM25, size: int) -> None:
        self._bm25 = bm25
        self._size = size

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> LexicalIndex:
        """An index over documents that are already cut into terms."""
        bm25 = bm25s.BM25(k1=_K1, b=_B, method="lucene")
        bm25.index([list(d) for d in documents], show_progress=False)
        return cls(bm25, len(documents))

    @classmethod
    def load(cls, folder: Path, size: int) -> LexicalIndex:
        """Reads an index that ``save`` wrote.

        Raises:
            IndexBroken: a file is missing or cut short.
        """
        try:
            return cls(bm25s.BM25.load(str(folder), load_corpus=False), size)
        except (OSError, ValueError, KeyError) as error:
            raise IndexBroken("The word index cannot be read.") from error

    def save(self, folder: Path) -> None:
        """Writes the index into a folder."""
        self._bm25.save(str(folder), show_progress=False)

    def knows(self, term: str) -> bool:
        """Whether any document has the term."""
        return term in self._bm25.vocab_dict

    def search(
        self, query: str, k: int, mask: Mask | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``k`` rows that share words with a query, best first.

        Args:
            query: as the shopper or the model wrote it.
            k: how many at most.
            mask: the rows that may be found; None for all.

        Returns:
            Rows and their scores above zero, equally long, at most ``k``.
        """
        known = [term for term in search_terms(query) if term in self._bm25.vocab_dict]
        if not known:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        scores = self._bm25.get_scores(known)
        if mask is not None:
            scores = np.where(mask, scores, 0.0)
        k = min(k, self._size)
        best = np.argpartition(-scores, k - 1)[:k]
        best = best[np.lexsort((best, -scores[best]))]
        best = best[scores[best] > 0]
        return best.astype(np.int64), scores[best].astype(np.float32)


def lexical_terms(product: Product, vocabulary: Vocabulary) -> list[str]:
    """The terms of a product: its own words, and the other words for its values.

    The title counts twice, as what it is called outweighs what is said of it.
    """
    texts = [product.title, product.title, product.title_zh or "", product.brand or ""]
    texts += [*product.category, product.description]
    terms: list[Term] = [Term("brand", product.brand)] if product.brand else []
    terms += [Term("category", step) for step in product.category]
    for name in product.attributes:
        for value in product.values(name):
            if value is not False and not isinstance(value, float):
                terms.append(Term(name, value))
    texts += [word for term in terms for word in vocabulary.words_for(term)]
    return [term for text in texts for term in search_terms(text)]
