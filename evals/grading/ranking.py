"""Who comes first among products, by what their records say."""

from __future__ import annotations

from collections.abc import Sequence

from evals.grading.phrases import Order
from retrieval.product import Product


def value_of(product: Product, field: str) -> float | None:
    """What a record holds for a field of an order, in its own unit."""
    if field == "price":
        return float(product.effective_price)
    if field in {"rating", "rating_count"}:
        value = product.rating if field == "rating" else product.rating_count
        return None if value is None else float(value)
    found = next((v for n, v in product.attributes.items() if n.partition("_")[0] == field), None)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def best_of(products: Sequence[Product], order: Order) -> Product | None:
    """The first of some products; none where no record tells."""
    valued = [p for p in products if value_of(p, order.field) is not None]
    sign = 1 if order.order == "asc" else -1
    return min(valued, key=lambda p: sign * (value_of(p, order.field) or 0.0), default=None)


def comes_first(product: Product, products: Sequence[Product], order: Order, places: int) -> bool:
    """Whether a product is first, or tied for it, among others that need not include it."""
    own = value_of(product, order.field)
    if own is None:
        return False
    sign = 1 if order.order == "asc" else -1
    ahead = sum(
        1
        for other in products
        if (value := value_of(other, order.field)) is not None and sign * value < sign * own - 1e-9
    )
    return ahead < places
