"""The shop's files that staff edit at the desk: policies, hand-off rules with hours, ranking rules.

A change is checked before it is written, written whole or not at all, noted with who made it, and
can be taken back. The assistant reads the files anew by itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, func, select

from assistant.database.connection import Database
from assistant.desk.meanings import (
    HANDOFF,
    Meaning,
    built_in_hours,
    policy_meaning,
    rules_meaning,
)
from assistant.desk.tables import EditRow
from assistant.errors import BadInput, FileChanged
from assistant.reply import Language
from retrieval.policies.folder import policy_files, policy_language
from retrieval.policies.reading import decode
from retrieval.whole_file import whole_bytes

LANGUAGES: tuple[Language, ...] = ("en", "zh")
_ENDING = ".md"
_HEADING = re.compile(r"^#[ \t]+(\S.{0,100})", re.MULTILINE)
_MOST_KEPT = 50
_NEW = 0o666  # of a file that was not there, less what the umask takes away


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

    def heading(self) -> str:
        """What it is called: its first heading, else its name in words."""
        first = _HEADING.search(_text(self))
        stem = self.name.rpartition("/")[2].rpartition(".")[0]
        return first[1].strip() if first else stem.replace("-", " ").replace("_", " ")


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
        files = [file for language in LANGUAGES for file in self.policies(language)]
        files.append(
            ShopFile(HANDOFF, self._rules, rules_meaning, needed=True, otherwise=built_in_hours)
        )
        if self._ranking is not None:
            files.append(self._ranking)
        return files

    def policies(self, language: Language) -> list[ShopFile]:
        """The policies in a language, by name; none where the desk may edit none."""
        if self._policies is None:
            return []
        found = (
            self._policy(self._policies, name) for name in sorted(policy_files(self._policies))
        )
        return [file for file in found if policy_language(file.name, _text(file)) == language]

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

    def last_edits(self) -> dict[str, Edit]:
        """The last change of each file that was changed here, by its name."""
        with self._database.reading() as session:
            last = select(func.max(EditRow.id)).group_by(EditRow.file)
            rows = session.scalars(select(EditRow).where(EditRow.id.in_(last)))
            return {row.file: Edit.model_validate(row) for row in rows}

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
            StoreUnavailable: the change cannot be noted; the file is as it was.
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
        held = _Held.of(file)
        try:
            with self._database.writing() as session:
                session.add(
                    EditRow(
                        file=file.name, before=before, after=after, staff=staff, time=self._now()
                    )
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
                held.replace(None if not after and not file.needed else after)
        except BaseException:
            # What nobody noted cannot be taken back at the desk.
            held.put_back()
            raise

    def _policy(self, root: Path, name: str) -> ShopFile:
        def meaning(text: str, _: Language) -> list[Meaning]:
            return policy_meaning(text, name=name, language=policy_language(name, text))

        return ShopFile(name, root / name, meaning)

    def _new(self, name: str) -> ShopFile:
        language, _, file = name.partition("/")
        stem = file.removesuffix(_ENDING)
        named = 0 < len(stem) <= 60 and all(c.isalnum() or c in "-_ " for c in stem)
        if self._policies is None or not named or file == stem or stem != stem.strip():
            raise BadInput(f"There is no file {name[:80]!r}.", field="file")
        if language in LANGUAGES:
            return self._policy(self._policies, name)
        raise BadInput(f"There is no file {name[:80]!r}.", field="file")


@dataclass
class _Held:
    """A file as it was before a change.

    Attributes:
        name: at the desk.
        path: of the file itself, where there are links to it.
        data: what was in it; None where it was not there.
        mode: who might read and write it.
        replaced: whether it has been changed since.
    """

    name: str
    path: Path
    data: bytes | None
    mode: int | None
    replaced: bool = False

    @classmethod
    def of(cls, file: ShopFile) -> _Held:
        """A file as it is now.

        Raises:
            BadInput: it cannot be read.
        """
        try:
            path = file.path.resolve()
            there = path.exists()
            mode = stat.S_IMODE(path.stat().st_mode) if there else None
            return cls(file.name, path, path.read_bytes() if there else None, mode)
        except OSError as error:
            raise BadInput(f"{file.name} cannot be read: {error.strerror}.") from error

    def replace(self, text: str | None) -> None:
        """Writes a text into it, all or nothing; None takes it away.

        Raises:
            BadInput: it cannot be written.
        """
        self._put(None if text is None else text.encode())
        self.replaced = True

    def put_back(self) -> None:
        """Makes it what it was, where it has been changed.

        Raises:
            BadInput: it cannot be written.
        """
        if self.replaced:
            self._put(self.data)

    def _put(self, data: bytes | None) -> None:
        try:
            if data is None:
                self.path.unlink(missing_ok=True)
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            mode = _NEW if self.mode is None else self.mode
            with whole_bytes(self.path, mode=mode, field="text") as written:
                written.write(data)
                if self.mode is not None:
                    os.fchmod(written.fileno(), self.mode)  # whatever the umask takes away
        except OSError as error:
            said = f"{self.name} cannot be written: {error.strerror}."
            raise BadInput(said, field="text") from error


def _text(file: ShopFile) -> str:
    """Of a file; empty where it cannot be read: the assistant passes it over, the desk lists it."""
    try:
        return file.read()
    except BadInput:
        return ""


def digest(text: str) -> str:
    """Tells two texts apart."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def tidied(text: str) -> str:
    """A text as it is written: one kind of line end, and one at the end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
