"""What of a catalogue may be suggested to a shopper, counted by kind of product."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.profile.interests.nodes import Node
from retrieval.column_store import value_key
from retrieval.conditions import Condition, Scalar
from retrieval.fields import key
from retrieval.index import CatalogueIndex
from retrieval.lexical.query import Group, Way
from retrieval.text import normalise, stem, tokens

Rows = NDArray[np.int64]

_IN_STOCK = Condition(field="in_stock", op="=", value=True)
# A kind counts as linked only where so much more than chance gives is there: a few shared
# products happen between any two things.
_DOUBT = 1.0
_OF_CATEGORY = 0.25


@dataclass(frozen=True)
class Link:
    """How much a feature is at home in a category.

    Attributes:
        category: the most special step of a path.
        weight: from 0 to 1: what its share is above chance, whatever the sizes of the two.
        count: products of the category that have the feature.
        total: products of the category.
    """

    category: Node
    weight: float
    count: int
    total: int


class Shelf:
    """The products in stock that nothing is said against, and which kind each is of.

    Args:
        index: the catalogue.
        against: what the shopper dislikes, as conditions with ``=``.
    """

    def __init__(self, index: CatalogueIndex, against: Iterable[Condition] = ()) -> None:
        self._index = index
        self.mask = index.columns.mask([_IN_STOCK])
        for condition in against:
            self.mask &= ~index.columns.mask([condition])
        self.count = int(np.count_nonzero(self.mask))
        self._held = index.parts.columns.held.values
        self._kinds, self._kind_of = self._sort_into_kinds()
        self._sizes = np.bincount(
            self._kind_of[self.mask & (self._kind_of >= 0)], minlength=len(self._kinds)
        )

    def _sort_into_kinds(self) -> tuple[list[Node], NDArray[np.int32]]:
        """Each row's most special category: the one with the fewest products of its path."""
        columns = self._index.parts.columns
        steps: list[tuple[int, int, str, NDArray[np.int32]]] = []
        for known, written in list(self._held.get("category", {}).items()):
            # Thousands of categories: their rows are looked up, not compared.
            rows, _ = columns.values.rows_of(value_key("category", known), len(self.mask))
            rows = rows[self._index.columns.live[rows]]
            if len(rows):
                path = [key(step) for step in self._index.at(int(rows[0])).category]
                # An attribute may be named so too, and then is no step of the path.
                depth = path.index(known) if known in path else len(path)
                steps.append((-len(rows), depth, str(written), rows))
        steps.sort(key=lambda step: step[:3])
        kind_of = np.full(len(self.mask), -1, dtype=np.int32)
        for number, (_, _, _, rows) in enumerate(steps):
            kind_of[rows] = number
        return [Node("category", "category", written) for _, _, written, _ in steps], kind_of

    @cached_property
    def kind_words(self) -> frozenset[str]:
        """Stems in the names of categories: as words of a text they only repeat these."""
        return frozenset(
            token.stem for kind in self._kinds for token in tokens(normalise(str(kind.value)))
        )

    def kind(self, row: int) -> Node | None:
        """The most special category of a row; None where its record has none."""
        number = int(self._kind_of[row])
        return self._kinds[number] if number >= 0 else None

    def of_kind(self, category: Node) -> Rows:
        """The rows of a category that may be suggested, those of its special kinds apart."""
        number = self._kinds.index(category)
        return np.flatnonzero((self._kind_of == number) & self.mask)

    def written(self, field: str, value: Scalar) -> Scalar | None:
        """A value as the catalogue writes it; None where it holds no such value."""
        return self._held.get(field, {}).get(key(value))

    def holds(self, field: str) -> bool:
        """Whether the catalogue has that field, with values which shoppers may say."""
        return field in self._index.columns.fields and self._index.parts.columns.held.said(field)

    def rows(self, feature: Node) -> Rows:
        """The rows that have a feature and may be suggested."""
        if feature.kind != "word":
            wanted = [_equals(feature.field, feature.value)]
            return np.flatnonzero(self._index.columns.mask(wanted) & self.mask)
        group = Group([Way((stem(str(feature.value)),), 1.0)])
        lists = self._index.parts.lexical.lists([group], len(self.mask))
        rows = lists[0].ways[0][0].rows
        return rows[self.mask[rows]].astype(np.int64)

    def rarity(self, holders: int) -> float:
        """How much a feature tells: the logarithm of how few products have it."""
        return math.log((self.count + 1) / (holders + 0.5))

    def links(self, rows: Rows, most: int) -> list[Link]:
        """The categories that hold more of these rows than chance gives, the strongest first.

        The weight is ``(count - expected - sqrt(expected)) / (rows ** 0.75 * total ** 0.25)``: how
        much of the feature is there above chance, and a little how much of the category that is.
        What is spread evenly, such as "in stock" or the brand of half the shop, links nothing.
        The powers were chosen on made-up shoppers of another seed than those measured
        (``evals.profile.interests``).

        Args:
            rows: of one feature.
            most: how many at most.
        """
        kinds = self._kind_of[rows]
        counts = np.bincount(kinds[kinds >= 0], minlength=len(self._kinds))
        expected = self._sizes * (len(rows) / max(self.count, 1))
        above = counts - expected - _DOUBT * np.sqrt(expected)
        sizes = np.maximum(self._sizes, 1) ** _OF_CATEGORY
        weights = above / (sizes * max(len(rows), 1) ** (1 - _OF_CATEGORY))
        best = np.argsort(-weights, kind="stable")[:most]
        return [
            Link(self._kinds[n], float(weights[n]), int(counts[n]), int(self._sizes[n]))
            for n in best.tolist()
            if weights[n] > 0 and counts[n] > 0
        ]


def _equals(field: str, value: Scalar) -> Condition:
    return Condition(field=field, op="=", value=value)
