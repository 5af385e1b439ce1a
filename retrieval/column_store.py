"""The columns themselves: built once, mapped from disk, added to at their end."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexBroken
from retrieval.fields import TEXT_FIELDS, key, numbers_of, values_of, variant_prices_of, variants_of
from retrieval.held import HeldValues
from retrieval.numbers import NumberColumn
from retrieval.postings import Postings, PostingsBuilder, mapped
from retrieval.product import Product
from retrieval.text import normalise
from retrieval.texts import TextColumn, TextColumnBuilder

_META = "columns.json"


def value_key(field: str, value: str) -> str:
    """What a value of a field is filed under; ``value`` in the form that ``key`` gives."""
    return f"{field}\x1f{value}"


@dataclass
class ColumnStore:
    """All columns of a catalogue. One writer adds rows while readers read those they know of.

    Attributes:
        size: how many rows there are.
        fields: the fields that a condition may name, text fields and ``in_stock`` apart.
        ids: rows by id, deleted ones included.
        values: rows by value of a field.
        variants: variants by value of a field, counted through the whole catalogue.
        variant_prices: what is paid for each variant.
        base_owners: the row that a variant belongs to, ascending.
        numbers: by field.
        texts: by field.
        held: the different values.
    """

    size: int
    fields: set[str]
    ids: Postings
    values: Postings
    variants: Postings
    variant_prices: NumberColumn
    base_owners: NDArray[np.int32]
    numbers: dict[str, NumberColumn]
    texts: dict[str, TextColumn]
    held: HeldValues

    def __post_init__(self) -> None:
        self._more_owners = array("i")

    def variant_count(self, size: int) -> int:
        """How many variants the rows below ``size`` have."""
        more = np.asarray(self._more_owners[: len(self._more_owners)], dtype=np.int32)
        return len(self.base_owners) + int((more < size).sum())

    def owners(self, count: int) -> NDArray[np.int32]:
        """The rows of the first ``count`` variants."""
        if count <= len(self.base_owners):
            return self.base_owners[:count]
        more = self._more_owners[: count - len(self.base_owners)]
        return np.concatenate([self.base_owners, np.asarray(more, dtype=np.int32)])

    def add(self, product: Product) -> int:
        """Appends a product's row; returns its number."""
        row = self.size
        self.ids.add(row, [product.id])
        values, names = _value_keys(product)
        self.values.add(row, values)
        for fields, price in zip(variants_of(product), variant_prices_of(product), strict=True):
            variant = len(self.base_owners) + len(self._more_owners)
            self.variant_prices.add(variant, price)
            self.variants.add(variant, [value_key(n, key(v)) for n, v in fields.items()])
            self._more_owners.append(row)
            names.update(fields)
        for name, number in numbers_of(product):
            if name not in self.numbers:
                self.numbers[name] = NumberColumn(np.empty(0, dtype=np.int32), np.empty(0))
            self.numbers[name].add(row, number)
        for name in TEXT_FIELDS:
            self.texts[name].add(_text(product, name))
        self.held.add(product)
        if not names <= self.fields:
            self.fields = self.fields | names
        self.size += 1
        return row

    def save(self, folder: Path, size: int | None = None) -> None:
        """Writes the columns into a folder, their tails folded in.

        Args:
            folder: another than they are mapped from.
            size: rows from here on are left out; the writer may be adding them meanwhile.
        """
        size = self.size if size is None else size
        variants = self.variant_count(size)
        self.ids.extended(size).save(folder, "ids")
        self.values.extended(size).save(folder, "values")
        self.variants.extended(variants).save(folder, "variants")
        np.save(folder / "owners.npy", self.owners(variants))
        np.save(folder / "variants.prices.npy", self.variant_prices.extended(variants).values)
        columns = {name: column.extended(size) for name, column in list(self.numbers.items())}
        places: dict[str, tuple[int, int]] = {}
        end = 0
        for name, column in columns.items():
            places[name] = (end, end + len(column.rows))
            end += len(column.rows)
        rows = [np.empty(0, dtype=np.int32), *(column.rows for column in columns.values())]
        np.save(folder / "numbers.rows.npy", np.concatenate(rows))
        values = [np.empty(0), *(column.values for column in columns.values())]
        np.save(folder / "numbers.values.npy", np.concatenate(values))
        for name, texts in self.texts.items():
            texts.save(folder, name, size)
        # Values of rows left out are in it too: that a value may come is no fault.
        self.held.save(folder)
        meta = {"size": size, "fields": sorted(self.fields), "numbers": places}
        (folder / _META).write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> ColumnStore:
        """Reads what ``save`` wrote, mapped into memory.

        Raises:
            IndexBroken: a file is missing or cut short.
        """
        try:
            meta = json.loads((folder / _META).read_text(encoding="utf-8"))
            rows, values = (
                mapped(folder / "numbers.rows.npy"),
                mapped(folder / "numbers.values.npy"),
            )
            numbers = {
                name: NumberColumn(rows[start:end], values[start:end])
                for name, (start, end) in meta["numbers"].items()
            }
            return cls(
                size=int(meta["size"]),
                fields=set(meta["fields"]),
                ids=Postings.load(folder, "ids"),
                values=Postings.load(folder, "values"),
                variants=Postings.load(folder, "variants"),
                variant_prices=_of_all(mapped(folder / "variants.prices.npy")),
                base_owners=mapped(folder / "owners.npy"),
                numbers=numbers,
                texts={name: TextColumn.load(folder, name) for name in TEXT_FIELDS},
                held=HeldValues.load(folder),
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise IndexBroken("The columns of the index cannot be read.") from error


def build_columns(products: Iterable[Product]) -> ColumnStore:
    """The columns of products, read once and one at a time."""
    ids, values, variants = PostingsBuilder(), PostingsBuilder(), PostingsBuilder()
    owners, prices = array("i"), array("d")
    numbers: dict[str, tuple[array[int], array[float]]] = {}
    texts = {name: TextColumnBuilder() for name in TEXT_FIELDS}
    held = HeldValues()
    fields: set[str] = set()
    size = 0
    for row, product in enumerate(products):
        ids.add(row, [product.id])
        keys, names = _value_keys(product)
        values.add(row, keys)
        prices.extend(variant_prices_of(product))
        for of_variant in variants_of(product):
            variants.add(len(owners), [value_key(n, key(v)) for n, v in of_variant.items()])
            owners.append(row)
            names.update(of_variant)
        for name, number in numbers_of(product):
            rows, held_numbers = numbers.setdefault(name, (array("i"), array("d")))
            rows.append(row)
            held_numbers.append(number)
        for name in TEXT_FIELDS:
            texts[name].add(_text(product, name))
        held.add(product)
        fields.update(names)
        size = row + 1
    return ColumnStore(
        size=size,
        fields=fields,
        ids=ids.build(),
        values=values.build(),
        variants=variants.build(),
        variant_prices=_of_all(np.asarray(prices, dtype=np.float64)),
        base_owners=np.asarray(owners, dtype=np.int32),
        numbers={
            name: NumberColumn(
                np.asarray(rows, dtype=np.int32), np.asarray(column, dtype=np.float64)
            )
            for name, (rows, column) in numbers.items()
        },
        texts={name: column.build() for name, column in texts.items()},
        held=held,
    )


def _of_all(values: NDArray[np.float64]) -> NumberColumn:
    return NumberColumn(np.arange(len(values), dtype=np.int32), values)


def _value_keys(product: Product) -> tuple[list[str], set[str]]:
    """What the values of a product are filed under, each once, and the fields they are of."""
    pairs = [(name, key(value)) for name, value in values_of(product)]
    keys = list(dict.fromkeys(value_key(name, value) for name, value in pairs))
    return keys, {name for name, _ in pairs}


def _text(product: Product, name: str) -> str:
    return normalise(str(getattr(product, name) or ""))
