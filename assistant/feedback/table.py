"""The table of feedback. It goes with its turn."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assistant.database.tables import Base


class FeedbackRow(Base):
    """What a shopper thinks of a turn; the last thing that they said.

    Attributes:
        thumb: ``up`` or ``down``.
        reason: in the shopper's words.
    """

    __tablename__ = "feedback"
    turn_id: Mapped[str] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
    )
    thumb: Mapped[str]
    reason: Mapped[str | None]
    time: Mapped[datetime]
