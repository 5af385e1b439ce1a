"""The fields on which products differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from retrieval.fields import key
from retrieval.index import CatalogueIndex
from retrieval.product import Product, Variant
from tools.ranking import Sort, field_number
from tools.standing import Standing

VARIED = ("size", "color")
"""Fields of which the stock is compared. It differs between nearly any two products."""

_WEIGHT = re.compile(r"(?:^|_)weight(?:_(?:g|kg|lb|oz))?$")
_MEASURED = re.compile(r"_(?:g|kg|lb|oz|mm|cm|in|inch|ml|l|gb|mah|hz|percent)$")
# The title tells them, or the row of the rating; they get a row only where the need names them.
_TOLD_ELSEWHERE = frozenset({"brand", "category", "rating_count"})

Held = float | bool | tuple[str, ...]
"""What a record holds of a field: a number, a truth value, or texts."""


class Row(BaseModel):
    """A field on which products differ.

    Attributes:
        values: by product; None where the record does not say. ``size`` and ``color`` hold what
            is in stock.
        best: position of the one product that is better than all others in this field; None
            where none is, or where more or less is neither better nor worse.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    values: tuple[Held | None, ...]
    best: int | None = None


def is_weight(field: str) -> bool:
    """Whether a field tells how heavy the product itself is."""
    return _WEIGHT.search(field) is not None


def direction(field: str, sort: Sort | None = None) -> int:
    """Which way a number is better: 1 for more, -1 for less, 0 where neither is.

    Args:
        field: the field.
        sort: the extreme that is asked for; it says which way its own field is better.
    """
    if sort is not None and sort.field == field:
        return 1 if sort.direction == "desc" else -1
    if field == "rating":
        return 1
    return -1 if field == "price" or is_weight(field) else 0


def held(product: Product, field: str) -> Held | None:
    """What a record holds of a field, sizes and colours only as far as they are in stock.

    Returns:
        None where the record does not say.
    """
    number = field_number(product, field)
    if number is not None:
        return number
    if field == "in_stock":
        if product.variants:
            return any(in_stock(product, variant) for variant in product.variants)
        return product.availability == "in_stock"
    if field == "on_sale":
        return product.on_sale
    if field == "brand":
        return (product.brand,) if product.brand else None
    if field == "category":
        return product.category or None
    if field in VARIED and product.variants:
        made = [(v.size if field == "size" else v.color, v) for v in product.variants]
        if not any(value for value, _ in made):
            return None
        return tuple(dict.fromkeys(value for value, v in made if value and in_stock(product, v)))
    values = product.values(field)
    if len(values) == 1 and isinstance(values[0], bool):
        return values[0]
    return tuple(str(value) for value in values) or None


def in_stock(product: Product, variant: Variant) -> bool:
    """Whether a variant is there now; what can only be ordered in advance is not."""
    return product.availability == variant.availability == "in_stock"


def comparable(value: Held) -> frozenset[str]:
    """What two values of a field are compared by; the order of texts does not count."""
    return frozenset(key(v) for v in (value if isinstance(value, tuple) else (value,)))


def telling(index: CatalogueIndex, field: str) -> bool:
    """Whether a field means something to a shopper.

    The shop has a word for it, it is a measure with its unit, or its values recur: what is
    another value with each product is a number of the maker's.
    """
    vocabulary = index.vocabulary
    if field in vocabulary.labels() or field in VARIED:
        return True
    if field in vocabulary.numeric_fields:
        return is_weight(field) or _MEASURED.search(field) is not None
    return 0 < len(vocabulary.values(field)) <= max(2, len(index) / 2)


def differences(
    index: CatalogueIndex,
    products: Sequence[Product],
    *,
    named: Iterable[str] = (),
    standings: Sequence[Standing] = (),
    sort: Sort | None = None,
) -> list[Row]:
    """Every field on which products differ, what tells most first.

    Fields that the need names come first, then price and rating, then those that the shop has a
    word for, then other attributes; the sizes and colours in stock come last. Where one record
    says something and the others are silent, that too is a difference, told after the others of
    its kind.

    Args:
        index: the catalogue.
        products: two or more.
        named: the fields that the need names.
        standings: how each product stands to the need, in the same order.
        sort: the extreme that is asked for.
    """
    named = list(dict.fromkeys(f for f in named if f not in ("id", "title", "title_zh")))
    labels = list(index.vocabulary.labels())
    attributes = [name for p in products for name in p.attributes]
    rest = [f for f in (*labels, *attributes) if f not in (*VARIED, *_TOLD_ELSEWHERE)]
    fields = dict.fromkeys([*named, "price", "rating", *rest, *VARIED])
    rows: list[tuple[int, Row]] = []
    for field in fields:
        values = tuple(held(product, field) for product in products)
        told = {comparable(value) for value in values if value is not None}
        silent = any(value is None for value in values)
        if not told or len(told) + silent < 2:
            continue
        if field in named:
            group = 0
        elif field in ("price", "rating"):
            group = 1
        elif field in VARIED:
            group = 6
        elif telling(index, field):
            group = 2 + 2 * (field not in labels) + (len(told) < 2)
        else:
            continue
        best = _best(field, values, standings, sort)
        rows.append((group, Row(field=field, values=values, best=best)))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _best(
    field: str,
    values: Sequence[Held | None],
    standings: Sequence[Standing],
    sort: Sort | None,
) -> int | None:
    way = direction(field, sort)
    if way:
        numbers = sorted(
            (-way * value, at)
            for at, value in enumerate(values)
            if isinstance(value, float) and not isinstance(value, bool)
        )
        first = len(numbers) > 1 and numbers[0][0] < numbers[1][0]
        return numbers[0][1] if first else None
    # Where the need asks something of the field: the one product that meets it.
    meeting = [standing.meets(field) for standing in standings]
    return meeting.index(True) if meeting.count(True) == 1 else None
