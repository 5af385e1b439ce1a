"""READ: products that meet conditions, best first."""

from __future__ import annotations

import numpy as np
from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from retrieval.columns import Mask
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from tools.access import Access
from tools.ranking import Ranked, Sort, rank

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
    traits: list[Condition] = Field(
        default_factory=list, description="what is known of the shopper; weighs little"
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


def search_products_tool(index: CatalogueIndex) -> StructuredTool:
    """The tool, bound to a catalogue.

    The tool raises ``BadCondition`` for a field that the catalogue does not have.
    """

    def search_products(
        query: str = "",
        where: list[Condition] | None = None,
        prefer: list[Condition] | None = None,
        traits: list[Condition] | None = None,
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
        if fitting > pool:
            # What meets a wish is looked at too, however far from the query's words it stands.
            known = {hit.row for hit in hits}
            for wish in (prefer or [])[:_MOST_WISHES]:
                more = index.search(query, [*among, wish], k=_PER_WISH, vector=vector)
                hits += [hit for hit in more if hit.row not in known]
                known.update(hit.row for hit in more)
        ranked = rank(hits, index, prefer=prefer or [], traits=traits or [], sort=sort)
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
