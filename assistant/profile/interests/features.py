"""What a product, a search or a fact has that other goods may share."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.profile.facts import ProfileFact
from assistant.profile.interests.nodes import Node
from assistant.profile.interests.shelf import Shelf
from retrieval.advice import Advice, AdviceBook
from retrieval.conditions import Condition, Scalar
from retrieval.product import Product
from retrieval.text import normalise, stem, stopwords, tokens
from retrieval.vocabulary import Term, Vocabulary
from tools.reading.polarity import sign
from tools.reading.quotes import Span

# Sizes, prices and stock say nothing of taste.
_NO_TASTE = frozenset(
    "id sku size availability in_stock on_sale currency price sale_price rating rating_count".split(
        " "
    )
)
# The first words of a description say what a thing is; the rest praises it.
_DESCRIPTION = 600
_SHORTEST_WORD = 3


def feature(field: str, value: Scalar) -> Node:
    """The node of a value: a brand, a category or a value of an attribute."""
    if field == "brand":
        return Node("brand", field, value)
    return Node("category" if field == "category" else "value", field, value)


def features_of(product: Product, shelf: Shelf) -> Iterator[Node]:
    """The brand and the named values of a product, in the order of its record."""
    pairs: list[tuple[str, Scalar]] = [("brand", product.brand)] if product.brand else []
    for name in product.attributes:
        if name not in _NO_TASTE and name not in {"brand", "category"} and shelf.holds(name):
            pairs.extend((name, value) for value in product.values(name))
    for name, value in pairs:
        # Numbers have an order and no name: a drop of 8 mm is no interest.
        if isinstance(value, str | bool):
            written = shelf.written(name, value)
            if written is not None:
                yield feature(name, written)


def words_of(product: Product, shelf: Shelf) -> list[Node]:
    """The words of a product's title and description, each once, those of its kind left out."""
    found: dict[str, str] = {}
    brand = normalise(product.brand or "").split()
    useless = shelf.kind_words | stopwords() | {stem(word) for word in brand}
    for text in (product.title, product.description[:_DESCRIPTION]):
        small = normalise(text)
        for token in tokens(small):
            word = small[token.start : token.end]
            if token.cjk or len(word) < _SHORTEST_WORD or not word.isalpha():
                continue
            if token.stem not in useless:
                found.setdefault(token.stem, word)
    return [Node("word", "text", word) for word in found.values()]


def named_in(
    query: str, vocabulary: Vocabulary, shelf: Shelf
) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """The brands, categories and values that the words of a search wish for, and those that they
    refuse: "not black, and no Salomon".
    """

    def useless(term: Term) -> bool:
        return term.field in _NO_TASTE or shelf.written(term.field, term.value) is None

    text = query[:500]
    wanted: dict[Node, None] = {}
    refused: dict[Node, None] = {}
    for mention in vocabulary.find(text, skip=useless):
        node = feature(mention.terms[0].field, mention.terms[0].value)
        match sign(text, Span(mention.start, mention.end)):
            case "wanted" | "only":
                wanted[node] = None
            case "refused":
                refused[node] = None
    return tuple(wanted), tuple(refused)


def advice_of(fact: ProfileFact, book: AdviceBook) -> Advice | None:
    """The advice for a fact such as flat feet; None where there is none."""
    for entry in book:
        names = {entry.id, entry.name("en"), entry.name("zh")}
        if entry.field == fact.field and fact.value in names:
            return entry
    return None


def named_by(fact: ProfileFact, shelf: Shelf) -> Node | None:
    """The value of the catalogue that a fact is about; None where it holds none."""
    if fact.field in _NO_TASTE or not shelf.holds(fact.field):
        return None
    written = shelf.written(fact.field, fact.value)
    return None if written is None else feature(fact.field, written)


def values_of(condition: Condition, shelf: Shelf) -> Iterator[Node]:
    """The values that a condition of an advice asks for."""
    if condition.op not in {"=", "in"} or condition.field in _NO_TASTE:
        return
    wanted = condition.value if isinstance(condition.value, list) else [condition.value]
    for value in wanted:
        written = shelf.written(condition.field, value)
        if written is not None:
            yield feature(condition.field, written)
