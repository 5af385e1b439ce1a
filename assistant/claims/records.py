"""What the records behind an answer say, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from assistant.claims.fitness import is_right_for
from assistant.claims.record_words import terms, words_of_record
from assistant.evidence import Evidence
from retrieval.advice import Advice
from retrieval.product import Product
from retrieval.text import has_cjk, normalise, stem
from retrieval.vocabulary import Term

# Two stems that share fewer letters are of different words.
_FAMILY = 5
_SHORTEST_VALUE = 3
_MODEL = re.compile(r"\d")
_DERIVED = re.compile(r"(?:abl|ibl|able|ible|ing|i|al|ic|iv|ation|ion|er|or|ment|y|s|ed|li|e|um)+")
# Latin words that are written large and name no product.
_UNNAMED = frozenset(
    "eu us uk cn usd cny eur gbp i i'm i'd ok mm cm kg g ml id".split(" ")
)  # fmt: skip


class Records:
    """The words of the records, of the advice and of the wishes behind one answer.

    Args:
        evidence: all that the answer may rest on.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.titles = [
            (name, product) for product in evidence.products for name in _names_of(product)
        ]
        vocabulary = evidence.index.vocabulary
        self._words = {p.id: words_of_record(p, vocabulary) for p in evidence.products}
        self._extra = {p.id: self._wishes_met(p) for p in evidence.products}
        self._advice = {a.id: terms(a.reason.values()) for a in evidence.advice}

    def says(self, word: str, product: Product, *, denied: bool = False) -> bool:
        """Whether a record, or what it was chosen for, has a word with that sign.

        Args:
            word: a stem in English, a word in Chinese.
            product: whose record.
            denied: whether the sentence denies the word.
        """
        if denied:
            return word in self._words[product.id].unsaid
        if word in self._words[product.id].said or word in self._extra[product.id]:
            return True
        if has_cjk(word) and len(word) > 1 and word in self._words[product.id].written:
            return word not in self._words[product.id].unsaid
        if any(word in self._advice[a.id] for a in self._fitting(product)):
            return True
        return (
            not has_cjk(word)
            and word not in self._words[product.id].unsaid
            and (any(akin(word, other) for other in self._words[product.id].of_values))
        )

    def value_words(self, product: Product, field: str) -> list[str]:
        """Every word for what a record holds in a field."""
        vocabulary = self._evidence.index.vocabulary
        return [
            normalise(word)
            for value in product.values(field)
            if not isinstance(value, float) or isinstance(value, bool)
            for word in vocabulary.words_for(Term(field, value))
        ]

    def value_spans(self, text: str) -> list[tuple[int, int]]:
        """Where a text repeats an attribute of a record as it is written there."""
        if self._values is None:
            return []
        return [match.span() for match in self._values.finditer(text)]

    @cached_property
    def _values(self) -> re.Pattern[str] | None:
        values = {
            value
            for product in self._evidence.products
            for name in product.attributes
            for value in product.values(name)
            if isinstance(value, str) and len(value) >= _SHORTEST_VALUE
        }
        written = "|".join(re.escape(value) for value in sorted(values, key=lambda v: (-len(v), v)))
        return (
            re.compile(rf"(?<![A-Za-z0-9])(?:{written})(?![A-Za-z0-9])", re.IGNORECASE)
            if values
            else None
        )

    def labels(self, word: str, product: Product, *, exact: bool = False) -> bool:
        """Whether a word belongs to the name of an attribute that a record has.

        Args:
            word: a stem in English, a word in Chinese.
            product: whose record.
            exact: whether a word of the same family ("breathe", breathability) does not count.
        """
        if exact:
            return word in self._words[product.id].labels
        if has_cjk(word):
            return any(word in label for label in self._words[product.id].labels)
        return any(akin(word, label) or word == label for label in self._words[product.id].labels)

    def readable(self, product: Product) -> bool:
        """Whether every attribute of a record has a name in the language of the answer.

        Where one has none, nobody can tell from its silence in that language what it lacks.
        """
        if self._evidence.language == "en":
            return True
        vocabulary = self._evidence.index.vocabulary
        return all(
            has_cjk(vocabulary.label(name, "zh"))
            or any(has_cjk(word) for word in self.value_words(product, name))
            for name in product.attributes
        )

    def written(self, words: str, product: Product) -> bool:
        """Whether title or description hold some words."""
        return normalise(words) in self._words[product.id].written

    def names(self, word: str, product: Product) -> bool:
        """Whether a record has a word at all, whatever its sign."""
        return word in self._words[product.id].said or word in self._words[product.id].unsaid

    def literally(self, phrase: str, product: Product) -> bool:
        """Whether a record holds a phrase as it stands, case and spaces aside."""
        wanted = re.escape(normalise(phrase).replace(" ", ""))
        edge = r"[a-z0-9.]"
        text = self._words[product.id].text.replace(" ", "") if has_cjk(phrase) else None
        if text is None:
            wanted = r"\s*".join(re.escape(part) for part in re.findall(
                r"\d[\d.,]*|[^\W\d]+|\S", normalise(phrase)))  # fmt: skip
            text = self._words[product.id].text
        return re.search(rf"(?<!{edge}){wanted}(?![a-z0-9])", text) is not None

    def quotes(self, phrase: str, product: Product) -> bool:
        """Whether a record, or an advice that the product fits, holds a phrase as it stands."""
        if self.literally(phrase, product):
            return True
        wanted = normalise(phrase)
        reasons = [r for entry in self._fitting(product) for r in entry.reason.values()]
        return any(wanted in normalise(reason) for reason in reasons)

    def known_name(self, word: str, about: Sequence[Product]) -> bool:
        """Whether a word that is written as a name stands in a record or in the wishes."""
        small = normalise(word)
        return (
            small in _UNNAMED
            or small in self._shared_names
            or stem(small) in self._shared_names
            or any(small in self._names[p.id] or stem(small) in self._names[p.id] for p in about)
        )

    @cached_property
    def _names(self) -> dict[str, frozenset[str]]:
        found = {}
        for product in self._evidence.products:
            words = set(re.findall(r"[^\W_]+", self._words[product.id].text))
            words |= self._words[product.id].said | self._words[product.id].unsaid
            found[product.id] = frozenset(words)
        return found

    @cached_property
    def _shared_names(self) -> frozenset[str]:
        evidence = self._evidence
        texts = [wish.quote for wish in evidence.need.wishes()]
        texts += [text for entry in evidence.advice for text in entry.reason.values()]
        texts += [word for entry in evidence.advice for ws in entry.words.values() for word in ws]
        texts += [word for words in evidence.index.vocabulary.labels().values() for word in words]
        return frozenset(n for text in texts for n in re.findall(r"[^\W_]+", normalise(text)))

    @cached_property
    def asked(self) -> frozenset[str]:
        """The words of the shopper's message and of the wishes."""
        quotes = [wish.quote for wish in self._evidence.need.wishes()]
        return terms((self._evidence.message, *quotes))

    def _fitting(self, product: Product) -> list[Advice]:
        index = self._evidence.index
        return [a for a in self._evidence.advice if is_right_for(a, product, index)]

    def _wishes_met(self, product: Product) -> frozenset[str]:
        """The shopper's words for what a product meets."""
        index = self._evidence.index
        row = index.row(product.id)
        words: set[str] = set()
        for wish in self._evidence.need.wishes():
            if wish.field == "need":
                entry = index.advice.get(str(wish.value))
                met = entry is not None and is_right_for(entry, product, index)
                if entry is not None and met:
                    words |= terms(w for ws in entry.words.values() for w in ws)
            else:
                conditions = [c for c, source in self._evidence.plan.where if source == wish]
                met = bool(conditions) and bool(index.columns.mask(conditions)[row])
            if met and wish.op != "!=":
                words |= terms((wish.quote,))
        return frozenset(words)


def _names_of(product: Product) -> list[str]:
    """The titles of a product, also without the brand before and the kind behind the model."""
    names = [title for title in (product.title, product.title_zh) if title]
    for title in list(names):
        words = title.split()
        brand = (product.brand or "").casefold().split()
        if brand and [word.casefold() for word in words[: len(brand)]] == brand:
            words = words[len(brand) :]
        elif has_cjk(title) and len(words) > 1 and not _MODEL.search(words[0]):
            words = words[1:]
        numbered = [at for at, word in enumerate(words) if _MODEL.search(word)]
        for name in (words, words[: numbered[-1] + 1] if numbered else []):
            joined = " ".join(name)
            if len(name) > 1 or (_MODEL.search(joined) and len(joined) > 2):
                names.append(joined)
    return list(dict.fromkeys(names))


def akin(word: str, other: str) -> bool:
    """Whether two stems are of one family: "breath" and "breathabl"."""
    word, other = word.replace("bil", "bl"), other.replace("bil", "bl")
    if len(word) < _FAMILY or len(other) < _FAMILY or word[:_FAMILY] != other[:_FAMILY]:
        return False
    short, long = sorted((word, other), key=len)
    if short == long:
        return True
    return long.startswith(short) and _DERIVED.fullmatch(long[len(short) :]) is not None
