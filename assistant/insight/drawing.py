"""Where bars and lines of a chart run, as SVG has it. Words stand beside the drawing, as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.insight.charts import Cell, Chart
from assistant.insight.terms import rounded

WIDTH, HEIGHT = 100.0, 40.0
"""Of the drawing of lines, in its own units."""


@dataclass(frozen=True)
class Line:
    """One column as a line.

    Attributes:
        name: of the column.
        path: ``d`` of an SVG path; a gap where nothing is known.
    """

    name: str
    path: str


@dataclass(frozen=True)
class Lines:
    """A drawing of lines.

    Attributes:
        top: the value at its upper edge; its lower one is 0.
        first, last: of what its points are.
    """

    lines: tuple[Line, ...]
    top: float
    first: str
    last: str


def lines_of(chart: Chart) -> Lines:
    """The drawing of a chart's lines.

    Args:
        chart: with at least one row.
    """
    top = _top(chart)
    lines = tuple(
        Line(chart.columns[column], _path([row[column] for row in chart.rows], top))
        for column in chart.drawn
    )
    return Lines(lines, top, str(chart.rows[0][0]), str(chart.rows[-1][0]))


def bar_of(chart: Chart, value: Cell) -> float:
    """How long a bar is, from 0 to 100.

    Args:
        chart: whose bar.
        value: that it stands for.
    """
    if not isinstance(value, int | float):
        return 0.0
    largest = max(_numbers(chart), default=0.0)
    return round(100 * max(value, 0) / largest, 2) if largest > 0 else 0.0


def _numbers(chart: Chart) -> Iterator[float]:
    for row in chart.rows:
        for column in chart.drawn:
            value = row[column]
            if isinstance(value, int | float):
                yield float(value)


def _top(chart: Chart) -> float:
    largest = max(_numbers(chart), default=0.0)
    return rounded(largest, up=True) if largest > 0 else 1.0


def _path(values: Sequence[Cell], top: float) -> str:
    step = WIDTH / (len(values) - 1) if len(values) > 1 else 0.0
    parts, before = [], False
    for number, value in enumerate(values):
        if not isinstance(value, int | float):
            before = False
            continue
        x = number * step if step else WIDTH / 2
        y = HEIGHT * (1 - max(value, 0) / top)
        parts.append(f"{'L' if before else 'M'}{x:.2f} {y:.2f}")
        # Where a neighbour is missing, this draws a dot.
        parts.extend([] if before else ["h0"])
        before = True
    return "".join(parts)
