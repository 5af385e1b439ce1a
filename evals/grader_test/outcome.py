"""What the grader found of the faults that were planted, and what it blamed without cause."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel
from scipy.stats import binomtest

from evals.grader_test.fault import Fault
from evals.grader_test.transcripts import Transcript
from evals.grader_test.trial import graded


class Share(BaseModel):
    """A share with its interval.

    Attributes:
        low, high: the bounds of the 95 % interval, after Wilson (1927).
    """

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.count / self.of if self.of else 0.0

    @classmethod
    def of_counts(cls, count: int, of: int) -> Share:
        """A share by its counts."""
        if not of:
            return cls(count=0, of=0, low=0.0, high=1.0)
        interval = binomtest(count, of).proportion_ci(method="wilson")
        return cls(count=count, of=of, low=float(interval.low), high=float(interval.high))

    @classmethod
    def of_all(cls, shares: Iterable[Share]) -> Share:
        """Several shares as one, by their counts."""
        listed = list(shares)
        return cls.of_counts(sum(s.count for s in listed), sum(s.of for s in listed))


class Missed(BaseModel):
    """A planted fault that was not found, or a good reply that was blamed."""

    kind: str
    transcript: str
    text: str
    told: str = ""


class Outcome(BaseModel):
    """All that was found.

    Attributes:
        alarms: good transcripts that a check failed, by where they come from.
        caught: planted faults that a check of theirs found, by kind.
        examples: what went wrong, for a reader.
    """

    alarms: dict[str, Share] = {}
    caught: dict[str, Share] = {}
    all_alarms: Share
    all_caught: Share
    examples: list[Missed] = []


@dataclass
class _Counts:
    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    all: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, key: str, hit: bool) -> None:
        self.all[key] += 1
        self.hits[key] += hit

    def shares(self) -> dict[str, Share]:
        return {key: Share.of_counts(self.hits[key], of) for key, of in self.all.items()}

    def total(self) -> Share:
        return Share.of_counts(sum(self.hits.values()), sum(self.all.values()))


def outcome(
    transcripts: Iterable[Transcript],
    faults: Sequence[Fault],
    draw: random.Random,
    *,
    a_kind: int,
) -> Outcome:
    """Grades every good transcript, then faults planted in them, each kind up to a number.

    A fault counts as found only where a check that concerns it fails, and where a claim is
    blamed, in the sentence that was made false.

    Args:
        transcripts: good ones.
        faults: kinds to plant.
        draw: draws which transcripts take a fault, and how it reads.
        a_kind: how many of each kind at most.
    """
    good = list(transcripts)
    alarms, caught = _Counts(), _Counts()
    examples: list[Missed] = []
    for transcript in good:
        failed = graded(transcript).failed
        language = transcript.conversation.language
        alarms.add(f"{transcript.source}, {transcript.bank.name}, {language}", bool(failed))
        if failed:
            told = "; ".join(f"{check.name}: {check.told}" for check in failed)
            id = transcript.conversation.id
            examples.append(
                Missed(kind="false alarm", transcript=id, text=transcript.last.text, told=told)
            )
    for fault in faults:
        for transcript in draw.sample(good, len(good)):
            if caught.all[fault.name] >= a_kind:
                break
            planted = fault.plant(transcript, draw)
            if planted is None:
                continue
            found = graded(transcript, planted.observed)
            hit = found.blames(fault.checks, planted.words)
            caught.add(fault.name, hit)
            if not hit:
                told = "; ".join(f"{check.name}: {check.told}" for check in found.failed)
                examples.append(
                    Missed(
                        kind=fault.name,
                        transcript=transcript.conversation.id,
                        text=planted.observed.text,
                        told=f"put in: {planted.words} — {told}",
                    )
                )
    return Outcome(
        alarms=alarms.shares(),
        caught=caught.shares(),
        all_alarms=alarms.total(),
        all_caught=caught.total(),
        examples=examples,
    )
