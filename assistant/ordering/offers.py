"""What a change would do, told in full; and a yes that carries it out, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import structlog

from assistant.ordering.missing import ask_method, other_methods
from assistant.ordering.outcome import Outcome
from assistant.ordering.state import Pending
from assistant.ordering.telling import cite
from assistant.ordering.turn import OrderTurn
from assistant.reply import Confirmation
from tools.orders.change import Change
from tools.orders.desk import NoSuchOrder, Offer, OrdersUnavailable, OutcomeUnknown, Refused, Why
from tools.orders.order import Order
from tools.orders.reading.request import Kind, OrderRequest

# An offer is open as long as somebody who reads it is likely to be at it still.
OPEN_FOR = timedelta(minutes=15)
# Paid another way, it may be possible all the same.
_OF_METHOD = frozenset({Why.BALANCE, Why.METHOD, Why.SAME_METHOD})

_log = structlog.get_logger(__name__)


async def offer_change(
    turn: OrderTurn,
    kind: Kind,
    change: Change,
    request: OrderRequest | None,
    *,
    lead: str | None = None,
) -> Outcome:
    """Says exactly what a change would do, and waits for the yes.

    Args:
        turn: that asks for it.
        kind: what is asked for.
        change: that it comes to.
        request: in the shopper's words.
        lead: name of a sentence that is said before.

    Raises:
        OrdersUnavailable: the order system does not answer, or offers something else.
    """
    order_id = getattr(change, "order_id", None)
    try:
        offer = await turn.records.offer(change)
        order = await turn.records.order(order_id)
    except (Refused, NoSuchOrder) as error:
        method_id = getattr(change, "method_id", None)
        return await _refused(turn, error, order_id, kind, request, method_id=method_id)
    if not _fits(offer, order):
        _log.error("order_offer_unfit", kind=kind.value)
        raise OrdersUnavailable("The order system offers something else than was asked for.")
    if order is not None and _is_too_much(turn, offer, order):
        return replace(turn.outcome(order=order), hands_over=True)
    account = await turn.records.paying(order_id)
    said = turn.teller.offer(offer, order, account)
    pending = Pending(
        id=turn.new_id(), kind=kind, offer=offer, turn=turn.number, made=turn.now, said=said
    )
    first = [turn.say(lead)] if lead else []
    return Outcome(
        [*first, said, turn.say("confirm")],
        turn.after(request, order=order).model_copy(update={"pending": pending}),
        citations=[] if order is None else [cite(order, "status", order.status.value)],
        choices=turn.teller.fixed["confirm_choices"],
        confirmation=Confirmation(id=pending.id, text=said, change=change.kind),
    )


async def carry_out(turn: OrderTurn, pending: Pending) -> Outcome:
    """Does what was offered, once. The desk holds owner, state and rules against it again.

    Args:
        turn: whose message is the yes.
        pending: the offer.

    Raises:
        ThreadBusy: another turn of the thread, in another process, came first.
        OrdersUnavailable: the order system does not answer; nothing was written.
    """
    if turn.now - pending.made > OPEN_FOR and not pending.unknown:
        change = pending.offer.change
        return await offer_change(turn, pending.kind, change, turn.held.request, lead="stale_offer")
    # Another process may have got the same yes, or a no, at this moment.
    await turn.claim()
    try:
        written = await turn.records.write(pending.offer, key=pending.id, quote=turn.asked.message)
    except OutcomeUnknown:
        _log.error("order_outcome_unknown", offer=pending.id)
        return still_unknown(turn, pending)
    except (Refused, NoSuchOrder) as error:
        return await _refused(turn, error, pending.offer.order_id, pending.kind, None)
    done = [turn.teller.done(pending.offer)]
    if written.repeated and not pending.unknown:
        done.append(turn.say("done_before"))
    order = written.order
    cited = [] if order is None else [cite(order, "audit", written.audit_id)]
    outcome = turn.outcome(*done, order=order, citations=cited)
    reason = getattr(pending.offer.change, "reason", None)
    made = OrderRequest(kind=pending.kind, reason=reason)
    return replace(outcome, ordering=outcome.ordering.model_copy(update={"done": made}))


async def look_up(turn: OrderTurn, pending: Pending) -> Outcome:
    """What became of a change whose outcome was not known, when no yes asks for it again."""
    made = await turn.records.became(pending.offer, key=pending.id)
    if made is None:
        return turn.outcome(turn.say("not_made"))
    return turn.outcome(turn.teller.done(pending.offer), order=made.order)


def still_unknown(turn: OrderTurn, pending: Pending) -> Outcome:
    """Nobody can tell what became of a change: it may be asked for again under its key."""
    again = pending.model_copy(update={"turn": turn.number, "unknown": True})
    said = turn.say("outcome_unknown")
    return Outcome(
        [said],
        turn.after(None).model_copy(update={"pending": again}),
        choices=turn.teller.fixed["confirm_choices"],
        confirmation=Confirmation(id=again.id, text=said, change=again.offer.change.kind),
    )


async def _refused(
    turn: OrderTurn,
    error: Refused | NoSuchOrder,
    order_id: str | None,
    kind: Kind,
    request: OrderRequest | None,
    *,
    method_id: str | None = None,
) -> Outcome:
    """Says why not; where it is for the way of paying, asks for another one."""
    if isinstance(error, NoSuchOrder):
        return turn.outcome(turn.say("unknown_order", id=order_id or ""))
    order = await turn.records.order(order_id)
    said = turn.teller.refused(error, order, kind.value)
    cited = [] if order is None else [cite(order, "status", order.status.value)]
    if error.why not in _OF_METHOD or request is None or order is None:
        return turn.outcome(said, order=order, citations=cited)
    account = await turn.records.methods(order.id)
    methods = other_methods(kind, order, account, but=method_id)
    kept = request.model_copy(update={"method_id": None})
    question = ask_method(turn, methods, kept)
    return turn.outcome(
        said,
        *question.sentences,
        request=kept if question.asked else None,
        asked=question.asked,
        order=order,
        citations=cited,
        choices=question.choices,
    )


def _is_too_much(turn: OrderTurn, offer: Offer, order: Order) -> bool:
    """Whether the money that a change moves is more than the assistant may move."""
    back = sum((-move.amount for move in offer.moved if move.amount < 0), Decimal(0))
    more = sum((move.amount for move in offer.moved if move.amount > 0), Decimal(0))
    return turn.too_much(max(back, more), order.currency)


def _fits(offer: Offer, order: Order | None) -> bool:
    """Whether an offer can be told: its variants are those of its swaps, its items the order's."""
    change = offer.change
    swaps = getattr(change, "swaps", ())
    named = [swap.item_id for swap in swaps] or list(getattr(change, "item_ids", ()))
    if len(offer.items) != len(swaps) or offer.order_id != (order.id if order else None):
        return False
    return order is None or order.counted(named)
