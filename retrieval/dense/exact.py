"""What exact search finds, block by block: what recall is measured against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.dense.protocol import Rows
from retrieval.dense.store import VectorStore


class Hiding(Protocol):
    """Which rows each of several queries may find."""

    def __call__(self, rows: slice) -> NDArray[np.bool_]:
        """Shape (queries, rows), or (1, rows) where all queries may find the same."""
        ...


def nearest(
    store: VectorStore, queries: NDArray[np.float32], masks: Mapping[str, Hiding], k: int
) -> dict[str, tuple[Rows, NDArray[np.float32]]]:
    """The ``k`` nearest rows of each query under each mask, and their scores.

    Returns:
        By mask, two arrays of shape (queries, k), best first; where fewer rows are left, the row
        is -1 and the score minus infinity.
    """
    count = len(queries)
    best = {
        name: (np.full((count, k), -1, np.int64), np.full((count, k), -np.inf, np.float32))
        for name in masks
    }
    for start, vectors in store.blocks():
        scores = queries @ vectors.T
        block = slice(start, start + len(vectors))
        for name, mask in masks.items():
            allowed = mask(block)
            if len(allowed) == 1:
                columns = np.flatnonzero(allowed[0])
                left = scores[:, columns]
            else:
                columns = np.arange(len(vectors))
                left = np.where(allowed, scores, -np.inf)
            if len(columns) > k:
                top = np.argpartition(left, len(columns) - k, axis=1)[:, -k:]
                columns, left = columns[top], np.take_along_axis(left, top, axis=1)
            else:
                columns = np.broadcast_to(columns, left.shape)
            rows = np.concatenate([best[name][0], columns + start], axis=1)
            found = np.concatenate([best[name][1], left], axis=1)
            order = np.argsort(-found, axis=1, kind="stable")[:, :k]
            best[name] = (
                np.take_along_axis(rows, order, axis=1),
                np.take_along_axis(found, order, axis=1),
            )
    return best


def recall(found: Rows, wanted: Rows) -> float:
    """The share of the wanted rows that was found; -1 is no row."""
    wanted = wanted[wanted >= 0]
    return float(np.isin(wanted, found).mean()) if len(wanted) else 1.0
