"""READ: two to four products side by side, and which of them is better for a need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from langchain_core.tools import StructuredTool
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from tools.access import Access
from tools.differences import Row, differences
from tools.ranking import Sort
from tools.standing import stand
from tools.verdict import Verdict, judge

MOST_ROWS = 8
# They say of which kind a product is, and not how good it is.
_KIND = frozenset({"in_stock", "category", "id", "title"})


def _distinct(ids: list[str]) -> list[str]:
    if len(set(ids)) < len(ids):
        raise ValueError("each product may be named only once")
    return ids


class CompareProducts(BaseModel):
    """Arguments of ``compare_products``."""

    product_ids: Annotated[list[str], AfterValidator(_distinct)] = Field(
        min_length=2, max_length=4, description="the products' ids"
    )
    where: list[Condition] = Field(default_factory=list, description="what must hold")
    prefer: list[Condition] = Field(default_factory=list, description="better where they hold")
    sort: Sort | None = Field(default=None, description="the extreme that is asked for")


class Comparison(BaseModel):
    """Products side by side.

    Attributes:
        products: in the order of the arguments.
        rows: at most eight fields on which they differ; those that the need names come first.
        verdict: which is better for the need.
    """

    model_config = ConfigDict(frozen=True)

    products: tuple[Product, ...]
    rows: tuple[Row, ...]
    verdict: Verdict


def compare_products_tool(index: CatalogueIndex) -> StructuredTool:
    """The tool, bound to a catalogue.

    It raises ``UnknownProduct`` for an id that is not there, and ``BadCondition`` for a field that
    the catalogue does not have.
    """

    def compare_products(
        product_ids: list[str],
        where: list[Condition] | None = None,
        prefer: list[Condition] | None = None,
        sort: Sort | None = None,
    ) -> Comparison:
        return compare(index, product_ids, where=where or (), prefer=prefer or (), sort=sort)

    return StructuredTool.from_function(
        func=compare_products,
        name="compare_products",
        description="Where two to four products differ, and which is better for the need.",
        args_schema=CompareProducts,
        metadata={"access": Access.READ},
    )


def compare(
    index: CatalogueIndex,
    product_ids: Sequence[str],
    *,
    where: Sequence[Condition] = (),
    prefer: Sequence[Condition] = (),
    sort: Sort | None = None,
) -> Comparison:
    """Compares products by their records alone.

    Args:
        index: the catalogue.
        product_ids: two or more different ids.
        where: conditions of the need that must hold.
        prefer: conditions that had better hold.
        sort: the extreme that is asked for.

    Raises:
        UnknownProduct: an id that is not in the catalogue.
        BadCondition: a field that the catalogue does not have.
    """
    products = [index.get(product_id) for product_id in product_ids]
    standings = [stand(index, product, where, prefer) for product in products]
    named = [condition.field for condition in (*where, *prefer)]
    if sort is not None:
        named.append(sort.field)
    rows = differences(index, products, named=named, standings=standings, sort=sort)
    asked = not _KIND.issuperset(named)
    verdict = judge(products, standings, rows, sort=sort, asked=asked)
    return Comparison(products=tuple(products), rows=tuple(rows[:MOST_ROWS]), verdict=verdict)
