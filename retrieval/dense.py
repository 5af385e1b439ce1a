"""Nearest vectors by FAISS, among the rows that a filter leaves."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.embedding import Vectors
from retrieval.errors import IndexBroken


class DenseIndex:
    """A flat inner-product index: exact at any filter. Vectors are of length one."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """An index over vectors of shape (rows, dimensions)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Reads an index that ``save`` wrote.

        Raises:
            IndexBroken: the file is missing or cut short.
        """
        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise IndexBroken(f"The vectors in {path.name} cannot be read.") from error

    def save(self, path: Path) -> None:
        """Writes the index to a file."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, query: Vectors, k: int, mask: Mask | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``k`` rows nearest to a query, best first.

        Args:
            query: shape (dimensions,).
            k: how many at most.
            mask: the rows that may be found; None for all.

        Returns:
            Rows and their inner products, equally long, at most ``k``.
        """
        params = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)
            params = faiss.SearchParameters(sel=selector)
        scores, rows = self._index.search(query.reshape(1, -1), k, params=params)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]
