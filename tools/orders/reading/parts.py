"""Two requests in one message: they are served one after the other, each with its own yes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.orders.order import Order
from tools.orders.reading.order_numbers import own_order
from tools.orders.reading.reader import kind_of, plain
from tools.orders.reading.request import Kind

_BETWEEN = re.compile(
    r"(?:[.;。；!！，,]|\b(?:and|then|also|plus|as\s+well\s+as)\b|另外|还有|和|与|以及|跟|并且|然后|同时|再把|也把)+",
    re.IGNORECASE,
)
# Why something is sent back, and that money comes back, are no requests of their own.
_NO_REQUEST = re.compile(
    r"\btoo\s|\bfit|\bwrong\b|太|偏|错|^\W*(?:to\s+)?(?:get\s+)?(?:a\s+|my\s+|the\s+)?(?:full\s+)?"
    r"(?:refund|money)|^\W*退款",
    re.IGNORECASE,
)


def first_request(message: str, orders: Sequence[Order]) -> tuple[str, str]:
    """A message up to its second request, and the rest; the rest is empty where there is one only.

    "Cancel 1001 and return the boots" are two, and so are "cancel 1001 and 1002".

    Args:
        message: the shopper's.
        orders: the shopper's own.
    """
    text = plain(message)
    breaks = list(_BETWEEN.finditer(text))
    starts = [0, *(match.end() for match in breaks)]
    ends = [*(match.start() for match in breaks), len(text)]
    before = [0, *(match.start() for match in breaks)]
    kind: Kind | None = None
    named: str | None = None
    verb = ""
    for start, end, stop in zip(starts, ends, before, strict=True):
        clause = text[start:end]
        quotes: dict[str, str] = {}
        said = kind_of(clause, quotes)
        found = own_order(clause, orders)
        order_id = found[0] if found else None
        asks = said is not None and said.writes and not _NO_REQUEST.search(clause)
        other_order = order_id is not None and named is not None and order_id != named
        if kind is not None and asks and (said is not kind or other_order):
            return message[:stop], message[start:]
        if kind is not None and said is None and other_order:
            return message[:stop], f"{verb} {message[start:]}"
        if kind is None and asks:
            kind, verb = said, quotes["kind"]
        named = named or order_id
    return message, ""
