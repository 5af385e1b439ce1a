"""Whether a product is right for a need: half of what speaks for it is too little."""

from __future__ import annotations

from retrieval.advice import Advice
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from tools.ranking import field_number


def is_right_for(entry: Advice, product: Product, index: CatalogueIndex) -> bool:
    """Whether a sentence may call a product right for a need.

    It meets all that the advice requires. Where the advice requires nothing, it meets all that the
    advice prefers and its record speaks of, and one such thing at least.

    Args:
        entry: of the advice file.
        product: of the catalogue.
        index: the catalogue.
    """
    row = index.row(product.id)
    if entry.require:
        return bool(index.columns.mask(entry.require)[row])
    told = [c for c in entry.prefer if _states(product, c.field)]
    return bool(told) and bool(index.columns.mask(told)[row])


def _states(product: Product, field: str) -> bool:
    return bool(product.values(field)) or field_number(product, field) is not None
