"""How well a sentence of a clause answers a question."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.policy.facts_asked import Kind
from assistant.policy.question import Question
from assistant.policy.subjects import CIRCUMSTANCES
from assistant.policy.units import MARKED, Unit, covering, things_in, topics_in
from retrieval.policies import Found
from retrieval.policies.notions import CARRIER, COUNTRY, PAYMENT, names_in_clause
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
# Nothing stands in for one of these.
_PARTICULAR = (COUNTRY, PAYMENT, CARRIER)
_MOST_UNSAID = _MOST_SOFT = 3
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


Signs = dict[str, float]
"""What speaks for and against a unit, by the names of the weights."""


@dataclass(frozen=True)
class Place:
    """How a search found a clause.

    Attributes:
        found: the clause, and how like the question it is.
        share: of the best score of the search, 0 to 1.
        standing: how many clauses are more like the question.
    """

    found: Found
    share: float
    standing: int


@dataclass(frozen=True)
class Match:
    """How a unit may answer a question.

    Attributes:
        unit: the answer.
        signs: what speaks for and against it.
        whole: whether it speaks of all that was asked.
        barred: whether it cannot answer, however likely it seems.
    """

    unit: Unit
    signs: Signs
    whole: bool
    barred: bool


def match(question: Question, unit: Unit, place: Place, thesaurus: Thesaurus) -> Match:
    """How a unit may answer a question.

    What is named in particular and not spoken of is no answer, however like the question the rest
    sounds, nor is a sentence without a fact of the kind that is asked for. What else is left unsaid
    speaks against it. A word that is unsaid may be a mere story where notions pin the question down
    and the clause is near it.
    """
    covered, missing = _notions_covered(question, unit)
    facts, lacking = _facts_borne(question, unit)
    barred = lacking or any(n.startswith(_PARTICULAR) or n in _SERVICES for n in missing)
    told, too_little = _told_covered(question, unit, place.standing)
    found = [word for word in question.words if unit.has_word(word, thesaurus)]
    unsaid = len(question.words) - len(found) - _places_settled(question, unit, found)
    # One word may be a story where the sentence itself names the very thing that is asked about.
    named = things_in(unit.own) & question.things - CIRCUMSTANCES
    pinned = question.pinned or (unsaid == 1 and bool(named))
    open_ = not pinned or place.standing >= _NEAR or question.means.difference(found)
    other = _other_things(question, unit)
    own = covered["topic_own"] + covered["thing_own"] + told["told_own"] + len(found)
    vague = question.vague and not question.topics & _CLOSED
    gaps: Signs = {
        "beside": _beside_the_subject(question, unit),
        "too_vague": vague and place.standing >= _NEAR_VAGUE,
        "told_too_little": too_little,
        "word_open": bool(unsaid > 0 and open_ and not _says_flatly(question, unit)),
        "topic_missing": len(missing & question.topics),
        "thing_missing": len(missing & question.things),
    }
    # Said of another thing, by the way.
    passing = bool(other and not own and question.kinds & _BOUND)
    whole = not (question.empty or barred or passing or any(gaps.values()))
    like = place.found
    words: Signs = {
        "word": len(found),
        "unsaid": max(0, min(unsaid, _MOST_UNSAID)),
        "soft": min(sum(unit.has_word(w, thesaurus) for w in question.soft), _MOST_SOFT),
        "whole": whole,
        "rank": place.share,
        "nearest": place.standing == 0,
        "likeness": like.likeness,
        "likeness_sentence": max(like.sentences[unit.place :][: len(unit.sentences)]),
        "words_shared": like.words,
    }
    clause = _signs_of_clause(question, unit)
    return Match(unit, covered | told | facts | gaps | words | clause, whole, barred)


def _says_flatly(question: Question, unit: Unit) -> bool:
    """Whether it answers for any goods: "we do not exchange anything"."""
    return (
        unit.denies
        and len(unit.sentences) == 1
        and bool(question.topics & unit.own & unit.above)
        and not things_in(unit.own)
    )


def _beside_the_subject(question: Question, unit: Unit) -> bool:
    """Whether the clause is on something else than what the question is about."""
    meant = question.needs | question.also | question.some | question.either
    headed = unit.heading & MARKED
    if question.topics and headed and not any({n, *covering(n)} & meant for n in headed):
        return True
    closed = topics_in(unit.above) & _CLOSED
    if closed and not closed & meant and not topics_in(unit.above) & question.topics:
        return bool(question.needs & _SERVICES - names_in_clause(unit.clause.title))
    where_to = {name for name in question.needs if name.startswith(COUNTRY)}
    return bool(where_to) and where_to == question.needs and not unit.speaks_of("delivery")


def _notions_covered(question: Question, unit: Unit) -> tuple[Signs, set[str]]:
    """Where its notions are spoken of, and those that are not."""
    signs = dict.fromkeys(("topic_own", "topic_above", "thing_own", "thing_above"), 0.0)
    missing = set()
    for name in question.needs:
        where = _where(name, question, unit)
        if where:
            signs[f"{'topic' if name in question.topics else 'thing'}_{where}"] += 1
        else:
            missing.add(name)
    particular = [name for name in question.needs - missing if name.startswith(_PARTICULAR)]
    signs["particular"] = len(particular)
    return signs | {"exact": float(len(question.needs & unit.own))}, missing


def _told_covered(question: Question, unit: Unit, standing: int) -> tuple[Signs, bool]:
    """The same for what was told before a question that names nothing; and whether it is too
    little: most of it is enough."""
    if not question.some:
        return dict.fromkeys(("told_own", "told_above", "told_missing", "told_besides"), 0.0), False
    subjects = question.some - CIRCUMSTANCES or question.some
    covered = [name for name in subjects if _where(name, question, unit)]
    missing = subjects.difference(covered)
    # How goods are says little of what is asked about them.
    near = _NEAR_TOLD if question.some - CIRCUMSTANCES else _NEAR
    sure = len(covered) > 1 or bool(things_in(unit.own) & subjects - CIRCUMSTANCES)
    far = standing >= near and (bool(missing) or not sure)
    own = len(unit.own.intersection(covered))
    signs: Signs = {
        "told_own": own,
        "told_above": len(covered) - own,
        "told_missing": len(missing),
        "told_besides": sum(bool(unit.speaks_of(name)) for name in question.some - subjects),
    }
    return signs, far or 2 * len(covered) < len(subjects) or bool(missing & _SERVICES)


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
        told = Kind.CLOCK in unit.bears and (unit.own | unit.above) & _OPEN
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


def _facts_borne(question: Question, unit: Unit) -> tuple[Signs, bool]:
    """The facts of the kinds that are asked for, and whether one is missing."""
    borne = question.kinds & unit.bears
    denied = unit.denies and question.kinds <= {Kind.PLACE, Kind.WAY, Kind.TIME}
    lacking = len(borne) < len(question.kinds - {Kind.WAY}) and not denied
    steps = Kind.WAY in borne and _STEPS.search(unit.plain) is not None
    return {"fact": len(borne - {Kind.WAY}), "step": steps}, lacking


def _other_things(question: Question, unit: Unit) -> int:
    """How many things it speaks of that nobody asked for."""
    meant = question.needs | question.also | question.some
    return sum(
        name not in meant and name not in _MEANS and not any(name in covering(n) for n in meant)
        for name in things_in(unit.own - unit.above)
    )


def _signs_of_clause(question: Question, unit: Unit) -> Signs:
    """What speaks for and against the clause as a whole."""
    meant = question.needs | question.some
    heading = unit.heading
    abroad = any(n.startswith(COUNTRY) for n in unit.own - question.needs)
    places = abroad and not any(n.startswith(COUNTRY) for n in question.needs)
    asked_above = unit.asked_above
    # What stands under the heading of something else says it of that.
    elsewhere = topics_in(unit.above) - meant - question.either
    if not question.topics:
        elsewhere &= frozenset() if heading & meant else _CLOSED - {"warranty"}
    elif question.topics & unit.above:
        elsewhere = frozenset()
    also = [name for name in question.also if unit.speaks_of(name)]
    signs: Signs = {
        "other_place": places and not question.kinds,
        "elsewhere": bool(elsewhere),
        "headed": bool(heading & meant),
        # A heading that asks the same, "How to return", has the answer under it.
        "asked_above": bool(asked_above & question.kinds),
        "also_own": len(unit.own.intersection(also)),
        "also_above": len(also) - len(unit.own.intersection(also)),
        "either": bool(question.either & (unit.own | unit.above)),
        "pair": len(unit.sentences) - 1,
        "later": unit.place,
    }
    listed = "payment" in question.topics and not question.kinds
    signs["lists"] = listed and any(name.startswith(PAYMENT) for name in unit.own)
    # What holds for some goods alone comes after what holds for all.
    for_all = not (question.things or question.some)
    signs["for_some"] = len(things_in(heading) - question.also) if for_all else 0
    # Asked for the rule as such, what says until when it holds comes first.
    as_such = for_all and not (question.kinds or things_in(question.also))
    ruled = as_such and bool(question.topics & _CLOSED & (heading | unit.own))
    signs["until_when"] = ruled and Kind.DURATION in unit.bears
    return signs


__all__ = ["Match", "Place", "Signs", "match"]
