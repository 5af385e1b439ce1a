"""``shopguide search``: retrieval alone, no language model."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.commands.console import Steps, say, say_json, tell
from assistant.commands.shop import check_catalogue, open_indexes
from assistant.settings import Settings
from retrieval.conditions import parse_condition
from retrieval.index import Hit, as_json


def search(settings: Settings, query: str, *, where: Sequence[str], k: int, as_data: bool) -> None:
    """Prints the products that meet the conditions, those that fit the query best first.

    Args:
        settings: ``catalog`` says where.
        query: in any language the catalogue has words in.
        where: conditions such as ``price<=120``; all must hold.
        k: how many at most.
        as_data: whether JSON is printed.

    Raises:
        BadCondition: a condition cannot be read or does not fit the catalogue.
        UnknownCatalogue: there is no such catalogue.
        DownloadFailed: the embedding model cannot be had.
    """
    conditions = [parse_condition(text) for text in where]
    check_catalogue(settings)
    with Steps() as steps:
        index = open_indexes(settings, steps).open(settings.catalog)
    hits = index.search(query, conditions, k=k)
    if as_data:
        found = [as_json(hit.product) | {"score": round(hit.score, 6)} for hit in hits]
        say_json({"products": found, "count": len(found)})
        return
    for number, hit in enumerate(hits, start=1):
        say(_line(number, hit))
    if not hits:
        tell("No product meets these conditions.")


def _line(number: int, hit: Hit) -> str:
    product = hit.product
    price = f"{product.effective_price:,.2f} {product.currency}"
    if product.on_sale:
        price += f" (was {product.price:,.2f})"
    rating = f", {product.rating:g} of 5" if product.rating is not None else ""
    return f"{number}. {product.title}: {price}{rating}  [{product.id}]"
