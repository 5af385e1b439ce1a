"""Sentences of clauses as possible answers, and what of a question they cover."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from assistant.policy.facts_asked import Kind, bears, figures, kinds_asked
from assistant.policy.question import Question
from retrieval.policies import Clause, Sentence
from retrieval.policies.notions import (
    A_COUNTRY,
    CARRIER,
    COUNTRY,
    PAYMENT,
    country_notion,
    names_in_clause,
    notions,
    plain,
)
from retrieval.text import has_cjk, stem
from retrieval.translation import Thesaurus

_ONLY = re.compile(
    r"(?<![a-z])(?:only|exclusively|solely|just|no other|nowhere else|limited to|nothing else|"
    r"not (?:\w+ ){0,3}(?:outside|beyond|elsewhere|other)|outside)(?![a-z])"
    r"|仅|唯一|只(?!要|需)|限于|不支持其[他它]|除此之外|以外|之外|暂不|其[他它](?:国家|地区|方式)[^，。]{0,4}不"
)
_DENIES = re.compile(
    r"(?<![a-z])(?:not|no|never|cannot|can't|don't|doesn't|won't|isn't|aren't|none|neither|nor|"
    r"without|except|excluded|excludes|unfortunately|void)(?![a-z])"
    r"|不(?!同|论|管|限|要求)|没有?|无法|未|除外|谢绝|概不|勿"
)
_ANAPHORA = re.compile(
    r"^(?:this|that|these|those|it|they|in (?:that|this|such) case|otherwise|then|if not|but|"
    r"however|the same|also|such)(?![a-z])|^(?:这|那|此|该|否则|如果不|但|不过|也|同样|上述)"
)
# Where one of these is named, others of its kind are meant to be told apart from it.
_KINDS = (COUNTRY, PAYMENT, CARRIER)
_DAYS = re.compile(
    r"(?<![a-z])(?:every ?day|daily|mon|tue|wed|thu|fri|sat|sun|week|24/7|open)"
    r"|每天|周|星期|全天|工作日|开放|营业"
)
_OPEN = frozenset({"store", "contact", "hours", "phone", "pickup"})
# A clause headed by one of these is on nothing else.
_MARKED = frozenset(
    "recycle student price_match gift_card voucher damaged faulty missing_parcel wrong_item "
    "missing_item custom_made wholesale repair newsletter preorder gift_wrap jobs loyalty "
    "insurance wear first_order installments pickup".split(" ")
)
# What somebody is told to do.
_STEPS = re.compile(
    r"(?<![a-z])(?:please|contact|write|e-?mail|send|call|ask|print|drop|bring|refuse|note|report|"
    r"log in|click|fill|pack|use|go to|stand|place|let us know)(?![a-z])"
    r"|请|联系|拨打|写信|拍照|申请|寄到|点击|填写|登录"
)
_WORDS = re.compile(r"[a-z][a-z'-]+")


@dataclass(frozen=True)
class Unit:
    """One sentence of a clause, or two that stand together, as a possible answer.

    Attributes:
        clause: where it stands.
        sentences: one or two, next to each other.
        place: of the first in its clause, from 0.
        likeness: of the clause to the question, -1 to 1.
        rank: the clause's share of the best score of the search, 0 to 1.
    """

    clause: Clause
    sentences: tuple[Sentence, ...]
    place: int
    likeness: float
    rank: float

    @cached_property
    def text(self) -> str:
        """What is quoted."""
        stop = "" if self.clause.language == "zh" else " "
        lead = self.sentences[0].lead
        told = stop.join(sentence.text for sentence in self.sentences)
        return f"{lead}{stop or ' '}{told}" if lead else told

    @cached_property
    def own(self) -> frozenset[str]:
        """The notions of its own words."""
        return names_in_clause(self.text)

    @cached_property
    def above(self) -> frozenset[str]:
        """Those of the headings above it and of the file's name."""
        stem_of_file = self.clause.file.rpartition("/")[2].rpartition(".")[0]
        levels = [*reversed(self.clause.path), re.sub(r"[-_]", " ", stem_of_file)]
        found: frozenset[str] = frozenset()
        for level in levels:
            names = names_in_clause(level)
            if level is levels[-1] and (_topics(found) or found & _MARKED):
                names -= _topics(names)
            # "Shipping and returns" says of no clause under it which of the two it is on.
            if len(_topics(names)) > 1 and _topics(found):
                names -= _topics(names)
            found |= names
        return found

    @cached_property
    def plain(self) -> str:
        """Its words in lower case, simplified."""
        return plain(self.text)

    @property
    def denies(self) -> bool:
        """Whether it says no to something."""
        return _DENIES.search(self.plain) is not None

    @property
    def closed(self) -> bool:
        """Whether what it lists is all that there is."""
        return _ONLY.search(self.plain) is not None

    @cached_property
    def _stems(self) -> frozenset[str]:
        words = _WORDS.findall(plain(f"{self.clause.title} {self.clause.file} {self.text}"))
        return frozenset(stem(part) for word in words for part in (word, *word.split("-")))

    def speaks_of(self, name: str) -> str:
        """Where a notion is spoken of: ``own``, ``above`` or nowhere (empty)."""
        ways = {name, *_covering(name)}
        if ways & self.own:
            return "own"
        return "above" if ways & self.above else ""

    def settles(self, name: str) -> bool:
        """Whether it answers for what it does not name: a list that is closed, a flat no."""
        for kind in _KINDS:
            if name.startswith(kind) and self.closed:
                return any(other.startswith(kind) for other in self.own)
        if name.startswith(COUNTRY):
            return self.denies and "abroad" in self.own
        if name == "abroad":
            return self.closed and A_COUNTRY in self.own
        return False

    def has_word(self, word: str, thesaurus: Thesaurus) -> bool:
        """Whether a word of a question stands in it or in the headings above it."""
        title = plain(self.clause.title)
        if has_cjk(word):
            if word in self.plain or word in title:
                return True
            if self.clause.language == "zh":
                return False
            others = thesaurus.english(word)
            return any(
                weight >= 0.5 and set(map(stem, phrase.split())) <= self._stems
                for phrase, weight in others.items()
            )
        if stem(word) in self._stems or (len(word) > 3 and word in self.plain):
            return True
        if self.clause.language == "zh":
            ways = thesaurus.chinese(word)
            return any(w >= 0.5 and (z in self.plain or z in title) for z, w in ways.items())
        return False

    @property
    def only_shop(self) -> bool:
        """Whether it says where the only shop is, or that there is none."""
        return "store" in self.own | self.above and (self.closed or self.denies)

    @property
    def leans_back(self) -> bool:
        """Whether it goes on from the sentence before: "This does not hold for …"."""
        return _ANAPHORA.search(self.plain) is not None


def units_of(clause: Clause, likeness: float, rank: float) -> Iterator[Unit]:
    """The sentences of a clause, each alone and each with the next."""
    for place, sentence in enumerate(clause.sentences):
        yield Unit(clause, (sentence,), place, likeness, rank)
        if place + 1 < len(clause.sentences):
            after = clause.sentences[place + 1]
            yield Unit(clause, (sentence, after), place, likeness, rank)


def _topics(names: frozenset[str]) -> frozenset[str]:
    return frozenset(n for n in names if (one := notions().get(n)) and one.role == "topic")


def _things(names: frozenset[str]) -> frozenset[str]:
    return frozenset(n for n in names if (one := notions().get(n)) and one.role == "thing")


@dataclass(frozen=True)
class Match:
    """How a unit answers a question.

    Attributes:
        unit: the answer.
        score: the higher, the more of the question its own words cover.
    """

    unit: Unit
    score: float


_TOPIC_OWN, _TOPIC_ABOVE, _THING_OWN, _THING_ABOVE = 0.6, 0.4, 1.0, 0.75
_WORD, _BEARS, _EXTRA, _PAIR, _LATER = 0.6, 0.6, 0.3, 0.35, 0.06
_EXACT, _OTHER, _SOFT, _LISTS, _STEP = 0.15, 0.7, 0.4, 0.4, 0.3
_LIKENESS, _RANK, _ALSO, _EITHER = 0.8, 0.4, 0.5, 0.5
_HEADED, _MOST_EXTRA, _MOST_OTHER, _ELSEWHERE, _ASKED_ABOVE = 0.5, 3, 1, 0.7, 0.4
# How a thing is done or reached is no other subject.
_MEANS = frozenset({"email", "phone", "address", "label", "card_generic", "chat_kept", "tags"})
# Facts that belong to what their sentence is about, and to nothing else.
_BOUND = frozenset({Kind.DURATION, Kind.AMOUNT, Kind.COUNT, Kind.PAYER, Kind.CLOCK})


def match(question: Question, unit: Unit, thesaurus: Thesaurus) -> Match | None:
    """How a unit answers a question; None where it does not.

    Every notion and every word of the question must be spoken of, and a fact of the kind that is
    asked for must be there: what is left unsaid is no answer, however like the question it sounds.
    """
    if question.empty:
        return None
    headed = names_in_clause(unit.clause.heading) & _MARKED
    meant = question.needs | question.also
    if question.topics and headed and not any({n, *_covering(n)} & meant for n in headed):
        return None
    where_to = {name for name in question.needs if name.startswith(COUNTRY)}
    if where_to and where_to == question.needs and not unit.speaks_of("delivery"):
        return None
    score = 0.0
    own = 0
    # "We do not exchange anything" answers for whatever is to be exchanged.
    flat = (
        unit.denies
        and bool(unit.own & question.needs)
        and not any(one.role == "thing" for n in unit.own if (one := notions().get(n)))
    )
    for name in question.needs:
        where = unit.speaks_of(name)
        topic = name in question.topics
        if name.startswith(PAYMENT) and "refund" in question.needs:
            # However it was paid, that is where a refund goes back to.
            where = where or ("own" if "original_payment" in unit.own else "")
        if name == "refund" and not (where or question.kinds):
            # "Can they be refunded?" asks whether they go back.
            where = unit.speaks_of("return")
        if name == "hours" and not where:
            told = bears(unit.text, Kind.CLOCK) and (unit.own | unit.above) & _OPEN
            where = "own" if told and _DAYS.search(unit.plain) else ""
        if not where and unit.settles(name) and any(map(unit.speaks_of, question.topics)):
            where = "own"
        if not where:
            return None
        score += _EXACT * (name in unit.own)
        own += where == "own"
        if where == "own":
            score += _TOPIC_OWN if topic else _THING_OWN
        else:
            score += _TOPIC_ABOVE if topic else _THING_ABOVE
    for word in question.words:
        if unit.has_word(word, thesaurus):
            score += _WORD
            own += 1
        elif not (
            flat or (word in question.places and unit.only_shop and "store" in question.topics)
        ):
            return None
    borne = [kind for kind in question.kinds if bears(unit.text, kind)]
    denied = unit.denies and question.kinds <= {Kind.PLACE, Kind.WAY, Kind.TIME}
    if len(borne) < len(question.kinds - {Kind.WAY}) and not denied:
        return None
    score += _BEARS * len([kind for kind in borne if kind is not Kind.WAY])
    score += _STEP * (Kind.WAY in borne and _STEPS.search(unit.plain) is not None)
    extra = {
        name
        for name in unit.own - unit.above
        if name not in question.needs | question.also
        and not _covering_any(question.needs, name)
        and (notion := notions().get(name)) is not None
        and notion.role == "thing"
        and name not in _MEANS
    }
    if extra and not own and question.kinds & _BOUND:
        return None
    abroad = any(n.startswith(COUNTRY) for n in unit.own - question.needs)
    extra_places = abroad and not any(n.startswith(COUNTRY) for n in question.needs)
    # The steps of a way name what they are done with.
    many = 0 if question.kinds == {Kind.WAY} else min(len(extra), _MOST_EXTRA)
    score -= _EXTRA * (many + (extra_places and not question.kinds))
    heading = names_in_clause(unit.clause.heading)
    score += _HEADED * bool(heading & question.needs)
    # A heading that asks the same, "How to return", has the answer under it.
    asked_above = kinds_asked(unit.clause.heading, unit.clause.language)
    score += _ASKED_ABOVE * bool(asked_above & question.kinds)
    if not (question.kinds or question.things):
        # Asked for the rule as such, what holds for some goods alone comes after it.
        score -= _EXTRA * len(_things(heading) - question.also)
    subject = unit.own | names_in_clause(unit.clause.heading)
    others = _topics(subject) - question.needs - question.either
    score -= _OTHER * min(_MOST_OTHER, len(others - {"orders", "purchase", "contact"}))
    if question.topics and not question.topics & unit.above:
        # What stands under the heading of something else says it of that.
        score -= _ELSEWHERE * bool(_topics(unit.above) - question.needs - question.either)
    score += _SOFT * sum(unit.has_word(word, thesaurus) for word in question.soft)
    if "payment" in question.topics and not question.kinds:
        score += _LISTS * any(name.startswith(PAYMENT) for name in unit.own)
    score += _ALSO * sum(bool(unit.speaks_of(name)) for name in question.also)
    score += _EITHER * bool(question.either & (unit.own | unit.above))
    score -= _PAIR * (len(unit.sentences) - 1) + _LATER * unit.place
    score += _LIKENESS * max(0.0, unit.likeness) + _RANK * unit.rank
    return Match(unit, score)


def _covering(name: str) -> frozenset[str]:
    known = notions().get(name)
    if known is not None:
        covering = known.covered_by
    elif name.startswith(COUNTRY):
        covering = country_notion(name).covered_by
    else:
        covering = frozenset({"worldwide"})
    return covering


def _covering_any(needs: frozenset[str], name: str) -> bool:
    return any(name in _covering(need) for need in needs)


__all__ = ["Match", "Unit", "figures", "match", "units_of"]
