"""Which of the wanted sizes and colours a product has in stock, in one variant together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from retrieval.conditions import Condition
from retrieval.fields import key
from retrieval.product import Product, Variant
from tools.differences import VARIED, held, in_stock


@dataclass(frozen=True)
class Stock:
    """What is to be told of a product's stock.

    Attributes:
        pattern: ``in_stock``, ``not_in_stock``, or ``only_in_stock`` where all that is left is
            of colours that are not wanted.
        size: the wanted size; empty where none is.
        colors: the wanted colour, or the unwanted ones.
    """

    pattern: str
    size: str = ""
    colors: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """The field that it is about first."""
        return "size" if self.size else "color"


def of_stock(product: Product, condition: Condition) -> bool:
    """Whether a condition asks for something that variants of the product have or lack."""
    return (
        condition.field in VARIED
        and bool(product.variants)
        and held(product, condition.field) is not None
    )


def stock_told(product: Product, conditions: Iterable[Condition], *, hold: bool) -> Sequence[Stock]:
    """What the variants say to conditions on size and colour that all hold, or all do not.

    Nothing where the single conditions are not what is wrong: size 42 is there, but not in black,
    and only the size is asked about.
    """
    wanted: dict[str, list[str]] = {}
    unwanted: list[str] = []
    for condition in conditions:
        values = condition.value if isinstance(condition.value, list) else [condition.value]
        if condition.op in ("=", "in"):
            wanted.setdefault(condition.field, []).extend(map(str, values))
        elif condition.op in ("!=", "not_in") and condition.field == "color":
            unwanted += map(key, values)
    stocked = [v for v in product.variants if in_stock(product, v)]
    matching = [v for v in stocked if _has(v, wanted)]
    if hold:
        wished = [v for v in matching if key(v.color or "") not in unwanted]
        if wanted and wished:
            return [_stock("in_stock", wished[0], wanted)]
        return [
            _stock("in_stock", variant, {field: wanted[field]})
            for field in wanted
            for variant in [v for v in stocked if _has(v, {field: wanted[field]})][:1]
        ]
    if wanted and not matching:
        first = {field: values[0] for field, values in wanted.items()}
        colors = (first["color"],) if "color" in first else ()
        return [Stock("not_in_stock", first.get("size", ""), colors)]
    if matching and unwanted and all(key(v.color or "") in unwanted for v in matching):
        left = tuple(dict.fromkeys(v.color for v in matching if v.color))
        size = matching[0].size if "size" in wanted else ""
        return [Stock("only_in_stock", size or "", left)]
    return []


def _has(variant: Variant, wanted: Mapping[str, Sequence[str]]) -> bool:
    of = {"size": variant.size or "", "color": variant.color or ""}
    return all(key(of[field]) in map(key, values) for field, values in wanted.items())


def _stock(pattern: str, variant: Variant, wanted: Mapping[str, Sequence[str]]) -> Stock:
    size = variant.size if "size" in wanted else ""
    color = variant.color if "color" in wanted else ""
    return Stock(pattern, size or "", (color,) if color else ())
