"""Where nothing fits: which wish stands in the way, and what comes nearest. All is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assistant.evidence import price_citation
from assistant.need import Need, Plan, Wish, standing_in_the_way, without
from assistant.record_text import shown_title
from assistant.reply import Citation, Language
from prompts import phrases
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from tools.ranking import Sort
from tools.search_products import SearchResult
from tools.toolbox import Toolbox

# The marker of a citation whose product stands in the text by its name, not by a number.
NEAREST_MARKER = "nearest"


@dataclass(frozen=True)
class Nearest:
    """What can be said where nothing fits.

    Attributes:
        sentences: the wish in the way with how many fit without it, and the nearest product.
        citations: what they rest on.
        field: the field of the wish in the way; None where dropping any one wish does not help.
        product_id: the nearest product.
    """

    sentences: list[str]
    citations: list[Citation]
    field: str | None = None
    product_id: str | None = None


async def nearest_offer(
    need: Need, plan: Plan, index: CatalogueIndex, toolbox: Toolbox, language: Language
) -> Nearest:
    """Drops each hard wish in turn and tells which one stands in the way.

    Args:
        need: what is wanted.
        plan: its search, which finds nothing.
        index: the catalogue.
        toolbox: with ``search_products``.
        language: of the sentences.
    """
    fixed = phrases(language)
    wish, count = next(iter(standing_in_the_way(plan, index)), (None, 0))
    if wish is None or not count:
        return Nearest([fixed["several_in_the_way"]], [])
    rest = without(wish, plan)
    # Nearest to a bound is what lies least beyond it.
    direction: Literal["asc", "desc"] = "asc" if wish.op in ("<", "<=") else "desc"
    bounded = wish.op in ("<", "<=", ">", ">=")
    result: SearchResult = await toolbox.call(
        "search_products",
        {
            "query": " ".join(plan.words),
            "where": rest,
            "prefer": list(plan.prefer),
            "sort": Sort(field=wish.field, direction=direction) if bounded else plan.sort,
            "k": 1,
        },
    )
    product = result.products[0].product
    title = shown_title(product, language)
    price = format_price(product.effective_price, product.currency, language)
    in_the_way = fixed["in_the_way" if count > 1 else "in_the_way_one"]
    return Nearest(
        [
            in_the_way.format(quote=_said(wish, need, plan, fixed), count=count),
            fixed["nearest"].format(title=title, price=price),
        ],
        [price_citation(product, NEAREST_MARKER)],
        wish.field,
        product.id,
    )


def _said(wish: Wish, need: Need, plan: Plan, fixed: Mapping[str, Any]) -> str:
    """The shopper's words for what a wish asks, with its sign and all that it leaves open."""
    if wish.op == "!=":
        return str(fixed["not_wanted"]).format(quote=wish.quote)
    either = any(c.op == "in" for c, w in plan.where if w is wish)
    same = [w.quote for w in need.must if w.field == wish.field and w.op == "="]
    return str(fixed["join"]).join(dict.fromkeys(same if either else [wish.quote]))
