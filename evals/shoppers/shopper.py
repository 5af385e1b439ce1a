"""Somebody who plays a shopper: writes messages until a product is accepted or patience ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, Field

from evals.running.observed import Observed

Ending = Literal["accepted", "told_no", "out_of_patience", "no_answers"]


class Outcome(BaseModel):
    """How a simulated conversation ended.

    Attributes:
        accepted: the product that the shopper took; None where they took none.
        success: whether it meets every wish that is a must, told or not; where no product of the
            catalogue does, whether none was taken and a true no was told.
        turns: how many messages the shopper wrote.
        questions: how many of the answers asked back.
        violated: the wishes that the accepted product does not meet, in the shopper's words.
        ended: ``told_no``: the shopper believed that there is none. ``no_answers``: two messages
            running came to nothing.
        untold: the wishes that never came up, in the shopper's words.
        error: why the one who plays the shopper broke off; such a conversation says nothing of
            the system, and has failed.
    """

    accepted: str | None = None
    success: bool = False
    turns: int = 0
    questions: int = 0
    violated: list[str] = Field(default_factory=list)
    ended: Ending = "out_of_patience"
    untold: list[str] = Field(default_factory=list)
    error: str | None = None


class Shopper(Protocol):
    """One simulated shopper in one conversation."""

    async def next(self, answers: Sequence[Observed]) -> str | None:
        """The next message; None where the conversation is over.

        Args:
            answers: what came so far, one for each message that was written; the shopper sees of
                it what a shopper sees: the text, the products, the choices.
        """
        ...

    def outcome(self, answers: Sequence[Observed]) -> Outcome | None:
        """How it ended, judged by the records of the catalogue; None where nothing was sought."""
        ...
