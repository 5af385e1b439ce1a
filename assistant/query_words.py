"""What is looked for in free words: the wishes as the catalogue calls them, then what is unread.

Equal wishes are ranked alike, however they are worded: of the message only those words count that
nothing has read, that are neither everybody's nor numbers, and that some product's text has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from wordfreq import zipf_frequency

from assistant.need import Need, Plan
from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk, normalise, search_terms
from tools.reading.fact import ParsedQuery
from tools.reading.telling import telling_words
from tools.search_products import MOST_QUERY

# Rarer ones are names and slips of the pen; the scale is wordfreq's.
_NOBODYS = 3.0
_LOOKED_AT = 20


def query_of(
    plan: Plan, parsed: ParsedQuery, need: Need, message: str, index: CatalogueIndex
) -> str:
    """The query of a search.

    Of a message that wishes for nothing in the catalogue's terms all telling words count.

    Args:
        plan: what is searched for; it has the wishes' own words.
        parsed: the reading of the message.
        need: what is wanted.
        message: the shopper's.
        index: the catalogue.
    """
    if not (need.must or need.prefer or parsed.words):
        return " ".join(telling_words(message))[:MOST_QUERY]
    known = [*sorted(plan.words), *parsed.words]
    unread = telling_words(_unread(message, parsed))
    unread = [word for word in dict.fromkeys(unread) if not _has_digit(word)]
    spoken = {term for word in known for term in search_terms(word)}
    new = [word for word in unread if not spoken.issuperset(search_terms(word))]
    if known:
        # Small talk is no wish; what no text here mentions tells no product from another.
        new = [word for word in new if _tells(word, index)]
    return " ".join([*known, *new])[:MOST_QUERY]


def _tells(word: str, index: CatalogueIndex) -> bool:
    """Whether a word can tell products apart: their texts have it, as it stands, mended where it
    is nobody's word, or translated where they have none of its language.
    """
    if has_cjk(word) and len(word) == 1:
        return False  # a counter (双, 款) as often as a word
    if any(map(index.mentions_word, search_terms(word))):
        return True
    if has_cjk(word):
        return not _has_chinese(index) and index.finds_word(word)
    return zipf_frequency(word, "en") < _NOBODYS and index.finds_word(word)


def _has_chinese(index: CatalogueIndex) -> bool:
    """Whether a catalogue has Chinese texts, by its first products."""
    return any(
        has_cjk(f"{product.title}{product.title_zh or ''}{product.description}")
        for product in islice(index.products, _LOOKED_AT)
    )


def _unread(message: str, parsed: ParsedQuery) -> str:
    """The message without the words that facts and products rest on."""
    text = normalise(message)
    for quote in sorted(_quotes(parsed), key=len, reverse=True):
        # "lamp" is no part of "clamps"; Chinese words have no edges.
        text = re.sub(rf"(?<![a-z0-9]){re.escape(normalise(quote))}(?![a-z0-9])", " , ", text)
    return text


def _quotes(parsed: ParsedQuery) -> Iterable[str]:
    facts = {fact.quote for fact in (*parsed.facts, *parsed.asked)}
    return facts | {released.quote for released in parsed.released}


def _has_digit(word: str) -> bool:
    return re.search(r"\d", word) is not None
