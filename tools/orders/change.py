"""What a shopper may ask the order desk to change."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tools.orders.order import Address, Frozen, Swap


class CancelOrder(Frozen):
    """Cancels an order that is pending. ``reason`` is one of the shop's."""

    kind: Literal["cancel"] = "cancel"
    order_id: str
    reason: str


class ChangeAddress(Frozen):
    """Sends an order that is pending to another address."""

    kind: Literal["address"] = "address"
    order_id: str
    address: Address


class ChangePayment(Frozen):
    """Has an order that is pending paid another way."""

    kind: Literal["payment"] = "payment"
    order_id: str
    method_id: str


class ChangeItems(Frozen):
    """Puts other variants of the same products into an order that is pending; once."""

    kind: Literal["items"] = "items"
    order_id: str
    swaps: tuple[Swap, ...] = Field(min_length=1)
    method_id: str


class ReturnItems(Frozen):
    """Sends items of a delivered order back."""

    kind: Literal["return"] = "return"
    order_id: str
    item_ids: tuple[str, ...] = Field(min_length=1)
    method_id: str


class ExchangeItems(Frozen):
    """Asks for other variants in place of delivered items."""

    kind: Literal["exchange"] = "exchange"
    order_id: str
    swaps: tuple[Swap, ...] = Field(min_length=1)
    method_id: str


class ChangeAccountAddress(Frozen):
    """Gives the account another address; its orders keep theirs."""

    kind: Literal["account_address"] = "account_address"
    address: Address


Change = Annotated[
    CancelOrder
    | ChangeAddress
    | ChangePayment
    | ChangeItems
    | ReturnItems
    | ExchangeItems
    | ChangeAccountAddress,
    Field(discriminator="kind"),
]
