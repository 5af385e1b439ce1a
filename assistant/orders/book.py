"""Orders as the database holds them: rows into records, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.orders.tables import AccountRow, ItemRow, OrderRow
from tools.orders.order import Account, Item, Order
from tools.orders.ownership import number_of


def find_order(session: Session, order_id: str, *, lock: bool = False) -> OrderRow | None:
    """The row of an order, however its number is written.

    Args:
        session: of the transaction.
        order_id: as somebody wrote it.
        lock: whether others wait with this order until the transaction ends. SQLite has one
            writer at a time anyway.
    """
    number = number_of(order_id)
    if not number:
        return None
    wanted = select(OrderRow).where(OrderRow.number == number)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def find_account(session: Session, account_id: str, *, lock: bool = False) -> AccountRow | None:
    """The row of an account. Arguments as in ``find_order``; an order is locked before it."""
    if not account_id.isprintable():
        return None  # no database takes every character
    wanted = select(AccountRow).where(AccountRow.id == account_id)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def variants_in(session: Session, product_id: str) -> Sequence[Item]:
    """The variants of a product, in their order."""
    if not product_id.isprintable():
        return []
    wanted = select(ItemRow).where(ItemRow.product_id == product_id)
    return [Item.model_validate(row.record) for row in session.scalars(wanted.order_by("place"))]


def order_in(row: OrderRow) -> Order:
    """The order of a row."""
    return Order.model_validate(row.record)


def account_in(row: AccountRow) -> Account:
    """The account of a row."""
    return Account.model_validate(row.record)


def order_row(order: Order) -> OrderRow:
    """An order as a row."""
    return OrderRow(
        id=order.id,
        number=number_of(order.id),
        account_id=order.account_id,
        version=order.version,
        placed=order.placed,
        record=order.model_dump(mode="json"),
    )


def account_row(account: Account) -> AccountRow:
    """An account as a row."""
    return AccountRow(id=account.id, record=account.model_dump(mode="json"))


def item_row(item: Item, place: int) -> ItemRow:
    """A variant as a row."""
    record = item.model_dump(mode="json")
    return ItemRow(id=item.id, product_id=item.product_id, place=place, record=record)


def digest(*records: BaseModel | None) -> str:
    """Of records as they stand: SHA-256, hexadecimal."""
    written = "\n".join("" if r is None else r.model_dump_json() for r in records)
    return hashlib.sha256(written.encode()).hexdigest()
