"""Orders in words. Every sentence is made from records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assistant.ordering.wording import Wording
from assistant.record_text import plain_text
from assistant.reply import Citation
from tools.orders.change import (
    CancelOrder,
    ChangeAccountAddress,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    ReturnItems,
)
from tools.orders.desk import Moved, Offer, Refused, Returnable
from tools.orders.order import Account, Line, Order


@dataclass(frozen=True)
class Told:
    """Sentences, and the records that they rest on."""

    sentences: tuple[str, ...]
    citations: tuple[Citation, ...] = ()


class Teller(Wording):
    """Sentences on orders in one language. Arguments as for ``Wording``."""

    # orders -------------------------------------------------------------------------------------

    def order(self, order: Order) -> Told:
        """What an order is and where it stands."""
        text = str(self.fixed["order"]).format(
            id=order.id,
            items=self.items(order.lines),
            total=self.money(order.total, order.currency),
            status=self.status(order),
        )
        tracked = [id for shipment in order.shipments for id in shipment.tracking_ids]
        sentences = [text]
        if tracked and order.status.value in self.fixed["tracked"]:
            ids = self.listed([plain_text(id) for id in tracked])
            sentences.append(str(self.fixed["tracking"]).format(ids=ids))
        return Told(tuple(sentences), (cite(order, "status", order.status.value),))

    def status(self, order: Order) -> str:
        """Where an order stands, as the end of a sentence about it."""
        statuses = self.fixed["statuses"]
        if order.status.value == "delivered" and order.delivered is not None:
            return str(statuses["delivered_on"]).format(day=self.day(order.delivered.date()))
        if order.status.value == "cancelled" and order.cancel_reason:
            reason = self.reason(order.cancel_reason)
            return str(statuses["cancelled_for"]).format(reason=reason)
        return str(statuses[order.status.value])

    def reason(self, reason: str) -> str:
        """A reason for cancelling."""
        return str(self.fixed["reasons"].get(reason, plain_text(reason)))

    def paid(self, order: Order, account: Account) -> Told:
        """What was paid for an order, and what went back."""
        sentences = []
        for payment in order.payments:
            name = "refunded" if payment.refund else "was_paid"
            sentences.append(
                str(self.fixed[name]).format(
                    id=order.id,
                    amount=self.money(payment.amount, order.currency),
                    method=self.method(account.method(payment.method_id)),
                )
            )
        if not sentences:
            sentences = [str(self.fixed["nothing_paid"]).format(id=order.id)]
        return Told(tuple(sentences), (cite(order, "payments", str(order.paid)),))

    def returnable(self, order: Order, can: Returnable) -> Told:
        """What of an order can be sent back, and until when."""
        cited = (cite(order, "delivered", can.until or order.status.value),)
        if not can.item_ids:
            if can.until is not None:
                day = self.day(date.fromisoformat(can.until))
                return Told((str(self.fixed["return_over"]).format(id=order.id, day=day),), cited)
            return Told((self.refused_status(order, "return"),), cited)
        lines = [line for line in order.lines if line.item_id in can.item_ids]
        name = "can_return" if can.until else "can_return_any_time"
        day = self.day(date.fromisoformat(can.until)) if can.until else ""
        text = str(self.fixed[name]).format(id=order.id, items=self.items(lines), day=day)
        return Told((text,), cited)

    # offers -------------------------------------------------------------------------------------

    def offer(self, offer: Offer, order: Order | None, account: Account) -> str:
        """Exactly what a change would do, in money too."""
        change = offer.change
        said = self.fixed["offers"]
        swaps = ""
        if isinstance(change, ChangeItems | ExchangeItems) and order is not None:
            pairs = zip(change.swaps, offer.items, strict=True)
            swaps = self.listed(
                [
                    str(self.fixed["swap"]).format(
                        old=self.item(_line(order, swap.item_id)), new=self.item(item)
                    )
                    for swap, item in pairs
                ]
            )
        match change:
            case CancelOrder():
                assert order is not None
                text = said["cancel"].format(
                    id=order.id, items=self.items(order.lines), reason=self.reason(change.reason)
                )
            case ChangeAddress():
                assert order is not None
                text = said["address"].format(id=order.id, address=self.address(change.address))
            case ChangeAccountAddress():
                text = said["account_address"].format(address=self.address(change.address))
            case ChangePayment():
                assert order is not None
                method = self.method(account.method(change.method_id))
                text = said["payment"].format(id=order.id, method=method)
            case ChangeItems():
                assert order is not None
                text = said["items"].format(id=order.id, swaps=swaps)
            case ExchangeItems():
                assert order is not None
                text = said["exchange"].format(id=order.id, swaps=swaps)
            case ReturnItems():
                assert order is not None
                lines = _lines(order, change.item_ids)
                text = said["return"].format(id=order.id, items=self.items(lines))
        currency = order.currency if order else ""
        money = [self.moved(move, currency, account) for move in offer.moved if move.amount]
        if not money and not isinstance(change, ChangeAddress | ChangeAccountAddress):
            money = [str(self.fixed["no_money"])]
        last = []
        if isinstance(change, ChangeItems):
            last = [self.fixed["once"]]
        elif isinstance(change, ExchangeItems | ReturnItems):
            last = [self.fixed["how_to_send"]]
        return str(self.fixed["sentence_join"]).join([text, *money, *last])

    def moved(self, move: Moved, currency: str, account: Account) -> str:
        """Money that a change moves, and when."""
        if move.amount > 0:
            name = "charge_later" if move.later else "charge"
        elif move.later:
            name = "refund_later"
        else:
            name = "refund_now" if move.at_once else "refund"
        return str(self.fixed[name]).format(
            amount=self.money(move.amount, currency),
            method=self.method(account.method(move.method_id)),
        )

    def done(self, offer: Offer) -> str:
        """What has been done, once it has."""
        return str(self.fixed["done"][offer.change.kind]).format(id=offer.order_id or "")

    def refused(self, error: Refused, order: Order | None, asked: str) -> str:
        """Why the desk refuses, as the shopper is told.

        Args:
            error: the refusal.
            order: it is about.
            asked: what was asked for, as ``Kind`` has it.
        """
        why = error.why.value
        if why == "status":
            if order is not None and order.status.value in self.fixed["refused_status"][asked]:
                return self.refused_status(order, asked)
            why = "stale"
        detail = error.detail
        if why == "too_late" and detail:
            try:
                detail = self.day(date.fromisoformat(detail))
            except ValueError:
                detail = plain_text(detail)
        if why == "balance":
            detail = self._amount(detail, order)
        said = self.fixed["refused"][why]
        if isinstance(said, dict):
            said = said.get(asked, said["other"])
        return str(said).format(detail=detail, id=order.id if order else "")

    def _amount(self, detail: str, order: Order | None) -> str:
        """An amount as the desk names it, or as it is called where that is none."""
        try:
            if order is not None:
                return self.money(Decimal(detail), order.currency)
        except ArithmeticError:
            pass  # an order system may write anything there
        return str(self.fixed["the_amount"])

    def refused_status(self, order: Order, asked: str) -> str:
        """That an order's status does not allow what is asked for, and what it does allow."""
        text = str(self.fixed["refused_status"][asked][order.status.value])
        return text.format(id=order.id, status=self.status(order))


def cite(order: Order, field: str, value: str) -> Citation:
    """The record that a sentence on an order rests on."""
    return Citation(marker=order.id, source=f"order:{order.id}#{field}", value=value)


def _line(order: Order, item_id: str) -> Line:
    return next(line for line in order.lines if line.item_id == item_id)


def _lines(order: Order, item_ids: Sequence[str]) -> list[Line]:
    return [_line(order, id) for id in item_ids]
