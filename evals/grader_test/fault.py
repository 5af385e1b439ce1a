"""A fault that is planted in a good transcript, and which checks it concerns."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evals.grader_test.transcripts import Transcript
from evals.running.observed import Observed


@dataclass(frozen=True)
class Planted:
    """A reply with a fault.

    Attributes:
        observed: in place of the good reply.
        words: of the text, that the fault has put in; empty where it is not in the text.
    """

    observed: Observed
    words: str = ""


Plant = Callable[[Transcript, random.Random], Planted | None]
"""Plants a fault; None where the transcript has no place for it."""


@dataclass(frozen=True)
class Fault:
    """A kind of fault.

    Attributes:
        name: for a reader.
        checks: those that it concerns: one of them must find it.
    """

    name: str
    checks: tuple[str, ...]
    plant: Plant


def changed(transcript: Transcript, **fields: Any) -> Planted:
    """The transcript's reply with other values in some fields."""
    data = transcript.last.model_dump() | fields
    return Planted(Observed.model_validate(data))


def reworded(transcript: Transcript, start: int, end: int, words: str) -> Planted:
    """The transcript's reply with other words in a place of its text."""
    text = transcript.last.text
    seen = transcript.last.model_copy(update={"text": text[:start] + words + text[end:]})
    return Planted(seen, words)


def added(transcript: Transcript, sentence: str) -> Planted:
    """The transcript's reply with one more sentence."""
    text = transcript.last.text
    between = "\n\n" if "\n" in text else "" if transcript.last.language == "zh" else " "
    seen = transcript.last.model_copy(update={"text": text + between + sentence})
    return Planted(seen, sentence)
