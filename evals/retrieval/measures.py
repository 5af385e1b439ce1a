"""Quantiles, recall and ratios, as the tables of retrieval use them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.embedding import Vectors

_ROWS_AT_ONCE = 65_536
_SAME = 1e-5
"""Inner products that differ by less are the same: stores sum in different orders."""


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least that share of them does not exceed (nearest rank).

    Raises:
        ValueError: there is no value.
    """
    if not values:
        raise ValueError("A quantile of nothing.")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios round by round.

    Both were measured in the same rounds, so that what slows the machine for a while slows both.

    Raises:
        ValueError: the rounds are not equally many, or there is none.
    """
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def exact_floor(
    vectors: NDArray[np.floating[Any]], queries: Vectors, allowed: Sequence[Mask], k: int
) -> NDArray[np.float32]:
    """The inner product of the last of the ``k`` rows truly nearest to each query.

    Args:
        vectors: shape (rows, dimensions); may be a memory map.
        queries: shape (queries, dimensions).
        allowed: masks of shape (rows,), one a filter.
        k: how many rows an exact search would give.

    Returns:
        Shape (filters, queries); the least of all where fewer than ``k`` rows are allowed, and
        minus infinity where none is.
    """
    best = np.full((len(allowed), len(queries), k), -np.inf, dtype=np.float32)
    for part in _parts(len(vectors)):
        scores = queries @ np.asarray(vectors[part], dtype=np.float32).T
        for number, mask in enumerate(allowed):
            found = np.concatenate([best[number], scores[:, mask[part]]], axis=1)
            best[number] = np.partition(found, -k, axis=1)[:, -k:]
    best[~np.isfinite(best)] = np.inf
    floor: NDArray[np.float32] = best.min(axis=2)
    floor[~np.isfinite(floor)] = -np.inf
    return floor


def recall(
    rows: Sequence[int],
    query: Vectors,
    vectors: NDArray[np.floating[Any]],
    allowed: Mask,
    floor: float,
    k: int,
) -> float:
    """The share of the ``k`` nearest allowed rows that a search found.

    A row counts where it is allowed and as near as the last of the truly nearest, so that of
    equally near rows any will do. 1.0 where no row is allowed and none was found.

    Args:
        rows: what was found.
        query: shape (dimensions,).
        vectors: all of them.
        allowed: the rows that the filter leaves.
        floor: this query's from ``exact_floor``.
        k: how many were asked for.
    """
    wanted = min(k, int(allowed.sum()))
    if wanted == 0:
        return float(not rows)
    found = np.unique(np.asarray(rows, dtype=np.int64))
    found = found[found < len(allowed)]
    found = found[allowed[found]]
    if not len(found):
        return 0.0
    scores = np.asarray(vectors[found], dtype=np.float32) @ query
    return min(wanted, int((scores >= floor - _SAME).sum())) / wanted


def _parts(rows: int) -> Iterator[slice]:
    for start in range(0, rows, _ROWS_AT_ONCE):
        yield slice(start, min(start + _ROWS_AT_ONCE, rows))
