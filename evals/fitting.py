"""The products that meet a suite's conditions, worked out once for each set of conditions."""

from __future__ import annotations

from functools import lru_cache

from evals.predicates import Predicate, can_be_bought, meets
from evals.wording import Shop
from retrieval.product import Product


@lru_cache(maxsize=512)
def fitting(shop: Shop, conditions: tuple[str, ...]) -> tuple[Product, ...]:
    """All products that can be bought and meet all conditions.

    Kept, because every turn of every attempt and system asks the same of a catalogue.

    Args:
        shop: the catalogue.
        conditions: as a suite writes them.
    """
    predicates = [Predicate.parse(text) for text in conditions]
    return tuple(
        product
        for product in shop.products.values()
        if can_be_bought(product) and meets(product, predicates)
    )
