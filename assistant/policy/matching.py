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
# What each sign is worth beside the others: set by hand, and moved where a regression on the right
# clauses of the shops in evals/suites/policies, each shop held out, ranked more of them first.
WEIGHTS = {
    "topic_own": 0.6, "topic_above": 0.4, "thing_own": 1.0, "thing_above": 0.75, "exact": 0.15,
    "told_own": 1.0, "told_above": 0.75, "told_besides": 0.8, "told_missing": -0.5,
    "word": 0.6, "unsaid": -0.25, "fact": 0.6, "step": 0.3, "soft": 0.4,
    "also_own": 1.0, "also_above": 0.8, "either": 0.6,
    "other_thing": -0.1, "other_place": -0.3, "other_topic": -0.5, "elsewhere": -0.7,
    "headed": 0.4, "asked_above": 0.4, "for_some": -0.3, "until_when": 0.5, "how": -0.5,
    "lists": 0.4, "pair": -0.35, "later": -0.1, "likeness": 0.8, "rank": 0.4, "nearest": 0.15,
}  # fmt: skip
_MOST_EXTRA, _MOST_OTHER, _MOST_UNSAID, _MOST_SOFT = 3, 1, 3, 3
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
class Match:
    """How a unit answers a question.

    Attributes:
        unit: the answer.
        score: the higher, the more of the question its own words cover.
        signs: what the score is made of, each to be weighed.
    """

    unit: Unit
    score: float
    signs: Signs


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
    signs = _notions_covered(question, unit)
    facts = _facts_borne(question, unit)
    if signs is None or facts is None:
        return None
    found = [word for word in question.words if unit.has_word(word, thesaurus)]
    unsaid = len(question.words) - len(found) - _places_settled(question, unit, found)
    # One word may be a story where the sentence itself names the very thing that is asked about.
    named = things_in(unit.own) & question.things - CIRCUMSTANCES
    pinned = question.pinned or (unsaid == 1 and bool(named))
    open_ = not pinned or unit.standing >= _NEAR or question.means.difference(found)
    if unsaid > 0 and open_ and not _says_flatly(question, unit):
        return None
    other = _other_things(question, unit)
    own = signs["topic_own"] + signs["thing_own"] + signs["told_own"] + len(found)
    if other and not own and question.kinds & _BOUND:
        return None
    soft = sum(unit.has_word(word, thesaurus) for word in question.soft)
    signs |= facts | _signs_of_clause(question, unit, other)
    signs |= {"word": len(found), "unsaid": max(0, min(unsaid, _MOST_UNSAID))}
    signs |= {"soft": min(soft, _MOST_SOFT), "rank": unit.rank, "nearest": unit.standing == 0}
    signs["likeness"] = max(0.0, unit.likeness)
    return Match(unit, sum(WEIGHTS[name] * value for name, value in signs.items()), signs)


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
    headed = names_in_clause(unit.clause.heading) & MARKED
    if question.topics and headed and not any({n, *covering(n)} & meant for n in headed):
        return True
    closed = topics_in(unit.above) & _CLOSED
    if closed and not closed & meant and not topics_in(unit.above) & question.topics:
        return bool(question.needs & _SERVICES - names_in_clause(unit.clause.title))
    where_to = {name for name in question.needs if name.startswith(COUNTRY)}
    return bool(where_to) and where_to == question.needs and not unit.speaks_of("delivery")


def _notions_covered(question: Question, unit: Unit) -> Signs | None:
    """Where its notions are spoken of; None where one is not."""
    signs = dict.fromkeys(("topic_own", "topic_above", "thing_own", "thing_above"), 0.0)
    for name in question.needs:
        where = _where(name, question, unit)
        if not where:
            return None
        signs[f"{'topic' if name in question.topics else 'thing'}_{where}"] += 1
    told = _told_covered(question, unit)
    if told is None:
        return None
    return signs | told | {"exact": float(len(question.needs & unit.own))}


def _told_covered(question: Question, unit: Unit) -> Signs | None:
    """The same for what was told before a question that names nothing: most of it is enough."""
    if not question.some:
        return dict.fromkeys(("told_own", "told_above", "told_missing", "told_besides"), 0.0)
    subjects = question.some - CIRCUMSTANCES or question.some
    covered = [name for name in subjects if _where(name, question, unit)]
    missing = len(subjects) - len(covered)
    if 2 * len(covered) < len(subjects) or (subjects - set(covered)) & _SERVICES:
        return None
    # How goods are says little of what is asked about them.
    near = _NEAR_TOLD if question.some - CIRCUMSTANCES else _NEAR
    sure = len(covered) > 1 or things_in(unit.own) & subjects - CIRCUMSTANCES
    if (missing or not sure) and unit.standing >= near:
        return None
    own = len(unit.own.intersection(covered))
    besides = sum(bool(unit.speaks_of(name)) for name in question.some - subjects)
    return {
        "told_own": own,
        "told_above": len(covered) - own,
        "told_missing": missing,
        "told_besides": besides,
    }


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


def _facts_borne(question: Question, unit: Unit) -> Signs | None:
    """The facts of the kinds that are asked for; None where one is missing."""
    borne = [kind for kind in question.kinds if bears(unit.text, kind)]
    denied = unit.denies and question.kinds <= {Kind.PLACE, Kind.WAY, Kind.TIME}
    if len(borne) < len(question.kinds - {Kind.WAY}) and not denied:
        return None
    steps = Kind.WAY in borne and _STEPS.search(unit.plain) is not None
    return {"fact": len([kind for kind in borne if kind is not Kind.WAY]), "step": steps}


def _other_things(question: Question, unit: Unit) -> int:
    """How many things it speaks of that nobody asked for."""
    meant = question.needs | question.also | question.some
    return sum(
        name not in meant and name not in _MEANS and not any(name in covering(n) for n in meant)
        for name in things_in(unit.own - unit.above)
    )


def _signs_of_clause(question: Question, unit: Unit, other: int) -> Signs:
    """What speaks for and against the clause as a whole."""
    meant = question.needs | question.some
    heading = names_in_clause(unit.clause.heading)
    abroad = any(n.startswith(COUNTRY) for n in unit.own - question.needs)
    places = abroad and not any(n.startswith(COUNTRY) for n in question.needs)
    asked_above = kinds_asked(unit.clause.heading, unit.clause.language)
    topics = topics_in(unit.own | heading) - meant - question.either
    if question.topics & _CLOSED and bears(unit.text, Kind.DURATION):
        # A time from delivery on.
        topics -= {"delivery"}
    # What stands under the heading of something else says it of that.
    elsewhere = topics_in(unit.above) - meant - question.either
    if not question.topics:
        elsewhere &= frozenset() if heading & meant else _CLOSED - {"warranty"}
    elif question.topics & unit.above:
        elsewhere = frozenset()
    also = [name for name in question.also if unit.speaks_of(name)]
    signs: Signs = {
        # The steps of a way name what they are done with.
        "other_thing": 0 if question.kinds == {Kind.WAY} else min(other, _MOST_EXTRA),
        "other_place": places and not question.kinds,
        "other_topic": min(_MOST_OTHER, len(topics - {"orders", "purchase", "contact"})),
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
    if "payment" in question.topics and not question.kinds:
        signs["lists"] = any(name.startswith(PAYMENT) for name in unit.own)
    if not (question.things or question.some):
        # What holds for some goods alone comes after what holds for all.
        signs["for_some"] = len(things_in(heading) - question.also)
    if not (question.kinds or question.things or question.some or things_in(question.also)):
        # Asked for the rule as such, what says until when it holds comes first.
        ruled = bool(question.topics & _CLOSED & (heading | unit.own))
        signs["until_when"] = ruled and bears(unit.text, Kind.DURATION)
        signs["how"] = Kind.WAY in asked_above
    return signs


__all__ = ["WEIGHTS", "Match", "match"]
