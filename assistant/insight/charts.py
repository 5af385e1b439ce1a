"""Charts: each answers one question, with the rows that are drawn, shown and exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from assistant.insight import machine
from assistant.insight.kinds import Kind
from assistant.insight.labels import Labels
from assistant.insight.machine import Day
from assistant.insight.releases import Figure, Release
from assistant.reply import Language
from retrieval.importing import ImportReport
from retrieval.importing.reasons import sentence

Cell = str | int | float | None
Rows = tuple[tuple[Cell, ...], ...]
_MOST_BARS, _MOST_LINES = 30, 5
# What a spreadsheet would take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        name: of its file.
        question: that it answers.
        columns: what its columns are called; the first one is what the rows are of.
        rows: their cells; None where nothing may be or is known.
        drawn: the columns that are drawn.
        shape: ``bars``, one a row, or ``lines``, one a column.
        note: how its figures come about.
    """

    name: str
    question: str
    columns: tuple[str, ...]
    rows: Rows
    drawn: tuple[int, ...] = (1,)
    shape: Literal["bars", "lines"] = "bars"
    note: str = ""

    def csv(self) -> str:
        """Columns and rows as CSV, as RFC 4180 has it."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([_safe(name) for name in self.columns])
        writer.writerows([[_safe(cell) for cell in row] for row in self.rows])
        return text.getvalue()


def shopper_charts(
    release: Release | None, finals: Sequence[Release], labels: Labels
) -> list[Chart]:
    """What shoppers want, ask, get and think.

    Args:
        release: the figures of the week that is looked at; None where none are out.
        finals: the last figures of the weeks that are over, oldest first.
        labels: names of terms.
    """
    words = labels.words
    charts = []
    for kind in (Kind.MISSING, Kind.UNFIT, Kind.NEEDS, Kind.QUESTIONS, Kind.HANDOFFS):
        figures = release.of(kind)[:_MOST_BARS] if release else []
        rows = tuple((labels.of(figure), figure.shoppers) for figure in figures)
        charts.append(_chart(words, kind.value, ("what", "shoppers"), rows))
    charts.insert(3, _trend(finals, labels))
    charts.append(_thumbs(release, labels))
    charts.append(_quality(finals, words))
    talks = tuple((str(one.week), _count(one.of(Kind.TALKS))) for one in finals)
    charts.append(_chart(words, "talks", ("week", "shoppers"), talks, shape="lines"))
    return charts


def _trend(finals: Sequence[Release], labels: Labels) -> Chart:
    """How the wishes that most shoppers had in the last weeks have gone up and down."""
    most: dict[str, int] = {}
    for release in finals:
        for figure in release.of(Kind.NEEDS):
            most[figure.term] = max(most.get(figure.term, 0), figure.shoppers)
    terms = sorted(most, key=lambda term: (-most[term], term))[:_MOST_LINES]
    rows = []
    for release in finals:
        held = {figure.term: figure.shoppers for figure in release.of(Kind.NEEDS)}
        rows.append((str(release.week), *(held.get(term) for term in terms)))
    names = [labels.of(Figure(Kind.NEEDS, term, 0)) for term in terms]
    chart = _chart(labels.words, "trend", ("week",), tuple(rows) if terms else (), shape="lines")
    return _with_columns(chart, names)


def _thumbs(release: Release | None, labels: Labels) -> Chart:
    held: dict[str, dict[str, int]] = {}
    for figure in release.of(Kind.THUMBS) if release else ():
        thumb, _, intent = figure.term.partition("/")
        held.setdefault(intent, {})[thumb] = figure.shoppers
    rows = tuple(
        (labels.intent(intent), thumbs.get("up"), thumbs.get("down"))
        for intent, thumbs in held.items()
    )
    return _chart(labels.words, "thumbs", ("what", "up", "down"), rows, drawn=(1, 2))


def _quality(finals: Sequence[Release], words: Mapping[str, Any]) -> Chart:
    """Shares of shoppers, of figures that are both out; noise may put one beyond the whole."""
    rows = []
    for release in finals:
        thumbs = {"up": 0, "down": 0}
        for figure in release.of(Kind.THUMBS):
            thumbs[figure.term.partition("/")[0]] += figure.shoppers
        unhelped = _share(_count(release.of(Kind.UNHELPED)), _count(release.of(Kind.TALKS)))
        down = _share(thumbs["down"], sum(thumbs.values()))
        rows.append((str(release.week), unhelped, down))
    heads = ("week", "unhelped_share", "down_share")
    return _chart(words, "quality", heads, tuple(rows), drawn=(1, 2), shape="lines")


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else _percent(min(part / whole, 1.0))


def service_charts(
    days: Sequence[Day], words: Mapping[str, Any], prices: Mapping[str, Decimal], currency: str
) -> list[Chart]:
    """How fast the assistant answers, and what that takes.

    Args:
        days: oldest first.
        words: the texts of insight.
        prices: of a million tokens, by ``prompt``, ``cached`` and ``completion``; empty where the
            shop pays for none.
        currency: of these prices.
    """
    waits: Rows = tuple(
        (
            str(day.day),
            _seconds(day.quantile(machine.FIRST_TEXT, 0.5)),
            _seconds(day.quantile(machine.FIRST_TEXT, 0.95)),
            _seconds(day.quantile(machine.TOTAL, 0.5)),
            _seconds(day.quantile(machine.TOTAL, 0.95)),
        )
        for day in days
    )
    heads = ("day", "first_half", "first_most", "whole_half", "whole_most")
    charts = [_chart(words, "waits", heads, waits, drawn=(1, 2, 3, 4), shape="lines")]
    sums = (machine.ANSWERS, machine.CALLS, machine.PROMPT, machine.CACHED, machine.COMPLETION)
    work: Rows = tuple((str(day.day), *(day.sums.get(name, 0) for name in sums)) for day in days)
    charts.append(_chart(words, "work", ("day", *sums), work, drawn=(3, 4, 5), shape="lines"))
    failed: Rows = tuple(
        (str(day.day), day.sums.get(machine.FAILURES, 0), _failed(day)) for day in days
    )
    failing = ("day", machine.FAILURES, "failed_share")
    charts.append(_chart(words, "failures", failing, failed, drawn=(2,), shape="lines"))
    if prices:
        costs = tuple((str(day.day), _cost(day, prices)) for day in days)
        chart = _chart(words, "costs", ("day",), costs, shape="lines")
        charts.append(_with_columns(chart, [words["columns"]["cost"].format(currency=currency)]))
    return charts


def catalogue_charts(
    report: ImportReport | None, words: Mapping[str, Any], language: Language
) -> list[Chart]:
    """What became of the catalogue's last import, and what would make it better.

    Args:
        report: of the import; None where none is kept.
        words: the texts of insight.
        language: of the page.
    """
    outcomes: Rows = ()
    flaws: Rows = ()
    reasons: Rows = ()
    if report is not None:
        outcomes = tuple(
            (words["outcomes"][name], getattr(report, name))
            for name in ("kept", "mended", "refused")
        )
        worst = sorted(report.findings, key=lambda one: -one.count)
        flaws = tuple(
            (
                one.text[language],
                one.count,
                _percent(one.share),
                one.advice[language],
                ", ".join(map(str, one.rows)),
            )
            for one in worst
        )
        reasons = tuple((sentence(why, language), count) for why, count in report.most_common())
    heads = ("what", "rows", "share", "advice", "examples")
    return [
        _chart(words, "outcomes", ("what", "rows"), outcomes),
        _chart(words, "flaws", heads, flaws),
        _chart(words, "reasons", ("what", "rows"), reasons),
    ]


def _chart(
    words: Mapping[str, Any],
    name: str,
    columns: Iterable[str],
    rows: Rows,
    *,
    drawn: tuple[int, ...] = (1,),
    shape: Literal["bars", "lines"] = "bars",
) -> Chart:
    texts = words["charts"][name]
    heads = tuple(str(words["columns"][column]) for column in columns)
    return Chart(name, texts["question"], heads, rows, drawn, shape, texts["note"])


def _with_columns(chart: Chart, names: Sequence[str]) -> Chart:
    """A chart whose further columns are called by what they hold."""
    columns = (*chart.columns, *names)
    return replace(chart, columns=columns, drawn=tuple(range(len(chart.columns), len(columns))))


def _safe(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _count(figures: Sequence[Figure]) -> int | None:
    return figures[0].shoppers if figures else None


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _failed(day: Day) -> float | None:
    calls = day.sums.get(machine.CALLS, 0)
    return _percent(day.sums.get(machine.FAILURES, 0) / calls) if calls else None


def _cost(day: Day, prices: Mapping[str, Decimal]) -> float:
    cached = day.sums.get(machine.CACHED, 0)
    tokens = {
        "prompt": day.sums.get(machine.PROMPT, 0) - cached,
        "cached": cached,
        "completion": day.sums.get(machine.COMPLETION, 0),
    }
    whole = sum((prices.get(name, Decimal(0)) * count for name, count in tokens.items()), Decimal())
    return round(float(whole / 1_000_000), 4)
