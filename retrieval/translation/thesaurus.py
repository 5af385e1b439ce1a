"""What a word may be called in the other language, and how surely."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice

import wordfreq
import yaml

from retrieval.text import has_cjk, normalise, simplified
from retrieval.translation.cedict import Dictionary, cc_cedict, phrase_key
from retrieval.translation.cutting import cut
from retrieval.translation.words import CHINESE_FUNCTION
from retrieval.words import Words, lexicon, own_words

Ways = dict[str, float]
"""Words or phrases with how surely each is meant, from 0 to 1."""

# Written for shops, so it is surer than a dictionary of everything.
_CURATED, _DICTIONARY = 1.0, 0.85
# The first word of a group is its usual name.
_LATER_IN_GROUP = 0.96
_LATER_SENSE = 0.88
# Shoppers name things: of a word's meanings, what one does is rarely the one meant.
_ACTION, _RARE = 0.6, 0.35
# Two sources that agree tell the usual meaning among several.
_AGREED = 0.3
# Zipf frequencies (a logarithmic scale): a word of everyday speech, and the least counted.
_EVERYDAY, _LEAST = 5.0, 1.0
_SELDOM = 0.45
_WORDS_KEPT = 50_000
# How a shop's words file writes the values of a property that a product has or has not.
_TRUTHS = frozenset({"true", "false"})
# The word that the shopper chose says most.
_OTHER_NAME = 0.8
# Two words that share a gloss may share the wrong one of its meanings.
_SYNONYM, _LATER_SYNONYM = 0.6, 0.8


class Thesaurus:
    """The shared lexicon, a shop's own words and CC-CEDICT as one.

    Args:
        words: a shop's own words.
        dictionary: by default CC-CEDICT.
    """

    def __init__(self, words: Words | None = None, dictionary: Dictionary | None = None) -> None:
        self._given = dictionary
        self._english: dict[str, Ways] = defaultdict(dict)
        self._chinese: dict[str, Ways] = defaultdict(dict)
        self._same: dict[str, Ways] = defaultdict(dict)
        for _, value, others in own_words(words):
            self._add(others if value in _TRUTHS else [value, *others])
        for groups in lexicon().values():
            for group in groups:
                self._add(group)
        for group in shop_words():
            self._add(group)
        self._usual = lru_cache(_WORDS_KEPT)(self._usual_english)

    @property
    def _dictionary(self) -> Dictionary:
        return self._given if self._given is not None else cc_cedict()

    def __contains__(self, chinese: str) -> bool:
        return chinese in self._english or chinese in self._dictionary

    def english(self, chinese: str) -> Ways:
        """The English words and phrases for a simplified Chinese word."""
        forms: dict[str, str] = {}
        found: Ways = {}
        for phrase, weight in self._english.get(chinese, {}).items():
            form = forms.setdefault(phrase_key(phrase), phrase)
            found[form] = max(found.get(form, 0.0), weight)
        for order, gloss in enumerate(self._dictionary.glosses(chinese)):
            weight = _DICTIONARY * _LATER_SENSE**order * _kind(gloss.action, gloss.rare)
            _join(found, forms.setdefault(phrase_key(gloss.text), gloss.text), weight)
        return found

    def in_english(self, text: str, *, most: int = 200) -> str:
        """A text with each Chinese word replaced by its usual English one.

        It reads like a telegram, and says to an English embedding model what the text is about.

        Args:
            text: in any language; English words stay.
            most: words beyond so many are left out.
        """
        said = []
        for piece in islice(cut(simplified(normalise(text)), self.__contains__), most):
            if not piece.chinese:
                said.append(piece.text)
            elif piece.text not in CHINESE_FUNCTION:
                said.append(self._usual(piece.text))
        return " ".join(word for word in said if word)

    def _usual_english(self, chinese: str) -> str:
        ways = self.english(chinese)
        return max(ways, key=lambda phrase: ways[phrase], default="")

    def chinese(self, phrase: str) -> Ways:
        """The simplified Chinese words for an English word or phrase."""
        found = dict(self._chinese.get(phrase_key(phrase), {}))
        for word, gloss, order in self._dictionary.words(phrase):
            weight = _DICTIONARY * _LATER_SENSE**order * _everyday(word)
            _join(found, word, weight * _kind(gloss.action, gloss.rare))
        return found

    def synonyms(self, chinese: str) -> Ways:
        """Other Chinese words for what a Chinese word names."""
        found = dict(self._same.get(chinese, {}))
        for order, gloss in enumerate(self._dictionary.glosses(chinese)):
            if gloss.action or gloss.rare:
                continue
            for word, other, place in self._dictionary.words(gloss.text):
                if word != chinese and not other.rare and not other.action:
                    weight = _SYNONYM * _LATER_SYNONYM ** (order + place) * _everyday(word)
                    _join(found, word, weight)
        return found

    def _add(self, group: Sequence[str]) -> None:
        chinese = [simplified(normalise(w)).replace(" ", "") for w in group if has_cjk(w)]
        english = [normalise(w) for w in group if not has_cjk(w)]
        for word in chinese:
            _put_all(self._english[word], english)
            _put_all(self._same[word], [c for c in chinese if c != word], _OTHER_NAME)
        for phrase in english:
            _put_all(self._chinese[phrase_key(phrase)], chinese)


@cache
def shop_words() -> Sequence[Sequence[str]]:
    """Groups of words of shops that CC-CEDICT lacks or glosses oddly."""
    text = files("retrieval.translation").joinpath("shop_words.yaml").read_text(encoding="utf-8")
    return [[str(word) for word in group] for group in yaml.safe_load(text)["groups"]]


def _put_all(ways: Ways, words: Iterable[str], surely: float = _CURATED) -> None:
    for place, word in enumerate(words):
        ways[word] = max(ways.get(word, 0.0), surely * _LATER_IN_GROUP**place)


def _join(ways: Ways, word: str, weight: float) -> None:
    known = ways.get(word)
    ways[word] = weight if known is None else max(known, weight) + _AGREED * min(known, weight)


def _kind(action: bool, rare: bool) -> float:
    return (_ACTION if action else 1.0) * (_RARE if rare else 1.0)


def _everyday(word: str) -> float:
    """How usual a Chinese word is, from ``_SELDOM`` to 1."""
    return _SELDOM + (1.0 - _SELDOM) * min(1.0, max(0.0, zipf(word) - _LEAST) / (_EVERYDAY - 1.0))


def zipf(word: str) -> float:
    """How often a Chinese word is written; 0 where it is not counted."""
    frequency = _frequencies().get(word, 0.0)
    return wordfreq.freq_to_zipf(frequency) if frequency else 0.0


@cache
def _frequencies() -> dict[str, float]:
    return wordfreq.get_frequency_dict("zh", wordlist="small")
