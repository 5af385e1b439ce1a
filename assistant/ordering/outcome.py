"""What a turn about orders comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.ordering.state import Ordering
from assistant.reply import Citation, Confirmation


@dataclass(frozen=True)
class Outcome:
    """What a turn about orders comes to.

    Attributes:
        sentences: what is said.
        ordering: the talk after it.
        citations: the records that the sentences rest on.
        choices: answers to tap.
        confirmation: an offer that waits for its yes.
        settled: whether what was asked for is done, refused or given up.
        listed: numbers of the orders that are told of, for "the second one".
        hands_over: whether it is for a person of the shop to decide.
        unanswered: whether it did not help.
        on_arrival: whether it was asked when an order comes, which its record does not say.
        understood: whether the message was seen to ask for something.
        repeats: whether the same is asked or offered once more: the message has changed nothing.
    """

    sentences: Sequence[str]
    ordering: Ordering
    citations: Sequence[Citation] = ()
    choices: Sequence[str] = ()
    confirmation: Confirmation | None = None
    settled: bool = False
    listed: Sequence[str] = ()
    hands_over: bool = False
    unanswered: bool = False
    on_arrival: bool = False
    understood: bool = False
    repeats: bool = False

    @property
    def text(self) -> str:
        """What is said, in one piece."""
        return " ".join(self.sentences)
