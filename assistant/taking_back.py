"""What a shopper did last is taken back: the thread is as it was before it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.database.tables import ThreadRow, TurnRow
from assistant.desk.tables import CaseMessageRow, CaseRow
from assistant.errors import MessageSettled, ThreadBusy, UnknownTurn
from assistant.feedback.table import FeedbackRow
from assistant.profile.unlearning import unlearn
from assistant.store import Store
from assistant.thread import Exchange, ThreadState, unknown_thread
from assistant.thread_rows import written_state


class TakingBack:
    """Takes back last messages, and wishes that were taken away by hand.

    Args:
        database: keeps the threads of shoppers who have agreed.
        store: the conversations.
    """

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store

    def take_back(self, thread_id: str, shopper_id: str, turn_id: str) -> str:
        """Takes a turn back, all or nothing of it. Arguments and errors as in ``Assistant``.

        Returns:
            The message; empty where a wish was taken away.
        """
        thread = self._store.thread(thread_id, shopper_id)
        if thread is None:
            raise unknown_thread(thread_id)
        exchanges = self._store.exchanges(thread_id, shopper_id)
        before, since = _back_to(thread, exchanges, turn_id)
        with self._database.writing() as session:
            self._database.one_at_a_time(session, shopper_id)
            _not_at_the_desk(session, thread_id, before.turns)
            row = session.get(ThreadRow, thread_id, with_for_update=True)
            for case in session.scalars(select(CaseRow).where(CaseRow.thread_id == thread_id)):
                case.turns = min(case.turns, before.turns)
            if row is None:
                # Within the transaction: whoever agrees at this moment keeps what is left.
                self._store.pass_back(before, len(since))
            else:
                # A claim: what the thread offers is being carried out, as far as is known.
                if (row.shopper_id, row.turns, row.claim) != (shopper_id, thread.turns, None):
                    raise ThreadBusy("Another message of this thread was answered meanwhile.")
                _take_back_kept(session, before, since)
                self._database.scrubber.mark(session)
        if row is not None:
            self._database.scrubber.scrub_soon()
        return since[0].message


def _back_to(
    thread: ThreadState, exchanges: Sequence[Exchange], turn_id: str
) -> tuple[ThreadState, list[Exchange]]:
    """The thread before a turn, and the turns since: the last message with the wishes that were
    taken away by hand after it, or the last of those.

    Args:
        thread: as it is.
        exchanges: its finished turns, oldest first.
        turn_id: the first that is taken back.

    Raises:
        UnknownTurn: that is neither the thread's last message nor its last turn, or not any more.
        MessageSettled: an order was changed by it.
    """
    since = list(exchanges)
    while since and since[0].reply.turn_id != turn_id:
        del since[0]
    before = thread.before
    while before is not None and since and before.turns >= since[0].number:
        before = before.before
    # A wish that is put back must not bring back those that were taken away after it.
    if before is None or not since or not (since[0].message or len(since) == 1):
        raise UnknownTurn("That is not the last message of this thread.", field="turn_id")
    if before.turns != since[0].number - 1:
        raise UnknownTurn("That cannot be taken back any more.", field="turn_id")
    if any(call.writes for exchange in since for call in exchange.reply.actions):
        raise MessageSettled("An order was changed by this message.")
    # Whose the thread is, and what they have agreed to, may have changed since.
    own = {"id", "shopper_id", "consent_id", "learns", "begun"}
    now = {name: getattr(thread, name) for name in own}
    return before.model_copy(update=now), since


def _not_at_the_desk(session: Session, thread_id: str, turns: int) -> None:
    """Makes sure that nobody of the shop was told what was said after so many turns.

    Raises:
        MessageSettled: somebody was.
    """
    cases = select(CaseRow.id).where(CaseRow.thread_id == thread_id)
    told = select(CaseMessageRow.id).where(
        CaseMessageRow.case_id.in_(cases), CaseMessageRow.after_turn > turns
    )
    if session.scalar(told.limit(1)) is not None:
        raise MessageSettled("A person of the shop has this message.")


def _take_back_kept(session: Session, before: ThreadState, since: Sequence[Exchange]) -> None:
    """Takes the turns of a kept thread back, with what they taught.

    Args:
        session: of the transaction.
        before: the thread as it was before them.
        since: the turns.
    """
    turns = [exchange.reply.turn_id for exchange in since]
    unlearn(session, before.shopper_id, [exchange.reply for exchange in since])
    session.execute(delete(FeedbackRow).where(FeedbackRow.turn_id.in_(turns)))
    session.execute(delete(TurnRow).where(TurnRow.id.in_(turns)))
    row = session.get_one(ThreadRow, before.id)
    for name, value in written_state(before).items():
        setattr(row, name, value)
