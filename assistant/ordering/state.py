"""What a thread carries of the talk about orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, ValidationError

from tools.orders.desk import Offer
from tools.orders.order import Frozen
from tools.orders.ownership import number_of
from tools.orders.reading.answers import Answer, answer_of
from tools.orders.reading.request import Kind, OrderRequest

# Longer than any desk takes for a write, and its database's lock with it.
_CLAIMED_FOR = timedelta(minutes=3)


class Pending(Frozen):
    """A change that was offered and waits for its yes.

    Attributes:
        id: of the offer; the write's idempotency key.
        kind: what the offer changes.
        offer: what would be done.
        turn: the turn that made it. Only the very next message can say yes to it.
        made: when.
        said: what the shopper was told would happen.
        unknown: whether it was written with an outcome that is not known: asked for again, it goes
            out under the same id.
    """

    id: str
    kind: Kind
    offer: Offer
    turn: int
    made: datetime
    said: str
    unknown: bool = False


class ProofGiven(Frozen):
    """What somebody who is not signed in has given to prove an order theirs."""

    order_id: str | None = None
    email: str | None = None
    postcode: str | None = None

    @property
    def complete(self) -> bool:
        """Whether all three are there."""
        return None not in (self.order_id, self.email, self.postcode)


class Claim(Frozen):
    """A turn's claim to carry out what a thread offers, made before anything is written.

    Attributes:
        turn_id: the turn.
        since: when it was made.
    """

    turn_id: str
    since: datetime

    def holds(self, now: datetime) -> bool:
        """Whether the turn may still be at it. A claim that is older was left by a crash."""
        return now - self.since < _CLAIMED_FOR


class Ordering(Frozen):
    """The talk about orders as far as it has come.

    Attributes:
        turn: the last turn that was about orders.
        request: what is asked for and not complete yet.
        done: what was done last, for "that one too".
        asked: the part of it that was asked for last: ``order``, ``items``, ``variant``,
            ``reason``, ``method``, ``address`` or ``proof``.
        choices: what was offered to choose from last, for "the second one".
        later: the rest of a message that asked for several things, for when the first is settled.
        said: what was said last, to see whether a message has changed anything of it.
        order_id: the order that was talked of last.
        pending: an offer that waits for its yes.
        proof: what is given so far.
        proven: numbers of the orders that are proven to be this shopper's.
        proven_at: when they were proven, or last spoken of since; None where none is.
        lapsed: whether a proof has lapsed of which the shopper has not been told.
    """

    turn: int = 0
    request: OrderRequest | None = None
    done: OrderRequest | None = None
    asked: str | None = None
    choices: tuple[str, ...] = ()
    later: str = ""
    said: str = ""
    order_id: str | None = None
    pending: Pending | None = None
    proof: ProofGiven = Field(default_factory=ProofGiven)
    proven: tuple[str, ...] = ()
    proven_at: datetime | None = None
    lapsed: bool = False

    def open_offer(self, turns: int) -> Pending | None:
        """The offer that the next message may say yes to: the turn before it has made it.

        Args:
            turns: how many turns of the thread are finished.
        """
        return self.pending if self.pending and self.pending.turn == turns else None

    @property
    def closed(self) -> Ordering:
        """The talk once nothing of an offer has come: whatever comes next is no yes to it."""
        return self.model_copy(update={"pending": None})

    def at(self, now: datetime, lasts: timedelta) -> Ordering:
        """The talk as it may go on: a proof that nobody has used for long proves nothing.

        Who sits there by now may be somebody else. An offer that rests on the proof is closed.

        Args:
            now: the time of day.
            lasts: how long a proof holds without a word on orders.
        """
        if not self.proven or (self.proven_at is not None and now - self.proven_at < lasts):
            return self
        numbers = {number_of(id) for id in self.proven}
        offer = self.pending
        rests = offer is not None and number_of(offer.offer.order_id or "") in numbers
        return self.model_copy(
            update={
                "proven": (),
                "proven_at": None,
                "lapsed": True,
                "pending": None if rests else offer,
            }
        )

    @property
    def in_doubt(self) -> Ordering:
        """The talk where a turn that was to carry out its offer never ended."""
        if self.pending is None:
            return self
        return self.model_copy(
            update={"pending": self.pending.model_copy(update={"unknown": True})}
        )


def ordering_of(record: Mapping[str, Any] | None) -> Ordering:
    """The talk as it was kept; of another version's record nothing, so that no offer of it is open.

    Args:
        record: as the database has it.
    """
    try:
        return Ordering.model_validate(record or {})
    except ValidationError:
        return Ordering()


def says_yes(ordering: Ordering, turns: int, message: str) -> bool:
    """Whether a message says yes to an offer that waits for it.

    Args:
        ordering: the talk before it.
        turns: how many turns of the thread are finished.
        message: the shopper's.
    """
    offer = ordering.open_offer(turns)
    return offer is not None and answer_of(message, offer.kind) is Answer.YES
