"""Whether goods are wanted that cost less than their list price: "on sale", "打折的"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from retrieval.index import CatalogueIndex
from tools.reading.draft import Draft
from tools.reading.fact import Fact
from tools.reading.polarity import sign
from tools.reading.quotes import Span
from tools.reading.strength import strength
from tools.reading.word_lists import load_word_lists

_FIELD = "on_sale"
_REACH = 32


def read_sale(draft: Draft, index: CatalogueIndex) -> None:
    """Adds the wish for reduced goods that a message states, or takes it back.

    Args:
        draft: gets the fact, or the field as one that does not matter.
        index: the catalogue, whose kinds tell "reduced boots" from "reduced cushioning".
    """
    for match in _patterns()["full"].finditer(draft.message):
        draft.relax(_FIELD, Span(match.start(), match.end()))
    for span in _mentions(draft.message, index):
        # "The sale shoes": the kind's word is read already, and both are wished for.
        if any(other.overlaps(span) for other in (*draft.hidden, *draft.spoken)):
            continue
        told = sign(draft.message, span)
        if told == "untold":
            continue
        if told == "free":
            draft.relax(_FIELD, span)
            continue
        # "Nothing on sale, please" wants what costs its list price.
        value = told != "refused"
        how = strength(draft.message, span)
        quote = draft.quote(span)
        draft.add(Fact(field=_FIELD, op="=", value=value, quote=quote, strength=how), span)


def _mentions(message: str, index: CatalogueIndex) -> Iterator[Span]:
    words = _patterns()
    favours = [Span(m.start(), m.end()) for m in words["favour"].finditer(message)]
    found = [Span(m.start(), m.end()) for m in words["reduced"].finditer(message)]
    found += [
        Span(m.start(), m.end())
        for m in words["before_kind"].finditer(message)
        if _kind_follows(message, m.end(), index)
    ]
    for place, span in enumerate(found):
        if any(other.overlaps(span) for other in (*favours, *found[:place])):
            continue
        yield span


def _kind_follows(message: str, at: int, index: CatalogueIndex) -> bool:
    """Whether only words that describe goods stand before the kind that is named next."""
    after = re.split(r"[,.;:!?，。；：！？]", message[at : at + _REACH])[0]
    end = 0
    for mention in index.vocabulary.find(after):
        if after[end : mention.start].strip(" -的"):
            return False
        if any(term.field == "category" for term in mention.terms):
            return True
        end = mention.end
    return False


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return load_word_lists("tools.reading", "sale.yaml")
