"""Dense and lexical rankings joined into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Cormack, Clarke and Büttcher (2009): the constant of reciprocal rank fusion.
RRF_K = 60


def fuse(rankings: Sequence[NDArray[np.int64]], size: int) -> NDArray[np.float64]:
    """Reciprocal rank fusion.

    Args:
        rankings: rows of each ranking, best first.
        size: how many rows there are in all.

    Returns:
        A score by row, shape (size,): 1 for a row that is first in every ranking, 0 for one that
        is in none.
    """
    scores = np.zeros(size, dtype=np.float64)
    for rows in rankings:
        scores[rows] += (RRF_K + 1) / (RRF_K + 1 + np.arange(len(rows)))
    return scores / max(1, len(rankings))
