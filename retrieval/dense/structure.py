"""What finds the rows of an index that may be nearest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.dense.protocol import Rows, Scores
from retrieval.dense.store import VectorStore

SPARE = 30
"""Rows looked at beyond twice those asked for, as codes put them in a slightly other order."""


class Structure(Protocol):
    """Rows 0 to ``len()`` of a store, put in order for searching. Searched by many threads."""

    index: Any
    """What FAISS keeps, written to disk and read from it."""

    def __len__(self) -> int: ...

    def search(
        self, query: NDArray[np.float32], k: int, mask: Mask | None, store: VectorStore
    ) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows that the mask leaves, scored by the store's vectors."""
        ...


def allowed_rows(mask: Mask | None, rows: int) -> Rows:
    """The rows that a mask leaves, of so many."""
    return np.arange(rows) if mask is None else np.flatnonzero(mask[:rows])


def survivors(
    ask: Callable[[NDArray[np.float32], int], Rows],
    query: NDArray[np.float32],
    k: int,
    mask: Mask | None,
    rows: int,
    most: int,
    *,
    spare: int = 0,
) -> Rows | None:
    """The rows that a search without the mask finds and the mask leaves.

    Args:
        ask: gives so many rows nearest to a query, -1 for none.
        query: shape (dimensions,).
        k: how many are needed.
        mask: the rows that may be found; None for all.
        rows: how many there are.
        most: how many may be asked for.
        spare: how many must be left beyond ``k``, as the last of an inexact search are doubtful.

    Returns:
        Rows enough, or None where more would have to be asked for, or fewer were left.
    """
    left = rows if mask is None else int(np.count_nonzero(mask[:rows]))
    wanted = (2 * k + SPARE) * rows // max(left, 1)
    if min(wanted, rows) > most:
        return None
    found = ask(query, min(wanted, rows))
    found = found[found >= 0]
    if mask is not None:
        found = found[mask[found]]
    return found if len(found) >= min(k + spare, left) else None
