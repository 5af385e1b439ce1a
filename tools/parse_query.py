"""READ: the model's reading of a message, into checked facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from retrieval.index import CatalogueIndex
from tools.access import Access
from tools.reading.fact import HeldWish, ModelReading, ParsedQuery
from tools.reading.reader import Reader


class ParseQuery(BaseModel):
    """Arguments of ``parse_query``."""

    message: str = Field(description="the shopper's message, as it was written")
    reading: ModelReading = Field(description="the model's reading of it")


def parse_query_tool(
    index: CatalogueIndex,
    *,
    rates: Mapping[str, Decimal],
    shown: Sequence[str],
    pick: str | None,
    held: Sequence[HeldWish] = (),
) -> StructuredTool:
    """The tool, bound to a catalogue and to what the thread has shown.

    Args:
        index: the catalogue.
        rates: how many units of a currency one unit of the catalogue's is worth.
        shown: ids of the products shown last, in their order.
        pick: the one of them that was recommended.
        held: the wishes that hold, which a message may take back or loosen.
    """
    reader = Reader(index, rates)

    def parse_query(message: str, reading: ModelReading) -> ParsedQuery:
        return reader.read(message, reading, shown=shown, pick=pick, held=held)

    return StructuredTool.from_function(
        func=parse_query,
        name="parse_query",
        description="Checks a reading of the message: quotes, vocabulary, polarity, money.",
        args_schema=ParseQuery,
        metadata={"access": Access.READ},
    )
