"""tau2-bench's retail shop as our order desk's books, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from assistant.orders.intake import OrderFile, checked
from evals.adapters import tau2_retail as tau2
from tools.orders.order import Account, Address, Order, PaymentKind, Status

_STATUS = {
    "pending": Status.PENDING,
    "pending (item modified)": Status.ITEMS_CHANGED,
    "processed": Status.PROCESSED,
    "delivered": Status.DELIVERED,
    "cancelled": Status.CANCELLED,
    "return requested": Status.RETURN_REQUESTED,
    "exchange requested": Status.EXCHANGE_REQUESTED,
}
_TAU2_STATUS = {status: name for name, status in _STATUS.items()}
_KIND = {
    "credit_card": PaymentKind.CARD,
    "paypal": PaymentKind.WALLET,
    "gift_card": PaymentKind.GIFT_CARD,
}
_CURRENCY = "USD"


def books_of(shop: tau2.Retail) -> OrderFile:
    """The shop as a file of accounts, items and orders.

    Raises:
        AssertionError: a record does not fit, which none of tau2's does.
    """
    file = checked(
        {
            "accounts": [_account(user) for user in shop.users.values()],
            "items": [
                _item(product, item)
                for product in shop.products.values()
                for item in product.variants.values()
            ],
            "orders": [_order(order) for order in shop.orders.values()],
        }
    )
    assert not file.bad, file.bad[0]
    return file


def address_of(fields: Mapping[str, Any]) -> Address:
    """An address by tau2's names."""
    return Address(
        line1=fields["address1"],
        line2=fields["address2"],
        city=fields["city"],
        region=fields["state"],
        country=fields["country"],
        postcode=fields["zip"],
    )


def tau2_user(account: Account, before: tau2.User) -> tau2.User:
    """An account as tau2 writes it.

    Args:
        account: as it stands.
        before: the user that it was made of, for what no change touches.
    """
    address = before.address if account.address is None else _tau2_address(account.address)
    methods = {method.id: method for method in account.payment_methods}
    changed = {
        id: method.model_copy(update={"balance": float(methods[id].balance or 0)})
        if isinstance(method, tau2.GiftCard)
        else method
        for id, method in before.payment_methods.items()
    }
    return before.model_copy(update={"address": address, "payment_methods": changed})


def tau2_order(order: Order) -> tau2.Order:
    """An order as tau2 writes it: what was asked for is sorted by id."""
    wanted = order.requested
    asked: dict[str, Any] = {}
    if wanted is not None and order.status is Status.RETURN_REQUESTED:
        asked = {
            "return_items": sorted(wanted.item_ids),
            "return_payment_method_id": wanted.method_id,
        }
    elif wanted is not None:
        asked = {
            "exchange_items": sorted(wanted.item_ids),
            "exchange_new_items": sorted(wanted.new_item_ids),
            "exchange_payment_method_id": wanted.method_id,
            "exchange_price_difference": float(wanted.difference or 0),
        }
    return tau2.Order.model_validate(
        {
            "order_id": order.id,
            "user_id": order.account_id,
            "address": _tau2_address(order.address),
            "items": [
                {
                    "name": line.title,
                    "product_id": line.product_id,
                    "item_id": line.item_id,
                    "price": float(line.price),
                    "options": line.options,
                }
                for line in order.lines
            ],
            "status": _TAU2_STATUS[order.status],
            "fulfillments": [
                {"tracking_id": list(sent.tracking_ids), "item_ids": list(sent.item_ids)}
                for sent in order.shipments
            ],
            "payment_history": [
                {
                    "transaction_type": "refund" if payment.refund else "payment",
                    "amount": float(payment.amount),
                    "payment_method_id": payment.method_id,
                }
                for payment in order.payments
            ],
            "cancel_reason": order.cancel_reason,
            **asked,
        }
    )


def to_the_cent(record: Any) -> Any:
    """Plain data with its amounts to the cent: tau2 adds floats, we add decimals."""
    if isinstance(record, float):
        return round(record, 2)
    if isinstance(record, Mapping):
        return {name: to_the_cent(value) for name, value in record.items()}
    if isinstance(record, Sequence) and not isinstance(record, str):
        return [to_the_cent(value) for value in record]
    return record


def _money(amount: float) -> str:
    return str(Decimal(str(amount)))


def _tau2_address(address: Address) -> tau2.Address:
    return tau2.Address(
        address1=address.line1,
        address2=address.line2,
        city=address.city,
        state=address.region,
        country=address.country,
        zip=address.postcode,
    )


def _account(user: tau2.User) -> dict[str, Any]:
    methods = []
    for method in user.payment_methods.values():
        data: dict[str, Any] = {"id": method.id, "kind": _KIND[method.source]}
        if isinstance(method, tau2.CreditCard):
            data |= {"brand": method.brand, "last_four": method.last_four}
        elif isinstance(method, tau2.GiftCard):
            data |= {"balance": _money(method.balance)}
        else:
            data |= {"brand": "paypal"}
        methods.append(data)
    return {
        "id": user.user_id,
        "first_name": user.name.first_name,
        "last_name": user.name.last_name,
        "email": user.email,
        "address": address_of(user.address.model_dump()).model_dump(),
        "payment_methods": methods,
    }


def _item(product: tau2.RetailProduct, item: tau2.Item) -> dict[str, Any]:
    return {
        "id": item.item_id,
        "product_id": product.product_id,
        "title": product.name,
        "options": item.options,
        "price": _money(item.price),
        "available": item.available,
    }


def _order(order: tau2.Order) -> dict[str, Any]:
    return {
        "id": order.order_id,
        "account_id": order.user_id,
        "status": _STATUS[order.status],
        "currency": _CURRENCY,
        "address": address_of(order.address.model_dump()).model_dump(),
        "lines": [
            {
                "item_id": item.item_id,
                "product_id": item.product_id,
                "title": item.name,
                "options": item.options,
                "price": _money(item.price),
            }
            for item in order.items
        ],
        "shipments": [
            {"tracking_ids": sent.tracking_id, "item_ids": sent.item_ids}
            for sent in order.fulfillments
        ],
        "payments": [
            {
                "refund": payment.transaction_type == "refund",
                "amount": _money(payment.amount),
                "method_id": payment.payment_method_id,
            }
            for payment in order.payment_history
        ],
        "cancel_reason": order.cancel_reason,
    }
