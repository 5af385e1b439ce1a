"""Charts: each answers one question, with the rows that are drawn, shown and exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from assistant.insight import answers, machine
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
_MOST_NARROW = 3  # columns of a chart in half the page
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
        answer: the question's, in a sentence; empty where there is none.
        empty: what is said where there are no rows.
    """

    name: str
    question: str
    columns: tuple[str, ...]
    rows: Rows
    drawn: tuple[int, ...] = (1,)
    shape: Literal["bars", "lines"] = "bars"
    note: str = ""
    answer: str = ""
    empty: str = ""

    @property
    def is_broad(self) -> bool:
        """Whether it has more columns than fit beside another chart."""
        return len(self.columns) > _MOST_NARROW

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
        said = answers.most(rows, words["answers"])
        charts.append(_chart(words, kind.value, ("what", "shoppers"), rows, answer=said))
    charts.append(_thumbs(release, labels))
    charts.append(_trend(finals, labels))
    charts.append(_quality(finals, words))
    talks = tuple((str(one.week), _count(one.of(Kind.TALKS))) for one in finals)
    said = answers.talks(talks, words["answers"])
    charts.append(_chart(words, "talks", ("week", "shoppers"), talks, shape="lines", answer=said))
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
    shown: Rows = tuple(rows) if terms else ()
    said = answers.change(names, shown, finals, labels.words["answers"])
    chart = _chart(labels.words, "trend", ("week",), shown, shape="lines", answer=said)
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
    said = answers.content(rows, labels.words["answers"])
    heads = ("what", "up", "down")
    return _chart(labels.words, "thumbs", heads, rows, drawn=(1, 2), answer=said)


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
    said = answers.shares(rows, words["answers"])
    return _chart(words, "quality", heads, tuple(rows), drawn=(1, 2), shape="lines", answer=said)


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else _percent(min(part / whole, 1.0))


def service_charts(
    days: Sequence[Day],
    words: Mapping[str, Any],
    prices: Mapping[str, Decimal],
    currency: str,
    *,
    fewest: int,
) -> list[Chart]:
    """How fast the assistant answers, and what that takes.

    Args:
        days: oldest first.
        words: the texts of insight.
        prices: of a million tokens, by ``prompt``, ``cached`` and ``completion``; empty where the
            shop pays for none.
        currency: of these prices.
        fewest: answers that a day must have before times of it are shown: of fewer they would be
            those of one shopper.
    """
    waits: Rows = tuple((str(day.day), *_waits(day, fewest)) for day in days)
    told = words["answers"]
    heads = ("day", "first_half", "first_most", "whole_half", "whole_most")
    sums = (machine.ANSWERS, machine.CALLS, machine.PROMPT, machine.CACHED, machine.COMPLETION)
    work: Rows = tuple((str(day.day), *(day.sums.get(name, 0) for name in sums)) for day in days)
    failed: Rows = tuple(
        (str(day.day), day.sums.get(machine.FAILURES, 0), _failed(day)) for day in days
    )
    failing = ("day", machine.FAILURES, "failed_share")
    costs: Rows = tuple((str(day.day), _cost(day, prices)) for day in days) if prices else ()
    cost = words["columns"]["cost"].format(currency=currency)
    lines = [
        ("waits", heads, waits, (1, 2, 3, 4), answers.waits(waits, told)),
        ("work", ("day", *sums), work, (3, 4, 5), answers.work(work, told)),
        ("failures", failing, failed, (2,), answers.failures(failed, told)),
        ("costs", ("day",), costs, (1,), answers.costs(costs, told, currency)),
    ]
    charts = [
        _chart(words, name, columns, rows, drawn=drawn, shape="lines", answer=said)
        for name, columns, rows, drawn, said in lines
    ]
    charts[0] = replace(charts[0], note=charts[0].note.format(fewest=fewest))
    return [*charts[:-1], _with_columns(charts[-1], [cost])]


def _waits(day: Day, fewest: int) -> Sequence[float | None]:
    """The half and the most of first text, then of whole answers; blank where they are too few."""
    enough = day.sums.get(machine.ANSWERS, 0) >= fewest
    return [
        _seconds(day.quantile(figure, share)) if enough else None
        for figure in (machine.FIRST_TEXT, machine.TOTAL)
        for share in (0.5, 0.95)
    ]


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
    told = words["answers"]
    said = answers.outcomes(report.kept, report.mended, report.refused, told) if report else ""
    counts = ("what", "rows")
    heads = (*counts, "share", "advice", "examples")
    worst_said, why_said = (answers.most(rows, told, of="rows") for rows in (flaws, reasons))
    return [
        _chart(words, "outcomes", counts, outcomes, answer=said),
        _chart(words, "reasons", counts, reasons, answer=why_said),
        _chart(words, "flaws", heads, flaws, answer=worst_said),
    ]


def _chart(
    words: Mapping[str, Any],
    name: str,
    columns: Iterable[str],
    rows: Rows,
    *,
    drawn: tuple[int, ...] = (1,),
    shape: Literal["bars", "lines"] = "bars",
    answer: str = "",
) -> Chart:
    texts = words["charts"][name]
    heads = tuple(str(words["columns"][column]) for column in columns)
    empty = texts.get("empty", words["nothing"])
    return Chart(name, texts["question"], heads, rows, drawn, shape, texts["note"], answer, empty)


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
