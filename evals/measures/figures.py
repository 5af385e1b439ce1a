"""Figures of a sample of conversations, each with the interval that it is uncertain by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel

from evals.measures.resampling import (
    Numbers,
    Owners,
    Quantiles,
    Ratios,
    Statistic,
    bootstrap,
    interval,
    unseen,
)

Counts = tuple[float, float]
Made = Literal["share", "score", "mean", "gap"]
"""How a figure is made: shares and scores lie between 0 and 1, gaps between -1 and 1."""
_FEW = 6
"""The whole range of fewer clusters holds the middle of what they are drawn from less often than
95 % (of n clusters, 1 - 2^(1 - n)): drawing them anew says too little."""
_LOWEST = {"share": 0.0, "score": 0.0, "gap": -1.0}  # their highest is 1
_ROUNDING = 1e-12
QUANTILES = {"": 0.5, ":p95": 0.95}
"""Quantiles of values, by what is put behind the key."""


class Figure(BaseModel):
    """One number of a report.

    Attributes:
        value: None where there was nothing to measure, or where a quantile is not reached because
            too many turns have no answer; ``count`` then says how many there are.
        low, high: the bounds of the 95 % interval; None where they are not known, and a quantile's
            upper one where it is not reached.
        numerator, denominator: of a share; None for a mean, a median and the like.
        count: how many turns or things were measured.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    count: int = 0


@dataclass(frozen=True)
class _Sums:
    key: str
    made: Made
    numerators: Numbers
    denominators: Numbers


@dataclass(frozen=True)
class _Values:
    key: str
    values: Numbers
    owners: Owners


class Sample:
    """What was counted of clusters that are drawn together.

    Args:
        clusters: how many there are.
    """

    def __init__(self, clusters: int) -> None:
        self._clusters = clusters
        self._sums: list[_Sums] = []
        self._values: list[_Values] = []

    def add_sums(self, key: str, made: Made, numerators: Numbers, denominators: Numbers) -> None:
        """Adds a share or a mean.

        Args:
            key: of the figure.
            made: how.
            numerators, denominators: of shape (clusters,).
        """
        if denominators.any():
            self._sums.append(_Sums(key, made, numerators, denominators))

    def add_values(self, key: str, values: Numbers, owners: Owners) -> None:
        """Adds values, of which the median and the 95th percentile are figures.

        Args:
            key: of the median; the percentile has ``:p95`` behind it.
            values: of any number of turns; infinite where a turn has no answer.
            owners: the cluster of each, from 0.
        """
        if len(values):
            self._values.append(_Values(key, values, owners))

    def figures(self, *, seed: int) -> dict[str, Figure]:
        """Every figure that has something to measure, by its key.

        Args:
            seed: of the draws.
        """
        quantiles = [
            Quantiles(item.values, item.owners, self._clusters, list(QUANTILES.values()))
            for item in self._values
        ]
        statistics: list[Statistic] = [*quantiles]
        if self._sums:
            statistics.append(
                Ratios(
                    np.stack([item.numerators for item in self._sums], axis=1),
                    np.stack([item.denominators for item in self._sums], axis=1),
                )
            )
        if not statistics:
            return {}
        drawn = bootstrap(self._clusters, statistics, seed=seed)
        found: dict[str, Figure] = {}
        if self._sums:
            lows, highs = interval(drawn.pop())
            for sums, low, high in zip(self._sums, lows, highs, strict=True):
                found[sums.key] = _of_sums(sums, float(low), float(high))
        once = np.ones((1, self._clusters))
        for item, quantile, of_item in zip(self._values, quantiles, drawn, strict=True):
            bounds = zip(QUANTILES, quantile.of(once)[0], *interval(of_item), strict=True)
            for behind, value, low, high in bounds:
                found[f"{item.key}{behind}"] = _of_quantile(item, value, low, high)
        return found


def share(by_cluster: Mapping[str, Sequence[Counts]], *, seed: int) -> Figure:
    """A share: all numerators over all denominators.

    Args:
        by_cluster: (numerator, denominator) of each turn, by what hangs together: see
            ``evals.measures.clusters``.
        seed: of the draws.
    """
    sums = [
        (sum(num for num, _ in counts), sum(den for _, den in counts))
        for counts in by_cluster.values()
    ]
    table = np.asarray([pair for pair in sums if pair[1] > 0], dtype=np.float64).reshape(-1, 2)
    sample = Sample(len(table))
    sample.add_sums("share", "share", table[:, 0], table[:, 1])
    return sample.figures(seed=seed).get("share", Figure())


def _of_sums(sums: _Sums, low: float, high: float) -> Figure:
    """Where clusters are few or all alike, what was not seen bounds the interval.

    A mean has nothing that bounds what was not seen, and no interval there.
    """
    num, den = float(sums.numerators.sum()), float(sums.denominators.sum())
    value = num / den
    clusters = int((sums.denominators > 0).sum())
    bounds: tuple[float | None, float | None] = min(low, value), max(high, value)
    if clusters < _FEW or high - low < _ROUNDING:
        if sums.made == "mean":
            bounds = None, None
        else:
            hidden = 1 - unseen(clusters)
            bounds = (
                min(low, value - (value - _LOWEST[sums.made]) * hidden),
                max(high, value + (1 - value) * hidden),
            )
    told = sums.made == "share"
    return Figure(
        value=value,
        low=bounds[0],
        high=bounds[1],
        numerator=num if told else None,
        denominator=den if told else None,
        count=round(den),
    )


def _of_quantile(item: _Values, value: float, low: float, high: float) -> Figure:
    count = len(item.values)
    if not np.isfinite(value):
        return Figure(count=count)
    if len(np.unique(item.owners)) < _FEW:
        return Figure(value=value, count=count)
    return Figure(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value) if np.isfinite(high) else None,
        count=count,
    )
