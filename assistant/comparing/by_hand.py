"""Products that a shopper puts side by side by hand: no message asks, and no model reads one."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.comparing.table import ComparisonTable
from assistant.comparing.verdict import comparison_table
from assistant.errors import BadInput
from assistant.evidence import Evidence
from assistant.need import Need, advice_for, plan_search
from assistant.reply import Language
from retrieval.index import CatalogueIndex
from tools.compare_products import compare

MOST_COMPARED = 4


def compare_by_hand(
    index: CatalogueIndex, ids: Sequence[str], need: Need, language: Language
) -> ComparisonTable:
    """Where products differ, and which of them is better for a need.

    Args:
        index: the catalogue.
        ids: of two to four products; one that is named twice, or gone, is left out.
        need: what is wanted.
        language: of the table.

    Raises:
        BadInput: fewer than two of them are there, or more than four.
    """
    known = [id for id in dict.fromkeys(ids) if id in index]
    if not 2 <= len(known) <= MOST_COMPARED:
        raise BadInput("Two to four products can be compared.", field="products")
    plan = plan_search(need, index)
    compared = compare(
        index, known, where=plan.conditions, prefer=list(plan.prefer), sort=plan.sort
    )
    evidence = Evidence(
        index=index,
        products=compared.products,
        need=need,
        plan=plan,
        language=language,
        message="",
        advice=advice_for(need, index),
        pick=compared.verdict.pick,
    )
    return comparison_table(compared, evidence)
