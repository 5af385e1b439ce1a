"""What is asked for now, and what of it was asked for before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tools.orders.order import Order
from tools.orders.reading.request import OrderRequest

# A request that takes more messages than this has gone astray.
_MOST_MESSAGES = 6
_IT = re.compile(r"\b(?:it|that|this|them|these|those|they)\b|它|这|那", re.IGNORECASE)


def merged(
    said: OrderRequest,
    before: OrderRequest | None,
    orders: Sequence[Order],
    *,
    talked_of: str | None,
    pressed: bool,
) -> OrderRequest:
    """A request with what earlier messages have said of it.

    Args:
        said: what the message itself says.
        before: what was asked for before it and is not settled; None where nothing was.
        orders: the shopper's own.
        talked_of: number of the order that was talked of just before.
        pressed: whether a part of the request was asked for, which the message may give.
    """
    there = {order.id for order in orders}
    said = _pointed(said, before, talked_of if talked_of in there else None)
    if before is not None and before.order_id is not None and before.order_id not in there:
        before = before.model_copy(update={"order_id": None, "item_ids": ()})
    if before is None:
        return said
    changed = said.kind is not None and said.kind is not before.kind
    if changed and said.kind is not None and not said.kind.writes:
        # "Only the account, my orders stay as they are": what was asked for is given all the same.
        if not (pressed and _gives_part(said)):
            return said
        said, changed = said.model_copy(update={"kind": None}), False
    update: dict[str, Any] = {
        "kind": said.kind or before.kind,
        "told": (*before.told, *said.told)[-_MOST_MESSAGES:],
    }
    held = next((o for o in orders if o.id == before.order_id), None)
    other = held is not None and said.item_ids and not held.holds(said.item_ids)
    if said.order_id is None and said.unknown_order is None and not other:
        update["order_id"] = before.order_id
        if not said.item_ids:
            update["unknown_order"] = before.unknown_order
    if not said.item_ids and not said.all_items:
        kept = tuple(id for id in before.item_ids if id not in said.spared)
        update |= {"item_ids": kept, "all_items": before.all_items}
    if not changed:
        for name in ("reason", "method_id", "address"):
            if getattr(said, name) is None:
                update[name] = getattr(before, name)
    return said.model_copy(update=update)


def _pointed(
    said: OrderRequest, before: OrderRequest | None, talked_of: str | None
) -> OrderRequest:
    """A request with the order that "it" means, or that nothing else can mean."""
    if talked_of is None or said.order_id or said.unknown_order or said.item_ids:
        return said
    points = any(_IT.search(message) for message in said.told)
    goes_on = before is None and said.kind is not None and said.kind.writes
    return said.model_copy(update={"order_id": talked_of}) if points or goes_on else said


def _gives_part(said: OrderRequest) -> bool:
    parts = (said.reason, said.method_id, said.address, said.order_id)
    return bool(said.item_ids) or any(part is not None for part in parts)
