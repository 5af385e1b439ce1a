"""Conditions as suites write them, held against a product by plain code of the grader's own.

Nothing here is shared with the search or the gate: a mistake there must not hide itself here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast, get_args

from retrieval.product import Product

PredicateOp = Literal["=", "!=", "<", "<=", ">", ">="]

_TEXT = re.compile(r"\s*([\w.]+)\s*(<=|>=|!=|=|<|>)\s*(.*\S)\s*", re.DOTALL)
OPERATOR_SIGNS = "<>=!≤≥≠"
"""What no value begins with: ``price=<100`` is a slip for ``price<=100``."""
_CODE = re.compile(r"0\d.*|\d{16,}")  # digits that are a name: as a number it would be another's
COLUMNS = frozenset(
    "price category size color in_stock on_sale id brand title title_zh currency rating "
    "rating_count".split()
)
"""The fields of every record that ``values_of`` reads; all others are attributes."""
_VARIANT_FIELDS = ("size", "color")
_BUYABLE = ("in_stock", "preorder", "backorder")
_WORDS = {"yes": "true", "no": "false"}
_FOR_BOTH = {"men": "unisex", "women": "unisex"}
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True)
class Predicate:
    """One condition: a field, an operator, and values of which any will do.

    With ``!=`` none of the values may hold. A record that does not say a number meets no order.
    """

    field: str
    op: PredicateOp
    values: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Predicate:
        """Reads ``field op value|value``.

        Raises:
            ValueError: the text is not of that form, a value begins with an operator, or an order
            is not against one number.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no condition of the form FIELD OP VALUE|VALUE")
        field, op, rest = match.groups()
        values = tuple(part.strip() for part in rest.split("|"))
        if not all(values):
            raise ValueError(f"{text!r} has an empty value")
        if any(value[0] in OPERATOR_SIGNS for value in values):
            raise ValueError(f"{text!r} has a value that begins with an operator")
        if op in _ORDERS and (len(values) != 1 or read_number(values[0]) is None):
            raise ValueError(f"{text!r} holds an order against something else than one number")
        assert op in get_args(PredicateOp)
        return cls(field, cast("PredicateOp", op), values)

    def __str__(self) -> str:
        return f"{self.field}{self.op}{'|'.join(self.values)}"


def meets(product: Product, predicates: Iterable[Predicate]) -> bool:
    """Whether a product meets all conditions.

    Size and colour are asked of one variant that can be bought: a white one in 42, not a white
    one and a 42.
    """
    predicates = list(predicates)
    of_variant = [p for p in predicates if p.field in _VARIANT_FIELDS]
    others = [p for p in predicates if p.field not in _VARIANT_FIELDS]
    if not all(_holds(p, values_of(product, p.field)) for p in others):
        return False
    if not of_variant:
        return True
    return any(
        all(_holds(p, [variant[p.field]] if p.field in variant else []) for p in of_variant)
        for variant in _buyable(product)
    )


def unmet(product: Product, predicates: Iterable[Predicate]) -> list[Predicate]:
    """The conditions that a product fails, for a reader; those of a variant fail together."""
    predicates = list(predicates)
    failed = [p for p in predicates if not meets(product, [p])]
    if not failed and not meets(product, predicates):
        failed = [p for p in predicates if p.field in _VARIANT_FIELDS]
    return failed


def can_be_bought(product: Product) -> bool:
    """Whether any size and colour of it can be ordered."""
    return bool(_buyable(product))


def values_of(product: Product, field: str) -> list[Any]:
    """What the record says of a field; empty where it says nothing."""
    match field:
        case "price":
            sale = product.sale_price
            return [float(product.price if sale is None else sale)]
        case "category":
            return list(product.category)
        case "size" | "color":
            return [v[field] for v in _buyable(product) if field in v]
        case "in_stock":
            return [can_be_bought(product)]
        case "on_sale":
            return [product.sale_price is not None and product.sale_price < product.price]
        case "id" | "brand" | "title" | "title_zh" | "currency" | "rating" | "rating_count":
            value = getattr(product, field)
            return [] if value is None else [value]
    held = product.attributes.get(field.removeprefix("attributes."))
    if held is None:
        return []
    return list(held) if isinstance(held, list) else [held]


def best(products: Sequence[Product], field: str, direction: str) -> list[Product]:
    """Those with the least (``asc``) or greatest (``desc``) number of a field; ties are all there.

    A record that does not say the number is left out.
    """
    told = [
        (number, product)
        for product in products
        if (number := _first_number(product, field)) is not None
    ]
    if not told:
        return []
    extreme = (min if direction == "asc" else max)(number for number, _ in told)
    return [product for number, product in told if number == extreme]


def plain_value(value: Any) -> str:
    """Text without case, a truth value as a word, a number without needless zeros.

    A code that is written in digits (``0042``, a barcode of many places) stays what it is.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    number = None if isinstance(value, str) else read_number(value)
    return _plain(str(value)) if number is None else f"{number:.15g}"


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """Records repeat few texts very often."""
    small = " ".join(text.casefold().split())
    number = read_number(text)
    if number is not None and not _CODE.fullmatch(small):
        return f"{number:.15g}"
    return _WORDS.get(small, small)


def read_number(value: Any) -> float | None:
    """A finite number, or a text that is one; None for all else, truth values too."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if number - number == 0 else None  # not infinite, not NaN


def _first_number(product: Product, field: str) -> float | None:
    return next((n for v in values_of(product, field) if (n := read_number(v)) is not None), None)


def _holds(predicate: Predicate, held: Sequence[Any]) -> bool:
    if predicate.op in _ORDERS:
        bound = read_number(predicate.values[0])
        assert bound is not None
        numbers = [n for value in held if (n := read_number(value)) is not None]
        return any(_ORDERS[predicate.op](number, bound) for number in numbers)
    wanted = {plain_value(value) for value in predicate.values}
    if predicate.op == "=" and predicate.field == "gender":
        wanted |= {_FOR_BOTH[value] for value in wanted if value in _FOR_BOTH}
    found = any(plain_value(value) in wanted for value in held)
    return found if predicate.op == "=" else not found


def _buyable(product: Product) -> list[dict[str, str]]:
    """Size and colour of each variant that can be ordered."""
    if product.availability not in _BUYABLE:
        return []
    if product.variants:
        return [
            {
                name: value
                for name, value in (("size", variant.size), ("color", variant.color))
                if value is not None
            }
            for variant in product.variants
            if variant.availability in _BUYABLE
        ]
    # No variants: the record's own sizes and colours are all to be had together.
    sizes = [{"size": str(v)} for v in product.values("size")] or [{}]
    colors = [{"color": str(v)} for v in product.values("color")] or [{}]
    return [size | color for size in sizes for color in colors]
