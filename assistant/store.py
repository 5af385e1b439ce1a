"""Conversations: durable where the shopper has agreed to be remembered, in memory otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.database.tables import EventRow, ShopperRow, ThreadRow, TurnRow
from assistant.errors import ThreadBusy, UnknownThread, UnknownTurn
from assistant.feedback.feedback import Feedback, feedback_in, feedback_row
from assistant.need import Need
from assistant.ordering.state import Ordering, ordering_of
from assistant.passing_threads import PassingThread, PassingThreads
from assistant.profile.behaviour.event_store import event_values
from assistant.profile.behaviour.events import Event
from assistant.profile.dialogue.learning import Learnt
from assistant.profile.fact_rows import fact_row, facts_in
from assistant.profile.facts import ProfileFact
from assistant.reply import Language, Reply

Also = Callable[[Session, "ThreadState", "Exchange"], None]
"""What else is written with a turn: the thread after it, and what was said."""
Learning = Callable[[Sequence[ProfileFact]], Learnt]
"""What a turn makes of the facts that are known."""


class ThreadState(BaseModel):
    """What a thread carries from one turn to the next.

    Attributes:
        turns: how many turns are finished.
        shown: ids of the products shown last.
        pick: the one of them that was recommended.
        for_other: whether the talk is of things for somebody else.
        language: of the last message.
        ordering: the talk about orders.
        before: the thread before its last message, which has no such itself; None where that is
            not known.
        consent_id: the consent under which the thread is kept; None where it is not. What began
            under another one is not written.
    """

    id: str
    shopper_id: str
    catalog: str
    turns: int = 0
    need: Need = Field(default_factory=Need)
    shown: list[str] = Field(default_factory=list)
    pick: str | None = None
    for_other: bool = False
    language: Language = "en"
    ordering: Ordering = Field(default_factory=Ordering)
    before: ThreadState | None = None
    consent_id: str | None = None
    learns: bool = False
    begun: int = 0

    def followed(self, message: str, **changes: Any) -> ThreadState:
        """The thread after a turn.

        Args:
            message: the shopper's; empty where a wish was taken away by hand, which goes when the
                message before it is taken back.
            changes: what the turn changed.
        """
        before = self.model_copy(update={"before": None}) if message else self.before
        return self.model_copy(update={**changes, "turns": self.turns + 1, "before": before})


class Exchange(BaseModel):
    """One finished turn: what was asked, what was answered, what the shopper thinks of it."""

    number: int
    message: str
    reply: Reply
    time: datetime
    feedback: Feedback | None = None


Handed = list[tuple[ThreadState, list[Exchange]]]
"""Conversations that change hands, each with its turns."""


class Store:
    """The conversations of a shop.

    Args:
        database: holds those of shoppers who have agreed.
        passing: holds the others for a while.
    """

    def __init__(self, database: Database, passing: PassingThreads) -> None:
        self._database = database
        self._passing = passing

    def thread(self, thread_id: str, shopper_id: str) -> ThreadState | None:
        """The thread of that id, None where there is none yet.

        Raises:
            UnknownThread: it belongs to another shopper. The answer is the same as for a thread
                that nobody has, so that ids cannot be tried out.
        """
        with self._database.reading() as session:
            row = session.get(ThreadRow, thread_id)
            if row is not None:
                if row.shopper_id != shopper_id:
                    raise unknown_thread(thread_id)
                now = {"begun": self._passing.moment, **_agreed(session, shopper_id)}
                return _state_of(row).model_copy(update=now)
        held = self._passing.get(thread_id)
        if held is None:
            return None
        if held.shopper_id != shopper_id:
            raise unknown_thread(thread_id)
        state = ThreadState.model_validate_json(held.state)
        return state.model_copy(update={"begun": self._passing.moment})

    def begin(self, thread_id: str, shopper_id: str, catalog: str) -> ThreadState:
        """A thread before its first turn. Nothing is written."""
        with self._database.reading() as session:
            agreed = _agreed(session, shopper_id)
        return ThreadState(
            id=thread_id,
            shopper_id=shopper_id,
            catalog=catalog,
            begun=self._passing.moment,
            **agreed,
        )

    def exchanges(self, thread_id: str, shopper_id: str) -> list[Exchange]:
        """The finished turns of a thread, oldest first.

        Raises:
            UnknownThread: there is no such thread of this shopper.
        """
        if self.thread(thread_id, shopper_id) is None:
            raise unknown_thread(thread_id)
        with self._database.reading() as session:
            kept = kept_exchanges(session, thread_id)
        held = self._passing.get(thread_id)
        return kept or (_exchanges(held) if held else [])

    def give_feedback(
        self, thread_id: str, turn_id: str, shopper_id: str, feedback: Feedback
    ) -> None:
        """Keeps what a shopper thinks of a turn, in the place of what they said before.

        It is kept where the turn is: that of a shopper who has not agreed passes with the server.

        Raises:
            UnknownThread: there is no such thread of this shopper.
            UnknownTurn: the thread has no such turn, or not any more.
        """
        try:
            with self._database.writing() as session:
                thread = session.get(ThreadRow, thread_id)
                if thread is not None:
                    if thread.shopper_id != shopper_id:
                        raise unknown_thread(thread_id)
                    turn = session.get(TurnRow, turn_id)
                    if turn is None or turn.thread_id != thread_id:
                        raise _unknown_turn(turn_id)
                    session.merge(feedback_row(turn_id, feedback))
                    return
        except IntegrityError as error:
            raise _unknown_turn(turn_id) from error  # erased at this moment

        def changed(text: str) -> str | None:
            exchange = Exchange.model_validate_json(text)
            if exchange.reply.turn_id != turn_id:
                return None
            return exchange.model_copy(update={"feedback": feedback}).model_dump_json()

        held = self._passing.get(thread_id)
        if held is None or held.shopper_id != shopper_id:
            raise unknown_thread(thread_id)
        if not self._passing.revise(thread_id, shopper_id, changed):
            raise _unknown_turn(turn_id)

    def last_replies(self, thread_id: str, count: int) -> list[Reply]:
        """The last answers of a thread, the newest first."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(TurnRow.reply)
                .where(TurnRow.thread_id == thread_id)
                .order_by(TurnRow.number.desc())
                .limit(count)
            )
            kept = [Reply.model_validate(reply) for reply in rows]
        held = self._passing.get(thread_id)
        passing = _exchanges(held)[::-1][:count] if held else []
        return kept or [exchange.reply for exchange in passing]

    def commit_turn(
        self,
        state: ThreadState,
        *,
        message: str,
        reply: Reply,
        learn: Learning,
        now: datetime,
        event: Event | None = None,
        also: Also = lambda session, state, exchange: None,
    ) -> Reply:
        """Makes a turn, the need after it and the profile's changes durable, all or none.

        Of a shopper who has not agreed nothing reaches the database: the turn passes with the
        server. Where the shopper was erased since the turn began, it is kept nowhere.

        Args:
            state: the thread after the turn; ``turns`` counts it.
            message: the shopper's.
            reply: the answer.
            learn: what the turn makes of the facts that are known. It is asked inside of the
                transaction, so that it sees what the shopper has just corrected.
            now: the time of the turn.
            event: the search that the turn was, as behaviour.
            also: what else is to be written in the same transaction. Of a shopper who was erased
                since the turn began, it is not called.

        Returns:
            The answer, with the changes of the profile that were kept.

        Raises:
            ThreadBusy: another turn of the thread was finished meanwhile.
            UnknownThread: the thread belongs to another shopper by now.
        """
        try:
            with self._database.writing() as session:
                # Where rows can be locked, an erasure waits until the turn is written.
                shopper = session.get(ShopperRow, state.shopper_id, with_for_update={"read": True})
                kept = shopper is not None and state.consent_id in (None, shopper.consent_id)
                learns = kept and shopper is not None and shopper.learning and state.learns
                learnt = learn(facts_in(session, state.shopper_id) if learns else ())
                state = state.model_copy(update={"for_other": learnt.for_other})
                if learns:
                    reply = reply.model_copy(update={"profile_changes": learnt.changes})
                exchange = Exchange(number=state.turns, message=message, reply=reply, time=now)
                if kept:
                    _write_turn(session, state, exchange)
                    also(session, state, exchange)
                elif state.consent_id is None:
                    if not self._passing.was_erased(state):
                        also(session, state, exchange)
                    self._pass_on(session, state, exchange)
                if learns:
                    own = None if learnt.for_other else event
                    _write_learnt(session, learnt.written, own, state.catalog)
                return reply
        except IntegrityError as error:
            raise _busy() from error

    def _pass_on(self, session: Session, state: ThreadState, exchange: Exchange) -> None:
        row = session.get(ThreadRow, state.id)
        held = self._passing.get(state.id)
        owner = row.shopper_id if row else held.shopper_id if held else state.shopper_id
        if owner != state.shopper_id:
            raise unknown_thread(state.id)
        if (held.turns if held else 0) != state.turns - 1:
            raise _busy()
        self._passing.put(state.id, held, state, exchange)

    def keep_passing(self, session: Session, shopper_id: str, consent_id: str) -> None:
        """Makes the passing conversations of a shopper durable, who has just agreed.

        Args:
            session: of the transaction that writes the consent. When it has ended well, they are
                to be dropped here with ``forget_passing``.
            shopper_id: whose.
            consent_id: what was just agreed.
        """
        for thread in self._passing.of(shopper_id):
            state = ThreadState.model_validate_json(thread.state)
            if session.get(ThreadRow, state.id) is not None:
                continue
            for exchange in _exchanges(thread):
                turns = {"turns": exchange.number, "consent_id": consent_id}
                _write_turn(session, state.model_copy(update=turns), exchange)

    def pass_back(self, before: ThreadState, exchanges: Sequence[Exchange]) -> None:
        """Puts a passing conversation back to what it was.

        Args:
            before: what it was.
            exchanges: what had been said in it.
        """
        self._passing.hold(before.id, before, exchanges)

    def passing(self, shopper_id: str) -> Handed:
        """The passing conversations of a shopper, the least recent first, each with its turns.

        Args:
            shopper_id: whose.
        """
        return [
            (ThreadState.model_validate_json(thread.state), _exchanges(thread))
            for thread in self._passing.of(shopper_id)
        ]

    def drop_passing(self, thread_id: str, shopper_id: str) -> bool:
        """Drops one passing conversation of a shopper; whether it was there.

        Args:
            thread_id: which.
            shopper_id: whose it must be.
        """
        return self._passing.drop(thread_id, shopper_id)

    # a guest who signs in --------------------------------------------------------------------

    def unkept(self, session: Session, guest: str, shopper: str) -> Handed:
        """Takes a guest's conversations out of the database, for a shopper of whom none is kept.

        Args:
            session: of the transaction. When it has ended well, call ``hand_over``.
            guest: whose they were.
            shopper: whose they become.

        Returns:
            All conversations of the guest, those that were passing included.
        """
        handed = self._handed(guest, shopper, None)
        for row in session.scalars(select(ThreadRow).where(ThreadRow.shopper_id == guest)).all():
            new = {"shopper_id": shopper, "begun": self._passing.moment}
            state = _state_of(row).model_copy(update=new)
            handed.append((state, kept_exchanges(session, row.id)))
            session.execute(delete(TurnRow).where(TurnRow.thread_id == row.id))
            session.delete(row)
        session.flush()
        return handed

    def keep_handed(self, session: Session, guest: str, shopper: str, consent_id: str) -> Handed:
        """Makes a guest's passing conversations durable ones of a shopper who has agreed.

        Args:
            session: of the transaction. When it has ended well, call ``hand_over``.
            guest: whose they were.
            shopper: whose they become.
            consent_id: the shopper's consent.

        Returns:
            What is to be held in memory of each conversation from then on: nothing.
        """
        handed: Handed = []
        for state, exchanges in self._handed(guest, shopper, consent_id):
            if session.get(ThreadRow, state.id) is not None:
                continue
            for exchange in exchanges:
                _write_turn(session, state.model_copy(update={"turns": exchange.number}), exchange)
            handed.append((state, []))
        return handed

    def hand_over(self, guest: str, handed: Handed) -> None:
        """Drops a guest's passing conversations, and holds those that are another's by now.

        Args:
            guest: whose they were.
            handed: as ``unkept`` or ``keep_handed`` gave it.
        """
        self._passing.forget(guest)
        for state, exchanges in handed:
            if exchanges:
                self._passing.hold(state.id, state, exchanges)

    def _handed(self, guest: str, shopper: str, consent_id: str | None) -> Handed:
        new = {
            "shopper_id": shopper,
            "consent_id": consent_id,
            "learns": False,
            "begun": self._passing.moment,
        }
        return [
            (
                ThreadState.model_validate_json(thread.state).model_copy(update=new),
                _exchanges(thread),
            )
            for thread in self._passing.of(guest)
        ]

    def forget_passing(self, shopper_id: str) -> None:
        """Drops the passing conversations of a shopper, and what turns under way would pass on."""
        self._passing.forget(shopper_id)


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


def _exchanges(thread: PassingThread) -> list[Exchange]:
    return [Exchange.model_validate_json(text) for text in thread.exchanges()]


def _state_of(row: ThreadRow) -> ThreadState:
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
        ordering=ordering_of(row.ordering),
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


def _agreed(session: Session, shopper_id: str) -> dict[str, Any]:
    shopper = session.get(ShopperRow, shopper_id)
    if shopper is None:
        return {}
    return {"consent_id": shopper.consent_id, "learns": shopper.learning}


def _write_turn(session: Session, state: ThreadState, exchange: Exchange) -> None:
    thread = session.get(ThreadRow, state.id)
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
    if thread.turns != state.turns - 1:
        raise _busy()
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


def _write_learnt(
    session: Session, facts: Sequence[ProfileFact], event: Event | None, catalog: str
) -> None:
    for fact in facts:
        session.merge(fact_row(fact))
    if event is not None:
        session.add(EventRow(**event_values(event, catalog)))


def unknown_thread(thread_id: str) -> UnknownThread:
    """The error for a thread that this shopper does not have."""
    return UnknownThread(f"There is no thread {thread_id[:80]!r}.", field="thread_id")


def _unknown_turn(turn_id: str) -> UnknownTurn:
    return UnknownTurn(f"The thread has no turn {turn_id[:80]!r}.", field="turn_id")


def _busy() -> ThreadBusy:
    return ThreadBusy("Another message of this thread was answered meanwhile. Send it again.")
