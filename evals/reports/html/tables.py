"""The tables of a report page: a row a figure, a column a system, against a baseline run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from evals.measures.figures import Figure
from evals.measures.rows import ROWS, Row, pass_row
from evals.reports.html.against import Change, change
from evals.reports.html.targets import Target
from evals.reports.system import SystemReport

SIMULATED = frozenset({"success", "gave_up", "messages", "questions", "violated"})
"""Rows of simulated shoppers, which have a table of their own."""
TRIES = "pass^"


@dataclass(frozen=True)
class Column:
    """A system of the run.

    Attributes:
        number: from 0, which says its colour.
        before: the same system in the baseline run.
    """

    number: int
    system: SystemReport
    before: SystemReport | None = None

    @property
    def name(self) -> str:
        """Of the system."""
        return self.system.name


@dataclass(frozen=True)
class Bar:
    """A share and its interval, in hundredths of a bar's length."""

    low: float
    value: float
    high: float
    target: float | None = None


@dataclass(frozen=True)
class Moved:
    """The difference from the baseline run, in words."""

    difference: str
    interval: str
    verdict: str


@dataclass(frozen=True)
class Cell:
    """One figure of one system, in words.

    Attributes:
        value: empty where there was nothing to measure.
        counted: what was measured.
        bar: of a share.
        met: whether the target is; None where there is none, or no value.
    """

    value: str = ""
    interval: str = ""
    counted: str = ""
    bar: Bar | None = None
    met: bool | None = None
    moved: Moved | None = None


@dataclass(frozen=True)
class Line:
    """One row of a table."""

    title: str
    target: str
    cells: list[Cell]


def rows_of(columns: Sequence[Column]) -> list[Row]:
    """The rows of a report, those of pass^k beside pass^1 as far as any system was tried."""
    rows = [row for row in ROWS if row.key not in SIMULATED]
    known = {row.figure for row in ROWS}
    keys = {key for column in columns for key in column.system.figures.get("all", {})}
    tries = sorted(int(key.removeprefix(TRIES)) for key in keys - known if key.startswith(TRIES))
    place = next((n for n, row in enumerate(rows, start=1) if row.key == f"{TRIES}1"), 0)
    rows[place:place] = [
        replace(pass_row(k), title=f"all of {k} tries pass ({TRIES}{k})") for k in tries
    ]
    return rows


def lines_of(group: str, columns: Sequence[Column], rows: Iterable[Row]) -> list[Line]:
    """The rows of a table in which any system has a value.

    Args:
        group: of the figures: ``all``, or a slice.
        columns: the systems.
        rows: the figures.
    """
    found = (
        Line(row.title, row.target, [cell(row, group, column) for column in columns])
        for row in rows
    )
    return [line for line in found if any(cell.value for cell in line.cells)]


def cell(row: Row, group: str, column: Column) -> Cell:
    """One figure of a system in a group."""
    figure = figure_of(column.system, group, row.figure)
    if figure.value is None:
        return Cell()
    target = Target.of(row)
    return Cell(
        value=_number(figure.value, row),
        interval=_interval(figure.low, figure.high, row),
        counted=_counted(figure),
        bar=_bar(figure, target) if row.kind in ("share", "score") else None,
        met=None if target is None else target.met(figure, row),
        moved=_moved(row, figure, group, column.before),
    )


def figure_of(system: SystemReport, group: str, key: str) -> Figure:
    """A figure, which is empty where the report has none."""
    return system.figures.get(group, {}).get(key, Figure())


def signed(value: float, digits: int, sign: str = "") -> str:
    """A number with so many digits, with a true minus, and nought without one.

    Args:
        value: the number.
        digits: behind the point.
        sign: ``+`` puts one before what is not negative.
    """
    return f"{value:{sign}z,.{digits}f}".replace("-", "−")


def _moved(row: Row, figure: Figure, group: str, before: SystemReport | None) -> Moved | None:
    if before is None:
        return None
    found: Change | None = change(
        figure, figure_of(before, group, row.figure), higher_is_better=row.higher_is_better
    )
    if found is None:
        return None
    return Moved(
        _number(found.difference, row, sign="+"),
        _interval(found.low, found.high, row, sign="+"),
        found.verdict,
    )


def _bar(figure: Figure, target: Target | None) -> Bar | None:
    ends = [figure.low, figure.value, figure.high]
    if any(end is None or not 0 <= end <= 1 for end in ends):
        return None
    low, value, high = (round(100 * (end or 0.0), 1) for end in ends)
    return Bar(low, value, high, None if target is None else round(100 * target.number, 1))


def _number(value: float, row: Row, sign: str = "") -> str:
    unit = f" {row.unit}" if row.unit else ""
    return f"{signed(value, row.digits, sign)}{unit}"


def _interval(low: float | None, high: float | None, row: Row, sign: str = "") -> str:
    if low is None or high is None:
        return ""
    return f"[{signed(low, row.digits, sign)}, {signed(high, row.digits, sign)}]"


def _counted(figure: Figure) -> str:
    if figure.denominator is not None and figure.numerator is not None:
        return f"{figure.numerator:,.0f} of {figure.denominator:,.0f}"
    return f"n {figure.count:,}"
