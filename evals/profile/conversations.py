"""The format of the profile's suites: one shopper's conversations over months, a shopper a line.

What the labels of ``evals/suites/profile`` call a lasting fact, always of the shopper themself:

- a trait of the advice file, under its field and its first English word;
- the size that they wear, also where it is but wished for ("43, please");
- what they say they like, dislike, always or never wear; a brand that a wish excludes, too;
- their gender, sport or habit in so many words, and the budget that they usually keep to.

A plain wish ("Nike under 100") is none, nor is a question, a rumour, or what is for once or for
somebody else. Where careful readers would differ, the label is optional.

There are two suites. Reading is developed on ``dev``; ``held`` has other conversations, and is
for measuring only: nothing is ever changed to suit it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.suite.conversation import AnyLabel, Label, Language
from retrieval.errors import BadInput

FOLDER = Path(__file__).parents[1] / "suites" / "profile"
SCHEMA_FILE = FOLDER / "schema.json"
DEVELOPED_ON = (FOLDER / "en.jsonl", FOLDER / "zh.jsonl")
HELD_OUT = (FOLDER / "held_en.jsonl", FOLDER / "held_zh.jsonl")
SUITES: Mapping[str, Sequence[Path]] = MappingProxyType({"dev": DEVELOPED_ON, "held": HELD_OUT})
"""The files of each suite, by its name on a command line."""
Why = Literal["once", "gift", "other", "question", "wish", "hearsay", "denied"]
ONE_OFF: frozenset[Why] = frozenset({"once", "gift", "other"})
"""Reasons of what holds for one time, or for somebody else."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ended(_Strict):
    """A fact that this session puts an end to, and the one that takes its place, if one does."""

    was: Label | AnyLabel
    by: Label | AnyLabel | None = None


class Never(_Strict):
    """What a hasty reader would take for a fact, and why it is none."""

    fact: Label
    why: Why


class Session(_Strict):
    """One thread of a shopper, and what is to be known of them after it.

    Attributes:
        day: on which it takes place.
        say: their messages.
        current: every fact that holds after the session.
        ended: facts that held before it, or were said in it and corrected.
        again: facts of ``current`` that were known and are said once more.
        never: what must not become a fact.
    """

    day: date
    say: tuple[str, ...] = Field(min_length=1, max_length=3)
    current: tuple[Label | AnyLabel, ...]
    ended: tuple[Ended, ...] = ()
    again: tuple[Label | AnyLabel, ...] = ()
    never: tuple[Never, ...] = ()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Session:
        held = {reading for label in self.current for reading in readings(label)}
        if any(held >= set(readings(ended.was)) for ended in self.ended):
            raise ValueError("a fact is current and ended")
        if any(never.fact in held for never in self.never):
            raise ValueError("a fact is current and must never be one")
        if any(not held & set(readings(label)) for label in self.again):
            raise ValueError("a fact is said again that is not current")
        return self


class ShopperTalks(_Strict):
    """One shopper's conversations, oldest first.

    Attributes:
        id: unique among all suites of a run; the shopper's id is made from it.
        catalog: the catalogue that is asked.
        tags: what the labels hold, for a reader: ``contradiction``, ``repetition``, the reasons of
            ``never``; and ``hard``.
    """

    id: str = Field(min_length=1, max_length=80, pattern=r"^[\w.:@+-]+$")
    language: Language
    catalog: str = "demo"
    tags: tuple[str, ...] = ()
    sessions: tuple[Session, ...] = Field(min_length=2, max_length=4)

    @model_validator(mode="after")
    def _time_goes_on(self) -> ShopperTalks:
        days = [session.day for session in self.sessions]
        if days != sorted(set(days)):
            raise ValueError("the days of the sessions do not go on")
        return self


def readings(label: Label | AnyLabel) -> tuple[Label, ...]:
    """The facts that a label accepts, each as if it were required."""
    every = label.any if isinstance(label, AnyLabel) else (label,)
    return tuple(reading.model_copy(update={"optional": False}) for reading in every)


def labels_of(talks: ShopperTalks) -> Iterator[Label]:
    """Every fact that any label of a shopper speaks of."""
    for session in talks.sessions:
        for ended in session.ended:
            yield from readings(ended.was)
            if ended.by is not None:
                yield from readings(ended.by)
        for label in (*session.current, *session.again):
            yield from readings(label)
        yield from (never.fact for never in session.never)


def load_talks(paths: Sequence[Path] = DEVELOPED_ON) -> list[ShopperTalks]:
    """Reads suites; empty lines are skipped.

    Args:
        paths: JSON Lines files, such as ``HELD_OUT``.

    Raises:
        BadInput: a file cannot be read, or a line is not in the format; the sentence names the
            file and the line.
    """
    found: dict[str, ShopperTalks] = {}
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"Cannot read the suite {path}.", field="suite") from error
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            try:
                talks = ShopperTalks.model_validate_json(line)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                place = ".".join(map(str, first["loc"]))
                raise BadInput(f"{where}: {place}: {first['msg']}.", field="suite") from error
            if talks.id in found:
                raise BadInput(f"{where}: the id {talks.id!r} is there twice.", field="suite")
            found[talks.id] = talks
    return list(found.values())


def schema_text() -> str:
    """The JSON Schema of one line, for editors and for tools in other languages."""
    schema = ShopperTalks.model_json_schema()
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Writes the schema that lies beside the suites. A test says when it is out of date."""
    path.write_text(schema_text(), encoding="utf-8")
