"""Questions on orders, answered from their records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.ordering.outcome import Outcome
from assistant.ordering.telling import Told
from assistant.ordering.turn import OrderTurn
from assistant.reply import Citation
from tools.orders.order import Order, Status
from tools.orders.reading.reader import asks_arrival
from tools.orders.reading.request import Kind, OrderRequest

_MOST_TOLD = 5
UNDELIVERED = frozenset({Status.PENDING, Status.ITEMS_CHANGED, Status.PROCESSED})
"""The states of an order that is still to come."""


async def answer_question(
    turn: OrderTurn, request: OrderRequest, orders: Sequence[Order], *, more: bool
) -> Outcome:
    """Answers a question on orders.

    Args:
        turn: that asks.
        request: what is asked.
        orders: those that the shopper may see, newest first; at least one.
        more: whether there are older ones.
    """
    order = _meant(turn, request, orders)
    if request.kind is Kind.RETURNABLE:
        return await _returnable(turn, request, order, orders)
    if order is not None:
        told = turn.teller.order(order)
        if request.kind is Kind.PAID:
            told = turn.teller.paid(order, await turn.records.methods(order.id))
        answer = turn.outcome(*told.sentences, order=order, citations=told.citations)
        return _on_arrival(turn, answer, [order])
    shown = [one for one in orders if one.holds(request.item_ids)] or list(orders)
    if request.kind is Kind.STATUS and shown == list(orders):
        shown = [one for one in orders if one.status in UNDELIVERED] or shown
    told = _listed(turn, shown[:_MOST_TOLD])
    every = shown == list(orders) and len(orders) > 1
    first = [turn.say("several_orders", count=str(len(orders)))] if every else []
    last = [turn.say("more_orders")] if more or len(shown) > _MOST_TOLD else []
    answer = turn.outcome(
        *(*first, *told.sentences, *last),
        order=shown[0] if len(shown) == 1 else None,
        citations=told.citations,
        listed=[one.id for one in shown[:_MOST_TOLD]],
    )
    return _on_arrival(turn, answer, shown)


def answer_unknown(turn: OrderTurn, request: OrderRequest, orders: Sequence[Order]) -> Outcome:
    """Says that no order has the number that was given, and which there are.

    Args:
        turn: that gives it.
        request: what is asked of it.
        orders: those that the shopper may see, newest first.
    """
    shown = orders[:_MOST_TOLD]
    told = _listed(turn, shown)
    return turn.outcome(
        turn.say("unknown_order", id=request.unknown_order or ""),
        *([turn.say("your_orders")] if len(shown) > 1 else []),
        *told.sentences,
        request=request,
        citations=told.citations,
        listed=[order.id for order in shown],
        unanswered=True,
    )


def _on_arrival(turn: OrderTurn, answer: Outcome, orders: Sequence[Order]) -> Outcome:
    """The answer, with what cannot be told, where it was asked when one of the orders comes."""
    under_way = {order.status for order in orders} & UNDELIVERED
    if not under_way or not asks_arrival(turn.asked.message):
        return answer
    name = "no_day" if under_way == {Status.PROCESSED} else "no_day_unsent"
    sentences = [*answer.sentences, turn.say(name)]
    return replace(answer, sentences=sentences, on_arrival=True)


async def _returnable(
    turn: OrderTurn, request: OrderRequest, order: Order | None, orders: Sequence[Order]
) -> Outcome:
    delivered = [one for one in orders if one.status is Status.DELIVERED]
    named = request.order_id is not None or bool(request.item_ids)
    if order is not None and not named and order not in delivered and delivered:
        order = None  # it was only talked of just before
    meant = [order] if order is not None else delivered[:_MOST_TOLD]
    if not meant:
        return turn.outcome(str(turn.teller.fixed["none_to"]["return"]))
    sentences: list[str] = []
    cited: list[Citation] = []
    still_open = False
    for one in meant:
        can = await turn.records.returnable(one.id)
        told = turn.teller.returnable(one, can)
        sentences += told.sentences
        cited += told.citations
        still_open = still_open or bool(can.item_ids)
    if not still_open:
        return turn.outcome(*sentences, order=order, citations=cited)
    return turn.outcome(
        *sentences,
        turn.say("how_to_return"),
        request=request.model_copy(update={"kind": Kind.RETURN}),
        asked="items",
        order=order,
        citations=cited,
    )


def _meant(turn: OrderTurn, request: OrderRequest, orders: Sequence[Order]) -> Order | None:
    """The one order that a question is about."""
    if request.order_id is not None:
        return _known(orders, request.order_id)
    holding = [order for order in orders if order.holds(request.item_ids)]
    if len(holding) == 1:
        return holding[0]
    if len(orders) == 1:
        return orders[0]
    recent = turn.held.order_id if turn.live else None
    if request.kind in (Kind.LIST, None) and recent is None:
        return None
    return _known(orders, recent)


def _known(orders: Sequence[Order], order_id: str | None) -> Order | None:
    return next((order for order in orders if order.id == order_id), None)


def _listed(turn: OrderTurn, orders: Sequence[Order]) -> Told:
    told = [turn.teller.order(order) for order in orders]
    return Told(
        tuple(one.sentences[0] for one in told),
        tuple(citation for one in told for citation in one.citations),
    )
