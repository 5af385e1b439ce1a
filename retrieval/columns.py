"""The catalogue by column, so that conditions are settled before anything is ranked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process

from retrieval.column_store import ColumnStore, build_columns, value_key
from retrieval.conditions import ORDER_OPS, Condition, ConditionValue, Scalar
from retrieval.errors import BadCondition
from retrieval.fields import TEXT_FIELDS, VARIANT_FIELDS, key
from retrieval.postings import Postings
from retrieval.product import Product

Mask = NDArray[np.bool_]

_NEGATIVE = frozenset({"!=", "not_in"})


class Columns:
    """The columns as one reader sees them: so many rows, of which some are deleted.

    Rows are those of the records. Variant fields (size, colour, sku) and ``in_stock`` are held
    per variant: a product meets several such conditions only where one variant meets them all.

    Args:
        store: the columns; rows that are added to them later are not seen here.
        live: False for a row that is deleted, shape (rows,).
    """

    def __init__(self, store: ColumnStore, live: Mask) -> None:
        self._store = store
        self.live = live
        self.size = len(live)
        self._variants = store.variant_count(self.size)
        self.fields = frozenset([*store.fields, *TEXT_FIELDS, "in_stock"])

    @classmethod
    def of(cls, products: Iterable[Product]) -> Columns:
        """Columns of products, none deleted."""
        store = build_columns(products)
        return cls(store, np.ones(store.size, dtype=bool))

    def numeric(self, field: str) -> NDArray[np.float64] | None:
        """The numbers of a field by row, NaN where a record has none; None where none is one.

        Rows that are deleted have theirs too: a mask tells which count.
        """
        column = self._store.numbers.get(field)
        return None if column is None else column.by_row(self.size)

    def numbers_at(self, field: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The numbers of some rows for a field, NaN where a record has none."""
        column = self._store.numbers.get(field)
        return np.full(len(rows), np.nan) if column is None else column.at(rows, self.size)

    def numbers(self, field: str, mask: Mask) -> NDArray[np.float64]:
        """The numbers that the rows of a mask have for a field, in no order."""
        column = self._store.numbers.get(field)
        return np.empty(0) if column is None else column.among(mask)

    def mask(self, conditions: Iterable[Condition]) -> Mask:
        """Which rows meet all of the conditions; deleted ones meet none.

        Raises:
            BadCondition: a field that the catalogue does not have, or a value of the wrong kind.
        """
        meets = self.live.copy()
        of_variants: list[tuple[str, Condition]] = []
        prices: list[Condition] = []
        for condition in conditions:
            field = self._named(condition.field.removeprefix("attributes."))
            if field not in self.fields:
                near = process.extractOne(field, sorted(self.fields), score_cutoff=60)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise BadCondition(f"The catalogue has no field {field!r}.{hint}", field=field)
            if field in VARIANT_FIELDS or field == "in_stock":
                of_variants.append((field, condition))
            elif field == "price" and condition.op in ORDER_OPS:
                prices.append(condition)
            else:
                meets &= self._product_mask(field, condition)
        if of_variants:
            meets &= self._one_variant_meets(of_variants, prices)
        else:
            for condition in prices:
                meets &= self._product_mask("price", condition)
        return meets

    def _named(self, field: str) -> str:
        """A field as the catalogue writes it, where only capitals differ."""
        if field in self.fields:
            return field
        same = [known for known in self.fields if known.casefold() == field.casefold()]
        return same[0] if len(same) == 1 else field

    def _one_variant_meets(
        self, conditions: Sequence[tuple[str, Condition]], prices: Sequence[Condition]
    ) -> Mask:
        together: Mask | None = None
        for condition in prices:
            # "In 42, under 100" is not met by a 42 for 150 beside a 40 for 90.
            bound = _bound("price", condition)
            found = self._store.variant_prices.mask(condition.op, bound, self._variants)
            together = found if together is None else together & found
        for field, condition in conditions:
            # "Not white" too is asked of one variant: what also comes in black is an answer.
            found = self._value_mask(self._store.variants, field, self._variants, condition)
            together = found if together is None else together & found
        rows = np.zeros(self.size, dtype=bool)
        if together is not None:
            rows[self._store.owners(self._variants)[together]] = True
        return rows

    def _product_mask(self, field: str, condition: Condition) -> Mask:
        if condition.op in ORDER_OPS:
            column = self._store.numbers.get(field)
            bound = _bound(field, condition)
            if column is None:
                raise BadCondition(f"{field} has no numbers to compare.", field=field)
            return column.mask(condition.op, bound, self.size)
        if field in TEXT_FIELDS:
            keys = [key(value) for value in _wanted(condition.value)]
            texts = self._store.texts[field]
            search = texts.contains if condition.op == "contains" else texts.equals
            found = search(keys, self.size)
            return ~found if condition.op in _NEGATIVE else found
        return self._value_mask(self._store.values, field, self.size, condition)

    def _value_mask(self, postings: Postings, field: str, size: int, condition: Condition) -> Mask:
        if condition.op in ORDER_OPS:
            raise BadCondition(f"{condition.field} has no order.", field=condition.field)
        keys = [key(value) for value in _wanted(condition.value)]
        if condition.op == "contains":
            held: Mapping[str, Scalar] | None = self._store.held.values.get(field)
            if held is None:
                raise BadCondition(f"{field} has no text to look into.", field=field)
            keys = [known for known in list(held) if any(part in known for part in keys)]
        found = np.zeros(size, dtype=bool)
        for wanted in keys:
            rows, _ = postings.rows_of(value_key(field, wanted), size)
            found[rows] = True
        return ~found if condition.op in _NEGATIVE else found


def _bound(field: str, condition: Condition) -> float:
    if isinstance(condition.value, bool | str | list):
        raise BadCondition(
            f"{condition.op} needs a number, and {field} = {condition.value!r} is none.",
            field=field,
        )
    return condition.value


def _wanted(value: ConditionValue) -> list[Scalar]:
    return list(value) if isinstance(value, list) else [value]
