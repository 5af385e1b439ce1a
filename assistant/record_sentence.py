"""Sentences that the records make by themselves, where the model has none that passes."""

from __future__ import annotations

from assistant.comparing.draft import Told
from assistant.comparing.verdict import trade_off
from assistant.evidence import Evidence
from retrieval.product import Product


def record_sentence(evidence: Evidence, product: Product) -> Told:
    """A sentence that the records make by themselves.

    Beside a pick it tells what one would trade by taking the product instead.
    """
    pick = evidence.products[0]
    if evidence.pick == pick.id and product is not pick:
        told = trade_off(evidence, pick, product)
        if told is not None:
            return Told(evidence.with_titles(told.text), told.citations)
    reasons = evidence.reasons(product)
    fields = dict.fromkeys(["price", *(reason.source.partition("#")[2] for reason in reasons)])
    citations = [evidence.cite(product, name) for name in fields if evidence.has(product, name)]
    return Told(evidence.describe(product), tuple(citations))


def plain_sentence(evidence: Evidence, product: Product) -> Told:
    """The shortest sentence that names a product: its number and its price."""
    told = str(evidence.phrases["other_plain"]).format(
        title=evidence.title(product),
        marker=evidence.marker(product),
        price=evidence.price(product),
    )
    return Told(told, (evidence.cite(product, "price"),))
