"""Counts the faults of a file while its rows pass by, in bounded memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np

from retrieval.importing.findings import MOST_EXAMPLES, Finding, Flaw, finding
from retrieval.importing.seen import Seen
from retrieval.product import Product

_OUTLIER = 100.0
_SMALLEST_CATEGORY = 5
_MOST_CATEGORIES = 20_000
# Of these a whole price of four digits that ends in 5 or 9 is more likely 49.95 than 4995.
_CENTS = frozenset({"USD", "EUR", "GBP", "CAD", "AUD", "CHF", "NZD", "SGD"})
_CENTS_FROM = 20
# These can only be said of a product, not of each of its variants' rows.
_OF_PRODUCTS = frozenset(
    {
        Flaw.PRICE_OUTLIER,
        Flaw.MAYBE_CENTS,
        Flaw.REPEATED_TITLE,
        Flaw.OUT_OF_STOCK,
    }
)
_OF_RECORDS = frozenset(
    {
        Flaw.MISSING_ID,
        Flaw.MISSING_TITLE,
        Flaw.MISSING_BRAND,
        Flaw.MISSING_CATEGORY,
        Flaw.MISSING_IMAGE,
        Flaw.MISSING_DESCRIPTION,
    }
)


class Quality:
    """The faults of one file.

    Args:
        currency: the catalogue's ISO 4217 code.
    """

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._rows = 0
        self._records = 0
        self._counts: dict[Flaw, int] = {}
        self._examples: dict[Flaw, list[int]] = {}
        self._titles = Seen()
        self._categories: dict[tuple[str, ...], int] = {}
        self._prices = array("d")
        self._price_category = array("l")
        self._price_row = array("q")

    def add_row(self, number: int, flaws: Iterable[Flaw], *, record: bool) -> None:
        """Counts the flaws of a row.

        Args:
            number: its place in the file.
            flaws: what it shows.
            record: whether it stands for a whole product, and could be read.
        """
        self._rows += 1
        self._records += record
        for flaw in flaws:
            self._count(flaw, number)

    def add_product(self, number: int, product: Product) -> None:
        """Counts what can only be told of a product that was kept."""
        if self._titles.get(title := product.title.casefold()) is not None:
            self._count(Flaw.REPEATED_TITLE, number)
        else:
            self._titles.put(title, number)
        if product.availability == "out_of_stock":
            self._count(Flaw.OUT_OF_STOCK, number)
        category = self._categories.get(product.category)
        if category is None:
            if len(self._categories) >= _MOST_CATEGORIES:
                category = 0
            else:
                category = len(self._categories)
                self._categories[product.category] = category
        self._prices.append(float(product.price))
        self._price_category.append(category)
        self._price_row.append(number)

    def _count(self, flaw: Flaw, number: int) -> None:
        self._counts[flaw] = self._counts.get(flaw, 0) + 1
        examples = self._examples.setdefault(flaw, [])
        if len(examples) < MOST_EXAMPLES:
            examples.append(number)

    def findings(self) -> list[Finding]:
        """The faults that were found, in the order of what they cost a shop."""
        counts, examples = dict(self._counts), dict(self._examples)
        prices = np.asarray(self._prices)
        rows = np.asarray(self._price_row)
        for flaw, hit in (
            (Flaw.PRICE_OUTLIER, self._outliers(prices)),
            (Flaw.MAYBE_CENTS, self._cents(prices)),
        ):
            if hit.any():
                counts[flaw] = int(hit.sum())
                examples[flaw] = [int(row) for row in rows[hit][:MOST_EXAMPLES]]
        return [
            finding(flaw, counts[flaw], self._of(flaw), examples[flaw])
            for flaw in Flaw
            if counts.get(flaw)
        ]

    def _of(self, flaw: Flaw) -> int:
        if flaw in _OF_PRODUCTS:
            return len(self._prices)
        return self._records if flaw in _OF_RECORDS else self._rows

    def _outliers(self, prices: np.ndarray) -> np.ndarray:
        """Which prices lie 100 times over or under the median of their category."""
        hit = np.zeros(len(prices), dtype=bool)
        if not len(prices):
            return hit
        category = np.asarray(self._price_category)
        order = np.argsort(category, kind="stable")
        borders = np.flatnonzero(np.diff(category[order])) + 1
        none = self._categories.get((), -1) if len(self._categories) > 1 else -1
        for members in np.split(order, borders):
            # What has no category is usual nowhere, unless nothing has one.
            if len(members) < _SMALLEST_CATEGORY or category[members[0]] == none:
                continue
            among = prices[members]
            usual = float(np.median(among))
            hit[members] = (among > usual * _OUTLIER) | (among < usual / _OUTLIER)
        return hit

    def _cents(self, prices: np.ndarray) -> np.ndarray:
        none = np.zeros(len(prices), dtype=bool)
        if self._currency not in _CENTS or len(prices) < _CENTS_FROM:
            return none
        if (prices % 1).any() or np.median(prices) < 1_000:
            return none
        last = prices % 10
        return ~none if np.isin(last, (5, 9)).mean() >= 0.6 else none
