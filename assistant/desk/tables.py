"""The desk's own tables: staff, cases with what was said, and webhooks that wait to be sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assistant.database.tables import Base


class StaffRow(Base):
    """Who may use the desk.

    Attributes:
        password: salted and hashed with scrypt.
        epoch: counts log-outs; a session of an earlier one is none.
    """

    __tablename__ = "desk_staff"
    name: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]
    epoch: Mapped[int]
    created: Mapped[datetime]


class CaseRow(Base):
    """A talk that was handed over. A thread has at most one that is not closed.

    Attributes:
        thread_id: empty where the shopper has deleted the thread.
        status: ``waiting``, ``person``, ``returned`` (to the bot) or ``closed``.
        trigger: the rule that handed it over.
        wishes: what the shopper wants, in their own words.
        tried: what the assistant did: the turn, its tools, and titles of products.
        orders: ids of orders that were spoken of.
        staff: who has taken it over.
        remembered: whether the shopper has agreed to be remembered.
        after_hours: whether it came when nobody was there: it is a message.
        turns: the thread's finished turns.
        waiting_since: when it began to wait for a person the last time.
    """

    __tablename__ = "desk_cases"
    id: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str]
    shopper_id: Mapped[str] = mapped_column(index=True)
    catalog: Mapped[str]
    language: Mapped[str]
    status: Mapped[str]
    trigger: Mapped[str]
    urgency: Mapped[str]
    sentiment: Mapped[str]
    wishes: Mapped[list[str]]
    tried: Mapped[list[dict[str, Any]]]
    orders: Mapped[list[str]]
    staff: Mapped[str | None]
    remembered: Mapped[bool]
    after_hours: Mapped[bool]
    turns: Mapped[int]
    opened: Mapped[datetime]
    waiting_since: Mapped[datetime]
    updated: Mapped[datetime]
    closed: Mapped[datetime | None]
    __table_args__ = (
        Index("desk_cases_by_thread", "thread_id"),
        Index(
            "desk_one_open_case",
            "thread_id",
            unique=True,
            sqlite_where=text("closed IS NULL"),
            postgresql_where=text("closed IS NULL"),
        ),
    )


class CaseMessageRow(Base):
    """Something that was said in a case.

    Attributes:
        number: its place in the case, from 1.
        speaker: ``shopper``, ``bot`` or ``person``.
        name: of the person.
        after_turn: how many turns the thread had when it was said.
    """

    __tablename__ = "desk_messages"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("desk_cases.id", ondelete="CASCADE"))
    number: Mapped[int]
    speaker: Mapped[str]
    name: Mapped[str | None]
    text: Mapped[str]
    after_turn: Mapped[int]
    time: Mapped[datetime]
    __table_args__ = (UniqueConstraint("case_id", "number"),)


class WebhookRow(Base):
    """An event for the shop's own system, written with what it tells of.

    Attributes:
        id: the receiver knows a repeated one by it.
        body: JSON; empty once it was delivered or given up.
        next_try: when it is tried next; None where it is not any more.
        error: why the last try failed.
    """

    __tablename__ = "desk_webhooks"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(index=True)
    event: Mapped[str]
    body: Mapped[str]
    created: Mapped[datetime]
    next_try: Mapped[datetime | None] = mapped_column(index=True)
    tries: Mapped[int]
    delivered: Mapped[datetime | None]
    error: Mapped[str | None]


class ChatwootMessageRow(Base):
    """A message of Chatwoot's that has been taken: it may be sent again."""

    __tablename__ = "chatwoot_messages"
    id: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(index=True)


class EditRow(Base):
    """A change of one of the shop's files at the desk: so it can be seen, and taken back.

    Attributes:
        file: as the desk names it.
        before, after: the whole text.
        staff: who changed it.
    """

    __tablename__ = "desk_edits"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    file: Mapped[str] = mapped_column(index=True)
    before: Mapped[str]
    after: Mapped[str]
    staff: Mapped[str]
    time: Mapped[datetime]


class AnsweredRow(Base):
    """A question that the policies did not answer, and that staff have seen to since.

    Attributes:
        term: what the question speaks of, as ``assistant.insight.turns.question_term`` has it.
        staff: who says so.
    """

    __tablename__ = "desk_answered"
    term: Mapped[str] = mapped_column(primary_key=True)
    staff: Mapped[str]
    time: Mapped[datetime]
