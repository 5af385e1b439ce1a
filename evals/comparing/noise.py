"""How far chance alone would part two runs of the same conversations.

Were there no difference between the runs, each conversation's two outcomes could as well have
come the other way round. Swapping them at random says how often the runs would then be as far
apart as they are: a test that is exact at any size and asks for no shape of the numbers (the
randomisation test for paired runs; Smucker, Allan and Carterette, *A comparison of statistical
significance tests for information retrieval evaluation*, 2007). The turns and attempts of a
conversation hang together, and so do the conversations of a group: each such cluster is swapped
as one. The interval comes of drawing the pairs
anew, as in ``evals.measures.resampling``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from evals.comparing.samples import Mask, PairedSums, Pairs, ratios_of
from evals.measures.resampling import Numbers, Statistic, interval, unseen

# Where all ways of swapping are as few as this they are all gone through.
_ALL_WAYS = 12  # clusters that differ
_SWAPS = 9_999
_FEWER_SWAPS = 1_999
_MANY = 2_000  # clusters
_DRAWS = 2_000
_CELLS = 1_000_000  # of one block of draws, which bounds the memory
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Apart:
    """How far two runs are apart in one figure.

    Attributes:
        a, b: the values.
        low, high: of ``b - a``.
        clusters: how many the figure was measured in.
        changed: in how many of them it is not the same.
        p: how often chance alone parts them so far.
        by_chance: how far apart the runs are, swapped in many ways, the same for all figures; NaN
            where one of them then has nothing to measure.
        all_ways: the same of all ways of swapping where they are few; else ``by_chance`` again.
    """

    a: float
    b: float
    low: float
    high: float
    clusters: int
    changed: int
    p: float
    by_chance: Numbers = field(repr=False, compare=False)
    all_ways: Numbers = field(repr=False, compare=False)


def apart(figures: Sequence[Pairs], clusters: int, *, seed: int) -> list[Apart | None]:
    """How far apart two runs are in each of several figures; None where one has no such figure.

    Args:
        figures: of the same clusters.
        clusters: how many there are.
        seed: the same seed makes the same draws.
    """
    values = _values(dict(enumerate(figures)), clusters)
    told = {i: figures[i] for i, pair in values.items() if np.isfinite(pair).all()}
    drawn = _differences(told, _redrawn(clusters, seed))
    changed = {i: int(pairs.differs.sum()) for i, pairs in told.items()}
    by_chance = _differences(told, _swapped(clusters, seed))
    found: list[Apart | None] = [None] * len(figures)
    for i, pairs in told.items():
        a, b = values[i]
        low, high = (float(bound[0]) for bound in interval(drawn[i][:, None]))
        if high - low < _ROUNDING and pairs.bound is not None:
            # Every pair is alike; one that was not seen may not be.
            spread = pairs.bound * (1 - unseen(pairs.measured))
            low, high = max(-pairs.bound, low - spread), min(pairs.bound, high + spread)
        p, all_ways = _chance(b - a, by_chance[i], pairs, changed[i])
        found[i] = Apart(
            a,
            b,
            min(low, b - a),
            max(high, b - a),
            pairs.measured,
            changed[i],
            p,
            np.abs(by_chance[i]),
            np.abs(all_ways),
        )
    return found


def sign_test(pairs: PairedSums) -> float:
    """McNemar's exact test: whether more clusters got better than worse, by their count.

    Of several attempts, or clusters of a group, the one run has passed more than the other,
    or not.

    Args:
        pairs: passed, of attempts, which are as many in both runs.
    """
    better = int((pairs.b[:, 0] > pairs.a[:, 0]).sum())
    changed = better + int((pairs.b[:, 0] < pairs.a[:, 0]).sum())
    return float(binomtest(better, changed).pvalue) if changed else 1.0


def _chance(
    difference: float, swapped: Numbers, pairs: Pairs, changed: int
) -> tuple[float, Numbers]:
    """How often chance alone parts two runs so far, and the swaps that say so."""
    if changed <= _ALL_WAYS:
        swapped = _differences({0: pairs.lumped()}, _all_ways(changed))[0]
        return float(_far(swapped, difference).mean()), swapped
    # The swap that was observed is one of them (Phipson and Smyth, 2010).
    return (1 + int(_far(swapped, difference).sum())) / (1 + len(swapped)), swapped


def _far(swapped: Numbers, difference: float) -> Mask:
    # A way of swapping that leaves a run with nothing to measure speaks for no difference.
    far: Mask = np.isnan(swapped) | (np.abs(swapped) >= abs(difference) - _ROUNDING)
    return far


Sides = tuple[Numbers, Numbers]
"""How often each cluster is taken for the first run, and for the second."""


def _values(figures: Mapping[int, Pairs], clusters: int) -> dict[int, tuple[float, float]]:
    """Each figure of the first run and of the second; NaN where there is nothing to measure."""
    all_of_a = np.hstack([np.ones((1, clusters)), np.zeros((1, clusters))])
    found: dict[int, tuple[float, float]] = {}
    for places, statistic in _statistics(figures):
        a, b = statistic.of(all_of_a)[0], statistic.of(1 - all_of_a)[0]
        found |= {i: (float(a[n]), float(b[n])) for n, i in enumerate(places)}
    return found


def _differences(
    figures: Mapping[int, Pairs], draws: Callable[[], Iterator[Sides]]
) -> dict[int, Numbers]:
    """The second run less the first in each draw, of each figure."""
    statistics = _statistics(figures)
    found: list[list[Numbers]] = [[] for _ in statistics]
    for first, second in draws() if statistics else ():
        for (_, statistic), values in zip(statistics, found, strict=True):
            values.append(statistic.of(second) - statistic.of(first))
    return {
        i: column
        for (places, _), values in zip(statistics, found, strict=True)
        for i, column in zip(places, np.concatenate(values).T, strict=True)
    }


def _statistics(figures: Mapping[int, Pairs]) -> list[tuple[list[int], Statistic]]:
    """What is computed of a draw, with the figures that it gives; sums are worked out together."""
    sums = {i: pairs for i, pairs in figures.items() if isinstance(pairs, PairedSums)}
    found: list[tuple[list[int], Statistic]] = [
        ([i], pairs.statistic()) for i, pairs in figures.items() if i not in sums
    ]
    if sums:
        found.append((list(sums), ratios_of(list(sums.values()))))
    return found


def _swapped(clusters: int, seed: int) -> Callable[[], Iterator[Sides]]:
    """The outcomes of each cluster swapped, or not, at random."""

    def sides() -> Iterator[Sides]:
        rng = np.random.default_rng([seed, 1])
        swaps = _FEWER_SWAPS if clusters > _MANY else _SWAPS
        for rows in _blocks(swaps, clusters):
            yield _turned(rng.integers(2, size=(rows, clusters)))

    return sides


def _all_ways(changed: int) -> Callable[[], Iterator[Sides]]:
    """Every way to swap the outcomes of those that differ; one more stands for all the others."""

    def sides() -> Iterator[Sides]:
        ways = np.arange(2**changed)[:, None] >> np.arange(changed)[None, :] & 1
        yield _turned(np.hstack([ways, np.zeros((len(ways), 1), ways.dtype)]))

    return sides


def _turned(swaps: NDArray[np.int64]) -> Sides:
    kept = np.hstack([1 - swaps, swaps]).astype(np.float64)
    return kept, 1 - kept


def _redrawn(clusters: int, seed: int) -> Callable[[], Iterator[Sides]]:
    """The pairs drawn anew."""

    def sides() -> Iterator[Sides]:
        rng = np.random.default_rng([seed, 2])
        chances = np.full(clusters, 1 / clusters)
        for rows in _blocks(_DRAWS, clusters):
            times = rng.multinomial(clusters, chances, size=rows).astype(np.float64)
            none = np.zeros_like(times)
            yield np.hstack([times, none]), np.hstack([none, times])

    return sides


def _blocks(draws: int, clusters: int) -> Iterator[int]:
    most = max(1, _CELLS // (2 * clusters))
    while draws > 0:
        yield min(draws, most)
        draws -= most
