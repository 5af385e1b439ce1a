"""Facts as the database holds them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.database.tables import FactRow
from assistant.profile.facts import ProfileFact


def fact_row(fact: ProfileFact) -> FactRow:
    """A fact as a row."""
    values = fact.model_dump(exclude={"quote", "thread_id", "turn_id", "evidence"})
    return FactRow(**values, evidence=[e.model_dump(mode="json") for e in fact.evidence])


def fact_of(row: FactRow) -> ProfileFact:
    """A row as a fact."""
    values = {column.key: getattr(row, column.key) for column in FactRow.__table__.columns}
    return ProfileFact.model_validate(values)


def facts_in(session: Session, shopper_id: str, *, history: bool = False) -> list[ProfileFact]:
    """The facts of a shopper, last seen first.

    Args:
        session: of the transaction that reads.
        shopper_id: whose.
        history: whether those that hold no more are given too.
    """
    wanted = select(FactRow).where(FactRow.shopper_id == shopper_id)
    if not history:
        wanted = wanted.where(FactRow.ended.is_(None))
    rows = session.scalars(wanted.order_by(FactRow.last_seen.desc(), FactRow.id))
    return [fact_of(row) for row in rows]
