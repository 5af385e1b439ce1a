"""Grades what a text claims of a catalogue's products."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import as_file, files

from evals.grading.alternatives import one_of
from evals.grading.attributes import Attributes
from evals.grading.brands import Brands
from evals.grading.claim import Claim
from evals.grading.figures import Figures
from evals.grading.money import Money, stated_rate
from evals.grading.naming import Names
from evals.grading.needs import Needs
from evals.grading.orders import Orders
from evals.grading.ordinals import ordinals
from evals.grading.phrases import phrases
from evals.grading.sentences import units
from evals.grading.shelf import Shelf
from evals.grading.subjects import Before, Speech
from evals.grading.words import WordTable
from retrieval.advice import Advice
from retrieval.catalogues import DEMO
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.vocabulary import Term
from retrieval.words import Words, load_words


class Grader:
    """Reads claims out of texts about one catalogue; made once, used for many texts.

    Args:
        products: all products of the catalogue, at least one.
        words: the shop's own words.
        advice: the shop's advice.
    """

    def __init__(
        self,
        products: Sequence[Product],
        words: Words | None = None,
        advice: Sequence[Advice] = (),
    ) -> None:
        words = words or Words()
        self._products = {product.id: product for product in products}
        self._currency = products[0].currency
        self._brands = Brands(products, words)
        names = [word for listed in self._brands.carried.values() for word in listed]
        self._table = WordTable(products, words, names)
        plain = dict.fromkeys(w for w in self._table.words() if len(w) > 1)
        self._names = Names(products, plain, self._brands.carried)
        singular = (word.removesuffix("s") for word in plain)
        words_alone = one_of([*plain, *singular, "price", "rating"])
        self._plain = re.compile(rf"(?<![a-z0-9]){words_alone}(?:s|es)?(?![a-z0-9])")
        self._labels = {
            name: [name.rpartition("_")[0].replace("_", " "), *words.labels.get(name, ())]
            for product in products
            for name in product.attributes
        }
        self._attributes = Attributes(self._table, self._get)
        self._needs = Needs(advice, self._get)
        stock = [p for p in products if p.availability != "out_of_stock"]
        self._orders = Orders(self._table, self._brands.named, self._get, stock)

    def grade(
        self,
        text: str,
        *,
        offered: Sequence[str] = (),
        said: Sequence[str] = (),
        among: Sequence[Product] | None = None,
    ) -> list[Claim]:
        """Every claim of a text, in its order.

        Args:
            text: what the shopper reads.
            offered: ids of the reply's products in the order of their ``[n]`` markers.
            said: the shopper's own words so far.
            among: what a superlative is held against; by default all that is in stock.
        """
        own = " ".join(said).lower()
        offered = [id for id in offered if id in self._products]
        money = Money(self._get, own, stated_rate(text), self._currency)
        figures = Figures(self._get, lambda name: self._labels.get(name, ()), own, money)
        shelf = Shelf(self._table, self._get, own)
        named = list(dict.fromkeys(n.ids for n in self._names.find(text) if not n.wrong))
        everything: tuple[tuple[str, ...], ...] = tuple((id,) for id in offered) or tuple(named)
        before = Before((), everything)
        claims: list[Claim] = []
        for unit in units(text, self._ids):
            if phrases().found("conversion", unit.text.lower()):
                continue  # it says how the shopper's own figure was read, and nothing of a product
            found = self._names.find(unit.text)
            found += ordinals(unit.text, found, before.all, before.last)
            found.sort(key=lambda name: name.start)
            speech = Speech(unit.text, found, offered, unit.about, before)
            claims += self._named(speech)
            claims += self._brands.claims(speech, self._get, self._plain)
            claims += figures.claims(speech)
            claims += shelf.claims(speech)
            claims += self._attributes.claims(speech)
            claims += self._needs.claims(speech)
            claims += self._orders.claims(speech, among, own)
            claims += _policies(speech)
            before = Before(_last(speech) or before.last, everything, speech.of_ratings)
        return claims

    def named(self, text: str) -> list[str]:
        """Ids of the products that a text names, each once, in the order of the text."""
        found = (n for n in self._names.find(text) if not n.wrong)
        return list(dict.fromkeys(name.ids[0] for name in found))

    def _get(self, id: str) -> Product:
        return self._products[id]

    def _ids(self, text: str) -> list[str]:
        return [name.ids[0] for name in self._names.find(text) if not name.wrong]

    def _named(self, speech: Speech) -> Iterator[Claim]:
        asked = phrases().found("not_carried", speech.text.lower())
        for name in speech.named:
            words = speech.text[name.start : name.end]
            if name.wrong:
                yield Claim("product", words, speech.text, None, bool(asked), name.wrong)
                continue
            marker = next((m for m in speech.markers if 0 <= m[0] - name.end <= 3), None)
            if marker and marker[2] is not None and marker[2] not in name.ids:
                told = f"[{speech.text[marker[0] + 1 : marker[1] - 1]}] is {marker[2]}"
                yield Claim("product", words, speech.text, name.ids[0], False, told)
            else:
                yield Claim("product", words, speech.text, name.ids[0], True, "a title")
        for start, end, id in speech.markers:
            if id is None and speech.offered:
                words = speech.text[start:end]
                yield Claim("product", words, speech.text, None, False, "a marker of nothing")


def grade_text(
    text: str,
    index: CatalogueIndex,
    *,
    message: str,
    offered: Sequence[str],
    said: Sequence[str],
    among: Sequence[Product] | None = None,
) -> list[Claim]:
    """Every claim of a reply, in its order.

    Args:
        text: what the shopper reads.
        index: the catalogue; its products, words and advice are read, nothing else.
        message: what the reply answers.
        offered: ids of the reply's products in the order of their ``[n]`` markers.
        said: the shopper's own words so far.
        among: what a superlative is held against; by default all that is in stock.
    """
    return _grader(index).grade(text, offered=offered, said=[*said, message], among=among)


@lru_cache(maxsize=4)
def _grader(index: CatalogueIndex) -> Grader:
    return Grader(index.products, words_of(index), index.advice.entries)


def products_named(text: str, index: CatalogueIndex) -> list[str]:
    """Ids of the products that a text names, each once, in the order of the text."""
    return _grader(index).named(text)


def words_of(index: CatalogueIndex) -> Words:
    """The words file of a catalogue: the packaged one, or what its index kept of its own."""
    if index.name == DEMO:
        with as_file(files("retrieval.demo") / "words.yaml") as path:
            return load_words(path)
    values: dict[str, dict[str, list[str]]] = {}
    for field in sorted(index.vocabulary.fields()):
        values[field] = {
            str(value).lower() if isinstance(value, bool) else str(value): [
                word for word in index.vocabulary.words_for(Term(field, value)) if word != value
            ]
            for value in index.vocabulary.values(field)
        }
    labels = {field: list(words) for field, words in index.vocabulary.labels().items()}
    return Words(labels=labels, values=values)


def _last(speech: Speech) -> tuple[tuple[str, ...], ...]:
    if speech.about:
        return ()
    if speech.groups:
        return tuple(item for group in speech.groups for item in group.items)
    return tuple((id,) for _, _, id in speech.markers if id is not None)


def _policies(speech: Speech) -> Iterator[Claim]:
    text = speech.small
    asked = text.rstrip(" *").endswith(("?", "？"))
    for match in phrases().patterns["policies"].finditer(text):
        refused = phrases().found("refuses", text) is not None
        words = speech.text[match.start() : match.end()]
        told = "the sentence refuses" if refused else "no record holds policies"
        yield Claim("policy", words, speech.text, None, refused or asked, told)
