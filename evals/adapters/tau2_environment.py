"""tau2-bench's retail shop as an environment: its tools, and the state that they leave.

Source: the retail domain of sierra-research/tau2-bench, whose outcomes are kept to the last bit,
its oddities too (they are marked where they are): a state has the digest that tau2 gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from evals.adapters.tau2_retail import (
    Address,
    GiftCard,
    Item,
    Order,
    OrderedItem,
    Payment,
    PaymentMethod,
    User,
)
from evals.adapters.tau2_state import RetailState, ToolRefused, checked, found_in
from evals.suite.files import told
from tools.access import Access

__all__ = ["TOOLS", "Tau2Environment", "ToolRefused"]

_REASONS = ("no longer needed", "ordered by mistake")

TOOLS: Mapping[str, Access] = {
    "calculate": Access.READ,
    "cancel_pending_order": Access.WRITE,
    "exchange_delivered_order_items": Access.WRITE,
    "find_user_id_by_email": Access.READ,
    "find_user_id_by_name_zip": Access.READ,
    "get_item_details": Access.READ,
    "get_order_details": Access.READ,
    "get_product_details": Access.READ,
    "get_user_details": Access.READ,
    "list_all_product_types": Access.READ,
    "modify_pending_order_address": Access.WRITE,
    "modify_pending_order_items": Access.WRITE,
    "modify_pending_order_payment": Access.WRITE,
    "modify_user_address": Access.WRITE,
    "return_delivered_order_items": Access.WRITE,
    "transfer_to_human_agents": Access.READ,
}
"""The tools by name. A READ leaves the state as it is."""


class Tau2Environment(RetailState):
    """One conversation's shop, with the tools of tau2's retail agent.

    Args:
        records: the shop as the conversation finds it.
    """

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Any:
        """Runs a tool.

        Args:
            tool: a name of ``TOOLS``.
            arguments: by name.

        Returns:
            What the tool gives, as plain data.

        Raises:
            ToolRefused: there is no such tool, the arguments do not fit, or a rule of the shop
                stands against it.
        """
        if tool not in TOOLS:
            raise ToolRefused(f"there is no tool {tool!r}")
        run: Callable[..., Any] = getattr(self, tool)
        try:
            given = run(**arguments)
        except ValidationError as error:
            raise ToolRefused(told(error)) from error
        except TypeError as error:
            raise ToolRefused(f"the arguments of {tool} do not fit") from error
        return given.model_dump() if isinstance(given, BaseModel) else given

    @checked
    def cancel_pending_order(self, order_id: str, reason: str) -> Order:
        """Cancels an order and gives back what was paid, at once where it was a gift card."""
        order = self.order(order_id, "pending")
        if reason not in _REASONS:
            raise ToolRefused(f"the reason must be one of: {', '.join(_REASONS)}")
        refunds = []
        for payment in order.payment_history:
            refunds.append(payment.model_copy(update={"transaction_type": "refund"}))
            _pay(self.method(order.user_id, payment.payment_method_id), -payment.amount)
        order.status = "cancelled"
        order.cancel_reason = "no longer needed" if reason == _REASONS[0] else "ordered by mistake"
        order.payment_history += refunds
        return order

    @checked
    def exchange_delivered_order_items(
        self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
    ) -> Order:
        """Asks for other variants in place of delivered items; nothing is paid yet."""
        order = self.order(order_id, "delivered")
        pairs = self._pairs(order, item_ids, new_item_ids)
        difference = round(_difference(pairs), 2)
        _check_covers(self.method(order.user_id, payment_method_id), difference)
        order.status = "exchange requested"
        order.exchange_items = sorted(item_ids)
        order.exchange_new_items = sorted(new_item_ids)
        order.exchange_payment_method_id = payment_method_id
        order.exchange_price_difference = difference
        return order

    @checked
    def modify_pending_order_items(
        self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
    ) -> Order:
        """Puts other variants in place of ordered ones, and settles the difference."""
        order = self.order(order_id, "pending")
        if any(old == new for old, new in zip(item_ids, new_item_ids, strict=False)):
            raise ToolRefused("a new item must be another than the old one")
        pairs = self._pairs(order, item_ids, new_item_ids)
        difference = _difference(pairs)
        method = self.method(order.user_id, payment_method_id)
        _check_covers(method, difference)
        order.payment_history.append(
            Payment(
                transaction_type="payment" if difference > 0 else "refund",
                amount=abs(difference),
                payment_method_id=payment_method_id,
            )
        )
        _pay(method, difference)
        for old, new in zip(item_ids, new_item_ids, strict=True):
            item = next(item for item in order.items if item.item_id == old)
            # tau2's: every changed item takes the price and options of the last of the new ones,
            # so that the order of the items in a call tells in the state.
            item.item_id, last = new, pairs[-1][1]
            item.price, item.options = last.price, last.options
        order.status = "pending (item modified)"
        return order

    @checked
    def modify_pending_order_address(
        self,
        order_id: str,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,
    ) -> Order:
        """Sends an order to another address, also after its items were changed."""
        order = self.order(order_id, "pending", "pending (item modified)")
        order.address = _address(address1, address2, city, state, country, zip)
        return order

    @checked
    def modify_pending_order_payment(self, order_id: str, payment_method_id: str) -> Order:
        """Has an order paid another way; the first payment goes back."""
        order = self.order(order_id, "pending", "pending (item modified)")
        method = self.method(order.user_id, payment_method_id)
        if [payment.transaction_type for payment in order.payment_history] != ["payment"]:
            raise ToolRefused("the order must have exactly one payment")
        [paid] = order.payment_history
        if paid.payment_method_id == payment_method_id:
            raise ToolRefused("the order is already paid this way")
        _check_covers(method, paid.amount)
        order.payment_history += [
            paid.model_copy(update={"payment_method_id": payment_method_id}),
            paid.model_copy(update={"transaction_type": "refund"}),
        ]
        _pay(method, paid.amount)
        _pay(self.method(order.user_id, paid.payment_method_id), -paid.amount)
        return order

    @checked
    def modify_user_address(
        self,
        user_id: str,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,
    ) -> User:
        """Gives a customer another address; their orders keep theirs."""
        user = self.user(user_id)
        user.address = _address(address1, address2, city, state, country, zip)
        return user

    @checked
    def return_delivered_order_items(
        self, order_id: str, item_ids: list[str], payment_method_id: str
    ) -> Order:
        """Asks to send items back, refunded as they were paid or to a gift card."""
        order = self.order(order_id, "delivered")
        method = self.method(order.user_id, payment_method_id)
        first = order.payment_history[0].payment_method_id if order.payment_history else None
        if not isinstance(method, GiftCard) and payment_method_id != first:
            raise ToolRefused("the refund goes the way of the payment or to a gift card")
        _check_ordered(order, item_ids)
        order.status = "return requested"
        order.return_items = sorted(item_ids)
        order.return_payment_method_id = payment_method_id
        return order

    def _pairs(
        self, order: Order, item_ids: Sequence[str], new_item_ids: Sequence[str]
    ) -> list[tuple[OrderedItem, Item]]:
        """The ordered items and the variants for them, which must be of the same product."""
        _check_ordered(order, item_ids)
        if len(item_ids) != len(new_item_ids):
            raise ToolRefused("there must be as many new items as old ones")
        pairs = []
        for old, new in zip(item_ids, new_item_ids, strict=True):
            item = next(item for item in order.items if item.item_id == old)
            product = found_in(self._records.products, item.product_id, "product")
            variant = found_in(product.variants, new, "item of this product")
            if not variant.available:
                raise ToolRefused(f"the item {new} is not available")
            pairs.append((item, variant))
        return pairs


def _check_ordered(order: Order, item_ids: Sequence[str]) -> None:
    ordered = [item.item_id for item in order.items]
    for id in item_ids:
        if item_ids.count(id) > ordered.count(id):
            raise ToolRefused(f"the order has no such number of item {id}")


def _difference(pairs: Sequence[tuple[OrderedItem, Item]]) -> float:
    """What the new items cost more, in US dollars; added up in tau2's order, to the last bit."""
    difference: float = 0
    for item, variant in pairs:
        difference += variant.price - item.price
    return difference


def _check_covers(method: PaymentMethod, amount: float) -> None:
    if isinstance(method, GiftCard) and method.balance < amount:
        raise ToolRefused("the gift card does not cover it")


def _pay(method: PaymentMethod, amount: float) -> None:
    """Takes an amount from a gift card; other ways to pay keep no balance."""
    if isinstance(method, GiftCard):
        method.balance = round(method.balance - amount, 2)


def _address(
    address1: str, address2: str, city: str, state: str, country: str, zip: str
) -> Address:
    return Address(
        address1=address1, address2=address2, city=city, state=state, country=country, zip=zip
    )
