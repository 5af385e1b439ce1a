"""Grades the results of a run one by one and writes every report of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import IO, ClassVar

from pydantic import ValidationError

from evals.checks.wording import Shop
from evals.measures.claimed import claims_of
from evals.measures.grade import grade, silent_checks
from evals.measures.graded import GradedConversation
from evals.measures.prices import Prices
from evals.measures.scores import Scores
from evals.reports.graded_lines import GRADED, graded_line
from evals.reports.html.report_page import HTML, write_html
from evals.reports.junit import JUNIT, JUnit
from evals.reports.system import SystemReport
from evals.reports.tables import JSON, MARKDOWN, Report, write_report
from evals.reports.transcripts import Failing
from evals.running.records import About, Record, ResultsFile
from evals.suite.conversation import Conversation
from evals.suite.files import Fault
from retrieval.errors import BadInput

Progress = Callable[[int, int, str], None]


class Reports:
    """The reports of one run.

    Args:
        folder: of the run.
        about: what it is of.
        conversations: by id, as the suites have them now.
        where: file and line of each.
        faults: what is wrong with lines of the suites.
        shop_of: the catalogue of a name.
        seed: of the intervals.
        prices: of the language model's tokens.
        baseline: the folder of a run that the page compares this one with.

    Raises:
        BadInput: the folder of the baseline has no report.
    """

    FILES: ClassVar[Sequence[str]] = (JSON, MARKDOWN, HTML, JUNIT, GRADED)

    def __init__(
        self,
        folder: Path,
        *,
        about: About,
        conversations: Mapping[str, Conversation],
        where: Mapping[str, str],
        faults: Sequence[Fault],
        shop_of: Callable[[str], Shop],
        seed: int,
        prices: Prices | None = None,
        baseline: Path | None = None,
    ) -> None:
        self._folder = folder
        self._about = about
        self._conversations = conversations
        self._where = where
        self._faults = faults
        self._shop_of = shop_of
        self._seed = seed
        self._prices = prices
        self._baseline = read_report(baseline) if baseline is not None else None

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
            _replaced(self._folder / GRADED) as lines,
        ):
            junit.add_faults(self._faults)
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
        for record in records:
            conversation = self._conversations[record.conversation]
            shop = self._shop_of(conversation.catalog)
            yield grade(record, conversation, shop, claims_of, silent=silent)


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


@contextmanager
def _replaced(path: Path) -> Iterator[IO[str]]:
    """A file that takes the old one's place when it is whole."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        yield file
    os.replace(part, path)
