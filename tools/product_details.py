"""READ: the whole record of a product."""

from __future__ import annotations

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from retrieval.index import CatalogueIndex
from retrieval.product import Product
from tools.access import Access


class ProductDetails(BaseModel):
    """Arguments of ``product_details``."""

    product_id: str = Field(min_length=1, max_length=200, description="the product's id")


def product_details_tool(index: CatalogueIndex) -> StructuredTool:
    """The tool, bound to a catalogue. It raises ``UnknownProduct`` for an id that is not there."""

    def product_details(product_id: str) -> Product:
        return index.get(product_id)

    return StructuredTool.from_function(
        func=product_details,
        name="product_details",
        description="The whole record of one product of the shop.",
        args_schema=ProductDetails,
        metadata={"access": Access.READ},
    )
