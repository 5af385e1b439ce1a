"""Cases of a shopper: all of them, their erasure, and to whom they go when a guest signs in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from assistant.desk.tables import CaseMessageRow, CaseRow, WebhookRow


def cases_of(session: Session, shopper_id: str) -> list[dict[str, Any]]:
    """All cases of a shopper with what was said in them, as plain data that JSON can hold."""
    rows = session.scalars(
        select(CaseRow).where(CaseRow.shopper_id == shopper_id).order_by(CaseRow.opened)
    )
    return [
        {
            "id": row.id,
            "thread_id": row.thread_id,
            "status": row.status,
            "rule": row.trigger,
            "opened": row.opened.isoformat(),
            "closed": row.closed.isoformat() if row.closed else None,
            "wishes": row.wishes,
            "orders": row.orders,
            "messages": [
                {"from": said.speaker, "text": said.text, "time": said.time.isoformat()}
                for said in session.scalars(
                    select(CaseMessageRow)
                    .where(CaseMessageRow.case_id == row.id)
                    .order_by(CaseMessageRow.number)
                )
            ],
        }
        for row in rows.all()
    ]


def erase_cases(session: Session, shopper_id: str) -> int:
    """Deletes all cases of a shopper, with what waits to be sent of them.

    Args:
        session: of the transaction that erases the shopper.
        shopper_id: whose.

    Returns:
        How many there were.
    """
    ids = list(session.scalars(select(CaseRow.id).where(CaseRow.shopper_id == shopper_id)))
    delete_cases(session, ids)
    return len(ids)


def delete_cases(session: Session, ids: Sequence[str]) -> None:
    """Deletes cases, with what was said in them and what waits to be sent of them."""
    session.execute(delete(CaseMessageRow).where(CaseMessageRow.case_id.in_(ids)))
    session.execute(delete(WebhookRow).where(WebhookRow.case_id.in_(ids)))
    session.execute(delete(CaseRow).where(CaseRow.id.in_(ids)))


def move_cases(session: Session, guest: str, shopper: str) -> None:
    """Gives a guest's cases to the shopper whom the guest has signed in as."""
    session.execute(update(CaseRow).where(CaseRow.shopper_id == guest).values(shopper_id=shopper))
