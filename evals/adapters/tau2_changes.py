"""tau2-bench's actions as changes of our order desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evals.adapters.tau2_books import address_of
from evals.adapters.tau2_tasks import Action
from tools.orders.change import (
    CancelOrder,
    Change,
    ChangeAccountAddress,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    ReturnItems,
)
from tools.orders.order import Swap


def change_of(action: Action) -> Change | None:
    """What a writing tool of tau2's asks for, as a change; None for one that only reads."""
    given = action.arguments
    order_id = given.get("order_id", "")
    match action.name:
        case "cancel_pending_order":
            return CancelOrder(order_id=order_id, reason=given["reason"])
        case "modify_pending_order_address":
            return ChangeAddress(order_id=order_id, address=address_of(given))
        case "modify_user_address":
            return ChangeAccountAddress(address=address_of(given))
        case "modify_pending_order_payment":
            return ChangePayment(order_id=order_id, method_id=given["payment_method_id"])
        case "modify_pending_order_items":
            return ChangeItems(
                order_id=order_id, swaps=_swaps(given), method_id=given["payment_method_id"]
            )
        case "exchange_delivered_order_items":
            return ExchangeItems(
                order_id=order_id, swaps=_swaps(given), method_id=given["payment_method_id"]
            )
        case "return_delivered_order_items":
            return ReturnItems(
                order_id=order_id,
                item_ids=tuple(given["item_ids"]),
                method_id=given["payment_method_id"],
            )
    return None


def _swaps(given: Mapping[str, Any]) -> tuple[Swap, ...]:
    return tuple(
        Swap(item_id=old, new_item_id=new)
        for old, new in zip(given["item_ids"], given["new_item_ids"], strict=True)
    )
