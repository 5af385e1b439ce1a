"""Conversations as the database holds them: rows into threads and turns, and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.database.tables import ShopperRow, ThreadRow, TurnRow
from assistant.feedback.feedback import feedback_in, feedback_row
from assistant.need import Need
from assistant.ordering.state import Claim, ordering_of
from assistant.reply import Reply
from assistant.thread import Exchange, ThreadState, busy_thread, unknown_thread


def state_in(row: ThreadRow) -> ThreadState:
    """The thread of a row."""
    ordering = ordering_of(row.ordering)
    claim = None
    if row.claim is not None and row.claimed is not None:
        claim = Claim(turn_id=row.claim, since=row.claimed)
    return ThreadState(
        id=row.id,
        shopper_id=row.shopper_id,
        catalog=row.catalog,
        turns=row.turns,
        need=Need.model_validate(row.need),
        shown=row.shown,
        pick=row.pick,
        for_other=row.for_other,
        language=row.language or "en",
        ordering=ordering if claim is None else ordering.in_doubt,
        claim=claim,
        before=None if row.before is None else ThreadState.model_validate(row.before),
    )


def written_state(state: ThreadState) -> dict[str, Any]:
    """What of a thread changes from turn to turn, as its row has it."""
    return {
        "turns": state.turns,
        "catalog": state.catalog,
        "need": state.need.model_dump(mode="json"),
        "shown": list(state.shown),
        "pick": state.pick,
        "for_other": state.for_other,
        "language": state.language,
        "ordering": state.ordering.model_dump(mode="json"),
        "before": None if state.before is None else state.before.model_dump(mode="json"),
    }


def kept_exchanges(session: Session, thread_id: str) -> list[Exchange]:
    """The finished turns that the database has of a thread, oldest first.

    Args:
        session: of the transaction that reads.
        thread_id: whose.
    """
    rows = session.scalars(
        select(TurnRow).where(TurnRow.thread_id == thread_id).order_by(TurnRow.number)
    ).all()
    feedback = feedback_in(session, thread_id) if rows else {}
    return [
        Exchange(
            number=row.number,
            message=row.message,
            reply=Reply.model_validate(row.reply),
            time=row.time,
            feedback=feedback.get(row.id),
        )
        for row in rows
    ]


def agreed_in(session: Session, shopper_id: str) -> dict[str, Any]:
    """What a thread has of its shopper's consent, as fields of its state.

    Args:
        session: of the transaction.
        shopper_id: whose.
    """
    shopper = session.get(ShopperRow, shopper_id)
    if shopper is None:
        return {}
    return {"consent_id": shopper.consent_id, "learns": shopper.learning}


def write_turn(session: Session, state: ThreadState, exchange: Exchange) -> None:
    """Writes a turn and the thread after it, which is begun where it is new.

    Args:
        session: of the transaction.
        state: the thread after the turn.
        exchange: what was said.

    Raises:
        UnknownThread: the thread is another shopper's.
        ThreadBusy: it has had another turn meanwhile.
    """
    # Locked, where rows can be: nobody claims it between here and the end of the transaction.
    thread = session.get(ThreadRow, state.id, with_for_update=True)
    if thread is None:
        thread = ThreadRow(
            id=state.id,
            shopper_id=state.shopper_id,
            catalog=state.catalog,
            turns=state.turns - 1,
        )
        session.add(thread)
    elif thread.shopper_id != state.shopper_id:
        raise unknown_thread(state.id)
    known = (None, exchange.reply.turn_id, state.claim.turn_id if state.claim else None)
    if thread.turns != state.turns - 1 or thread.claim not in known:
        raise busy_thread()
    thread.claim = thread.claimed = None
    for name, value in written_state(state).items():
        setattr(thread, name, value)
    thread.updated = exchange.time
    session.flush()
    session.add(
        TurnRow(
            id=exchange.reply.turn_id,
            thread_id=state.id,
            number=exchange.number,
            message=exchange.message,
            reply=exchange.reply.model_dump(mode="json"),
            time=exchange.time,
        )
    )
    if exchange.feedback is not None:
        session.flush()
        session.add(feedback_row(exchange.reply.turn_id, exchange.feedback))
