"""The talk about orders: whether a message is for it, and what is answered, asked or done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import structlog
from langchain_core.tools import BaseTool

from assistant.llm.client import ChatModel, Usage
from assistant.ordering.concern import is_about_orders
from assistant.ordering.filling import Filling
from assistant.ordering.missing import Question
from assistant.ordering.offers import carry_out, look_up, offer_change, still_unknown
from assistant.ordering.outcome import Outcome
from assistant.ordering.proposing import propose_kind
from assistant.ordering.proving import ask_proof
from assistant.ordering.questions import answer_question, answer_unknown
from assistant.ordering.state import Pending
from assistant.ordering.turn import OrderTurn
from retrieval.text import search_terms, stopwords
from tools.orders.desk import NoSuchOrder, OrdersUnavailable
from tools.orders.order import Account, Order
from tools.orders.reading.answers import Answer
from tools.orders.reading.ordinals import chosen_by_place
from tools.orders.reading.parts import first_request
from tools.orders.reading.paying import names_method
from tools.orders.reading.reader import (
    kind_of,
    plain,
)
from tools.orders.reading.request import Kind, OrderRequest

# So many requests of one message are served; more would take for ever.
_MOST_IN_ONE = 4
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

_log = structlog.get_logger(__name__)


class OrderTalk:
    """One turn of the talk about orders.

    Args:
        turn: the message, what came before it, and what it may use.
        model: proposes what is asked for where no rule reads it.
        after_proof: gives the tools of the desk for who has proven these orders.
        depth: how many requests of the same message were served before.

    Attributes:
        usage: what the model was asked.
    """

    def __init__(
        self,
        turn: OrderTurn,
        model: ChatModel,
        after_proof: Callable[[Sequence[str]], Iterable[BaseTool]],
        *,
        depth: int = 0,
    ) -> None:
        chosen = _chosen(turn)
        self._turn = replace(turn, asked=replace(turn.asked, message=chosen)) if chosen else turn
        self._model = model
        self._after_proof = after_proof
        self._depth = depth
        self.usage = Usage()

    @property
    def open_offer(self) -> Pending | None:
        """The offer that this message may say yes to."""
        return self._turn.open_offer

    @property
    def let_go(self) -> str:
        """That nothing came of an offer."""
        pending = self.open_offer
        unknown = pending is not None and pending.unknown
        return self._turn.say("outcome_open" if unknown else "let_go")

    @property
    def waits(self) -> bool:
        """Whether the talk is on orders at this moment, or something was asked or offered in it."""
        return self._turn.live or self._turn.expects

    async def about_orders(self) -> bool:
        """Whether the message's own words say that it is about something that was bought."""
        return await is_about_orders(self._turn)

    async def goes_on(self, *, elsewhere: bool) -> Outcome | None:
        """Answers a message that gives what was asked for last, or changes what was offered; None
        where it does neither: asked "which size?", a shopper may as well look for something else.

        Args:
            elsewhere: whether the message is about something else by its own words.
        """
        turn = self._turn
        if turn.live and (turn.expects or not elsewhere):
            outcome = await self.take()
            return None if elsewhere and outcome.repeats else outcome
        if turn.live or turn.request is None or _LOOKS.search(turn.asked.message):
            return None
        # "OK, black in 42 then", after a question on something else.
        outcome = await self.take()
        changed = outcome.ordering.request != turn.held.request
        return outcome if changed and not outcome.repeats else None

    async def take(self) -> Outcome:
        """Answers the message."""
        turn = self._turn
        outcome = await self._taken()
        if outcome.settled and outcome.ordering.later and not outcome.hands_over:
            outcome = await self._go_on(outcome)
        said = outcome.text
        same = said == turn.held.said and outcome.ordering.proof == turn.held.proof
        repeats = same and not outcome.understood
        offered = outcome.confirmation is not None
        sentences = outcome.sentences
        if repeats and offered:
            # "Hmm, what would that cost?": what was offered says it, and still waits.
            sentences = [turn.say("not_yes"), *sentences]
        if turn.held.lapsed:
            sentences = [turn.say("proof_lapsed"), *sentences]
        choices = () if offered else tuple(outcome.choices or outcome.listed)
        ordering = outcome.ordering.model_copy(update={"said": said, "choices": choices})
        return replace(outcome, sentences=sentences, ordering=ordering, repeats=repeats)

    async def _go_on(self, settled: Outcome) -> Outcome:
        """Turns to the next of several things that one message asked for."""
        update = {"later": "", "request": None, "asked": None}
        held = settled.ordering.model_copy(update=update)
        if self._depth >= _MOST_IN_ONE - 1:
            said = [*settled.sentences, self._turn.say("one_by_one")]
            return replace(settled, sentences=said, ordering=held)
        asked = replace(self._turn.asked, message=settled.ordering.later)
        turn = replace(self._turn, asked=asked, held=held, records=self._turn.records.anew())
        talk = OrderTalk(turn, self._model, self._after_proof, depth=self._depth + 1)
        after = await talk.take()
        self.usage += talk.usage
        return replace(
            after,
            sentences=[*settled.sentences, *after.sentences],
            citations=[*settled.citations, *after.citations],
        )

    async def _taken(self) -> Outcome:
        turn = self._turn
        offer = turn.open_offer
        try:
            if offer is not None and turn.said is Answer.YES:
                return await carry_out(turn, offer)
            if offer is not None and offer.unknown:
                return await look_up(turn, offer)
            if turn.live and not _asks_anew(turn):
                if turn.said is Answer.NO:
                    return turn.outcome(turn.say("declined"))
                if turn.said is Answer.YES and turn.held.asked is None:
                    return turn.outcome(turn.say("nothing_open"))
            return await self._answer(turn)
        except NoSuchOrder:
            # It was there a moment ago.
            return turn.outcome(turn.say("order_gone"), unanswered=True)
        except OrdersUnavailable:
            _log.warning("orders_unavailable")
            if offer is not None and offer.unknown:
                return still_unknown(turn, offer)
            return turn.outcome(turn.say("unavailable"), unanswered=True)

    async def _answer(self, turn: OrderTurn) -> Outcome:
        """Answers what is neither yes nor no."""
        account = await turn.records.account()
        if account is None:
            proven = await ask_proof(turn, self._after_proof)
            if isinstance(proven, Outcome):
                return proven
            turn = proven
        page = await turn.records.page()
        turn, part = _first_part(turn, page.orders, account)
        part = await self._kind_of(turn, part)
        understood = bool(
            part.kind
            or part.order_id
            or part.item_ids
            or names_method(plain(turn.asked.message))
            or _echoes(turn)
        )
        before = turn.request
        if before is not None and before.kind in part.denied and part.kind in (None, before.kind):
            return replace(turn.outcome(turn.say("declined")), understood=understood)
        if turn.open_offer is not None and _asks_about_offer(turn.asked.message, part):
            part, understood = OrderRequest(told=()), False
        request = turn.merged(part, page.orders)
        outcome = await _served(turn, request, page.orders, account, more=page.more)
        return replace(outcome, understood=understood)

    async def _kind_of(self, turn: OrderTurn, part: OrderRequest) -> OrderRequest:
        """A request with what it asks for, where its own words do not say that."""
        done = turn.held.done
        again = part.order_id and _TOO.search(turn.asked.message)
        if done is not None and again and part.kind in (None, done.kind):
            # "SG-1002 too": the same once more, for the same reason.
            update = {"kind": done.kind, "reason": part.reason or done.reason}
            part = part.model_copy(update=update)
        if part.kind is None and turn.request is None and turn.held.asked is None:
            asked = turn.asked
            kind, self.usage = await propose_kind(self._model, asked.message, asked.language)
            part = part.model_copy(update={"kind": kind})
        if part.kind is None and part.address is not None and turn.held.request is None:
            part = part.model_copy(update={"kind": Kind.ADDRESS})
        return part


async def _served(
    turn: OrderTurn,
    request: OrderRequest,
    orders: Sequence[Order],
    account: Account | None,
    *,
    more: bool,
) -> Outcome:
    """What comes of a request: an answer, an offer, or a question for what is missing."""
    if request.unknown_order is not None and request.order_id is None:
        return answer_unknown(turn, request, orders)
    if not orders and request.kind is not Kind.ACCOUNT_ADDRESS:
        return turn.outcome(turn.say("no_orders"))
    if request.kind is None or not request.kind.writes:
        return await answer_question(turn, request, orders, more=more)
    found = await Filling(turn, orders, account).fill(request)
    if isinstance(found, Question):
        number = found.request.order_id
        return turn.outcome(
            *found.sentences,
            request=found.request if found.asked else None,
            asked=found.asked,
            choices=found.choices,
            order=next((order for order in orders if order.id == number), None),
        )
    return await offer_change(turn, request.kind, found.change, found.request)


def _chosen(turn: OrderTurn) -> str | None:
    """The choice that a message means by its place, or by a yes to the only one."""
    held = turn.held
    if not turn.live:
        return None
    if len(held.choices) == 1 and turn.open_offer is None and turn.said is Answer.YES:
        return held.choices[0]
    return chosen_by_place(turn.asked.message, held.choices)


def _first_part(
    turn: OrderTurn, orders: Sequence[Order], account: Account | None
) -> tuple[OrderTurn, OrderRequest]:
    """What a message asks for first. What it asks for besides waits until that is settled."""
    whole = turn.read(orders, account)
    if turn.held.later:
        now = turn.request.kind if turn.request else None
        if whole.kind not in (None, now) and whole.kind is kind_of(plain(turn.held.later)):
            # The shopper has turned to it without waiting.
            turn = replace(turn, held=turn.held.model_copy(update={"later": ""}))
        return turn, whole
    first, rest = first_request(turn.asked.message, orders)
    if not rest:
        return turn, whole
    asked = replace(turn.asked, message=first)
    turn = replace(turn, asked=asked, held=turn.held.model_copy(update={"later": rest}))
    part = turn.read(orders, account)
    return turn, part.model_copy(update={"reason": part.reason or whole.reason})


def _echoes(turn: OrderTurn) -> bool:
    """Whether a message says again what was just said: "black, as before"."""
    if _LOOKS.search(turn.asked.message):
        return False
    told = set(search_terms(turn.held.said)) - stopwords()
    return bool(told & set(search_terms(plain(turn.asked.message))))


def _asks_anew(turn: OrderTurn) -> bool:
    """Whether a no goes on with something: "no, exchange them", "no longer needed"."""
    said = turn.read([], None)
    return any(part is not None for part in (said.kind, said.reason, said.address))


def _asks_about_offer(message: str, said: OrderRequest) -> bool:
    """Whether a message asks what an offer says: "when do I get my money back?"."""
    new = said.order_id or said.item_ids or said.address or said.method_id or said.reason
    return not new and _ASKS.search(plain(message)) is not None
