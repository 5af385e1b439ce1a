"""What of the model's reading is believed: what words of the message bear out."""

from __future__ import annotations

import re

from wordfreq import zipf_frequency

from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk, normalise, stem, tokens
from retrieval.vocabulary import Term
from retrieval.words import pick_language
from tools.reading.asides import complained
from tools.reading.draft import Draft
from tools.reading.fact import Fact, Proposal
from tools.reading.goods import named_in_title
from tools.reading.polarity import sign
from tools.reading.quotes import Span, find_quote
from tools.reading.values import OWN_FIELD

# Words that name no kind of product: a category of these alone is no wish.
_ANY_KIND = frozenset(
    {"product", "item", "thing", "stuff", "someth", "anyth", "one", "pair", "option", "choic"}
    | {"good", "gift", "present", "best", "产品", "商品", "东西", "款", "礼物"}
)
# Rules read these surely; a number that they do not find is not there.
_RULES_OWN = ("price", "rating", "size", "product", "gender", "color")
_ASKED_FOR = re.compile(
    r"(?:\b(?:sell|have|carry|stock|offer|need|want|buy|get|looking\s+for|look\s+for|show\s+me|find\s+me|after|like)\s+(?:(?:me|you|to|buy|a|an|any|some|the|new|good|got|get|have)\s+)*"
    r"|(?:卖|有没有|有|想买|买|要|找|来|推荐)(?:一?[个台双件条部只些款]|点)?)$",
    re.IGNORECASE,
)
# More frequent than this, a word is an everyday one and no unknown name of a brand.
_EVERYDAY = 4.2


def judge(draft: Draft, proposal: Proposal, index: CatalogueIndex) -> None:
    """Keeps a proposal, lays it aside as unmatched, or drops it.

    A quote that stands in the message does not make an invented value true: the value, or a word
    for it, must be borne out by the quote itself.

    Args:
        draft: what rules have read already.
        proposal: one fact of the model's.
        index: the catalogue.
    """
    span = find_quote(proposal.quote, draft.message)
    if span is None:
        draft.dropped.append(proposal)
        return
    if proposal.field in _RULES_OWN or draft.laid_aside(span):
        return
    covered = draft.covers(span)
    if proposal.field == "category":
        _judge_category(draft, proposal, span, covered, index)
    elif covered or sign(draft.message, span) in ("untold", "free"):
        return
    elif not (_add_need(draft, proposal, span, index) or _add_value(draft, proposal, span, index)):
        if proposal.field == "brand" and _is_name(proposal, draft.quote(span), index):
            draft.lay_aside("brand", proposal.value, span)
        else:
            draft.dropped.append(proposal)


def sold_by_word(kind: Term, quote: str, index: CatalogueIndex) -> str | None:
    """The word for a kind that stands in the products' own texts, where it is no category."""
    names = index.unsold.words_for(kind)
    # The first of each language: the others are loose ("笔记本" is a paper notebook too).
    firsts = [pick_language(names, language) for language in ("en", "zh")]
    for word in (quote, *filter(None, firsts)):
        stems = [token.stem for token in tokens(normalise(word))]
        if not stems or not all(index.mentions_word(s) for s in stems):
            continue
        # The words of "high heels" stand apart in many texts; together they are a name.
        together = Condition(field="title", op="contains", value=word.lower())
        # "It fits like a sock" sells none; only without kinds do texts tell what is sold.
        alone = len(stems) == 1
        kinds = index.vocabulary.values("category")
        if index.count([together]) or (alone and (not kinds or named_in_title(word, index))):
            return word
    return None


def want_kind(draft: Draft, word: str, span: Span, index: CatalogueIndex) -> None:
    """A kind that titles name: kettles, where no category says so."""
    draft.words.append(word)
    written = named_in_title(word, index)
    if written and index.count([Condition(field="title", op="contains", value=written)]):
        quote = draft.quote(span)
        draft.add(Fact(field="title", op="contains", value=written, quote=quote), span)


def _add_need(draft: Draft, proposal: Proposal, span: Span, index: CatalogueIndex) -> bool:
    if proposal.field not in ("body", "use", "feature"):
        return False
    if sign(draft.message, span) == "refused":
        return False
    quote = draft.quote(span)
    for mention in index.advice.find(proposal.value)[:1]:
        words = [word for group in mention.advice.words.values() for word in group]
        if _bears_out(quote, words):
            id = mention.advice.id
            draft.add(Fact(field="need", op="=", value=id, quote=quote, strength="prefer"), span)
            return True
    return False


def _add_value(draft: Draft, proposal: Proposal, span: Span, index: CatalogueIndex) -> bool:
    if complained(draft.message, span):
        return False
    quote = draft.quote(span)
    refused = sign(draft.message, span) == "refused"
    for term in _resolve(proposal, index)[:1]:
        if term.field == "brand" or not _bears_out(quote, index.vocabulary.words_for(term)):
            return False
        value: bool | float | str = term.value
        if isinstance(value, bool):
            value, refused = (value != refused), False
        draft.add(
            Fact(
                field=term.field,
                op="!=" if refused else "=",
                value=value,
                quote=quote,
                # A reading between the lines orders products, and rules none out.
                strength="must" if refused else "prefer",
            ),
            span,
        )
        return True
    return False


def _judge_category(
    draft: Draft, proposal: Proposal, span: Span, covered: list[Fact], index: CatalogueIndex
) -> None:
    quote = draft.quote(span)
    if any(fact.field in ("category", "brand", "title") for fact in covered):
        return
    words = {stem(w) for w in normalise(proposal.value).split()}
    named = [term.field for m in index.vocabulary.find(quote) for term in m.terms]
    if "category" in named:
        return  # rules saw it, and left it for a reason
    if not words - _ANY_KIND or set(normalise(quote).split()) <= _ANY_KIND:
        return
    if covered and not all(fact.field == "need" for fact in covered):
        return
    kind = Term("category", proposal.value)
    if _bears_out(quote, index.unsold.words_for(kind)) and (
        word := sold_by_word(kind, quote, index)
    ):
        if _ASKED_FOR.search(draft.message[: span.start]):
            want_kind(draft, word, span, index)
        return
    known = index.unsold.resolve(quote, ("category",))
    asked = _ASKED_FOR.search(draft.message[: span.start])
    if not covered and (known or (asked and normalise(proposal.value) in normalise(quote))):
        draft.lay_aside("category", proposal.value, span)


def _resolve(proposal: Proposal, index: CatalogueIndex) -> list[Term]:
    own = OWN_FIELD.get(proposal.field)
    others = [f for f in index.vocabulary.fields() if f not in ("category", "brand", "size")]
    return index.vocabulary.resolve(proposal.value, (own,) if own else others)


def _bears_out(quote: str, words: list[str]) -> bool:
    """Whether a quote shares a telling word, or two Chinese characters, with words for a value."""
    if has_cjk(quote):
        pairs = {quote[i : i + 2] for i in range(len(quote) - 1)}
        return any(w[i : i + 2] in pairs for w in words if has_cjk(w) for i in range(len(w) - 1))
    stems = {t.stem for t in tokens(normalise(quote)) if zipf_frequency(t.stem, "en") < _COMMON}
    return any(t.stem in stems for w in words for t in tokens(normalise(w)) if not t.cjk)


# "on", "my", "all" tell nothing of a value.
_COMMON = 5.6


def _is_name(proposal: Proposal, quote: str, index: CatalogueIndex) -> bool:
    """Whether a quote is a name that nobody here knows: "Balenciaga"."""
    name = normalise(proposal.value)
    if name not in normalise(quote) or index.vocabulary.resolve(proposal.value):
        return False
    if has_cjk(quote):
        return False
    return quote[:1].isupper() and all(zipf_frequency(w, "en") < _EVERYDAY for w in name.split())
