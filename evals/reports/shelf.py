"""A folder of runs as the shop's desk shows it: listed, read, two of them compared."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from assistant.desk.evaluations import SystemRun
from evals.comparing.compare import compare
from evals.reports.html.comparison_page import write_comparison
from evals.reports.html.report_page import HTML
from evals.reports.tables import JSON, Report
from evals.reports.writing import read_report
from retrieval.errors import BadInput

# The figures that are listed, by the keys that reports have them under, and what they are divided
# by: reports tell times in milliseconds.
_KEYS = {"passed": ("pass^1", 1), "grounded": ("grounded", 1), "seconds": ("total:p95", 1000)}
_MOST_LISTED = 50


class ReportShelf:
    """The runs in a folder: each subfolder that ``shopguide eval --out`` wrote a report into.

    Args:
        folder: of the runs; one that is not there has none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def runs(self) -> list[SystemRun]:
        """Every run that can be read, the newest first; the last fifty."""
        files = sorted(self._reports(), key=lambda file: file.stat().st_mtime, reverse=True)
        return [run for file in files[:_MOST_LISTED] for run in _runs(file, file.stat().st_mtime)]

    def report(self, run: str) -> str:
        """The report of a run as a page of its own.

        Raises:
            BadInput: there is no such run, or it has no page.
        """
        try:
            return (self._run(run) / HTML).read_text(encoding="utf-8")
        except OSError as error:
            raise BadInput(f"The run {run[:80]!r} has no {HTML}.", field="run") from error

    def compare(self, before: str, after: str) -> str:
        """Two runs held against each other, as a page of its own.

        Raises:
            BadInput: there is no such run, or the two cannot be compared.
        """
        # Where the runs lie on the server is nothing that staff need.
        try:
            found = compare(self._run(before), self._run(after))
        except BadInput as error:
            sentence = error.sentence.replace(f"{self._folder}{os.sep}", "")
            raise BadInput(sentence, field=error.field) from error
        sides = {
            "a": found.a.model_copy(update={"name": before}),
            "b": found.b.model_copy(update={"name": after}),
        }
        with tempfile.TemporaryDirectory() as scratch:
            page = Path(scratch) / HTML
            write_comparison(found.model_copy(update=sides), page)
            return page.read_text(encoding="utf-8")

    def _reports(self) -> list[Path]:
        return list(self._folder.glob(f"*/{JSON}"))

    def _run(self, name: str) -> Path:
        """The folder of a run; only one that is listed is ever opened."""
        for file in self._reports():
            if file.parent.name == name:
                return file.parent
        raise BadInput(f"There is no run {name[:80]!r}.", field="run")


@lru_cache(maxsize=_MOST_LISTED)
def _runs(file: Path, changed: float) -> list[SystemRun]:
    """The systems of a run; none where its report cannot be read."""
    try:
        report = read_report(file.parent)
    except BadInput:
        return []
    return _listed(file.parent.name, datetime.fromtimestamp(changed, UTC), report)


def _listed(name: str, time: datetime, report: Report) -> list[SystemRun]:
    found = []
    for system in report.systems:
        figures = system.figures.get("all", {})
        values: dict[str, float | None] = {}
        for key, (held, divisor) in _KEYS.items():
            value = figures[held].value if held in figures else None
            values[key] = None if value is None else value / divisor
        found.append(
            SystemRun(name, time, report.about.model, system.name, system.conversations, values)
        )
    return found
