"""Whether orders of a suite can be at all: held against the catalogue that they are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evals.checks.wording import Shop
from evals.suite.conversation import Conversation
from evals.suite.orders import OrderAfter, PastOrder


def order_contradictions(conversation: Conversation, shop: Shop) -> Iterator[str]:
    """What cannot be of orders, each with its place: ``, orders: there is no …``.

    A variant that there is not, one that is to come and is sold out or of another product, one
    that is to go back and was never bought.

    Args:
        conversation: of a suite.
        shop: its catalogue.
    """
    variants = {v.sku: (p, v) for p in shop.products.values() for v in p.variants}
    product_of = {sku: product.id for sku, (product, _) in variants.items()}
    for_sale = {
        sku
        for sku, (product, variant) in variants.items()
        if product.availability == variant.availability == "in_stock"
    }
    orders = {order.number: order for order in conversation.orders}
    for order in orders.values():
        for sku in order.skus:
            if sku not in variants:
                yield f", orders: there is no variant {sku}"
    for number, turn in enumerate(conversation.turns, start=1):
        for id, after in (turn.expect.orders or {}).items():
            for told in _turn(orders[id], after, product_of, for_sale):
                yield f", turn {number}: orders: {id}: {told}"


def _turn(
    order: PastOrder, after: OrderAfter, product_of: dict[str, str], for_sale: set[str]
) -> Iterator[str]:
    had = Counter(order.skus)
    returning = Counter(after.returning)
    coming = Counter(after.items) - had + Counter(after.exchanging_for)
    for sku in returning - had:
        yield f"{sku} is not in the order"
    for sku in coming:
        if sku not in product_of:
            yield f"there is no variant {sku}"
        elif sku not in for_sale:
            yield f"{sku} is sold out"
    instead_of = had if after.items is not None else Counter(after.returning)
    came = Counter(after.items) if after.items is not None else Counter(after.exchanging_for)
    if came and _products(came, product_of) != _products(instead_of, product_of):
        yield "another product comes instead"


def _products(skus: Counter[str], product_of: dict[str, str]) -> Counter[str | None]:
    return Counter(product_of.get(sku) for sku in skus.elements())
