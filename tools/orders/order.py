"""What an order system holds: accounts, orders, what was bought, paid and sent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

Money = Annotated[
    Decimal,
    Field(max_digits=14, decimal_places=4),
    PlainSerializer(str, return_type=str, when_used="json"),
]
"""An amount of the order's currency. In JSON it is text, so that no float comes near it."""

Price = Annotated[Money, Field(ge=0)]
"""An amount that is never below 0."""

Id = Annotated[str, Field(min_length=1, max_length=128)]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must have visible characters, and no others")
    return text.strip()


Place = Annotated[str, AfterValidator(_printable)]
"""A line of an address."""


class Frozen(BaseModel):
    """A record that is replaced and never changed; a field that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(StrEnum):
    """Where an order stands. What may be done with it follows from this."""

    PENDING = "pending"
    ITEMS_CHANGED = "items_changed"
    """Pending, its items changed once: neither changed again nor cancelled."""
    PROCESSED = "processed"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return_requested"
    EXCHANGE_REQUESTED = "exchange_requested"


class Address(Frozen):
    """Where something is sent."""

    line1: Place = Field(min_length=1, max_length=200)
    line2: Place = Field(default="", max_length=200)
    city: Place = Field(min_length=1, max_length=100)
    region: Place = Field(default="", max_length=100)
    country: Place = Field(min_length=1, max_length=100)
    postcode: Place = Field(min_length=1, max_length=20)


class PaymentKind(StrEnum):
    """How something is paid. Only a gift card has a balance, and is refunded at once."""

    CARD = "card"
    GIFT_CARD = "gift_card"
    WALLET = "wallet"


class PaymentMethod(Frozen):
    """A way of paying that an account has.

    Attributes:
        brand: of a card (``visa``) or a wallet (``paypal``).
        last_four: digits of a card; never more of them.
        balance: of a gift card.
    """

    id: Id
    kind: PaymentKind
    brand: str = Field(default="", max_length=60)
    last_four: str = Field(default="", max_length=4)
    balance: Price | None = None


class Account(Frozen):
    """A customer of the shop. ``id`` is the shopper's id where they are signed in."""

    id: Id
    first_name: str = Field(default="", max_length=200)
    last_name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=320)
    address: Address | None = None
    payment_methods: tuple[PaymentMethod, ...] = ()

    def method(self, id: str) -> PaymentMethod | None:
        """The way of paying of that id."""
        return next((method for method in self.payment_methods if method.id == id), None)


class Item(Frozen):
    """One variant of a product, as it can be bought.

    Attributes:
        options: what tells it from the other variants: ``{"size": "42", "color": "black"}``.
        available: whether it can be ordered now.
    """

    id: Id
    product_id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=500)
    options: dict[str, str] = Field(default_factory=dict)
    price: Price
    available: bool = True

    def as_line(self) -> Line:
        """The item as one thing of an order, at its price."""
        return Line(**self.model_dump(exclude={"id", "available"}), item_id=self.id)


class Line(Frozen):
    """One thing of an order, at the price that was paid for it. Two of a kind are two lines."""

    item_id: Id
    product_id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=500)
    options: dict[str, str] = Field(default_factory=dict)
    price: Price


class Payment(Frozen):
    """Money that went one way or the other. ``amount`` is never below 0."""

    refund: bool = False
    amount: Price
    method_id: str


class Shipment(Frozen):
    """What was sent together."""

    tracking_ids: tuple[str, ...] = ()
    item_ids: tuple[str, ...] = ()


class Swap(Frozen):
    """An item of an order, and the variant that is to come instead."""

    item_id: str
    new_item_id: str


class Requested(Frozen):
    """What was asked for after delivery: items back, or others in their place.

    Attributes:
        item_ids: to be sent back.
        new_item_ids: to come instead; empty for a return.
        method_id: which is refunded, or charged.
        difference: what is to be paid for an exchange; below 0 what is given back.
    """

    item_ids: tuple[str, ...]
    new_item_ids: tuple[str, ...] = ()
    method_id: str
    difference: Money | None = None


class Order(Frozen):
    """An order as it stands.

    Attributes:
        version: grows with every change, so that an offer made on an older one is seen as stale.
        currency: ISO 4217.
        requested: a return or an exchange that was asked for.
        placed, delivered: when; None where the order system does not tell.
    """

    id: Id
    account_id: Id
    version: int = Field(default=1, ge=1)
    status: Status
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    address: Address
    lines: tuple[Line, ...] = Field(min_length=1)
    shipments: tuple[Shipment, ...] = ()
    payments: tuple[Payment, ...] = ()
    placed: AwareDatetime | None = None
    delivered: AwareDatetime | None = None
    cancel_reason: str | None = None
    requested: Requested | None = None

    @property
    def total(self) -> Decimal:
        """What its items cost."""
        return sum((line.price for line in self.lines), Decimal(0))

    @property
    def paid(self) -> Decimal:
        """What was paid for it, less what was given back."""
        return sum(self.paid_by().values(), Decimal(0))

    def paid_by(self) -> dict[str, Decimal]:
        """What each way of paying has borne so far, first used first; below 0 what it gained."""
        borne: dict[str, Decimal] = {}
        for payment in self.payments:
            amount = -payment.amount if payment.refund else payment.amount
            borne[payment.method_id] = borne.get(payment.method_id, Decimal(0)) + amount
        return borne

    def holds(self, item_ids: Sequence[str]) -> bool:
        """Whether the order has any of these items."""
        return any(line.item_id in item_ids for line in self.lines)

    def counted(self, item_ids: Sequence[str]) -> bool:
        """Whether the order has each of these items as often as it is named."""
        have = [line.item_id for line in self.lines]
        return all(have.count(id) >= list(item_ids).count(id) for id in item_ids)
