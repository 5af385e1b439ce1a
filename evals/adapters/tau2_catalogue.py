"""The goods of tau2-bench's retail shop as a catalogue: each variant is a product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals.adapters.tau2_retail import Retail


def products_of(records: Retail) -> Iterator[dict[str, Any]]:
    """The products as lines of a catalogue, which ``shopguide index`` reads.

    A variant is told from another by options of any kind (a storage, a switch type), so that each
    is a product of its own, under the id that orders have it by.

    Args:
        records: the shop.
    """
    for kind in records.products.values():
        for item in kind.variants.values():
            yield {
                "id": item.item_id,
                "title": ", ".join((kind.name, *item.options.values())),
                "category": [kind.name],
                "price": item.price,
                "currency": "USD",
                "availability": "in_stock" if item.available else "out_of_stock",
                "attributes": {
                    "product_id": kind.product_id,
                    **{name.replace(" ", "_"): value for name, value in item.options.items()},
                },
            }
