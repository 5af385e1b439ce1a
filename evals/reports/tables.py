"""A run as a table that people read and as JSON that programs read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from evals.measures.figures import Figure
from evals.measures.rows import ROWS, Row, pass_row
from evals.measures.slices import GROUPS, Group
from evals.reports.printable import printable
from evals.reports.system import Failure, SystemReport, UnsupportedClaim
from evals.running.records import About

__all__ = [
    "JSON",
    "MARKDOWN",
    "Failure",
    "Report",
    "SystemReport",
    "UnsupportedClaim",
    "markdown",
    "write_report",
]
from retrieval.whole_file import written_whole

MARKDOWN = "report.md"
JSON = "report.json"
_HEADINGS: Mapping[Group, str] = {"all": "All", "en": "English", "zh": "Chinese"}
_FAILURES_SHOWN = 20
_SLICES = {"intent:": "By intent", "turn:": "By turn", "tag:": "By tag"}


class Report(BaseModel):
    """A run: what it is of, and every system."""

    about: About
    systems: list[SystemReport]


def write_report(report: Report, folder: Path) -> None:
    """Writes both forms into a folder."""
    with written_whole(folder / JSON) as file:
        file.write(report.model_dump_json(indent=2) + "\n")
    with written_whole(folder / MARKDOWN) as file:
        file.write(markdown(report))


def summary(report: Report, where: Mapping[str, str]) -> str:
    """What a terminal has room for: every figure of all turns, and the first of what failed.

    Args:
        report: of the run.
        where: file and line of each conversation.
    """
    parts = [_opening(report), _of_group("all", report.systems)]
    if any(system.attempts > 1 for system in report.systems):
        parts.append(_pass_rates(report.systems))
    parts += [_failed(system, where) for system in report.systems if system.failures]
    return "\n\n".join(parts) + "\n"


def _failed(system: SystemReport, where: Mapping[str, str]) -> str:
    """A line a check that failed, however many attempts it failed in."""
    found: dict[tuple[str, int, str], list[Failure]] = {}
    for failure in system.failures:
        key = (failure.conversation, failure.turn, failure.check)
        found.setdefault(key, []).append(failure)
    shown = list(found.values())[:_FAILURES_SHOWN]
    lines = []
    for first, *others in shown:
        times = f" ({len(others) + 1} of {system.attempts} attempts)" if system.attempts > 1 else ""
        lines.append(
            f"- {where[first.conversation]} ({first.conversation}), turn {first.turn}: "
            f"{first.check}: {_on_one_line(first.told)}{times}"
        )
    more = system.checks_failed - sum(map(len, shown))
    lines += [f"- and {more:,} more"] if more else []
    return f"### Failed: {system.name}\n\n" + "\n".join(lines)


def _on_one_line(text: str) -> str:
    """A text that may be a shopper's or a product's, without what Markdown or a terminal obeys."""
    return printable(" ".join(text.split())).replace("<", "&lt;").replace("|", "\\|")


def markdown(report: Report) -> str:
    """The tables: a row a figure, a column a system, with 95 % intervals and counts."""
    systems = report.systems
    parts = [_opening(report), *(_of_group(group, systems) for group in GROUPS)]
    if any(system.attempts > 1 for system in systems):
        parts.append(_pass_rates(systems))
    names = sorted({k for s in systems for k in s.figures.get("all", {}) if k.startswith("check:")})
    checks = [
        [name.removeprefix("check:"), *(_cell(_figure(s, "all", name)) for s in systems)]
        for name in names
    ]
    parts.append("### Checks passed, by turn\n\n" + _table(systems, checks, target=False))
    parts += [part for system in systems for part in _sliced(system)]
    if (paired := _times_compared(systems)) is not None:
        parts.append(paired)
    return "\n\n".join(parts) + "\n"


def _opening(report: Report) -> str:
    about = report.about
    drawn = f" Temperature: {about.told_temperature}." if about.temperature else ""
    return (
        f"Model: {about.model}. Conversations at once: {about.concurrency}.{drawn} In brackets the "
        "95 % interval, by drawing conversations anew; then what was counted.\n\n"
        + _counts(report.systems)
    )


def _of_group(group: Group, systems: Sequence[SystemReport]) -> str:
    rows = [line for row in ROWS if (line := _line(row, group, systems)) is not None]
    return f"### {_HEADINGS[group]}\n\n" + _table(systems, rows, target=True)


def _counts(systems: Sequence[SystemReport]) -> str:
    return "\n".join(f"- {system.name}: {', '.join(_told(system))}" for system in systems)


def _told(system: SystemReport) -> Iterator[str]:
    held = f", held up to {system.attempts} times" if system.attempts > 1 else ""
    yield f"{system.conversations:,} conversations{held}"
    yield f"{system.turns:,} turns"
    yield f"{system.failed_turns:,} without an answer"
    yield f"{system.checks_failed:,} checks failed"
    if system.broken_off_count:
        yield f"{system.broken_off_count:,} broken off by whoever played the shopper"
    totals = system.totals
    if totals.prompt_tokens:
        yield f"{totals.prompt_tokens:,} prompt tokens"
        yield f"{totals.completion_tokens:,} completion tokens"
    if totals.cost is not None:
        yield f"{totals.cost:,.2f} {totals.currency}"


def _pass_rates(systems: Sequence[SystemReport]) -> str:
    most = max(system.attempts for system in systems)
    rows = [
        [row.key, row.target, *(_cell(_figure(s, g, row.key), row) for s, g in columns)]
        for columns in [[(s, group) for s in systems for group in GROUPS]]
        for row in map(pass_row, range(1, most + 1))
    ]
    heads = [f"{s.name}, {_HEADINGS[group]}" for s in systems for group in GROUPS]
    return (
        "### Passed in all of k attempts\n\npass^k is comb(c, k) / comb(n, k) of a conversation "
        "that passed c of n attempts, averaged.\n\n" + _lines(["", "target", *heads], rows)
    )


def _sliced(system: SystemReport) -> Iterator[str]:
    rows = [row for row in ROWS if row.sliced]
    for prefix, heading in _SLICES.items():
        names = [name for name in system.figures if name.startswith(prefix)]
        shown = [row for row in rows if any(_measured(system, name, row.figure) for name in names)]
        if not shown:
            continue
        heads = ["", "conversations", "turns", *(row.title for row in shown)]
        lines = []
        for name in names:
            size = system.slices.get(name)
            sizes = [f"{size.conversations:,}", f"{size.turns:,}"] if size else ["–", "–"]
            cells = [_brief(_figure(system, name, row.figure), row) for row in shown]
            lines.append([name.removeprefix(prefix), *sizes, *cells])
        yield f"### {heading}: {system.name}\n\n" + _lines(heads, lines)


def _line(row: Row, group: Group, systems: Sequence[SystemReport]) -> list[str] | None:
    """None where no system has such a thing."""
    if not any(_measured(system, group, row.figure) for system in systems):
        return None
    cells = [_cell(_figure(system, group, row.figure), row) for system in systems]
    return [row.title, row.target, *cells]


def _measured(system: SystemReport, group: str, key: str) -> bool:
    figure = _figure(system, group, key)
    return figure.value is not None or figure.count > 0


def _figure(system: SystemReport, group: str, key: str) -> Figure:
    return system.figures.get(group, {}).get(key, Figure())


_SHARE = Row("", "")


def _cell(figure: Figure, row: Row = _SHARE) -> str:
    if not figure.count and figure.value is None:
        return "–"
    if figure.numerator is not None and figure.denominator is not None:
        counted = f"({figure.numerator:,.0f}/{figure.denominator:,.0f})"
    else:
        counted = f"(n {figure.count})"
    return f"{_brief(figure, row)} {counted}"


def _brief(figure: Figure, row: Row) -> str:
    """A value and its interval.

    A quantile that falls among turns without an answer is not reached; the end of an interval
    that does is left open. Of too few conversations there is no interval.
    """
    if figure.value is None:
        return "not reached" if figure.count else "–"
    sign = "+" if row.kind == "gap" else ""

    def told(number: float | None) -> str:
        return "…" if number is None else f"{number:{sign},.{row.digits}f}"

    unit = f" {row.unit}" if row.unit else ""
    known = figure.low is not None or figure.high is not None
    interval = f" [{told(figure.low)}, {told(figure.high)}]" if known else ""
    return f"{told(figure.value)}{unit}{interval}"


def _table(systems: Sequence[SystemReport], rows: Sequence[Sequence[str]], *, target: bool) -> str:
    return _lines(["", *(["target"] if target else []), *(s.name for s in systems)], rows)


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    # A tag may be any text.
    cells = [[cell.replace("|", "\\|").replace("<", "&lt;") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


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
