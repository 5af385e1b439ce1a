"""The records of tau2-bench's retail shop: products, users, orders.

The fields are those of tau2's ``db.json``, so that the digest of a state is the one that tau2
itself computes of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from evals.suite.files import told
from retrieval.errors import BadInput


class Item(BaseModel):
    """A variant of a product, as it can be ordered; prices in US dollars."""

    item_id: str
    options: dict[str, str]
    available: bool
    price: float


class RetailProduct(BaseModel):
    """A type of product and its variants by their ids."""

    name: str
    product_id: str
    variants: dict[str, Item]


class Name(BaseModel):
    """A person's name."""

    first_name: str
    last_name: str


class Address(BaseModel):
    """Where something is sent."""

    address1: str
    address2: str
    city: str
    country: str
    state: str
    zip: str


class CreditCard(BaseModel):
    """A way to pay."""

    source: Literal["credit_card"]
    id: str
    brand: str
    last_four: str


class Paypal(BaseModel):
    """A way to pay."""

    source: Literal["paypal"]
    id: str


class GiftCard(BaseModel):
    """A way to pay that can run out; the balance is in US dollars."""

    source: Literal["gift_card"]
    id: str
    balance: float


PaymentMethod = Annotated[CreditCard | Paypal | GiftCard, Field(discriminator="source")]


class User(BaseModel):
    """A customer."""

    user_id: str
    name: Name
    address: Address
    email: str
    payment_methods: dict[str, PaymentMethod]
    orders: list[str]


class Fulfillment(BaseModel):
    """What was sent together."""

    tracking_id: list[str]
    item_ids: list[str]


class OrderedItem(BaseModel):
    """An item in an order, at the price that was paid."""

    name: str
    product_id: str
    item_id: str
    price: float
    options: dict[str, str]


class Payment(BaseModel):
    """Money that went one way or the other."""

    transaction_type: Literal["payment", "refund"]
    amount: float
    payment_method_id: str


class Order(BaseModel):
    """An order; what is None has not happened to it."""

    order_id: str
    user_id: str
    address: Address
    items: list[OrderedItem]
    status: Literal[
        "processed",
        "pending",
        "pending (item modified)",
        "delivered",
        "cancelled",
        "exchange requested",
        "return requested",
    ]
    fulfillments: list[Fulfillment]
    payment_history: list[Payment]
    cancel_reason: Literal["no longer needed", "ordered by mistake"] | None = None
    exchange_items: list[str] | None = None
    exchange_new_items: list[str] | None = None
    exchange_payment_method_id: str | None = None
    exchange_price_difference: float | None = None
    return_items: list[str] | None = None
    return_payment_method_id: str | None = None


class Retail(BaseModel):
    """The whole shop as a conversation finds it. It is never changed."""

    products: dict[str, RetailProduct]
    users: dict[str, User]
    orders: dict[str, Order]

    @cached_property
    def written(self) -> dict[str, dict[str, str]]:
        """Each record as sorted JSON, by table and id; made once, as a digest needs all of them."""
        return {
            "orders": _written(self.orders),
            "products": _written(self.products),
            "users": _written(self.users),
        }


def as_json(record: BaseModel) -> str:
    """A record as JSON with sorted keys."""
    return json.dumps(record.model_dump(), sort_keys=True)


def _written(records: Mapping[str, BaseModel]) -> dict[str, str]:
    return {id: as_json(records[id]) for id in sorted(records)}


def read_retail(path: Path) -> Retail:
    """Reads tau2's ``db.json``.

    Raises:
        BadInput: the file cannot be read, or is not of that shape.
    """
    try:
        return Retail.model_validate(json.loads(path.read_bytes()))
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.", field="database") from error
    except ValidationError as error:
        raise BadInput(f"{path}: {told(error)}.", field="database") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not JSON ({error}).", field="database") from error
