"""What a reply cites of orders, held against what the desk has."""

from __future__ import annotations

import re

from evals.running.observed import SeenCitation, SeenOrders
from tools.orders.order import Order

_SOURCE = re.compile(r"order:(?P<order>[^#]+)#(?P<field>\w+)")


def cites_order(source: str) -> bool:
    """Whether a source is of an order: ``order:NUMBER#field``."""
    return source.startswith("order:")


def order_citation_fault(citation: SeenCitation, seen: SeenOrders | None) -> str:
    """What is wrong with a citation of an order; empty where nothing is.

    A status, a sum that was paid and an audit record must be those that the desk has; of a day
    that is worked out, only that there is such an order.

    Args:
        citation: ``order:NUMBER#field``.
        seen: the orders after the turn; None where the conversation has none.
    """
    match = _SOURCE.fullmatch(citation.source)
    if match is None or seen is None:
        return f"“{citation.source}” is no source that is known."
    order = next((order for order in seen.after.orders if order.id == match["order"]), None)
    if order is None:
        return f"There is no order “{match['order']}”."
    field = match["field"]
    if field == "audit":
        known = seen.after.audits.get(citation.value) == f"order:{order.id}"
        return "" if known else f"“{citation.value}” is no audit record of {order.id}."
    if field not in Order.model_fields:
        return f"No order has a {field}: {citation.source}."
    held = {"status": order.status.value, "payments": str(order.paid)}.get(field)
    if held is not None and citation.value != held:
        return f"{citation.source} is {held}, not “{citation.value}”."
    return ""
