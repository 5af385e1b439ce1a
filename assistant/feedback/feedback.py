"""Feedback on a turn, as it is given and kept."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.database.tables import TurnRow
from assistant.feedback.table import FeedbackRow

Thumb = Literal["up", "down"]


class Feedback(BaseModel):
    """What a shopper thinks of a turn.

    Attributes:
        reason: in the shopper's words; None where they give none.
        time: when they said so.
    """

    thumb: Thumb
    reason: str | None = None
    time: datetime


def feedback_in(session: Session, thread_id: str) -> dict[str, Feedback]:
    """The feedback on a thread's turns, by the turn's id.

    Args:
        session: of the transaction that reads.
        thread_id: whose.
    """
    rows = session.scalars(
        select(FeedbackRow)
        .join(TurnRow, TurnRow.id == FeedbackRow.turn_id)
        .where(TurnRow.thread_id == thread_id)
    )
    return {
        row.turn_id: Feedback.model_validate(
            {"thumb": row.thumb, "reason": row.reason, "time": row.time}
        )
        for row in rows
    }


def feedback_row(turn_id: str, feedback: Feedback) -> FeedbackRow:
    """Feedback as the database holds it."""
    return FeedbackRow(turn_id=turn_id, **feedback.model_dump())
