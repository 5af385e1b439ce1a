"""The cluster bootstrap: clusters are drawn anew, and statistics computed of each draw.

What is said in one conversation, and in those of its group, hangs together, so these are drawn,
not turns (Davison
and Hinkley, *Bootstrap Methods and their Application*, 1997, section 3.8). All statistics of a
sample rest on the same draws, each a row of how often every cluster was drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Numbers = NDArray[np.float64]
Owners = NDArray[np.intp]

_DRAWS = 2000
_LEVEL = 0.95
_CELLS = 500_000  # of one block of draws, which bounds the memory
_FAR = 8  # standard errors of a quantile's rank; clusters make the error larger
_WIDER = 4


class Statistic(Protocol):
    """Something that is computed of a draw."""

    def of(self, times: Numbers) -> Numbers:
        """Its values, of shape (draws, values); NaN where a draw has nothing to measure.

        Args:
            times: how often each cluster was drawn, of shape (draws, clusters).
        """
        ...


class Ratios:
    """Sums over sums, many at once.

    Args:
        numerators, denominators: of shape (clusters, ratios).
    """

    def __init__(self, numerators: Numbers, denominators: Numbers) -> None:
        self._sums = np.concatenate([numerators, denominators], axis=1)

    def of(self, times: Numbers) -> Numbers:
        """See ``Statistic``."""
        with np.errstate(invalid="ignore", divide="ignore"):
            numerators, denominators = np.split(times @ self._sums, 2, axis=1)
            ratios: Numbers = numerators / denominators
        return ratios


class Quantiles:
    """Quantiles of values of which a cluster has any number.

    Args:
        values: at least one; infinite ones are above all others, and so is a quantile that
            falls among them or next to one.
        owners: the cluster of each, from 0.
        clusters: how many there are.
        at: which quantiles; 0.5 is the median.
    """

    def __init__(self, values: Numbers, owners: Owners, clusters: int, at: Sequence[float]) -> None:
        order = np.argsort(values, kind="stable")
        self._values, self._owners = values[order], owners[order]
        self._clusters = clusters
        self._sizes = self._counts(len(values))
        self._at = at

    def of(self, times: Numbers) -> Numbers:
        """See ``Statistic``."""
        drawn = times @ self._sizes
        return np.stack([self._one(times, drawn, at) for at in self._at], axis=1)

    def _one(self, times: Numbers, drawn: Numbers, at: float) -> Numbers:
        """The quantile of each draw, without writing a value as often as it was drawn.

        It is looked for among the values about the sample's own quantile, which are few, and
        farther away only where it is not among them.
        """
        some = drawn > 0
        rank = np.where(some, at * (drawn - 1), 0.0)
        lower, upper = np.floor(rank), np.ceil(rank)
        count, centre = len(self._values), at * (len(self._values) - 1)
        half = _FAR * np.sqrt(count * at * (1 - at)) + _FAR
        while True:
            begin, end = max(0, int(centre - half)), min(count, int(centre + half) + 2)
            before = times @ self._counts(begin)
            # One running total through all draws: it rises, so that places are found by halving.
            total = np.take(times, self._owners[begin:end], axis=1).ravel().cumsum()
            ends = total[end - begin - 1 :: end - begin]
            starts = np.concatenate([[0.0], ends[:-1]])
            within = (before <= lower) & (before + ends - starts > upper)
            if (begin == 0 and end == count) or within[some].all():
                break
            half *= _WIDER
        rows = np.arange(len(times)) * (end - begin)
        low, high = (
            self._values[
                np.clip(
                    begin - rows + np.searchsorted(total, starts - before + place, side="right"),
                    begin,
                    end - 1,
                )
            ]
            for place in (lower, upper)
        )
        with np.errstate(invalid="ignore"):
            between = low + (high - low) * (rank - lower)
        value: Numbers = np.where(high == low, low, between)
        return np.where(some, value, np.nan)

    def _counts(self, upto: int) -> Numbers:
        """How many of the first values each cluster has."""
        return np.bincount(self._owners[:upto], minlength=self._clusters).astype(np.float64)


def bootstrap(clusters: int, statistics: Sequence[Statistic], *, seed: int) -> list[Numbers]:
    """Each statistic of each draw, of shape (draws, values).

    Args:
        clusters: how many there are, at least one; each draw has as many.
        statistics: computed of the same draws.
        seed: the same seed draws the same.
    """
    rng = np.random.default_rng(seed)
    block = min(_DRAWS, max(1, _CELLS // clusters))
    found: list[list[Numbers]] = [[] for _ in statistics]
    # Threads of a product as small as these wait for one another more than they work.
    with threadpool_limits(limits=1, user_api="blas"):
        for start in range(0, _DRAWS, block):
            draws = min(block, _DRAWS - start)
            rows = rng.integers(clusters, size=(draws, clusters))
            rows += clusters * np.arange(draws)[:, None]
            counted = np.bincount(rows.ravel(), minlength=draws * clusters)
            times = counted.reshape(draws, clusters).astype(np.float64)
            for statistic, values in zip(statistics, found, strict=True):
                values.append(statistic.of(times))
    return [np.concatenate(values) for values in found]


def interval(drawn: Numbers) -> tuple[Numbers, Numbers]:
    """The bounds of the 95 % percentile intervals, each of shape (values,).

    Args:
        drawn: of shape (draws, values); draws that have nothing to measure count for nothing, and
            at least one has something.
    """
    outside = (1 - _LEVEL) / 2
    # Of two draws next to a bound the outer one: nothing lies between a number and infinity.
    low: Numbers = np.nanquantile(drawn, outside, axis=0, method="lower")
    high: Numbers = np.nanquantile(drawn, 1 - outside, axis=0, method="higher")
    return low, high


def unseen(clusters: int) -> float:
    """The lower bound of a share that was 1 in every cluster.

    Drawing again says nothing of what was not seen, so the bound is Clopper and Pearson's, with
    clusters for the trials: the cautious choice.
    """
    return float(((1 - _LEVEL) / 2) ** (1 / clusters))
