"""What a run writes down: one finished conversation of one system a line."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.running.observed import Observed
from evals.shoppers.shopper import Outcome
from evals.suite.conversation import Conversation
from retrieval.errors import BadInput, ShopGuideError

RESULTS = "results.jsonl"
ABOUT = "run.json"
_BLOCK = 65_536  # bytes that are read at once to find the last line


class Key(NamedTuple):
    """What is unique in a run."""

    system: str
    conversation: str
    attempt: int


class Record(BaseModel):
    """A finished conversation.

    Attributes:
        system: the name of what answered.
        conversation: its id.
        digest: of the conversation as the suite had it, so that a changed one is asked anew.
        attempt: from 1; each is made with a seed of its own.
        said: the shopper's messages.
        turns: what came of each message.
        outcome: how a simulated conversation ended.
    """

    system: str
    conversation: str
    digest: str
    attempt: int = 1
    said: list[str] = Field(default_factory=list)
    turns: list[Observed]
    outcome: Outcome | None = None

    @property
    def key(self) -> Key:
        """What is unique in a run."""
        return Key(self.system, self.conversation, self.attempt)

    @property
    def failed(self) -> bool:
        """Whether a turn has no answer, or the model that plays the shopper failed."""
        played = self.outcome is None or self.outcome.error is None
        return not played or any(turn.error is not None for turn in self.turns)


class About(BaseModel):
    """What a run is of; results of another run are never mixed in.

    Attributes:
        model: the language model that answers, as its engine calls it.
        software: a digest of the program and its prompts; empty where a server is asked, which
            does not tell it.
        url: of the server that is asked; empty where the assistant runs in this process.
        embedding: the embedding model.
        catalogs: the state of each catalogue of the shop.
        concurrency: conversations at once; timings of two values do not compare.
        attempts: how often each conversation is held.
        temperature: of the language model; None where a server has its own.
        timeout_s: that an answer may take.
        shopper: what plays the simulated shoppers; empty for a script.
    """

    model_config = ConfigDict(extra="ignore")

    model: str
    software: str = ""
    url: str = ""
    embedding: str = ""
    catalogs: dict[str, str] = Field(default_factory=dict)
    concurrency: int = 1
    attempts: int = 1
    temperature: float | None = 0.0
    timeout_s: float | None = None
    shopper: str = ""

    @property
    def told_temperature(self) -> str:
        """The temperature for a reader."""
        return "the server's own" if self.temperature is None else f"{self.temperature:g}"

    def differs(self, before: About) -> list[str]:
        """In what a run is another one than before, as words; of catalogues both must have one."""
        fields = [name for name in type(self).model_fields if name != "catalogs"]
        told = [
            f"{name} (was {getattr(before, name)!r}, is {getattr(self, name)!r})"
            for name in fields
            if getattr(self, name) != getattr(before, name)
        ]
        both = self.catalogs.keys() & before.catalogs.keys()
        told += [f"catalogue {n}" for n in sorted(both) if self.catalogs[n] != before.catalogs[n]]
        return told


_KNOWN = {"shopper", "others", "goal", "account", "orders", "guest"}


def digest_of(conversation: Conversation) -> str:
    """Tells two versions of a conversation apart by what is asked; labels may be mended.

    What was answered does not hang on the labels, so a mended label only needs a new report.
    """
    asked: list[Any] = [
        conversation.catalog,
        {code: str(rate) for code, rate in sorted(conversation.rates.items())},
        [turn.say for turn in conversation.turns],
    ]
    # Keys that a conversation does not have are left out: what was asked before they came to be
    # is asked no other way now.
    known = conversation.model_dump(mode="json", include=_KNOWN)
    if conversation.goal is not None:
        known["language"] = conversation.language  # whoever pursues it speaks it
    if known := {key: value for key, value in known.items() if value}:
        asked.append(known)
    text = json.dumps(asked, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class RecordWriter:
    """Adds records to a file, each on disk as soon as it is there.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.Lock()

    def add(self, record: Record) -> None:
        """Writes a record and makes it durable; several threads and processes may do so.

        Raises:
            ShopGuideError: the disk is full or cannot be written.
        """
        line = record.model_dump_json().encode() + b"\n"
        try:
            # One write at the end of the file, so that lines of two processes never mix.
            with self._writing, self.path.open("ab", buffering=0) as file:
                if file.write(line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
        except OSError as error:
            raise ShopGuideError(f"{self.path} cannot be written: {error.strerror}.") from error


class ResultsFile(RecordWriter):
    """The records of a run in a folder, each on disk as soon as it is there.

    Args:
        folder: made where it is missing.
        about: what the run is of.

    Raises:
        BadInput: the folder has the results of another run.
    """

    def __init__(self, folder: Path, about: About) -> None:
        super().__init__(folder / RESULTS)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise BadInput(f"{folder} cannot be made: {error.strerror}.", field="out") from error
        note = folder / ABOUT
        if note.exists():
            try:
                before = About.model_validate_json(note.read_bytes())
            except (OSError, ValidationError) as error:
                raise BadInput(f"{note} is damaged: choose another --out.", field="out") from error
            if told := about.differs(before):
                raise BadInput(
                    f"{folder} has results of another run, by its {', '.join(told)}: choose "
                    "another --out.",
                    field="out",
                )
            about = about.model_copy(update={"catalogs": before.catalogs | about.catalogs})
        elif self.path.exists():
            raise BadInput(
                f"{folder} has results and no {ABOUT}: choose another --out.", field="out"
            )
        try:
            note.write_text(about.model_dump_json(indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{note} cannot be written: {error.strerror}.", field="out") from error

    def digests(self, *, retry_failed: bool = False) -> dict[Key, str]:
        """Which conversations are held already: the digest of the latest record of each.

        The records themselves stay on disk: of ten thousand, a list would fill the memory.

        Args:
            retry_failed: whether those with a turn that has no answer are left out.

        Raises:
            BadInput: a line is damaged. A last line that was cut off is dropped.
        """
        self._drop_cut_off_line()
        found: dict[Key, str] = {}
        for record in self._records():
            if retry_failed and record.failed:
                found.pop(record.key, None)
            else:
                found[record.key] = record.digest
        return found

    def read(self, conversations: Mapping[str, Conversation]) -> Iterator[Record]:
        """The latest record of each system, conversation and attempt, ordered by them.

        Args:
            conversations: that records are wanted of, as they are now; others are left out.
        """
        digests = {id: digest_of(conversation) for id, conversation in conversations.items()}
        order = {id: place for place, id in enumerate(conversations)}
        places: dict[Key, int] = {}
        for place, record in self._placed():
            if digests.get(record.conversation) == record.digest:
                places[record.key] = place
        if not places:
            return
        wanted = sorted(places, key=lambda key: (key.system, order[key.conversation], key.attempt))
        with self.path.open("rb") as file:
            for key in wanted:
                file.seek(places[key])
                yield Record.model_validate_json(file.readline())

    def _records(self) -> Iterator[Record]:
        return (record for _, record in self._placed())

    def _placed(self) -> Iterator[tuple[int, Record]]:
        """Every record, with the byte that its line begins at."""
        if not self.path.exists():
            return
        place = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    record = Record.model_validate_json(line)
                except ValidationError as error:
                    sentence = f"{self.path}, line {number} is damaged: choose another --out."
                    raise BadInput(sentence, field="out") from error
                yield place, record
                place += len(line)

    def _drop_cut_off_line(self) -> None:
        """The run was ended while it wrote."""
        if not self.path.exists():
            return
        with self.path.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            rest = b""
            while b"\n" not in rest and len(rest) < end:
                size = min(len(rest) + _BLOCK, end)
                file.seek(end - size)
                rest = file.read(size)
            cut_off = len(rest.rpartition(b"\n")[2])
            if cut_off:
                file.truncate(end - cut_off)
