"""What the rest of the catalogue asks of an index of vectors, whatever keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


class VectorIndex(Protocol):
    """Vectors of length one by row, searched among the rows that a mask leaves.

    Rows count from 0 and are never renumbered; a deleted row is only masked. One writer may add
    while any number of threads search: a search sees the rows below the length of its mask.
    """

    def __len__(self) -> int:
        """How many rows there are, those added since the last save included."""
        ...

    def search(
        self, query: NDArray[np.float32], k: int, mask: Mask | None = None
    ) -> tuple[Rows, Scores]:
        """The ``k`` rows nearest to a query, best first, equals by row.

        Args:
            query: shape (dimensions,), of length one.
            k: how many at most; fewer come only where the mask leaves fewer.
            mask: shape (rows,), the rows that may be found; None for all.

        Returns:
            Rows and their inner products with the query, equally long.
        """
        ...

    def add(self, vectors: NDArray[np.floating[Any]]) -> None:
        """Appends vectors of shape (count, dimensions); the next search can find them."""
        ...

    def vectors(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """The vectors of some rows as they are kept, shape (len(rows), dimensions)."""
        ...

    def extended(self, rows: int | None = None) -> VectorIndex:
        """The rows below ``rows`` with what was added folded in; this index goes on serving."""
        ...

    def save(self, folder: Path) -> None:
        """Writes the index, what was added included, into a folder of its own."""
        ...

    def describe(self) -> dict[str, Any]:
        """Kind, parameters and measured recall, as plain data for a manifest."""
        ...
