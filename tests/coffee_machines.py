"""A small shop of another trade than shoes: four coffee machines, priced in euros."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.words import Words

_WORDS = Words(
    labels={
        "kind": ["type", "类型"],
        "pressure_bar": ["pressure", "压力"],
        "tank_l": ["water tank", "水箱"],
        "weight_kg": ["weight", "重量"],
        "milk_frother": ["milk frother", "奶泡器"],
        "drink": ["drinks", "饮品"],
    },
    values={"drink": {"espresso": ["浓缩"], "cappuccino": ["卡布奇诺"], "filter": ["滴滤"]}},
)


def _machine(
    id: str, title: str, price: str, rating: float | None, count: int | None, **attributes: Any
) -> Product:
    return Product(
        id=id,
        title=title,
        brand=title.split(" ")[0],
        category=("Kitchen", "Coffee machines"),
        price=Decimal(price),
        currency="EUR",
        rating=rating,
        rating_count=count,
        attributes=attributes,
    )


def coffee_index(*, words: bool = True) -> CatalogueIndex:
    """The machines, indexed in memory, with or without the shop's own words."""
    machines = [
        _machine("crema", "Alta Crema", "249", 4.4, 210, kind="espresso machine",
                 pressure_bar=15.0, tank_l=1.8, weight_kg=4.2, milk_frother=True,
                 drink=["espresso", "cappuccino"]),
        _machine("duo", "Brewster Duo", "89", 4.1, 95, kind="drip machine", tank_l=1.2,
                 weight_kg=2.6, milk_frother=False, drink=["filter"]),
        _machine("mini", "Capso Mini", "119", None, None, kind="capsule machine",
                 pressure_bar=19.0, tank_l=0.7, milk_frother=False, drink=["espresso"]),
        _machine("bean", "Domo Bean", "599", 4.7, 402, kind="bean-to-cup machine",
                 pressure_bar=15.0, tank_l=2.0, weight_kg=9.5, milk_frother=True,
                 drink=["espresso", "cappuccino", "filter"]),
    ]  # fmt: skip
    return build_index(
        machines,
        name="coffee",
        embedder=HashingEmbedder(),
        source="tests",
        now=datetime(2026, 3, 1, tzinfo=UTC),
        words=_WORDS if words else None,
    )
