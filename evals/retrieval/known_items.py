"""Queries made from products, each for one product: a check on shops of other goods.

Drawn with a seed: some words of a title in their order, the same with one slip of the keyboard,
and a brand or category with the value of an attribute and a word of the title.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import yaml

from retrieval.importing import import_catalogue
from retrieval.product import Product

Way = Literal["words", "slip", "facts"]
WAYS: tuple[Way, ...] = ("words", "slip", "facts")

_SHORTEST_SLIP = 5
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class KnownItem:
    """A query and the product that it was made from."""

    query: str
    wanted: str
    way: Way


def shops(data: Path, folder: Path) -> dict[str, list[Product]]:
    """Products of three shops of other goods, those whose files are there.

    Args:
        data: the folder of the data sets.
        folder: where a file may be put that is imported.
    """
    found: dict[str, list[Product]] = {}
    for name, file in (
        ("dummyjson", "products.json"),
        ("amazon_running_shoes", "Running Shoes.csv"),
    ):
        path = data / name / file
        if path.exists():
            found[name] = import_catalogue(path)[0]
    path = data / "aws_retail_demo_store" / "products.yaml.gz"
    if path.exists():
        lines = folder / "aws_retail_demo_store.jsonl"
        if not lines.exists():
            text = gzip.decompress(path.read_bytes()).decode("utf-8")
            rows = yaml.load(text, Loader=yaml.CSafeLoader)
            lines.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        found["aws_retail_demo_store"] = import_catalogue(lines)[0]
    return found


def known_items(products: Sequence[Product], count: int, seed: int) -> list[KnownItem]:
    """Queries for ``count`` products of each way, fewer where a shop has fewer."""
    random = np.random.default_rng(seed)
    made: list[KnownItem] = []
    for way in WAYS:
        taken = 0
        for row in random.permutation(len(products)):
            query = _query(products[row], way, random)
            if query is not None:
                made.append(KnownItem(query, products[row].id, way))
                taken += 1
            if taken == count:
                break
    return made


def _query(product: Product, way: Way, random: np.random.Generator) -> str | None:
    if way == "facts":
        return _facts(product, random)
    words = _some_words(product.title, int(random.integers(2, 5)), random)
    if len(words) < 2:
        return None
    if way == "slip":
        long = [i for i, w in enumerate(words) if w.isalpha() and len(w) >= _SHORTEST_SLIP]
        if not long:
            return None
        place = int(random.choice(long))
        words[place] = _slip(words[place], random)
    return " ".join(words)


def _some_words(title: str, count: int, random: np.random.Generator) -> list[str]:
    words = [word.strip(",.;:()[]|–-").lower() for word in title.split()]
    words = [word for word in words if word]
    kept = sorted(random.permutation(len(words))[:count].tolist())
    return [words[place] for place in kept]


def _slip(word: str, random: np.random.Generator) -> str:
    """One letter left out, doubled, swapped with the next or replaced; the first one stays."""
    at = int(random.integers(1, len(word) - 1))
    kind = int(random.integers(4))
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + str(random.choice(list(_LETTERS))) + word[at + 1 :]


def _facts(product: Product, random: np.random.Generator) -> str | None:
    values = [
        value
        for name in product.attributes
        for value in product.values(name)
        if isinstance(value, str) and 2 < len(value) <= 24 and value.replace(" ", "").isalpha()
    ]
    names = [name for name in (product.brand, *product.category[-1:]) if name]
    if not values or not names:
        return None
    chosen = [str(random.choice(names)), str(random.choice(values))]
    return " ".join([*chosen, *_some_words(product.title, 1, random)]).lower()
