"""What each of the models answers: products by number, each with a score."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from assistant.profile.sequence.sessions import Numbers, SessionLog

Scored = tuple[Numbers, NDArray[np.float64]]
"""Numbers of products, each once, with their scores above 0; what is not there scores 0."""


class Scorer(Protocol):
    """A model that learns from sessions what comes next."""

    def fit(self, log: SessionLog) -> Self:
        """Learns from sessions, forgetting what it had learnt."""
        ...

    def scores(self, seen: Numbers, now: float) -> Scored:
        """What may come next.

        Args:
            seen: numbers of products in the order in which they were looked at; at least one.
            now: seconds since 1970.
        """
        ...

    def kept_bytes(self) -> int:
        """How much must be held in memory to answer."""
        ...


def summed(items: Numbers, values: NDArray[np.float64]) -> Scored:
    """Each product once, with the sum of its scores."""
    found, where = np.unique(items, return_inverse=True)
    sums = np.bincount(where, values, len(found)).astype(np.float64)
    good = sums > 0
    return found[good].astype(np.int64), sums[good]


def best(scored: Scored, k: int) -> Scored:
    """The ``k`` highest, first first; of equals the one with the lower number."""
    items, values = scored
    order = np.lexsort((items, -values))[:k]
    return items[order], values[order]
