"""What of a product can be filtered by: its values, numbers and variants."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.conditions import Scalar
from retrieval.product import Product
from retrieval.text import normalise

VARIANT_FIELDS = frozenset({"size", "color", "sku"})
TEXT_FIELDS = ("title", "title_zh", "description")
_STOCKED = frozenset({"in_stock", "preorder", "backorder"})
# An attribute of such a name says nothing of the field.
_OWN = frozenset(
    {"id", "currency", "availability", "on_sale", "price", "rating", "rating_count", "in_stock"}
)


def key(value: Scalar) -> str:
    """What two values are compared by: text without case or width, numbers without ``.0``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        # Fifteen digits tell any two prices apart; the sum leaves no minus before a zero.
        return f"{value + 0.0:.15g}"
    text = normalise(value)
    return {"true": "yes", "false": "no"}.get(text, text)


def numbers_of(product: Product) -> Iterator[tuple[str, float]]:
    """The fields that have an order, with their numbers."""
    yield "price", float(product.effective_price)
    if product.rating is not None:
        yield "rating", product.rating
    if product.rating_count is not None:
        yield "rating_count", float(product.rating_count)
    for name, value in product.attributes.items():
        if isinstance(value, float) and name not in _OWN:
            yield name, value


def values_of(product: Product) -> Iterator[tuple[str, Scalar]]:
    """The fields of the product itself, with each of their values."""
    yield "id", product.id
    yield "currency", product.currency
    yield "availability", product.availability
    yield "on_sale", product.on_sale
    yield "price", float(product.effective_price)
    if product.rating is not None:
        yield "rating", product.rating
    if product.rating_count is not None:
        yield "rating_count", float(product.rating_count)
    if product.brand:
        yield "brand", product.brand
    for step in product.category:
        yield "category", step
    for name in product.attributes:
        if name not in _OWN and (name not in VARIANT_FIELDS or not product.variants):
            for value in product.values(name):
                yield name, value


def variants_of(product: Product) -> Iterator[dict[str, Scalar]]:
    """The variant fields of each variant; of a product without any, as if it were its only one."""
    if not product.variants:
        colors = [str(v) for v in product.values("color")] or [""]
        sizes = [str(v) for v in product.values("size")] or [""]
        for color in colors:
            for size in sizes:
                fields: dict[str, Scalar] = {"in_stock": product.availability in _STOCKED}
                if color:
                    fields["color"] = color
                if size:
                    fields["size"] = size
                yield fields
        return
    every_size, every_color = product.values("size"), product.values("color")
    for variant in product.variants:
        stocked = product.availability in _STOCKED and variant.availability in _STOCKED
        fields = {"sku": variant.sku, "in_stock": stocked}
        # What the product is in one of only, its variants are in too.
        for name, own, common in (
            ("size", variant.size, every_size),
            ("color", variant.color, every_color),
        ):
            if own is not None:
                fields[name] = own
            elif len(common) == 1:
                fields[name] = str(common[0])
        yield fields


def variant_prices_of(product: Product) -> Iterator[float]:
    """What is paid for each of ``variants_of``, in their order."""
    paid = float(product.effective_price)
    if not product.variants:
        yield from (paid for _ in variants_of(product))
        return
    for variant in product.variants:
        # The list price of a variant is reduced with that of the product.
        listed = variant.price is None or variant.price == product.price
        yield paid if listed else float(variant.price or 0)
