"""Joins what rules find and what the model proposes into facts that stand in the message.

Rules read surely what has a form: prices, names of the catalogue's values, sizes, extremes. The
model reads the rest. Whatever either says is kept only with words of the message as its quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from babel.numbers import get_currency_name

from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk, normalise, stem, tokens
from retrieval.vocabulary import Mention, Term
from retrieval.words import pick_language
from tools.reading.amounts import AROUND, Amount, currency_of, read_amounts
from tools.reading.fact import Fact, ModelReading, ParsedQuery, Proposal, Unmatched
from tools.reading.polarity import excluded, indifferent, strength
from tools.reading.quotes import Span, find_quote
from tools.reading.references import read_references
from tools.reading.superlatives import read_superlatives

# Which of the catalogue's fields a model's field can mean; "feature" and "use" mean any attribute.
_OWN_FIELD = {"category": "category", "brand": "brand", "color": "color", "gender": "gender"}
_FIELD_ORDER = ("category", "brand", "gender", "color", "size")
_SIZE = re.compile(
    r"\b(?:size|sz|eu|eur)\s*[:=]?\s*(?P<a>\d{1,2}(?:\.5)?)\b|(?P<b>\d{1,2}(?:\.5)?)\s*(?:码|号(?!线))"
    r"|(?:尺码|鞋码|码数|尺寸)\s*(?:是|为|:|：)?\s*(?P<d>\d{1,2}(?:\.5)?)"
    r"|\bsize\s*[:=]?\s*(?P<c>XXS|XS|S|M|L|XL|XXL|XXXL)\b",
    re.IGNORECASE,
)
# Said of what was shown: less than the one that was recommended.
_CHEAPER = re.compile(
    r"\bcheaper\b(?!\s+(?:of|one\s+of))|(?:再|更)便宜|便宜(?:一)?[点些]", re.IGNORECASE
)
# "hiking boots, 42, not black": a number that is a size here and counts nothing.
_BARE_SIZE = re.compile(
    r"(?<![\w.,$€£¥])(?P<e>[2-5]\d(?:\.5)?)(?![\d.%])"
    r"(?=\s*(?:$|[,，。;；、]|and\b|or\b|in\b|not\b|under\b|的))",
    re.IGNORECASE,
)
# Words that name no kind of product: a category of these alone is no wish.
_ANY_KIND = frozenset(
    {"product", "item", "thing", "stuff", "someth", "anyth", "one", "pair", "option", "choic"}
    | {"good", "产品", "商品", "东西", "款"}
)


@dataclass
class _Draft:
    """Facts on their way: what was found, and which words of the message are spoken for."""

    facts: list[Fact] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    dropped: list[Proposal] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    relaxed: list[str] = field(default_factory=list)
    spoken: list[Span] = field(default_factory=list)
    spans: list[tuple[Span, Fact | Unmatched]] = field(default_factory=list)

    def add(self, fact: Fact, span: Span) -> None:
        same = [
            f for f in self.facts if (f.field, f.op, f.value) == (fact.field, fact.op, fact.value)
        ]
        if not same:
            self.facts.append(fact)
        self.spans.append((span, fact))

    def covers(self, span: Span) -> list[Fact]:
        return [
            found for taken, found in self.spans if taken.overlaps(span) and isinstance(found, Fact)
        ]

    def relax(self, name: str, span: Span) -> None:
        if name not in self.relaxed:
            self.relaxed.append(name)
        self.spoken.append(span)

    def laid_aside(self, span: Span) -> bool:
        unmatched = [taken for taken, found in self.spans if isinstance(found, Unmatched)]
        return any(taken.overlaps(span) for taken in (*unmatched, *self.spoken))


class Reader:
    """Reads messages against one catalogue.

    Args:
        index: the catalogue: its vocabulary, advice and words.
        rates: how many units of a currency one unit of the catalogue's is worth.
    """

    def __init__(self, index: CatalogueIndex, rates: Mapping[str, Decimal]) -> None:
        self._index = index
        self._rates = rates

    def read(
        self,
        message: str,
        model: ModelReading,
        *,
        shown: Sequence[str] = (),
        pick: str | None = None,
    ) -> ParsedQuery:
        """What a message states.

        Args:
            message: as the shopper wrote it.
            model: the model's reading of it, unbelieved.
            shown: ids of the products shown last.
            pick: the one of them that was recommended.
        """
        draft = _Draft()
        products = read_references(message, shown, pick, self._index)
        named = [
            Span(m.start, m.end)
            for m in self._index.titles.find(message)
            if model.action in ("details", "compare")
        ]
        self._read_amounts(message, draft)
        self._read_superlatives(message, draft)
        if pick is not None and (cheaper := _CHEAPER.search(message)):
            span = Span(cheaper.start(), cheaper.end())
            price = float(self._index.get(pick).effective_price)
            draft.add(Fact(field="price", op="<", value=price, quote=cheaper.group()), span)
        self._read_sizes(message, draft)
        self._read_needs(message, draft)
        self._read_values(message, model, draft, named)
        self._read_unsold(message, draft, named)
        self._read_relaxed(message, draft)
        for mention in self._index.titles.find(message):
            if named and not mention.exact:
                quote = message[mention.start : mention.end]
                span = Span(mention.start, mention.end)
                self._lay_aside("product", quote, quote, span, draft)
        for proposal in model.facts:
            self._judge(message, proposal, draft)
        return ParsedQuery(
            action=model.action,
            facts=tuple(draft.facts),
            unmatched=tuple(draft.unmatched),
            products=tuple(products),
            words=tuple(dict.fromkeys(draft.words)),
            relaxed=tuple(draft.relaxed),
            dropped=tuple(draft.dropped),
        )

    # What has a form -------------------------------------------------------------------------

    def _read_amounts(self, message: str, draft: _Draft) -> None:
        for amount in read_amounts(message):
            quote = message[amount.span.start : amount.span.end]
            if amount.unit is None:
                self._add_price(amount, quote, message, draft)
            elif amount.unit == "star":
                if self._index.columns.numeric("rating") is not None and amount.value <= 5:
                    op = "<=" if amount.bound == "<=" else ">="
                    draft.add(
                        Fact(field="rating", op=op, value=float(amount.value), quote=quote),
                        amount.span,
                    )
            elif name := self._measured(amount, message):
                for op, value in _bounds(amount):
                    draft.add(Fact(field=name, op=op, value=float(value), quote=quote), amount.span)

    def _add_price(self, amount: Amount, quote: str, message: str, draft: _Draft) -> None:
        catalogue = self._index.currency
        meant = currency_of(amount.currency, catalogue)
        rate = Decimal(1)
        note = None
        if meant != catalogue:
            found = self._rates.get(meant)
            if found is None:
                draft.unmatched.append(
                    Unmatched(field="price", value=f"{amount.value:f} {meant}", quote=quote)
                )
                return
            rate = found
            note = f"1 {catalogue} = {rate:f} {meant}"
        for op, value in _bounds(amount):
            converted = (value / rate).quantize(Decimal("0.01"))
            draft.add(
                Fact(
                    field="price",
                    op=op,
                    value=float(converted),
                    quote=quote,
                    strength=strength(message, amount.span),
                    note=note,
                ),
                amount.span,
            )

    def _measured(self, amount: Amount, message: str) -> str | None:
        """The numeric attribute that an amount with a unit speaks of."""
        ending = f"_{amount.unit}"
        fields = [f for f in self._index.vocabulary.numeric_fields if f.endswith(ending)]
        if len(fields) == 1:
            return fields[0]
        text = normalise(message)
        for name in sorted(fields):
            for language in ("en", "zh"):
                if self._index.vocabulary.label(name, language).lower() in text:
                    return name
        return None

    def _read_superlatives(self, message: str, draft: _Draft) -> None:
        for found in read_superlatives(message, self._index.vocabulary.numeric_fields):
            draft.add(
                Fact(
                    field=found.field,
                    op="<=" if found.direction == "asc" else ">=",
                    value="extreme",
                    quote=message[found.span.start : found.span.end],
                    strength="prefer",
                    sort=found.direction,
                ),
                found.span,
            )

    def _read_sizes(self, message: str, draft: _Draft) -> None:
        sizes = {normalise(str(size)): size for size in self._index.vocabulary.values("size")}
        if not sizes:
            return
        named = [Span(m.start, m.end) for m in self._index.titles.find(message)]
        for match in (*_SIZE.finditer(message), *_BARE_SIZE.finditer(message)):
            bare = match.re is _BARE_SIZE
            written = match["e"] if bare else match["a"] or match["b"] or match["c"] or match["d"]
            span = Span(match.start(), match.end())
            taken = [*named, *(other for other, _ in draft.spans)]
            if bare and (
                normalise(written) not in sizes or any(other.overlaps(span) for other in taken)
            ):
                continue
            quote = message[span.start : span.end]
            size = sizes.get(normalise(written))
            if size is None:
                draft.unmatched.append(Unmatched(field="size", value=written, quote=quote))
            else:
                op = "!=" if excluded(message, span) else "="
                draft.add(Fact(field="size", op=op, value=size, quote=quote), span)

    def _read_needs(self, message: str, draft: _Draft) -> None:
        for mention in self._index.advice.find(message):
            span = Span(mention.start, mention.end)
            if excluded(message, span) or indifferent(message, span):
                continue  # "no knee pain": nothing to advise on
            draft.add(
                Fact(
                    field="need",
                    op="=",
                    value=mention.advice.id,
                    quote=message[span.start : span.end],
                    strength=strength(message, span),
                ),
                span,
            )

    def _read_values(
        self, message: str, model: ModelReading, draft: _Draft, named: Sequence[Span]
    ) -> None:
        taken = [span for span, _ in draft.spans] + list(named)
        for mention in self._index.vocabulary.find(message):
            span = Span(mention.start, mention.end)
            if any(other.overlaps(span) for other in taken):
                continue
            term = _choose(mention, span, message, model)
            if indifferent(message, span):
                draft.relax(term.field, span)
                continue
            self._add_term(term, message, span, draft)

    def _read_relaxed(self, message: str, draft: _Draft) -> None:
        """Fields that are said not to matter any more: "colour doesn't matter", "品牌不限"."""
        lowered = message.lower()
        for name, words in self._index.vocabulary.labels().items():
            for word in words:
                at = lowered.find(word.lower())
                if at >= 0 and indifferent(message, Span(at, at + len(word))):
                    draft.relax(name, Span(at, at + len(word)))

    def _read_unsold(self, message: str, draft: _Draft, named: Sequence[Span]) -> None:
        """Kinds and brands that shops know and this one does not hold: laptops, Zara."""
        for mention in self._index.unsold.find(message):
            span = Span(mention.start, mention.end)
            taken = [other for other, _ in draft.spans] + list(named)
            if any(other.overlaps(span) for other in taken) or excluded(message, span):
                continue
            term = mention.terms[0]
            quote = message[span.start : span.end]
            if term.field == "category" and (word := self._sold_by_word(term, quote)):
                self._want_kind(word, quote, span, draft)
                continue
            self._lay_aside(term.field, str(term.value), quote, span, draft)

    def _add_term(self, term: Term, message: str, span: Span, draft: _Draft) -> None:
        refused = excluded(message, span)
        value = term.value
        if isinstance(value, bool):
            # "not waterproof" wants the opposite value, which a record can state.
            value, refused = (value != refused), False
        draft.add(
            Fact(
                field=term.field,
                op="!=" if refused else "=",
                value=value,
                quote=message[span.start : span.end],
                strength="must" if refused else strength(message, span),
            ),
            span,
        )

    # What the model proposes -----------------------------------------------------------------

    def _judge(self, message: str, proposal: Proposal, draft: _Draft) -> None:
        """Keeps a proposal, lays it aside as unmatched, or drops it."""
        span = find_quote(proposal.quote, message)
        if span is None:
            draft.dropped.append(proposal)
            return
        if proposal.field in ("price", "rating", "size", "product"):
            return  # rules read these; a number that they do not find is not there
        covered = draft.covers(span)
        quote = message[span.start : span.end]
        if draft.laid_aside(span):
            return
        if proposal.field == "category":
            self._judge_category(message, proposal, span, draft, covered)
            return
        if covered:
            return
        refused = excluded(message, span) or (proposal.op == "!=" and _refuses(quote))
        needs = self._index.advice.find(f"{proposal.value}")
        if proposal.field in ("body", "use", "feature") and needs and not refused:
            draft.add(
                Fact(
                    field="need",
                    op="=",
                    value=needs[0].advice.id,
                    quote=quote,
                    strength="must" if has_cjk(quote) else "prefer",
                ),
                span,
            )
            return
        for term in self._resolve(proposal, quote)[:1]:
            if term.field == "brand" and not self._names(term, quote):
                draft.dropped.append(proposal)  # a true quote does not make an invented brand true
                return
            value: bool | float | str = term.value
            op = "!=" if refused else "="
            if isinstance(value, bool):
                value, op = (value != refused), "="
            literal = self._names(term, quote)
            draft.add(
                Fact(
                    field=term.field,
                    op=op,
                    value=value,
                    quote=quote,
                    # A reading between the lines orders products, and rules none out.
                    strength=strength(message, span) if literal or refused else "prefer",
                ),
                span,
            )
            return
        if proposal.field in ("brand", "color", "feature", "body", "use") and not _is_question(
            quote
        ):
            self._lay_aside(proposal.field, proposal.value, quote, span, draft)

    def _judge_category(
        self,
        message: str,
        proposal: Proposal,
        span: Span,
        draft: _Draft,
        covered: Sequence[Fact],
    ) -> None:
        quote = message[span.start : span.end]
        if any(fact.field in ("category", "brand") for fact in covered):
            return
        terms = self._resolve(proposal, quote)
        words = {stem(w) for w in normalise(f"{proposal.value}").split()}
        if terms:
            self._add_term(terms[0], message, span, draft)
        elif (words | set(normalise(quote).split())) <= _ANY_KIND or not words - _ANY_KIND:
            return
        elif not covered or any(fact.field == "need" for fact in covered):
            if word := self._sold_by_word(Term("category", proposal.value), quote):
                self._want_kind(word, quote, span, draft)
                return
            if covered:
                return
            self._lay_aside("category", proposal.value, quote, span, draft)

    def _want_kind(self, word: str, quote: str, span: Span, draft: _Draft) -> None:
        """A kind that titles name: kettles, where no category says so."""
        draft.words.append(word)
        for written in dict.fromkeys([word.lower(), re.sub(r"e?s$", "", word.lower())]):
            named = Condition(field="title", op="contains", value=written)
            if self._index.count([named]):
                draft.add(Fact(field="title", op="contains", value=written, quote=quote), span)
                return

    def _sold_by_word(self, kind: Term, quote: str) -> str | None:
        """The word for a kind that stands in the products' own texts, where it is no category."""
        names = self._index.unsold.words_for(kind)
        # The first of each language: the others are loose ("笔记本" is a paper notebook too).
        firsts = [pick_language(names, language) for language in ("en", "zh")]
        for word in (quote, *filter(None, firsts)):
            stems = [token.stem for token in tokens(normalise(word))]
            if stems and all(self._index.mentions_word(s) for s in stems):
                return word
        return None

    def _resolve(self, proposal: Proposal, quote: str) -> list[Term]:
        own = _OWN_FIELD.get(proposal.field)
        fields = (
            (own,)
            if own
            else tuple(
                f for f in self._index.vocabulary.fields() if f not in ("category", "brand", "size")
            )
        )
        return self._index.vocabulary.resolve(quote, fields) or self._index.vocabulary.resolve(
            proposal.value, fields
        )

    def _names(self, term: Term, quote: str) -> bool:
        """Whether a quote has a word for the value in it."""
        return any(term in mention.terms for mention in self._index.vocabulary.find(quote))

    def _lay_aside(self, name: str, value: str, quote: str, span: Span, draft: _Draft) -> None:
        unmatched = Unmatched(field=name, value=value, quote=quote)
        if unmatched not in draft.unmatched:
            draft.unmatched.append(unmatched)
            draft.spans.append((span, unmatched))


def _bounds(amount: Amount) -> Iterable[tuple[str, Decimal]]:
    """The conditions that an amount sets; "around" allows a fifth to either side."""
    if amount.high is not None:
        yield ">=", amount.value
        yield "<=", amount.high
    elif amount.bound == "~":
        yield ">=", amount.value * (1 - AROUND)
        yield "<=", amount.value * (1 + AROUND)
    else:
        yield amount.bound, amount.value


def _choose(mention: Mention, span: Span, message: str, model: ModelReading) -> Term:
    """The likeliest of several meanings: the field that the model names, else the commonest."""
    if len(mention.terms) == 1:
        return mention.terms[0]
    for proposal in model.facts:
        quoted = find_quote(proposal.quote, message)
        if quoted and quoted.overlaps(span):
            for term in mention.terms:
                if term.field == _OWN_FIELD.get(proposal.field, proposal.field):
                    return term
    ranked = sorted(
        mention.terms,
        key=lambda t: _FIELD_ORDER.index(t.field) if t.field in _FIELD_ORDER else 9,
    )
    return ranked[0]


def _refuses(quote: str) -> bool:
    return any(excluded(quote, Span(at, len(quote))) for at in range(1, len(quote)))


def _is_question(quote: str) -> bool:
    """Words that ask or judge name no property: "哪款最好", "best", "recommend"."""
    return bool(
        re.search(
            r"哪|什么|最好|推荐|怎么|how|what|which|best|recommend|good\b", quote, re.IGNORECASE
        )
    )


def currency_name(code: str, language: str) -> str:
    """The name of a currency in ``en`` or ``zh``."""
    return str(get_currency_name(code, locale="zh_Hans" if language == "zh" else "en"))
