"""Numbers that go on from a price said before: its currency, and what it bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from retrieval.index import CatalogueIndex
from tools.reading.amounts import Amount, Bound, read_amounts
from tools.reading.currencies import SIGN, currency_of, read_currency
from tools.reading.fact import HeldWish
from tools.reading.numbers import NUMBER, read_number
from tools.reading.quotes import Span

# "Ok, 130 then", "那130吧": a number and nothing else that says what it counts.
_ANSWER = re.compile(
    r"\W*(?:(?:(?:ok(?:ay)?|k|fine|well|hm+|um+|alright|all\s+right|right|yes|yeah|yep|sure|then|so|and|but|maybe|perhaps|"
    r"what\s+about|how\s+about|let['’]?s\s+(?:say|do|try|make\s+it|go\s+(?:with|for))|say|try|make\s+(?:it|that)|with|for|i\s+(?:can|could)\s+do|"
    r"would|will|does|do|is|in\s+that\s+case|if\s+i\s+must)\b"
    r"|好的?|行|可以|嗯+|哦|噢|那么?|就|要不|要么|不然|或者|试试|看看|吧|呢|啊|也行|没事)\W*)*"
    rf"(?P<sign>{SIGN})?\s*(?P<number>{NUMBER})\s*(?P<after>{SIGN})?"
    r"\W*(?:(?:(?:then|please|pls|ok(?:ay)?|fine|is\s+(?:ok(?:ay)?|fine|good|alright)|would\s+(?:do|work|be\s+(?:ok(?:ay)?|fine))|work(?:s)?|will\s+do|instead|if\s+i\s+must|i\s+guess|i\s+suppose)\b"
    r"|吧|呢|也|就|都|可以|行|好了?|的|啊|呀|嘛|试试|看看|怎么样|如何|吗|有吗|有没有)\W*)*",
    re.IGNORECASE,
)
# A number this many times less or more than the price before is another thing's.
_NEAR = Decimal(5)
_LONGEST = 60


def held_currency(held: Sequence[HeldWish]) -> str | None:
    """The currency that the last price was said in; None where it was a bare number."""
    said = [amount.currency for wish in _prices(held) for amount in read_amounts(wish.quote)]
    return next((currency for currency in reversed(said) if currency), None)


def answered_price(
    message: str, held: Sequence[HeldWish], rates: Mapping[str, Decimal], index: CatalogueIndex
) -> Amount | None:
    """The price that a message of a number alone puts in the place of the one before.

    It bounds what that one bounded: after "max 80 dollars", "ok, 130 then" is at most 130.

    Args:
        message: as the shopper wrote it.
        held: the wishes that hold.
        rates: how many units of a currency one unit of the catalogue's is worth.
        index: the catalogue, whose sizes are no prices.

    Returns:
        None where the message says more, no price is held, or the number is not of its size.
    """
    prices = _prices(held)
    match = _ANSWER.fullmatch(message) if len(message) <= _LONGEST else None
    number = read_number(match["number"]) if match and prices else None
    if match is None or number is None or number.counts:
        return None
    written = read_currency(match["sign"] or match["after"])
    sizes = {str(size) for size in index.vocabulary.values("size")}
    if written is None and match["number"] in sizes:
        return None
    meant = currency_of(written or held_currency(held), index.currency)
    rate = Decimal(1) if meant == index.currency else rates.get(meant)
    values = [Decimal(str(w.value)) for w in prices]
    if rate is None or not any(v / _NEAR <= number.value / rate <= v * _NEAR for v in values):
        return None
    sides = {wish.op[0] for wish in prices}
    bound: Bound = "~" if sides == {"<", ">"} else "<=" if "<" in sides else ">="
    start = match.start("sign") if match["sign"] else match.start("number")
    end = match.end("after") if match["after"] else match.end("number")
    return Amount(number.value, None, bound, written, None, Span(start, end))


def _prices(held: Sequence[HeldWish]) -> list[HeldWish]:
    return [w for w in held if w.field == "price" and isinstance(w.value, float | int)]
