"""The talk about orders: what is asked for, what would happen, and what does after a yes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from langchain_core.tools import BaseTool

from assistant.asked import Asked
from assistant.llm.client import ChatModel, Usage
from assistant.ordering.filling import Filling, Question, Ready
from assistant.ordering.merging import merged
from assistant.ordering.proposing import propose_kind
from assistant.ordering.proving import proof_in
from assistant.ordering.state import Ordering, Pending, ProofGiven
from assistant.ordering.telling import Teller, Told, cite
from assistant.reply import Citation, Confirmation
from retrieval.text import search_terms, stopwords
from tools.orders.desk import (
    NoSuchOrder,
    Offer,
    OrderPage,
    OrdersUnavailable,
    OutcomeUnknown,
    Refused,
    Returnable,
    Why,
    Written,
)
from tools.orders.order import Account, Item, Order, Status
from tools.orders.ownership import number_of
from tools.orders.reading.addresses import read_address
from tools.orders.reading.answers import Answer, answer_of
from tools.orders.reading.ordinals import chosen_by_place
from tools.orders.reading.parts import first_request
from tools.orders.reading.paying import names_method
from tools.orders.reading.reader import concerns_orders, kind_of, plain, read_request, says_own
from tools.orders.reading.request import Kind, OrderRequest
from tools.toolbox import Toolbox

# An offer is open as long as somebody who reads it is likely to be at it still.
OPEN_FOR = timedelta(minutes=15)
_MOST_TOLD = 5
# So many requests of one message are served; more would take for ever.
_MOST_IN_ONE = 4
# For so many turns about other things a request is not forgotten.
_REMEMBERED = 3
# How goods are asked for that one does not have yet.
_LOOKS = re.compile(
    r"[?？]|[吗么]\W*$|\b(?:show|recommend|suggest|looking\s+for|any|which|sell|stock|buy)\b|推荐|有没有|哪",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:when|how\s+(?:much|long|many|soon|fast)|what|will|does|do\s+i|why|is\s+(?:it|that|there))\b"
    r"|[?？]|多久|多少|几天|什么时候|怎么|为什么|吗\W*$",
    re.IGNORECASE,
)
_TOO = re.compile(r"\b(?:also|as\s+well|likewise)\b|\btoo\b(?=\W*$|[,.;!])|也|同样", re.IGNORECASE)
_THANKS = re.compile(r"\b(?:thanks?|thank\s+you|thx|ty|cheers)\b|谢", re.IGNORECASE)
_DIGITS = re.compile(r"\d{4,}")
_MINE = re.compile(r"\bmy\b|我的|我那", re.IGNORECASE)
_UNDELIVERED = frozenset({Status.PENDING, Status.ITEMS_CHANGED, Status.PROCESSED})

_log = structlog.get_logger(__name__)


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


@dataclass
class OrderTalk:
    """One turn of the talk about orders.

    Args:
        asked: the message.
        held: the talk before it.
        model: proposes what is asked for where no rule reads it.
        toolbox: with the tools of the order desk, bound to who is asking.
        now: the time of day.
        new_id: a fresh id, for an offer.
        claim: claims the thread for this turn, before it writes.
        after_proof: gives the tools of the desk for who has proven these orders.
        depth: how many requests of the same message were served before.
        too_much: whether an amount of a currency is for a person to decide.
    """

    asked: Asked
    held: Ordering
    model: ChatModel
    toolbox: Toolbox
    now: datetime
    new_id: Callable[[], str]
    claim: Callable[[], Awaitable[None]]
    after_proof: Callable[[Sequence[str]], Iterable[BaseTool]]
    too_much: Callable[[Decimal, str], bool]
    depth: int = 0
    teller: Teller = field(init=False)
    usage: Usage = field(default_factory=Usage, init=False)
    _understood: bool = field(default=False, init=False)
    _repeats: bool = field(default=False, init=False)
    _page: OrderPage | None = field(default=None, init=False)
    _asking: OrderRequest | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.teller = Teller(self.asked.language, self.asked.index)
        chosen = chosen_by_place(self.asked.message, self.held.choices) if self.live else None
        if chosen is not None:
            self.asked = replace(self.asked, message=chosen)

    @property
    def turn(self) -> int:
        """The number of this turn."""
        return self.asked.thread.turns + 1

    @property
    def open_offer(self) -> Pending | None:
        """The offer that this message may say yes to: made in the turn before, and not long ago."""
        offer = self.held.open_offer(self.asked.thread.turns)
        # A button of another window may be that of an older offer.
        return offer if offer and self.asked.confirms in (None, offer.id) else None

    @property
    def let_go(self) -> str:
        """That nothing came of an offer."""
        pending = self.open_offer
        return self._say("outcome_open" if pending is not None and pending.unknown else "let_go")

    @property
    def _said(self) -> Answer:
        """Whether the message is a yes or a no."""
        kind = self.open_offer.kind if self.open_offer else Kind.DETAILS
        return answer_of(self.asked.message, kind)

    @property
    def live(self) -> bool:
        """Whether the turn before was about orders."""
        return self.held.turn > 0 and self.held.turn == self.asked.thread.turns

    @property
    def _expects(self) -> bool:
        """Whether something was asked or offered that the message may answer."""
        return self.held.asked is not None or self.open_offer is not None

    @property
    def waits(self) -> bool:
        """Whether the talk is on orders at this moment, or something was asked or offered in it."""
        return self.live or self._expects

    @property
    def recent(self) -> bool:
        """Whether what was asked for a few turns ago is still remembered."""
        return 0 < self.asked.thread.turns - self.held.turn + 1 <= _REMEMBERED

    async def about_orders(self) -> bool:
        """Whether the message's own words say that it is about something that was bought."""
        message = self.asked.message
        if concerns_orders(message, self.asked.index, live=self.live):
            return True
        if self.live and self._said is not Answer.OTHER:
            return self._expects or _THANKS.search(message) is None
        if self.live and read_address(message, country="-") is not None:
            return True
        kind = kind_of(plain(message))
        thread = self.asked.thread
        # "Change the boots to a 44", said before anything is looked for, is of boots one has; so is
        # "my boots never came" at any time.
        begun = bool(thread.shown) or not thread.need.empty
        own = _MINE.search(message) is not None or says_own(message)
        numbered = _DIGITS.search(message) is not None
        writes = kind is not None and kind.writes
        if not numbered and ((begun and not own) or not (writes or own)):
            return False
        try:
            page = await self._orders()
        except OrdersUnavailable:
            # Whoever only looks for shoes need not know that the order system is away.
            return writes and own
        said = self._read(page.orders, None)
        return said.order_id is not None or ((writes or own) and bool(said.item_ids))

    async def goes_on(self, *, elsewhere: bool) -> Outcome | None:
        """Answers a message that gives what was asked for last, or changes what was offered; None
        where it does neither: asked "which size?", a shopper may as well look for something else.

        Args:
            elsewhere: whether the message is about something else by its own words.
        """
        if self.live and (self._expects or not elsewhere):
            outcome = await self.take()
            return None if elsewhere and self._repeats else outcome
        open_request = self.recent and self.held.request is not None
        if self.live or not open_request or _LOOKS.search(self.asked.message):
            return None
        # "OK, black in 42 then", after a question on something else.
        outcome = await self.take()
        changed = outcome.ordering.request != self.held.request
        return outcome if changed and not self._repeats else None

    async def take(self) -> Outcome:
        """Answers the message."""
        outcome = await self._taken()
        if outcome.settled and self.held.later and not outcome.hands_over:
            outcome = await self._go_on(outcome)
        said = " ".join(outcome.sentences)
        # The same is asked or offered once more: the message has changed nothing.
        same = said == self.held.said and outcome.ordering.proof == self.held.proof
        self._repeats = same and not self._understood
        offered = outcome.confirmation is not None
        if self._repeats and offered:
            # "Hmm, what would that cost?": what was offered says it, and still waits.
            outcome = replace(outcome, sentences=[self._say("not_yes"), *outcome.sentences])
        update = {
            "said": said,
            "choices": () if offered else tuple(outcome.choices or outcome.listed),
        }
        return replace(outcome, ordering=outcome.ordering.model_copy(update=update))

    async def _go_on(self, settled: Outcome) -> Outcome:
        """Turns to the next of several things that one message asked for."""
        held = settled.ordering.model_copy(update={"later": "", "request": None, "asked": None})
        asked = replace(self.asked, message=self.held.later)
        if self.depth >= _MOST_IN_ONE - 1:
            said = [*settled.sentences, self._say("one_by_one")]
            return replace(settled, sentences=said, ordering=held)
        talk = replace(self, asked=asked, held=held, depth=self.depth + 1)
        after = await talk.take()
        self.usage += talk.usage
        return replace(
            after,
            sentences=[*settled.sentences, *after.sentences],
            citations=[*settled.citations, *after.citations],
        )

    async def _taken(self) -> Outcome:
        offer, said = self.open_offer, self._said
        try:
            if offer is not None and said is Answer.YES:
                return await self._write(offer)
            if offer is not None and offer.unknown:
                return await self._look_up(offer)
            if self.live and said is not Answer.OTHER and not self._asks_anew():
                no = said is Answer.NO
                if no or self.held.asked is None:
                    return self._outcome(
                        [self._say("declined" if no else "nothing_open")], request=None
                    )
            return await self._answer()
        except NoSuchOrder:
            # It was there a moment ago.
            return self._outcome([self._say("order_gone")], request=None, unanswered=True)
        except OrdersUnavailable:
            _log.warning("orders_unavailable")
            if offer is not None and offer.unknown:
                return self._still_unknown(offer)
            return self._outcome([self._say("unavailable")], request=None, unanswered=True)

    async def _look_up(self, pending: Pending) -> Outcome:
        """What became of a change whose outcome was not known, when no yes asks for it again."""
        arguments = {"offer": pending.offer, "key": pending.id}
        made: Written | None = await self.toolbox.call("change_made", arguments)
        if made is None:
            return self._outcome([self._say("not_made")], request=None)
        return self._outcome([self.teller.done(pending.offer)], request=None, order=made.order)

    def _still_unknown(self, pending: Pending) -> Outcome:
        """Nobody can tell what became of a change: it may be asked for again under its key."""
        again = pending.model_copy(update={"turn": self.turn, "unknown": True})
        said = self._say("outcome_unknown")
        return Outcome(
            [said],
            self._ordering(None).model_copy(update={"pending": again}),
            choices=self.teller.fixed["confirm_choices"],
            confirmation=Confirmation(id=again.id, text=said, change=again.offer.change.kind),
        )

    def _echoes(self) -> bool:
        """Whether a message says again what was just said: "black, as before"."""
        if _LOOKS.search(self.asked.message):
            return False
        told = set(search_terms(self.held.said)) - stopwords()
        return bool(told & set(search_terms(plain(self.asked.message))))

    def _asks_anew(self) -> bool:
        """Whether a no goes on with something: "no, exchange them", "no longer needed"."""
        request = self._read([], None)
        given = (request.kind, request.reason, request.address)
        return any(part is not None for part in given)

    # a yes ------------------------------------------------------------------------------------

    async def _write(self, pending: Pending) -> Outcome:
        """Does what was offered, once. The desk holds owner, state and rules against it again."""
        if self.now - pending.made > OPEN_FOR and not pending.unknown:
            return await self._offer(pending.kind, pending.offer.change, None, "stale_offer")
        # Another process may have got the same yes, or a no, at this moment.
        await self.claim()
        arguments = {"offer": pending.offer, "key": pending.id, "quote": self.asked.message}
        try:
            written: Written = await self.toolbox.call("write_change", arguments)
        except OutcomeUnknown:
            _log.error("order_outcome_unknown", offer=pending.id)
            return self._still_unknown(pending)
        except (Refused, NoSuchOrder) as error:
            return await self._refused(error, pending.offer.order_id, pending.kind)
        done = [self.teller.done(pending.offer)]
        if written.repeated and not pending.unknown:
            done.append(self._say("done_before"))
        cited = [] if written.order is None else [cite(written.order, "audit", written.audit_id)]
        outcome = self._outcome(done, request=None, order=written.order, citations=cited)
        reason = getattr(pending.offer.change, "reason", None)
        made = OrderRequest(kind=pending.kind, reason=reason)
        return replace(outcome, ordering=outcome.ordering.model_copy(update={"done": made}))

    # anything else ----------------------------------------------------------------------------

    async def _answer(self) -> Outcome:
        account: Account | None = await self.toolbox.call("account_details", {})
        if account is None and (asked := await self._prove()):
            return asked
        page = await self._orders()
        orders = page.orders
        part = whole = self._read(orders, account)
        before = self.held.request if self.recent else None
        if not self.held.later:
            # What was asked for besides waits until this is settled.
            first, rest = first_request(self.asked.message, orders)
            self.asked = replace(self.asked, message=first)
            self.held = self.held.model_copy(update={"later": rest})
            if rest:
                part = self._read(orders, account)
                part = part.model_copy(update={"reason": part.reason or whole.reason})
        done = self.held.done
        again = part.order_id and _TOO.search(self.asked.message)
        if done is not None and again and part.kind in (None, done.kind):
            # "SG-1002 too": the same once more, for the same reason.
            same = {"kind": done.kind, "reason": part.reason or done.reason}
            part = part.model_copy(update=same)
        if part.kind is None and before is None and self.held.asked is None:
            proposed, self.usage = await propose_kind(
                self.model, self.asked.message, self.asked.language
            )
            part = part.model_copy(update={"kind": proposed})
        if part.kind is None and part.address is not None and self.held.request is None:
            part = part.model_copy(update={"kind": Kind.ADDRESS})
        self._understood = bool(
            part.kind
            or part.order_id
            or part.item_ids
            or names_method(plain(self.asked.message))
            or self._echoes()
        )
        if before is not None and before.kind in part.denied and part.kind in (None, before.kind):
            return self._outcome([self._say("declined")], request=None)
        if self.open_offer is not None and _asks_about_offer(self.asked.message, part):
            part = OrderRequest(told=())
            self._understood = False
        request = self._merged(part, orders)
        if request.unknown_order is not None and request.order_id is None:
            said = [self._say("unknown_order").format(id=request.unknown_order)]
            shown = orders[:_MOST_TOLD]
            told = self._list(shown) if shown else Told(())
            outcome = self._outcome(
                [*said, *told.sentences],
                request=request,
                citations=told.citations,
                unanswered=True,
            )
            return replace(outcome, listed=[order.id for order in shown])
        if not orders and request.kind is not Kind.ACCOUNT_ADDRESS:
            return self._outcome([self._say("no_orders")], request=None)
        if request.kind is None or not request.kind.writes:
            return await self._tell(request, orders, more=page.more)
        found = await Filling(
            self.asked.message,
            orders,
            account,
            self.asked.index,
            self.teller,
            reasons=self._reasons,
            variants=self._variants,
            methods=self._methods,
            returnable=self._returnable,
        ).fill(request)
        if isinstance(found, Question):
            keep = found.request if found.asked else None
            return self._outcome(
                found.sentences,
                request=keep,
                asked=found.asked,
                choices=found.choices,
                order=self._known(orders, found.request.order_id),
            )
        return await self._offer(request.kind, found.change, found)

    async def _prove(self) -> Outcome | None:
        """Asks who is not signed in for the proof of an order; None once one is proven."""
        given = proof_in(self.asked.message, self.held.proof)
        number = given.order_id
        if self.held.proven and (number is None or number_of(number) in self._proven()):
            return None
        parts = self.teller.fixed["proof_parts"]
        kept = self._merged(self._read([], None), []).model_copy(update={"unknown_order": None})
        missing = [
            parts[name] for name in ("order_id", "email", "postcode") if not getattr(given, name)
        ]
        name = "proof_wrong" if given.complete else "ask_proof"
        if given.complete and given != self.held.proof:
            arguments = given.model_dump()
            outcome = await self.toolbox.call("prove_order", arguments)
            if outcome == "proven":
                assert given.order_id is not None
                proven = tuple(dict.fromkeys((*self.held.proven, given.order_id)))
                self.held = self.held.model_copy(
                    update={"proven": proven, "proof": ProofGiven(), "request": kept}
                )
                self.toolbox.bind(self.after_proof(proven))
                self._page = None
                return None
            name = "proof_limited" if outcome == "limited" else "proof_wrong"
            if outcome == "limited":
                given = ProofGiven()  # it was not tried, and may be right
        said = self._say(name).format(missing=self.teller.listed(missing))
        wrong = name != "ask_proof"
        found = self._outcome([said], request=kept, asked="proof", unanswered=wrong)
        return replace(found, ordering=found.ordering.model_copy(update={"proof": given}))

    def _proven(self) -> set[str]:
        return {number_of(id) for id in self.held.proven}

    async def _offer(
        self, kind: Kind, change: Any, ready: Ready | None, lead: str | None = None
    ) -> Outcome:
        """Says exactly what a change would do, and waits."""
        order_id = getattr(change, "order_id", None)
        self._asking = ready.request if ready else None
        try:
            offer = await self.toolbox.call("offer_change", {"change": change})
            order = await self._order(order_id)
        except (Refused, NoSuchOrder) as error:
            return await self._refused(error, order_id, kind)
        if not _fits(offer, order):
            _log.error("order_offer_unfit", kind=kind.value)
            raise OrdersUnavailable("The order system offers something else than was asked for.")
        if order is not None and self._is_too_much(offer, order):
            outcome = self._outcome([], request=None, order=order)
            return replace(outcome, hands_over=True)
        account = await self._account(order_id)
        said = self.teller.offer(offer, order, account)
        pending = Pending(
            id=self.new_id(), kind=kind, offer=offer, turn=self.turn, made=self.now, said=said
        )
        request = ready.request if ready else self.held.request
        ordering = self._ordering(request, order=order).model_copy(update={"pending": pending})
        first = [self._say(lead)] if lead else []
        cited = [] if order is None else [cite(order, "status", order.status.value)]
        return Outcome(
            [*first, said, self._say("confirm")],
            ordering,
            citations=cited,
            choices=self.teller.fixed["confirm_choices"],
            confirmation=Confirmation(id=pending.id, text=said, change=change.kind),
        )

    def _is_too_much(self, offer: Offer, order: Order) -> bool:
        """Whether the money that a change moves is more than the assistant may move."""
        back = sum((-move.amount for move in offer.moved if move.amount < 0), Decimal(0))
        more = sum((move.amount for move in offer.moved if move.amount > 0), Decimal(0))
        return self.too_much(max(back, more), order.currency)

    async def _refused(
        self, error: Refused | NoSuchOrder, order_id: str | None, kind: Kind
    ) -> Outcome:
        if isinstance(error, NoSuchOrder):
            said = self._say("unknown_order").format(id=order_id or "")
            return self._outcome([said], request=None)
        order = await self._order(order_id)
        account = await self._account(order_id)
        said = self.teller.refused(error, order, account, kind.value)
        cited = [] if order is None else [cite(order, "status", order.status.value)]
        other_method = error.why in (Why.BALANCE, Why.METHOD, Why.SAME_METHOD)
        if other_method and self._asking is not None:
            # It may be paid another way all the same.
            kept = self._asking.model_copy(update={"method_id": None})
            return self._outcome([said], request=kept, asked="method", order=order, citations=cited)
        return self._outcome([said], request=None, order=order, citations=cited)

    async def _tell(self, request: OrderRequest, orders: Sequence[Order], *, more: bool) -> Outcome:
        """Answers a question on orders from their records."""
        order = self._meant(request, orders)
        if request.kind is Kind.RETURNABLE:
            return await self._tell_returnable(request, order, orders)
        if order is not None:
            told = self.teller.order(order)
            if request.kind is Kind.PAID:
                told = self.teller.paid(order, await self._methods(order.id))
            return self._outcome(
                told.sentences, request=None, order=order, citations=told.citations
            )
        shown = self._holding(request, orders) or list(orders)
        if request.kind is Kind.STATUS and shown == list(orders):
            shown = [o for o in orders if o.status in _UNDELIVERED] or shown
        told = self._list(shown[:_MOST_TOLD])
        first = [self._say("several_orders").format(count=len(orders))] if len(orders) > 1 else []
        last = [self._say("more_orders")] if more or len(shown) > _MOST_TOLD else []
        outcome = self._outcome(
            [*(first if shown == list(orders) else []), *told.sentences, *last],
            request=None,
            order=shown[0] if len(shown) == 1 else None,
            citations=told.citations,
        )
        return replace(outcome, listed=[order.id for order in shown[:_MOST_TOLD]])

    async def _tell_returnable(
        self, request: OrderRequest, order: Order | None, orders: Sequence[Order]
    ) -> Outcome:
        delivered = [o for o in orders if o.status is Status.DELIVERED]
        meant = [order] if order is not None else delivered[:_MOST_TOLD]
        if not meant:
            return self._outcome([str(self.teller.fixed["none_to"]["return"])], request=None)
        sentences: list[str] = []
        cited: list[Citation] = []
        open_for_return = False
        for one in meant:
            can = await self._returnable(one.id)
            told = self.teller.returnable(one, can)
            sentences += told.sentences
            cited += told.citations
            open_for_return = open_for_return or bool(can.item_ids)
        if open_for_return:
            sentences.append(self._say("how_to_return"))
        kept = request.model_copy(update={"kind": Kind.RETURN}) if open_for_return else None
        return self._outcome(
            sentences,
            request=kept,
            asked="items" if open_for_return else None,
            order=order,
            citations=cited,
        )

    # parts ------------------------------------------------------------------------------------

    def _read(self, orders: Sequence[Order], account: Account | None) -> OrderRequest:
        return read_request(
            self.asked.message,
            orders,
            account,
            self.asked.index,
            talked_of=self.held.order_id,
        )

    def _merged(self, said: OrderRequest, orders: Sequence[Order]) -> OrderRequest:
        return merged(
            said,
            self.held.request if self.recent else None,
            orders,
            talked_of=self.held.order_id if self.live else None,
            pressed=self.held.asked is not None,
        )

    def _meant(self, request: OrderRequest, orders: Sequence[Order]) -> Order | None:
        """The one order that a question is about."""
        if request.order_id is not None:
            return self._known(orders, request.order_id)
        holding = self._holding(request, orders)
        if len(holding) == 1:
            return holding[0]
        if len(orders) == 1:
            return orders[0]
        recent = self.held.order_id if self.live else None
        if request.kind in (Kind.LIST, None) and recent is None:
            return None
        return self._known(orders, recent)

    def _holding(self, request: OrderRequest, orders: Sequence[Order]) -> list[Order]:
        """The orders that have what a request names."""
        return [order for order in orders if order.holds(request.item_ids)]

    def _list(self, orders: Sequence[Order]) -> Told:
        told = [self.teller.order(order) for order in orders]
        return Told(
            tuple(one.sentences[0] for one in told),
            tuple(citation for one in told for citation in one.citations),
        )

    def _known(self, orders: Sequence[Order], order_id: str | None) -> Order | None:
        return next((order for order in orders if order.id == order_id), None)

    async def _orders(self) -> OrderPage:
        """The orders that the shopper may see, looked up once a turn."""
        if self._page is None:
            self._page = await self.toolbox.call("find_orders", {})
        return self._page

    async def _order(self, order_id: str | None) -> Order | None:
        if order_id is None:
            return None
        order: Order = await self.toolbox.call("order_details", {"order_id": order_id})
        return order

    async def _account(self, order_id: str | None) -> Account:
        if order_id is not None:
            return await self._methods(order_id)
        account: Account | None = await self.toolbox.call("account_details", {})
        assert account is not None, "an account's address is changed by its owner alone"
        return account

    async def _methods(self, order_id: str) -> Account:
        account: Account = await self.toolbox.call("order_methods", {"order_id": order_id})
        return account

    async def _returnable(self, order_id: str) -> Returnable:
        can: Returnable = await self.toolbox.call("returnable_items", {"order_id": order_id})
        return can

    async def _reasons(self) -> Sequence[str]:
        reasons: Sequence[str] = await self.toolbox.call("cancel_reasons", {})
        return reasons

    async def _variants(self, product_id: str) -> Sequence[Item]:
        found: Sequence[Item] = await self.toolbox.call(
            "product_variants", {"product_id": product_id}
        )
        return found

    def _ordering(
        self,
        request: OrderRequest | None,
        *,
        asked: str | None = None,
        order: Order | None = None,
    ) -> Ordering:
        """The talk after this turn. Whatever was offered before is closed."""
        return self.held.model_copy(
            update={
                "turn": self.turn,
                "request": request,
                "asked": asked,
                "order_id": order.id if order else self.held.order_id,
                "pending": None,
            }
        )

    def _outcome(
        self,
        sentences: Sequence[str],
        *,
        request: OrderRequest | None,
        asked: str | None = None,
        order: Order | None = None,
        citations: Sequence[Citation] = (),
        choices: Sequence[str] = (),
        unanswered: bool = False,
    ) -> Outcome:
        return Outcome(
            sentences,
            self._ordering(request, asked=asked, order=order),
            citations=citations,
            choices=choices,
            settled=request is None,
            unanswered=unanswered,
        )

    def _say(self, name: str) -> str:
        return str(self.teller.fixed[name])


def _asks_about_offer(message: str, said: OrderRequest) -> bool:
    """Whether a message asks what an offer says: "when do I get my money back?"."""
    new = said.order_id or said.item_ids or said.address or said.method_id or said.reason
    return not new and _ASKS.search(plain(message)) is not None


def _fits(offer: Offer, order: Order | None) -> bool:
    """Whether an offer can be told: its variants are those of its swaps, its items the order's."""
    change = offer.change
    swaps = getattr(change, "swaps", ())
    named = [swap.item_id for swap in swaps] or list(getattr(change, "item_ids", ()))
    if len(offer.items) != len(swaps) or offer.order_id != (order.id if order else None):
        return False
    return order is None or order.counted(named)
