"""Bare FAISS as one of the stores: a floor, and no peer."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.retrieval.peer_stores import CataloguePart, Floats, built


class BareFaiss:
    """FAISS with nothing around it, the filter settled first: HNSW or brute force by selectivity.

    No store can do much better; it is a floor, and no peer.
    """

    _BRUTE_BELOW = 0.3

    def __init__(self, part: CataloguePart, folder: Path) -> None:
        self._faiss: Any = importlib.import_module("faiss")

        def build(home: Path) -> None:
            vectors = np.ascontiguousarray(part.vectors, dtype=np.float32)
            index = self._faiss.IndexHNSWFlat(
                vectors.shape[1], 32, self._faiss.METRIC_INNER_PRODUCT
            )
            index.hnsw.efConstruction = 200
            index.add(vectors)
            self._faiss.write_index(index, str(home / "hnsw.faiss"))

        self._index = self._faiss.read_index(str(built(folder, build) / "hnsw.faiss"))
        self._index.hnsw.efSearch = 96
        self._vectors = np.ascontiguousarray(part.vectors, dtype=np.float32)
        self._prices = part.prices

    def settings(self) -> str:
        """See ``Store.settings``."""
        return "HNSW, M 32, ef 96; brute force below 30 %"

    def vector(self, query: Floats, most: float, k: int) -> Sequence[int]:
        """See ``Store.vector``."""
        allowed = self._prices <= np.float32(most)
        rows = np.flatnonzero(allowed)
        if len(rows) < self._BRUTE_BELOW * len(allowed):
            scores = self._vectors[rows] @ query
            best = np.argsort(-scores)[:k]
            return [int(row) for row in rows[best]]
        params = None
        if len(rows) < len(allowed):
            bits = np.packbits(allowed, bitorder="little")
            params = self._faiss.SearchParametersHNSW(
                sel=self._faiss.IDSelectorBitmap(bits), efSearch=96
            )
        found = self._index.search(query[None], k, params=params)[1][0]
        return [int(row) for row in found if row >= 0]

    def hybrid(self, query: Floats, text: str, most: float, k: int) -> Sequence[int]:
        """See ``Store.hybrid``."""
        raise NotImplementedError
