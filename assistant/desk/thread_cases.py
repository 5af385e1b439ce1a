"""What cases still have of a thread that has passed from memory."""

from __future__ import annotations

from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.desk.tables import CaseMessageRow, CaseRow
from assistant.reply import Language, Reply
from assistant.thread import Exchange, unknown_thread


def turns_in_cases(session: Session, thread_id: str, shopper_id: str) -> int:
    """How many turns a thread had, as far as its cases know; 0 where it has none.

    Args:
        session: of the transaction.
        thread_id: which.
        shopper_id: whose it must be.

    Raises:
        UnknownThread: its cases are another shopper's.
    """
    turns = 0
    for row in session.scalars(select(CaseRow).where(CaseRow.thread_id == thread_id)):
        if row.shopper_id != shopper_id:
            raise unknown_thread(thread_id)
        turns = max(turns, row.turns)
    return turns


def turns_told(
    session: Session, thread_id: str, shopper_id: str, *, before: int | None = None
) -> list[Exchange]:
    """The turns of a shopper's thread that its cases have, oldest first: their words alone.

    The replies have no turn id: they cannot be rated or taken back any more.

    Args:
        session: of the transaction.
        thread_id: which.
        shopper_id: whose it must be.
        before: only turns with lower numbers; None for all.
    """
    rows = session.execute(
        select(CaseMessageRow, CaseRow.language)
        .join(CaseRow, CaseRow.id == CaseMessageRow.case_id)
        .where(
            CaseRow.thread_id == thread_id,
            CaseRow.shopper_id == shopper_id,
            CaseMessageRow.speaker != "person",
        )
        .order_by(CaseMessageRow.after_turn, CaseMessageRow.id)
    )
    turns: dict[int, Exchange] = {}
    for said, language in rows:
        number = said.after_turn
        if before is not None and number >= before:
            break
        turn = turns.get(number) or Exchange(
            number=number,
            message="",
            reply=Reply(
                thread_id=thread_id,
                turn_id="",
                text="",
                language=cast(Language, language),
                intent="handoff",
            ),
            time=said.time,
        )
        if said.speaker == "shopper":
            turn = turn.model_copy(update={"message": said.text})
        else:
            reply = turn.reply.model_copy(update={"text": said.text})
            turn = turn.model_copy(update={"reply": reply})
        turns[number] = turn
    return list(turns.values())
