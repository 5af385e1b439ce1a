"""Visits of a shopper: what was bought together, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

# A list of ten is judged; a visit's own aim thins out until then.
_LONGEST = 10
_DISCOUNTS = 1 / np.log2(np.arange(2, _LONGEST + 2))
_ERRANDS = 1 / np.cumsum(_DISCOUNTS)


@dataclass(frozen=True)
class Visits:
    """What a shopper bought, oldest visit first.

    Attributes:
        times: of each visit, in seconds since 1970 on the shop's own clock (its hours matter).
        visit: of each line, the number of its visit; rising.
        category: of each line, the number of its category; once in a visit.
    """

    times: Numbers
    visit: Places
    category: Places

    @property
    def count(self) -> int:
        """How many visits there are."""
        return len(self.times)

    @property
    def sizes(self) -> Places:
        """How many categories each visit has."""
        return np.bincount(self.visit, minlength=self.count)

    def first(self, count: int) -> Visits:
        """The oldest visits only."""
        end = int(np.searchsorted(self.visit, count))
        return Visits(self.times[:count], self.visit[:end], self.category[:end])

    def before(self, time: float) -> Visits:
        """What had been bought by then."""
        return self.first(int(np.searchsorted(self.times, time)))

    def bought(self, number: int) -> Places:
        """The categories of one visit."""
        low, high = np.searchsorted(self.visit, (number, number + 1))
        return self.category[low:high]


def visits_of(
    purchases: Sequence[tuple[float, Sequence[str]]], categories: Mapping[str, int]
) -> Visits:
    """Visits from what was bought in each, in any order.

    Args:
        purchases: the time of each visit, as ``Visits.times`` has it, and its categories; those
            of the same time are one visit.
        categories: the number of each; others are left out, and visits without any.
    """
    pairs = sorted(
        {
            (time, categories[name])
            for time, names in purchases
            for name in names
            if name in categories
        }
    )
    lines = np.array([time for time, _ in pairs], dtype=np.float64)
    times, visit = np.unique(lines, return_inverse=True)
    return Visits(
        times,
        np.asarray(visit, dtype=np.int64),
        np.array([category for _, category in pairs], dtype=np.int64),
    )


def errand(sizes: Places) -> Numbers:
    """How much one thing was the aim of its visit, by how many were bought: from 1 down.

    What is bought alone says more of what the shopper comes for than one of thirty. The measure is
    what one right guess is worth to a list of ten: one over the ideal DCG.
    """
    return np.asarray(_ERRANDS[np.clip(sizes, 1, _LONGEST) - 1])
