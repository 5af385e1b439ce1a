"""Every table of the database. A change here needs a migration beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Language = Literal["en", "zh"]


class Moment(TypeDecorator[datetime]):
    """A time in UTC, which some databases give back without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is stored: the same moment in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is read: with its zone."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The tables of the assistant."""

    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's)
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[int]: JSON,
        list[dict[str, Any]]: JSON,
        datetime: Moment,
    }


class ShopperRow(Base):
    """A shopper who has agreed to be remembered. Who has no row is not, and nothing is kept.

    Attributes:
        consent_id: new at each consent, so that what began before an erasure cannot write after.
        consented: when.
        notice: the version of the notice that was agreed to.
        learning: whether anything new is learnt.
        pseudonym: under which the audit speaks of the shopper; the only link, gone when erased.
    """

    __tablename__ = "shoppers"
    id: Mapped[str] = mapped_column(primary_key=True)
    consent_id: Mapped[str]
    consented: Mapped[datetime]
    notice: Mapped[str]
    learning: Mapped[bool] = mapped_column(default=True)
    pseudonym: Mapped[str]


class ThreadRow(Base):
    """A conversation of a shopper.

    Attributes:
        staff_gone: after which turns people of the shop wrote what has been deleted since, so that
            what came after keeps its number.
        claim: id of the turn that carries out what it offers; nobody else's turn is kept meanwhile.
        claimed: since when.
        before: the thread as it was before its last message; None where that is not known.
    """

    __tablename__ = "threads"
    id: Mapped[str] = mapped_column(primary_key=True)
    shopper_id: Mapped[str] = mapped_column(index=True)
    catalog: Mapped[str]
    turns: Mapped[int] = mapped_column(default=0)
    need: Mapped[dict[str, Any]]
    shown: Mapped[list[str]]
    pick: Mapped[str | None]
    for_other: Mapped[bool] = mapped_column(default=False)
    language: Mapped[Language | None] = mapped_column(String)
    ordering: Mapped[dict[str, Any] | None]
    staff_gone: Mapped[list[int] | None]
    claim: Mapped[str | None]
    claimed: Mapped[datetime | None]
    before: Mapped[dict[str, Any] | None]
    updated: Mapped[datetime]


class TurnRow(Base):
    """One finished turn of a thread."""

    __tablename__ = "turns"
    id: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    number: Mapped[int]
    message: Mapped[str]
    reply: Mapped[dict[str, Any]]
    time: Mapped[datetime]
    __table_args__ = (UniqueConstraint("thread_id", "number"),)


class FactRow(Base):
    """A fact of a profile; see ``assistant.profile.facts.ProfileFact``."""

    __tablename__ = "facts"
    id: Mapped[str] = mapped_column(primary_key=True)
    shopper_id: Mapped[str] = mapped_column(index=True)
    field: Mapped[str]
    op: Mapped[str]
    value: Mapped[str]
    strength: Mapped[str]
    origin: Mapped[str]
    confidence: Mapped[float]
    pinned: Mapped[bool]
    evidence: Mapped[list[dict[str, Any]]]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    ended: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class EventRow(Base):
    """Something a shopper did; see ``assistant.profile.behaviour.events.Event``.

    The key begins with the shopper: what one did last is read from neighbouring pages, and one
    shopper's event id says nothing of another's. A product's id means something in its catalogue
    only.
    """

    __tablename__ = "events"
    shopper_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    catalog: Mapped[str]
    type: Mapped[str]
    time: Mapped[float]
    session_id: Mapped[str | None]
    product_id: Mapped[str | None]
    query: Mapped[str | None]
    value: Mapped[float | None]
    __table_args__ = (
        Index("events_by_time", "shopper_id", "catalog", "time"),
        {"sqlite_with_rowid": False},
    )


class AuditRow(Base):
    """That something was done with a profile, when, and under which pseudonym. Never what."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    time: Mapped[datetime]
    pseudonym: Mapped[str]
    action: Mapped[str]


# Tables of other rooms, so that whoever knows the base knows them too.
import assistant.desk.tables  # noqa: E402
import assistant.feedback.table  # noqa: E402
import assistant.insight.tables  # noqa: E402
import assistant.orders.tables  # noqa: E402, F401
