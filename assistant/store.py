"""Conversations: durable where the shopper has agreed to be remembered, in memory otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.database.tables import EventRow, ShopperRow, ThreadRow, TurnRow
from assistant.desk.thread_cases import turns_in_cases, turns_told
from assistant.errors import UnknownTurn
from assistant.feedback.feedback import Feedback, feedback_row
from assistant.passing_threads import PassingThread, PassingThreads
from assistant.profile.behaviour.event_store import event_values
from assistant.profile.behaviour.events import Event
from assistant.profile.dialogue.learning import Learnt
from assistant.profile.fact_rows import fact_row, facts_in
from assistant.profile.facts import ProfileFact
from assistant.reply import Reply
from assistant.thread import CHATWOOT, Exchange, ThreadState, busy_thread, unknown_thread
from assistant.thread_rows import agreed_in, kept_exchanges, state_in, write_turn

Also = Callable[[Session, ThreadState, Exchange], None]
"""What else is written with a turn: the thread after it, and what was said."""
Learning = Callable[[Sequence[ProfileFact]], Learnt]
"""What a turn makes of the facts that are known."""
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
        # Chatwoot counts its conversations: nobody else is to take the next one.
        if thread_id.startswith(CHATWOOT) and not shopper_id.startswith(CHATWOOT):
            raise unknown_thread(thread_id)
        with self._database.reading() as session:
            row = session.get(ThreadRow, thread_id)
            if row is not None:
                if row.shopper_id != shopper_id:
                    raise unknown_thread(thread_id)
                now = {"begun": self._passing.moment, **agreed_in(session, shopper_id)}
                return state_in(row).model_copy(update=now)
        held = self._passing.get(thread_id)
        if held is None:
            return None
        if held.shopper_id != shopper_id:
            raise unknown_thread(thread_id)
        state = ThreadState.model_validate_json(held.state)
        return state.model_copy(update={"begun": self._passing.moment})

    def begin(self, thread_id: str, shopper_id: str, catalog: str) -> ThreadState:
        """A thread before its first turn, or one that has passed and goes on. Nothing is written.

        The turns of one that has passed are counted on from where its case at the desk stands, so
        that numbers are given once.

        Raises:
            UnknownThread: people of the shop have it as another shopper's.
        """
        with self._database.reading() as session:
            agreed = agreed_in(session, shopper_id)
            turns = turns_in_cases(session, thread_id, shopper_id)
        return ThreadState(
            id=thread_id,
            shopper_id=shopper_id,
            catalog=catalog,
            turns=turns,
            begun=self._passing.moment,
            **agreed,
        )

    def exchanges(self, thread_id: str, shopper_id: str) -> list[Exchange]:
        """The finished turns of a thread, oldest first.

        Of those that have passed from memory, what people of the shop have is given.

        Raises:
            UnknownThread: there is no such thread of this shopper.
        """
        there = self.thread(thread_id, shopper_id) is not None
        with self._database.reading() as session:
            kept = kept_exchanges(session, thread_id)
            held = None if kept else self._passing.get(thread_id)
            turns = kept or (_exchanges(held) if held else [])
            if not turns or turns[0].number > 1:
                first = turns[0].number if turns else None
                turns = [*turns_told(session, thread_id, shopper_id, before=first), *turns]
        if not there and not turns:
            raise unknown_thread(thread_id)
        return turns

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
        held = None if kept or count < 1 else self._passing.get(thread_id)
        if held is None:
            return kept
        # Every turn asks for the last one: the others stay packed.
        passing = [Exchange.model_validate_json(text) for text in held.exchanges(count)]
        return [exchange.reply for exchange in reversed(passing)]

    def claim(self, state: ThreadState, turn_id: str, now: datetime) -> None:
        """Claims a thread for the turn that carries out what it offers.

        Of several processes that answer the thread at this moment one gets it, and no turn of
        another is kept until this one is.

        Args:
            state: the thread before the turn.
            turn_id: the turn.
            now: the time of day.

        Raises:
            ThreadBusy: another turn has claimed it, or was finished meanwhile.
        """
        before = None if state.claim is None else state.claim.turn_id
        with self._database.writing() as session:
            claimed = session.execute(
                update(ThreadRow)
                .where(
                    ThreadRow.id == state.id,
                    ThreadRow.shopper_id == state.shopper_id,
                    ThreadRow.turns == state.turns,
                    ThreadRow.claim.is_not_distinct_from(before),
                )
                .values(claim=turn_id, claimed=now)
                .returning(ThreadRow.id)
            ).first()
            kept = claimed is not None or session.get(ThreadRow, state.id) is not None
        if claimed is not None:
            return
        # A conversation that passes is this process' alone, which answers one message at a time.
        held = None if kept else self._passing.get(state.id)
        if held is None or held.turns != state.turns:
            raise busy_thread()

    def let_go(self, state: ThreadState) -> None:
        """Closes what a thread offers, before a message that is no yes to it is answered.

        Whatever becomes of the answer, no later yes is one to that offer: a message that got none
        may have changed the shopper's mind.

        Args:
            state: the thread before the turn.
        """
        closed = state.ordering.closed
        with self._database.writing() as session:
            session.execute(
                update(ThreadRow)
                .where(
                    ThreadRow.id == state.id,
                    ThreadRow.shopper_id == state.shopper_id,
                    ThreadRow.turns == state.turns,
                    ThreadRow.claim.is_(None),
                )
                .values(ordering=closed.model_dump(mode="json"))
            )
        held = self._passing.get(state.id)
        if held is not None and held.shopper_id == state.shopper_id and held.turns == state.turns:
            after = state.model_copy(update={"ordering": closed})
            self._passing.hold(state.id, after, _exchanges(held))

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
            UnknownThread: the thread belongs to another shopper by now, or was deleted.
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
                    self._check_there(session, state)
                    write_turn(session, state, exchange)
                    also(session, state, exchange)
                elif state.consent_id is None:
                    held = self._passed_on(session, state)
                    if not self._passing.was_erased(state):
                        also(session, state, exchange)
                    self._passing.put(state.id, held, state, exchange)
                if learns:
                    own = None if learnt.for_other else event
                    _write_learnt(session, learnt.written, own, state.catalog)
                return reply
        except IntegrityError as error:
            raise busy_thread() from error

    def _check_there(self, session: Session, state: ThreadState) -> None:
        """Makes sure that nobody has deleted a thread since a turn of it began, here or elsewhere.

        Raises:
            UnknownThread: somebody has.
        """
        row = session.get(ThreadRow, state.id, with_for_update=True)
        if row is not None or state.turns == 1 or self._passing.get(state.id) is not None:
            return
        if turns_in_cases(session, state.id, state.shopper_id) != state.turns - 1:
            raise unknown_thread(state.id)

    def _passed_on(self, session: Session, state: ThreadState) -> PassingThread | None:
        """The passing thread that a turn goes on from; None for a new one, or one that is gone.

        Raises:
            UnknownThread: the thread belongs to another shopper by now.
            ThreadBusy: it has had another turn meanwhile.
        """
        row = session.get(ThreadRow, state.id)
        held = self._passing.get(state.id)
        owner = row.shopper_id if row else held.shopper_id if held else state.shopper_id
        if owner != state.shopper_id:
            raise unknown_thread(state.id)
        turns = held.turns if held else turns_in_cases(session, state.id, state.shopper_id)
        if turns != state.turns - 1:
            raise busy_thread()
        return held

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
                write_turn(session, state.model_copy(update=turns), exchange)

    def pass_back(self, before: ThreadState, turns: int) -> None:
        """Puts a passing conversation back to what it was.

        Args:
            before: what it was.
            turns: how many turns it has had since.

        Raises:
            UnknownThread: there is no such passing thread of this shopper any more.
        """
        held = self._passing.get(before.id)
        if held is None or held.shopper_id != before.shopper_id:
            raise unknown_thread(before.id)
        self._passing.hold(before.id, before, _exchanges(held)[:-turns])

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
            state = state_in(row).model_copy(update=new)
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
                write_turn(session, state.model_copy(update={"turns": exchange.number}), exchange)
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


def _exchanges(thread: PassingThread) -> list[Exchange]:
    return [Exchange.model_validate_json(text) for text in thread.exchanges()]


def _write_learnt(
    session: Session, facts: Sequence[ProfileFact], event: Event | None, catalog: str
) -> None:
    for fact in facts:
        session.merge(fact_row(fact))
    if event is not None:
        session.add(EventRow(**event_values(event, catalog)))


def _unknown_turn(turn_id: str) -> UnknownTurn:
    return UnknownTurn(f"The thread has no turn {turn_id[:80]!r}.", field="turn_id")
