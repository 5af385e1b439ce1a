"""What can be a matter of taste in a catalogue, and how common it is among products of a kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from assistant.profile.behaviour.affinity_shape import BANDS, PRICE_BAND
from retrieval.column_store import value_key
from retrieval.conditions import Scalar
from retrieval.fields import key
from retrieval.index import CatalogueIndex
from retrieval.product import Product

Rows = NDArray[np.int32]
Numbers = NDArray[np.int64]

# Of fewer products nothing can be said; a larger kind is represented by some of its products.
_FEWEST, _SAMPLE = 9, 1_000
_THIRDS = (1 / 3, 2 / 3)
# What fits a body or names one article is no taste.
NO_TASTE = frozenset({"size", "sku", "availability", "currency"})
# How much is remembered: the whole of a small shop, the asked-for part of a great one.
_MOST_REMEMBERED = 100_000

Trait = tuple[str, str]
"""A field, and a value in the form that ``retrieval.fields.key`` gives."""


@dataclass(frozen=True)
class Tasted:
    """What of a product can please or displease.

    Attributes:
        kind: its most special category with enough products; None: the whole catalogue.
        traits: its traits with their values as the catalogue writes them, a third of the prices
            of its kind among them.
        numbers: of the traits, as ``Shares.number`` gives them.
    """

    kind: str | None
    traits: Mapping[Trait, Scalar]
    numbers: Numbers


@dataclass(frozen=True)
class PriceBands:
    """The thirds of the prices of a kind of product.

    Attributes:
        low: up to this price it is the lower third.
        high: from this price on it is the upper third.
        shares: of products in the lower, middle and upper third; equal prices make them uneven.
    """

    low: float
    high: float
    shares: tuple[float, float, float]

    def of(self, price: float) -> int:
        """The band of a price: 0, 1 or 2."""
        return 0 if price <= self.low else 2 if price >= self.high else 1


class Shares:
    """Counts what a catalogue holds, remembering what it has counted.

    Args:
        index: the catalogue; one snapshot of it.
    """

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index
        self._columns = index.columns
        self._store = index.parts.columns
        self._fields = index.vocabulary.fields() - NO_TASTE
        self._keys: dict[Scalar, str] = {}
        self._samples: dict[str | None, Rows] = {}
        self._shares: dict[tuple[str, str, str | None], float] = {}
        self._bands: dict[str | None, PriceBands | None] = {}
        self._tasted: dict[str, Tasted] = {}
        self._numbers: dict[Trait, int] = {}
        self._traits: list[Trait] = []
        self._numbering = Lock()

    @property
    def index(self) -> CatalogueIndex:
        """The snapshot that is counted."""
        return self._index

    def tasted(self, product_id: str) -> Tasted | None:
        """What of a product can be a matter of taste; None where the catalogue has it no more.

        Rows are looked up by a hash of the id, so that no record is read for it.
        """
        known = self._tasted.get(product_id)
        if known is not None:
            return known
        rows, _ = self._store.ids.rows_of(product_id, self._columns.size)
        row = next((int(row) for row in rows[::-1] if self._columns.live[row]), None)
        if row is None:
            return None
        if len(self._tasted) >= _MOST_REMEMBERED:
            self._tasted.clear()
        known = self._tasted[product_id] = self._taste(self._index.at(row))
        return known

    def number(self, trait: Trait) -> int:
        """A number for a trait, the same as long as these counts live.

        There are no more than the catalogue has values.
        """
        known = self._numbers.get(trait)
        if known is not None:
            return known
        with self._numbering:
            if trait not in self._numbers:
                self._traits.append(trait)
                self._numbers[trait] = len(self._traits) - 1
            return self._numbers[trait]

    def trait(self, number: int) -> Trait:
        """The trait of a number."""
        return self._traits[number]

    def _taste(self, product: Product) -> Tasted:
        kind = self._kind(product)
        traits: dict[Trait, Scalar] = {}
        for name, value in _values(product, self._fields):
            traits.setdefault((name, self._key(value)), value)
        bands = self.bands(kind)
        if bands is not None:
            band = BANDS[bands.of(float(product.effective_price))]
            traits[PRICE_BAND, band] = band
        return Tasted(kind, traits, np.array([self.number(each) for each in traits], np.int64))

    def _kind(self, product: Product) -> str | None:
        for step in reversed(product.category):
            if self._sample(self._key(step)).size >= _FEWEST:
                return self._key(step)
        return None

    def _key(self, value: Scalar) -> str:
        # Putting a value into this form takes longer than all else that is done with it.
        known = self._keys.get(value)
        if known is None:
            if len(self._keys) >= _MOST_REMEMBERED:
                self._keys.clear()
            known = self._keys[value] = key(value)
        return known

    def share(self, field: str, value: str, kind: str | None) -> float:
        """The part of the products of a kind that have a value, above 0 and at most 1.

        A kind with few products says little: its share is drawn towards that of the catalogue by
        the weight of one product.

        Args:
            field: of the product, or ``color`` of its variants.
            value: in the form that ``retrieval.fields.key`` gives.
            kind: as ``Tasted.kind`` has it.
        """
        asked = (field, value, kind)
        known = self._shares.get(asked)
        if known is not None:
            return known
        holders = self._holders(field, value)
        share = (len(holders) + 1) / (self._columns.size + 1)
        if kind is not None:
            sample = self._sample(kind)
            hits = np.searchsorted(holders, sample, "right") - np.searchsorted(holders, sample)
            share = (float(np.count_nonzero(hits)) + share) / (len(sample) + 1)
        if len(self._shares) >= _MOST_REMEMBERED:
            self._shares.clear()
        share = self._shares[asked] = min(1.0, share)
        return share

    def bands(self, kind: str | None) -> PriceBands | None:
        """The thirds of a kind's prices; None where it has too few, or all are alike."""
        if kind not in self._bands:
            self._bands[kind] = self._find_bands(kind)
        return self._bands[kind]

    def _find_bands(self, kind: str | None) -> PriceBands | None:
        rows = self._sample(kind)
        prices = self._columns.numbers_at("price", rows.astype(np.int64))
        prices = prices[np.isfinite(prices)]
        if len(prices) < _FEWEST:
            return None
        low, high = (float(bound) for bound in np.quantile(prices, _THIRDS))
        if low >= high:
            return None
        below, above = float(np.mean(prices <= low)), float(np.mean(prices >= high))
        return PriceBands(low, high, (below, max(0.0, 1 - below - above), above))

    def _sample(self, kind: str | None) -> Rows:
        """Rows of a kind that are not deleted, spread evenly where there are many."""
        found = self._samples.get(kind)
        if found is None:
            size = self._columns.size
            if kind is None:
                rows: Rows = np.arange(0, size, max(1, size // _SAMPLE), dtype=np.int32)
            else:
                rows = self._holders("category", kind)
                rows = rows[:: max(1, len(rows) // _SAMPLE)]
            found = self._samples[kind] = rows[self._columns.live[rows]]
        return found

    def _holders(self, field: str, value: str) -> Rows:
        """The rows that have a value, ascending; deleted ones included."""
        filed, size = value_key(field, value), self._columns.size
        rows, _ = self._store.values.rows_of(filed, size)
        if field != "color":
            return rows
        count = self._store.variant_count(size)
        variants, _ = self._store.variants.rows_of(filed, count)
        return np.unique(np.concatenate([rows, self._store.owners(count)[variants]]))


class LatestShares:
    """The counts of each catalogue's latest snapshot; those of an earlier one go with it."""

    def __init__(self) -> None:
        self._held: dict[str, Shares] = {}

    def of(self, index: CatalogueIndex) -> Shares:
        """The counts of a snapshot."""
        held = self._held.get(index.name)
        if held is None or held.index is not index:
            held = self._held[index.name] = Shares(index)
        return held


def _values(product: Product, fields: Set[str]) -> Iterator[tuple[str, Scalar]]:
    """What of a product can be a matter of taste: texts, and that something is so."""
    if product.brand:
        yield "brand", product.brand
    for step in product.category:
        yield "category", step
    for name, value in product.attributes.items():
        if name not in fields:
            continue
        if isinstance(value, list):
            for each in value:
                yield name, each
        elif isinstance(value, str) or value is True:
            yield name, value
    for color in {variant.color: None for variant in product.variants}:
        if color:
            yield "color", color
