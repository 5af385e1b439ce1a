"""A conversation: what it carries from turn to turn, and what was said in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from assistant.errors import ThreadBusy, UnknownThread
from assistant.feedback.feedback import Feedback
from assistant.need import Need
from assistant.ordering.state import Claim, Ordering
from assistant.reply import Language, Reply

CHATWOOT = "chatwoot-"
"""How the ids of Chatwoot's conversations begin, and those of the shoppers in them."""


class ThreadState(BaseModel):
    """What a thread carries from one turn to the next.

    Attributes:
        turns: how many turns are finished.
        shown: ids of the products shown last.
        pick: the one of them that was recommended.
        for_other: whether the talk is of things for somebody else.
        language: of the last message.
        ordering: the talk about orders.
        claim: of a turn that never ended, as far as is known; its offer may have been carried out.
        before: the thread before its last turn, where that can be taken back; None where it cannot,
            or is not known. Before a message none stands; before a wish that was taken away by
            hand, the one before that turn does.
        consent_id: the consent under which the thread is kept; None where it is not. What began
            under another one is not written.
        learns: whether anything new is learnt of the shopper.
        begun: when it was read, in erasures that there had been: what was erased since is not
            passed on.
    """

    id: str
    shopper_id: str
    catalog: str
    turns: int = 0
    need: Need = Field(default_factory=Need)
    shown: list[str] = Field(default_factory=list)
    pick: str | None = None
    for_other: bool = False
    language: Language = "en"
    ordering: Ordering = Field(default_factory=Ordering)
    claim: Claim | None = None
    before: ThreadState | None = None
    consent_id: str | None = None
    learns: bool = False
    begun: int = 0

    def followed(self, message: str, **changes: Any) -> ThreadState:
        """The thread after a turn.

        Args:
            message: the shopper's; empty where a wish was taken away by hand.
            changes: what the turn changed.
        """
        before = self.model_copy(update={"before": None}) if message else self
        return self.model_copy(update={**changes, "turns": self.turns + 1, "before": before})


class Exchange(BaseModel):
    """One finished turn: what was asked, what was answered, what the shopper thinks of it."""

    number: int
    message: str
    reply: Reply
    time: datetime
    feedback: Feedback | None = None


def unknown_thread(thread_id: str) -> UnknownThread:
    """The error for a thread that this shopper does not have."""
    return UnknownThread(f"There is no thread {thread_id[:80]!r}.", field="thread_id")


def busy_thread() -> ThreadBusy:
    """The error for a message that another one was faster than."""
    return ThreadBusy("Another message of this thread was answered meanwhile. Send it again.")
