"""A run's folder, read by place: of ten thousand conversations only the places are held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from evals.reports.graded_lines import GRADED, GradedLine
from evals.running.records import ABOUT, RESULTS, About, Record
from retrieval.errors import BadInput


class Held(NamedTuple):
    """One time that a conversation was held."""

    conversation: str
    attempt: int


class _Place(NamedTuple):
    graded: int
    digest: str
    checked: str
    broken_off: bool


class _Head(BaseModel):
    system: str
    conversation: str
    digest: str
    attempt: int = 1


class _GradedHead(_Head):
    checked: str
    broken_off: str | None = None


_SomeHead = TypeVar("_SomeHead", bound=_Head)


class RunFolder:
    """What ``shopguide eval --out`` left in a folder. Use it as a context manager.

    Args:
        path: the folder.

    Raises:
        BadInput: it is no run, or was never graded, or a file in it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        note = path / ABOUT
        try:
            self.about = About.model_validate_json(note.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise BadInput(f"{path} is no folder of a run: it has no {ABOUT}.") from error
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise BadInput(f"Cannot read {note}: it is damaged or not allowed.") from error
        self._places: dict[str, dict[Held, _Place]] = {}
        self._records: dict[str, dict[Held, int]] = {}
        with ExitStack() as stack:
            self._graded_file = stack.enter_context(self._opened(GRADED))
            self._results_file = stack.enter_context(self._opened(RESULTS))
            self._find_graded()
            self._find_records()
            self._open = stack.pop_all()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def systems(self) -> list[str]:
        """The systems that were graded, in the order of the file."""
        return list(self._places)

    def held(self, system: str) -> list[Held]:
        """What was graded of a system, in the order of the file."""
        return list(self._places.get(system, {}))

    def asked_digest(self, system: str, held: Held) -> str:
        """What was asked, as a digest."""
        return self._places[system][held].digest

    def checked_digest(self, system: str, held: Held) -> str:
        """What was expected, as a digest."""
        return self._places[system][held].checked

    def broken_off(self, system: str, held: Held) -> bool:
        """Whether whoever played the shopper broke off, so that it judges no system."""
        return self._places[system][held].broken_off

    def graded(self, system: str, held: Held) -> GradedLine:
        """The numbers of a conversation."""
        self._graded_file.seek(self._places[system][held].graded)
        try:
            return GradedLine.model_validate_json(self._graded_file.readline())
        except ValidationError as error:
            raise self._damaged(GRADED) from error

    def record(self, system: str, held: Held) -> Record:
        """What was answered.

        Raises:
            BadInput: the conversation was graded and its record is not there any more.
        """
        place = self._records.get(system, {}).get(held)
        if place is None:
            raise BadInput(
                f"{self.path / RESULTS} has no answers of {held.conversation!r}, which "
                f"{GRADED} has: grade the run anew."
            )
        self._results_file.seek(place)
        try:
            return Record.model_validate_json(self._results_file.readline())
        except ValidationError as error:
            raise self._damaged(RESULTS) from error

    def _find_graded(self) -> None:
        for place, head in self._lines(self._graded_file, GRADED, _GradedHead):
            held = Held(head.conversation, head.attempt)
            found = _Place(place, head.digest, head.checked, head.broken_off is not None)
            self._places.setdefault(head.system, {})[held] = found

    def _find_records(self) -> None:
        for place, head in self._lines(self._results_file, RESULTS, _Head):
            held = Held(head.conversation, head.attempt)
            graded = self._places.get(head.system, {}).get(held)
            if graded is not None and graded.digest == head.digest:
                self._records.setdefault(head.system, {})[held] = place

    def _lines(
        self, file: BinaryIO, name: str, kind: type[_SomeHead]
    ) -> Iterator[tuple[int, _SomeHead]]:
        place = 0
        for number, line in enumerate(file, start=1):
            try:
                yield place, kind.model_validate_json(line)
            except ValidationError as error:
                if name == RESULTS and not line.endswith(b"\n"):
                    return  # the run was ended while it wrote
                raise self._damaged(name, number) from error
            place += len(line)

    def _opened(self, name: str) -> BinaryIO:
        try:
            return (self.path / name).open("rb")
        except FileNotFoundError as error:
            raise BadInput(
                f"{self.path} has no {name}: grade the run with shopguide eval SUITE "
                f"--out {self.path}."
            ) from error

    def _damaged(self, name: str, number: int | None = None) -> BadInput:
        where = f"{self.path / name}" + (f", line {number}" if number else "")
        return BadInput(f"{where} is damaged: grade the run anew.")
