"""All that the tables hold of a shopper, as plain data that JSON can hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.database.tables import AuditRow, EventRow, ShopperRow, ThreadRow, TurnRow
from assistant.feedback.feedback import feedback_in
from assistant.profile.fact_rows import facts_in


def exported(session: Session, shopper: ShopperRow) -> dict[str, Any]:
    """Facts with their history, events, conversations, and what was done with the profile.

    Args:
        session: of the transaction that reads.
        shopper: whose.
    """
    return {
        "facts": [
            fact.model_dump(mode="json") for fact in facts_in(session, shopper.id, history=True)
        ],
        "events": [
            {**_columns(event), "time": _iso(event.time)}
            for event in session.scalars(
                select(EventRow)
                .where(EventRow.shopper_id == shopper.id)
                .order_by(EventRow.time, EventRow.event_id)
            )
        ],
        "threads": [
            {
                **_columns(thread),
                "updated": thread.updated.isoformat(),
                "claimed": thread.claimed.isoformat() if thread.claimed else None,
                "turns": _turns(session, thread.id),
            }
            for thread in session.scalars(
                select(ThreadRow).where(ThreadRow.shopper_id == shopper.id).order_by(ThreadRow.id)
            ).all()
        ],
        "audit": [
            {"time": note.time.isoformat(), "action": note.action}
            for note in session.scalars(
                select(AuditRow)
                .where(AuditRow.pseudonym == shopper.pseudonym)
                .order_by(AuditRow.number)
            )
        ],
    }


def _turns(session: Session, thread_id: str) -> list[dict[str, Any]]:
    turns = session.scalars(
        select(TurnRow).where(TurnRow.thread_id == thread_id).order_by(TurnRow.number)
    )
    feedback = feedback_in(session, thread_id)
    return [
        {
            **_columns(turn),
            "time": turn.time.isoformat(),
            "feedback": given.model_dump(mode="json") if given else None,
        }
        for turn in turns
        for given in [feedback.get(turn.id)]
    ]


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()
