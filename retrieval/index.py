"""A catalogue's index as one reader sees it: filtered first, then ranked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from retrieval.advice import Advice, AdviceBook
from retrieval.changes import Change
from retrieval.columns import Columns, Mask
from retrieval.conditions import Condition
from retrieval.embedding import Embedder, Vectors
from retrieval.errors import UnknownProduct
from retrieval.hybrid import fuse
from retrieval.manifest import Manifest
from retrieval.meaning import Meaning
from retrieval.parts import Parts
from retrieval.product import Product
from retrieval.records import Records
from retrieval.rules import RuleBook
from retrieval.titles import TitleFinder
from retrieval.translation import Translation, Translator
from retrieval.vocabulary import Vocabulary
from retrieval.words import Words

FORMAT_VERSION = 2
# How many each of the two searches hands to the fusion: 200 rank no better (evals/BENCHMARKS.md).
_POOL = 100


@dataclass(frozen=True)
class Hit:
    """A product found.

    Attributes:
        score: fused relevance, from 0 to 1.
    """

    product: Product
    row: int
    score: float


class LiveProducts(Sequence[Product]):
    """The products that are not deleted, in the order of their rows; parsed when read."""

    def __init__(self, records: Records, live: Mask) -> None:
        self._records = records
        self._rows = np.flatnonzero(live)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Product: ...
    @overload
    def __getitem__(self, place: slice) -> list[Product]: ...
    def __getitem__(self, place: int | slice) -> Product | list[Product]:
        if isinstance(place, slice):
            return [self._records[int(row)] for row in self._rows[place]]
        return self._records[int(self._rows[place])]

    def __iter__(self) -> Iterator[Product]:
        for row in self._rows:
            yield self._records[int(row)]


class CatalogueIndex:
    """One catalogue: products, columns, vocabulary, advice, both searches.

    It is a snapshot. Changes make another one beside it, which shares all that is large, so that
    a turn sees the same catalogue from its beginning to its end and never waits for a writer.

    Args:
        manifest: what it was built with.
        parts: the structures; rows that are added later are not seen here.
        live: False for a row that is deleted, shape (rows,).
        embedder: the model that the vectors are of.
        words: a shop's own words.
        advice: a shop's advice.
        rules: a shop's rules.
        meaning: of an earlier snapshot.
    """

    def __init__(
        self,
        manifest: Manifest,
        parts: Parts,
        live: Mask,
        embedder: Embedder,
        *,
        words: Words | None = None,
        advice: AdviceBook | None = None,
        rules: RuleBook | None = None,
        meaning: Meaning | None = None,
    ) -> None:
        self.manifest = manifest
        self.parts = parts
        self.embedder = embedder
        self.columns = Columns(parts.columns, live)
        self.advice = advice or AdviceBook()
        self.rules = rules or RuleBook()
        self.products = LiveProducts(parts.records, live)
        self.words = words
        self._meaning = meaning or Meaning(parts.columns.held, words)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words that the catalogue understands."""
        return self._meaning.latest.vocabulary

    @property
    def unsold(self) -> Vocabulary:
        """Kinds and brands that shoppers know and this catalogue does not hold."""
        return self._meaning.latest.unsold

    @property
    def other_colors(self) -> Vocabulary:
        """Colours that shoppers know and this catalogue does not hold."""
        return self._meaning.latest.other_colors

    @cached_property
    def titles(self) -> TitleFinder:
        """Finds the products that a text names."""
        common = self._meaning.latest.common
        return TitleFinder(self.parts.titles, self.parts.records, self.columns.live, common)

    @cached_property
    def _translator(self) -> Translator:
        return Translator(self.manifest.language, self.parts.lexical.knows, self._meaning.thesaurus)

    @property
    def name(self) -> str:
        """The catalogue's name."""
        return self.manifest.name

    @property
    def currency(self) -> str:
        """The currency of every price in it, an ISO 4217 code."""
        return self.manifest.currency

    def __len__(self) -> int:
        return len(self.products)

    def __contains__(self, product_id: str) -> bool:
        return self._find(product_id) is not None

    def _find(self, product_id: str) -> int | None:
        rows, _ = self.parts.columns.ids.rows_of(product_id, self.columns.size)
        for row in rows[::-1]:
            # The id itself is compared, as two may share a hash.
            if self.columns.live[row] and self.parts.records[int(row)].id == product_id:
                return int(row)
        return None

    def get(self, product_id: str) -> Product:
        """The product of that id.

        Raises:
            UnknownProduct: there is none.
        """
        return self.parts.records[self.row(product_id)]

    def row(self, product_id: str) -> int:
        """The row of a product in the columns.

        Raises:
            UnknownProduct: there is none of that id.
        """
        row = self._find(product_id)
        if row is None:
            raise UnknownProduct(f"The catalogue has no product {product_id[:80]!r}.")
        return row

    def at(self, row: int) -> Product:
        """The product of a row."""
        return self.parts.records[row]

    def suiting(self, advice: Advice) -> Mask:
        """Which rows are right for a need.

        They meet all that the advice requires; where it requires nothing, one of the things that
        it prefers.
        """
        if advice.require:
            return self.columns.mask(advice.require)
        suits = np.zeros(self.columns.size, dtype=bool)
        for condition in advice.prefer:
            suits |= self.columns.mask([condition])
        return suits

    def count(self, conditions: Sequence[Condition]) -> int:
        """How many products meet all of the conditions."""
        return int(np.count_nonzero(self.columns.mask(conditions)))

    def mentions_word(self, term: str) -> bool:
        """Whether any product's text has the term (a stem or a Chinese word)."""
        return self.parts.lexical.knows(term)

    def finds_word(self, word: str) -> bool:
        """Whether a search for a word meets any product's text, mended or translated if need be."""
        put = self._translator.translate(word)
        return bool(self.parts.lexical.read(word, put.alternatives if put else ()))

    def search(
        self,
        query: str,
        conditions: Sequence[Condition] = (),
        *,
        k: int = 10,
        vector: Vectors | None = None,
    ) -> list[Hit]:
        """Products that meet the conditions, those that fit the query best first.

        Args and errors as in ``matching``.
        """
        rows, scores = self.matching(query, conditions, k=k, vector=vector)
        return [
            Hit(self.at(int(row)), int(row), float(score))
            for row, score in zip(rows, scores, strict=True)
        ]

    def likeness(self, text: str) -> float:
        """How like a text the likest product is: the cosine of their vectors, from -1 to 1.

        Args:
            text: in either language.
        """
        everything = self.columns.mask(())
        _, cosines = self.parts.dense.search(self.embedded(text), 1, everything)
        return float(cosines.max(initial=-1.0))

    def embedded(self, query: str) -> Vectors:
        """The vector of a query, shape (dimensions,): to be searched with more than once."""
        return self._embedded(query, self._translator.translate(query))

    def _embedded(self, query: str, put: Translation | None) -> Vectors:
        # What the model cannot read in the catalogue's language it may in the query's.
        readable = put is not None and self.manifest.language in self.embedder.reads
        return self.embedder.query(put.text if put and readable else query)

    def matching(
        self,
        query: str,
        conditions: Sequence[Condition] = (),
        *,
        k: int = 10,
        vector: Vectors | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows that meet the conditions, those that fit the query best first.

        Conditions are settled before ranking, so that no product that meets them is lost to the
        ranking's cut. An empty query ranks by rating.

        Args:
            query: in any language the catalogue has words in.
            conditions: all of them must hold.
            k: how many at most.
            vector: the query, where it is embedded already; shape (dimensions,).

        Returns:
            Rows and their scores from 0 to 1, equally long.

        Raises:
            BadCondition: a field that the catalogue does not have.
        """
        mask = self.columns.mask(conditions)
        left = int(np.count_nonzero(mask))
        if left == 0 or k <= 0:
            return np.empty(0, dtype=np.int64), np.empty(0)
        if query.strip():
            pool = min(left, max(_POOL, k))
            put = self._translator.translate(query)
            if vector is None:
                vector = self._embedded(query, put)
            rows, scores = fuse(
                self.parts.dense.search(vector, pool, mask),
                self.parts.lexical.search(query, pool, mask, put.alternatives if put else ()),
            )
        else:
            rows = np.flatnonzero(mask)
            scores = np.zeros(len(rows))
        return self._best(rows, scores, k)

    def _best(
        self, rows: NDArray[np.int64], scores: NDArray[np.float64], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if k < len(rows):
            first = np.argpartition(-scores, k - 1)[:k]
            # With all that are as good as the last of them.
            first = np.flatnonzero(scores >= scores[first].min())
            rows, scores = rows[first], scores[first]
        # What is equal otherwise is ordered by rating.
        ratings = np.nan_to_num(self.columns.numbers_at("rating", rows))
        order = np.lexsort((rows, -ratings, -scores))[:k]
        return rows[order].astype(np.int64), scores[order]

    def changed(self, changes: Sequence[Change]) -> CatalogueIndex:
        """The snapshot after some changes. Only one writer may ask for it at a time.

        Args:
            changes: in their order; each product with its vector. Each takes a row of its own,
                so that every process counts the same rows however it takes the changes up.
        """
        live = self.columns.live
        gone: list[int] = []
        added: dict[str, int] = {}
        for change in changes:
            row = added.pop(change.id, None)
            if row is None:
                row = self._find(change.id)
            if row is not None:
                gone.append(row)
            if change.product is not None and change.vector is not None:
                product, vector = change.product, change.vector
                added[change.id] = self.parts.add(product, vector, self._meaning.latest.vocabulary)
        more = np.ones(self.parts.columns.size - len(live), dtype=bool)
        live = np.concatenate([live, more])
        live[gone] = False
        return CatalogueIndex(
            self.manifest,
            self.parts,
            live,
            self.embedder,
            words=self.words,
            advice=self.advice,
            rules=self.rules,
            meaning=self._meaning.renewed(),
        )


def as_json(product: Product) -> dict[str, Any]:
    """A product as plain data for JSON, fields without a value left out."""
    data: dict[str, Any] = json.loads(product.model_dump_json(exclude_none=True))
    return data
