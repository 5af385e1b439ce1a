"""A run as a table that people read and as JSON that programs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from evals.figures import Figure
from evals.metrics import GROUPS, GradedTurn, Group, figures
from evals.records import About
from evals.rows import ROWS, Row

MARKDOWN = "report.md"
JSON = "report.json"
_HEADINGS: Mapping[Group, str] = {"all": "All", "en": "English", "zh": "Chinese"}


class Failure(BaseModel):
    """A check that failed."""

    conversation: str
    turn: int
    say: str
    text: str
    check: str
    told: str


class UnsupportedClaim(BaseModel):
    """A claim of a reply that no record bears out."""

    conversation: str
    turn: int
    kind: str
    text: str
    sentence: str
    told: str


class SystemReport(BaseModel):
    """One system.

    Attributes:
        figures: by group (``all``, ``en``, ``zh``) and key.
        failed_turns: how many messages have no answer; their times count for nothing.
    """

    name: str
    conversations: int
    turns: int
    failed_turns: int
    checks_failed: int
    figures: dict[str, dict[str, Figure]] = Field(default_factory=dict)
    failures: list[Failure] = Field(default_factory=list)
    unsupported: list[UnsupportedClaim] = Field(default_factory=list)


class Report(BaseModel):
    """A run: what it is of, and every system."""

    about: About
    systems: list[SystemReport]


def report_system(name: str, turns: Sequence[GradedTurn], *, seed: int) -> SystemReport:
    """One system's part of a report.

    Args:
        name: the system's.
        turns: graded.
        seed: of the bootstrap.
    """
    failures = [
        Failure(
            conversation=turn.conversation.id,
            turn=turn.number,
            say=turn.say,
            text=turn.observed.text,
            check=check.name,
            told=check.told,
        )
        for turn in turns
        for check in turn.checks
        if not check.passed
    ]
    unsupported = [
        UnsupportedClaim(
            conversation=turn.conversation.id,
            turn=turn.number,
            kind=claim.kind,
            text=claim.text,
            sentence=claim.sentence,
            told=claim.told,
        )
        for turn in turns
        for claim in turn.claims
        if not claim.supported
    ]
    return SystemReport(
        name=name,
        conversations=len({turn.conversation.id for turn in turns}),
        turns=len(turns),
        failed_turns=sum(turn.observed.error is not None for turn in turns),
        checks_failed=len(failures),
        figures={group: dict(found) for group, found in figures(turns, seed=seed).items()},
        failures=failures,
        unsupported=unsupported,
    )


def write_report(report: Report, folder: Path) -> None:
    """Writes both forms into a folder."""
    (folder / JSON).write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / MARKDOWN).write_text(markdown(report), encoding="utf-8")


def markdown(report: Report) -> str:
    """The tables: a row a figure, a column a system, with 95 % intervals and counts."""
    parts = [
        f"Model: {report.about.model}. Conversations at once: {report.about.concurrency}. "
        "In brackets the 95 % interval, by drawing conversations anew; then what was counted.",
        _counts(report.systems),
    ]
    for group in GROUPS:
        rows = [_line(row, group, report.systems) for row in ROWS]
        parts.append(f"### {_HEADINGS[group]}\n\n" + _table(report.systems, rows, target=True))
    names = sorted({k for s in report.systems for k in s.figures["all"] if k.startswith("check:")})
    checks = [
        [name.removeprefix("check:"), *(_cell(_figure(s, "all", name)) for s in report.systems)]
        for name in names
    ]
    parts.append("### Checks passed, by turn\n\n" + _table(report.systems, checks, target=False))
    if (paired := _times_compared(report.systems)) is not None:
        parts.append(paired)
    return "\n\n".join(parts) + "\n"


def _counts(systems: Sequence[SystemReport]) -> str:
    return "\n".join(
        f"- {s.name}: {s.conversations} conversations, {s.turns} turns, {s.failed_turns} without "
        f"an answer, {s.checks_failed} checks failed"
        for s in systems
    )


def _line(row: Row, group: Group, systems: Sequence[SystemReport]) -> list[str]:
    key = f"{row.key}:p95" if row.kind == "p95" else row.key
    cells = [_cell(_figure(s, group, key), row) for s in systems]
    return [row.title, row.target, *cells]


def _figure(system: SystemReport, group: str, key: str) -> Figure:
    return system.figures.get(group, {}).get(key, Figure())


def _cell(figure: Figure, row: Row | None = None) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "–"
    if figure.denominator is not None:
        return (
            f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}] "
            f"({figure.numerator:,.0f}/{figure.denominator:,.0f})"
        )
    unit = f" {row.unit}" if row is not None and row.unit else ""
    return f"{figure.value:,.0f}{unit} [{figure.low:,.0f}, {figure.high:,.0f}] (n {figure.count})"


def _table(systems: Sequence[SystemReport], rows: Sequence[Sequence[str]], *, target: bool) -> str:
    head = ["", *(["target"] if target else []), *(s.name for s in systems)]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _times_compared(systems: Sequence[SystemReport]) -> str | None:
    """The first system's times beside each other's whole turn."""
    if len(systems) < 2:
        return None
    first, *others = systems
    lines = []
    for other in others:
        whole = _figure(other, "all", "total").value
        text, total = (_figure(first, "all", key).value for key in ("first_text", "total"))
        if whole and text is not None and total is not None:
            lines.append(
                f"- {first.name} against {other.name}'s whole turn, medians: first text "
                f"{text / whole:.2f} of it, whole turn {total / whole:.2f} of it"
            )
    return "### Times compared\n\n" + "\n".join(lines) if lines else None
