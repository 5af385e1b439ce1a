"""The desk: the queue of cases, and what staff do with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.asked import Asked
from assistant.database.connection import Database
from assistant.desk.cases import (
    Case,
    CaseMessage,
    StaffMessage,
    Standing,
    case_of,
    message_of,
    more_urgent,
    orders_in,
    standing_of,
    tried_in,
)
from assistant.desk.erasing import delete_cases
from assistant.desk.outbox import Outbox
from assistant.desk.rules import RuleBook, Trigger
from assistant.desk.tables import CaseMessageRow, CaseRow
from assistant.errors import BadInput, CaseTaken, ThreadBusy, UnknownCase
from assistant.messages import without_unseen
from assistant.need import Need
from assistant.store import Also, Exchange, Store, ThreadState
from prompts import phrases
from retrieval.index import CatalogueIndex

LONGEST_MESSAGE = 4000
_MOST_SHOWN = 200
_OPEN = ("waiting", "person", "returned")


@dataclass(frozen=True)
class Handed:
    """A turn that goes to the desk.

    Attributes:
        thread: after the turn.
        exchange: the turn.
        index: the catalogue that it was of.
        trigger: the rule that hands over now; None where the talk only goes on.
        earlier: the turns before, where a case is opened.
        expects: the case that the turn was left for a person in; None where the bot spoke.
    """

    thread: ThreadState
    exchange: Exchange
    index: CatalogueIndex
    trigger: Trigger | None = None
    earlier: Sequence[Exchange] = ()
    expects: str | None = None


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
            row = _open_case(session, thread_id)
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
            self.take_in(session, handed)

        return take_in

    def take_in(self, session: Session, handed: Handed) -> None:
        """Writes a turn into its thread's case, and opens one where a rule says so.

        Args:
            session: of the transaction that makes the turn durable.
            handed: the turn.

        Raises:
            ThreadBusy: the turn was left to a person who has gone meanwhile, or somebody else wrote
                to the case at the same moment.
        """
        try:
            self._take_in(session, handed)
        except IntegrityError as error:
            raise ThreadBusy("The talk has just changed at the desk. Send it again.") from error

    def _take_in(self, session: Session, handed: Handed) -> None:
        row = _open_case(session, handed.thread.id, lock=True)
        if row is not None and row.shopper_id != handed.thread.shopper_id:
            return
        if handed.expects is not None and (row is None or row.status != "person"):
            raise ThreadBusy("The person of the shop has just left. Send it again.")
        now, reply = handed.exchange.time, handed.exchange.reply
        opened = False
        if handed.trigger is not None:
            row, opened = self._opened(session, row, handed)
        if row is None:
            return
        row.turns = handed.exchange.number
        if row.status == "returned":
            return  # The talk is the bot's again: its words are not kept for a person.
        row.updated = now
        urgency = reply.urgency
        if handed.trigger is not None:
            urgency = more_urgent(self._book.rules.rules[handed.trigger].urgency, urgency)
        row.urgency = more_urgent(cast(Any, row.urgency), urgency)
        if not opened:
            row.tried = [*row.tried, *tried_in([(row.turns, reply)], handed.index)]
        row.orders = list(dict.fromkeys([*row.orders, *orders_in([reply])]))
        _say(session, row, "shopper", handed.exchange.message, time=now)
        if reply.text:
            _say(session, row, "bot", reply.text, time=now)
        if opened:
            self.outbox.put(session, "handoff.opened", row, now=now)
        elif handed.exchange.message:
            message = {"from": "shopper", "text": handed.exchange.message}
            self.outbox.put(session, "handoff.message", row, now=now, message=message)

    def _opened(
        self, session: Session, row: CaseRow | None, handed: Handed
    ) -> tuple[CaseRow, bool]:
        """The case that waits for a person, and whether it has just begun to."""
        now, reply = handed.exchange.time, handed.exchange.reply
        assert handed.trigger is not None
        assert reply.handoff is not None, "a reply that hands over says so"
        after_hours = not self._book.rules.hours.open_at(now)
        if row is not None:
            waits = row.status == "returned"
            if waits:
                row.status, row.staff, row.trigger = "waiting", None, handed.trigger
                row.waiting_since, row.after_hours = now, after_hours
                self._catch_up(session, row, handed)
            row.wishes = wished(handed.thread.need, reply.language)
            return row, waits
        assert reply.handoff.case_id is not None
        replies = [(e.number, e.reply) for e in (*handed.earlier, handed.exchange)]
        row = CaseRow(
            id=reply.handoff.case_id,
            thread_id=handed.thread.id,
            shopper_id=handed.thread.shopper_id,
            catalog=handed.thread.catalog,
            language=reply.language,
            status="waiting",
            trigger=handed.trigger.value,
            urgency=reply.urgency,
            sentiment=reply.sentiment,
            wishes=wished(handed.thread.need, reply.language),
            tried=tried_in(replies, handed.index),
            orders=orders_in(reply for _, reply in replies),
            staff=None,
            remembered=handed.thread.consent_id is not None,
            after_hours=after_hours,
            turns=0,
            opened=now,
            waiting_since=now,
            updated=now,
            closed=None,
        )
        session.add(row)
        session.flush()
        for exchange in handed.earlier:
            row.turns = exchange.number
            _say(session, row, "shopper", exchange.message, time=exchange.time)
            if exchange.reply.text:
                _say(session, row, "bot", exchange.reply.text, time=exchange.time)
        return row, True

    def _catch_up(self, session: Session, row: CaseRow, handed: Handed) -> None:
        """Writes the turns since a case was given back into it, as it is handed over anew."""
        last = session.scalar(
            select(func.max(CaseMessageRow.after_turn)).where(
                CaseMessageRow.case_id == row.id, CaseMessageRow.speaker == "shopper"
            )
        )
        for exchange in handed.earlier:
            if exchange.number <= (last or 0):
                continue
            row.turns = exchange.number
            row.tried = [*row.tried, *tried_in([(row.turns, exchange.reply)], handed.index)]
            row.orders = list(dict.fromkeys([*row.orders, *orders_in([exchange.reply])]))
            _say(session, row, "shopper", exchange.message, time=exchange.time)
            if exchange.reply.text:
                _say(session, row, "bot", exchange.reply.text, time=exchange.time)

    # the staff's side ------------------------------------------------------------------------

    def queue(self) -> list[Case]:
        """The open cases: those that wait first, of these the urgent ones, then the longest."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(CaseRow)
                .where(CaseRow.closed.is_(None))
                .order_by(CaseRow.waiting_since)
                .limit(_MOST_SHOWN * 5)
            )
            cases = [case_of(row) for row in rows]
        places = {"waiting": 0, "person": 1, "returned": 2}
        return sorted(
            cases,
            key=lambda c: (places[c.status], c.urgency != "high", c.waiting_since),
        )[:_MOST_SHOWN]

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
            _say(session, row, "person", said, name=staff, time=now)
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
                delete_cases(session, ids)
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


def wished(need: Need, language: str) -> list[str]:
    """What a shopper wants, in their own words."""
    fixed = phrases("zh" if language == "zh" else "en")
    said = [
        fixed["not_wanted"].format(quote=wish.quote) if wish.op == "!=" else wish.quote
        for wish in need.wishes()
    ]
    return list(dict.fromkeys(said))


def _open_case(session: Session, thread_id: str, *, lock: bool = False) -> CaseRow | None:
    found = select(CaseRow).where(CaseRow.thread_id == thread_id, CaseRow.closed.is_(None))
    if lock:
        # Staff may be taking it over at this moment.
        found = found.with_for_update().execution_options(populate_existing=True)
    return session.scalars(found).first()


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


def _say(
    session: Session,
    row: CaseRow,
    speaker: str,
    text: str,
    *,
    time: datetime,
    name: str | None = None,
) -> None:
    if not text:
        return  # a wish is taken away without a word
    last = session.scalar(
        select(func.max(CaseMessageRow.number)).where(CaseMessageRow.case_id == row.id)
    )
    session.add(
        CaseMessageRow(
            case_id=row.id,
            number=(last or 0) + 1,
            speaker=speaker,
            name=name,
            text=text,
            after_turn=row.turns,
            time=time,
        )
    )
    session.flush()


def _taken(row: CaseRow) -> CaseTaken:
    if row.closed is not None:
        return CaseTaken("The case is closed.")
    if row.staff is not None:
        return CaseTaken(f"{row.staff} has taken the case over.")
    return CaseTaken("Take the case over first.")
