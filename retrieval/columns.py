"""The catalogue by column, so that conditions are settled before anything is ranked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process

from retrieval.conditions import ORDER_OPS, Condition, Scalar
from retrieval.errors import BadCondition
from retrieval.product import Product
from retrieval.text import normalise

Mask = NDArray[np.bool_]

VARIANT_FIELDS = frozenset({"size", "color", "sku"})
_TEXT_FIELDS = frozenset({"title", "title_zh", "description"})
_STOCKED = frozenset({"in_stock", "preorder", "backorder"})


def key(value: Scalar) -> str:
    """What two values are compared by: text without case or width, numbers without ``.0``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}"
    text = normalise(value)
    return {"true": "yes", "false": "no"}.get(text, text)


class Columns:
    """Columns over the products at hand, each built once.

    Rows are positions in ``products``. Variant fields (size, colour, sku) and ``in_stock`` are
    held per variant: a product meets several such conditions only where one variant meets them
    all.
    """

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = products
        self.size = len(products)
        self._numbers: dict[str, NDArray[np.float64]] = {}
        self._rows: dict[str, dict[str, NDArray[np.int64]]] = {}
        self._texts: dict[str, list[str]] = {}
        owner: list[int] = []
        variant_rows: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        numbers: dict[str, list[tuple[int, float]]] = defaultdict(list)
        rows: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row, product in enumerate(products):
            for name, number in _numbers_of(product):
                numbers[name].append((row, number))
            for name, value in _values_of(product):
                rows[name][key(value)].append(row)
            for fields in _variants_of(product):
                for name, value in fields.items():
                    variant_rows[name][key(value)].append(len(owner))
                owner.append(row)
        for name, pairs in numbers.items():
            column = np.full(self.size, np.nan)
            column[[row for row, _ in pairs]] = [number for _, number in pairs]
            self._numbers[name] = column
        self._rows = _frozen(rows)
        self._variant_rows = _frozen(variant_rows)
        self._owner = np.asarray(owner, dtype=np.int64)
        self.fields = frozenset(
            [*self._numbers, *self._rows, *self._variant_rows, *_TEXT_FIELDS, "in_stock"]
        )

    def numeric(self, field: str) -> NDArray[np.float64] | None:
        """The numbers of a field by row, NaN where a record has none; None where none is one."""
        return self._numbers.get(field)

    def mask(self, conditions: Iterable[Condition]) -> Mask:
        """Which rows meet all of the conditions.

        Raises:
            BadCondition: a field that the catalogue does not have, or a value of the wrong kind.
        """
        meets = np.ones(self.size, dtype=bool)
        together: Mask | None = None
        for condition in conditions:
            field = condition.field.removeprefix("attributes.")
            if field not in self.fields:
                near = process.extractOne(field, sorted(self.fields), score_cutoff=60)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise BadCondition(f"The catalogue has no field {field!r}.{hint}", field=field)
            if field in VARIANT_FIELDS or field == "in_stock":
                # "Not white" too is asked of one variant: what also comes in black is an answer.
                of_variants = self._variant_mask(field, condition)
                together = of_variants if together is None else together & of_variants
            else:
                meets &= self._product_mask(field, condition)
        if together is not None:
            rows = np.zeros(self.size, dtype=bool)
            rows[self._owner[together]] = True
            meets &= rows
        return meets

    def _variant_mask(self, field: str, condition: Condition) -> Mask:
        return self._value_mask(self._variant_rows.get(field, {}), len(self._owner), condition)

    def _product_mask(self, field: str, condition: Condition) -> Mask:
        if condition.op in ORDER_OPS:
            column = self._numbers.get(field)
            value = condition.value
            if column is None or isinstance(value, bool | str | list):
                raise BadCondition(
                    f"{condition.op} needs a number, and {field} = {value!r} is none.", field=field
                )
            with np.errstate(invalid="ignore"):
                if condition.op == "<":
                    return column < value
                if condition.op == "<=":
                    return column <= value
                if condition.op == ">":
                    return column > value
                return column >= value
        if field in _TEXT_FIELDS:
            return self._text_mask(field, condition)
        return self._value_mask(self._rows.get(field, {}), self.size, condition)

    def _value_mask(
        self, column: Mapping[str, NDArray[np.int64]], size: int, condition: Condition
    ) -> Mask:
        if condition.op in ORDER_OPS:
            raise BadCondition(f"{condition.field} has no order.", field=condition.field)
        wanted = condition.value if isinstance(condition.value, list) else [condition.value]
        found = np.zeros(size, dtype=bool)
        for value in wanted:
            if condition.op == "contains":
                for held, rows in column.items():
                    if key(value) in held:
                        found[rows] = True
            elif (rows_of := column.get(key(value))) is not None:
                found[rows_of] = True
        return ~found if condition.op in {"!=", "not_in"} else found

    def _text_mask(self, field: str, condition: Condition) -> Mask:
        texts = self._texts.get(field)
        if texts is None:
            texts = [normalise(str(getattr(p, field) or "")) for p in self.products]
            self._texts[field] = texts
        wanted = condition.value if isinstance(condition.value, list) else [condition.value]
        keys = [key(value) for value in wanted]
        if condition.op == "contains":
            found = np.asarray([any(k in text for k in keys) for text in texts], dtype=bool)
        else:
            found = np.asarray([text in keys for text in texts], dtype=bool)
        return ~found if condition.op in {"!=", "not_in"} else found


def _numbers_of(product: Product) -> Iterable[tuple[str, float]]:
    yield "price", float(product.effective_price)
    if product.rating is not None:
        yield "rating", product.rating
    if product.rating_count is not None:
        yield "rating_count", float(product.rating_count)
    for name, value in product.attributes.items():
        if isinstance(value, float) and not isinstance(value, bool):
            yield name, value


def _values_of(product: Product) -> Iterable[tuple[str, Scalar]]:
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
        if name not in VARIANT_FIELDS or not product.variants:
            for value in product.values(name):
                yield name, value


def _variants_of(product: Product) -> Iterable[dict[str, Scalar]]:
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
    for variant in product.variants:
        stocked = product.availability in _STOCKED and variant.availability in _STOCKED
        fields = {"sku": variant.sku, "in_stock": stocked}
        if variant.size is not None:
            fields["size"] = variant.size
        if variant.color is not None:
            fields["color"] = variant.color
        yield fields


def _frozen(
    columns: Mapping[str, Mapping[str, list[int]]],
) -> dict[str, dict[str, NDArray[np.int64]]]:
    return {
        name: {value: np.unique(np.asarray(rows, dtype=np.int64)) for value, rows in held.items()}
        for name, held in columns.items()
    }
