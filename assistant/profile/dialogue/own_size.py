"""The size that a shopper wears, told in so many words or else asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.profile.dialogue.contradiction import contradict
from assistant.profile.dialogue.lasting_words import is_denied, nearest, plain, says
from assistant.profile.dialogue.statements import Said, Stated, written_value
from assistant.profile.facts import ProfileFact
from retrieval.index import CatalogueIndex
from tools.reading.fact import Fact
from tools.reading.people import wearer_of
from tools.reading.quotes import Span
from tools.reading.size_chart import SizeChart
from tools.reading.sizes import read_sizes
from tools.reading.subject import Clause

# A number that counts nothing: no age, no price, no length, no part of another.
_NUMBER = re.compile(
    r"(?<![\d.,*×$€£¥#-])(?<![\d*×]\s)[1-5]\d(?:\.5)?(?![\d%*×]|\.\d)(?!\s*(?:[$€£¥x年天块元双小个岁分斤公周寸厘毫件条盒瓶节]|k\b"
    r"|(?:minutes?|mins?|hours?|days?|weeks?|months?|years?|yrs?|pairs?|km|miles?|times?|dollars?|euros?|pounds?|kilos?|kg|mm|cm|inch(?:es)?|percent|people|of)\b))",
    re.IGNORECASE,
)
_NOT_FOR_GOOD = ("once", "occasion", "ordered", "one_foot")
_FOOTWEAR = re.compile(r"shoe|boot|sneaker|sandal|footwear|鞋|靴", re.IGNORECASE)


def read_own_size(said: Said, known: Sequence[ProfileFact]) -> list[Stated]:
    """The shopper's own size: told ("I wear a 43", "我穿43码"), else wished for.

    A wish is a first hint, where no such size is known: one who wears 42 may ask for a 44.

    Args:
        said: the message.
        known: the profile, whose gender tells what an American size is.
    """
    told = list(_told(said, known))
    holding = [stated for stated in told if stated.holds]
    if holding:
        newest = [stated for stated in holding if says("now", stated.quote)]
        # "My left foot is 42 and my right one 43" does not say which either.
        one = len({stated.value for stated in holding}) == 1
        chosen = newest[-1:] or (holding[-1:] if one else [])
        return [stated for stated in told if not stated.holds] + chosen
    # "42 or 43" does not say which.
    wished = {
        stated.value: stated
        for stated in _wished(said)
        if not (stated.holds and _other_is_known(said, stated, known))
    }
    one = sum(stated.holds for stated in wished.values()) < 2
    return told + [stated for stated in wished.values() if one or not stated.holds]


def _other_is_known(said: Said, wished: Stated, known: Sequence[ProfileFact]) -> bool:
    """Whether another size than the one wished for is known already."""
    if says("amended", said.text):
        return False
    new = (wished.op, wished.value)
    return any(
        fact.field == "size" and contradict("size", (fact.op, fact.value), new, said.index.advice)
        for fact in known
        if fact.ended is None and fact.op == "="
    )


def _told(said: Said, known: Sequence[ProfileFact]) -> Iterator[Stated]:
    chart = SizeChart(said.index)
    wearer = wearer_of(said.facts, known)
    # "我38他44": numbers side by side for two people are sizes.
    shared = any(c.other and _NUMBER.search(c.text) for c in said.clauses)
    known_size = any(fact.field == "size" and fact.op == "=" for fact in known)
    for clause in said.clauses if chart.written else ():
        if not clause.own or any(says(kind, clause.text) for kind in _NOT_FOR_GOOD):
            continue
        sizes: dict[str, int] = {}
        for size in read_sizes(clause.text, chart, wearer):
            head = clause.text[: size.span.end]
            if size.value is not None and not size.bare and says("own_size", head):
                sizes[str(size.value)] = _number_at(clause.text, size.span)
        for match in () if sizes else _NUMBER.finditer(clause.text):
            value = chart.plain(match.group())
            if value and _worn(clause, match, shared=shared, known=known_size):
                sizes[value] = match.start()
        sizes = {v: at for v, at in sizes.items() if not _fits_ill(clause, at)}
        if len(sizes) == 1:
            ((value, at),) = sizes.items()
            past = nearest(("over",), clause.text, at) is not None or is_denied(clause.text, at)
            yield Stated("size", "=", value, said.quote(clause), "must", holds=not past)


def _worn(clause: Clause, match: re.Match[str], *, shared: bool, known: bool) -> bool:
    """Whether a bare number is a size: "I wear 43", "43 fits me"; "I'm 43" tells an age."""
    before = plain(clause.text[: match.start()])
    after = plain(clause.text[match.end() :])
    return (
        says("size_before", before + "#")
        or says("size_after", "#" + after)
        or (shared and says("size_beside", before + "#"))
        or (known and says("size_corrected", f"{before}#{after}"))
    )


def _fits_ill(clause: Clause, at: int) -> bool:
    """Whether a size is said not to fit: "the 42s are tight", "42码小了"."""
    return says("ill_fitting", clause.text[at:])


def _number_at(text: str, span: Span) -> int:
    """Where the size itself stands in words such as "I wear a 43"."""
    digit = re.search(r"\d", text[span.start : span.end])
    return span.start + (digit.start() if digit else 0)


def _wished(said: Said) -> Iterator[Stated]:
    kinds = [str(kind) for kind in said.index.vocabulary.values("category")]
    if not any(_FOOTWEAR.search(kind) or says("garment", kind) for kind in kinds):
        return
    for fact in said.facts:
        where = said.place(fact)
        if fact.field != "size" or fact.widens or where is None or where[0].asks:
            continue
        clause, span = where
        if _for_a_child(said, clause):
            continue
        if (
            fact.op == "!="
            and clause.own
            and says("own_size", said.text[clause.span.start : span.end])
        ):
            yield Stated("size", "=", written_value(fact.value), said.quote(clause), holds=False)
        if fact.op == "=" and _is_own_wish(said, fact, clause, span):
            yield Stated("size", "=", written_value(fact.value), fact.quote, "must")


def _is_own_wish(said: Said, fact: Fact, clause: Clause, span: Span) -> bool:
    """Whether a size that is asked for is the shopper's own, and not only for today."""
    before = plain(said.text[: span.start])
    return (
        clause.of_shopper
        and not any(says(kind, clause.text) for kind in _NOT_FOR_GOOD)
        and not says("occasion", said.sentence(clause))
        and not (re.fullmatch(r"[\d.]+", fact.quote) and says("aged", before + "#"))
        and nearest(("over",), clause.text, span.end - clause.span.start) is None
        and not says("measured", clause.text)
        and not (_only_shoes(said.index) and says("garment", said.sentence(clause)))
        and not _fits_ill(clause, span.start - clause.span.start)
        and not says("true_to_size", said.sentence(clause))
    )


def _only_shoes(index: CatalogueIndex) -> bool:
    """Whether a shop sells shoes and no clothes: a size of jeans says nothing there."""
    kinds = [str(kind) for kind in index.vocabulary.values("category")]
    return any(map(_FOOTWEAR.search, kinds)) and not any(says("garment", kind) for kind in kinds)


def _for_a_child(said: Said, clause: Clause) -> bool:
    """Whether goods for children are asked for in the same sentence."""
    for fact in said.facts:
        child = fact.field in ("gender", "category") and re.search(
            r"\b(?:kid|child|youth|junior|toddler|bab)|童|孩", str(fact.value), re.IGNORECASE
        )
        where = said.place(fact) if child else None
        if where is not None and where[0].sentence == clause.sentence:
            return True
    return False
