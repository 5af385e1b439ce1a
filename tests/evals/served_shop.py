"""A shopper with orders in the shop of six shoes, and desks that have them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.settings import Settings
from evals.running.observed import SeenOrders
from evals.running.service_desk import ServiceDesk, ServiceDesks
from evals.suite.conversation import Conversation
from retrieval.index import CatalogueIndex
from tools.orders.change import Change
from tools.orders.desk import Asker

OWNER = "anna"
_ADDRESS = {
    "line1": "1 High Street", "city": "Leeds", "country": "United Kingdom", "postcode": "LS1 4AB",
}  # fmt: skip
ACCOUNT = {
    "email": "anna@example.com",
    "address": _ADDRESS,
    "payment_methods": [
        {"id": "visa", "kind": "card", "brand": "visa", "last_four": "4021"},
        {"id": "gift", "kind": "gift_card", "balance": "500.00"},
    ],
}
ORDERS: list[dict[str, Any]] = [
    {"number": "SG-1001", "status": "pending", "skus": ["nike-pegasus-black-42"],
     "paid_with": "visa"},
    {"number": "SG-1002", "status": "delivered", "placed": 9, "delivered": 4, "paid_with": "gift",
     "skus": ["anta-kt-white-42", "asics-excite-white-43"]},
    {"number": "SG-1003", "status": "processed", "skus": ["lining-wade-black-42"],
     "paid_with": "visa", "another": True},
]  # fmt: skip


def line_of(*turns: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    said = [{"say": say, "expect": expect} for say, expect in turns]
    line = {"id": "a", "language": "en", "catalog": "shoes", "turns": said}
    return line | {"account": ACCOUNT, "orders": ORDERS} | more


def conversation_of(*turns: tuple[str, dict[str, Any]], **more: Any) -> Conversation:
    return Conversation.model_validate(line_of(*turns, **more))


def desks_in(folder: Path) -> ServiceDesks:
    return ServiceDesks(
        folder, Settings(home=folder), now=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC)
    )


@contextmanager
def opened(
    desks: ServiceDesks, conversation: Conversation, index: CatalogueIndex
) -> Iterator[ServiceDesk]:
    desk = desks.open(conversation, OWNER, index.products)
    try:
        yield desk
    finally:
        desk.close()


def write(service: ServiceDesk, *changes: Change) -> SeenOrders:
    who = Asker(account_id=OWNER)
    for change in changes:
        offer = service.desk.offer(who, change)
        service.desk.write(who, offer, key=uuid.uuid4().hex, quote="yes")
    return service.seen()
