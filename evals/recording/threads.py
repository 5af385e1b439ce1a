"""The conversations that a shop keeps, of shoppers who have agreed to be remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from assistant.database.tables import EventRow, FactRow, ShopperRow, ThreadRow, TurnRow
from assistant.feedback.feedback import Feedback, Thumb, feedback_in
from assistant.feedback.table import FeedbackRow
from assistant.profile.fact_rows import fact_of
from assistant.profile.facts import ProfileFact
from assistant.profile.fading import still_counts
from assistant.reply import Reply


@dataclass(frozen=True)
class KeptTurn:
    """One message and its answer."""

    message: str
    reply: Reply
    feedback: Feedback | None = None


@dataclass(frozen=True)
class KeptThread:
    """One conversation as the database has it.

    Attributes:
        facts: what was known of the shopper from before it.
        behaved: whether the shopper had done something in the shop before it.
    """

    catalog: str
    turns: tuple[KeptTurn, ...]
    facts: tuple[ProfileFact, ...]
    behaved: bool


@dataclass(frozen=True)
class Wanted:
    """Which conversations are wanted.

    Attributes:
        notices: the versions of the notice that shoppers must have agreed to.
        since: only those that went on after it.
        thread: only the one of this id.
        catalog: only those of this catalogue.
        limit: how many at most; the last ones.
        feedback: only those with a turn to which the shopper gave this thumb, or any.
    """

    notices: tuple[str, ...]
    since: datetime | None = None
    thread: str | None = None
    catalog: str | None = None
    limit: int | None = None
    feedback: Thumb | Literal["any"] | None = None


def thread_ids(session: Session, wanted: Wanted) -> list[str]:
    """The ids of the conversations that are wanted, the last first.

    Who has not agreed that they may be used for tests, or is erased, has none.
    """
    ids = (
        select(ThreadRow.id)
        .join(ShopperRow, ShopperRow.id == ThreadRow.shopper_id)
        .where(ShopperRow.notice.in_(wanted.notices))
        .where(exists().where(TurnRow.thread_id == ThreadRow.id))
        .order_by(ThreadRow.updated.desc(), ThreadRow.id)
    )
    if wanted.since is not None:
        ids = ids.where(ThreadRow.updated >= wanted.since)
    if wanted.thread is not None:
        ids = ids.where(ThreadRow.id == wanted.thread)
    if wanted.catalog is not None:
        ids = ids.where(ThreadRow.catalog == wanted.catalog)
    if wanted.feedback is not None:
        given = (
            select(FeedbackRow.turn_id)
            .join(TurnRow, TurnRow.id == FeedbackRow.turn_id)
            .where(TurnRow.thread_id == ThreadRow.id)
        )
        if wanted.feedback != "any":
            given = given.where(FeedbackRow.thumb == wanted.feedback)
        ids = ids.where(given.exists())
    return list(session.scalars(ids.limit(wanted.limit)))


def read_thread(session: Session, id: str) -> KeptThread | None:
    """A conversation; None where its shopper has been erased meanwhile."""
    thread = session.get(ThreadRow, id)
    if thread is None or session.get(ShopperRow, thread.shopper_id) is None:
        return None
    kept = session.scalars(select(TurnRow).where(TurnRow.thread_id == id).order_by(TurnRow.number))
    # What was done by hand, without a message, cannot be said again: the talk is good up to there.
    rows = list(takewhile(lambda row: row.message, kept))
    if not rows:
        return None
    began, feedback = rows[0].time, feedback_in(session, id)
    events = select(EventRow.event_id).where(
        EventRow.shopper_id == thread.shopper_id,
        EventRow.catalog == thread.catalog,
        EventRow.time < began.timestamp(),
    )
    return KeptThread(
        catalog=thread.catalog,
        turns=tuple(
            KeptTurn(row.message, Reply.model_validate(row.reply), feedback.get(row.id))
            for row in rows
        ),
        facts=tuple(_facts_before(session, thread.shopper_id, began)),
        behaved=session.scalars(events.limit(1)).first() is not None,
    )


def _facts_before(session: Session, shopper_id: str, began: datetime) -> Iterator[ProfileFact]:
    rows = session.scalars(select(FactRow).where(FactRow.shopper_id == shopper_id))
    for fact in sorted(map(fact_of, rows), key=lambda fact: fact.id):
        if fact.first_seen < began and still_counts(fact, began):
            yield fact
