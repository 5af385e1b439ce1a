"""A message as the questions that it asks of a shop's policies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.policy.facts_asked import Kind
from assistant.policy.parts import parts_of
from assistant.policy.subjects import CIRCUMSTANCES, WHO, Subjects, countries, subjects_of
from assistant.policy.words import Spans
from assistant.reply import Language
from retrieval.policies.notions import notions

# Such a word alone does not say what is asked: what stands before it does.
_BARE = frozenset({"orders", "purchase", "person"})
# Told before the question, these are what it is about, whatever it says itself.
_BINDING = frozenset(
    "sale custom_made gift_card voucher hygiene abroad islands preorder po_box express "
    "installments ebook elsewhere".split(" ")
)
# What somebody who does not want goods any more asks for, without naming it.
_UNWANTED, _JUST_ORDERED = "reason", frozenset({"after_order", "pending"})
# What the country decides that a city is in.
_BY_COUNTRY = frozenset({"delivery", "customs", "abroad", "postage_fee"})
# Of what is said beside a question these tell nothing that a clause could say.
_IDLE = frozenset("goods person promise relative_time reason outside unused".split(" "))
_WAYS_BACK = frozenset({"return", "exchange"})
_UNDONE = frozenset({"return", "exchange", "refund", "cancel", "change_order"})


@dataclass(frozen=True)
class Question:
    """One thing that a message asks.

    Attributes:
        text: in the shopper's words.
        language: of it.
        topics: notions that a clause's heading may tell.
        things: notions that a clause must name.
        words: words beyond those notions that a clause must have.
        kinds: the kinds of facts that are asked for.
        some: what was told before it, where it names nothing itself: a clause must speak of most.
        either: topics of the question before, of which this one may be a part.
        also: things that were told beside it and may matter.
        soft: words that a better answer has: goods, and what was told before the question.
        places: those of the words that say where.
        means: those of the words that say how.
        whole: its text with all that was told beside it.
    """

    text: str
    language: Language
    topics: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset()
    some: frozenset[str] = frozenset()
    either: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    soft: tuple[str, ...] = ()
    places: frozenset[str] = frozenset()
    means: frozenset[str] = frozenset()
    whole: str = ""

    @property
    def needs(self) -> frozenset[str]:
        """All notions that a clause must speak of."""
        return self.topics | self.things

    @property
    def sure(self) -> bool:
        """Whether it speaks of service, or of nothing but what a clause must have word by word."""
        names = self.needs | self.some
        routed = any((n := notions().get(name)) and n.route for name in names)
        return routed or (not names and bool(self.words))

    @property
    def empty(self) -> bool:
        """Whether it names nothing that a clause could be held against."""
        return not self.needs and not self.words and not self.some

    @property
    def vague(self) -> bool:
        """Whether it names a topic and nothing else: its other words must say what of it."""
        alone = len(self.needs) == 1 and not self.things - CIRCUMSTANCES
        return alone and not (self.kinds - {Kind.WAY} or self.words or self.some)

    @property
    def plain(self) -> bool:
        """Whether nothing was told beside what it asks, nor goods named that have no rule."""
        return not (self.some or self.also or self.soft)

    @property
    def pinned(self) -> bool:
        """Whether its notions alone say well what it asks, so that a word may be a mere story."""
        return len(self.needs) + bool(self.kinds - {Kind.WAY, Kind.PLACE, Kind.TIME}) > 1


@dataclass(frozen=True)
class _Part:
    text: str
    asks: bool
    read: Subjects


def questions_of(
    message: str, language: Language, *, goods: Callable[[str], Spans] = lambda text: ()
) -> list[Question]:
    """What a message asks, one question a part of it, in its order; at least one.

    Args:
        message: the shopper's.
        language: that it is written in.
        goods: where a text names products of the shop: they stand for any.
    """
    parts = [
        _Part(part.text, part.asks, subjects_of(part.text, language, goods(part.text)))
        for part in parts_of(message, language)
    ]
    if not any(part.asks for part in parts):
        # What is only told ("the vase came in pieces") asks for what there is on it.
        asks_nothing = subjects_of("", language, ())
        parts.append(_Part("", True, replace(asks_nothing, kinds=parts[-1].read.kinds)))
    last = max(at for at, part in enumerate(parts) if part.asks)
    found: list[Question] = []
    for at, part in enumerate(parts):
        if part.asks:
            # What is said after the question belongs to it too: "does it hold? They are worn".
            around = parts if at == last else parts[:at]
            told = [other for other in around if not other.asks]
            found.append(_question(part, told, found, language))
    found = [question for question in found if not question.empty] or found[:1]
    return [replace(one, text=one.text or message) for one in found]


def _question(
    part: _Part, beside: Sequence[_Part], earlier: Sequence[Question], language: Language
) -> Question:
    """A part that asks, with what is told beside it: "They are worn. Can I return them?"."""
    read = part.read
    reads = [one.read for one in beside]
    everything = frozenset(n for r in (*reads, read) for n in (*r.names, *r.asides))
    topics, things = read.topics, read.things
    told_topics = frozenset(name for r in reads for name in r.topics)
    told = frozenset(name for r in reads for name in r.things)
    if "discount" in everything:
        things |= told & WHO
    else:
        things -= WHO
    told -= WHO
    if "change_order" in told_topics:
        # "Can that be fixed?"
        things -= {"repair"}
    if topics == {"refund"} and not things and not read.kinds:
        # "Can I get my money back?" asks whether it may go back.
        topics, told_topics = frozenset({"return"}), told_topics | {"refund"}
    bare = not (topics | things) - _BARE
    question = Question(
        part.text,
        language,
        topics,
        things,
        read.words.named,
        read.kinds,
        also=read.asides - _IDLE,
        soft=(*read.words.goods, *(w for r in reads for w in (*r.words.named, *r.words.goods))),
        places=read.words.places,
        means=read.words.means,
        whole=" ".join(one.text for one in (*beside, part)).strip(),
    )
    if bare and _UNWANTED in everything and not (told_topics | told) & _UNDONE:
        undone = "cancel" if everything & _JUST_ORDERED else "return"
        return replace(question, topics=frozenset({undone}), also=question.also | told)
    if bare:
        before = frozenset(n for q in earlier[-1:] for n in (*q.needs, *q.some))
        return _about_what_is_told(question, told | told_topics | before, reads)
    binding = frozenset(name for name in told if name in _BINDING)
    if "price_match" in things:
        binding -= {"elsewhere"}
    if topics & _BY_COUNTRY or things & _BY_COUNTRY:
        binding |= read.cities
    places = countries(told).union(*(r.cities for r in reads))
    if topics == {"delivery"} and not read.kinds:
        binding |= places
    asked_before = frozenset(n for q in earlier[-1:] for n in q.topics)
    either = told_topics | asked_before
    if topics == {"delivery"} and Kind.PAYER in read.kinds:
        # "Can I send it back? Who pays the postage?": that of the way back.
        topics |= either & _WAYS_BACK
        if topics & asked_before:
            question = replace(question, whole=f"{earlier[-1].text} {question.whole}")
    return replace(
        question,
        topics=topics,
        things=things | binding,
        either=either - topics,
        also=(question.also | told | places) - binding - things,
    )


def _about_what_is_told(
    question: Question, told: frozenset[str], reads: Sequence[Subjects]
) -> Question:
    """A question that names nothing itself: "Is that a problem?"."""
    some = told - countries(told) - question.needs
    if not some and question.text:
        words = tuple(word for read in reads for word in read.words.named)
        return replace(question, words=(*question.words, *words))
    return replace(
        question,
        topics=question.topics - _BARE,
        some=some,
        also=question.also | countries(told),
    )


__all__ = ["Question", "questions_of"]
