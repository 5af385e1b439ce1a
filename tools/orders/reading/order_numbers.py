"""The numbers in a message that may be an order's, however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tools.orders.order import Order

# "Order no. SG-1001", "订单号是SG-1001", "#1001", "w55-012". What is part of a longer word, of an
# e-mail or of a decimal number is none.
_NUMBER = re.compile(
    r"(?:(?P<label>(?<![A-Za-z])order(?:\s+(?:number|no\.?|id))?\s*(?:is\b|:)?\s*"
    r"|订单号?(?:是|为|：|:)?\s*|单号(?:是|为|：|:)?\s*)|(?<![A-Za-z\d@.-]))"
    r"(?P<number>(?P<hash>#\s?)?(?P<letters>[A-Za-z]{0,4})-?(?P<rest>\d[A-Za-z\d-]{0,40}))"
    r"(?![A-Za-z\d@])",
    re.IGNORECASE,
)
# Fewer digits alone are a size, a price, a day.
_FEWEST = 4
# Where a number was asked for, it may be shorter.
_FEWEST_ASKED = 3
# Longer words before a number make a name: "Pegasus 41", "UTMB2024".
_MOST_LETTERS, _MOST_LETTERS_ASKED = 3, 4


@dataclass(frozen=True)
class OrderNumber:
    """A number that may be an order's.

    Attributes:
        text: as it is written.
        labelled: whether it is called an order's, or has a ``#`` before it.
        letters: how many letters it begins with.
        rest: what follows on them.
    """

    text: str
    labelled: bool
    letters: int
    rest: str

    @cached_property
    def bare(self) -> str:
        """Its letters and digits."""
        return bare(self.text)

    @cached_property
    def digits(self) -> str:
        """Its digits."""
        return re.sub(r"\D", "", self.bare)

    @property
    def length(self) -> int:
        """How many letters and digits it has from its first digit on."""
        return len(bare(self.rest))


def order_numbers(text: str) -> Iterator[OrderNumber]:
    """All numbers in a text that may be an order's, in their order.

    Args:
        text: in simplified characters.
    """
    for match in _NUMBER.finditer(text):
        yield OrderNumber(
            match["number"].strip(),
            match["label"] is not None or match["hash"] is not None,
            len(match["letters"]),
            match["rest"],
        )


def own_order(text: str, orders: Sequence[Order]) -> tuple[str, str] | None:
    """The shopper's own order whose number a text gives: its id, and how it is written.

    Of a number with letters the digits alone will do, where no other order has them.

    Args:
        text: in simplified characters.
        orders: the shopper's own.
    """
    own = {bare(order.id): order.id for order in orders}
    by_digits: dict[str, list[str]] = {}
    for plain, id in own.items():
        by_digits.setdefault(re.sub(r"\D", "", plain), []).append(id)
    for number in order_numbers(text):
        if number.bare in own:
            return own[number.bare], number.text
        same = by_digits.get(number.digits, [])
        all_digits = number.bare == number.digits and len(number.digits) >= _FEWEST
        if all_digits and len(same) == 1:
            return same[0], number.text
    return None


def labelled_number(text: str) -> str | None:
    """A number that a text calls an order's, whosever it is."""
    return next((n.text for n in order_numbers(text) if n.labelled and n.length >= _FEWEST), None)


def coded_number(text: str) -> str | None:
    """A number with letters before it, which is an order's where something is done with it.

    Args:
        text: without the names of products, some of which look alike.
    """
    return next(
        (
            number.text
            for number in order_numbers(text)
            if 0 < number.letters <= _MOST_LETTERS and _is_code(number, _FEWEST)
        ),
        None,
    )


def asked_number(text: str) -> str | None:
    """The number that answers the question which order it is.

    Args:
        text: without what answers other questions: e-mail, postcode.
    """
    for number in order_numbers(text):
        if number.labelled and number.length >= _FEWEST_ASKED:
            return number.text
        letters = 0 < number.letters <= _MOST_LETTERS_ASKED
        if letters and _is_code(number, _FEWEST_ASKED):
            return number.text
    return None


def bare(id: str) -> str:
    """The letters and digits of an order's number, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", id.upper())


def _is_code(number: OrderNumber, fewest: int) -> bool:
    return number.rest.isdigit() and len(number.rest) >= fewest
