"""The desk: the queue of cases, and what staff do with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.asked import Asked
from assistant.database.connection import Database
from assistant.database.tables import ThreadRow
from assistant.desk.cases import (
    Case,
    CaseMessage,
    StaffMessage,
    Standing,
    case_of,
    message_of,
    standing_of,
)
from assistant.desk.erasing import purge_cases
from assistant.desk.outbox import Outbox
from assistant.desk.rules import RuleBook, Trigger
from assistant.desk.tables import CaseMessageRow, CaseRow
from assistant.desk.taking_in import Handed, TakingIn, open_case, say
from assistant.errors import BadInput, CaseTaken, UnknownCase, WithPerson
from assistant.messages import without_unseen
from assistant.store import Also, Store
from assistant.thread import Exchange, ThreadState

LONGEST_MESSAGE = 4000
_MOST_SHOWN = 200
_PLACES = {"waiting": 0, "person": 1, "returned": 2}


class Desk:
    """The desk of a shop.

    Args:
        database: where cases are.
        book: the rules for handing over.
        outbox: takes events for the shop's own system.
        now: the time of day.
        days: after which a closed case, or one that nobody touches, is deleted.
    """

    def __init__(
        self,
        database: Database,
        book: RuleBook,
        outbox: Outbox,
        *,
        now: Callable[[], datetime],
        days: int,
    ) -> None:
        self._database = database
        self._book = book
        self.outbox = outbox
        self._now = now
        self.days = days
        self._taking_in = TakingIn(book, outbox)

    @property
    def book(self) -> RuleBook:
        """The rules for handing over."""
        return self._book

    @property
    def is_open(self) -> bool:
        """Whether somebody is there now."""
        return self._book.rules.hours.open_at(self._now())

    # the shopper's side ----------------------------------------------------------------------

    def standing(self, thread_id: str, shopper_id: str) -> Standing | None:
        """How things stand with the open case of a shopper's thread; None without one."""
        with self._database.reading() as session:
            row = open_case(session, thread_id)
            return standing_of(row) if row and row.shopper_id == shopper_id else None

    def staff_messages(self, thread_id: str, shopper_id: str) -> list[StaffMessage]:
        """What people of the shop wrote in a shopper's thread, oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(CaseMessageRow)
                .join(CaseRow, CaseRow.id == CaseMessageRow.case_id)
                .where(
                    CaseRow.thread_id == thread_id,
                    CaseRow.shopper_id == shopper_id,
                    CaseMessageRow.speaker == "person",
                )
                .order_by(CaseMessageRow.after_turn, CaseMessageRow.id)
            )
            return [StaffMessage.model_validate(row) for row in rows]

    def staff_gone(self, thread_id: str, shopper_id: str) -> list[int]:
        """After which turns of a shopper's thread staff wrote what has been deleted, in order."""
        with self._database.reading() as session:
            row = session.get(ThreadRow, thread_id)
            return list(row.staff_gone or ()) if row and row.shopper_id == shopper_id else []

    def taking(
        self, asked: Asked, trigger: Trigger | None, store: Store, *, expects: str | None = None
    ) -> Also:
        """What writes a turn into its thread's case, in the transaction of the turn.

        Args:
            asked: the message.
            trigger: the rule that hands over now, None where the talk only goes on.
            store: has the turns before.
            expects: the case that the message is left for a person in.
        """
        thread = asked.thread
        opens = trigger is not None and thread.turns > 0
        earlier = store.exchanges(thread.id, thread.shopper_id) if opens else []

        def take_in(session: Session, state: ThreadState, exchange: Exchange) -> None:
            handed = Handed(state, exchange, asked.index, trigger, earlier, expects)
            self._taking_in.take_in(session, handed)

        return take_in

    def forget_thread(self, session: Session, thread_id: str, shopper_id: str) -> bool:
        """Parts a shopper's cases from their thread, which the shopper deletes.

        A case that was given back to the bot is closed: nobody can go on with it.

        Args:
            session: of the transaction that deletes the thread.
            thread_id: which.
            shopper_id: whose.

        Returns:
            Whether there were any.

        Raises:
            WithPerson: people of the shop are about to answer in it.
        """
        own = select(CaseRow).where(
            CaseRow.thread_id == thread_id, CaseRow.shopper_id == shopper_id
        )
        # Staff may be taking one over at this moment.
        rows = session.scalars(own.with_for_update()).all()
        for row in rows:
            if row.closed is None:
                if row.status != "returned":
                    raise WithPerson("A person of the shop has this talk.")
                row.status = "closed"
                row.closed = row.updated = self._now()
                self.outbox.put(session, "handoff.closed", row, now=row.closed)
            row.thread_id = ""
        return bool(rows)

    # the staff's side ------------------------------------------------------------------------

    def queue(self) -> list[Case]:
        """The open cases: those that wait first, of these the urgent ones, then the longest.

        Two hundred at most of those that staff have, and of the others; ``open_count`` says how
        many there are.
        """
        cases = (
            select(CaseRow)
            .where(CaseRow.closed.is_(None))
            .order_by(
                case(_PLACES, value=CaseRow.status),
                case((CaseRow.urgency == "high", 0), else_=1),
                CaseRow.waiting_since,
                CaseRow.id,
            )
            .limit(_MOST_SHOWN)
        )
        theirs = CaseRow.status == "person"
        with self._database.reading() as session:
            rows = [*session.scalars(cases.where(~theirs)), *session.scalars(cases.where(theirs))]
            found = [case_of(row) for row in rows]
        return sorted(found, key=lambda one: _PLACES[one.status])

    def open_count(self) -> int:
        """How many cases are open."""
        with self._database.reading() as session:
            count = select(func.count()).select_from(CaseRow).where(CaseRow.closed.is_(None))
            return session.scalar(count) or 0

    def waiting(self) -> int:
        """How many wait for a person."""
        with self._database.reading() as session:
            waits = select(func.count()).select_from(CaseRow).where(CaseRow.status == "waiting")
            return session.scalar(waits) or 0

    def last_words(self, case_ids: Sequence[str]) -> dict[str, list[str]]:
        """The last two messages of the shoppers of cases, the older first, by the case.

        Args:
            case_ids: which; one whose shopper has said nothing is left out.
        """
        with self._database.reading() as session:
            place = func.row_number().over(
                partition_by=CaseMessageRow.case_id, order_by=CaseMessageRow.number.desc()
            )
            said = (
                select(CaseMessageRow.id, place.label("place"))
                .where(CaseMessageRow.case_id.in_(case_ids), CaseMessageRow.speaker == "shopper")
                .subquery()
            )
            rows = session.scalars(
                select(CaseMessageRow)
                .join(said, said.c.id == CaseMessageRow.id)
                .where(said.c.place <= 2)
                .order_by(CaseMessageRow.number)
            )
            words: dict[str, list[str]] = {}
            for row in rows:
                words.setdefault(row.case_id, []).append(row.text)
            return words

    def closed(self) -> list[Case]:
        """The cases that were closed last."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(CaseRow)
                .where(CaseRow.closed.is_not(None))
                .order_by(CaseRow.closed.desc())
                .limit(20)
            )
            return [case_of(row) for row in rows]

    def case(self, case_id: str) -> Case:
        """A case.

        Raises:
            UnknownCase: there is none of that id.
        """
        with self._database.reading() as session:
            return case_of(_case(session, case_id))

    def messages(self, case_id: str, *, after: int = 0) -> list[CaseMessage]:
        """What was said in a case, oldest first.

        Args:
            case_id: which.
            after: only what has a higher number.

        Raises:
            UnknownCase: there is none of that id.
        """
        with self._database.reading() as session:
            _case(session, case_id)
            rows = session.scalars(
                select(CaseMessageRow)
                .where(CaseMessageRow.case_id == case_id, CaseMessageRow.number > after)
                .order_by(CaseMessageRow.number)
            )
            return [message_of(row) for row in rows]

    def take(self, case_id: str, staff: str) -> None:
        """A member of staff takes a case over: from now on the bot is silent.

        Raises:
            UnknownCase: there is none of that id.
            CaseTaken: somebody else was first, or it is closed.
        """
        with self._writing() as session:
            row = _case(session, case_id)
            if row.status == "person" and row.staff == staff:
                return
            now = self._now()
            won = _changed(
                session, row, ("waiting", "returned"), status="person", staff=staff, updated=now
            )
            if not won:
                raise _taken(row)
            self.outbox.put(session, "handoff.taken", row, now=now)

    def write(self, case_id: str, staff: str, text: str) -> None:
        """A member of staff writes to the shopper.

        Raises:
            UnknownCase: there is none of that id.
            CaseTaken: they have not taken the case over.
            BadInput: the text is empty or too long.
        """
        said = without_unseen(text).strip()
        if not said or len(said) > LONGEST_MESSAGE:
            raise BadInput(f"Write 1 to {LONGEST_MESSAGE:,} characters.", field="text")
        with self._writing() as session:
            row = self._own(session, case_id, staff)
            row.updated = now = self._now()
            say(session, row, "person", said, name=staff, time=now)
            message = {"from": "person", "name": staff, "text": said}
            self.outbox.put(session, "handoff.message", row, now=now, message=message)

    def give_back(self, case_id: str, staff: str) -> None:
        """A member of staff gives a case back: the bot answers again.

        Raises:
            UnknownCase: there is none of that id.
            CaseTaken: they have not taken it over.
        """
        with self._writing() as session:
            row = self._own(session, case_id, staff)
            row.status, row.staff, row.updated = "returned", None, self._now()
            self.outbox.put(session, "handoff.returned", row, now=row.updated)

    def close(self, case_id: str, staff: str) -> None:
        """A member of staff closes a case.

        Raises:
            UnknownCase: there is none of that id.
            CaseTaken: somebody else has taken it over, or it is closed.
        """
        with self._writing() as session:
            row = _case(session, case_id, lock=True)
            if row.closed is not None or row.staff not in (None, staff):
                raise _taken(row)
            row.status, row.staff = "closed", staff
            row.closed = row.updated = self._now()
            self.outbox.put(session, "handoff.closed", row, now=row.updated)

    # keeping and erasing ---------------------------------------------------------------------

    def purge(self) -> int:
        """Deletes cases that were closed, or touched last, longer ago than they are kept.

        Returns:
            How many.
        """
        before = self._now() - timedelta(days=self.days)
        with self._database.writing() as session:
            old = select(CaseRow.id).where(func.coalesce(CaseRow.closed, CaseRow.updated) < before)
            ids = list(session.scalars(old))
            if ids:
                purge_cases(session, ids)
                self._database.scrubber.mark(session)
        if ids:
            self._database.scrubber.scrub_soon()
        return len(ids)

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """A transaction of staff: what contradicts somebody else's of the moment is a conflict."""
        try:
            with self._database.writing() as session:
                yield session
        except IntegrityError as error:
            raise CaseTaken("The case has just changed. Look at it again.") from error

    def _own(self, session: Session, case_id: str, staff: str) -> CaseRow:
        row = _case(session, case_id, lock=True)
        if row.status != "person" or row.staff != staff:
            raise _taken(row)
        return row


def _case(session: Session, case_id: str, *, lock: bool = False) -> CaseRow:
    row = session.get(CaseRow, case_id, with_for_update=lock) if case_id.isprintable() else None
    if row is None:
        raise UnknownCase(f"There is no case {case_id[:80]!r}.", field="case_id")
    return row


def _changed(session: Session, row: CaseRow, before: Sequence[str], **values: Any) -> bool:
    """Changes a case only where its status is still one of those: of two, one wins."""
    result = session.execute(
        update(CaseRow).where(CaseRow.id == row.id, CaseRow.status.in_(before)).values(**values)
    )
    session.refresh(row)
    return cast("CursorResult[Any]", result).rowcount == 1


def _taken(row: CaseRow) -> CaseTaken:
    if row.closed is not None:
        return CaseTaken("The case is closed.")
    if row.staff is not None:
        return CaseTaken(f"{row.staff} has taken the case over.")
    return CaseTaken("Take the case over first.")
