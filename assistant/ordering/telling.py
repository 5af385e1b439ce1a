"""Orders in words. Every sentence is made from records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date

from assistant.record_text import plain_text
from assistant.reply import Citation, Language
from prompts import order_phrases
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.text import has_cjk
from retrieval.vocabulary import Term
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
from tools.orders.order import Account, Address, Item, Line, Order, PaymentKind, PaymentMethod
from tools.orders.reading.goods import Goods

_BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "paypal": "PayPal",
    "alipay": "Alipay",
    "wechat": "WeChat Pay",
    "wechat pay": "WeChat Pay",
    "unionpay": "UnionPay",
}


@dataclass(frozen=True)
class Told:
    """Sentences, and the records that they rest on."""

    sentences: tuple[str, ...]
    citations: tuple[Citation, ...] = ()


class Teller:
    """Words for orders in one language.

    Args:
        language: of the shopper.
        index: the catalogue, for names in that language.
    """

    def __init__(self, language: Language, index: CatalogueIndex) -> None:
        self.language = language
        self.fixed: dict[str, Any] = order_phrases(language)
        self._index = index
        self._goods = Goods(index)

    # parts --------------------------------------------------------------------------------------

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount, never below zero."""
        return format_price(abs(amount), currency, self.language)

    def item(self, line: Line | Item) -> str:
        """A thing with what tells it from others of its kind."""
        as_line = line if isinstance(line, Line) else line.as_line()
        title = plain_text(self._goods.title(as_line, self.language)) or as_line.product_id
        options = self.options(line.options)
        return str(self.fixed["item"]).format(title=title, options=options) if options else title

    def options(self, options: dict[str, str]) -> str:
        """The options of a variant, each as it is called in this language."""
        shown = []
        for name, value in options.items():
            told = plain_text(self._index.vocabulary.display(Term(name, value), self.language))
            pattern = self.fixed["options"].get(name, self.fixed["options"]["other"])
            label = self._index.vocabulary.label(name, self.language)
            shown.append(str(pattern).format(name=label, value=told))
        return str(self.fixed["join"]).join(shown)

    def items(self, lines: Iterable[Line | Item]) -> str:
        """Several things."""
        counts = Counter(self.item(line) for line in lines)
        pattern = str(self.fixed["several"])
        return self.listed(
            [pattern.format(count=n, item=name) if n > 1 else name for name, n in counts.items()]
        )

    def listed(self, parts: Sequence[str]) -> str:
        """ "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        return str(self.fixed["join"]).join(parts[:-1]) + str(self.fixed["and"]) + parts[-1]

    def either(self, parts: Sequence[str]) -> str:
        """ "a or b"; with commas in them, or more of them, told apart by more than that."""
        words = self.fixed["either"]
        *before, last = parts
        if not before:
            return last
        plain = len(parts) == 2 and str(self.fixed["join"]).strip() not in "".join(parts)
        pattern = words["two"] if plain else words["more"]
        return str(pattern).format(first=str(words["between"]).join(before), last=last)

    def address(self, address: Address) -> str:
        """An address in one line, as it is written in the country's way."""
        if self.language == "zh" and has_cjk(address.line1 + address.city):
            # A town that is a country or a region too is named once.
            named = [address.country] if has_cjk(address.country) else []
            for name in (address.region, address.city):
                if not any(larger.endswith(name) for larger in named):
                    named.append(name)
            country = "" if has_cjk(address.country) else f"，{address.country}"
            line = f"{''.join(named)}{address.line1}{address.line2}"
            return f"{line}（{address.postcode}{country}）"
        place = " ".join(filter(None, (address.region, address.postcode)))
        parts = (address.line1, address.line2, address.city, place, address.country)
        return ", ".join(filter(None, parts))

    def method(self, method: PaymentMethod | None) -> str:
        """A way of paying, with no more digits than tell it from others."""
        if method is None:
            return str(self.fixed["method_unknown"])
        name = _BRANDS.get(method.brand.casefold(), plain_text(method.brand))
        pattern = self.fixed["methods"][method.kind.value]
        if method.kind is PaymentKind.CARD and not method.last_four:
            pattern = self.fixed["methods"]["card_plain"]
        if self.language == "zh":
            name = self.fixed["brands"].get(name, name)
        return str(pattern).format(brand=name or self.fixed["card"], last_four=method.last_four)

    def day(self, day: date) -> str:
        """A day."""
        locale = "zh_CN" if self.language == "zh" else "en_US"
        return str(format_date(day, format="long", locale=locale))

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
