"""The different values that a catalogue holds, field by field."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from retrieval.conditions import Scalar
from retrieval.errors import IndexBroken
from retrieval.fields import key
from retrieval.product import Product
from retrieval.text import lowered

# Codes name one product each: nobody says them, and a million of them fill a vocabulary.
_CODES = re.compile(
    r"(?:^|_)(?:mpn|sku|gtin\d*|eans?\d*|upc|isbn|asin|barcode|"
    r"(?:part|article|item|model|serial)_?(?:number|no|code|id))$"
)
_ALWAYS_SAID = frozenset({"brand", "category", "color", "size"})
# A field with so many values, and one for every other product, is such a code or a text.
_MANY, _OWN = 1_000, 0.5
_WORD = re.compile(r"[a-z]+")
_FILE = "values.json"


class HeldValues:
    """Values by field, as the catalogue first writes them.

    Attributes:
        values: field to key to value; numbers are left out.
        numeric: attributes that have numbers.
        title_words: every Latin word of a title, in lower case.
        holders: how many products have an attribute.
        version: grows with each new value, field or word.
    """

    def __init__(self) -> None:
        self.values: dict[str, dict[str, Scalar]] = defaultdict(dict)
        self.numeric: set[str] = set()
        self.title_words: set[str] = set()
        self.holders: dict[str, int] = defaultdict(int)
        self.version = 0

    @classmethod
    def of(cls, products: Iterable[Product]) -> HeldValues:
        """The values of products."""
        held = cls()
        for product in products:
            held.add(product)
        return held

    def add(self, product: Product) -> None:
        """Takes in the values of a product."""
        if product.brand:
            self._add("brand", product.brand)
        self._add("currency", product.currency)
        self._add("availability", product.availability)
        for step in product.category:
            self._add("category", step)
        for name in product.attributes:
            self.holders[name] += 1
            for value in product.values(name):
                self._add(name, value)
        for variant in product.variants:
            if variant.color:
                self._add("color", variant.color)
            if variant.size:
                self._add("size", variant.size)
        for word in _WORD.findall(lowered(product.title)):
            if word not in self.title_words:
                self.title_words.add(word)
                self.version += 1

    def said(self, field: str) -> bool:
        """Whether shoppers may say the values of a field: they are not codes or whole texts."""
        if field in _ALWAYS_SAID:
            return True
        count = len(self.values.get(field, ()))
        one_each = count > _MANY and count > _OWN * self.holders.get(field, 0)
        return not (one_each or _CODES.search(field))

    @property
    def count(self) -> int:
        """How many values there are in all."""
        return sum(len(values) for values in list(self.values.values()))

    def _add(self, field: str, value: Scalar) -> None:
        if isinstance(value, float) and not isinstance(value, bool):
            if field not in self.numeric:
                self.numeric.add(field)
                self.version += 1
            return
        values = self.values[field]
        known = key(value)
        if known not in values:
            values[known] = value
            self.version += 1

    def save(self, folder: Path) -> None:
        """Writes the values into a folder."""
        data = {
            # Copies: a writer may add values meanwhile.
            "values": {field: list(held.values()) for field, held in list(self.values.items())},
            "numeric": sorted(self.numeric.copy()),
            "title_words": sorted(self.title_words.copy()),
            "holders": dict(self.holders),
        }
        (folder / _FILE).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> HeldValues:
        """Reads what ``save`` wrote.

        Raises:
            IndexBroken: the file is missing or cut short.
        """
        try:
            data = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            held = cls()
            for field, values in data["values"].items():
                held.values[field] = {key(value): value for value in values}
            held.numeric = set(data["numeric"])
            held.title_words = set(data["title_words"])
            held.holders.update({name: int(count) for name, count in data["holders"].items()})
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise IndexBroken(f"{_FILE} of the index cannot be read.") from error
        return held
