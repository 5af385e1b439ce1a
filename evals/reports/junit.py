"""A run as JUnit XML, which CI servers show as a list of tests.

Written as the conversations come, so that ten thousand of them fill no memory; junitparser and
junit-xml build the whole tree first. The shape is that of Jenkins' ``junit-10.xsd``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from xml.sax.saxutils import escape, quoteattr

from evals.measures.graded import GradedConversation
from evals.reports.printable import printable
from evals.reports.transcripts import Transcript, transcript_of
from evals.running.records import About
from evals.suite.files import Fault
from retrieval.whole_file import whole_bytes

JUNIT = "junit.xml"
_FAULTS = "suite files"
_ROOM = 96  # bytes for the counts of a suite, which are known at its end


@dataclass
class _Counts:
    """The counts of a suite, and the byte of the file that they belong at."""

    place: int
    tests: int = 0
    failures: int = 0
    errors: int = 0
    seconds: float = 0.0

    def add(self, other: _Counts) -> None:
        self.tests += other.tests
        self.failures += other.failures
        self.errors += other.errors
        self.seconds += other.seconds

    def __str__(self) -> str:
        return (
            f' tests="{self.tests}" failures="{self.failures}" errors="{self.errors}"'
            f' time="{self.seconds:.3f}"'
        )


class JUnit:
    """Writes one run. The file is there, whole, when the ``with`` block has ended well.

    A test suite is a system, a test case a conversation with the number of its attempt. A check
    that failed is a failure; a turn without an answer, or a faulty line of a suite, an error.

    Args:
        path: the file; its folder exists.
        about: what the run is of, for the suites' properties.
    """

    def __init__(self, path: Path, about: About) -> None:
        self._path = path
        self._about = about
        self._system: str | None = None

    def __enter__(self) -> JUnit:
        self._whole = whole_bytes(self._path)
        self._file = self._whole.__enter__()
        self._write('<?xml version="1.0" encoding="UTF-8"?>\n')
        self._all = self._begin("<testsuites", name="shopguide eval")
        self._suite = self._all
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._end_suite()
            self._write("</testsuites>\n")
            self._fill(self._all)
        self._whole.__exit__(kind, error, trace)

    def add(self, graded: GradedConversation, *, where: str = "") -> None:
        """Writes a conversation.

        Args:
            graded: all of one system come before the first of another one.
            where: file and line of the suite.
        """
        transcript = transcript_of(graded, where=where)
        if transcript.system != self._system:
            self._begin_suite(transcript.system)
            self._system = transcript.system
        name = transcript.conversation
        if self._about.attempts > 1:
            name += f" [{transcript.attempt}]"
        seconds = sum(turn.timing.total_ms for turn in transcript.turns) / 1000
        failed = transcript.failed_checks
        message = f"failed: {', '.join(failed)}" if failed else "the shopper's goal was not met"
        if any(turn.error is not None for turn in transcript.turns):
            self._case(name, seconds, "error", "a message has no answer", _told(transcript))
        elif not transcript.passed:
            self._case(name, seconds, "failure", message, _told(transcript))
        else:
            self._case(name, seconds)

    def add_faults(self, faults: Sequence[Fault]) -> None:
        """Writes the lines of suites that are no conversations; before or after all others."""
        if not faults:
            return
        self._begin_suite(_FAULTS)
        self._system = None
        for fault in faults:
            self._case(fault.where, 0.0, "error", fault.told, f"{fault}")

    def _case(
        self, name: str, seconds: float, kind: str = "", message: str = "", text: str = ""
    ) -> None:
        suite = self._suite
        suite.tests += 1
        suite.failures += kind == "failure"
        suite.errors += kind == "error"
        suite.seconds += seconds
        of = self._system or _FAULTS
        opening = f"<testcase{_attributes(classname=of, name=name, time=f'{seconds:.3f}')}"
        if not kind:
            self._write(f"{opening}/>\n")
            return
        what = _attributes(message=message, type="check" if kind == "failure" else kind)
        self._write(f"{opening}><{kind}{what}>{escape(printable(text))}</{kind}></testcase>\n")

    def _begin_suite(self, name: str) -> None:
        self._end_suite()
        self._suite = self._begin("<testsuite", name=name)
        self._write("<properties>\n")
        for key, value in _properties(self._about).items():
            self._write(f"<property{_attributes(name=key, value=value)}/>\n")
        self._write("</properties>\n")

    def _end_suite(self) -> None:
        if self._suite is not self._all:
            self._write("</testsuite>\n")
            self._fill(self._suite)
            self._all.add(self._suite)
        self._suite = self._all

    def _begin(self, opening: str, name: str) -> _Counts:
        """Opens an element, with room for its counts: blanks between attributes are ignored."""
        self._write(f"{opening}{_attributes(name=name)}")
        counts = _Counts(self._file.tell())
        self._write(" " * _ROOM + ">\n")
        return counts

    def _fill(self, counts: _Counts) -> None:
        end = self._file.tell()
        self._file.seek(counts.place)
        self._write(f"{counts}".ljust(_ROOM))
        self._file.seek(end)

    def _write(self, text: str) -> None:
        self._file.write(text.encode())


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(printable(value))}" for name, value in values.items())


def _properties(about: About) -> Mapping[str, str]:
    return {
        "model": about.model,
        "attempts": f"{about.attempts}",
        "temperature": about.told_temperature,
        "conversations at once": f"{about.concurrency}",
        **{f"catalogue {name}": version for name, version in about.catalogs.items()},
    }


def _told(transcript: Transcript) -> str:
    """What is wrong, turn by turn, in words."""
    lines = [transcript.where] if transcript.where else []
    for turn in transcript.turns:
        if not turn.failed:
            continue
        answer = turn.text.shown if turn.error is None else f"no answer: {turn.error}"
        lines += [f"Turn {turn.number}", f"  shopper: {turn.say.shown}", f"  answer: {answer}"]
        lines += [f"  {check.name}: {check.told}" for check in turn.failed]
    if (outcome := transcript.outcome) is not None and not outcome.success:
        violated = f"; not met: {', '.join(outcome.violated)}" if outcome.violated else ""
        lines.append(f"The shopper accepted {outcome.accepted or 'nothing'}{violated}")
    return "\n".join(lines) + "\n"
