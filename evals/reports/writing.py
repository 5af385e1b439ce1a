"""Grades the results of a run one by one and writes every report of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from pydantic import ValidationError

from evals.checks.wording import Shop
from evals.measures.grade import silent_checks
from evals.measures.graded import GradedConversation
from evals.measures.prices import Prices
from evals.measures.scores import Scores
from evals.reports.graded_lines import GRADED, graded_line
from evals.reports.grading import Grader, GradingProcesses, Ungraded
from evals.reports.html.report_page import HTML, write_html
from evals.reports.junit import JUNIT, JUnit
from evals.reports.system import SystemReport
from evals.reports.tables import JSON, MARKDOWN, Report, write_report
from evals.reports.transcripts import Failing
from evals.running.records import About, Record, ResultsFile
from evals.suite.conversation import Conversation
from evals.suite.files import Fault
from retrieval.errors import BadInput
from retrieval.whole_file import written_whole

Progress = Callable[[int, int, str], None]


class Reports:
    """The reports of one run.

    Args:
        folder: of the run.
        about: what it is of.
        conversations: by id, as the suites have them now.
        where: file and line of each.
        faults: what is wrong with lines of the suites; what cannot be graded is added.
        shop_of: the catalogue of a name.
        seed: of the intervals.
        prices: of the language model's tokens.
        baseline: the report of a run that the page compares this one with.
        processes: that grade; by default this one does.
    """

    FILES: ClassVar[Sequence[str]] = (JSON, MARKDOWN, HTML, JUNIT, GRADED)

    def __init__(
        self,
        folder: Path,
        *,
        about: About,
        conversations: Mapping[str, Conversation],
        where: Mapping[str, str],
        faults: list[Fault],
        shop_of: Callable[[str], Shop],
        seed: int,
        prices: Prices | None = None,
        baseline: Report | None = None,
        processes: GradingProcesses | None = None,
    ) -> None:
        self._folder = folder
        self._about = about
        self._conversations = conversations
        self._where = where
        self._faults = faults
        self._shop_of = shop_of
        self._seed = seed
        self._prices = prices
        self._baseline = baseline
        self._grader = processes or Grader(conversations, shop_of)

    def write(self, systems: Sequence[str], results: ResultsFile, *, progress: Progress) -> Report:
        """Grades what is in the results, and writes the reports.

        Records go by one at a time: what is kept of each is numbers, and the transcripts of the
        first that failed.

        Args:
            systems: their names, in the order of the report.
            results: of the run.
            progress: told how many conversations are graded.
        """
        total = len(self._conversations) * len(systems) * self._about.attempts
        found: dict[str, SystemReport] = {}
        failing = Failing(limit=100)
        done = 0
        with (
            JUnit(self._folder / JUNIT, self._about) as junit,
            written_whole(self._folder / GRADED) as lines,
        ):
            records = groupby(results.read(self._conversations), key=lambda r: r.system)
            for name, of_system in records:
                if name not in systems:
                    continue
                scores = Scores(name, seed=self._seed, prices=self._prices)
                for graded in self._graded(of_system, self._silent(name, results)):
                    where = self._where[graded.conversation.id]
                    scores.add(graded)
                    junit.add(graded, where=where)
                    shop = self._shop_of(graded.conversation.catalog)
                    failing.add(graded, where=where, shop=shop)
                    lines.write(graded_line(graded).model_dump_json() + "\n")
                    done += 1
                    progress(done, total, "grading answers")
                found[name] = scores.report()
            junit.add_faults(self._faults)
        progress(total, total, "grading answers")
        report = Report(about=self._about, systems=[found[name] for name in systems])
        write_report(report, self._folder)
        write_html(
            report,
            failing=failing.systems,
            faults=self._faults,
            baseline=self._baseline,
            path=self._folder / HTML,
        )
        return report

    def _silent(self, system: str, results: ResultsFile) -> frozenset[str]:
        records = results.read(self._conversations)
        return silent_checks(record for record in records if record.system == system)

    def _graded(
        self, records: Iterator[Record], silent: frozenset[str]
    ) -> Iterator[GradedConversation]:
        for one in self._grader.grades(records, silent):
            if isinstance(one, Ungraded):
                self._faults.append(Fault(self._where[one.conversation], one.told))
            else:
                yield one


def read_report(folder: Path) -> Report:
    """The report of a run.

    Args:
        folder: of the run.

    Raises:
        BadInput: there is none, or it cannot be read.
    """
    path = folder / JSON
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadInput(f"There is no report {path}: {error.strerror}.", field="baseline") from error
    except ValidationError as error:
        raise BadInput(f"{path} is no report of a run.", field="baseline") from error
