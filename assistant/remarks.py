"""What the shopper must be told of how a message was read: rates, and wishes without a match."""

from __future__ import annotations

from assistant.reply import Language
from prompts import phrases
from retrieval.index import CatalogueIndex
from tools.reading.fact import ParsedQuery, Unmatched
from tools.reading.reader import currency_name


def remarks(parsed: ParsedQuery, index: CatalogueIndex, language: Language) -> list[str]:
    """One sentence for each thing, in the order of the message; none twice."""
    fixed = phrases(language)
    told = [
        fixed["rate"].format(quote=fact.quote, rate=fact.note) for fact in parsed.facts if fact.note
    ]
    told += [_without_match(unmatched, index, language) for unmatched in parsed.unmatched]
    return list(dict.fromkeys(told))


def _without_match(unmatched: Unmatched, index: CatalogueIndex, language: Language) -> str:
    fixed = phrases(language)
    if unmatched.field == "price":
        name = currency_name(index.currency, language)
        return str(fixed["unmatched_money"]).format(quote=unmatched.quote, currency=name)
    if unmatched.field in ("brand", "product"):
        return str(fixed[f"unmatched_{unmatched.field}"]).format(value=unmatched.quote)
    if unmatched.field == "size":
        return str(fixed["unmatched_size"]).format(value=unmatched.value)
    return str(fixed["unmatched"]).format(quote=unmatched.quote)
