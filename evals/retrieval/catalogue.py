"""Large catalogues made from a small one: real products, each changed a little.

They have the sizes, words and prices of real goods and none of them is sold anywhere. Tables made
with them must say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np

from retrieval.product import AttributeValue, Availability, Product

_ATTRIBUTES = 12
_PRICE_SPREAD = 0.5
_IN_STOCK = 0.85
_RATED = 0.7
_DIGITS = re.compile(r"\d")
_MODEL = re.compile(r"(?=\S*\d)(?=\S*[A-Za-z])\S{5,}")


def synthetic_products(products: Sequence[Product], count: int, seed: int) -> Iterator[Product]:
    """Products made by changing real ones.

    Product ``i`` is made from ``products[i % len(products)]``, as ``perturbed_vectors`` does with
    their vectors. Each has a new id, a word of the title dropped or taken from another product of
    the same category (or brand, where there is no category), new digits in half of the model
    numbers, a price scaled by a lognormal factor, a rating and stock drawn, and at most 12
    attributes.

    Args:
        products: the real ones.
        count: how many are made.
        seed: of everything drawn; the same seed gives the same products, whatever ``count`` is.
    """
    random = np.random.default_rng(seed)
    kin: dict[str, list[int]] = {}
    for row, product in enumerate(products):
        kin.setdefault(_kind(product), []).append(row)
    for number in range(count):
        product = products[number % len(products)]
        others = kin[_kind(product)]
        other = products[others[int(random.integers(len(others)))]]
        factor = float(random.lognormal(0.0, _PRICE_SPREAD))
        stock: Availability = "in_stock" if random.random() < _IN_STOCK else "out_of_stock"
        rated = random.random() < _RATED
        yield product.model_copy(
            update={
                "id": f"p{number:07d}",
                "title": _title(product.title, other.title, random),
                "price": max(Decimal("0.01"), (product.price * Decimal(factor)).quantize(_CENT)),
                "sale_price": None,
                "availability": stock,
                "rating": round(float(random.uniform(2.5, 5.0)), 1) if rated else None,
                "rating_count": int(random.integers(1, 2_000)) if rated else None,
                "attributes": _some(product.attributes, random),
            }
        )


_CENT = Decimal("0.01")


def _kind(product: Product) -> str:
    return " > ".join(product.category) or product.brand or ""


def _title(title: str, other: str, random: np.random.Generator) -> str:
    words = title.split()
    place = int(random.integers(len(words)))
    if len(words) > 2 and random.random() < 0.5:
        del words[place]
    else:
        theirs = other.split()
        words[place] = theirs[int(random.integers(len(theirs)))]
    return " ".join(
        _renumbered(word, random) if _MODEL.fullmatch(word) and random.random() < 0.5 else word
        for word in words
    )[:500]


def _renumbered(word: str, random: np.random.Generator) -> str:
    """Other digits in the same places: a million products have more model numbers than these."""
    return _DIGITS.sub(lambda _: str(int(random.integers(10))), word)


def _some(
    attributes: dict[str, AttributeValue], random: np.random.Generator
) -> dict[str, AttributeValue]:
    if len(attributes) <= _ATTRIBUTES:
        return attributes
    names = list(attributes)
    kept = sorted(random.choice(len(names), _ATTRIBUTES, replace=False).tolist())
    return {names[place]: attributes[names[place]] for place in kept}
