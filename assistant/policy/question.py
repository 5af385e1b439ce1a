"""A message as the questions that it asks of a shop's policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

import jieba.posseg
import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA
from wordfreq import zipf_frequency

from assistant.policy.facts_asked import Kind, kind_spans, kinds_asked
from assistant.reply import Language
from retrieval.policies.notions import COUNTRY, Mention, mentions_in, notions, plain
from retrieval.text import has_cjk, stem
from retrieval.translation.thesaurus import shop_words
from retrieval.words import lexicon

Spans = Sequence[tuple[int, int]]
"""Places in a text: from and to, in characters."""

_STARTS = (
    r"(?:who|whose|what|whats|what's|when|where|how|which|why|can|could|do|does|did|is|are|will|would|"
    r"should|may|must|am|has|have(?= you)|any(?= \w+)|if)"
)
_STOP_EN = re.compile(
    r"(?<=[?!;])\s*|(?<=\.)\s+|\n+"
    rf"|[,:–—]?\s+(?:and|but|or|also|plus|&)\s+(?:also |then |if so,? |)(?={_STARTS}\b)"
    rf"|[,:–—]\s*(?={_STARTS}\b)",
    re.IGNORECASE,
)
_STOP_ZH = re.compile(r"(?<=[？?。！!；;])|\n+|[，,、]|\s+")
_ASKS_EN = re.compile(
    rf"\?|^\W*(?:so |ok |hi |hello |hey |and |but |please )*{_STARTS}\b"
    r"|\b(?:can|could|do|will|would) (?:you|i|we)\b",
    re.I,
)
_ASKS_ZH = re.compile(
    r"[？?]|[吗么嘛呢不](?:[呀啊]?)$|多少|多久|几[天次点个张件双码月年]|怎么|如何|咋|谁|哪|什么|啥"
    r"|是否|能不能|可不可以|可以不|有没有|要不要|是不是|会不会|算不算|管不管|收不收|退不退|换不换"
)
_NOUNS = (
    "n",
    "v",
    "a",
    "eng",
    "j",
    "i",
    "l",
    "s",
    "vn",
    "b",
    "x",
    "nr",
    "ns",
    "nt",
    "nz",
    "d",
    "t",
)
# Such a word alone does not say what is asked: what stands before it does.
_BARE = frozenset({"orders", "limit", "person", "promise", "goods", "outside", "relative_time"})
# What is said of the goods or the shopper decides as much as what is asked: "I live in Norway."
_BINDS = frozenset(
    "sale worn washed custom_made gift_card voucher hygiene opened abroad islands preorder po_box "
    "gift damaged faulty wrong_item missing_item missing_parcel box tags receipt wear accident "
    "once express installments minor".split(" ")
)
_MEANS = re.compile(r"\b(?:by|via) (?:an? )?(\w+(?: \w+)?)")
# States of goods, each of which may have come about once.
_STATES = frozenset({"worn", "washed", "opened", "damaged", "faulty"})
# Named inside a longer name, these are not spoken of: the card of a gift card.
_PARTS = frozenset({"card_generic", "gift", "discount", "sale", "charge", "box", "orders", "email"})
# Written without their apostrophes; "its" and "ill" are words of their own.
_CONTRACTED = (
    ("whens", "when is"), ("whats", "what is"), ("hows", "how is"), ("wheres", "where is"),
    ("whos", "who is"), ("im", "i'm"), ("ive", "i've"), ("theyre", "they're"), ("dont", "don't"),
    ("doesnt", "doesn't"), ("didnt", "didn't"), ("cant", "can't"), ("wont", "won't"),
    ("isnt", "isn't"), ("havent", "haven't"), ("hasnt", "hasn't"), ("u", "you"), ("ur", "your"),
)  # fmt: skip
_SHORTEST_MENDED, _RARE, _KNOWN = 5, 2.2, 3.8


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
        either: topics of the question before, of which this one may be a part.
        also: things that were said beside it and may matter.
        soft: words that a better answer has: goods, and what was said before the question.
        places: those of the words that say where.
    """

    text: str
    language: Language
    topics: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset()
    either: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    soft: tuple[str, ...] = ()
    places: frozenset[str] = frozenset()

    @property
    def needs(self) -> frozenset[str]:
        """All notions that a clause must speak of."""
        return self.topics | self.things

    @property
    def sure(self) -> bool:
        """Whether it speaks of service, or of nothing but what a clause must have word by word."""
        routed = any((n := notions().get(name)) and n.route for name in self.needs)
        return routed or (not self.needs and bool(self.words))

    @property
    def empty(self) -> bool:
        """Whether it names nothing that a clause could be held against."""
        return not self.needs and not self.words


@dataclass
class _Part:
    text: str
    asks: bool
    read: Question = field(init=False)


def questions_of(
    message: str,
    language: Language,
    *,
    goods: Callable[[str], Spans] = lambda text: (),
    known: Sequence[str] = (),
) -> list[Question]:
    """What a message asks, one question a part of it, in its order; at least one.

    Args:
        message: the shopper's.
        language: that it is written in.
        goods: where a text names products of the shop: they stand for any.
        known: words of the shop's own clauses, which misspelt ones may be meant for.
    """
    message = mended(message, known) if language == "en" else message
    parts = _parts(message, language)
    for part in parts:
        part.read = _read(part.text, language, goods(part.text))
    asked = [part for part in parts if part.asks]
    if not asked:
        # What is only told ("the vase came in pieces") asks for what there is on it.
        last = parts[-1]
        last.read = replace(last.read, words=(), soft=(*last.read.words, *last.read.soft))
        asked = [last]
    found: list[Question] = []
    before: list[Question] = []
    for part in parts:
        if part in asked:
            found.append(_in_context(part.read, before, found))
        else:
            before.append(part.read)
    # What is said after the question belongs to it too: "does the warranty hold? they are worn".
    after = [part.read for part in parts[parts.index(asked[-1]) + 1 :]]
    if after and found:
        binding = frozenset(n for read in after for n in read.things if _binds(n))
        found[-1] = replace(found[-1], things=found[-1].things | binding)
    whole = [question for question in found if not question.empty]
    return whole or found[:1]


def asking_parts(message: str, language: Language) -> list[str]:
    """The parts of a message that ask something; none where it only tells.

    Args:
        message: the shopper's.
        language: that it is written in.
    """
    text = mended(message) if language == "en" else message
    return [part.text for part in _parts(text, language) if part.asks]


def _in_context(
    question: Question, before: Sequence[Question], earlier: Sequence[Question]
) -> Question:
    """A question with what was said before it: "They are worn. Can I return them?"."""
    said = frozenset(name for read in before for name in read.things)
    topics = frozenset(name for read in before for name in read.topics)
    soft = tuple(word for read in before for word in (*read.words, *read.soft))
    if question.empty or question.needs <= _BARE:
        words = tuple(word for read in before for word in read.words)
        topics = topics | frozenset(n for q in earlier[-1:] for n in q.topics)
        return replace(
            question,
            topics=question.topics | topics,
            things=question.things | said,
            words=(*question.words, *words) if not (topics or said) else question.words,
            soft=(*question.soft, *soft),
        )
    binding = frozenset(name for name in said if _binds(name))
    either = frozenset(n for q in earlier[-1:] for n in q.topics) | topics
    return replace(
        question,
        things=question.things | binding,
        either=either - question.topics,
        also=said - binding - question.things,
        soft=(*question.soft, *soft),
    )


def _binds(name: str) -> bool:
    return name in _BINDS or name.startswith(COUNTRY)


def _parts(message: str, language: Language) -> list[_Part]:
    stop, asks = (_STOP_ZH, _ASKS_ZH) if language == "zh" else (_STOP_EN, _ASKS_EN)
    pieces = [piece.strip(" ,，、") for piece in stop.split(message)]
    pieces = [piece for piece in pieces if piece]
    if language == "zh":
        pieces = _joined(pieces)
    parts = [_Part(piece, asks.search(piece.strip()) is not None) for piece in pieces]
    return parts or [_Part(message, True)]


def _joined(pieces: Sequence[str]) -> list[str]:
    """Chinese pieces of a letter or two stand with the one before: they say nothing alone."""
    joined: list[str] = []
    for piece in pieces:
        goes_on = bool(joined) and not has_cjk(joined[-1]) and joined[-1][-1] not in "?？。！!;；"
        if joined and (len(piece) <= 2 or goes_on):
            joined[-1] += f" {piece}"
        else:
            joined.append(piece)
    return joined


def _read(text: str, language: Language, goods: Spans) -> Question:
    mentions = [m for m in mentions_in(text) if not _inside(m, goods)]
    mentions = _outermost(mentions)
    topics = {m.notion.name for m in mentions if m.notion.role == "topic"}
    things = {m.notion.name for m in mentions if m.notion.role == "thing"}
    kinds = kinds_asked(text, language)
    priced = kinds & {Kind.AMOUNT, Kind.PAYER}
    if priced and len(topics | things) > 1:
        # Who pays for a return asks nothing of the ways to pay; what it costs is the fact itself.
        topics.discard("payment")
        topics -= {"charge"} if len(topics | things) > 1 else set()
        if "refund" not in topics:
            things.discard("postage_fee")
    if "security" in things:
        things -= {"card_generic"}
        topics -= {"payment", "charge", "privacy"}
    if "store" in topics or "warranty" in topics or "faulty" in things:
        # Tried on in a shop, worn for a year until they broke: no state that decides a return.
        things -= {"worn"}
    if "cookies" in things:
        things -= {"track"}
    if "erase_data" in things:
        things -= {"account"}
    if things & _STATES and Kind.COUNT not in kinds:
        # "I wore them once" counts no exchanges.
        things -= {"once"}
    if "hours" in topics:
        # Whose hours they are, a heading may leave open.
        topics -= {"contact"}
    if not topics & {"delivery", "change_order"}:
        # "An invoice for my company": where something is brought matters to deliveries alone.
        things -= {"hotel"}
    if "price_difference" in things:
        things -= {"other_size"}
        topics -= {"sizes"}
    if "other_size" in things:
        topics -= {"sizes"}
    if "change_order" in topics:
        kinds -= {Kind.PLACE}
    if len(topics | things) > 1:
        topics.discard("orders")
        topics -= {"purchase"} if len(topics) > 1 else set()
    spans = [*((m.start, m.end) for m in mentions), *goods, *kind_spans(text, language)]
    words = _words_zh(text, spans) if language == "zh" else _words_en(text, spans, mentions)
    # "By drone" says how, not what.
    means = {word for said in _MEANS.findall(plain(text)) for word in said.split()}
    named = [word for word in words if _is_goods(word) and word not in means]
    return Question(
        text,
        language,
        frozenset(topics),
        frozenset(things),
        tuple(dict.fromkeys(word for word in words if word not in named)),
        kinds,
        soft=tuple(named),
        places=frozenset(word for word in words if _is_place(word, text)),
    )


def _inside(mention: Mention, goods: Spans) -> bool:
    """Whether it is part of a product's name: of the same words, service is meant."""
    long = mention.end - mention.start
    return any(
        start <= mention.start
        and mention.end <= end
        and (end - start > long or not mention.notion.route)
        for start, end in goods
    )


def _outermost(mentions: Sequence[Mention]) -> list[Mention]:
    """Without those inside a longer one of a thing: the "card" of a gift card."""
    longer = [m for m in mentions if m.notion.role == "thing"]
    return [
        m
        for m in mentions
        if not any(
            o.start <= m.start and m.end <= o.end and o.end - o.start > m.end - m.start
            for o in longer
            if o.notion.name != m.notion.name
            and (m.notion.name in _PARTS or o.notion.name == "address")
        )
    ]


def _words_en(text: str, spans: Spans, mentions: Sequence[Mention]) -> list[str]:
    common, _ = _common()
    small = plain(text)
    countries = [m.start for m in mentions if m.notion.name.startswith(COUNTRY)]
    found = []
    for match in re.finditer(r"[a-z][a-z'-]+|[\u3400-\u9fff]+", small):
        word = match.group().strip("'-")
        if any(start < match.end() and match.start() < end for start, end in spans):
            continue
        bare = word.partition("'")[0]
        if len(word) < 3 or {word, bare, word.replace("'", "")} & common or _says_how(word):
            continue
        # "Toronto, Canada": the country says where.
        if any(0 < at - match.end() <= 2 for at in countries):
            continue
        found.append(word)
    return found


def _says_how(word: str) -> bool:
    """Whether it is an adverb of a known word, which names nothing: "finally", not "supply"."""
    root = word.removesuffix("ly")
    return root != word and len(root) > 3 and zipf_frequency(root, "en") >= _KNOWN


def _words_zh(text: str, spans: Spans) -> list[str]:
    _, common = _common()
    small = plain(text)
    kept = list(small)
    for start, end in spans:
        kept[start:end] = "，" * (end - start)
    found = []
    for word, flag in jieba.posseg.cut("".join(kept)):
        written = word.strip()
        latin = not has_cjk(written)
        if (len(written) < 2 and not latin) or written in common or not written.isalnum():
            continue
        if latin and (len(written) < 2 or written.isdigit()):
            continue
        if flag.startswith(_NOUNS) and not all(c in common for c in written):
            found.append(written)
    return found


def mended(message: str, known: Sequence[str] = ()) -> str:
    """An English message with words that nobody writes replaced by the nearest word of service.

    Args:
        message: the shopper's.
        known: words of the shop's own clauses.
    """

    for short, whole in _CONTRACTED:
        message = re.sub(rf"(?i)\b{short}\b", whole, message)

    def mend(match: re.Match[str]) -> str:
        word = match.group()
        small = word.lower()
        if len(small) < _SHORTEST_MENDED or zipf_frequency(small, "en") >= _RARE:
            return word
        allowed = 1 if len(small) < 8 else 2
        near = process.extractOne(
            small, [*_service_vocabulary(), *known], scorer=OSA.distance, score_cutoff=allowed
        )
        return str(near[0]) if near else word

    return re.sub(r"[A-Za-z]{5,}", mend, message)


@cache
def _service_vocabulary() -> tuple[str, ...]:
    """The plain words of the patterns: what a misspelt word may be meant for."""
    return tuple(_lists()["service"].split())


def _is_place(word: str, text: str) -> bool:
    if has_cjk(word):
        return any(pair.flag in ("ns", "nr", "nz") for pair in jieba.posseg.cut(word))
    return (
        re.search(rf"(?i)\b(?:in|near|at|around|to) (?:\w+ )?{re.escape(word)}", text) is not None
    )


def _is_goods(word: str) -> bool:
    """Whether a word names goods of any trade: a rule for all goods answers for them too."""
    return word in _goods() or stem(word) in _goods()


@cache
def _goods() -> frozenset[str]:
    groups = [*lexicon().get("category", ()), *shop_words()]
    names = {name.lower() for group in groups for name in group}
    own = _lists()["goods"].split()
    single = {name for name in (*names, *own) if " " not in name}
    return frozenset(single | {stem(name) for name in single if not has_cjk(name)})


@cache
def _common() -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(_lists()["en"].split()), frozenset(_lists()["zh"].split())


@cache
def _lists() -> Mapping[str, str]:
    text = files("assistant.policy").joinpath("common_words.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    return words
