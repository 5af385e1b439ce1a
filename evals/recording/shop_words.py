"""The words of a catalogue, which a conversation is about and which say nothing of a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.vocabulary import Term

_WORD = re.compile(r"[^\W_]+(?:['’.+/-][^\W_]+)*")
_HAN = re.compile(r"[㐀-鿿]{2,}")


class ShopWords:
    """Words that must stay as they are.

    Args:
        texts: of which the words are.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        words: set[str] = set()
        han: set[str] = set()
        phrases: list[str] = []
        for text in texts:
            found = _WORD.findall(text.casefold())
            for word in found:
                words.add(word)
                words.update(re.split(r"['’.+/-]", word))
            if len(found) > 1:
                phrases.append(" ".join(found))
            han.update(_HAN.findall(text))
        self._words = words
        self._phrases = "\n".join(f" {phrase} " for phrase in dict.fromkeys(phrases))
        self._han = "\n".join(sorted(han))

    @classmethod
    def of(cls, index: CatalogueIndex) -> ShopWords:
        """The words of a catalogue, of what shoppers call its values, and of its advice."""
        return cls(_texts(index))

    def has(self, text: str) -> bool:
        """Whether every word of a text is the shop's."""
        found = [match.group() for match in _WORD.finditer(text.casefold())]
        return bool(found) and all(
            word in self._words or (_HAN.fullmatch(word) is not None and word in self._han)
            for word in found
        )

    def has_phrase(self, text: str) -> bool:
        """Whether the words of a text stand in one of the shop's one after the other."""
        return f" {' '.join(_WORD.findall(text.casefold()))} " in self._phrases

    def has_any(self, text: str) -> bool:
        """Whether a word of a text is the shop's."""
        return any(self.has(match.group()) for match in _WORD.finditer(text))


def _texts(index: CatalogueIndex) -> Iterator[str]:
    for product in index.products:
        yield from _of_product(product)
    vocabulary = index.vocabulary
    for field in vocabulary.fields():
        for value in vocabulary.values(field):
            yield str(value)
            if isinstance(value, str):
                yield from vocabulary.words_for(Term(field, value))
    for entry in index.advice:
        for words in entry.words.values():
            yield from words


def _of_product(product: Product) -> Iterator[str]:
    yield from (product.id, product.title, product.title_zh or "", product.brand or "")
    yield from product.category
    for value in product.attributes.values():
        yield from map(str, value if isinstance(value, list | tuple) else (value,))
    for variant in product.variants:
        yield from filter(None, (variant.sku, variant.size, variant.color))
