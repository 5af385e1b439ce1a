"""A conversation with all that the grader has to say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.checks import Check
from evals.grading import Claim
from evals.measures.count import Count, Value
from evals.running.observed import Observed
from evals.running.records import Record
from evals.suite.conversation import Conversation, Expect, TurnSpec


@dataclass(frozen=True)
class GradedTurn:
    """One turn.

    Attributes:
        number: from 1.
        spec: the message and what must come of it.
        checks: of the suite's expectations, and of what every turn must be.
        claims: of the text.
        fitting: whether products are given as if they were what was asked for.
        shares: what is counted of it, by figure.
        values: what is kept of it as it is; infinite where there is no answer.
    """

    conversation: Conversation
    number: int
    spec: TurnSpec
    observed: Observed
    checks: Sequence[Check]
    claims: Sequence[Claim] = ()
    fitting: bool = False
    shares: Sequence[Count] = ()
    values: Sequence[Value] = ()

    @property
    def expect(self) -> Expect:
        """What the suite says of it."""
        return self.spec.expect

    @property
    def say(self) -> str:
        """The shopper's message."""
        return self.spec.say

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True)
class GradedConversation:
    """One finished conversation of one system.

    Attributes:
        shares: what is counted of the conversation as a whole, by figure.
    """

    conversation: Conversation
    record: Record
    turns: Sequence[GradedTurn]
    shares: Sequence[Count] = ()

    @property
    def broken_off(self) -> str | None:
        """Why whoever played the shopper broke off; such a conversation judges no system."""
        return None if self.record.outcome is None else self.record.outcome.error

    @property
    def passed(self) -> bool:
        """Whether every check of every turn passed, and a simulated shopper got what they want."""
        sought = self.record.outcome is None or self.record.outcome.success
        return sought and all(turn.passed for turn in self.turns)
