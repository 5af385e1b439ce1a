"""Joins what rules find and what the model proposes into facts that stand in the message.

Rules read surely what has a form: prices, names of the catalogue's values, sizes, extremes. The
model adds to that. Whatever either says is kept only with words of the message as its quote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.text import simplified
from tools.reading.asides import complained
from tools.reading.currencies import currency_name as currency_name
from tools.reading.draft import Draft
from tools.reading.fact import Fact, HeldWish, ModelReading, ParsedQuery
from tools.reading.goods import goods_asked_for
from tools.reading.mood import undecided, wants_person
from tools.reading.people import read_age, wearer_of
from tools.reading.polarity import sign
from tools.reading.prices import read_prices
from tools.reading.proposals import judge, sold_by_word, want_kind
from tools.reading.questions import asking_parts, compares, speaks_of_self
from tools.reading.quotes import Span
from tools.reading.references import References, find_references
from tools.reading.relaxing import field_labels, read_loosened, read_relaxed
from tools.reading.sale import read_sale
from tools.reading.size_chart import SizeChart
from tools.reading.sizes import read_sizes
from tools.reading.strength import strength
from tools.reading.superlatives import read_superlatives
from tools.reading.values import idioms, read_needs, read_values

# Said of what was shown: less than the one that was recommended.
_CHEAPER = re.compile(
    r"\bcheaper\b|(?:再|更)便宜|便宜(?:一)?[点些]|\btoo\s+(?:expensive|pricey|dear|much\s+money)\b|\bless\s+expensive\b"
    r"|太贵|有?(?:点|些)(?:小)?贵|好贵|贵了(?:点|些)",
    re.IGNORECASE,
)
# "Which is the cheaper of the two?" asks which, and for nothing below the pick.
_AMONG = re.compile(
    r"\bof\s+(?:the\s+(?:two|three|four)|them|these|those)\b|\bwhich\s+(?:one\s+)?(?:is|are)\b|哪一?[双款个件]",
    re.IGNORECASE,
)
# "to wear with jeans", "搭配牛仔裤", "my laptop", "能装笔记本电脑": the thing is there already.
_BESIDE = re.compile(
    r"\b(?:with|over|under|inside|on|like|in|fits?|holds?|carry|carries|takes?|room\s+for|space\s+for)\s+(?:(?:my|a|an|the|his|her|your|some|\d+(?:\.\d+)?[\s-]?inch)\s+)*$"
    r"|\b(?:my|our)\s+(?:(?:own|old|work|\d+(?:\.\d+)?[\s-]?inch)\s+)?$"
    r"|[搭配]$|[装放](?:得下|得了|下|进)?(?:一?[台个部])?(?:\d+(?:\.\d+)?英?寸的?)?$|我(?:的|家的?)$",
    re.IGNORECASE,
)
# "Something cheap, under $80": the bound says it already.
_ONLY_LESS = re.compile(r"cheap(?:er)?|便宜", re.IGNORECASE)
_SERVICE = re.compile(
    r"\b(?:return|refund|exchang|ship|deliver|warrant|guarantee|payment|order|parcel|track|policy|discount|coupon)"
    r"|退|换货|能换|发货|送货|快递|物流|保修|质保|付款|支付|运费|订单|优惠|打折",
    re.IGNORECASE,
)


class Reader:
    """Reads messages against one catalogue.

    Args:
        index: the catalogue: its vocabulary, advice and words.
        rates: how many units of a currency one unit of the catalogue's is worth.
    """

    def __init__(self, index: CatalogueIndex, rates: Mapping[str, Decimal]) -> None:
        self._index = index
        self._rates = rates
        self._chart = SizeChart(index)
        self._labels = field_labels(index)
        has_colors = bool(index.vocabulary.values("color"))
        self._colors = index.other_colors if has_colors else None

    def read(
        self,
        message: str,
        model: ModelReading,
        *,
        shown: Sequence[str] = (),
        pick: str | None = None,
        held: Sequence[HeldWish] = (),
    ) -> ParsedQuery:
        """What a message states.

        Args:
            message: as the shopper wrote it.
            model: the model's reading of it, unbelieved.
            shown: ids of the products shown last.
            pick: the one of them that was recommended.
            held: the wishes that hold, which the message may take back or loosen.
        """
        index = self._index
        written, message = message, simplified(message)
        draft = Draft(message, written)
        refers = find_references(message, shown, pick, index)
        asking = asking_parts(message) if refers.products else []
        compared = len(refers.products) > 1 and compares(message)
        self._hide(draft, refers, model, named=bool(asking) or compared)
        read_prices(draft, index, self._rates, held)
        self._read_extremes(draft, pick)
        read_needs(draft, index, held)
        read_values(draft, index, model, held, self._labels)
        read_age(draft, index)
        read_sale(draft, index)
        self._read_sizes(draft, held)
        self._read_unsold(draft)
        read_relaxed(draft, index)
        read_loosened(draft, held)
        self._lay_aside_versions(draft, bool(asking) or compared)
        for proposal in model.facts:
            judge(draft, proposal, index)
        self._drop_idle(draft)
        asked = () if compared else self._asked(draft, asking)
        facts = tuple(fact for fact in draft.facts if fact not in asked)
        return ParsedQuery(
            action=model.action,
            facts=facts,
            unmatched=tuple(draft.unmatched),
            products=refers.products,
            words=tuple(dict.fromkeys(draft.words)),
            relaxed=tuple(draft.relaxed),
            released=tuple(draft.released),
            loosened=tuple(draft.loosened),
            asked=asked,
            compares=compared,
            undecided=undecided(message) and not refers.products,
            wants_person=wants_person(message),
            dropped=tuple(draft.dropped),
        )

    def _hide(self, draft: Draft, refers: References, model: ModelReading, *, named: bool) -> None:
        """Marks the words that point at products or are turns of phrase: they wish for nothing."""
        draft.hidden += idioms(draft.message)
        named = named or model.action in ("details", "compare")
        for span in refers.spans:
            if span not in refers.by_name or named:
                draft.hidden.append(span)
                continue
            # "The Pegasus Trail 5": its words are a name, but its brand may be wanted.
            words = draft.quote(span)
            for mention in self._index.vocabulary.find(words) if " " in words else ():
                if not any(term.field == "brand" for term in mention.terms):
                    start = span.start + mention.start
                    draft.hidden.append(Span(start, span.start + mention.end))

    def _read_extremes(self, draft: Draft, pick: str | None) -> None:
        message, vocabulary = draft.message, self._index.vocabulary
        priced = any(f.field == "price" for f in draft.facts)
        cheaper = None if priced or _AMONG.search(message) else _CHEAPER.search(message)
        if pick is not None and cheaper:
            span = Span(cheaper.start(), cheaper.end())
            if not draft.is_taken(span) and sign(message, span) != "refused":
                price = float(self._index.get(pick).effective_price)
                draft.add(Fact(field="price", op="<", value=price, quote=draft.quote(span)), span)
                draft.hidden.append(span)
        for found in read_superlatives(message, vocabulary.numeric_fields, vocabulary.labels()):
            bounded = any(f.field == "price" and f.sort is None for f in draft.facts)
            if found.field == "price" and bounded and _ONLY_LESS.fullmatch(draft.quote(found.span)):
                continue
            if any(h.overlaps(found.span) for h in draft.hidden) and "最" not in draft.quote(
                found.span
            ):
                continue
            draft.add(
                Fact(
                    field=found.field,
                    op="<=" if found.direction == "asc" else ">=",
                    value="extreme",
                    quote=draft.quote(found.span),
                    strength="prefer",
                    sort=found.direction,
                ),
                found.span,
            )

    def _read_sizes(self, draft: Draft, held: Sequence[HeldWish]) -> None:
        if not self._chart.written:
            return
        titles = [Span(m.start, m.end) for m in self._index.titles.find(draft.message)]
        for found in read_sizes(draft.message, self._chart, wearer_of(draft.facts, held)):
            taken = [*titles, *(other for other, _ in draft.spans), *draft.hidden]
            if any(other.overlaps(found.span) for other in (taken if found.bare else draft.hidden)):
                continue
            if found.value is None:
                draft.lay_aside("size", found.written, found.span)
                continue
            told = sign(draft.message, found.span)
            if told == "wanted" and complained(draft.message, found.span):
                continue  # "42 is too tight": the next one is for the shopper to name
            if told not in ("untold", "free"):
                draft.add(
                    Fact(
                        field="size",
                        op="!=" if told == "refused" else "=",
                        value=found.value,
                        quote=draft.quote(found.span),
                        strength=strength(draft.message, found.span),
                        note=found.note or None,
                    ),
                    found.span,
                )

    def _read_unsold(self, draft: Draft) -> None:
        """Kinds, brands and colours that shops know and this one does not hold."""
        index = self._index
        mentions = index.unsold.find(draft.message)
        mentions += self._colors.find(draft.message) if self._colors else []
        for mention in mentions:
            span = Span(mention.start, mention.end)
            quote = draft.quote(span)
            if draft.is_taken(span) or sign(draft.message, span) in ("refused", "untold", "free"):
                continue
            if complained(draft.message, span):
                continue
            if not mention.exact and index.mentions_word(quote.lower()):
                continue
            term = mention.terms[0]
            if term.field == "category" and _BESIDE.search(draft.message, 0, span.start):
                continue
            if term.field == "category" and (word := sold_by_word(term, quote, index)):
                want_kind(draft, word, span, index)
                continue
            draft.lay_aside(term.field, str(term.value), span)
            if term.field == "category":
                _drop_described(draft, span)
        for start, end in goods_asked_for(draft.message, index):
            span = Span(start, end)
            if not draft.is_taken(span):
                draft.lay_aside("category", draft.quote(span), span)

    def _lay_aside_versions(self, draft: Draft, asks: bool) -> None:
        """ "Ghost 15" where the shop has the Ghost 16: told, and not answered for the other."""
        for mention in self._index.titles.find(draft.message) if asks else ():
            if not mention.exact:
                span = Span(mention.start, mention.end)
                draft.lay_aside("product", draft.quote(span), span)

    def _drop_idle(self, draft: Draft) -> None:
        """Takes out what says nothing beside the rest.

        "Shoes" in a shoe shop, where a purpose or a question of service stands; and the size that
        is corrected in "not 41 but 42".
        """
        sizes = [f for f in draft.facts if f.field == "size"]
        if any(f.op == "=" for f in sizes):
            draft.facts = [f for f in draft.facts if f not in sizes or f.op == "="]
        for fact in [f for f in draft.facts if f.field == "category" and f.op == "="]:
            everything = Condition(field="category", op="=", value=fact.value)
            if self._index.count([everything]) < len(self._index):
                continue
            # "走路的鞋", "shoes for a marathon": what they are for is the wish.
            purposes = any(f.field in ("need", "use", "title") for f in draft.facts)
            if purposes or _SERVICE.search(draft.message):
                draft.facts.remove(fact)

    def _asked(self, draft: Draft, asking: Sequence[Span]) -> tuple[Fact, ...]:
        """The facts that are what a question is about, and no wish."""
        asked = []
        for span, fact in draft.spans:
            if not isinstance(fact, Fact) or fact.sort or fact not in draft.facts:
                continue
            part = next((p for p in asking if p.overlaps(span)), None)
            if part is None or fact in asked or fact.field == "price":
                continue
            if fact.field == "need" and speaks_of_self(draft.message, part, span):
                continue
            asked.append(fact)
        return tuple(asked)


def _drop_described(draft: Draft, goods: Span) -> None:
    """Takes out kinds whose words only describe other goods: "running" of running socks."""
    for span, fact in draft.spans:
        if not isinstance(fact, Fact) or fact.field != "category" or fact not in draft.facts:
            continue
        between = draft.message[span.end : goods.start]
        if span.end <= goods.start and not between.strip(" -的用"):
            draft.facts.remove(fact)


__all__ = ["Reader", "currency_name"]
