"""The tables of orders. They are the shop's books: erasing a profile leaves them as they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from assistant.database.tables import Base


class AccountRow(Base):
    """A customer; ``record`` is a ``tools.orders.order.Account``."""

    __tablename__ = "accounts"
    id: Mapped[str] = mapped_column(primary_key=True)
    record: Mapped[dict[str, Any]]


class OrderRow(Base):
    """An order; ``record`` is a ``tools.orders.order.Order``.

    Attributes:
        number: the id as it is compared, without case, spaces and ``#``.
        version: the record's; a change that was agreed on another one is refused.
        placed: when; what a customer's orders are sorted by.
    """

    __tablename__ = "orders"
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str]
    version: Mapped[int]
    placed: Mapped[datetime | None]
    record: Mapped[dict[str, Any]]
    __table_args__ = (Index("orders_of_account", "account_id", "placed"),)


class ItemRow(Base):
    """A variant that is for sale; ``record`` is a ``tools.orders.order.Item``.

    Attributes:
        place: among the variants of its product.
    """

    __tablename__ = "items"
    id: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(index=True)
    place: Mapped[int]
    record: Mapped[dict[str, Any]]


class OrderChangeRow(Base):
    """A change that was made, by its idempotency key.

    Attributes:
        asker: on whose behalf.
        agreed: digest of the offer that was agreed to.
        outcome: what was answered, a ``tools.orders.desk.Written``.
    """

    __tablename__ = "order_changes"
    key: Mapped[str] = mapped_column(primary_key=True)
    asker: Mapped[str]
    agreed: Mapped[str]
    outcome: Mapped[dict[str, Any]]
    time: Mapped[datetime]


class OrderAuditRow(Base):
    """The record of a change: who, when, what, and the words that agreed to it.

    Attributes:
        asker: ``account:`` and its id, or ``order:`` and the number that was proven.
        subject: ``order:`` or ``account:`` and the id of what was changed.
        offer: what was agreed to, a ``tools.orders.desk.Offer``.
        before, after: digests of order and account.
        quote: the yes, word by word.
    """

    __tablename__ = "order_audit"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str]
    time: Mapped[datetime]
    asker: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    offer: Mapped[dict[str, Any]]
    before: Mapped[str]
    after: Mapped[str]
    quote: Mapped[str]
