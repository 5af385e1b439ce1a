"""Which sentences of a shop's policies answer a question, and which contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.policy.facts_asked import Kind, figures
from assistant.policy.matching import match
from assistant.policy.question import Question
from assistant.policy.units import Unit, topics_in, units_of
from retrieval.policies import Clause, Found
from retrieval.policies.notions import A_COUNTRY, COUNTRY, names_in_clause, notions
from retrieval.translation import Thesaurus

# Sentences of the same clause that answer nearly as well are quoted with the best.
_NEARLY, _MOST_QUOTED = 0.5, 3
# Clauses that answer this much worse do not speak of the same.
_COMPARABLE = 1.2


@dataclass(frozen=True)
class Decided:
    """What was found on one question.

    Attributes:
        question: that was asked.
        quoted: the units that answer, the best first; empty where nothing does.
        against: units of other clauses that say something else on the same.
    """

    question: Question
    quoted: tuple[Unit, ...] = ()
    against: tuple[Unit, ...] = ()


def decide(
    question: Question, found: Sequence[Found], thesaurus: Thesaurus, *, foreign: bool = False
) -> Decided:
    """The sentences that answer a question, of the clauses that a search found.

    Args:
        question: one question of the message.
        found: clauses of one language, best first.
        thesaurus: for words of the other language.
        foreign: whether they are of the other language. What the shopper's own do not say, these
            say only under a heading on it: mostly they are the same rules, translated.
    """
    best = max((one.score for one in found), default=0.0) or 1.0
    nearest = sorted(found, key=lambda one: -one.likeness)
    standing = {id(one): place for place, one in enumerate(nearest)}
    units = [
        unit
        for one in found
        if not foreign or headed(question, one.clause)
        for unit in units_of(one.clause, one.likeness, one.score / best, standing[id(one)])
    ]
    matches = [m for unit in units if (m := match(question, unit, thesaurus)) is not None]
    matches.sort(key=lambda one: -one.score)
    if not matches:
        return Decided(question)
    first = matches[0]
    quoted = [first.unit]
    for other in matches[1:]:
        if len(quoted) >= _MOST_QUOTED or other.unit.clause != first.unit.clause:
            continue
        said = {sentence for unit in quoted for sentence in unit.sentences}
        nearly = first.score - other.score <= _NEARLY
        if nearly and len(other.unit.sentences) == 1 and other.unit.sentences[0] not in said:
            quoted.append(other.unit)
    quoted = [*_with_before(quoted[0]), *quoted[1:]]
    against = tuple(
        other.unit
        for other in matches[1:]
        if other.unit.clause != first.unit.clause
        and first.score - other.score <= _COMPARABLE
        and len(other.unit.sentences) == 1
        and differs(question, first.unit, other.unit)
    )[:1]
    quoted.sort(key=lambda unit: unit.place)
    return Decided(question, tuple(dict.fromkeys(quoted)), against)


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


__all__ = ["Decided", "decide", "differs", "headed"]
