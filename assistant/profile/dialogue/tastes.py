"""What a shopper says they like, dislike, never wear, or do again and again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from assistant.profile.dialogue.harking_back import read_harking_back
from assistant.profile.dialogue.lasting_words import Marker, markers, nearest, plain, says, whole
from assistant.profile.dialogue.refusals import refused_brands, shunned
from assistant.profile.dialogue.statements import Said, Stated, written_value
from assistant.profile.facts import ProfileFact
from retrieval.conditions import Condition
from retrieval.text import has_cjk, normalise, tokens
from retrieval.vocabulary import Mention, Term
from tools.reading.polarity import sign
from tools.reading.quotes import Span
from tools.reading.subject import Clause
from tools.reading.values import idioms

_BEFORE = ("wish", "like", "dislike", "over", "allow", "habit", "seldom")
_AFTER = ("like_after", "dislike_after", "allow_after", "habit_after", "over_after")
# What is said of a person or a purchase in other words than of taste.
_NO_TASTE = frozenset({"size", "gender", "price", "rating", "availability", "currency", "id"})
# What one does says nothing of what it should look like.
_NO_HABIT = _NO_TASTE | {"brand", "color"}
_LOOKS = frozenset({"brand", "color"})
# Of a kind of goods or a use one may have a favourite and others beside it.
_ONE_FAVOURITE = _LOOKS
_FIRST_FIELDS = ("category", "brand", "color")
_REACH = 48
# "I like the black ones", "喜欢这双黑色的": of a product at hand. "Better than Nike": of neither.
_AT_HAND = re.compile(
    r"^\s*(?:the(?!\s+(?:colou?r|brand|look|feel|style|smell|taste|label)\b)|this|that|these|those|it|its|them|your|you|how|when|what|his|her)\b"
    r"|\b(?:than|over|unlike|instead\s+of|rather\s+than|except|but|without\s+my|when|because|if|with)\b"
    r"|\d|[这那第][一二三四五六七八九十\d]?(?:双|款|个|件|条|台|种|家)|[比像]$|(?:时候?|的话)",
    re.IGNORECASE,
)
# "I cycle to work" names a place.
_WHITHER = re.compile(r"\b(?:to|after|before|at|from)\s+$", re.IGNORECASE)
# "平时走路的鞋怎么选": words for goods, and none for the shopper.
_DESCRIBED = re.compile(
    r"(?:时|用|穿|喝)?的[^，。,.]{1,6}(?:怎么|哪|什么|有|推荐|吗)|(?:的鞋|穿的|用的)"
)
_AND = re.compile(
    r"\b(?:and|or|also|both|the|a|any|too|as\s+well|shoes?|ones?|brands?|nor|either)\b"
    r"|还有|以及|或者?|[和跟与、及,，.。!！的色也鞋]",
    re.IGNORECASE,
)
_ON = re.compile(
    r"\s*(?:(?:on|in|the|my|our|local|mostly|some|along|across|mainly)\s+)*", re.IGNORECASE
)
_DRAWN = re.compile(r"[a-z]['’]s$", re.IGNORECASE)
# "I never wear anything but black": all the rest is what is refused.
_NOTHING_BUT = re.compile(
    r"\b(?:never|don['’]?t|won['’]?t|wouldn['’]?t|do\s+not|rarely)\b[^,.;]*\banything\s+(?:but|except|other)",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:but\s+)?(?:not|never|no)\b|但?不(?:要|是|喜欢)?", re.IGNORECASE)
_FOR_GOOD = re.compile(
    r"\bnever\b|allerg|intoleran|\brefuse|\bcan(?:'?t|not)\b|rash|hives|过敏|从来?不|从来?没|绝|永远|不能|一律",
    re.IGNORECASE,
)
# Whoever runs a marathon runs: in Chinese the verb alone is no word for it.
_RUNS = re.compile(
    r"跑(?:马拉松|[全半]马|越野|[一二三四五六七八九十两几半\d]{1,3}(?:次|公里|天|圈|小时))"
)
Kind = Literal["like", "dislike", "over", "allow", "habit", "shun"]


def read_tastes(said: Said, known: Sequence[ProfileFact]) -> list[Stated]:
    """The tastes and habits that a message states, each with the clause it stands in.

    Args:
        said: the message.
        known: the profile, whose tastes may be over.
    """
    titles = [Span(m.start, m.end) for m in said.index.titles.find(said.text)]
    # "A heavy runner" tells of a body.
    traits = [m for m in said.index.advice.find(said.text) if m.advice.trait]
    hidden = [*idioms(said.text), *(Span(m.start, m.end) for m in traits)]
    stated: list[Stated] = []
    last: tuple[Clause, Kind] | None = None
    by_principle = any(c.own and says("principle", c.text) for c in said.clauses)
    mentions = _mentions(said)
    for clause in said.clauses:
        if not clause.own or says("once", clause.text) or _asks(clause):
            continue
        here = [m for m in mentions if clause.span.start <= m.start < clause.span.end]
        for mention in here:
            span = Span(mention.start, mention.end)
            if any(h.start <= span.start and span.end <= h.end for h in hidden) or any(
                t.overlaps(span) and t != span for t in titles
            ):
                continue
            kind = _kind(said, clause, span, here)
            if kind is None and last and _lists_on(said, last[0], clause, here):
                negated = _NOT.match(clause.text.strip())
                kind = "dislike" if negated and last[1] == "like" else last[1]
            elif kind is None and by_principle and sign(said.text, span) == "refused":
                kind = "dislike"
            if kind is None:
                continue
            last = (clause, kind)
            fresh = not says("occasion", clause.text)
            if kind == "over":
                stated += _ended(mention, span, said, clause, known)
            for term in _terms(mention, span, kind, said) if fresh else ():
                if kind == "habit" and _only_where(said, span, term, here):
                    continue
                stated += _statements(kind, term, said, clause, by_principle)
    stated += read_harking_back(said, mentions, known)
    return stated + list(refused_brands(said, stated))


def _mentions(said: Said) -> list[Mention]:
    """The catalogue's words in the message, without an "is" drawn to them: "pink's not me"."""
    return [
        replace(m, end=m.end - 2) if _DRAWN.search(said.text[m.start : m.end]) else m
        for m in said.index.vocabulary.find(_without_markers(said.text))
    ]


def _without_markers(text: str) -> str:
    """The text with blanks for words of taste, of the same length.

    They cut a Chinese sentence: of "从来不穿皮的" a segmenter makes the one word 穿皮.
    """
    if not has_cjk(text):
        return text
    text = _RUNS.sub(lambda m: "跑步".ljust(len(m.group())), text)
    for marker in markers(("like", "dislike", "shun"), text):
        span = marker.span
        if text.startswith("从", span.start) and not text.startswith("从来", span.start):
            continue  # "从耐克换成": it has a value within
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


def _kind(said: Said, clause: Clause, span: Span, here: list[Mention]) -> Kind | None:
    """How the words at a span are spoken of; None where as of a wish, or of nothing."""
    text, at = clause.text, span.start - clause.span.start
    end = span.end - clause.span.start
    if any(m.span.start < at < m.span.end <= end for m in markers(("over",), text)):
        return "over"  # "I no longer run": the verb is what is over
    if shunned(said, clause, span) and not _NOTHING_BUT.search(text[:at]):
        return "shun"
    marker = nearest(_BEFORE, text, at)
    if marker is not None and not _reaches(marker, text, at):
        marker = None
    if marker is not None:
        if _DESCRIBED.match(said.text, span.end) and "我" not in text:
            return None
        return None if marker.kind in ("wish", "seldom") else _signed(marker.kind, said, span)
    after = plain(said.text[span.end : clause.span.end])
    for marker in sorted(markers(_AFTER, after), key=lambda m: (m.span.start, -m.span.end)):
        gap = after[: marker.span.start]
        for mention in here:
            gap = gap.replace(said.text[mention.start : mention.end], "")
        if not _AND.sub("", gap).strip():
            return marker.kind.removesuffix("_after")  # type: ignore[return-value]
    return None


def _reaches(marker: Marker, text: str, at: int) -> bool:
    between = text[marker.span.end : at]
    if marker.kind == "habit" and _WHITHER.search(between):
        return False
    return len(between) <= _REACH and not _AT_HAND.search(between)


def _signed(kind: str, said: Said, span: Span) -> Kind | None:
    """The kind, turned round where "anything but black" or "without leather" refuses."""
    if kind in ("like", "habit"):
        before = said.text[max(0, span.start - 24) : span.start]
        if re.search(
            r"(?:\bnon-?|\bwithout|\bno|\bnot|不带|没有|(?<![我就])非|无)\s*$",
            before,
            re.IGNORECASE,
        ):
            return "dislike" if kind == "like" else None
    return kind  # type: ignore[return-value]


def _lists_on(said: Said, clause: Clause, here: Clause, mentions: list[Mention]) -> bool:
    """Whether a clause only goes on with the list of the one before: "I love Nike, Asics"."""
    if here.span.start < clause.span.start or here.sentence != clause.sentence:
        return False
    rest = here.text
    for mention in mentions:
        rest = rest.replace(said.text[mention.start : mention.end], "")
    return not _NOT.sub("", _AND.sub("", rest)).strip()


def _terms(mention: Mention, span: Span, kind: Kind, said: Said) -> Iterator[Term]:
    """The likeliest meaning of the words that can be liked or done."""
    barred = _NO_HABIT if kind == "habit" else _NO_TASTE
    terms = [term for term in mention.terms if term.field not in barred]
    if kind == "shun":
        # "Anything but black" is said of one purchase, of a brand for good.
        terms = [term for term in terms if term.field == "brand"]
    words = said.text[span.start : span.end]
    if not terms or whole("empty", words):
        return
    read = {(f.field, written_value(f.value)) for f in said.facts if f.quote in said.written}
    chosen = next((t for t in terms if (t.field, written_value(t.value)) in read), None)
    if chosen is None:
        chosen = min(
            terms, key=lambda t: _FIRST_FIELDS.index(t.field) if t.field in _FIRST_FIELDS else 9
        )
    if chosen.field == "category":
        # "I wear shoes every day" says nothing in a shop for shoes.
        everything = Condition(field="category", op="=", value=chosen.value)
        if said.index.count([everything]) == len(said.index):
            return
    yield chosen


def _only_where(said: Said, span: Span, term: Term, here: Sequence[Mention]) -> bool:
    """Whether a doing is told by its ground or kind: "I run trails" speaks of no running shoes."""
    if term.field != "category":
        return False
    nouns = [
        other
        for other in here
        if other.start >= span.end
        and any(t.field not in _NO_HABIT | {"category"} for t in other.terms)
    ]
    return any(_ON.fullmatch(said.text[span.end : noun.start]) for noun in nouns)


def _statements(
    kind: Kind, term: Term, said: Said, clause: Clause, by_principle: bool
) -> Iterator[Stated]:
    value, quote = written_value(term.value), said.quote(clause)
    if kind in ("like", "habit"):
        sole = kind == "like" and term.field in _ONE_FAVOURITE and says("favourite", clause.text)
        yield Stated(term.field, "=", value, quote, sole=sole)
    elif kind in ("dislike", "shun"):
        firm = by_principle or kind == "shun" or _FOR_GOOD.search(plain(clause.text))
        yield Stated(term.field, "!=", value, quote, "must" if firm else "prefer")
    else:
        yield Stated(term.field, "=" if kind == "over" else "!=", value, quote, holds=False)
        if kind == "over" and re.search(r"\b(?:hate|dislike)\b|讨厌", clause.text):
            yield Stated(term.field, "!=", value, quote, holds=False)


def _ended(
    mention: Mention, span: Span, said: Said, clause: Clause, known: Sequence[ProfileFact]
) -> Iterator[Stated]:
    """What is over, whatever of it is known: basketball as a use, or shoes for it."""
    stems = {token.stem for token in tokens(normalise(said.text[span.start : span.end]))}
    meant = {(term.field, written_value(term.value)) for term in mention.terms}
    for fact in known:
        if fact.op != "=" or fact.field in _NO_TASTE:
            continue
        named = {token.stem for token in tokens(normalise(fact.value))}
        if (fact.field, fact.value) in meant or (fact.field not in _LOOKS and stems & named):
            yield Stated(fact.field, "=", fact.value, said.quote(clause), holds=False)


def _asks(clause: Clause) -> bool:
    """Whether a clause asks rather than tells of oneself: "黑色的好看吗"."""
    text = clause.text.strip().lower()
    if re.search(r"[?？]$|[吗么](?:[?？]|$)", text) is None:
        return False
    return re.match(r"(?:and\s+|so\s+|but\s+|well\s+)*(?:i\b|my\b|as\s|我)", text) is None
