"""The report of a run as one page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.measures.figures import Figure
from evals.measures.rows import ROWS, Row
from evals.reports.html.page import write_page
from evals.reports.html.plots import Measured, all_of_k, quality_and_latency
from evals.reports.html.tables import (
    SIMULATED,
    TRIES,
    Cell,
    Column,
    Line,
    cell,
    figure_of,
    lines_of,
    rows_of,
)
from evals.reports.tables import Report
from evals.reports.transcripts import FailingOf
from evals.suite.files import Fault

HTML = "report.html"
_LANGUAGES = {"en": "English", "zh": "Chinese"}
_DIMENSIONS = {"language": "Language", "intent": "Intent", "turn": "Turn number", "tag": "Tag"}
_FAULTS = 200  # that are shown; the others are counted
_CHECK = "check:"


@dataclass(frozen=True)
class Slice:
    """A part of the turns.

    Attributes:
        title: of the part within its dimension.
        size: how many conversations and turns it has, in words.
        leading: a figure of each system.
        lines: every figure.
    """

    title: str
    size: str
    leading: list[Cell]
    lines: list[Line]


@dataclass(frozen=True)
class Dimension:
    """What turns are parted by.

    Attributes:
        leading: the name of the figure that leads.
    """

    title: str
    leading: str
    slices: list[Slice]


def write_html(
    report: Report,
    *,
    failing: Sequence[FailingOf],
    faults: Sequence[Fault],
    baseline: Report | None,
    path: Path,
) -> None:
    """Writes the page.

    Args:
        report: of the run.
        failing: the conversations that failed, by system; see ``Failing``.
        faults: lines of suites that are no conversations.
        baseline: another run to compare with, system by system of the same name.
        path: the file; its folder exists.
    """
    before = {system.name: system for system in baseline.systems} if baseline else {}
    columns = [
        Column(number, system, before.get(system.name))
        for number, system in enumerate(report.systems)
    ]
    measured = list(_measured(columns))
    plots = [plot for plot in (quality_and_latency(measured), all_of_k(measured)) if plot]
    write_page(
        "report.html",
        path,
        about=report.about,
        baseline=baseline.about if baseline else None,
        compared=[column for column in columns if column.before is not None],
        columns=columns,
        lead=_lead("all", columns),
        missed=[_missed(column) for column in columns],
        lines=lines_of("all", columns, rows_of(columns)),
        shoppers=lines_of("all", columns, [row for row in ROWS if row.key in SIMULATED]),
        checks=_checks(columns),
        plots=plots,
        dimensions=list(_dimensions(columns)),
        failing=failing,
        faults=faults[:_FAULTS],
        faults_count=len(faults),
    )


def _lead(group: str, columns: Sequence[Column]) -> tuple[str, list[Cell]]:
    """The figure that stands for a group: the first row that any system has a value of."""
    for row in _leading_rows():
        cells = [cell(row, group, column) for column in columns]
        if any(one.value for one in cells):
            return row.title, cells
    return "", [Cell() for _ in columns]


def _leading_rows() -> Iterator[Row]:
    yield from (row for row in ROWS if row.key == f"{TRIES}1")
    yield from (row for row in ROWS if row.kind == "share" and row.key != f"{TRIES}1")


def _missed(column: Column) -> tuple[int, int]:
    """How many targets a system misses, of how many that could be measured."""
    met = [one.met for row in ROWS if (one := cell(row, "all", column)).met is not None]
    return met.count(False), len(met)


def _checks(columns: Sequence[Column]) -> list[Line]:
    keys = {key for column in columns for key in column.system.figures.get("all", {})}
    names = sorted(key.removeprefix(_CHECK) for key in keys if key.startswith(_CHECK))
    rows = [Row(f"{_CHECK}{name}", name) for name in names]
    return lines_of("all", columns, rows)


def _measured(columns: Sequence[Column]) -> Iterator[Measured]:
    for column in columns:
        for system, baseline in ((column.system, False), (column.before, True)):
            if system is None:
                continue
            passed: list[Figure] = []
            while (of_k := figure_of(system, "all", f"{TRIES}{len(passed) + 1}")).value is not None:
                passed.append(of_k)
            seconds = _in_seconds(figure_of(system, "all", "total"))
            yield Measured(system.name, column.number, baseline, seconds, passed)


def _in_seconds(figure: Figure) -> Figure:
    ends = {"value": figure.value, "low": figure.low, "high": figure.high}
    return figure.model_copy(
        update={key: None if end is None else end / 1000 for key, end in ends.items()}
    )


def _dimensions(columns: Sequence[Column]) -> Iterator[Dimension]:
    groups: Mapping[str, dict[str, str]] = defaultdict(dict)
    measured = (
        group for column in columns for group, figures in column.system.figures.items() if figures
    )
    for group in dict.fromkeys(measured):
        if group in _LANGUAGES:
            groups["language"][group] = _LANGUAGES[group]
        elif group != "all":
            dimension, _, title = group.partition(":")
            groups[dimension][group] = title or group
    for dimension in (*_DIMENSIONS, *(name for name in groups if name not in _DIMENSIONS)):
        if parts := groups.get(dimension):
            yield _dimension(_DIMENSIONS.get(dimension, dimension), parts, columns)


def _dimension(title: str, parts: Mapping[str, str], columns: Sequence[Column]) -> Dimension:
    for row in _leading_rows():
        row = replace(row, target="")  # what is set, is set for the whole
        leading = {group: [cell(row, group, column) for column in columns] for group in parts}
        # One figure for all parts of a dimension, or they could not be read against each other.
        if all(any(one.value for one in cells) for cells in leading.values()):
            break
    else:
        row = Row("", "")
        leading = {group: [Cell() for _ in columns] for group in parts}
    slices = [
        Slice(name, _size(group, columns), leading[group], lines_of(group, columns, ROWS))
        for group, name in parts.items()
    ]
    return Dimension(title, row.title, slices)


def _size(group: str, columns: Sequence[Column]) -> str:
    """Of the largest system's slice: what turns are sorted by may hang on the answer."""
    found = [column.system.slices[group] for column in columns if group in column.system.slices]
    if not found:
        return ""
    size = max(found, key=lambda one: one.turns)
    return f"{_some(size.conversations, 'conversation')}, {_some(size.turns, 'turn')}"


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
