"""How well a sentence of a clause answers a question."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.policy.facts_asked import Kind, bears, kinds_asked
from assistant.policy.question import Question
from assistant.policy.subjects import CIRCUMSTANCES
from assistant.policy.units import MARKED, Unit, covering, things_in, topics_in
from retrieval.policies.notions import COUNTRY, PAYMENT, names_in_clause
from retrieval.translation import Thesaurus

_DAYS = re.compile(
    r"(?<![a-z])(?:every ?day|daily|mon|tue|wed|thu|fri|sat|sun|week|24/7|open)"
    r"|每天|周|星期|全天|工作日|开放|营业"
)
_OPEN = frozenset({"store", "contact", "hours", "phone", "pickup"})
# What somebody is told to do.
_STEPS = re.compile(
    r"(?<![a-z])(?:please|contact|write|e-?mail|send|call|ask|print|drop|bring|refuse|note|report|"
    r"log in|click|fill|pack|use|go to|stand|place|let us know)(?![a-z])"
    r"|请|联系|拨打|写信|拍照|申请|寄到|点击|填写|登录"
)
_TOPIC_OWN, _TOPIC_ABOVE, _THING_OWN, _THING_ABOVE = 0.6, 0.4, 1.0, 0.75
_WORD, _BEARS, _EXTRA, _PAIR, _LATER = 0.6, 0.6, 0.3, 0.35, 0.06
_EXACT, _OTHER, _SOFT, _LISTS, _STEP = 0.15, 0.7, 0.4, 0.4, 0.3
_LIKENESS, _RANK, _ALSO, _EITHER = 0.8, 0.4, 0.8, 0.5
_HEADED, _MOST_EXTRA, _MOST_OTHER, _ELSEWHERE, _ASKED_ABOVE = 0.5, 3, 1, 0.7, 0.4
_UNSAID, _MOST_UNSAID, _RULE, _MISSING = 0.25, 3, 0.5, 0.5
# Where a question leaves something open, only a clause that is as like it as few others answers.
_NEAR, _NEAR_TOLD, _NEAR_VAGUE = 3, 5, 6
# How a thing is done or reached is no other subject.
_MEANS = frozenset({"email", "phone", "address", "label", "card_generic", "chat_kept", "tags"})
# Facts that belong to what their sentence is about, and to nothing else.
_BOUND = frozenset({Kind.DURATION, Kind.AMOUNT, Kind.COUNT, Kind.PAYER, Kind.CLOCK})
# Clauses under these headings speak of them alone, and mention others by the way.
_CLOSED = frozenset({"return", "exchange", "refund", "warranty", "privacy", "cancel"})
# Services of their own, which a clause on something else does not answer for.
_SERVICES = frozenset(
    "carrier carry_in neighbour time_slot phone contact language_support parking access pets cafe "
    "student nhs senior teacher military trade_in price_match installments gift_wrap "
    "gift_message app social pickup events teach ev_charging toilets delivery hours data_place "
    "people supplier sourcing storage samples tax_refund battery_swap repair recycle wholesale "
    "jobs student staff_price custom_made theft cctv loan extend transfer move_data".split(" ")
)


@dataclass(frozen=True)
class Match:
    """How a unit answers a question.

    Attributes:
        unit: the answer.
        score: the higher, the more of the question its own words cover.
    """

    unit: Unit
    score: float


def match(question: Question, unit: Unit, thesaurus: Thesaurus) -> Match | None:
    """How a unit answers a question; None where it does not.

    Every notion of the question must be spoken of, and a fact of the kind that is asked for must
    be there: what is left unsaid is no answer, however like the question it sounds. A word that is
    unsaid may be a mere story where notions pin the question down and the clause is near it.
    """
    if question.empty or _beside_the_subject(question, unit):
        return None
    if question.vague and not question.topics & _CLOSED and unit.standing >= _NEAR_VAGUE:
        return None
    covered = _notions_covered(question, unit)
    if covered is None:
        return None
    score, own = covered
    found = [word for word in question.words if unit.has_word(word, thesaurus)]
    unsaid = len(question.words) - len(found) - _places_settled(question, unit, found)
    # "We do not exchange anything" answers for whatever is to be exchanged.
    flat = (
        unit.denies
        and len(unit.sentences) == 1
        and bool(question.topics & unit.own & unit.above)
        and not things_in(unit.own)
    )
    if unsaid > 0 and not flat:
        if not question.pinned or unit.standing >= _NEAR or question.means.difference(found):
            return None
        score -= _UNSAID * min(unsaid, _MOST_UNSAID)
    score += _WORD * len(found)
    borne = _facts_borne(question, unit)
    if borne is None:
        return None
    extra = _other_things(question, unit)
    if extra and not (own or found) and question.kinds & _BOUND:
        return None
    score += borne + _standing_of_clause(question, unit, extra)
    score += _SOFT * min(3, sum(unit.has_word(word, thesaurus) for word in question.soft))
    score += _LIKENESS * max(0.0, unit.likeness) + _RANK * unit.rank
    return Match(unit, score)


def _beside_the_subject(question: Question, unit: Unit) -> bool:
    """Whether the clause is on something else than what the question is about."""
    meant = question.needs | question.also | question.some | question.either
    headed = names_in_clause(unit.clause.heading) & MARKED
    if question.topics and headed and not any({n, *covering(n)} & meant for n in headed):
        return True
    closed = topics_in(unit.above) & _CLOSED
    if closed and not closed & meant and not topics_in(unit.above) & question.topics:
        return bool(question.needs & _SERVICES - names_in_clause(unit.clause.title))
    where_to = {name for name in question.needs if name.startswith(COUNTRY)}
    return bool(where_to) and where_to == question.needs and not unit.speaks_of("delivery")


def _notions_covered(question: Question, unit: Unit) -> tuple[float, int] | None:
    """What its notions score, and how many its own words name; None where one is not there."""
    score, own = 0.0, 0
    for name in question.needs:
        where = _where(name, question, unit)
        if not where:
            return None
        score += _EXACT * (name in unit.own)
        own += where == "own"
        topic = name in question.topics
        if where == "own":
            score += _TOPIC_OWN if topic else _THING_OWN
        else:
            score += _TOPIC_ABOVE if topic else _THING_ABOVE
    if question.some:
        told = _told_covered(question, unit)
        if told is None:
            return None
        score, own = score + told[0], own + told[1]
    return score, own


def _told_covered(question: Question, unit: Unit) -> tuple[float, int] | None:
    """The same for what was told before a question that names nothing: most of it is enough."""
    subjects = question.some - CIRCUMSTANCES or question.some
    covered = [name for name in subjects if _where(name, question, unit)]
    missing = len(subjects) - len(covered)
    if 2 * len(covered) < len(subjects) or (subjects - set(covered)) & _SERVICES:
        return None
    # How goods are says little of what is asked about them.
    near = _NEAR_TOLD if question.some - CIRCUMSTANCES else _NEAR
    if (missing or len(covered) == 1) and unit.standing >= near:
        return None
    score = sum(_THING_OWN if name in unit.own else _THING_ABOVE for name in covered)
    score += _ALSO * sum(bool(unit.speaks_of(name)) for name in question.some - subjects)
    return score - _MISSING * missing, len(covered)


def _where(name: str, question: Question, unit: Unit) -> str:
    """Where a notion is spoken of or settled: ``own``, ``above`` or nowhere (empty)."""
    where = unit.speaks_of(name)
    if name.startswith(PAYMENT) and "refund" in question.needs:
        # However it was paid, that is where a refund goes back to.
        where = where or ("own" if "original_payment" in unit.own else "")
    if name == "refund" and not (where or question.kinds):
        # "Can they be refunded?" asks whether they go back.
        where = unit.speaks_of("return")
    if name == "hours" and not where:
        told = bears(unit.text, Kind.CLOCK) and (unit.own | unit.above) & _OPEN
        where = "own" if told and _DAYS.search(unit.plain) else ""
    if name == "contact" and not where and "hours" in question.topics:
        # Whose hours they are, a heading may leave open; those of a shop are not the staff's.
        where = "" if unit.speaks_of("store") else "above"
    if name.startswith(COUNTRY) and unit.only_shop and "store" in question.topics:
        where = "own"
    if not where and unit.settles(name) and any(map(unit.speaks_of, question.topics)):
        where = "own"
    return where


def _places_settled(question: Question, unit: Unit, found: list[str]) -> int:
    """How many places a clause answers for that it does not name: the only shop is elsewhere."""
    if not (unit.only_shop and "store" in question.topics):
        return 0
    return len(question.places.difference(found))


def _facts_borne(question: Question, unit: Unit) -> float | None:
    """What the facts that are asked for score; None where one is missing."""
    borne = [kind for kind in question.kinds if bears(unit.text, kind)]
    denied = unit.denies and question.kinds <= {Kind.PLACE, Kind.WAY, Kind.TIME}
    if len(borne) < len(question.kinds - {Kind.WAY}) and not denied:
        return None
    steps = Kind.WAY in borne and _STEPS.search(unit.plain) is not None
    return _BEARS * len([kind for kind in borne if kind is not Kind.WAY]) + _STEP * steps


def _other_things(question: Question, unit: Unit) -> int:
    """How many things it speaks of that nobody asked for."""
    meant = question.needs | question.also | question.some
    return sum(
        name not in meant and name not in _MEANS and not any(name in covering(n) for n in meant)
        for name in things_in(unit.own - unit.above)
    )


def _standing_of_clause(question: Question, unit: Unit, extra: int) -> float:
    """What speaks for and against the clause as a whole."""
    meant = question.needs | question.some
    abroad = any(n.startswith(COUNTRY) for n in unit.own - question.needs)
    extra_places = abroad and not any(n.startswith(COUNTRY) for n in question.needs)
    # The steps of a way name what they are done with.
    many = 0 if question.kinds == {Kind.WAY} else min(extra, _MOST_EXTRA)
    score = -_EXTRA * (many + (extra_places and not question.kinds))
    heading = names_in_clause(unit.clause.heading)
    score += _HEADED * bool(heading & meant)
    # A heading that asks the same, "How to return", has the answer under it.
    asked_above = kinds_asked(unit.clause.heading, unit.clause.language)
    score += _ASKED_ABOVE * bool(asked_above & question.kinds)
    if not (question.kinds or question.things or question.some):
        # Asked for the rule as such, what holds for some goods alone comes after it, and what
        # says until when it holds comes first.
        score -= _EXTRA * len(things_in(heading) - question.also)
        ruled = question.topics & _CLOSED & (heading | unit.own)
        score += _RULE * (bool(ruled) and bears(unit.text, Kind.DURATION))
        score -= _RULE * (Kind.WAY in asked_above)
    subject = unit.own | heading
    others = topics_in(subject) - meant - question.either
    if question.topics & _CLOSED and bears(unit.text, Kind.DURATION):
        # A time from delivery on.
        others -= {"delivery"}
    score -= _OTHER * min(_MOST_OTHER, len(others - {"orders", "purchase", "contact"}))
    if question.topics and not question.topics & unit.above:
        # What stands under the heading of something else says it of that.
        score -= _ELSEWHERE * bool(topics_in(unit.above) - meant - question.either)
    if "payment" in question.topics and not question.kinds:
        score += _LISTS * any(name.startswith(PAYMENT) for name in unit.own)
    score += _ALSO * sum(bool(unit.speaks_of(name)) for name in question.also)
    score += _EITHER * bool(question.either & (unit.own | unit.above))
    return score - _PAIR * (len(unit.sentences) - 1) - _LATER * unit.place


__all__ = ["Match", "match"]
