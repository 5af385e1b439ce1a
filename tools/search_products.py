"""READ: products that meet conditions, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from retrieval.columns import Mask
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex, Hit
from retrieval.rules import ShopRule
from tools.access import Access
from tools.leaning import Leaning
from tools.ranking import Ranked, Sort, rank
from tools.ranking_profile import NEGATIVE, OpenLeaning, left_open
from tools.ranking_weights import DEFAULT_WEIGHTS, RankingWeights
from tools.shop_rules import rules_for

# How many are ranked before the first few are offered.
_POOL = 200
# By an extreme all that fit are ranked, as long as they are not too many.
_MOST_SORTED = 2_000
_MOST_WISHES, _PER_WISH = 6, 50
# Characters of a query: what comes after tells an index of products nothing new.
MOST_QUERY = 1000


class SearchProducts(BaseModel):
    """Arguments of ``search_products``."""

    query: str = Field(
        default="", max_length=MOST_QUERY, description="what to look for, in free words"
    )
    where: list[Condition] = Field(default_factory=list, description="conditions, all must hold")
    prefer: list[Condition] = Field(default_factory=list, description="better where they hold")
    derived: list[Condition] = Field(
        default_factory=list, description="those of prefer that nobody stated; they weigh less"
    )
    leanings: list[Leaning] = Field(
        default_factory=list, description="what is known of the shopper; overrules no wish"
    )
    sort: Sort | None = Field(default=None, description="the extreme that comes first")
    k: int = Field(default=3, ge=1, le=50, description="how many products at most")


class SearchResult(BaseModel):
    """What a search found.

    Attributes:
        products: the best ``k``, in order.
        fitting: how many products meet the conditions in all.
        extremes: least and greatest value of numeric fields among those, by field.
    """

    products: list[Ranked]
    fitting: int
    extremes: dict[str, tuple[float, float]] = Field(default_factory=dict)


def _first_by(sort: Sort, index: CatalogueIndex, mask: Mask) -> list[Condition]:
    """A bound that leaves those that come first by an extreme, where too many fit to rank all."""
    if np.count_nonzero(mask) <= _MOST_SORTED:
        return []
    values = index.columns.numbers(sort.field, mask)
    if not len(values):
        return []
    descending = sort.direction == "desc"
    best_first = np.sort(-values if descending else values)
    bound = float(best_first[min(len(values), _POOL) - 1]) * (-1 if descending else 1)
    return [Condition(field=sort.field, op=">=" if descending else "<=", value=bound)]


def _looked_for(
    leanings: Sequence[OpenLeaning], rules: Sequence[ShopRule]
) -> list[Sequence[Condition]]:
    """What is worth a look beyond the best hits: likings, and what the shop puts forward."""
    liked = sorted(leanings, key=lambda one: -one.strength)
    held = [c for c in (one.condition for one in liked) if c.op not in NEGATIVE]
    return [
        *([condition] for condition in held[:_MOST_WISHES]),
        *(rule.which for rule in rules if rule.effect != "bury"),
    ]


def _new(more: Sequence[Hit], hits: Sequence[Hit]) -> list[Hit]:
    known = {hit.row for hit in hits}
    return [hit for hit in more if hit.row not in known]


def search_products_tool(
    index: CatalogueIndex,
    *,
    today: date | None = None,
    weights: RankingWeights = DEFAULT_WEIGHTS,
) -> StructuredTool:
    """The tool, bound to a catalogue.

    Args:
        index: the catalogue, with the shop's rules.
        today: the day of the search; None: rules that hold only for some days rest.
        weights: of the parts of the ranking.

    The tool raises ``BadCondition`` for a field that the catalogue does not have.
    """

    def search_products(
        query: str = "",
        where: list[Condition] | None = None,
        prefer: list[Condition] | None = None,
        derived: list[Condition] | None = None,
        leanings: list[Leaning] | None = None,
        sort: Sort | None = None,
        k: int = 3,
    ) -> SearchResult:
        conditions = where or []
        mask = index.columns.mask(conditions)
        fitting = int(np.count_nonzero(mask))
        among, pool = conditions, _POOL
        if sort:
            among, pool = [*conditions, *_first_by(sort, index, mask)], min(fitting, _MOST_SORTED)
        vector = index.embedded(query) if query.strip() else None
        hits = index.search(query, among, k=pool, vector=vector)
        rules = rules_for(index, query, mask, today)
        liked = left_open(index, leanings or [], [*conditions, *(prefer or [])])
        if fitting > pool:
            # What meets a wish is looked at too, however far from the query's words it stands.
            for wish in (prefer or [])[:_MOST_WISHES]:
                more = index.search(query, [*among, wish], k=_PER_WISH, vector=vector)
                hits += _new(more, hits)
        asked_for = len(hits)
        if fitting > pool:
            # So is what the shopper likes and what the shop puts forward; it fits the words no
            # better than the last of those that they found.
            last = min((hit.score for hit in hits), default=0.0)
            for wanted in _looked_for(liked, rules):
                more = index.search(query, [*among, *wanted], k=_PER_WISH, vector=vector)
                hits += [replace(hit, score=min(hit.score, last)) for hit in _new(more, hits)]
        ranked = rank(
            hits,
            index,
            where=conditions,
            prefer=prefer or [],
            derived=derived or [],
            opened=liked,
            rules=rules,
            brought=[hit.row for hit in hits[asked_for:]],
            sort=sort,
            weights=weights,
        )
        extremes: dict[str, tuple[float, float]] = {}
        for name in ("price", "rating", "rating_count", *index.vocabulary.numeric_fields):
            values = index.columns.numbers(name, mask)
            if len(values):
                extremes[name] = (float(values.min()), float(values.max()))
        return SearchResult(products=ranked[:k], fitting=fitting, extremes=extremes)

    return StructuredTool.from_function(
        func=search_products,
        name="search_products",
        description="Finds products of the shop that meet conditions, the best first.",
        args_schema=SearchProducts,
        metadata={"access": Access.READ},
    )
