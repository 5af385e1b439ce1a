"""One turn of the talk about orders, as its parts share it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from assistant.asked import Asked
from assistant.ordering.merging import merged
from assistant.ordering.outcome import Outcome
from assistant.ordering.records import Records
from assistant.ordering.state import Ordering, Pending
from assistant.ordering.telling import Teller
from assistant.reply import Citation
from tools.orders.order import Account, Order
from tools.orders.reading.answers import Answer, answer_of
from tools.orders.reading.reader import read_request
from tools.orders.reading.request import Kind, OrderRequest

# For so many turns about other things a request is not forgotten.
_REMEMBERED = 3


@dataclass(frozen=True)
class OrderTurn:
    """A message in the talk about orders, what came before it, and what it may use.

    Attributes:
        asked: the message.
        held: the talk before it.
        records: what the order desk has.
        teller: words for orders.
        now: the time of day.
        new_id: a fresh id, for an offer.
        claim: claims the thread for this turn, before it writes.
        too_much: whether an amount of a currency is for a person to decide.
    """

    asked: Asked
    held: Ordering
    records: Records
    teller: Teller
    now: datetime
    new_id: Callable[[], str]
    claim: Callable[[], Awaitable[None]]
    too_much: Callable[[Decimal, str], bool]

    @property
    def number(self) -> int:
        """The number of this turn."""
        return self.asked.thread.turns + 1

    @property
    def live(self) -> bool:
        """Whether the turn before was about orders."""
        return self.held.turn > 0 and self.held.turn == self.asked.thread.turns

    @property
    def recent(self) -> bool:
        """Whether what was asked for a few turns ago is still remembered."""
        return 0 < self.number - self.held.turn <= _REMEMBERED

    @property
    def request(self) -> OrderRequest | None:
        """What was asked for before, and is neither settled nor forgotten."""
        return self.held.request if self.recent else None

    @property
    def open_offer(self) -> Pending | None:
        """The offer that this message may say yes to: made in the turn before, and not long ago."""
        offer = self.held.open_offer(self.asked.thread.turns)
        # A button of another window may be that of an older offer.
        return offer if offer and self.asked.confirms in (None, offer.id) else None

    @property
    def expects(self) -> bool:
        """Whether something was asked or offered that the message may answer."""
        return self.held.asked is not None or self.open_offer is not None

    @property
    def said(self) -> Answer:
        """Whether the message is a yes or a no."""
        offer = self.open_offer
        return answer_of(self.asked.message, offer.kind if offer else Kind.DETAILS)

    def read(self, orders: Sequence[Order], account: Account | None) -> OrderRequest:
        """What the message itself asks for."""
        return read_request(
            self.asked.message,
            orders,
            account,
            self.asked.index,
            talked_of=self.held.order_id,
        )

    def merged(self, said: OrderRequest, orders: Sequence[Order]) -> OrderRequest:
        """What is asked for now, with what was asked for before."""
        return merged(
            said,
            self.request,
            orders,
            talked_of=self.held.order_id if self.live else None,
            pressed=self.held.asked is not None,
        )

    def say(self, name: str, **values: str) -> str:
        """A sentence on orders in the shopper's language."""
        return str(self.teller.fixed[name]).format(**values)

    def after(
        self,
        request: OrderRequest | None,
        *,
        asked: str | None = None,
        order: Order | None = None,
    ) -> Ordering:
        """The talk after this turn. Whatever was offered before is closed.

        Args:
            request: what is asked for and not settled.
            asked: the part of it that the shopper is asked for.
            order: that is talked of.
        """
        return self.held.model_copy(
            update={
                "turn": self.number,
                "request": request,
                "asked": asked,
                "order_id": order.id if order else self.held.order_id,
                "pending": None,
                "proven_at": self.now if self.held.proven else None,
                "lapsed": False,
            }
        )

    def outcome(
        self,
        *sentences: str,
        request: OrderRequest | None = None,
        asked: str | None = None,
        order: Order | None = None,
        citations: Sequence[Citation] = (),
        choices: Sequence[str] = (),
        listed: Sequence[str] = (),
        unanswered: bool = False,
    ) -> Outcome:
        """What this turn comes to. ``request``, ``asked`` and ``order`` as in ``after``, the others
        as ``Outcome`` has them; without a request it is settled.
        """
        return Outcome(
            sentences,
            self.after(request, asked=asked, order=order),
            citations=citations,
            choices=choices,
            listed=listed,
            settled=request is None,
            unanswered=unanswered,
        )
