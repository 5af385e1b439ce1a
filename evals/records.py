"""What a run writes down: one finished conversation of one system a line."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.observed import Observed
from evals.suite import Conversation
from retrieval.errors import BadInput

RESULTS = "results.jsonl"
ABOUT = "run.json"


class Record(BaseModel):
    """A finished conversation.

    Attributes:
        system: the name of what answered.
        conversation: its id.
        digest: of the conversation as the suite had it, so that a changed one is asked anew.
        place: how many conversations of the run had finished before it.
        turns: what came of each message.
    """

    system: str
    conversation: str
    digest: str
    place: int = 0
    turns: list[Observed]

    @property
    def key(self) -> tuple[str, str]:
        """What is unique in a run."""
        return self.system, self.conversation

    @property
    def failed(self) -> bool:
        """Whether a turn has no answer."""
        return any(turn.error is not None for turn in self.turns)


class About(BaseModel):
    """What a run is of; results of another run are never mixed in.

    Attributes:
        model: the language model that answers, as its engine calls it.
        catalogs: the version of the index of each catalogue.
        concurrency: conversations at once; timings of two values do not compare.
    """

    model_config = ConfigDict(extra="ignore")

    model: str
    catalogs: dict[str, str] = Field(default_factory=dict)
    concurrency: int = 1


def digest_of(conversation: Conversation) -> str:
    """Tells two versions of a conversation apart by what is asked; labels may be mended.

    What was answered does not hang on the labels, so a mended label only needs a new report.
    """
    asked = [
        conversation.catalog,
        {code: str(rate) for code, rate in sorted(conversation.rates.items())},
        [turn.say for turn in conversation.turns],
    ]
    text = json.dumps(asked, ensure_ascii=False)
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

    def load(self) -> dict[tuple[str, str], Record]:
        """The records so far, the latest of each key. A line that was cut off is dropped.

        Raises:
            BadInput: another line is damaged.
        """
        if not self.path.exists():
            return {}
        whole, _, rest = self.path.read_bytes().rpartition(b"\n")
        if rest:  # the run was ended while it wrote
            with self.path.open("r+b") as file:
                file.truncate(len(whole) + bool(whole))
        found: dict[tuple[str, str], Record] = {}
        for number, line in enumerate(whole.split(b"\n") if whole else (), start=1):
            try:
                record = Record.model_validate_json(line)
            except ValidationError as error:
                sentence = f"{self.path}, line {number} is damaged: choose another --out."
                raise BadInput(sentence, field="out") from error
            found[record.key] = record
        return found

    def add(self, record: Record) -> None:
        """Writes a record and makes it durable."""
        with self.path.open("ab") as file:
            file.write(record.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def usable(
    records: Mapping[tuple[str, str], Record],
    conversations: Iterable[Conversation],
    systems: Iterable[str],
    *,
    retry_failed: bool = False,
) -> dict[tuple[str, str], Record]:
    """The records that need not be made again.

    Args:
        records: of the folder.
        conversations: that the run is of.
        systems: that the run is of.
        retry_failed: whether what failed is asked again.
    """
    kept: dict[tuple[str, str], Record] = {}
    names = list(systems)
    for conversation in conversations:
        for name in names:
            record = records.get((name, conversation.id))
            if record is None or record.digest != digest_of(conversation):
                continue
            if not (retry_failed and record.failed):
                kept[record.key] = record
    return kept
