"""Events for the shop's own system: written with what they tell of, sent later."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.desk.tables import CaseRow, WebhookRow

Event = Literal[
    "handoff.opened", "handoff.taken", "handoff.message", "handoff.returned", "handoff.closed"
]
GIVEN_UP_AFTER = timedelta(days=1)
# Seconds until the next try after the first, the second, …; then always the last.
_WAITS = (5, 30, 120, 600, 1800, 3600, 7200, 14400)
LEASE = timedelta(minutes=2)
"""So long nobody else sends what one has begun to send."""


class Due(BaseModel):
    """An event that is to be sent now."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    event: str
    body: str
    created: datetime
    tries: int


class Outbox:
    """What waits to be sent.

    Args:
        database: where it waits, over a restart too.
        new_id: a fresh id.
        on: whether there is anybody to send it to; else nothing is kept.
    """

    def __init__(self, database: Database, *, new_id: Callable[[], str], on: bool) -> None:
        self._database = database
        self._new_id = new_id
        self._on = on
        self.wake: Callable[[], None] = lambda: None

    def put(
        self,
        session: Session,
        event: Event,
        case: CaseRow,
        *,
        now: datetime,
        message: dict[str, Any] | None = None,
    ) -> None:
        """Writes an event.

        Args:
            session: of the transaction that makes the event so.
            event: what happened.
            case: the case that it is of.
            now: when.
            message: what was said, and by whom.
        """
        if not self._on:
            return
        data: dict[str, Any] = {
            "case_id": case.id,
            "thread_id": case.thread_id,
            "shopper_id": case.shopper_id,
            "status": case.status,
            "rule": case.trigger,
            "urgency": case.urgency,
            "language": case.language,
            "wishes": case.wishes,
            "orders": case.orders,
            "staff": case.staff,
            "after_hours": case.after_hours,
        }
        if message is not None:
            data["message"] = message
        body = {"type": event, "timestamp": now.isoformat(), "data": data}
        session.add(
            WebhookRow(
                id=f"msg_{self._new_id()}",
                case_id=case.id,
                event=event,
                body=json.dumps(body, ensure_ascii=False),
                created=now,
                next_try=now,
                tries=0,
                delivered=None,
                error=None,
            )
        )

    def take(self, now: datetime) -> Due | None:
        """Takes the oldest that is to be sent now; nobody else gets it until ``LEASE`` is over."""
        with self._database.writing() as session:
            row = session.scalar(
                select(WebhookRow)
                .where(WebhookRow.next_try <= now)
                .order_by(WebhookRow.created, WebhookRow.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if row is None:
                return None
            row.next_try = now + LEASE
            row.tries += 1
            return Due.model_validate(row)

    def has_due(self, now: datetime) -> bool:
        """Whether anything is to be sent: a look that writes nothing."""
        with self._database.reading() as session:
            due = select(WebhookRow.id).where(WebhookRow.next_try <= now).limit(1)
            return session.scalar(due) is not None

    def delivered(self, id: str, now: datetime) -> None:
        """Notes that an event has come; what it said is kept no longer."""
        with self._database.writing() as session:
            session.execute(
                update(WebhookRow)
                .where(WebhookRow.id == id)
                .values(delivered=now, next_try=None, body="", error=None)
            )

    def failed(self, due: Due, error: str, now: datetime) -> bool:
        """Notes that a try failed, and when the next one is.

        Returns:
            Whether it is given up, as it has been tried for a day.
        """
        wait = timedelta(seconds=_WAITS[min(due.tries, len(_WAITS)) - 1])
        given_up = now + wait > due.created + GIVEN_UP_AFTER
        values: dict[str, Any] = {"error": error[:300], "next_try": now + wait}
        if given_up:
            values |= {"next_try": None, "body": ""}
        with self._database.writing() as session:
            session.execute(update(WebhookRow).where(WebhookRow.id == due.id).values(**values))
        return given_up

    def undelivered(self) -> int:
        """How many events have failed so far, or were given up."""
        with self._database.reading() as session:
            failed = or_(WebhookRow.next_try.is_not(None), WebhookRow.body == "")
            counted = select(func.count()).where(
                WebhookRow.error.is_not(None), WebhookRow.delivered.is_(None), failed
            )
            return session.scalar(counted) or 0
