"""A query put into the catalogue's language, without any model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from retrieval.text import has_cjk, normalise, search_terms, simplified, stem
from retrieval.translation.cedict import phrase_key
from retrieval.translation.cutting import Piece, cut
from retrieval.translation.language import Language
from retrieval.translation.thesaurus import Thesaurus, Ways
from retrieval.translation.words import CHINESE_FUNCTION, ENGLISH_FUNCTION

Alternatives = list[list[tuple[str, float]]]

_MOST_WAYS = 6
_MOST_WORDS = 24
_LONGEST_PHRASE = 4
# A way that is so much less sure than the best one would only bring chance finds.
_FAINTEST = 0.2
# Of a phrase some words are known to the catalogue; of another none.
_PARTLY, _NOWHERE = 0.6, 0.05
# The head of a Chinese compound says what it is (毯 of 毛毯), its other characters say less.
_HEAD, _CHARACTER = 0.45, 0.15
# 子 and 头 at the end of 被子, 枕头 mean nothing of their own.
_SUFFIXES = "子头儿"
_WITHOUT_SUFFIX = 0.9
_SYNONYMS_MOST = 4


@dataclass(frozen=True)
class Translation:
    """A query in the catalogue's language.

    Attributes:
        text: all of it, for the dense model.
        alternatives: for each word of the query the ways to say it, each with how surely it is
            meant (0 to 1), for the lexical search: a word counts by its best way.
    """

    text: str
    alternatives: Alternatives


class Translator:
    """Puts queries into a catalogue's language.

    Args:
        language: the catalogue's.
        knows: whether the catalogue has a term: an English stem, a Chinese word or character.
        thesaurus: where words are looked up.
    """

    def __init__(
        self, language: Language, knows: Callable[[str], bool], thesaurus: Thesaurus
    ) -> None:
        self._language = language
        self._knows = knows
        self._thesaurus = thesaurus

    def translate(self, query: str) -> Translation | None:
        """The query in the catalogue's language.

        Args:
            query: as the shopper wrote it, in English, Chinese or both.

        Returns:
            None where there is nothing to put: an English query for an English catalogue, or one
            without any word.
        """
        small = simplified(normalise(query))
        if self._language == "en" and not has_cjk(small):
            return None
        pieces = list(islice(cut(small, self._thesaurus.__contains__), _MOST_WORDS))
        said: list[str] = []
        alternatives: Alternatives = []
        put = self._into_english if self._language == "en" else self._into_chinese
        for text, ways in put(pieces):
            if text:
                said.append(text)
            if kept := _best(ways):
                alternatives.append(kept)
        if not said:
            return None
        return Translation(" ".join(said), alternatives)

    def _into_english(self, pieces: Sequence[Piece]) -> Iterable[tuple[str, Ways]]:
        only_function = all(piece.text in CHINESE_FUNCTION for piece in pieces)
        for piece in pieces:
            if not piece.chinese:
                yield piece.text, {piece.text: 1.0}
            elif piece.text not in CHINESE_FUNCTION or only_function:
                ways = self._weighed(self._thesaurus.english(piece.text), self._share_known)
                best = max(ways, key=lambda phrase: ways[phrase], default="")
                # A shop may have Chinese titles beside its English ones.
                if any(self._knows(term) for term in search_terms(piece.text)):
                    ways[piece.text] = 1.0
                yield best, ways

    def _into_chinese(self, pieces: Sequence[Piece]) -> Iterable[tuple[str, Ways]]:
        at = 0
        while at < len(pieces):
            piece = pieces[at]
            if piece.chinese:
                at += 1
                if piece.text not in CHINESE_FUNCTION:
                    yield piece.text, self._chinese(piece)
                continue
            size, ways = self._phrase(pieces, at)
            best = max(ways, key=lambda word: ways[word], default=piece.text)
            if size == 1 and (self._knows(stem(piece.text)) or not ways):
                ways = {piece.text: 1.0} | ways
                best = piece.text if self._knows(stem(piece.text)) else best
            at += size
            if size > 1 or piece.text not in ENGLISH_FUNCTION:
                yield best, ways

    def _chinese(self, piece: Piece) -> Ways:
        """The ways to find a Chinese word in a Chinese catalogue."""
        ways = self._with_parts({piece.text: 1.0})
        others = self._thesaurus.synonyms(piece.text)
        known = [word for word in others if self._knows(word)]
        for word in sorted(known, key=lambda word: (-others[word], word))[:_SYNONYMS_MOST]:
            _raise(ways, word, min(1.0, others[word]))
        return ways

    def _phrase(self, pieces: Sequence[Piece], at: int) -> tuple[int, Ways]:
        """The longest run of English words that has a Chinese word which the catalogue knows."""
        unknown: tuple[int, Ways] | None = None
        most = next(
            (n for n in range(_LONGEST_PHRASE) if at + n >= len(pieces) or pieces[at + n].chinese),
            _LONGEST_PHRASE,
        )
        for size in range(most, 0, -1):
            phrase = " ".join(piece.text for piece in pieces[at : at + size])
            ways = self._weighed(self._thesaurus.chinese(phrase), self._known_chinese)
            if any(self._known_chinese(word) >= 1.0 for word in ways):
                return size, self._with_parts(ways)
            if ways and unknown is None:
                unknown = size, ways
        size, ways = unknown or (1, {})
        return size, self._with_parts(ways)

    def _weighed(self, ways: Ways, known: Callable[[str], float]) -> Ways:
        """The ways by how sure they are and how much of them the catalogue has, best at 1."""
        weighed = {text: weight * known(text) for text, weight in ways.items()}
        best = max(weighed.values(), default=0.0)
        return {text: weight / best for text, weight in weighed.items()} if best else {}

    def _share_known(self, phrase: str) -> float:
        words = phrase_key(phrase).split()
        known = sum(self._knows(word) for word in words)
        if known == len(words):
            return 1.0
        # Of a phrase the last word says what it is.
        return _PARTLY if known and self._knows(words[-1]) else _NOWHERE

    def _known_chinese(self, word: str) -> float:
        if self._knows(word):
            return 1.0
        known = [self._knows(character) for character in word]
        if all(known):
            return _PARTLY
        return _NOWHERE if not known[-1] else _PARTLY / 2

    def _with_parts(self, ways: Ways) -> Ways:
        """The ways, and for those that the catalogue has not as a whole what they consist of."""
        found = dict(ways)
        for word, weight in ways.items():
            if not has_cjk(word) or self._knows(word) or len(word) == 1:
                continue
            if len(word) > 1 and word[-1] in _SUFFIXES:
                _raise(found, word[:-1], weight * _WITHOUT_SUFFIX)
                continue
            _raise(found, word[-1], weight * _HEAD)
            for character in word[:-1]:
                _raise(found, character, weight * _CHARACTER)
        return found


def _raise(ways: Ways, word: str, weight: float) -> None:
    ways[word] = max(ways.get(word, 0.0), weight)


def _best(ways: Ways) -> list[tuple[str, float]]:
    best = sorted(ways.items(), key=lambda way: (-way[1], way[0]))[:_MOST_WAYS]
    return [(text, round(weight, 3)) for text, weight in best if weight >= _FAINTEST]
