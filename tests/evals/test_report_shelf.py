"""A folder of runs as the desk shows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from test_compare import _conversations, _write

from evals.measures.figures import Figure
from evals.reports.html import write_html
from evals.reports.shelf import ReportShelf
from evals.reports.system import SystemReport
from evals.reports.tables import Report, write_report
from evals.running.records import About
from retrieval.errors import BadInput


def kept(shelf: Path, name: str, *, passed: float, time: int, wrong: int = 0) -> None:
    """A run of 60 conversations, some of which are answered wrongly."""
    folder = _write(shelf / name, _conversations(60), right=lambda n, attempt: n >= wrong)
    figures = {"pass^1": Figure(value=passed), "total:p95": Figure(value=8400.0)}
    system = SystemReport(
        name="shopguide",
        conversations=60,
        turns=120,
        failed_turns=0,
        checks_failed=wrong,
        figures={"all": figures},
    )
    report = Report(about=About(model="tiny"), systems=[system])
    write_report(report, folder)
    write_html(report, failing=[], faults=[], baseline=None, path=folder / "report.html")
    os.utime(folder / "report.json", (time, time))


@pytest.fixture
def shelf(tmp_path: Path) -> ReportShelf:
    folder = tmp_path / "canary-place"
    folder.mkdir()
    kept(folder, "first", passed=0.5, time=1_000, wrong=30)
    kept(folder, "second", passed=1.0, time=2_000)
    (folder / "no run").mkdir()
    (folder / "damaged").mkdir()
    (folder / "damaged" / "report.json").write_text("{", encoding="utf-8")
    return ReportShelf(folder)


def test_runs_are_listed_the_newest_first_and_damaged_ones_are_not(shelf: ReportShelf) -> None:
    assert [(run.run, run.figures["passed"]) for run in shelf.runs()] == [
        ("second", 1.0),
        ("first", 0.5),
    ]
    assert shelf.runs()[0].figures == {"passed": 1.0, "grounded": None, "seconds": 8.4}


def test_a_run_that_is_written_anew_is_read_anew(shelf: ReportShelf, tmp_path: Path) -> None:
    shelf.runs()
    kept(tmp_path / "canary-place", "third", passed=0.75, time=3_000)
    kept(tmp_path / "canary-place", "third", passed=0.8, time=4_000)
    assert shelf.runs()[0].figures["passed"] == 0.8


def test_two_runs_are_compared_by_name(shelf: ReportShelf) -> None:
    page = shelf.compare("first", "second")
    assert "first" in page
    assert "better" in page.lower()
    # Where they lie is nothing that staff need.
    assert "canary-place" not in page


@pytest.mark.parametrize(
    "name", ["third", "", "..", "../canary-place/first", "first/", "damaged/.."]
)
def test_only_what_is_listed_is_opened(shelf: ReportShelf, name: str) -> None:
    with pytest.raises(BadInput, match="There is no run"):
        shelf.report(name)
    with pytest.raises(BadInput, match="There is no run"):
        shelf.compare("first", name)


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    assert ReportShelf(tmp_path / "nothing").runs() == []
