"""Rows joined to their neighbours: quick where few are masked out."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.dense.protocol import Rows, Scores
from retrieval.dense.store import VectorStore
from retrieval.dense.structure import SPARE, allowed_rows, survivors

_WIDEST = 1024
_DEEPER = 4


class Graph:
    """An HNSW graph, walked without the mask.

    What the walk finds is right for a mask as long as ``k`` of it are left; where too few are,
    the codes of all rows that the mask leaves are compared.

    Args:
        index: HNSW over scalar codes.
        width: candidates held while walking, as measured when it was built.
        error: by how much a row can be nearer than its code says.
    """

    def __init__(self, index: faiss.IndexHNSWSQ, *, width: int, error: float) -> None:
        self.index: Any = index
        self._storage = faiss.downcast_index(index.storage)
        self._width = width
        self._error = error

    def __len__(self) -> int:
        return int(self.index.ntotal)

    def search(
        self, query: NDArray[np.float32], k: int, mask: Mask | None, store: VectorStore
    ) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows that the mask leaves, scored by the store's vectors."""
        rows = survivors(self._walked, query, k, mask, len(self), _WIDEST, spare=SPARE)
        return self._compared(query, k, mask, store) if rows is None else store.best(query, rows, k)

    def _walked(self, query: NDArray[np.float32], count: int) -> Rows:
        # The last that a walk finds are the least sure, and a mask may leave only those.
        params = faiss.SearchParametersHNSW(efSearch=max(self._width, 2 * count))
        found: Rows = self.index.search(query.reshape(1, -1), count, params=params)[1][0]
        return found

    def codes(self, query: NDArray[np.float32], rows: Rows) -> tuple[Rows, Scores]:
        """What the codes say of some rows: how the tuning's error is measured."""
        params = faiss.SearchParameters(sel=faiss.IDSelectorBatch(rows))
        codes, found = self._storage.search(query.reshape(1, -1), len(rows), params=params)
        return found[0], codes[0]

    def _compared(
        self, query: NDArray[np.float32], k: int, mask: Mask | None, store: VectorStore
    ) -> tuple[Rows, Scores]:
        left, params = len(self), None
        if mask is not None:
            left = int(np.count_nonzero(mask[: len(self)]))
            bits = np.packbits(mask[: len(self)], bitorder="little")
            params = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        depth = 2 * k + SPARE
        while depth < left // 2:
            codes, rows = self._storage.search(query.reshape(1, -1), depth, params=params)
            found, scores = store.best(query, rows[0], k)
            if codes[0][-1] + self._error <= scores[-1]:
                return found, scores
            depth *= _DEEPER
        return store.best(query, allowed_rows(mask, len(self)), k)
