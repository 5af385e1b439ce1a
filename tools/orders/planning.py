"""What a change comes to: lines, money, and the offer that says so. The rules say if it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tools.orders.change import Change
from tools.orders.desk import Moved, Offer, Refused, Why
from tools.orders.order import Account, Item, Order, Payment, PaymentKind, PaymentMethod

Pair = tuple[int, Item]
"""The place of a line in an order, and the variant that comes instead."""


@dataclass(frozen=True)
class Plan:
    """What a change would do, and what there is afterwards.

    Attributes:
        offer: what it would do.
        order: afterwards, its version grown; None where the account itself is changed.
        account: afterwards: address and balances of gift cards.
    """

    offer: Offer
    order: Order | None
    account: Account


def planned(
    change: Change,
    before: Order,
    after: Order,
    account: Account,
    moved: Sequence[Moved] = (),
    items: tuple[Item, ...] = (),
) -> Plan:
    """The plan, with the money that moves now booked; what moves later, the order system books."""
    booked = [move for move in moved if not move.later]
    payments = tuple(
        Payment(refund=move.amount <= 0, amount=abs(move.amount), method_id=move.method_id)
        for move in booked
    )
    after = after.model_copy(
        update={"version": before.version + 1, "payments": before.payments + payments}
    )
    offer = Offer(
        change=change,
        order_id=before.id,
        version=before.version,
        status=after.status,
        moved=tuple(moved),
        items=items,
    )
    for move in booked:
        account = _paid(account, move)
    return Plan(offer, after, account)


def _paid(account: Account, move: Moved) -> Account:
    """The account after money has moved: only gift cards keep a balance."""
    methods = tuple(
        method
        if method.id != move.method_id or method.balance is None
        else method.model_copy(update={"balance": method.balance - move.amount})
        for method in account.payment_methods
    )
    return account.model_copy(update={"payment_methods": methods})


def movement(method: PaymentMethod, amount: Decimal, *, later: bool = False) -> Moved:
    """Money that goes a way of paying, or comes back by it."""
    at_once = amount > 0 or method.kind is PaymentKind.GIFT_CARD
    return Moved(method_id=method.id, amount=amount, at_once=at_once, later=later)


def method_of(account: Account, method_id: str) -> PaymentMethod:
    """A way of paying that may be used.

    Raises:
        Refused: the account has none of that id.
    """
    method = account.method(method_id)
    # A gift card whose balance is not known would swallow what is given back.
    if method is None or (method.kind is PaymentKind.GIFT_CARD and method.balance is None):
        raise Refused(Why.METHOD, method_id)
    return method


def check_covers(method: PaymentMethod, amount: Decimal) -> None:
    """Refuses a gift card that has less than what is charged."""
    if method.kind is PaymentKind.GIFT_CARD and (method.balance or Decimal(0)) < amount:
        raise Refused(Why.BALANCE, str(amount))


def check_counted(order: Order, item_ids: Sequence[str]) -> None:
    """Refuses items that the order does not have, or not as often."""
    for id in item_ids:
        if not order.counted([id] * list(item_ids).count(id)):
            raise Refused(Why.ITEM, id)


def places_of(order: Order, item_ids: Sequence[str]) -> list[int]:
    """The lines that items mean: two of a kind are two lines, and no line is meant twice."""
    places: list[int] = []
    for id in item_ids:
        places.append(
            next(
                place
                for place, line in enumerate(order.lines)
                if line.item_id == id and place not in places
            )
        )
    return places


def difference_of(order: Order, pairs: Sequence[Pair]) -> Decimal:
    """What comes costs more than what goes; no more is given back than was paid."""
    more = sum((item.price - order.lines[place].price for place, item in pairs), Decimal(0))
    return max(more, -max(order.paid, Decimal(0)))


def items_of(pairs: Sequence[Pair]) -> tuple[Item, ...]:
    """What comes, in the order of the swaps."""
    return tuple(item for _, item in pairs)
