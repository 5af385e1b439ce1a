"""The best rows of a query's postings, without touching those that cannot be among them.

Each group's score is bounded by its heaviest posting (as in Turtle and Flood's MaxScore, 1995);
rows whose bound stays below the k-th best score found so far are never opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]

# Below this many allowed rows each is scored.
_FEW = 4_096
# Rows of each group that are scored first, to learn how good the best are.
_FIRST = 4_096
# So many candidates are thinned out before each is scored.
_MANY = 20_000
# Sums in another order differ in the last bits.
_SLACK = 1e-5
_NO_ROWS: Rows = np.empty(0, dtype=np.int32)
_NO_SCORES: Scores = np.empty(0, dtype=np.float32)


@dataclass(frozen=True)
class List:
    """The rows of one term, ascending, with weights that count ``factor`` times."""

    rows: Rows
    weights: Scores
    factor: np.float32
    heaviest: float

    def at(self, rows: Rows) -> Scores:
        """What the term gives to each of the ascending rows, 0 where it is absent."""
        if not len(self.rows):
            return np.zeros(len(rows), dtype=np.float32)
        places = np.searchsorted(self.rows, rows)
        np.minimum(places, len(self.rows) - 1, out=places)
        given = self.weights[places] * self.factor
        given[self.rows[places] != rows] = 0.0
        return given


@dataclass(frozen=True)
class Lists:
    """A group: ways of one or several lists; a way gives its sum, the group its best way."""

    ways: tuple[tuple[List, ...], ...]

    @property
    def bound(self) -> float:
        """The most that the group can give."""
        return max(sum(one.heaviest for one in way) for way in self.ways)

    def at(self, rows: Rows) -> Scores:
        """What the group gives to each of the ascending rows."""
        best: Scores | None = None
        for way in self.ways:
            given = way[0].at(rows)
            for one in way[1:]:
                given = given + one.at(rows)
            best = given if best is None else np.maximum(best, given)
        assert best is not None
        return best


def best_rows(
    groups: Sequence[Lists], k: int, mask: Mask
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ``k`` allowed rows with the highest sum over the groups, best first, ties by row.

    Args:
        groups: what is searched.
        k: how many at most.
        mask: which rows may be found; rows from its length on do not exist.
    """
    allowed = int(np.count_nonzero(mask))
    if not groups or allowed == 0 or k <= 0:
        return _NO_ROWS.astype(np.int64), _NO_SCORES
    if allowed <= max(_FEW, k):
        rows = np.flatnonzero(mask).astype(np.int32)
        return _best(rows, _scores(groups, rows), k)
    floor = _floor(groups, k, mask, allowed / len(mask))
    rows = _candidates(groups, floor, mask)
    if len(groups) > 1 and len(rows) > _MANY:
        rows = _promising(groups, rows, floor, k)
    return _best(rows, _scores(groups, rows), k)


def scores_at(groups: Sequence[Lists], rows: NDArray[np.int64]) -> Scores:
    """The sum over the groups for rows in any order."""
    order = np.argsort(rows)
    scores = np.empty(len(rows), dtype=np.float32)
    scores[order] = _scores(groups, rows[order].astype(np.int32))
    return scores


def _scores(groups: Sequence[Lists], rows: Rows) -> Scores:
    total: Scores = np.zeros(len(rows), dtype=np.float32)
    for group in groups:
        total += group.at(rows)
    return total


def _floor(groups: Sequence[Lists], k: int, mask: Mask, share: float) -> float:
    """A score that at least ``k`` allowed rows reach; 0 where that is not known."""
    first: list[Rows] = []
    wanted = int(min(_FIRST, 2 * k) / max(share, 1e-3))
    for group in groups:
        for way in group.ways:
            rows = _heavy_rows(max(way, key=lambda one: one.heaviest), wanted, len(mask))
            first.append(rows[mask[rows]][:_FIRST])
    rows = np.unique(np.concatenate(first))
    if len(rows) < k:
        return 0.0
    scores = _scores(groups, rows)
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])


def _heavy_rows(one: List, wanted: int, size: int) -> Rows:
    """About as many of a term's heaviest rows as wanted; all of them where there are few."""
    rows, weights = _below(one, size)
    if len(rows) <= 2 * wanted:
        return rows
    step = max(1, len(rows) // _FIRST)
    sample = np.sort(weights[::step])
    least = sample[-min(len(sample), max(1, wanted * len(sample) // len(rows)))]
    return rows[np.flatnonzero(weights >= least)[: 4 * wanted]]


def _candidates(groups: Sequence[Lists], floor: float, mask: Mask) -> Rows:
    """The allowed rows that can reach the floor."""
    floor *= 1.0 - _SLACK
    bounds = [group.bound for group in groups]
    order = sorted(range(len(groups)), key=bounds.__getitem__, reverse=True)
    # A row is opened by the first of these groups that has it, so that only the later ones can
    # add to it; groups that together stay below the floor open none of their own.
    left = sum(bounds)
    found: list[Rows] = []
    for place in order:
        if left < floor:
            break
        left -= bounds[place]
        for way in groups[place].ways:
            beside = sum(one.heaviest for one in way)
            for one in way:
                beside -= one.heaviest
                rows, weights = _below(one, len(mask))
                least = floor - left - beside
                if least > 0:
                    rows = rows[weights * one.factor >= least - floor * _SLACK]
                found.append(rows[mask[rows]])
    if len(found) == 1:
        return found[0]
    if sum(map(len, found)) < len(mask) // 16:
        return np.unique(np.concatenate(found))
    open_rows = np.zeros(len(mask), dtype=bool)
    for rows in found:
        open_rows[rows] = True
    return np.flatnonzero(open_rows).astype(np.int32)


def _promising(groups: Sequence[Lists], rows: Rows, floor: float, k: int) -> Rows:
    """The candidates that can still be among the best, found out group by group."""
    order = sorted(groups, key=lambda group: group.bound, reverse=True)
    left = sum(group.bound for group in order)
    partial: Scores = np.zeros(len(rows), dtype=np.float32)
    for group in order:
        partial += group.at(rows)
        left -= group.bound
        if len(rows) > k:
            reached = float(np.partition(partial, len(rows) - k)[len(rows) - k])
            floor = max(floor, reached)
        kept = np.flatnonzero(partial >= floor - left - floor * _SLACK)
        if len(kept) < len(rows):
            rows, partial = rows[kept], partial[kept]
    return rows


def _below(one: List, size: int) -> tuple[Rows, Scores]:
    if len(one.rows) and one.rows[-1] >= size:
        end = int(np.searchsorted(one.rows, size))
        return one.rows[:end], one.weights[:end]
    return one.rows, one.weights


def _best(rows: Rows, scores: Scores, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The best of ascending rows: higher scores first, then lower rows; none of score 0."""
    kept = np.flatnonzero(scores > 0)
    rows, scores = rows[kept], scores[kept]
    if len(rows) > k:
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        better = np.flatnonzero(scores > least)
        equal = np.flatnonzero(scores == least)[: k - len(better)]
        chosen = np.concatenate([better, equal])
        rows, scores = rows[chosen], scores[chosen]
    order = np.lexsort((rows, -scores))
    return rows[order].astype(np.int64), scores[order]
