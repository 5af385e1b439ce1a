"""One system's part of a report."""

from __future__ import annotations

from pydantic import BaseModel, Field

from evals.measures.figures import Figure
from evals.measures.graded import GradedTurn
from evals.running.records import Record

MOST_LISTED = 500
"""Failures, and unsupported claims, that a report lists; it counts all of them."""


class Failure(BaseModel):
    """A check that failed."""

    conversation: str
    attempt: int = 1
    turn: int
    say: str
    text: str
    check: str
    told: str


class UnsupportedClaim(BaseModel):
    """A claim of a reply that no record bears out."""

    conversation: str
    attempt: int = 1
    turn: int
    kind: str
    text: str
    sentence: str
    told: str


class BrokenOff(BaseModel):
    """A conversation that whoever played the shopper broke off, and why."""

    conversation: str
    attempt: int = 1
    error: str


class SliceSize(BaseModel):
    """What a slice holds.

    Attributes:
        turns: of all attempts.
    """

    conversations: int
    turns: int


class Totals(BaseModel):
    """What all turns took together.

    Attributes:
        cost: by the prices that were given; None without.
        currency: of the cost.
    """

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    currency: str | None = None


class SystemReport(BaseModel):
    """One system.

    Attributes:
        conversations: how many; attempts at one of them are one.
        attempts: how often each was held at most.
        failed_conversations: of how many an attempt failed.
        turns: of all attempts.
        failed_turns: how many messages have no answer; each counts as slower and dearer than any
            that has one, so that a quantile may not be reached.
        broken_off_count: how many conversations whoever played the shopper broke off. What became
            of them counts for nothing, the answers in them do.
        broken_off: the first of them.
        checks_failed: all of them.
        claims_unsupported: all of them.
        figures: by slice (``all``, ``en``, ``zh``, ``intent:NAME``, ``turn:1``, ``tag:NAME``) and
            key: the row's; ``check:NAME`` for the share of turns that pass a check; ``KEY:p95``
            for a 95th percentile; ``pass^K``; ``gap:KEY`` for English less Chinese.
        slices: how much each slice holds.
        failures: the first of them.
        unsupported: the first of them.
    """

    name: str
    conversations: int
    attempts: int = 1
    failed_conversations: int = 0
    turns: int
    failed_turns: int
    broken_off_count: int = 0
    broken_off: list[BrokenOff] = Field(default_factory=list)
    checks_failed: int
    claims_unsupported: int = 0
    totals: Totals = Field(default_factory=Totals)
    figures: dict[str, dict[str, Figure]] = Field(default_factory=dict)
    slices: dict[str, SliceSize] = Field(default_factory=dict)
    failures: list[Failure] = Field(default_factory=list)
    unsupported: list[UnsupportedClaim] = Field(default_factory=list)


class Listed:
    """Collects what went wrong: the first of it in words, all of it in numbers."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.unsupported: list[UnsupportedClaim] = []
        self.checks_failed = 0
        self.claims_unsupported = 0
        self.broken_off: list[BrokenOff] = []
        self.broken_off_count = 0

    def add_broken_off(self, record: Record, error: str) -> None:
        """Adds a conversation that whoever played the shopper broke off.

        Args:
            record: of the conversation.
            error: why.
        """
        self.broken_off_count += 1
        if len(self.broken_off) < MOST_LISTED:
            self.broken_off.append(
                BrokenOff(conversation=record.conversation, attempt=record.attempt, error=error)
            )

    def add(self, turn: GradedTurn, attempt: int) -> None:
        """Adds what went wrong in a turn.

        Args:
            turn: with its checks and claims.
            attempt: that it belongs to.
        """
        for check in turn.checks:
            if check.passed:
                continue
            self.checks_failed += 1
            if len(self.failures) < MOST_LISTED:
                self.failures.append(
                    Failure(
                        conversation=turn.conversation.id,
                        attempt=attempt,
                        turn=turn.number,
                        say=turn.say,
                        text=turn.observed.text,
                        check=check.name,
                        told=check.told,
                    )
                )
        for claim in turn.claims:
            if claim.supported:
                continue
            self.claims_unsupported += 1
            if len(self.unsupported) < MOST_LISTED:
                self.unsupported.append(
                    UnsupportedClaim(
                        conversation=turn.conversation.id,
                        attempt=attempt,
                        turn=turn.number,
                        kind=claim.kind,
                        text=claim.text,
                        sentence=claim.sentence,
                        told=claim.told,
                    )
                )
