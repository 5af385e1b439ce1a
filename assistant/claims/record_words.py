"""The words of one record, read once and kept for the answers to come."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from cachetools import LRUCache

from assistant.claims.labels import label_words
from retrieval.product import Product
from retrieval.text import lowered, normalise, search_terms, stem, tokens
from retrieval.vocabulary import Term, Vocabulary
from tools.reading.polarity import excluded
from tools.reading.quotes import Span

_MAY_DENY = re.compile(
    r"\b(?:no|not|non|never|without|rather|instead|except|nor|neither|avoid\w*|than)\b|n['’]t"
    r"|不|没|无|非|别|免|除",
    re.IGNORECASE,
)
_PART = re.compile(r"[^.!?;。！？；\n]+")
# A record takes some ten milliseconds to read and some twenty kilobytes to keep.
_MOST_KEPT = 1000
_kept: WeakKeyDictionary[Vocabulary, LRUCache[str, RecordWords]] = WeakKeyDictionary()


_keeping = threading.Lock()


@dataclass(frozen=True)
class RecordWords:
    """What a record says, as stems in English and words in Chinese.

    Attributes:
        product: the record.
        said: its words, save those that stand in a denial.
        unsaid: those that it denies and nowhere says.
        of_values: those of its title, brand, kinds and values.
        labels: those of the names of its attributes.
        text: all of it, as plain text.
        written: title and description alone, as plain text.
    """

    product: Product
    said: frozenset[str]
    unsaid: frozenset[str]
    of_values: frozenset[str]
    labels: frozenset[str]
    text: str
    written: str


def words_of_record(product: Product, vocabulary: Vocabulary) -> RecordWords:
    """The words of a record; as they were read before, where it has not changed since.

    Args:
        product: the record.
        vocabulary: of its catalogue.
    """
    with _keeping:
        kept = _kept.setdefault(vocabulary, LRUCache(_MOST_KEPT))
        words = kept.get(product.id)
    if words is None or words.product != product:
        words = _read(product, vocabulary)
        with _keeping:
            kept[product.id] = words
    return words


def terms(texts: Iterable[str]) -> frozenset[str]:
    """The terms of some texts."""
    return frozenset(term for text in texts for term in search_terms(text))


def _read(product: Product, vocabulary: Vocabulary) -> RecordWords:
    texts = [product.title, product.title_zh or "", product.brand or "", *product.category]
    for step in product.category:
        texts += vocabulary.words_for(Term("category", step))
    labels: frozenset[str] = frozenset()
    for name in product.attributes:
        labels |= terms(label_words(name, vocabulary))
        values = product.values(name)
        if values == [False]:
            continue
        texts += [vocabulary.label(name, language) for language in ("en", "zh")]
        texts += vocabulary.labels().get(name, ())
        for value in values:
            if not isinstance(value, float):
                texts += vocabulary.words_for(Term(name, value))
    said: set[str] = set()
    unsaid: set[str] = set()
    for text in (*texts, *(part.group() for part in _PART.finditer(product.description))):
        _read_part(text, said, unsaid)
    unsaid -= said
    own = (product.title, product.title_zh or "", product.description)
    return RecordWords(
        product=product,
        said=frozenset(said),
        unsaid=frozenset(unsaid),
        of_values=terms(texts) - unsaid,
        labels=labels,
        text=normalise(" ; ".join((*texts, product.description))),
        written=normalise(" ; ".join(own)),
    )


def _read_part(text: str, said: set[str], unsaid: set[str]) -> None:
    small = lowered(text)
    if not _MAY_DENY.search(small):
        said |= terms((small,))
        return
    for token in tokens(small):
        denied = excluded(small, Span(token.start, token.end))
        (unsaid if denied else said).update(_parts(token.stem))


def _parts(word: str) -> set[str]:
    return {word, *(stem(part) for part in re.split(r"[.'’\-/°]", word) if part)}
