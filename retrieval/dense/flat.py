"""Every row compared: exact at any mask, for catalogues that are small enough."""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.dense.protocol import Rows, Scores
from retrieval.dense.store import VectorStore


class Flat:
    """float16 vectors in memory, compared one by one.

    Args:
        index: of scalar codes, float16.
    """

    def __init__(self, index: faiss.IndexScalarQuantizer) -> None:
        self.index = index

    def __len__(self) -> int:
        return int(self.index.ntotal)

    def search(
        self, query: NDArray[np.float32], k: int, mask: Mask | None, store: VectorStore
    ) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows that the mask leaves."""
        params = None
        if mask is not None:
            bits = np.packbits(mask[: len(self)], bitorder="little")
            params = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        scores, rows = self.index.search(query.reshape(1, -1), k, params=params)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]
