"""A query as the word index reads it: groups of terms, of which each counts once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from retrieval.lexical.terms import FUNCTION, Word, joined, words

Alternatives = Sequence[Sequence[tuple[str, float]]]
"""For each word of a query all the ways to say it, each with a weight: what a translation gives."""

_FUNCTION_WEIGHT = 0.1
# The parts of a model number that is known whole tell little beside it.
_PART_WEIGHT = 0.5
_MENDED_WEIGHT = 0.8
_MOST_WORDS = 32

Mend = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Way:
    """One way to say a word: terms that count together, each times the weight."""

    terms: tuple[str, ...]
    weight: float


@dataclass
class Group:
    """The ways to say one word of a query; a product scores by the best of them."""

    ways: list[Way] = field(default_factory=list)

    def add(self, terms: Sequence[str], weight: float) -> None:
        """Adds a way, unless it is there already."""
        way = Way(tuple(terms), weight)
        if terms and all(known.terms != way.terms for known in self.ways):
            self.ways.append(way)


def read(
    query: str,
    knows: Callable[[str], bool],
    mend: Mend,
    alternatives: Alternatives = (),
) -> list[Group]:
    """The groups of a query.

    Args:
        query: as the shopper or the model wrote it.
        knows: whether any product has a term.
        mend: the known terms that a word which no product has may stand for.
        alternatives: where there are any, they stand for the query: for each of its words all
            the ways to say it, the word itself among them. A way of several words counts as if
            these had been typed.
    """
    reader = _Reader(knows, mend)
    if alternatives:
        groups = [reader.said(ways) for ways in alternatives[:_MOST_WORDS]]
    else:
        groups = reader.typed(words(query)[:_MOST_WORDS])
    groups += reader.parts
    for group in groups:
        group.ways = [way for w in group.ways if (way := _known(w, knows)).terms]
    return [group for group in groups if group.ways]


class _Reader:
    def __init__(self, knows: Callable[[str], bool], mend: Mend) -> None:
        self._knows = knows
        self._mend = mend
        self.parts: list[Group] = []

    def typed(self, found: Sequence[Word]) -> list[Group]:
        """A group for each word; neighbours that are also written as one count as that too."""
        only_function = all(word.written in FUNCTION for word in found)
        groups = []
        for word in found:
            group = Group()
            light = word.written in FUNCTION and not only_function
            self._take(word, _FUNCTION_WEIGHT if light else 1.0, group)
            groups.append(group)
        for place, term in joined(found):
            for beside in (place, place + 1):
                groups[beside].add([term], 1.0)
        return groups

    def said(self, ways: Sequence[tuple[str, float]]) -> Group:
        """The group of a word that can be said in several ways."""
        group = Group()
        for text, weight in ways:
            found = words(text)
            if len(found) == 1:
                self._take(found[0], weight, group)
            else:
                group.add([word.term for word in found], weight)
                for _, term in joined(found):
                    group.add([term], weight)
        return group

    def _take(self, word: Word, weight: float, group: Group) -> None:
        own = (word.term, *word.forms)
        for term in own:
            group.add([term], weight)
        if any(self._knows(term) for term in own):
            self.parts.extend(Group([Way((part,), weight * _PART_WEIGHT)]) for part in word.parts)
        elif word.parts:
            group.add(word.parts, weight)
        elif not word.cjk and word.written not in FUNCTION:
            for better in self._mend(word.written):
                group.add([better], weight * _MENDED_WEIGHT)


def _known(way: Way, knows: Callable[[str], bool]) -> Way:
    return Way(tuple(term for term in way.terms if knows(term)), way.weight)
