"""The catalogues that transcripts are made over, and how a reply says what their records hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import as_file, files

import yaml
from pydantic import Field

from evals.checks.wording import Shop
from evals.profile.demo_shop import demo_index
from evals.suite.predicates import plain_value
from evals.suite.strict import Strict
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.vocabulary import Term
from retrieval.words import load_words

_OWN = ("furniture", "phones")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


class ValuePhrase(Strict):
    """A value of a field as a verb phrase: "is made of oak"."""

    field: str
    value: bool | str
    en: str
    zh: str

    def said(self, language: str) -> str:
        """The phrase in ``en`` or ``zh``."""
        return self.zh if language == "zh" else self.en


class MeasurePhrase(Strict):
    """A number of a field as a verb phrase: "weighs {n} g".

    Attributes:
        more: what is added to a number to make it surely another.
    """

    field: str
    en: str
    zh: str
    more: float = Field(gt=0)

    def said(self, language: str, number: float) -> str:
        """The phrase in ``en`` or ``zh`` with that number."""
        return (self.zh if language == "zh" else self.en).replace("{n}", f"{number:g}")


class Phrases(Strict):
    """How a reply says what the records of a catalogue hold.

    Attributes:
        scales: degrees from less to more: what has the higher has the lower too.
    """

    values: tuple[ValuePhrase, ...]
    measures: tuple[MeasurePhrase, ...]
    scales: tuple[tuple[str, ...], ...] = ()

    def false_of(self, product: Product) -> list[ValuePhrase]:
        """What the record of a product surely denies: another value, or the other truth value."""
        found = []
        for phrase in self.values:
            held = {plain_value(value) for value in product.values(phrase.field)}
            higher = {
                value
                for scale in self.scales
                if phrase.value in scale
                for value in scale[scale.index(str(phrase.value)) :]
            }
            if held and plain_value(phrase.value) not in held and not held & higher:
                found.append(phrase)
        return found

    def true_of(self, product: Product) -> list[ValuePhrase]:
        """What the record of a product says."""
        return [
            phrase
            for phrase in self.values
            if plain_value(phrase.value) in map(plain_value, product.values(phrase.field))
        ]


@dataclass(frozen=True)
class Bank:
    """A catalogue with the phrases for it."""

    name: str
    shop: Shop
    phrases: Phrases

    @cached_property
    def products(self) -> Sequence[Product]:
        """All products that can be bought."""
        return [p for p in self.shop.products.values() if p.availability == "in_stock"]

    def colour(self, value: str, language: str) -> str:
        """A colour as the shop calls it."""
        return self.shop.index.vocabulary.display(Term("color", value), language)

    @property
    def currency(self) -> str:
        """Of all prices."""
        return self.products[0].currency


def bank_of(index: CatalogueIndex, name: str | None = None) -> Bank:
    """A catalogue with the packaged phrases of that name.

    Args:
        index: the catalogue.
        name: of the phrases; the index's own by default.
    """
    name = name or index.name
    path = files("evals.grader_test").joinpath("catalogs", f"{name}.phrases.yaml")
    phrases = Phrases.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    return Bank(name, Shop(index), phrases)


def banks() -> list[Bank]:
    """The packaged catalogues: shoes in dollars, furniture in yuan, telephones in pounds."""
    return [bank_of(demo_index()), *(bank_of(_own_index(name)) for name in _OWN)]


def _own_index(name: str) -> CatalogueIndex:
    with as_file(files("evals.grader_test") / "catalogs") as folder:
        lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        return build_index(
            [Product.model_validate_json(line) for line in lines],
            name=name,
            embedder=HashingEmbedder(),
            source=name,
            now=_NOW,
            words=load_words(folder / f"{name}.words.yaml"),
        )
