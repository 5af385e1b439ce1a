"""Rows divided into lists of neighbours, the lists nearest to a query searched first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.dense.protocol import Rows, Scores
from retrieval.dense.store import VectorStore, ordered
from retrieval.dense.structure import SPARE, allowed_rows
from retrieval.dense.tuning import Tuning

_DEEPER = 6
_DEEPEST = 12_000
_PROMISED = 10
"""Ranks that recall is measured at: what is searched is settled by them, and deeper ones follow."""
_SHARED_FROM = 200_000
_FEW = 0.05


class Lists:
    """Codes in lists, searched until what is not searched cannot be nearer.

    A fixed number of lists finds nothing where a mask leaves nothing in them, and a fixed number
    of candidates misses the best where very many are about equally near. So both are checked
    against the worst row that was found, by the margins that the tuning measured, and widened
    until they hold.

    Args:
        index: a FAISS index of inverted lists.
    """

    def __init__(self, index: faiss.IndexIVF, tuning: Tuning) -> None:
        self.index: Any = index
        self._tuning = tuning
        self._centres = index.quantizer.reconstruct_n(0, index.nlist)
        self._list_of = self._lists_of_rows()
        self._helper = ThreadPoolExecutor(1, initializer=faiss.omp_set_num_threads, initargs=(1,))
        self._helping = threading.Lock()

    def __len__(self) -> int:
        return int(self.index.ntotal)

    def search(
        self, query: NDArray[np.float32], k: int, mask: Mask | None, store: VectorStore
    ) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows that the mask leaves, scored by the store's vectors."""
        left, selector, skipped = len(self), None, None
        if mask is not None:
            mask = mask[: len(self)]
            left = int(np.count_nonzero(mask))
            selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
            if left < _FEW * len(self):
                held = np.bincount(
                    self._list_of[np.flatnonzero(mask)], minlength=len(self._centres)
                )
                skipped = held == 0
        lists, near = self._nearest_first(query, skipped)
        probes = self._tuning.probes_at(left / len(self))
        depth = 2 * k + SPARE
        rows, codes = self._scan(query, depth, lists[:probes], near[:probes], selector)
        while True:
            found, scores = store.best(query, rows, k)
            full = len(scores) == k
            worst = float(scores[min(k, _PROMISED) - 1]) if full else -np.inf
            needed = int(np.searchsorted(-near, self._tuning.margin - worst))
            if needed > probes:
                part = slice(probes, needed)
                more, their = self._scan(query, depth, lists[part], near[part], selector)
                rows, codes = ordered(
                    np.concatenate([rows, more]), np.concatenate([codes, their]), depth
                )
                probes = needed
            elif len(rows) == depth and codes[-1] + self._tuning.error > worst:
                depth *= _DEEPER
                if depth > min(_DEEPEST, left // 2):
                    return store.best(query, allowed_rows(mask, len(self)), k)
                rows, codes = self._scan(query, depth, lists[:probes], near[:probes], selector)
            else:
                return found, scores

    def codes(self, query: NDArray[np.float32], rows: Rows) -> tuple[Rows, Scores]:
        """What the codes say of some rows: how the tuning's error is measured."""
        mask = np.zeros(len(self), bool)
        mask[rows] = True
        selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        near = (self._centres @ query).astype(np.float32)
        return self._scan(query, len(rows), np.arange(len(near)), near, selector)

    def near(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Inner products of queries with the lists' middles, shape (queries, lists)."""
        products: NDArray[np.float32] = queries @ self._centres.T
        return products

    def list_of_rows(self) -> NDArray[np.int32]:
        """Which list each row is in."""
        return self._list_of

    def _lists_of_rows(self) -> NDArray[np.int32]:
        of_rows = np.empty(len(self), np.int32)
        lists = self.index.invlists
        for number in range(self.index.nlist):
            size = lists.list_size(number)
            if size:
                of_rows[faiss.rev_swig_ptr(lists.get_ids(number), size)] = number
        return of_rows

    def _nearest_first(
        self, query: NDArray[np.float32], skipped: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        near = np.empty(len(self._centres), np.float32)
        faiss.fvec_inner_products_ny(
            faiss.swig_ptr(near),
            faiss.swig_ptr(query),
            faiss.swig_ptr(self._centres),
            len(query),
            len(near),
        )
        lists = np.argsort(-near)
        if skipped is not None:
            lists = lists[~skipped[lists]]
        return lists, near[lists]

    def _scan(
        self,
        query: NDArray[np.float32],
        depth: int,
        lists: NDArray[np.int64],
        near: NDArray[np.float32],
        selector: faiss.IDSelector | None,
    ) -> tuple[Rows, Scores]:
        long = len(lists) * len(self) > _SHARED_FROM * len(self._centres)
        if not long or not self._helping.acquire(blocking=False):
            return self._scan_alone(query, depth, lists, near, selector)
        try:
            other = self._helper.submit(
                self._scan_alone, query, depth, lists[1::2], near[1::2], selector
            )
            rows, codes = self._scan_alone(query, depth, lists[::2], near[::2], selector)
            more, their = other.result()
        finally:
            self._helping.release()
        return ordered(np.concatenate([rows, more]), np.concatenate([codes, their]), depth)

    def _scan_alone(
        self,
        query: NDArray[np.float32],
        depth: int,
        lists: NDArray[np.int64],
        near: NDArray[np.float32],
        selector: faiss.IDSelector | None,
    ) -> tuple[Rows, Scores]:
        lists, near = np.ascontiguousarray(lists), np.ascontiguousarray(near)
        scores = np.empty(depth, np.float32)
        rows = np.empty(depth, np.int64)
        params = faiss.SearchParametersIVF(nprobe=len(lists), sel=selector)
        self.index.search_preassigned_c(
            1,
            faiss.swig_ptr(query),
            depth,
            faiss.swig_ptr(lists),
            faiss.swig_ptr(near),
            faiss.swig_ptr(scores),
            faiss.swig_ptr(rows),
            False,
            params,
        )
        found = rows >= 0
        return rows[found], scores[found]
