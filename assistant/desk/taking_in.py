"""What is said in a thread goes into its case, which a rule of the shop has opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.desk.cases import more_urgent, orders_in, tried_in, wished
from assistant.desk.outbox import Outbox
from assistant.desk.rules import RuleBook, Trigger
from assistant.desk.tables import CaseMessageRow, CaseRow
from assistant.errors import ThreadBusy
from assistant.thread import Exchange, ThreadState
from retrieval.index import CatalogueIndex


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


class TakingIn:
    """Writes turns into cases.

    Args:
        book: the rules for handing over.
        outbox: takes events for the shop's own system.
    """

    def __init__(self, book: RuleBook, outbox: Outbox) -> None:
        self._book = book
        self._outbox = outbox

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
        row = open_case(session, handed.thread.id, lock=True)
        if row is not None and row.shopper_id != handed.thread.shopper_id:
            return
        if handed.expects is not None and (row is None or row.status != "person"):
            raise ThreadBusy("The person of the shop has just left. Send it again.")
        now, reply = handed.exchange.time, handed.exchange.reply
        opened = False
        if handed.trigger is not None:
            row, opened = self._opened(session, row, handed)
        if row is None:
            # Numbers go on from those of a case, also of one that is closed.
            session.execute(
                update(CaseRow)
                .where(
                    CaseRow.thread_id == handed.thread.id,
                    CaseRow.shopper_id == handed.thread.shopper_id,
                )
                .values(turns=handed.exchange.number)
            )
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
        _say_both(session, row, handed.exchange)
        if opened:
            self._outbox.put(session, "handoff.opened", row, now=now)
        elif handed.exchange.message:
            message = {"from": "shopper", "text": handed.exchange.message}
            self._outbox.put(session, "handoff.message", row, now=now, message=message)

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
            _say_both(session, row, exchange)
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
            _say_both(session, row, exchange)


def open_case(session: Session, thread_id: str, *, lock: bool = False) -> CaseRow | None:
    """The row of a thread's case that is not closed; None where it has none.

    Args:
        session: of the transaction.
        thread_id: whose.
        lock: whether others wait with this case until the transaction ends.
    """
    found = select(CaseRow).where(CaseRow.thread_id == thread_id, CaseRow.closed.is_(None))
    if lock:
        # Staff may be taking it over at this moment.
        found = found.with_for_update().execution_options(populate_existing=True)
    return session.scalars(found).first()


def say(
    session: Session,
    row: CaseRow,
    speaker: str,
    text: str,
    *,
    time: datetime,
    name: str | None = None,
) -> None:
    """Writes down something that was said in a case.

    Args:
        session: of the transaction.
        row: the case.
        speaker: ``shopper``, ``bot`` or ``person``.
        text: what.
        time: when.
        name: of the person.
    """
    if not text:
        return  # a wish is taken away without a word, and the bot is silent beside a person
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


def _say_both(session: Session, row: CaseRow, exchange: Exchange) -> None:
    say(session, row, "shopper", exchange.message, time=exchange.time)
    say(session, row, "bot", exchange.reply.text, time=exchange.time)
