"""Whose an order is, and when two ways of writing its number mean the same one."""

from __future__ import annotations

import unicodedata

from tools.orders.desk import Asker
from tools.orders.order import Account, Order

_LONGEST = 128


def number_of(order_id: str) -> str:
    """An order's number as it is compared: without case, spaces and a ``#`` before it.

    Returns:
        The number; empty for what can be none, which no order has.
    """
    if len(order_id) > _LONGEST:
        return ""
    plain = "".join(unicodedata.normalize("NFKC", order_id).split()).lstrip("#").casefold()
    # What stood apart before spaces went may belong together.
    plain = unicodedata.normalize("NFKC", plain)
    return plain if plain.isprintable() and len(plain) <= _LONGEST else ""


def may_see(asker: Asker, order: Order) -> bool:
    """Whether an order is the asker's: of their account, or one that they have proven."""
    if asker.account_id is not None and asker.account_id == order.account_id:
        return True
    number = number_of(order.id)
    return bool(number) and number in {number_of(id) for id in asker.proven}


def seen_of(asker: Asker, order: Order, account: Account) -> Account:
    """The account behind an order as far as the asker may use it.

    Args:
        asker: who may see the order.
        order: the order.
        account: whose it is.

    Returns:
        All of it where they are signed in, else the ways in which the order was paid alone.
    """
    if asker.account_id is not None and asker.account_id == account.id:
        return account
    paid = {payment.method_id for payment in order.payments}
    methods = tuple(method for method in account.payment_methods if method.id in paid)
    return Account(id=account.id, payment_methods=methods)


def shown_of(asker: Asker, order: Order, account: Account) -> Account:
    """The account behind an order as the asker is shown it. Arguments as in ``seen_of``.

    Returns:
        What they may use; who is not signed in is told no balance of a gift card.
    """
    seen = seen_of(asker, order, account)
    if asker.account_id == seen.id:
        return seen
    methods = [method.model_copy(update={"balance": None}) for method in seen.payment_methods]
    return seen.model_copy(update={"payment_methods": tuple(methods)})
