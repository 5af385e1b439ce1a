"""A catalogue's index: built once, kept on disk by version, replaced whole, searched."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from retrieval.advice import Advice, AdviceBook, load_advice
from retrieval.columns import Columns, Mask
from retrieval.conditions import Condition
from retrieval.dense import DenseIndex
from retrieval.embedding import Embedder, dense_text
from retrieval.errors import BadInput, IndexBroken, UnknownCatalogue, UnknownProduct
from retrieval.hybrid import fuse
from retrieval.lexical import LexicalIndex, lexical_terms
from retrieval.product import Product
from retrieval.text import normalise, tokens
from retrieval.titles import TitleFinder
from retrieval.vocabulary import Term, Vocabulary
from retrieval.words import Words, load_words

FORMAT_VERSION = 1
Progress = Callable[[int, int, str], None]
"""Called with what is done, the whole, and a word for it."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_POOL = 200
_EMBED_AT_ONCE = 64


class Manifest(BaseModel):
    """What an index was built from and with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    name: str
    products: int
    currency: str
    embedder: str
    dimensions: int
    built: datetime
    source: str


@dataclass(frozen=True)
class Hit:
    """A product found.

    Attributes:
        score: fused relevance, from 0 to 1.
    """

    product: Product
    row: int
    score: float


class CatalogueIndex:
    """One catalogue in memory: products, columns, vocabulary, advice, both searches."""

    def __init__(
        self,
        manifest: Manifest,
        products: Sequence[Product],
        dense: DenseIndex,
        lexical: LexicalIndex,
        embedder: Embedder,
        *,
        words: Words | None = None,
        vocabulary: Vocabulary | None = None,
        advice: AdviceBook | None = None,
    ) -> None:
        self.manifest = manifest
        self.products = products
        self.columns = Columns(products)
        self.vocabulary = vocabulary or Vocabulary(products, words)
        self.advice = advice or AdviceBook()
        common = frozenset(
            token.stem
            for field in self.vocabulary.fields()
            for value in self.vocabulary.values(field)
            for word in self.vocabulary.words_for(Term(field, value))
            for token in tokens(normalise(word))
        )
        self.titles = TitleFinder(products, common)
        self._rows = {product.id: row for row, product in enumerate(products)}
        self._dense = dense
        self._lexical = lexical
        self._embedder = embedder

    @cached_property
    def unsold(self) -> Vocabulary:
        """Kinds and brands that shoppers know and this catalogue does not hold."""
        return self.vocabulary.unheld(("category", "brand"))

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
        return product_id in self._rows

    def get(self, product_id: str) -> Product:
        """The product of that id.

        Raises:
            UnknownProduct: there is none.
        """
        row = self._rows.get(product_id)
        if row is None:
            raise UnknownProduct(f"The catalogue has no product {product_id[:80]!r}.")
        return self.products[row]

    def row(self, product_id: str) -> int:
        """The row of a product in the columns.

        Raises:
            UnknownProduct: there is none of that id.
        """
        self.get(product_id)
        return self._rows[product_id]

    def suiting(self, advice: Advice) -> Mask:
        """Which rows are right for a need.

        They meet all that the advice requires; where it requires nothing, one of the things that
        it prefers.
        """
        if advice.require:
            return self.columns.mask(advice.require)
        suits = np.zeros(len(self.products), dtype=bool)
        for condition in advice.prefer:
            suits |= self.columns.mask([condition])
        return suits

    def count(self, conditions: Sequence[Condition]) -> int:
        """How many products meet all of the conditions."""
        return int(self.columns.mask(conditions).sum())

    def mentions_word(self, term: str) -> bool:
        """Whether any product's text has the term (a stem or a Chinese word)."""
        return self._lexical.knows(term)

    def search(self, query: str, conditions: Sequence[Condition] = (), *, k: int = 10) -> list[Hit]:
        """Products that meet the conditions, those that fit the query best first.

        Conditions are settled before ranking, so that no product that meets them is lost to the
        ranking's cut. An empty query ranks by rating.

        Args:
            query: in any language the catalogue has words in.
            conditions: all of them must hold.
            k: how many at most.

        Raises:
            BadCondition: a field that the catalogue does not have.
        """
        mask = self.columns.mask(conditions)
        left = int(mask.sum())
        if left == 0 or k <= 0:
            return []
        pool = min(left, max(_POOL, k))
        if query.strip():
            dense, _ = self._dense.search(self._embedder.query(query), pool, mask)
            lexical, _ = self._lexical.search(query, pool, mask)
            scores = fuse([dense, lexical], len(self.products))
        else:
            scores = np.zeros(len(self.products))
        ratings = self.columns.numeric("rating")
        if ratings is not None:  # so small that it only orders what is otherwise equal
            scores = scores + np.nan_to_num(ratings) * 1e-6
        scores = np.where(mask, scores, -1.0)
        k = min(k, left)
        best = np.argpartition(-scores, k - 1)[:k]
        best = best[np.lexsort((best, -scores[best]))]
        return [Hit(self.products[row], int(row), float(scores[row])) for row in best]


def build_index(
    products: Sequence[Product],
    *,
    name: str,
    embedder: Embedder,
    source: str,
    now: datetime,
    words: Words | None = None,
    advice: AdviceBook | None = None,
    progress: Progress | None = None,
) -> CatalogueIndex:
    """Builds an index in memory.

    Args:
        products: at least one, of one currency, ids unique.
        name: the catalogue's name.
        embedder: makes the vectors.
        source: where the products came from, for the manifest.
        now: the time of building, for the manifest.
        words: a shop's own words.
        advice: a shop's advice.
        progress: told how many texts are embedded.
    """
    vocabulary = Vocabulary(products, words)
    texts = [dense_text(product) for product in products]
    vectors = []
    for start in range(0, len(texts), _EMBED_AT_ONCE):
        vectors.append(embedder.documents(texts[start : start + _EMBED_AT_ONCE]))
        if progress:
            progress(min(start + _EMBED_AT_ONCE, len(texts)), len(texts), "products embedded")
    manifest = Manifest(
        format=FORMAT_VERSION,
        name=name,
        products=len(products),
        currency=products[0].currency,
        embedder=embedder.name,
        dimensions=embedder.dimensions,
        built=now,
        source=source,
    )
    return CatalogueIndex(
        manifest,
        products,
        DenseIndex.build(np.concatenate(vectors)),
        LexicalIndex.build([lexical_terms(p, vocabulary) for p in products]),
        embedder,
        vocabulary=vocabulary,
        advice=advice,
    )


class IndexFolder:
    """All indexes of a shop on disk, each in versions of which one is current.

    A version is written whole into a folder of its own; then one small file, ``CURRENT``, is
    replaced. A reader sees the old version or the new one, never a mixture.
    """

    def __init__(self, root: Path, embedder: Embedder) -> None:
        self._root = root
        self._embedder = embedder
        self._loaded: dict[str, tuple[str, CatalogueIndex]] = {}

    def names(self) -> list[str]:
        """The catalogues that there are."""
        return sorted(path.parent.name for path in self._root.glob("*/CURRENT"))

    def current_version(self, name: str) -> str | None:
        """The version that serves, or None."""
        check_name(name)
        try:
            return (self._root / name / "CURRENT").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

    def open(self, name: str) -> CatalogueIndex:
        """The current index of that name; a newer version on disk is taken up by itself.

        Raises:
            UnknownCatalogue: there is none.
            IndexBroken: its files are damaged, or were made with another embedding model.
        """
        version = self.current_version(name)
        if version is None:
            known = ", ".join(self.names()) or "none yet"
            raise UnknownCatalogue(
                f"There is no catalogue {name!r} (there is: {known}).", field="catalog"
            )
        loaded = self._loaded.get(name)
        if loaded is None or loaded[0] != version:
            loaded = (version, self._load(self._root / name / version))
            self._loaded[name] = loaded
        return loaded[1]

    def replace(
        self,
        index: CatalogueIndex,
        *,
        words_file: Path | None = None,
        advice_file: Path | None = None,
        report: str | None = None,
    ) -> Path:
        """Writes an index as the new current version and removes older ones but the last.

        Args:
            index: what to write.
            words_file: the shop's words, kept with the index.
            advice_file: the shop's advice, kept with the index.
            report: the import report as JSON, kept with the index.
        """
        check_name(index.name)
        home = self._root / index.name
        home.mkdir(parents=True, exist_ok=True)
        version = index.manifest.built.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
        partial = home / f".{version}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        with (partial / "products.jsonl").open("w", encoding="utf-8") as lines:
            for product in index.products:
                lines.write(product.model_dump_json(exclude_defaults=True) + "\n")
        index._dense.save(partial / "vectors.faiss")
        index._lexical.save(partial / "words.bm25")
        if words_file:
            shutil.copyfile(words_file, partial / "words.yaml")
        if advice_file:
            shutil.copyfile(advice_file, partial / "advice.yaml")
        if report:
            (partial / "report.json").write_text(report, encoding="utf-8")
        (partial / "manifest.json").write_text(
            index.manifest.model_dump_json(indent=1), encoding="utf-8"
        )
        _sync(partial)
        previous = self.current_version(index.name)
        final = home / version
        partial.rename(final)
        pointer = home / ".CURRENT.partial"
        pointer.write_text(version, encoding="utf-8")
        _sync_file(pointer)
        os.replace(pointer, home / "CURRENT")
        for old in home.iterdir():
            if old.is_dir() and old.name not in {version, previous}:
                shutil.rmtree(old, ignore_errors=True)
        return final

    def _load(self, folder: Path) -> CatalogueIndex:
        try:
            manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise IndexBroken(
                f"The index {folder.parent.name} has no readable manifest."
            ) from error
        if manifest.format != FORMAT_VERSION:
            raise IndexBroken(
                f"The index {manifest.name} is of format {manifest.format}, this program reads "
                f"{FORMAT_VERSION}: index the catalogue anew."
            )
        if manifest.embedder != self._embedder.name:
            raise IndexBroken(
                f"The index {manifest.name} was built with {manifest.embedder}, not with "
                f"{self._embedder.name}: index the catalogue anew."
            )
        products = list(_read_products(folder / "products.jsonl"))
        dense = DenseIndex.load(folder / "vectors.faiss")
        if not len(products) == len(dense) == manifest.products:
            raise IndexBroken(f"The index {manifest.name} is cut short.")
        try:
            words = load_words(folder / "words.yaml") if (folder / "words.yaml").exists() else None
            advice = (
                load_advice(folder / "advice.yaml") if (folder / "advice.yaml").exists() else None
            )
        except BadInput as error:
            raise IndexBroken(f"The index {manifest.name}: {error.sentence}") from error
        return CatalogueIndex(
            manifest,
            products,
            dense,
            LexicalIndex.load(folder / "words.bm25", len(products)),
            self._embedder,
            words=words,
            advice=advice,
        )


def check_name(name: str) -> None:
    """Refuses a catalogue name that is not a plain word, as it becomes a folder's name.

    Raises:
        BadInput: it has other characters than small letters, digits, ``-`` and ``_``.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{name[:80]!r} cannot name a catalogue: use small letters, digits, - and _.",
            field="catalog",
        )


def _read_products(path: Path) -> Iterator[Product]:
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield Product.model_validate_json(line)
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise IndexBroken(f"{path.name} cannot be read.") from error


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            _sync_file(path)


def _sync_file(path: Path) -> None:
    with path.open("rb") as opened:
        os.fsync(opened.fileno())


def as_json(product: Product) -> dict[str, Any]:
    """A product as plain data for JSON, fields without a value left out."""
    data: dict[str, Any] = json.loads(product.model_dump_json(exclude_none=True))
    return data
