"""The ceiling that keeps whoever meets more wishes above whoever is merely better known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.ranking_parts import Points


def order_of(scores: Points, level: Points, first: NDArray[np.bool_]) -> Points:
    """Positions by score; of equal ones, who meets more wishes comes first, then who is pinned."""
    return np.lexsort((np.arange(len(scores)), ~first, -level, -scores)).astype(np.int64)


def held_back(before: Points, scores: Points, level: Points) -> Points:
    """What must be taken from each score so that no wish is overruled.

    Whoever has the higher level and stood above before, stands above still. Going down the
    order of before, a score may not pass the least score of those above that meet more. Where one
    of them is put back, those below that meet less go with it.

    Args:
        before: scores without what is known of the shopper and the shop's rules, shape (hits,).
        scores: with them.
        level: how much of the wishes is met: greater wherever more of the stated ones are, and
            of as many, where more of the derived ones are.

    Returns:
        Points of 0 or below, to be added.
    """
    held = np.zeros(len(before), dtype=np.int64)
    levels, ranks = np.unique(level, return_inverse=True)
    if len(levels) < 2:
        return held
    none = np.iinfo(np.int64).max
    ceilings = [none] * len(levels)
    order = np.lexsort((np.arange(len(before)), -level, -before))
    for at, rank, score in zip(
        order.tolist(), ranks[order].tolist(), scores[order].tolist(), strict=True
    ):
        capped = min(score, ceilings[rank])
        held[at] = capped - score
        for lower in range(rank):
            ceilings[lower] = min(ceilings[lower], capped)
    return held
