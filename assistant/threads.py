"""A shopper's conversations: listed, searched, deleted one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.database.tables import EventRow, ShopperRow, ThreadRow, TurnRow
from assistant.desk.desk import Desk
from assistant.feedback.table import FeedbackRow
from assistant.need import Need
from assistant.profile.memory import Memory
from assistant.store import Store
from assistant.thread import unknown_thread

_MOST_LISTED = 200


class ThreadEntry(BaseModel):
    """A conversation in a list.

    Attributes:
        need: what was wanted last.
        messages: what the shopper said in it, oldest first.
        updated: the time of the last turn.
    """

    id: str
    need: Need
    messages: list[str]
    updated: datetime

    def has(self, words: Sequence[str]) -> bool:
        """Whether each of some words, in small letters, stands in what the shopper said."""
        said = "\n".join(self.messages).casefold()
        return all(word in said for word in words)


class Threads:
    """The conversations of shoppers as lists.

    Args:
        database: keeps those of shoppers who have agreed.
        store: the conversations.
        memory: notes what is deleted.
        desk: has those that were handed over.
    """

    def __init__(self, database: Database, store: Store, memory: Memory, desk: Desk) -> None:
        self._database = database
        self._store = store
        self._memory = memory
        self._desk = desk

    def of(self, shopper_id: str) -> list[ThreadEntry]:
        """A shopper's conversations, the last one first, two hundred at most.

        Args:
            shopper_id: whose.
        """
        with self._database.reading() as session:
            kept = _kept(session, shopper_id)
        passing = [
            ThreadEntry(
                id=state.id,
                need=state.need,
                messages=[exchange.message for exchange in exchanges if exchange.message],
                updated=exchanges[-1].time,
            )
            for state, exchanges in self._store.passing(shopper_id)
            if exchanges
        ]
        entries = [entry for entry in (*kept, *passing) if entry.messages]
        return sorted(entries, key=lambda entry: entry.updated, reverse=True)[:_MOST_LISTED]

    def delete(self, thread_id: str, shopper_id: str) -> None:
        """Deletes a conversation, with the searches that it was and what was thought of answers.

        What is known of the shopper stays: that is theirs to delete fact by fact. What was handed
        to people of the shop stays with them for as long as they keep cases, and leads back to no
        thread. The files are rewritten in the background.

        Args:
            thread_id: which.
            shopper_id: whose.

        Raises:
            UnknownThread: there is no such thread of this shopper.
            WithPerson: people of the shop are about to answer in it.
        """
        with self._database.writing() as session:
            self._database.one_at_a_time(session, shopper_id)
            told = self._desk.forget_thread(session, thread_id, shopper_id)
            row = session.get(ThreadRow, thread_id, with_for_update=True)
            if row is not None:
                if row.shopper_id != shopper_id:
                    raise unknown_thread(thread_id)
                _delete(session, row)
                shopper = session.get_one(ShopperRow, shopper_id)
                self._memory.note(session, shopper, "thread deleted")
                self._database.scrubber.mark(session)
            # Within the transaction: whoever agrees at this moment keeps nothing of it.
            elif not self._store.drop_passing(thread_id, shopper_id) and not told:
                raise unknown_thread(thread_id)
        if row is not None:
            self._database.scrubber.scrub_soon()


def _kept(session: Session, shopper_id: str) -> list[ThreadEntry]:
    threads = session.scalars(
        select(ThreadRow)
        .where(ThreadRow.shopper_id == shopper_id, ThreadRow.turns > 0)
        .order_by(ThreadRow.updated.desc())
        .limit(_MOST_LISTED)
    ).all()
    said: dict[str, list[str]] = {thread.id: [] for thread in threads}
    turns = session.execute(
        select(TurnRow.thread_id, TurnRow.message)
        .where(TurnRow.thread_id.in_(list(said)), TurnRow.message != "")
        .order_by(TurnRow.number)
    )
    for thread_id, message in turns:
        said[thread_id].append(message)
    return [
        ThreadEntry(
            id=thread.id,
            need=Need.model_validate(thread.need),
            messages=said[thread.id],
            updated=thread.updated,
        )
        for thread in threads
    ]


def _delete(session: Session, row: ThreadRow) -> None:
    turns = list(session.scalars(select(TurnRow.id).where(TurnRow.thread_id == row.id)))
    session.execute(delete(FeedbackRow).where(FeedbackRow.turn_id.in_(turns)))
    session.execute(
        delete(EventRow).where(
            EventRow.shopper_id == row.shopper_id,
            EventRow.event_id.in_([f"turn:{turn}" for turn in turns]),
        )
    )
    session.execute(delete(TurnRow).where(TurnRow.thread_id == row.id))
    session.delete(row)
