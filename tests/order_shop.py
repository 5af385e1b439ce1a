"""A shop of two products and two customers, with an order in every state."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from assistant.database.connection import Database
from assistant.orders.intake import OrderFile, checked, put_in
from assistant.orders.sql_desk import SqlDesk
from tools.orders.desk import Asker
from tools.orders.order import Account, Address, Item, Line, Order, Payment, PaymentMethod, Status
from tools.orders.rules import OrderRules

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ANN, BOB = Asker(account_id="ann"), Asker(account_id="bob")

HOME = Address(line1="1 Mill Lane", city="Dover", region="DE", country="USA", postcode="19901")
AWAY = Address(line1="中山东路 218 号", city="南京", country="中国", postcode="210002")

ITEMS = [
    Item(id="mug-s", product_id="mug", title="Mug", options={"size": "small"}, price="10.50"),
    Item(id="mug-l", product_id="mug", title="Mug", options={"size": "large"}, price="14.75"),
    Item(id="mug-m", product_id="mug", title="Mug", options={"size": "medium"}, price="10.50"),
    Item(
        id="mug-x",
        product_id="mug",
        title="Mug",
        options={"size": "huge"},
        price="99",
        available=False,
    ),
    Item(id="pen-b", product_id="pen", title="Pen", options={"color": "blue"}, price="3.25"),
    Item(id="pen-r", product_id="pen", title="Pen", options={"color": "red"}, price="2.00"),
    Item(id="pen-g", product_id="pen", title="Pen", options={"color": "gold"}, price="90.00"),
]

ACCOUNTS = [
    Account(
        id="ann",
        first_name="Ann",
        last_name="Berg",
        email="Ann@Example.com",
        address=HOME,
        payment_methods=(
            PaymentMethod(id="ann-visa", kind="card", brand="visa", last_four="4021"),
            PaymentMethod(id="ann-paypal", kind="wallet", brand="paypal"),
            PaymentMethod(id="ann-gift", kind="gift_card", balance="50.00"),
        ),
    ),
    Account(
        id="bob",
        email="bob@example.com",
        address=HOME,
        payment_methods=(
            PaymentMethod(id="bob-visa", kind="card", brand="visa", last_four="0007"),
            PaymentMethod(id="bob-gift", kind="gift_card", balance="5.00"),
        ),
    ),
]


def variants(product_id: str) -> Sequence[Item]:
    """What is for sale."""
    return [item for item in ITEMS if item.product_id == product_id]


def line(id: str) -> Line:
    return next(item for item in ITEMS if item.id == id).as_line()


def order(id: str, account: str, status: Status, paid_with: str, *items: str, **more: Any) -> Order:
    lines = tuple(line(item) for item in items)
    total = sum((part.price for part in lines), Decimal(0))
    payments = [Payment(amount=total, method_id=paid_with)]
    if status is Status.CANCELLED:
        payments.append(Payment(refund=True, amount=total, method_id=paid_with))
    given = {"placed": NOW - timedelta(days=3), "payments": tuple(payments), **more}
    return Order(
        id=id,
        account_id=account,
        status=status,
        currency="USD",
        address=HOME,
        lines=lines,
        **given,
    )


ORDERS = [
    order("#A-1", "ann", Status.PENDING, "ann-visa", "mug-s", "pen-b"),
    order(
        "#A-2",
        "ann",
        Status.DELIVERED,
        "ann-visa",
        "mug-s",
        "mug-s",
        "pen-b",
        delivered=NOW - timedelta(days=2),
    ),
    order("#A-3", "ann", Status.PROCESSED, "ann-visa", "pen-b"),
    order("#A-4", "ann", Status.CANCELLED, "ann-visa", "pen-b", cancel_reason="no longer needed"),
    order("#A-5", "ann", Status.PENDING, "ann-gift", "pen-b", "pen-b"),
    order(
        "#A-6",
        "ann",
        Status.DELIVERED,
        "ann-visa",
        "mug-s",
        delivered=NOW - timedelta(days=31),
        placed=NOW - timedelta(days=40),
    ),
    order("#B-1", "bob", Status.PENDING, "bob-visa", "mug-l"),
    order("#B-2", "bob", Status.DELIVERED, "bob-gift", "mug-s", delivered=NOW - timedelta(days=1)),
]


def the_order(id: str) -> Order:
    return next(order for order in ORDERS if order.id == id)


def the_account(id: str) -> Account:
    return next(account for account in ACCOUNTS if account.id == id)


def as_file() -> OrderFile:
    return checked(
        {
            "accounts": [account.model_dump(mode="json") for account in ACCOUNTS],
            "items": [item.model_dump(mode="json") for item in ITEMS],
            "orders": [order.model_dump(mode="json") for order in ORDERS],
        }
    )


def filled(database: Database) -> Database:
    """The database with the shop in it."""
    imported = put_in(database, as_file())
    assert not imported.bad
    return database


def desk_over(database: Database, rules: OrderRules | None = None, name: str = "audit") -> SqlDesk:
    """A desk whose time stands still. ``name`` makes its audit ids its own."""
    numbers = itertools.count(1)
    return SqlDesk(
        database,
        rules or OrderRules(),
        now=lambda: NOW,
        new_id=lambda: f"{name}-{next(numbers)}",
    )
