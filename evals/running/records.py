"""What a run writes down: one finished conversation of one system a line."""

from __future__ import annotations

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
from retrieval.errors import BadInput

RESULTS = "results.jsonl"
ABOUT = "run.json"


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
        place: how many conversations of the run had finished before it.
        said: the shopper's messages.
        turns: what came of each message.
        outcome: how a simulated conversation ended.
    """

    system: str
    conversation: str
    digest: str
    attempt: int = 1
    place: int = 0
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
        catalogs: the version of the index of each catalogue.
        concurrency: conversations at once; timings of two values do not compare.
        attempts: how often each conversation is held.
        temperature: of the language model.
    """

    model_config = ConfigDict(extra="ignore")

    model: str
    catalogs: dict[str, str] = Field(default_factory=dict)
    concurrency: int = 1
    attempts: int = 1
    temperature: float = 0.0


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
    known = conversation.model_dump(mode="json", include={"shopper", "others", "goal"})
    if known := {key: value for key, value in known.items() if value}:
        asked.append(known)
    text = json.dumps(asked, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class ResultsFile:
    """The records of a run in a folder, each on disk as soon as it is there.

    Args:
        folder: made where it is missing.
        about: what the run is of.

    Raises:
        BadInput: the folder has the results of another run.
    """

    def __init__(self, folder: Path, about: About) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / RESULTS
        self._writing = threading.Lock()
        note = folder / ABOUT
        if note.exists():
            try:
                before = About.model_validate_json(note.read_text(encoding="utf-8"))
            except ValidationError as error:
                raise BadInput(f"{note} is damaged: choose another --out.", field="out") from error
            if before != about:
                raise BadInput(
                    f"{folder} has results of another model, index or concurrency: "
                    "choose another --out.",
                    field="out",
                )
        elif self.path.exists():
            raise BadInput(
                f"{folder} has results and no {ABOUT}: choose another --out.", field="out"
            )
        note.write_text(about.model_dump_json(indent=2) + "\n", encoding="utf-8")

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

    def add(self, record: Record) -> None:
        """Writes a record and makes it durable; may be called from several threads."""
        with self._writing, self.path.open("ab") as file:
            file.write(record.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

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
        whole, _, rest = self.path.read_bytes().rpartition(b"\n")
        if rest:
            with self.path.open("r+b") as file:
                file.truncate(len(whole) + bool(whole))
