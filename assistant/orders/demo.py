"""The demo shop's accounts and orders, over the products of its catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from assistant.database.connection import Database
from assistant.orders.intake import checked, is_empty, put_in
from assistant.settings import Settings
from retrieval.catalogues import DEMO
from retrieval.product import Product, Variant
from tools.orders.order import Item, Status

_SENT = (Status.PROCESSED, Status.DELIVERED)


def seed_demo_orders(
    settings: Settings, database: Database, now: datetime, *, source: str | None
) -> bool:
    """Puts the demo orders in where the demo shop runs and there are none at all.

    Args:
        settings: a shop of its own catalogue, or with its orders elsewhere, never gets them.
        database: the shop's.
        now: what the orders' days are counted from.
        source: what the catalogue was built from: a shop may call its own ``demo``.

    Returns:
        Whether they were put in.

    Raises:
        StoreUnavailable: the database cannot be written.
    """
    is_demo = settings.catalog == DEMO and source is not None and source.startswith(f"{DEMO}@")
    if not is_demo or settings.orders != "sql" or not is_empty(database):
        return False
    put_in(database, checked(demo_data(now)))
    return True


def demo_data(now: datetime) -> dict[str, list[Any]]:
    """The demo shop as a file of orders would have it."""
    items = {item.id: item for item in demo_items()}
    text = files("assistant.orders").joinpath("demo.json").read_text(encoding="utf-8")
    demo = json.loads(text)
    return {
        "accounts": demo["accounts"],
        "items": [item.model_dump(mode="json") for item in items.values()],
        "orders": [
            _order(order, place, demo["accounts"], items, now)
            for place, order in enumerate(demo["orders"])
        ],
    }


def demo_items() -> list[Item]:
    """Every variant of the demo catalogue, at its price."""
    text = files("retrieval.demo").joinpath("products.jsonl").read_text(encoding="utf-8")
    products = [Product.model_validate_json(line) for line in text.splitlines()]
    return [item_of(product, variant) for product in products for variant in product.variants]


def item_of(product: Product, variant: Variant) -> Item:
    """A variant of a catalogue as something that can be ordered."""
    options = {"size": variant.size, "color": variant.color}
    price = product.effective_price if variant.price is None else variant.price
    return Item(
        id=variant.sku,
        product_id=product.id,
        title=product.title,
        options={name: value for name, value in options.items() if value},
        price=price,
        available=variant.availability == product.availability == "in_stock",
    )


def _order(
    demo: Mapping[str, Any],
    place: int,
    accounts: list[Mapping[str, Any]],
    items: Mapping[str, Item],
    now: datetime,
) -> dict[str, Any]:
    lines = [items[sku].as_line() for sku in demo["skus"]]
    total = sum(line.price for line in lines)
    paid = {"amount": str(total), "method_id": demo["paid_with"]}
    status = Status(demo["status"])
    order: dict[str, Any] = {
        "id": demo["id"],
        "account_id": demo["account"],
        "status": status,
        "currency": "USD",
        "address": next(a["address"] for a in accounts if a["id"] == demo["account"]),
        "lines": [line.model_dump(mode="json") for line in lines],
        "payments": [paid],
        "placed": _before(now, demo["placed"]),
    }
    if status in _SENT:
        tracking = f"SGX{70_000_417 + 1_009 * place}"
        order["shipments"] = [{"tracking_ids": [tracking], "item_ids": demo["skus"]}]
    if status is Status.DELIVERED:
        order["delivered"] = _before(now, demo["delivered"])
    if status is Status.CANCELLED:
        order["cancel_reason"] = demo["cancel_reason"]
        order["payments"].append({**paid, "refund": True})
    return order


def _before(now: datetime, days: int) -> str:
    moment = now - timedelta(days=days, hours=1)
    return moment.replace(second=0, microsecond=0).isoformat()
