"""Which sentences of a shop's policies answer a question, and which contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from assistant.policy.facts_asked import Kind, figures
from assistant.policy.matching import Match, Place, match
from assistant.policy.question import Question
from assistant.policy.units import Unit, topics_in, units_of
from assistant.policy.weights import weights
from retrieval.policies import Clause, Found
from retrieval.policies.notions import A_COUNTRY, COUNTRY, names_in_clause, notions
from retrieval.translation import Thesaurus

Named = TypeVar("Named", Clause, str)
"""A clause, or what a citation of it names."""

# A clause is quoted that answers more likely than not.
ENOUGH = 0.5
# Sentences of the same clause that answer nearly as well are quoted with the best.
_NEARLY, _MOST_QUOTED = 0.6, 3
# Clauses that answer this much less likely do not speak of the same.
_COMPARABLE = 0.2


@dataclass(frozen=True)
class Decided:
    """What was found on one question.

    Attributes:
        question: that was asked.
        quoted: the units that answer, the best first; empty where nothing does.
        against: units of other clauses that say something else on the same.
        whole: whether what is quoted speaks of all that was asked.
        near: all clauses, the likeliest to answer first.
    """

    question: Question
    quoted: tuple[Unit, ...] = ()
    against: tuple[Unit, ...] = ()
    whole: bool = False
    near: tuple[Clause, ...] = ()


def decide(
    question: Question, found: Sequence[Found], thesaurus: Thesaurus, *, foreign: bool = False
) -> Decided:
    """The sentences that answer a question, of the clauses that a search found.

    Args:
        question: one question of the message.
        found: clauses of one language, best first.
        thesaurus: for words of the other language.
        foreign: whether they are of the other language. What the shopper's own do not say, these
            say only under a heading on it and in full: mostly they are the same rules, translated.
    """
    every = matches_of(question, found, thesaurus)
    near = tuple(
        dict.fromkeys(one.unit.clause for one in sorted(every, key=weights().odds, reverse=True))
    )
    matches = [one for one in every if not one.barred]
    if foreign:
        matches = [one for one in matches if one.whole and headed(question, one.unit.clause)]
    chances = weights().chances(question, matches).tolist()
    by_clause: dict[Clause, float] = defaultdict(float)
    for one, chance in zip(matches, chances, strict=True):
        by_clause[one.unit.clause] += chance
    ranked = sorted(zip(matches, chances, strict=True), key=lambda pair: -pair[1])
    whole = next((one.unit.clause for one, _ in ranked if one.whole), None)
    clause = chosen(by_clause, whole, plain=question.plain)
    if clause is None:
        return Decided(question, near=near)
    own = [(one, chance) for one, chance in ranked if one.unit.clause == clause]
    first, best = own[0]
    quoted = [first.unit]
    for one, chance in own[1:]:
        said = {sentence for unit in quoted for sentence in unit.sentences}
        alone = len(one.unit.sentences) == 1 and one.unit.sentences[0] not in said
        if len(quoted) < _MOST_QUOTED and alone and chance >= _NEARLY * best:
            quoted.append(one.unit)
    quoted = [*_with_before(quoted[0]), *quoted[1:]]
    against = tuple(
        one.unit
        for one, chance in ranked
        if one.whole
        and one.unit.clause != clause
        and chance >= _COMPARABLE * best
        and len(one.unit.sentences) == 1
        and differs(question, first.unit, one.unit)
    )[:1]
    quoted.sort(key=lambda unit: unit.place)
    return Decided(question, tuple(dict.fromkeys(quoted)), against, first.whole, near)


def chosen(chances: Mapping[Named, float], whole: Named | None, *, plain: bool) -> Named | None:
    """The clause that answers; None where it is not known.

    A plain question that a clause speaks of in full, "what is your return policy?", is answered by
    it: several may, each with its share of the chance.

    Args:
        chances: that each clause answers.
        whole: the likeliest of those that speak of all that was asked; None where none does.
        plain: whether the question tells nothing beside what it asks.
    """
    likeliest = max(chances, key=lambda clause: chances[clause], default=None)
    if likeliest is not None and chances[likeliest] >= ENOUGH:
        return likeliest
    return whole if plain else None


def matches_of(question: Question, found: Sequence[Found], thesaurus: Thesaurus) -> list[Match]:
    """Every sentence as an answer to a question, of the clauses that a search found.

    Args:
        question: one question of the message.
        found: clauses of one language, best first.
        thesaurus: for words of the other language.
    """
    best = max((one.score for one in found), default=0.0) or 1.0
    nearest = sorted(found, key=lambda one: -one.likeness)
    standing = {id(one): at for at, one in enumerate(nearest)}
    places = [Place(one, one.score / best, standing[id(one)]) for one in found]
    return [
        match(question, unit, place, thesaurus)
        for place in places
        for unit in units_of(place.found.clause)
    ]


def headed(question: Question, clause: Clause) -> bool:
    """Whether a clause's headings speak of what is asked: of a thing, where one is.

    Args:
        question: what is asked.
        clause: of either language.
    """
    names = names_in_clause(clause.title)
    things = {name for name in question.things if not name.startswith(COUNTRY)}
    return bool(names & (things or question.needs))


def _with_before(unit: Unit) -> list[Unit]:
    """A sentence that goes on from the one before it is quoted with that."""
    if unit.place == 0 or not unit.leans_back:
        return [unit]
    before = unit.clause.sentences[unit.place - 1]
    return [replace(unit, sentences=(before, *unit.sentences), place=unit.place - 1)]


def differs(question: Question, one: Unit, other: Unit) -> bool:
    """Whether two clauses say different things on what is asked.

    They must speak of the same: with another country or another state of the goods, two rules
    stand beside each other.
    """
    if _particular(one) ^ _particular(other):
        return False
    if one.text == other.text:
        return False
    kinds = [kind for kind in question.kinds if kind in (Kind.DURATION, Kind.AMOUNT, Kind.COUNT)]
    for kind in kinds or (Kind.DURATION, Kind.AMOUNT):
        ours, theirs = figures(one.text, kind), figures(other.text, kind)
        if len(ours) == 1 and len(theirs) == 1 and ours != theirs:
            return True
    if kinds:
        return False
    return one.denies != other.denies and topics_in(one.own) == topics_in(other.own)


def _particular(unit: Unit) -> frozenset[str]:
    """What a unit speaks of in particular, headings included."""
    return frozenset(
        name
        for name in unit.own | unit.above
        if name != A_COUNTRY and ((n := notions().get(name)) is None or n.role == "thing")
    )


__all__ = ["Decided", "chosen", "decide", "differs", "headed", "matches_of"]
