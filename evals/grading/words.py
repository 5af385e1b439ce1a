"""The words for what a catalogue's records hold, and where they stand in a sentence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evals.grading.alternatives import one_of_parts
from evals.grading.phrases import phrases
from retrieval.product import AttributeValue, Product
from retrieval.text import has_cjk
from retrieval.words import Words, lexicon

Value = bool | str
_LONGEST_VALUE_WORDS = 4
# The lexicon's words for people ("dad", 老公) say for whom, not what; only a shop's own count here.
_LEXICON_FIELDS = ("color", "material", "category")
_LABELS = {"color": ("color", "colour", "颜色", "配色")}
# A single character is a word only between others: 白 in "有白的", not in 明白.
_ALONE_AFTER = re.compile(r"(?:^|[^\u4e00-\u9fff]|[是有为选要色和与或纯深浅])$")
_ALONE_BEFORE = re.compile(r"$|[^\u4e00-\u9fff]|[色的款和与或制质]")
_SAME = {"material": ("upper", "fabric", "material"), "color": ("color", "colour")}


@dataclass(frozen=True)
class Meaning:
    """A value of a field.

    Attributes:
        held: whether any record has it.
    """

    field: str
    value: Value
    held: bool = True


@dataclass(frozen=True)
class Said:
    """Words of a sentence and what they can mean."""

    text: str
    start: int
    end: int
    meanings: tuple[Meaning, ...]


class WordTable:
    """Values by the words for them, from the records and a shop's words file.

    Args:
        products: all products of the catalogue.
        words: the shop's own; empty where it has none.
        brands: words for brands, which state no other value.
    """

    def __init__(
        self, products: Sequence[Product], words: Words, brands: Iterable[str] = ()
    ) -> None:
        self._brands = frozenset(word.lower() for word in brands)
        self._by_word: dict[str, list[Meaning]] = defaultdict(list)
        self.values = _values(products)
        self.labels: dict[str, list[str]] = {
            field: [field.replace("_", " "), *words.labels.get(field, ()), *_LABELS.get(field, ())]
            for field in self.values
        }
        for field, held in self.values.items():
            for value in held:
                own = words.values.get(field, {})
                named = own.get(str(value).lower() if isinstance(value, bool) else value, [])
                if isinstance(value, str):
                    named = [value, *named]
                elif value and not named:
                    named = [field.replace("_", " ")]
                for word in named:
                    self._add(word, Meaning(field, value))
            if any(isinstance(value, bool) for value in held):
                for text, others in words.values.get(field, {}).items():
                    for word in others:
                        self._add(word, Meaning(field, text == "true"))
        self._add_lexicon()
        for word in phrases().telling:
            if word not in self._by_word:
                self._add(word, Meaning("text", True, held=False))
        self._english = _pattern((w for w in self._by_word if not has_cjk(w)), latin=True)
        self._chinese = _pattern((w for w in self._by_word if has_cjk(w)), latin=False)

    def words(self) -> Iterator[str]:
        """Every single word of the table, in lower case."""
        for word in self._by_word:
            yield word
            yield from re.findall(r"[a-z0-9]+", word)

    def find(self, text: str) -> list[Said]:
        """What is said, in the order of a text in lower case."""
        found = []
        for pattern in (self._english, self._chinese):
            for match in pattern.finditer(text):
                word = re.sub(r"[\s-]+", " ", match[1])
                if len(word) == 1 and has_cjk(word) and not _alone(text, *match.span()):
                    continue
                if meanings := self._by_word.get(word):
                    found.append(Said(match[1], match.start(), match.end(), tuple(meanings)))
        return sorted(found, key=lambda said: said.start)

    def label_near(self, field: str, text: str, start: int, end: int) -> bool:
        """Whether a name of the field stands directly before or after a place of a text."""
        labels = self.labels.get(field, ())
        before = re.split(r"[,，;；。]", text[:start])[-1][-28:]
        after = re.split(r"[,，;；。]", text[end:])[0][:22]
        return any(_holds(word, before) or _holds(word, after) for word in labels)

    def _add_lexicon(self) -> None:
        groups = lexicon()
        for field in _LEXICON_FIELDS:
            for same in _SAME.get(field, (field,)):
                if same not in self.values:
                    continue
                for group in groups.get(field, ()):
                    held = [m for w in group for m in self._by_word.get(w.lower(), ())]
                    held = [m for m in held if m.field == same]
                    meant = held[0] if held else Meaning(same, group[0], held=False)
                    for word in group:
                        if len(word) > 1 or not has_cjk(word):
                            self._add(word, meant)

    def _add(self, word: str, meaning: Meaning) -> None:
        word = re.sub(r"[\s-]+", " ", word.lower().strip())
        if not word or word in self._brands or word.replace(".", "").isdigit():
            return
        meanings = self._by_word[word]
        # A word that a shop has given a meaning in a field keeps it.
        if not any(m.field == meaning.field for m in meanings):
            meanings.append(meaning)


def _alone(text: str, start: int, end: int) -> bool:
    behind = _ALONE_BEFORE.match(text, end)
    return behind is not None and _ALONE_AFTER.search(text[:start]) is not None


def _values(products: Iterable[Product]) -> dict[str, list[Value]]:
    found: dict[str, dict[Value, None]] = defaultdict(dict)
    for product in products:
        for step in product.category:
            found["category"][step] = None
        for name, value in product.attributes.items():
            for one in _scalars(value):
                short = isinstance(one, str) and len(one.split()) <= _LONGEST_VALUE_WORDS
                if isinstance(one, bool) or short:
                    found[name][one] = None
        for variant in product.variants:
            if variant.color:
                found["color"][variant.color] = None
    return {field: list(values) for field, values in found.items()}


def _scalars(value: AttributeValue) -> Iterator[Value]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, bool | str):
            yield one


def _pattern(words: Iterable[str], *, latin: bool) -> re.Pattern[str]:
    body = one_of_parts([r"[\s-]+" if c == " " else re.escape(c) for c in word] for word in words)
    if latin:
        return re.compile(rf"(?<![a-z0-9])({body})(?:s|es|-style)?(?![a-z0-9])")
    return re.compile(f"({body})")


def _holds(word: str, text: str) -> bool:
    word = word.lower()
    if has_cjk(word):
        return word in text
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None


def generic(word: str) -> bool:
    """Whether a word says little unless the name of its field stands beside it."""
    return word in phrases().generic
