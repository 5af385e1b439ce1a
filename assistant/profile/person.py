"""Who a shopper says they are: body, size, gender, and what they usually spend."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.profile.contradiction import trait_entry
from assistant.profile.facts import ProfileFact
from assistant.profile.lasting_words import markers, nearest, plain, says
from assistant.profile.statements import Said, Stated, written_value
from retrieval.advice import Advice
from retrieval.text import has_cjk, normalise, stem, tokens
from tools.reading.people import wearer_of
from tools.reading.quotes import Span
from tools.reading.size_chart import SizeChart
from tools.reading.sizes import read_sizes
from tools.reading.subject import Clause

_MINE = re.compile(r"\b(?:my|i|me|i['’](?:m|ve))\b|我", re.IGNORECASE)
_ASKS_OF_SELF = re.compile(r"^\W*(?:do|am|did|have|would|could|should)\s+i\b|是不是|什么", re.I)
# Words for what ails, or for any body: they name no part of one.
_ACHES = frozenset(
    stem(word)
    for word in "pain bad sore hurt hurts ache aching problem problems my the a of in on get gets "
    "have is are not no any more now don do doesn fine ok better again".split(" ")
)
# What may stand between a denial and what it denies: "I can't find shoes for flat feet" has more.
_BETWEEN_DENIED = re.compile(
    r"(?:\s|的|了|什么|任何|特别|明显|得|有|是|\b(?:really|actually|even|have|has|had|got|getting|get|any|a|an|the|my|"
    r"suffer|suffering|from|with|exactly|more|that|such|of|do|am|be|run)\b)*",
    re.IGNORECASE,
)
_WEARS = re.compile(r"\b(?:wear|take|use|size|feet|foot|fit)|[穿码脚戴买]", re.IGNORECASE)
# "我现在穿42了": no word for a size, and yet one.
_WORN = re.compile(
    r"(?:\bi\s+(?:[a-z]+\s+){0,2}(?:wear|take)\s+(?:an?\s+|sizes?\s+)*"
    r"|\bmy\s+(?:\w+\s+)?(?:size|feet)\s+(?:is|are)\s+(?:\w+\s+)?(?:an?\s+)?"
    r"|(?:我|平时|一般|一直|现在|还是?)[^，。,.\d]{0,6}(?:穿|是)(?:的是|的|着)?)(?P<n>[1-5]\d(?:\.5)?)(?!\d|\.\d|\s*(?:[$€£¥年天块元双小个岁分斤公%]|(?:minutes?|hours?|days?|weeks?|months?|years?|pairs?|km|miles?|times?|dollars?|euros?|kilos?|kg)\b))",
    re.IGNORECASE,
)
_AGED = re.compile(r"(?:\bi(?:['’]m|\s+am)|我今年|我)\s*$", re.IGNORECASE)
_NOW = re.compile(r"\b(?:now|actually|these\s+days|nowadays)\b|现在|如今|其实", re.IGNORECASE)
_GENDERS = {"women": ("women", "女"), "men": ("men", "男")}


def read_traits(said: Said, known: Sequence[ProfileFact]) -> list[Stated]:
    """The lasting needs of the shopper's body that the shop has advice on, stated or taken back.

    Args:
        said: the message.
        known: the profile, whose ailments may be over.
    """
    stated: list[Stated] = []
    read = {str(fact.value) for fact in said.facts if fact.field == "need" and fact.op == "="}
    for mention in said.index.advice.find(said.text):
        entry, span = mention.advice, Span(mention.start, mention.end)
        clause = said.clause_at(span.start)
        if not entry.trait or clause.other or clause.heard or clause.supposed:
            continue
        at = span.start - clause.span.start
        over = _denied(clause, at) or _gone(said, clause, span)
        mine = _MINE.search(clause.text[:at]) is not None
        if clause.asks and not (mine and not _ASKS_OF_SELF.search(clause.text)):
            continue
        if over or mine or entry.id in read:
            name, quote = entry.name("en"), said.written[span.start : span.end]
            if over:
                quote = said.quote(clause)
            elif says("once", clause.text):
                continue
            stated.append(Stated(entry.field, "=", name, quote, holds=not over))
    between = list(_read_between_the_lines(said, stated))
    return [*stated, *between, *_recovered(said, known)]


def _recovered(said: Said, known: Sequence[ProfileFact]) -> Iterator[Stated]:
    """Ailments of a part of the body that is well again: "my knees don't hurt any more"."""
    for clause in said.clauses:
        if not clause.own or not says("recovered", clause.text):
            continue
        sentence = said.sentence(clause)
        for fact in known:
            entry = trait_entry(fact.field, fact.value, said.index.advice)
            if entry is not None and _names_part(sentence, entry):
                yield Stated(fact.field, "=", fact.value, said.quote(clause), holds=False)


def _names_part(text: str, entry: Advice) -> bool:
    """Whether a text has the part of the body that all words for a need begin or end with."""
    stems = {token.stem for token in tokens(normalise(text)) if not token.cjk} - _ACHES
    for word in (word for group in entry.words.values() for word in group):
        if has_cjk(word):
            if len(word) > 2 and word[:2] in text:
                return True
        elif stems & ({token.stem for token in tokens(normalise(word))} - _ACHES):
            return True
    return False


def _read_between_the_lines(said: Said, stated: Sequence[Stated]) -> Iterator[Stated]:
    """Traits that the model read in words that no list has."""
    for fact in said.facts:
        entry = said.index.advice.get(str(fact.value)) if fact.field == "need" else None
        where = said.place(fact)
        if entry is None or not entry.trait or where is None:
            continue
        clause, span = where
        known = any(s.field == entry.field and s.value == entry.name("en") for s in stated)
        found = any(m.advice.id == entry.id for m in said.index.advice.find(said.text))
        if known or found or not clause.own or says("once", clause.text):
            continue
        if not _denied(clause, span.start - clause.span.start) and not _gone(said, clause, span):
            yield Stated(entry.field, "=", entry.name("en"), fact.quote)


def _denied(clause: Clause, at: int) -> bool:
    marker = nearest(("denied", "over"), clause.text, at)
    if marker is None:
        return False
    return _BETWEEN_DENIED.fullmatch(clause.text[marker.span.end : at]) is not None


def _gone(said: Said, clause: Clause, span: Span) -> bool:
    after = said.text[span.end : clause.span.end]
    return any(not after[: m.span.start].strip(" 的") for m in markers(("over_after",), after))


def read_own_size(said: Said, known: Sequence[ProfileFact]) -> list[Stated]:
    """The shopper's own size: told ("I wear a 43", "我穿43码"), else wished for.

    Args:
        said: the message.
        known: the profile, whose gender tells what an American size is.
    """
    told = list(_told_sizes(said, known))
    holding = [stated for stated in told if stated.holds]
    if holding:
        newest = [stated for stated in holding if _NOW.search(stated.quote)]
        return [stated for stated in told if not stated.holds] + (newest or holding)[-1:]
    # "42 or 43" does not say which.
    wished = {stated.value: stated for stated in _wished_sizes(said)}
    one = sum(stated.holds for stated in wished.values()) < 2
    return told + [stated for stated in wished.values() if one or not stated.holds]


def _told_sizes(said: Said, known: Sequence[ProfileFact]) -> Iterator[Stated]:
    chart = SizeChart(said.index)
    wearer = wearer_of(said.facts, known)
    for clause in said.clauses if chart.written else ():
        if not clause.own or says("once", clause.text):
            continue
        found = [
            size
            for size in read_sizes(clause.text, chart, wearer)
            if size.value is not None
            and says("own_size", clause.text[: size.span.end])
            and (not size.bare or _worn_or_denied(clause, size.span.start))
        ]
        sizes = {str(size.value): _number_at(clause.text, size.span) for size in found}
        if not sizes and (worn := _WORN.search(clause.text)) and (size := chart.plain(worn["n"])):
            sizes = {size: worn.start("n")}
        if len(sizes) == 1:
            ((value, at),) = sizes.items()
            past = nearest(("over", "denied"), clause.text, at)
            yield Stated("size", "=", value, said.quote(clause), "must", holds=past is None)


def _worn_or_denied(clause: Clause, at: int) -> bool:
    """Whether a bare number is a size: "I wear 43", "I'm not a 43"; "I'm 43" tells an age."""
    return _WEARS.search(clause.text[:at]) is not None or _denied(clause, at)


def _number_at(text: str, span: Span) -> int:
    """Where the size itself stands in words such as "I wear a 43"."""
    digit = re.search(r"\d", text[span.start : span.end])
    return span.start + (digit.start() if digit else 0)


def _wished_sizes(said: Said) -> Iterator[Stated]:
    if any(f.field in ("gender", "category") and _for_children(str(f.value)) for f in said.facts):
        return
    for fact in said.facts:
        where = said.place(fact)
        if fact.field != "size" or fact.widens or where is None or where[0].asks:
            continue
        clause, span = where
        if (
            fact.op == "!="
            and clause.own
            and says("own_size", said.text[clause.span.start : span.end])
        ):
            yield Stated("size", "=", written_value(fact.value), said.quote(clause), holds=False)
        if fact.op != "=":
            continue
        sentence = said.sentence(clause)
        once = says("once", clause.text) or says("occasion", sentence)
        bare = re.fullmatch(r"[\d.]+", fact.quote) is not None
        aged = bare and _AGED.search(plain(said.text[: span.start]))
        past = nearest(("over",), clause.text, span.end - clause.span.start) is not None
        if not (once or aged or past or clause.other or clause.heard or clause.supposed):
            yield Stated("size", "=", written_value(fact.value), fact.quote, "must")


def _for_children(value: str) -> bool:
    return re.search(r"\b(?:kid|child|youth|junior|toddler|bab)|童|孩", value, re.I) is not None


def read_gender(said: Said) -> list[Stated]:
    """Whether the shopper says that they are a woman or a man, where the catalogue has both.

    Args:
        said: the message.
    """
    for kind, words in _GENDERS.items():
        for clause in said.clauses:
            if not clause.own or not says(kind, clause.text) or says("denied", clause.text):
                continue
            terms = [t for word in words for t in said.index.vocabulary.resolve(word)]
            for term in terms:
                if term.field == "gender":
                    value = written_value(term.value)
                    return [Stated("gender", "=", value, said.quote(clause))]
    return []


def read_budget(said: Said, known: Sequence[ProfileFact]) -> list[Stated]:
    """What the shopper usually spends at most; a budget for this purchase is none.

    Args:
        said: the message.
        known: the profile, whose usual budget may be another now.
    """
    priced = any(fact.field == "price" for fact in known)
    for fact in said.facts:
        where = said.place(fact)
        if fact.field != "price" or fact.op not in ("<", "<=") or fact.sort or where is None:
            continue
        clause, _ = where
        usual = says("usual", clause.text) or (priced and says("raised", clause.text))
        once = says("once", clause.text) or says("occasion", clause.text)
        if usual and clause.own and not once:
            return [Stated("price", "<=", written_value(fact.value), said.quote(clause))]
    return []
