"""The parts of an order that a suite can speak of, and whether they are as it wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from evals.suite.orders import OrderAfter
from tools.orders.order import Address, Order

_HELD: Mapping[str, Callable[[Order], object]] = {
    "status": lambda order: order.status,
    "items": lambda order: Counter(line.item_id for line in order.lines),
    "paid_with": lambda order: frozenset(id for id, sum in order.paid_by().items() if sum),
    "address": lambda order: order.address,
    "cancel_reason": lambda order: order.cancel_reason,
    "returning": lambda order: Counter(order.requested.item_ids if order.requested else ()),
    "exchanging_for": lambda order: Counter(
        order.requested.new_item_ids if order.requested else ()
    ),
    "settled_with": lambda order: order.requested.method_id if order.requested else None,
}
PARTS: Sequence[str] = tuple(_HELD)
"""The keys of ``OrderAfter``."""


def held(name: str, order: Order) -> object:
    """A part of an order: lists without their order, whatever the part is.

    Args:
        name: one of ``PARTS``.
        order: as it stands.
    """
    return _HELD[name](order)


def meets(name: str, order: Order, after: OrderAfter) -> bool:
    """Whether a part of an order is as it is wanted; False where nothing is said of it."""
    wanted = getattr(after, name)
    if wanted is None:
        return False
    if name == "address":
        return contains(order.address, wanted)
    now = held(name, order)
    return now == (type(now)(wanted) if isinstance(now, Counter | frozenset) else wanted)


def told(name: str, order: Order) -> str:
    """A part of an order for a reader."""
    now = held(name, order)
    if isinstance(now, Address):
        return line_of(now)
    if isinstance(now, Counter):
        return ", ".join(sorted(now.elements())) or "nothing"
    return (", ".join(sorted(now)) or "nothing") if isinstance(now, frozenset) else str(now)


def contains(address: Address | None, texts: Sequence[str]) -> bool:
    """Whether an address has each of these texts; case, spaces and marks do not count.

    Args:
        address: of an order or of an account.
        texts: of a suite.
    """
    line = _plain(line_of(address))
    return all(_plain(text) in line for text in texts)


def line_of(address: Address | None) -> str:
    """An address on one line."""
    return "" if address is None else " ".join(filter(None, address.model_dump().values()))


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
