"""What a reply's text shows by itself: its language, whether it says no, what it names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from assistant.policy.rooms import demo_policies
from evals.suite.predicates import COLUMNS, read_number
from retrieval.catalogues import DEMO
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.vocabulary import Term

_HAN = re.compile(r"[㐀-鿿]")
_WORD = re.compile(r"[A-Za-z][a-z'’-]+")  # capitals alone (USD, EU, GTX) belong to no language
_MARKER = re.compile(r"\[\d+\]|https?://\S+")
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;\n])|(?<=\.)(?:\s|(?=[㐀-鿿]))")
_ASKS = re.compile(r"[?？]\W*$")
_CLAUSE_END = re.compile(r"[,，、;；:：—–]|\s-\s|\b(?:but|so)\b")
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|\"[^\"]*\"")
# Letters a word, on average: six Chinese characters say as much as four words.
_CHARACTERS_A_WORD = 1.6
_WHOLE_SENTENCE = 5  # words; shorter ones may be a value as the record has it


class Shop:
    """A catalogue as the grader looks at it.

    Args:
        index: the catalogue.
        policies: the folder of the shop's policies; by default the demo shop's for its catalogue.
    """

    def __init__(self, index: CatalogueIndex, policies: Path | None = None) -> None:
        self.index = index
        self.policies = policies or (demo_policies() if index.name == DEMO else None)
        self.products: Mapping[str, Product] = {p.id: p for p in index.products}

    @cached_property
    def _fields(self) -> frozenset[str]:
        return COLUMNS.union(*(product.attributes for product in self.products.values()))

    def has_field(self, field: str) -> bool:
        """Whether a condition can speak of a field: every record has it, or an attribute it is."""
        return field.removeprefix("attributes.") in self._fields

    @cached_property
    def _names(self) -> re.Pattern[str]:
        names = {
            name
            for product in self.products.values()
            for name in (product.title, product.title_zh, product.brand)
            if name
        }
        longest_first = sorted(names, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)

    def without_names(self, text: str) -> str:
        """The text without titles, brands, markers and quoted words, which keep their form."""
        return self._names.sub(" ", _QUOTED.sub(" ", _MARKER.sub(" ", text)))

    def names_field(self, text: str, field: str, values: Sequence[Any]) -> bool:
        """Whether a text names a field, or one of the values that were asked of it."""
        small = text.casefold()
        if any(
            re.search(pattern, text, re.IGNORECASE) for pattern in _words()["fields"].get(field, ())
        ):
            return True
        words = [*self.index.vocabulary.labels().get(field, ()), field.replace("_", " ")]
        for value in values:
            number = read_number(value)
            if number is not None:
                if re.search(rf"(?<![\d.]){re.escape(f'{number:g}')}(?![\d.]*\d)", text):
                    return True
                continue
            words += [str(value)] if isinstance(value, str) else []
            words += self.index.vocabulary.words_for(Term(field, value))
            entry = self.index.advice.get(str(value)) if field == "need" else None
            words += [word for list in entry.words.values() for word in list] if entry else []
        return any(word and word.casefold() in small for word in words)


def language_of_text(text: str, shop: Shop) -> Literal["en", "zh", "mixed"] | None:
    """The language that a reply is written in.

    A reply is ``mixed`` where most of it is in one language and a whole sentence in the other.
    One that is all names and numbers is in the language of the names. None where there are no
    words.
    """
    bare = shop.without_names(text)
    found = _majority(bare)
    if found is None:
        return _majority(_MARKER.sub(" ", text))
    for sentence in _SENTENCE_END.split(bare):
        if _weight(sentence) >= _WHOLE_SENTENCE and _majority(sentence) not in (found, None):
            return "mixed"
    return found


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, both languages' stops taken."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def says_no(text: str) -> bool:
    """Whether a text denies something, in either language.

    Praise and courtesy do not, whatever words they use ("no better choice than this"), nor does
    what is asked: "Why not try this?".
    """
    for pattern in _words()["no_denials"]:
        text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
    told = " ".join(map(_told, sentences_of(text)))
    return any(re.search(pattern, told, re.IGNORECASE) for pattern in _words()["denials"])


def length_of(text: str, language: str) -> int:
    """Words of an English text, characters of a Chinese one, markers aside."""
    bare = _MARKER.sub(" ", text)
    if language == "zh":
        return len(_HAN.findall(bare)) + len(re.findall(r"[A-Za-z0-9][\w.$%-]*", bare))
    return len(bare.split())


def _told(sentence: str) -> str:
    """A sentence without its question, before which something may be told: "None; try this?"."""
    if not _ASKS.search(sentence):
        return sentence
    *told, _ = _CLAUSE_END.split(sentence)
    return ", ".join(told)


def _majority(text: str) -> Literal["en", "zh"] | None:
    han = len(_HAN.findall(text)) / _CHARACTERS_A_WORD
    words = len(_WORD.findall(text))
    if not han and not words:
        return None
    return "zh" if han > words else "en"


def _weight(text: str) -> float:
    """About how many words a text has, whatever its language."""
    return len(_HAN.findall(text)) / _CHARACTERS_A_WORD + len(_WORD.findall(text))


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(
        (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    )
    return found
