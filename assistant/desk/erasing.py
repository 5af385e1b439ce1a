"""Cases of a shopper: all of them, their erasure, and to whom they go when a guest signs in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from assistant.database.tables import ThreadRow
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


def purge_cases(session: Session, ids: Sequence[str]) -> None:
    """Deletes old cases. Their threads, where they are kept, note where staff had written."""
    written = session.execute(
        select(CaseRow.thread_id, CaseMessageRow.after_turn)
        .join(CaseMessageRow, CaseMessageRow.case_id == CaseRow.id)
        .where(CaseRow.id.in_(ids), CaseMessageRow.speaker == "person")
    )
    gone: dict[str, list[int]] = {}
    for thread_id, after_turn in written:
        gone.setdefault(thread_id, []).append(after_turn)
    for thread_id, turns in gone.items():
        thread = session.get(ThreadRow, thread_id, with_for_update=True)
        if thread is not None:
            thread.staff_gone = sorted([*(thread.staff_gone or ()), *turns])
    delete_cases(session, ids)


def delete_cases(session: Session, ids: Sequence[str]) -> None:
    """Deletes cases, with what was said in them and what waits to be sent of them."""
    session.execute(delete(CaseMessageRow).where(CaseMessageRow.case_id.in_(ids)))
    session.execute(delete(WebhookRow).where(WebhookRow.case_id.in_(ids)))
    session.execute(delete(CaseRow).where(CaseRow.id.in_(ids)))


def move_cases(session: Session, guest: str, shopper: str) -> None:
    """Gives a guest's cases to the shopper whom the guest has signed in as."""
    session.execute(update(CaseRow).where(CaseRow.shopper_id == guest).values(shopper_id=shopper))
