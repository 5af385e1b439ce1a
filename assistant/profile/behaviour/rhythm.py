"""Time in what a shopper does: how often, whether more or less than before, and in which season.

Everything here is a pure function of events and of the time that it is asked at. Each finding says
how much evidence it has, and is None where there is too little: noise says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]

DAY = 86_400.0
WEEK = 7 * DAY
# The tropical year: seasons, not calendars.
YEAR = 365.2422 * DAY

# Two gaps are the fewest that have a spread.
_PURCHASES = 3
# Fewer weeks than this can reach no small p value with events in only some of them.
_WEEKS = 8
_TREND_EVENTS = 5
_SEASON_EVENTS = 8
# Before the first twentieth of the events, no more than so much is counted as watched.
_FIRST, _SINCE = 0.05, 28 * DAY
# What is called a finding, for trend and season alike.
_SURE = 0.05


@dataclass(frozen=True)
class CategoryEvent:
    """Something done with a category.

    Attributes:
        category: as the catalogue names it.
        time: in seconds since 1970, UTC.
        weight: how much it counts in trend and season, above 0.
        purchase: whether it is one; only purchases have a rhythm.
    """

    category: str
    time: float
    weight: float = 1.0
    purchase: bool = True


@dataclass(frozen=True)
class Rhythm:
    """How long it takes until a category is bought again.

    Attributes:
        days: the median gap between days of purchase.
        spread: half the distance between the gaps' quartiles, in days.
        next_time: when the next purchase is expected, in seconds since 1970.
        overdue: how far beyond that time the shopper is, in gaps: 0 is due now, -1 just bought,
            above 1 perhaps given up.
        evidence: how many gaps were seen.
    """

    days: float
    spread: float
    next_time: float
    overdue: float
    evidence: int


@dataclass(frozen=True)
class Trend:
    """Whether interest rises or falls.

    Attributes:
        direction: ``steady`` where the p value is not small.
        slope: the change of the weekly weight in a week (Theil-Sen: the median of all slopes).
        p: of the Mann-Kendall test that there is no trend.
        evidence: how many weeks were counted.
    """

    direction: Literal["rising", "falling", "steady"]
    slope: float
    p: float
    evidence: int


@dataclass(frozen=True)
class Season:
    """The time of the year in which a category is wanted.

    Attributes:
        peak: the day of the year around which it is, from 0 at the turn of the year.
        strength: from 0 (all year) to 1 (on one day): the mean resultant length.
        spread: circular standard deviation, in days, half a year at most.
        p: of Rayleigh's test that all of the year is alike.
        now: from 0 (the other end of the year) to 1 (the peak is now).
        evidence: how many events were counted.
    """

    peak: float
    strength: float
    spread: float
    p: float
    now: float
    evidence: int

    @property
    def sure(self) -> bool:
        """Whether it is a season, and not chance."""
        return self.p < _SURE


@dataclass(frozen=True)
class Timing:
    """What the times of a category say; None where there is too little to say it."""

    rhythm: Rhythm | None
    trend: Trend | None
    season: Season | None


def timings(
    events: Sequence[CategoryEvent], now: float, only: Collection[str] | None = None
) -> Mapping[str, Timing]:
    """Rhythm, trend and season of each category.

    A category takes milliseconds: name those that are asked about while a shopper waits.

    Args:
        events: of one shopper, in any order; what is later than ``now`` is left out.
        now: in seconds since 1970, UTC.
        only: the categories wanted; None is all. The others still tell since when the shopper is
            known.

    Returns:
        By category, in the order of their names.
    """
    past = [event for event in events if event.time <= now]
    if not past:
        return {}
    times = np.array([event.time for event in past])
    weights = np.array([event.weight for event in past])
    bought = np.array([event.purchase for event in past])
    names, which = np.unique([event.category for event in past], return_inverse=True)
    # One event of long ago does not make all the years since a time of watching.
    began = max(float(times.min()), float(np.quantile(times, _FIRST)) - _SINCE)
    found = {}
    for number, name in enumerate(names.tolist()):
        if only is not None and name not in only:
            continue
        mine = which == number
        found[name] = Timing(
            rhythm(times[mine & bought], now),
            trend(times[mine], weights[mine], began, now),
            season(times[mine], weights[mine], began, now),
        )
    return found


def rhythm(times: Numbers, now: float) -> Rhythm | None:
    """The gaps between purchases; those of one day (24 hours) are one.

    Args:
        times: of purchases, in seconds.
        now: in seconds.
    """
    days = _apart(np.sort(times[times <= now]))
    if len(days) < _PURCHASES:
        return None
    gaps = np.diff(days) / DAY
    gap = float(np.median(gaps))
    low, high = np.percentile(gaps, (25, 75))
    expected = float(days[-1]) + gap * DAY
    return Rhythm(
        days=gap,
        spread=float(high - low) / 2,
        next_time=expected,
        overdue=(now - expected) / (gap * DAY),
        evidence=len(gaps),
    )


def trend(times: Numbers, weights: Numbers, began: float, now: float) -> Trend | None:
    """Mann-Kendall over weekly sums, with the slope of Theil and Sen.

    Kendall's tau of the sums against the weeks is that test, ties corrected. Weeks count back from
    ``now``, so that no week is a part of one.

    Args:
        times: of events, in seconds.
        weights: of each.
        began: when the shopper was first seen, in seconds: silence since then counts.
        now: in seconds.
    """
    weeks = int((now - began) // WEEK)
    if weeks < _WEEKS:
        return None
    back = np.floor((now - times) / WEEK).astype(int)
    inside = (back >= 0) & (back < weeks)
    if inside.sum() < _TREND_EVENTS:
        return None
    # Sorted first, as sums of floats depend on the order.
    order = np.lexsort((weights, times))
    order = order[inside[order]]
    sums = np.bincount(weeks - 1 - back[order], weights[order], minlength=weeks)
    if np.ptp(sums) == 0:
        return Trend("steady", 0.0, 1.0, weeks)
    test = stats.kendalltau(np.arange(weeks), sums)
    p = float(test.pvalue)
    slope = float(stats.theilslopes(sums).slope)
    if p >= _SURE:
        return Trend("steady", slope, p, weeks)
    # Where most weeks are empty the median slope is 0: the direction is that of the test.
    return Trend("rising" if test.statistic > 0 else "falling", slope, p, weeks)


def season(times: Numbers, weights: Numbers, began: float, now: float) -> Season | None:
    """Where in the year the events lie.

    Only whole years back from ``now`` are read: a part of a year would be taken for a season.
    Rayleigh's test with the approximation of Zar, *Biostatistical Analysis*, 27.1; each event
    counts once in it, whatever its weight, as weights are no evidence.

    Args:
        times: of events, in seconds.
        weights: of each; a heavier one draws the peak to itself.
        began: when the shopper was first seen, in seconds; None is said before a year has passed.
        now: in seconds.
    """
    years = math.floor((now - began) / YEAR)
    inside = (times <= now) & (times > now - years * YEAR)
    if years < 1 or inside.sum() < _SEASON_EVENTS:
        return None
    order = np.lexsort((weights, times))
    order = order[inside[order]]
    # Purchases of one day are one occasion, not several proofs.
    kept, counts = _occasions(times[order], weights[order])
    if len(kept) < _SEASON_EVENTS:
        return None
    angles = (kept % YEAR) / YEAR * 2 * math.pi
    count = len(angles)
    length = count * (1 - float(stats.circvar(angles)))
    p = math.exp(math.sqrt(1 + 4 * count + 4 * (count**2 - length**2)) - (1 + 2 * count))
    pull = np.sum(counts * np.exp(1j * angles)) / counts.sum()
    peak = float(np.angle(pull)) % (2 * math.pi)
    here = (now % YEAR) / YEAR * 2 * math.pi
    return Season(
        peak=peak / (2 * math.pi) * YEAR / DAY,
        strength=min(1.0, float(abs(pull))),
        spread=min(0.5, float(_spread(length / count)) / (2 * math.pi)) * YEAR / DAY,
        p=min(1.0, p),
        now=(1 + math.cos(here - peak)) / 2,
        evidence=count,
    )


def _spread(length: float) -> float:
    return math.sqrt(-2 * math.log(min(1.0, max(length, 1e-9))))


def _apart(times: Numbers) -> Numbers:
    """Sorted times without those less than a day after one that stays."""
    kept: list[float] = []
    for time in times.tolist():
        if not kept or time - kept[-1] >= DAY:
            kept.append(time)
    return np.array(kept)


def _occasions(times: Numbers, weights: Numbers) -> tuple[Numbers, Numbers]:
    """Times a day apart, with the weight of all that happened within the day."""
    kept = _apart(times)
    place = np.searchsorted(kept, times, side="right") - 1
    return kept, np.bincount(place, weights, minlength=len(kept)).astype(np.float64)
