"""What a shop allows to be done with its orders, and what then comes of them. Nothing is stored.

The rules are those of the retail shop of sierra-research/tau2-bench (its ``policy.md``), with a
time limit for returns, and money that always adds up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

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
from tools.orders.desk import Moved, Offer, Refused, Returnable, Why
from tools.orders.order import (
    Account,
    Item,
    Line,
    Order,
    PaymentKind,
    PaymentMethod,
    Requested,
    Status,
    Swap,
)
from tools.orders.planning import (
    Pair,
    Plan,
    check_counted,
    check_covers,
    difference_of,
    items_of,
    method_of,
    movement,
    places_of,
    planned,
)

Variants = Callable[[str], Sequence[Item]]
"""Gives the variants of a product by its id."""


@dataclass(frozen=True)
class OrderRules:
    """The rules of a shop.

    Attributes:
        reasons: for which an order can be cancelled.
        return_days: days after delivery in which things can be returned or exchanged; None for
            no limit.
        change_items_once: whether the items of a pending order can be changed only once.
    """

    reasons: tuple[str, ...] = ("no longer needed", "ordered by mistake")
    return_days: int | None = 30
    change_items_once: bool = True

    def plan_order(
        self, change: Change, order: Order, account: Account, variants: Variants, now: datetime
    ) -> Plan:
        """What a change would do with an order.

        Args:
            change: what is asked for.
            order: as it stands.
            account: whose it is, with the ways of paying that may be used.
            variants: what is for sale.
            now: the time of day.

        Raises:
            Refused: a rule stands against it.
        """
        match change:
            case CancelOrder():
                return self._cancel(change, order, account)
            case ChangeAddress():
                self._check_status(order, Status.PENDING, Status.ITEMS_CHANGED)
                if change.address == order.address:
                    raise Refused(Why.SAME_ADDRESS)
                after = order.model_copy(update={"address": change.address})
                return planned(change, order, after, account)
            case ChangePayment():
                return self._change_payment(change, order, account)
            case ChangeItems():
                return self._change_items(change, order, account, variants)
            case ReturnItems():
                return self._return(change, order, account, now)
            case ExchangeItems():
                return self._exchange(change, order, account, variants, now)
            case ChangeAccountAddress():
                raise ValueError("the change of an account is not one of an order")

    def plan_account(self, change: ChangeAccountAddress, account: Account) -> Plan:
        """What a change would do with an account.

        Raises:
            Refused: it has that address.
        """
        if change.address == account.address:
            raise Refused(Why.SAME_ADDRESS)
        after = account.model_copy(update={"address": change.address})
        return Plan(Offer(change=change), None, after)

    def returnable(self, order: Order, now: datetime) -> Returnable:
        """What of an order can be sent back, and until when."""
        if order.status is not Status.DELIVERED:
            return Returnable()
        last = self.last_day(order)
        until = None if last is None else last.isoformat()
        try:
            self._check_in_time(order, now)
        except Refused:
            return Returnable(until=until)
        return Returnable(item_ids=tuple(line.item_id for line in order.lines), until=until)

    def last_day(self, order: Order) -> date | None:
        """The last day for a return, where the order was delivered; None where there is none."""
        if self.return_days is None or order.delivered is None:
            return None
        return order.delivered.date() + timedelta(days=self.return_days)

    # one kind of change each -------------------------------------------------------------------

    def _cancel(self, change: CancelOrder, order: Order, account: Account) -> Plan:
        self._check_status(order, Status.PENDING)
        if change.reason not in self.reasons:
            raise Refused(Why.REASON, change.reason)
        left, moved = order.paid, []
        for method_id, borne in order.paid_by().items():
            back = min(borne, left)
            if back > 0:
                left -= back
                moved.append(movement(method_of(account, method_id), -back))
        after = order.model_copy(
            update={"status": Status.CANCELLED, "cancel_reason": change.reason}
        )
        return planned(change, order, after, account, moved)

    def _change_payment(self, change: ChangePayment, order: Order, account: Account) -> Plan:
        self._check_status(order, Status.PENDING)
        method = method_of(account, change.method_id)
        bearing = {id: amount for id, amount in order.paid_by().items() if amount > 0}
        if set(bearing) == {method.id}:
            raise Refused(Why.SAME_METHOD, method.id)
        if len(bearing) != 1:
            # Paid in several ways, or not at all: one other way cannot stand for that.
            raise Refused(Why.METHOD, method.id)
        [(before, amount)] = bearing.items()
        check_covers(method, amount)
        moved = [movement(method, amount), movement(method_of(account, before), -amount)]
        return planned(change, order, order, account, moved)

    def _change_items(
        self, change: ChangeItems, order: Order, account: Account, variants: Variants
    ) -> Plan:
        again = () if self.change_items_once else (Status.ITEMS_CHANGED,)
        self._check_status(order, Status.PENDING, *again)
        pairs = self.pairs(order, change.swaps, variants)
        difference = difference_of(order, pairs)
        method = method_of(account, change.method_id)
        check_covers(method, difference)
        after = order.model_copy(
            update={"status": Status.ITEMS_CHANGED, "lines": self.lines_after(order, pairs)}
        )
        moved = self.settled(method, difference)
        return planned(change, order, after, account, moved, items=items_of(pairs))

    def _return(self, change: ReturnItems, order: Order, account: Account, now: datetime) -> Plan:
        self._check_status(order, Status.DELIVERED)
        self._check_in_time(order, now)
        check_counted(order, change.item_ids)
        method = method_of(account, change.method_id)
        paid_with = {id for id, amount in order.paid_by().items() if amount > 0}
        if method.kind is not PaymentKind.GIFT_CARD and method.id not in paid_with:
            raise Refused(Why.METHOD, method.id)
        prices = [order.lines[place].price for place in places_of(order, change.item_ids)]
        back = min(sum(prices, Decimal(0)), max(order.paid, Decimal(0)))
        after = order.model_copy(
            update={
                "status": Status.RETURN_REQUESTED,
                "requested": Requested(item_ids=change.item_ids, method_id=method.id),
            }
        )
        moved = [movement(method, -back, later=True)] if back else []
        return planned(change, order, after, account, moved)

    def _exchange(
        self,
        change: ExchangeItems,
        order: Order,
        account: Account,
        variants: Variants,
        now: datetime,
    ) -> Plan:
        self._check_status(order, Status.DELIVERED)
        self._check_in_time(order, now)
        pairs = self.pairs(order, change.swaps, variants)
        difference = difference_of(order, pairs)
        method = method_of(account, change.method_id)
        check_covers(method, difference)
        requested = Requested(
            item_ids=tuple(swap.item_id for swap in change.swaps),
            new_item_ids=tuple(swap.new_item_id for swap in change.swaps),
            method_id=method.id,
            difference=difference,
        )
        after = order.model_copy(
            update={"status": Status.EXCHANGE_REQUESTED, "requested": requested}
        )
        moved = [movement(method, difference, later=True)] if difference else []
        return planned(change, order, after, account, moved, items=items_of(pairs))

    # what a shop's own rules may do otherwise --------------------------------------------------

    def pairs(self, order: Order, swaps: Sequence[Swap], variants: Variants) -> list[Pair]:
        """The lines that swaps mean, and what comes instead, in the order of the swaps.

        Raises:
            Refused: an item is not in the order, or what is to come instead is the same one,
                another product, or not to be had.
        """
        check_counted(order, [swap.item_id for swap in swaps])
        pairs = []
        places = places_of(order, [swap.item_id for swap in swaps])
        for place, swap in zip(places, swaps, strict=True):
            self.check_other(swap)
            product = order.lines[place].product_id
            found = [item for item in variants(product) if item.id == swap.new_item_id]
            if not found or found[0].product_id != product:
                raise Refused(Why.OTHER_PRODUCT, swap.new_item_id)
            if not found[0].available:
                raise Refused(Why.UNAVAILABLE, swap.new_item_id)
            pairs.append((place, found[0]))
        return pairs

    def check_other(self, swap: Swap) -> None:
        """Refuses what is the same before and after."""
        if swap.item_id == swap.new_item_id:
            raise Refused(Why.SAME_ITEM, swap.item_id)

    def lines_after(self, order: Order, pairs: Sequence[Pair]) -> tuple[Line, ...]:
        """The lines of an order once other variants have come instead."""
        instead = dict(pairs)
        return tuple(
            line if place not in instead else instead[place].as_line()
            for place, line in enumerate(order.lines)
        )

    def settled(self, method: PaymentMethod, difference: Decimal) -> list[Moved]:
        """The money that a difference in price moves."""
        return [movement(method, difference)] if difference else []

    # rules -------------------------------------------------------------------------------------

    def _check_status(self, order: Order, *allowed: Status) -> None:
        if order.status not in allowed:
            raise Refused(Why.STATUS, order.status.value)

    def _check_in_time(self, order: Order, now: datetime) -> None:
        if self.return_days is None:
            return
        if order.delivered is None:
            raise Refused(Why.NO_DATE)
        last = order.delivered.date() + timedelta(days=self.return_days)
        # A day ends where the order system's clock says so.
        if now.astimezone(order.delivered.tzinfo).date() > last:
            raise Refused(Why.TOO_LATE, last.isoformat())
