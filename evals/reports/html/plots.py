"""Plots as the coordinates of SVG elements, which the templates draw in the page's own colours.

Own code, since matplotlib fixes its colours and fonts in the file: these follow light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from evals.measures.figures import Figure

WIDTH, HEIGHT = 440.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 50.0, 14.0, 14.0, 44.0
_TICKS = 5
_WIDE = 15.0  # from here on, between the largest and the smallest, an axis is logarithmic
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Tick:
    """A mark of an axis."""

    place: float
    label: str


@dataclass(frozen=True)
class Axis:
    """Numbers along one side of a plot.

    Attributes:
        low, high: the numbers at its ends.
        begin, end: the coordinates of its ends.
        log: whether equal factors take equal room.
        whole: whether only whole numbers are marked.
    """

    low: float
    high: float
    begin: float
    end: float
    log: bool = False
    whole: bool = False

    def at(self, value: float) -> float:
        """The coordinate of a number; beyond an end, the end's."""
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return round(self.begin + (value - low) / (high - low) * (self.end - self.begin), 2)

    @property
    def ticks(self) -> list[Tick]:
        """Round numbers along it."""
        return [Tick(self.at(number), f"{number:g}") for number in self._round_numbers()]

    def _round_numbers(self) -> list[float]:
        if self.log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            found = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
        else:
            rough = (self.high - self.low) / _TICKS
            rough = max(rough, 1.0) if self.whole else rough
            power = 10.0 ** math.floor(math.log10(rough))
            step = next(power * step for step in _STEPS if power * step >= rough * (1 - 1e-9))
            first = math.ceil(self.low / step - 1e-9)
            found = [round(number * step, 10) for number in range(first, first + 3 * _TICKS)]
        return [number for number in found if self.low <= number <= self.high + 1e-9]


@dataclass(frozen=True)
class Point:
    """A figure in two directions, each with its interval, in coordinates."""

    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Series:
    """The points of one system.

    Attributes:
        name: of the system.
        number: from 0; the same system of the baseline run has the same.
        baseline: whether it is of the baseline run.
        told: its values in words, a piece a point.
    """

    name: str
    number: int
    baseline: bool
    points: list[Point] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plot:
    """A plot, ready to draw."""

    title: str
    x_title: str
    y_title: str
    x: Axis
    y: Axis
    series: list[Series]
    lines: bool = False
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True)
class Measured:
    """One system's figures for the plots.

    Attributes:
        seconds: of a turn, the median.
        passed: pass^k for k from 1; the first is the share of conversations that pass.
    """

    name: str
    number: int
    baseline: bool
    seconds: Figure
    passed: Sequence[Figure]


def quality_and_latency(measured: Sequence[Measured]) -> Plot | None:
    """The share of conversations that pass against the median time of a turn; None where no
    system has both.
    """
    both = [
        (one, one.passed[0], one.seconds)
        for one in measured
        if one.passed and _whole(one.passed[0]) and _whole(one.seconds)
    ]
    if not both:
        return None
    x = _time_axis([seconds for _, _, seconds in both])
    y = _share_axis([passed for _, passed, _ in both])
    series = [
        Series(
            one.name,
            one.number,
            one.baseline,
            [_point(x, y, seconds, passed)],
            [f"{_told(passed)} passed at {_told(seconds, digits=2)} s a turn"],
        )
        for one, passed, seconds in both
    ]
    titles = "Quality against latency", "median time of a turn, seconds", "conversations passed"
    return Plot(*titles, x, y, series)


def all_of_k(measured: Sequence[Measured]) -> Plot | None:
    """pass^k: how likely k tries of a conversation all pass; None where there is one try only."""
    several = [one for one in measured if sum(map(_whole, one.passed)) > 1]
    if not several:
        return None
    most = max(len(one.passed) for one in several)
    x = Axis(0.75, most + 0.25, _LEFT, WIDTH - _RIGHT, whole=True)
    y = _share_axis([figure for one in several for figure in one.passed if _whole(figure)])
    series = []
    for place, one in enumerate(several):
        # Side by side, so that no interval hides another.
        aside = (place - (len(several) - 1) / 2) * 0.06
        drawn = Series(one.name, one.number, one.baseline)
        for k, figure in enumerate(one.passed, start=1):
            if _whole(figure):
                at = Figure(value=k + aside, low=k + aside, high=k + aside)
                drawn.points.append(_point(x, y, at, figure))
                drawn.told.append(f"k = {k}: {_told(figure)}")
        series.append(drawn)
    title = "pass^k: all of k tries pass"
    return Plot(title, "k, tries of a conversation", "pass^k", x, y, series, lines=True)


def _whole(figure: Figure) -> bool:
    return figure.value is not None and figure.low is not None and figure.high is not None


def _ends(figure: Figure) -> tuple[float, float, float]:
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    return figure.low, figure.value, figure.high


def _told(figure: Figure, digits: int = 3) -> str:
    low, value, high = _ends(figure)
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _point(x: Axis, y: Axis, across: Figure, up: Figure) -> Point:
    left, middle, right = map(x.at, _ends(across))
    bottom, value, top = map(y.at, _ends(up))
    return Point(middle, value, left, right, top, bottom)


def _time_axis(figures: Sequence[Figure]) -> Axis:
    low = min(_ends(figure)[0] for figure in figures)
    high = max(_ends(figure)[2] for figure in figures)
    if high <= 0:  # times of a scripted model may be nought
        return Axis(0.0, 1.0, _LEFT, WIDTH - _RIGHT)
    if low > 0 and high / low > _WIDE:
        return Axis(low / 1.5, high * 1.5, _LEFT, WIDTH - _RIGHT, log=True)
    return Axis(0.0, high * 1.1, _LEFT, WIDTH - _RIGHT)


def _share_axis(figures: Sequence[Figure]) -> Axis:
    """From a round tenth below the lowest interval to one: a difference must not look small."""
    low = min(_ends(figure)[0] for figure in figures)
    low = max(0.0, math.floor(low * 10) / 10)
    return Axis(min(low, 0.9), 1.0, HEIGHT - _BOTTOM, _TOP)
