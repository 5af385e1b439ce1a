"""The shop's files that staff edit at the desk: policies, hand-off rules with hours, ranking rules.

A change is checked before it is written, written whole or not at all, noted with who made it, and
can be taken back. The assistant reads the files anew by itself.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from importlib.resources import files as resources
from pathlib import Path

import yaml
from babel.dates import get_day_names
from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, select

from assistant.database.connection import Database
from assistant.desk.hours import DAYS, Span
from assistant.desk.rules import Rules, load_rules
from assistant.desk.showing import texts
from assistant.desk.tables import EditRow
from assistant.errors import BadInput, FileChanged
from assistant.reply import Language
from retrieval.policies.reading import MOST_BYTES, decode, read_clauses
from retrieval.whole_file import written_whole

HANDOFF = "handoff-rules.yaml"
_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_ENDING, _ENDINGS = ".md", (".md", ".markdown")
_MOST_FILES, _MOST_KEPT = 200, 50


@dataclass(frozen=True)
class Meaning:
    """What a text says to the assistant, in parts.

    Attributes:
        heading: of the part.
        lines: what it says.
    """

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """What a search gives now, and what it would give with a text.

    Attributes:
        now, then: titles of products, the best first.
    """

    now: tuple[str, ...]
    then: tuple[str, ...]


Reading = Callable[[str, Language], list[Meaning]]
"""What a text means, in words of a language. Raises ``BadInput`` where it cannot be used."""


@dataclass(frozen=True)
class ShopFile:
    """A file that staff may edit.

    Attributes:
        name: at the desk: ``en/returns.md``.
        path: where it lies.
        meaning: what a text for it says.
        needed: whether it must be there, if empty.
        otherwise: the text that holds while the file is not there.
        tried: what a text does to a search; None where it does nothing to any.
    """

    name: str
    path: Path
    meaning: Reading
    needed: bool = False
    otherwise: Callable[[], str] = str
    tried: Callable[[str, str, Language], Trial] | None = None

    def read(self) -> str:
        """The text as it is now."""
        try:
            return decode(self.path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
        except FileNotFoundError:
            return self.otherwise()
        except OSError as error:
            raise BadInput(f"{self.name} cannot be read: {error.strerror}.") from error


class Edit(BaseModel):
    """A change that was made; see ``EditRow``."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    before: str
    after: str
    staff: str
    time: datetime


class ShopFiles:
    """The files of a shop.

    Args:
        database: keeps the changes.
        policies: the folder of the shop's policies; None where the desk may edit none.
        rules: the shop's own rules for handing over.
        ranking: its ranking rules.
        now: the time of day.
    """

    def __init__(
        self,
        database: Database,
        *,
        policies: Path | None,
        rules: Path,
        ranking: ShopFile | None = None,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._policies = policies
        self._rules = rules
        self._ranking = ranking
        self._now = now
        self._lock = threading.Lock()

    @property
    def begins(self) -> bool:
        """Whether policies may be begun here."""
        return self._policies is not None

    def all(self) -> list[ShopFile]:
        """The files that there are, by name."""
        files = [*self._policy_files()]
        files.append(
            ShopFile(HANDOFF, self._rules, rules_meaning, needed=True, otherwise=_built_in)
        )
        if self._ranking is not None:
            files.append(self._ranking)
        return files

    def file(self, name: str) -> ShopFile:
        """The file of a name, or a policy that may be begun under it.

        Raises:
            BadInput: there is none, and none can be begun under that name.
        """
        found = next((file for file in self.all() if file.name == name), None)
        return found or self._new(name)

    def edits(self, name: str) -> list[Edit]:
        """The changes of a file, the last first."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(EditRow).where(EditRow.file == name).order_by(EditRow.id.desc())
            )
            return [Edit.model_validate(row) for row in rows]

    def save(self, file: ShopFile, text: str, *, base: str, staff: str) -> None:
        """Writes a text into a file.

        Args:
            file: which.
            text: the whole of it.
            base: ``digest`` of the text that was edited.
            staff: who.

        Raises:
            BadInput: the text cannot be used, or the file not be written.
            FileChanged: the file has another text by now than the one that was edited.
        """
        text = tidied(text)
        file.meaning(text, "en")
        with self._lock:
            before = file.read()
            if digest(before) != base:
                raise FileChanged(f"{file.name} was changed meanwhile: see what is in it now.")
            if text != before:
                self._write(file, before, text, staff)

    def undo(self, file: ShopFile, *, staff: str) -> None:
        """Takes the last change of a file back, which is a change too: undone again, it returns.

        Raises:
            BadInput: nothing was changed here, or what was there before cannot be used any more.
            FileChanged: the file was changed elsewhere since.
        """
        with self._lock:
            last = next(iter(self.edits(file.name)), None)
            if last is None:
                raise BadInput(f"{file.name} was not changed at the desk.", field="file")
            now = file.read()
            if now != last.after:
                raise FileChanged(f"{file.name} was changed elsewhere since: edit it instead.")
            if last.before:
                file.meaning(last.before, "en")
            self._write(file, now, last.before, staff)

    def _write(self, file: ShopFile, before: str, after: str, staff: str) -> None:
        with self._database.writing() as session:
            session.add(
                EditRow(file=file.name, before=before, after=after, staff=staff, time=self._now())
            )
            session.flush()
            kept = (
                select(EditRow.id)
                .where(EditRow.file == file.name)
                .order_by(EditRow.id.desc())
                .limit(_MOST_KEPT)
            )
            old = delete(EditRow).where(EditRow.file == file.name, EditRow.id.not_in(kept))
            session.execute(old)
            # A file that was begun here is gone when that is taken back.
            if not after and not file.needed:
                file.path.unlink(missing_ok=True)
                return
            try:
                file.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise BadInput(f"{file.name} cannot be written: {error.strerror}.") from error
            with written_whole(file.path, field="text") as written:
                written.write(after)

    def _policy_files(self) -> Iterator[ShopFile]:
        if self._policies is None:
            return
        for language in _LANGUAGES:
            folder = self._policies / language
            for path in sorted(folder.rglob("*"))[:_MOST_FILES]:
                hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
                if path.suffix.lower() in _ENDINGS and path.is_file() and not hidden:
                    yield self._policy(language, path, folder)

    def _policy(self, language: Language, path: Path, folder: Path) -> ShopFile:
        name = f"{language}/{path.relative_to(folder).as_posix()}"
        return ShopFile(
            name, path, lambda text, _: policy_meaning(text, name=name, language=language)
        )

    def _new(self, name: str) -> ShopFile:
        language, _, file = name.partition("/")
        stem = file.removesuffix(_ENDING)
        named = 0 < len(stem) <= 60 and all(c.isalnum() or c in "-_ " for c in stem)
        if self._policies is None or not named or file == stem or stem != stem.strip():
            raise BadInput(f"There is no file {name[:80]!r}.", field="file")
        for known in _LANGUAGES:
            if language == known:
                folder = self._policies / known
                return self._policy(known, folder / file, folder)
        raise BadInput(f"There is no file {name[:80]!r}.", field="file")


def digest(text: str) -> str:
    """Tells two texts apart."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def tidied(text: str) -> str:
    """A text as it is written: one kind of line end, and one at the end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


def policy_meaning(text: str, *, name: str, language: Language) -> list[Meaning]:
    """The clauses of a policy, as the assistant quotes them.

    Args:
        text: of the file.
        name: of the file.
        language: of its folder.

    Raises:
        BadInput: it has none, or is too long.
    """
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise BadInput(f"A policy has {MOST_BYTES:,} bytes at most.", field="text")
    clauses = read_clauses(text, file=name, language=language)
    if not clauses:
        raise BadInput("A policy needs a sentence that can be quoted.", field="text")
    return [
        Meaning(clause.title, tuple(sentence.text for sentence in clause.sentences))
        for clause in clauses
    ]


def rules_meaning(text: str, language: Language) -> list[Meaning]:
    """The opening hours and the rules for handing over that hold with a text.

    Args:
        text: of the shop's file.
        language: of what is said.

    Raises:
        BadInput: it is no such file.
    """
    rules = _rules_of(text)
    on = tuple(
        rule.reason.of(language) or trigger.value
        for trigger, rule in rules.rules.items()
        if rule.enabled
    )
    words = texts(language)["files"]
    zone = rules.hours.time_zone
    hours = Meaning(
        f"{words['hours']} ({zone})" if zone else words["hours"], _hours(rules, language)
    )
    return [hours, Meaning(words["rules"], on)]


def _rules_of(text: str) -> Rules:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / HANDOFF
        path.write_text(text, encoding="utf-8", newline="\n")
        try:
            return load_rules(path)
        except BadInput as error:
            raise BadInput(error.sentence.replace(str(path), HANDOFF), field="text") from error


def with_hours(text: str, *, time_zone: str, week: Mapping[str, str], holidays: str) -> str:
    """A file of rules with other opening hours; the rest of it stays letter by letter.

    Args:
        text: of the file.
        time_zone: of the hours, such as ``Europe/Berlin``; empty for a shop that is always open.
        week: spans by weekday, with commas between: ``09:00-12:00, 13:00-18:00``.
        holidays: days on which nobody is there, with commas or spaces between.
    """
    spans = {day: [one.strip() for one in week.get(day, "").split(",")] for day in DAYS}
    hours = {
        "time_zone": time_zone.strip() or None,
        "week": {day: [one for one in found if one] for day, found in spans.items()},
        "holidays": holidays.replace(",", " ").split(),
    }
    block = yaml.safe_dump({"hours": hours}, sort_keys=False, default_flow_style=None)
    lines = text.splitlines(keepends=True)
    begins, ends = _hours_lines(lines)
    if begins == ends:
        return f"{block}\n{text}" if text.strip() else block
    return "".join([*lines[:begins], block, *lines[ends:]])


def _hours_lines(lines: Sequence[str]) -> tuple[int, int]:
    """Where the key of the hours stands, and where what stands below it ends; nowhere: 0 and 0."""
    for begins, line in enumerate(lines):
        if line.startswith("hours:"):
            ends = begins + 1
            for number in range(begins + 1, len(lines)):
                if lines[number].strip() and not lines[number][0].isspace():
                    break
                ends = number + 1 if lines[number].strip() else ends
            return begins, ends
    return 0, 0


def hours_in(text: str) -> Mapping[str, str]:
    """The opening hours of a file of rules as the fields of ``with_hours``; empty where it has none
    that can be read.

    Args:
        text: of the file.
    """
    try:
        hours = _rules_of(text).hours
    except BadInput:
        return {}
    week = {day: ", ".join(_span(span, "-") for span in hours.week.get(day, ())) for day in DAYS}
    holidays = ", ".join(str(day) for day in sorted(hours.holidays))
    fields = {"time_zone": hours.time_zone or "", "holidays": holidays}
    return fields | {str(day): told for day, told in week.items()}


def _built_in() -> str:
    """The built-in opening hours: what a shop without a file of its own begins with."""
    text = resources("assistant.desk").joinpath("rules.yaml").read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    begins, ends = _hours_lines(lines)
    return "".join(lines[begins:ends])


def _hours(rules: Rules, language: Language) -> tuple[str, ...]:
    """A line a weekday, then the days on which nobody is there."""
    hours = rules.hours
    if hours.time_zone is None:
        return (texts(language)["files"]["always"],)
    names = get_day_names("wide", locale=language)
    lines = []
    for number, day in enumerate(DAYS):
        spans = hours.week.get(day, ())
        told = ", ".join(_span(span, "–") for span in spans) or "–"
        lines.append(f"{names[number]}: {told}")
    return (*lines, *(str(day) for day in sorted(hours.holidays)))


def _span(span: Span, dash: str) -> str:
    begins, ends = span
    return f"{begins:%H:%M}{dash}{'24:00' if ends == time.max else f'{ends:%H:%M}'}"
