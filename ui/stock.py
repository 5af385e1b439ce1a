"""What of a product is there: its stock and its sizes."""

from __future__ import annotations

import re
from html import escape

from retrieval.product import Product
from ui.names import Names


def availability(product: Product, names: Names) -> str:
    """Whether it can be had, in words.

    Args:
        product: the record.
        names: give the language.
    """
    texts = names.texts.availability
    if product.availability in ("preorder", "backorder"):
        return texts[product.availability]
    return texts["in_stock" if in_stock(product) else "out_of_stock"]


def in_stock(product: Product) -> bool:
    """Whether any of it is there."""
    if product.availability == "out_of_stock":
        return False
    return not product.variants or any(v.availability != "out_of_stock" for v in product.variants)


def stock_html(product: Product, names: Names, *, lit: bool = False) -> str:
    """Its stock, and its sizes, those that are sold out struck through.

    Args:
        product: the record.
        names: give the language.
        lit: whether an answer rests on it.
    """
    there = in_stock(product)
    word = f'<span class="sg-stock-word">{escape(availability(product, names))}</span>'
    sizes = "".join(_size(size, has and there, names) for size, has in sizes_of(product))
    if sizes:
        label = escape(names.texts.sizes)
        sizes = f'<ul class="sg-sizes" aria-label="{label}">{sizes}</ul>'
    kind = f"sg-stock {'sg-there' if there else 'sg-gone'}{' sg-lit' if lit else ''}"
    return f'<div class="{kind}">{word}{sizes}</div>'


def sizes_of(product: Product) -> list[tuple[str, bool]]:
    """Each size, smallest first, with whether one of it is in stock in any colour.

    Args:
        product: the record.
    """
    sizes: dict[str, bool] = {}
    for variant in product.variants:
        if variant.size:
            has = variant.availability == "in_stock"
            sizes[variant.size] = sizes.get(variant.size, False) or has
    return sorted(sizes.items(), key=lambda item: _by_number(item[0]))


def _size(size: str, there: bool, names: Names) -> str:
    if there:
        return f'<li dir="auto">{escape(size)}</li>'
    said = escape(names.texts.availability["out_of_stock"])
    gone = f'<s dir="auto">{escape(size)}</s><span class="sg-hidden"> {said}</span>'
    return f'<li class="sg-sold-out">{gone}</li>'


def _by_number(size: str) -> tuple[float, str]:
    """Sizes in the order of their numbers; those without one as they are written."""
    match = re.search(r"\d+(?:\.\d+)?", size)
    return (float(match.group()) if match else 0.0, size)
