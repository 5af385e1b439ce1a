"""What two runs measured of the same conversations, ready to be swapped and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evals.measures.resampling import Numbers, Owners, Quantiles, Ratios, Statistic

Mask = NDArray[np.bool_]


class Pairs(Protocol):
    """One figure of two runs.

    It is of clusters: of conversations, those of a group taken as one. Its statistic is computed
    over twice as many as there are: those of the first run, then those of the second.
    """

    @property
    def differs(self) -> Mask:
        """Which clusters it is not the same in."""
        ...

    @property
    def measured(self) -> int:
        """In how many clusters there was something to measure, in either run."""
        ...

    @property
    def bound(self) -> float | None:
        """The furthest that two values can be apart; None where nothing bounds them."""
        ...

    def lumped(self) -> Pairs:
        """The same with one cluster in the place of all that it is the same in."""
        ...

    def statistic(self) -> Statistic:
        """The figure of a choice of clusters."""
        ...


@dataclass(frozen=True)
class PairedSums:
    """A share or a mean in both runs.

    Attributes:
        a, b: of shape (clusters, 2): the numerator and the denominator of each.
        bound: see ``Pairs``.
    """

    a: Numbers
    b: Numbers
    bound: float | None = 1.0

    @property
    def differs(self) -> Mask:
        """See ``Pairs``."""
        found: Mask = (self.a != self.b).any(axis=1)
        return found

    @property
    def measured(self) -> int:
        """See ``Pairs``."""
        return int(((self.a[:, 1] > 0) | (self.b[:, 1] > 0)).sum())

    def lumped(self) -> PairedSums:
        """See ``Pairs``."""
        differs = self.differs
        a, b = (np.vstack([side[differs], side[~differs].sum(axis=0)]) for side in (self.a, self.b))
        return PairedSums(a, b, self.bound)

    def statistic(self) -> Ratios:
        """See ``Pairs``."""
        return ratios_of([self])


@dataclass(frozen=True)
class PairedValues:
    """A quantile of values of turns, in both runs.

    Attributes:
        values: of both runs.
        owners: the cluster of each value, from 0; the second run's begin at ``clusters``.
        clusters: how many there are.
        at: which quantile, from 0 to 1.
    """

    values: Numbers
    owners: Owners
    clusters: int
    at: float
    bound: float | None = None

    @property
    def differs(self) -> Mask:
        """See ``Pairs``."""
        whose, of_b = self._whose(), self.owners >= self.clusters
        found = np.zeros(self.clusters, bool)
        order = np.lexsort((self.values, of_b, whose))
        whose, values, of_b = whose[order], self.values[order], of_b[order]
        for rows in np.split(np.arange(len(whose)), np.flatnonzero(np.diff(whose)) + 1):
            if len(rows):
                b = of_b[rows]
                found[whose[rows[0]]] = not np.array_equal(values[rows][~b], values[rows][b])
        return found

    @property
    def measured(self) -> int:
        """See ``Pairs``."""
        return len(np.unique(self._whose()))

    def lumped(self) -> PairedValues:
        """See ``Pairs``."""
        differs = self.differs
        count = int(differs.sum())
        place = np.full(self.clusters, count)
        place[differs] = np.arange(count)
        owners = place[self._whose()] + (count + 1) * (self.owners >= self.clusters)
        return PairedValues(self.values, owners, count + 1, self.at)

    def statistic(self) -> Quantiles:
        """See ``Pairs``."""
        return Quantiles(self.values, self.owners, 2 * self.clusters, [self.at])

    def _whose(self) -> Owners:
        return self.owners % self.clusters


def ratios_of(sums: Sequence[PairedSums]) -> Ratios:
    """Several shares and means of the same clusters as one statistic, in their order."""
    tables = [np.vstack([pairs.a, pairs.b]) for pairs in sums]
    return Ratios(*(np.column_stack([table[:, n] for table in tables]) for n in (0, 1)))
