"""From what is asked for to a change that can be offered, or to the question that is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.ordering.items import asks_other_product, lines_meant, variant_meant
from assistant.ordering.missing import MOST_CHOICES, Question, ask_method, other_methods
from assistant.ordering.turn import OrderTurn
from tools.orders.change import (
    CancelOrder,
    Change,
    ChangeAccountAddress,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    ReturnItems,
)
from tools.orders.order import Account, Order, Status, Swap
from tools.orders.reading.addresses import UNSAID, in_country_of
from tools.orders.reading.reader import plain
from tools.orders.reading.request import Kind, OrderRequest

_OPEN = frozenset({Status.PENDING, Status.ITEMS_CHANGED})
POSSIBLE: dict[Kind, frozenset[Status]] = {
    Kind.CANCEL: frozenset({Status.PENDING}),
    Kind.ADDRESS: _OPEN,
    Kind.PAYMENT: _OPEN,
    Kind.SWAP: frozenset({Status.PENDING, Status.DELIVERED}),
    Kind.RETURN: frozenset({Status.DELIVERED}),
}


@dataclass(frozen=True)
class Ready:
    """A change that is complete, and the request that it comes from."""

    change: Change
    request: OrderRequest


class Filling:
    """Fills in one request from a message and the records.

    Args:
        turn: that asks for it.
        orders: those that the shopper may see, newest first.
        account: theirs; None where they are not signed in.
    """

    def __init__(self, turn: OrderTurn, orders: Sequence[Order], account: Account | None) -> None:
        self._turn = turn
        self._text = plain(turn.asked.message)
        self._orders = orders
        self._account = account
        self._teller = turn.teller

    async def fill(self, request: OrderRequest) -> Question | Ready:
        """The change, or what is to be asked.

        Args:
            request: with its kind, one that changes something.
        """
        kind = request.kind
        assert kind is not None
        if kind is Kind.ACCOUNT_ADDRESS:
            if self._account is None:
                return Question(None, (self._turn.say("only_signed_in"),))
            if request.address is None:
                return self._ask_address(request)
            address = in_country_of(request.address, self._account.address)
            if address.country == UNSAID:
                return self._ask_address(request)
            return Ready(ChangeAccountAddress(address=address), request)
        order = self._order(request)
        if isinstance(order, Question):
            return order
        request = request.model_copy(update={"order_id": order.id})
        if order.status not in POSSIBLE[kind]:
            told = self._teller.refused_status(order, kind.value)
            return Question(None, (told,), request=request)
        if order.status is Status.DELIVERED:
            can = await self._turn.records.returnable(order.id)
            if not can.item_ids:
                sentences = self._teller.returnable(order, can).sentences
                return Question(None, sentences, request=request)
        match kind:
            case Kind.CANCEL:
                return await self._cancel(request, order)
            case Kind.ADDRESS:
                return self._address(request, order)
            case Kind.PAYMENT:
                return await self._payment(request, order)
            case Kind.RETURN:
                return await self._return(request, order)
            case _:
                return await self._swap(request, order)

    # which order ------------------------------------------------------------------------------

    def _order(self, request: OrderRequest) -> Order | Question:
        """The order that is meant: by its number, by what is in it, or as the only one."""
        assert request.kind is not None
        if request.order_id is not None:
            return next(order for order in self._orders if order.id == request.order_id)
        possible = [o for o in self._orders if o.status in POSSIBLE[request.kind]]
        named = request.item_ids
        if named:
            holding = [order for order in self._orders if order.holds(named)]
            possible = [o for o in holding if o in possible] or holding
        if len(possible) == 1:
            return possible[0]
        if not possible:
            return Question(None, (str(self._teller.fixed["none_to"][request.kind.value]),))
        shown = possible[:MOST_CHOICES]
        told = [self._teller.order(order).sentences[0] for order in shown]
        sentences = (*told, self._turn.say("which_order"))
        return Question("order", sentences, tuple(order.id for order in shown), request)

    # the kinds of change ----------------------------------------------------------------------

    async def _cancel(self, request: OrderRequest, order: Order) -> Question | Ready:
        reasons = await self._turn.records.reasons()
        if request.reason in reasons:
            change = CancelOrder(order_id=order.id, reason=request.reason or "")
            return Ready(change, request)
        names = [self._teller.reason(reason) for reason in reasons]
        name = "bad_reason" if request.reason else "which_reason"
        text = self._turn.say(
            name, id=order.id, either=self._teller.either(names), all=self._teller.listed(names)
        )
        request = request.model_copy(update={"reason": None})
        return Question("reason", (text,), tuple(names), request)

    def _address(self, request: OrderRequest, order: Order) -> Question | Ready:
        if request.address is None:
            return self._ask_address(request)
        address = in_country_of(request.address, order.address)
        return Ready(ChangeAddress(order_id=order.id, address=address), request)

    async def _payment(self, request: OrderRequest, order: Order) -> Question | Ready:
        if request.method_id is not None:
            return Ready(ChangePayment(order_id=order.id, method_id=request.method_id), request)
        account = await self._turn.records.methods(order.id)
        return ask_method(self._turn, other_methods(Kind.PAYMENT, order, account), request)

    async def _return(self, request: OrderRequest, order: Order) -> Question | Ready:
        lines = lines_meant(self._text, request, order, self._teller)
        if isinstance(lines, Question):
            return lines
        ids = tuple(line.item_id for line in lines)
        request = request.model_copy(update={"item_ids": ids})
        method = await self._method(request, order)
        if isinstance(method, Question):
            return method
        return Ready(ReturnItems(order_id=order.id, item_ids=ids, method_id=method), request)

    async def _swap(self, request: OrderRequest, order: Order) -> Question | Ready:
        index = self._turn.asked.index
        lines = lines_meant(self._text, request, order, self._teller)
        if isinstance(lines, Question):
            return lines
        ids = tuple(line.item_id for line in lines)
        request = request.model_copy(update={"item_ids": ids})
        if asks_other_product(self._text, lines, index):
            text = str(self._teller.fixed["refused"]["other_product"])
            return Question(None, (text,), request=request)
        swaps, questions = [], []
        for line in lines:
            variants = await self._turn.records.variants(line.product_id)
            found = variant_meant(line, lines, variants, request, index, self._teller)
            if isinstance(found, Question):
                questions.append(found)
            else:
                swaps.append(Swap(item_id=line.item_id, new_item_id=found.id))
        if questions:
            return replace(questions[0], request=request)
        method = await self._method(request, order)
        if isinstance(method, Question):
            return method
        make = ChangeItems if order.status is Status.PENDING else ExchangeItems
        return Ready(make(order_id=order.id, swaps=tuple(swaps), method_id=method), request)

    # parts ------------------------------------------------------------------------------------

    def _ask_address(self, request: OrderRequest) -> Question:
        return Question("address", (self._turn.say("which_address"),), request=request)

    async def _method(self, request: OrderRequest, order: Order) -> str | Question:
        """The way of paying that is named; else the one that the order was paid with.

        The offer says which it is, so that the yes is a yes to it too.
        """
        if request.method_id is not None:
            return request.method_id
        account = await self._turn.records.methods(order.id)
        used = [payment.method_id for payment in order.payments if not payment.refund]
        known = [id for id in reversed(used) if account.method(id) is not None]
        if known:
            return known[0]
        assert request.kind is not None
        return ask_method(self._turn, other_methods(request.kind, order, account), request)
