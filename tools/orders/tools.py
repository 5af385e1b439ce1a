"""The order desk as tools, READ and WRITE, bound to whoever the server says is asking."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from tools.access import Access
from tools.orders.change import Change
from tools.orders.desk import Asker, Offer, OrderDesk, OrderPage, Returnable, Written
from tools.orders.order import Account, Item, Order


class Nothing(BaseModel):
    """No arguments: whose orders they are, the server has settled."""


class OrderNumber(BaseModel):
    """Arguments of the tools that read one order."""

    order_id: str = Field(min_length=1, max_length=128, description="the order's number")


class ProductOfOrder(BaseModel):
    """Arguments of ``product_variants``."""

    product_id: str = Field(min_length=1, max_length=200, description="the product's id")


class KeyOfChange(BaseModel):
    """Arguments of ``change_made``."""

    offer: Offer = Field(description="what was agreed to")
    key: str = Field(min_length=1, max_length=200, description="idempotency key of the change")


class OfferChange(BaseModel):
    """Arguments of ``offer_change``."""

    change: Change = Field(description="what is to be changed")


class WriteChange(BaseModel):
    """Arguments of ``write_change``. Code fills them in, no model."""

    offer: Offer = Field(description="what the shopper agreed to")
    key: str = Field(description="idempotency key")
    quote: str = Field(description="the shopper's yes, word by word")


def order_tools(desk: OrderDesk, asker: Asker) -> list[StructuredTool]:
    """The tools of one turn. They raise what the desk raises.

    Args:
        desk: the shop's.
        asker: on whose behalf. No argument of a tool says that.
    """

    def find_orders() -> OrderPage:
        return desk.orders(asker)

    def account_details() -> Account | None:
        return desk.account(asker)

    def order_details(order_id: str) -> Order:
        return desk.order(asker, order_id)

    def order_methods(order_id: str) -> Account:
        return desk.methods(asker, order_id)

    def returnable_items(order_id: str) -> Returnable:
        return desk.returnable(asker, order_id)

    def cancel_reasons() -> Sequence[str]:
        return desk.reasons()

    def change_made(offer: Offer, key: str) -> Written | None:
        return desk.became(asker, offer, key=key)

    def product_variants(product_id: str) -> Sequence[Item]:
        return desk.variants(product_id)

    def offer_change(change: Change) -> Offer:
        return desk.offer(asker, change)

    def write_change(offer: Offer, key: str, quote: str) -> Written:
        return desk.write(asker, offer, key=key, quote=quote)

    return [
        _tool(find_orders, "The shopper's orders, newest first.", Nothing),
        _tool(account_details, "The account of the shopper who is signed in.", Nothing),
        _tool(order_details, "One order of the shopper: state, items, payments.", OrderNumber),
        _tool(order_methods, "The ways in which an order may be paid.", OrderNumber),
        _tool(returnable_items, "What of an order can be sent back, until when.", OrderNumber),
        _tool(product_variants, "The variants of a product that are for sale.", ProductOfOrder),
        _tool(cancel_reasons, "The reasons for which the shop cancels an order.", Nothing),
        _tool(change_made, "What became of a change that was asked for.", KeyOfChange),
        _tool(offer_change, "What a change would do, in money too. Writes nothing.", OfferChange),
        _tool(write_change, "Makes a change that was agreed to.", WriteChange, Access.WRITE),
    ]


def _tool(
    function: Callable[..., object],
    description: str,
    arguments: type[BaseModel],
    access: Access = Access.READ,
) -> StructuredTool:
    return StructuredTool.from_function(
        func=function,
        name=function.__name__,
        description=description,
        args_schema=arguments,
        metadata={"access": access},
    )
