"""Amounts of cells, and which of two is the price and which the sale price."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from retrieval.importing.findings import Flaw
from retrieval.importing.notes import Notes
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell
from retrieval.importing.text import strip_hidden
from retrieval.importing.values import as_text
from retrieval.money import MAX_DECIMALS, UnreadablePrice, exact_amount, parse_price

_NEGATIVE = re.compile(r"^\s*[^\d\s]{0,4}\s*[-−]\s*[^\d\s]{0,4}\s*\d[\d.,' ]*[^\d]{0,5}$")


@dataclass(frozen=True)
class Amount:
    """What a price cell tells.

    Attributes:
        value: the amount; None where the cell is blank or cannot be read.
        problem: why it gives no price, where it gives none.
        detail: more on the problem.
    """

    value: Decimal | None
    problem: Reason | None = None
    detail: str = ""


def read_amount(value: Cell, currency: str, divisor: int = 1) -> Amount:
    """Reads a price cell.

    Args:
        value: a number or a text.
        currency: the catalogue's ISO 4217 code; a price in another one is a problem.
        divisor: what the file's amounts are divided by: 100 where they are cents.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            amount = exact_amount(value)
        else:
            text = strip_hidden(as_text(value)).strip()
            if not text:
                if isinstance(value, list | dict | bool):
                    raise UnreadablePrice("it is not a plain value")
                return Amount(None, Reason.NO_PRICE)
            price = parse_price(text, currency=currency)
            if price.currency not in (None, currency):
                return Amount(None, Reason.OTHER_CURRENCY, text)
            amount = price.amount
    except UnreadablePrice as error:
        negative = value < 0 if isinstance(value, int | float) else _is_negative(as_text(value))
        return Amount(
            None, Reason.NEGATIVE_PRICE if negative else Reason.UNREADABLE_PRICE, error.reason
        )
    if divisor != 1:
        amount = (amount / divisor).quantize(Decimal(1).scaleb(-MAX_DECIMALS))
        amount = amount.normalize() if amount % 1 else amount.quantize(Decimal(1))
    return Amount(amount) if amount else Amount(None, Reason.ZERO_PRICE)


def _is_negative(text: str) -> bool:
    return len(text) < 100 and _NEGATIVE.match(text) is not None


PRICE_FLAWS = MappingProxyType(
    {
        Reason.NO_PRICE: Flaw.MISSING_PRICE,
        Reason.ZERO_PRICE: Flaw.ZERO_PRICE,
        Reason.NEGATIVE_PRICE: Flaw.NEGATIVE_PRICE,
        Reason.UNREADABLE_PRICE: Flaw.UNREADABLE_PRICE,
        Reason.OTHER_CURRENCY: Flaw.MIXED_CURRENCY,
    }
)
"""What each reason adds to the file's findings."""


def settle_prices(price: Amount, sale: Amount, notes: Notes) -> tuple[Decimal, Decimal | None]:
    """Price and sale price of a row; what is wrong with them is noted, or refuses the row.

    Returns:
        The price, and the sale price where it is below; an amount of 1 where the row is refused.
    """
    # A list price is often left blank where there is no reduction: that is no fault.
    usual = price.problem is Reason.NO_PRICE and sale.value is not None
    if price.problem is not None and not usual:
        notes.flaws.add(PRICE_FLAWS[price.problem])
    if sale.problem is Reason.NEGATIVE_PRICE or sale.problem is Reason.OTHER_CURRENCY:
        notes.flaws.add(PRICE_FLAWS[sale.problem])
    if price.problem is Reason.OTHER_CURRENCY or sale.problem is Reason.OTHER_CURRENCY:
        foreign, field = (
            (price, "price") if price.problem is Reason.OTHER_CURRENCY else (sale, "sale_price")
        )
        notes.refuse(Reason.OTHER_CURRENCY, field, foreign.detail)
        return Decimal(1), None
    if price.value is None:
        if sale.value is None:
            notes.refuse(price.problem or Reason.NO_PRICE, "price", price.detail)
            return Decimal(1), None
        if not usual:
            notes.mended(Reason.PRICE_FROM_SALE, "price", price.detail)
        return sale.value, None
    if sale.problem in (Reason.UNREADABLE_PRICE, Reason.NEGATIVE_PRICE):
        notes.mended(Reason.SALE_UNREADABLE, "sale_price", sale.detail)
    if sale.value is not None and sale.value > price.value:
        notes.mended(Reason.SALE_ABOVE_PRICE, "sale_price", f"{sale.value} > {price.value}")
        notes.flaws.add(Flaw.SALE_ABOVE_PRICE)
        return price.value, None
    return price.value, sale.value
