"""Two runs side by side as one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evals.comparing.comparison import Comparison, ConversationChange, FigureChange
from evals.measures.rows import ROWS
from evals.reports.html.page import write_page
from evals.reports.html.tables import signed
from evals.reports.transcripts import LONGEST

HTML = "comparison.html"
_DIGITS = {row.figure: row.digits for row in ROWS}
_MOST_IDS = 200
_GROUPS = {"all": "All conversations", "en": "English", "zh": "Chinese"}


@dataclass(frozen=True)
class Changed:
    """A figure of both runs, in words."""

    title: str
    a: str
    b: str
    difference: str
    interval: str
    counted: str
    verdict: str


@dataclass(frozen=True)
class Part:
    """Conversations that came out otherwise in one way.

    Attributes:
        count: how many there are; ``changes`` has the first of them.
    """

    id: str
    title: str
    lead: str
    count: int
    changes: list[ConversationChange]


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Writes the page.

    Args:
        comparison: of two runs.
        path: the file; its folder exists.
    """
    groups = dict.fromkeys(figure.group for figure in comparison.figures)
    write_page(
        "comparison.html",
        path,
        c=comparison,
        tables=[
            (
                _GROUPS.get(group, group),
                [_changed(figure) for figure in comparison.figures if figure.group == group],
            )
            for group in groups
        ],
        parts=list(_parts(comparison)),
        longest=LONGEST,
        most=_MOST_IDS,
    )


def _parts(found: Comparison) -> Iterator[Part]:
    yield Part(
        "failing",
        "Newly failing",
        "They passed in the first run and do not in the second.",
        found.newly_failing_count,
        found.newly_failing,
    )
    yield Part(
        "passing",
        "Newly passing",
        "They failed in the first run and pass in the second.",
        found.newly_passing_count,
        found.newly_passing,
    )
    yield Part(
        "answers",
        "Answered otherwise",
        "Their checks came out as before, and the answers differ in what they give.",
        found.changed_answers_count,
        found.changed_answers,
    )


def _changed(figure: FigureChange) -> Changed:
    return Changed(
        title=figure.title,
        a=_number(figure.a, figure),
        b=_number(figure.b, figure),
        difference=_number(figure.difference, figure, sign="+"),
        interval=f"[{_bare(figure.low, figure, '+')}, {_bare(figure.high, figure, '+')}]",
        counted=f"{figure.changed:,} of {figure.conversations:,} changed",
        verdict=figure.verdict,
    )


def _number(value: float, figure: FigureChange, sign: str = "") -> str:
    return _bare(value, figure, sign) + (f" {figure.unit}" if figure.unit else "")


def _bare(value: float, figure: FigureChange, sign: str = "") -> str:
    digits = _DIGITS.get(figure.key, 3 if figure.share else 2)
    return signed(value, digits, sign)
