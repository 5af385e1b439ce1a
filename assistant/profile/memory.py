"""A shopper's own say over what is remembered: agree, see, correct, pin, delete, export, erase."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.database.tables import (
    AuditRow,
    EventRow,
    FactRow,
    ShopperRow,
    ThreadRow,
    TurnRow,
)
from assistant.errors import BadInput, NotRemembered, UnknownFact
from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.notice import notice
from assistant.store import Store, fact_row

# Sources of evidence that is no turn.
BY_HAND = "profile"


def _plain(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must have visible characters, and no others")
    return text.strip()


FactValue = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
"""A fact's value as a shopper may write it."""


class Consent(BaseModel):
    """That a shopper has agreed to be remembered.

    Attributes:
        consented: when.
        notice: the version of the notice that was agreed to.
        learning: whether anything new is learnt; what is known stays in use.
    """

    consented: datetime
    notice: str
    learning: bool


class Memory:
    """Profiles, as their shoppers see and change them.

    Args:
        database: where they are.
        store: the conversations.
        now: the time of day.
        new_id: a fresh id.
        pseudonym: a fresh random name for the audit, which nothing can be computed from.
    """

    def __init__(
        self,
        database: Database,
        store: Store,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        pseudonym: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._database = database
        self._store = store
        self._now = now
        self._new_id = new_id
        self._pseudonym = pseudonym

    # consent ---------------------------------------------------------------------------------

    def consent(self, shopper_id: str) -> Consent | None:
        """What a shopper has agreed to; None for one who has not, of whom nothing is kept."""
        with self._database.reading() as session:
            row = session.get(ShopperRow, shopper_id)
            return _consent(row) if row else None

    def give_consent(self, shopper_id: str, *, notice: str = notice().version) -> Consent:
        """Records that a shopper has agreed. Their running conversations become durable.

        Args:
            shopper_id: who.
            notice: the version of the notice that they were shown.
        """
        try:
            return self._agree(shopper_id, notice)
        except IntegrityError:
            # Another request of the same shopper was a moment earlier.
            return self._agree(shopper_id, notice)

    def set_learning(self, shopper_id: str, on: bool) -> Consent:
        """Switches learning on or off.

        Raises:
            NotRemembered: the shopper has not agreed to be remembered.
        """
        with self._database.writing() as session:
            row = self._agreed(session, shopper_id)
            if row.learning != on:
                row.learning = on
                self._note(session, row, "learning on" if on else "learning off")
            return _consent(row)

    # facts -----------------------------------------------------------------------------------

    def facts(self, shopper_id: str, *, history: bool = False) -> list[ProfileFact]:
        """The facts of a shopper, last seen first.

        Args:
            shopper_id: whose.
            history: whether those that hold no more are given too.
        """
        with self._database.reading() as session:
            return _facts(session, shopper_id, history=history)

    def correct(
        self, shopper_id: str, fact_id: str, *, value: str | None, pinned: bool | None
    ) -> ProfileFact:
        """Changes the value of a fact, or pins it, as the shopper says.

        A corrected value is a new fact, certain, whose evidence is the shopper's own correction;
        the old one becomes history.

        Args:
            shopper_id: who says so.
            fact_id: of one of their current facts.
            value: what is so; None leaves it.
            pinned: whether it holds for good; None leaves that.

        Raises:
            UnknownFact: there is no such fact of this shopper.
            BadInput: the value is that of another current fact, or nothing is to change.
        """
        if value is None and pinned is None:
            raise BadInput("Give value or pinned.", field="value")
        now = self._now()
        with self._database.writing() as session:
            row = self._agreed_fact(session, shopper_id, fact_id)
            fact = _fact(row)
            if value is not None and value != fact.value:
                if any(
                    (other.field, other.value) == (fact.field, value)
                    for other in _facts(session, shopper_id)
                ):
                    raise BadInput("That is known already.", field="value")
                evidence = Evidence(quote=value, thread_id=BY_HAND, turn_id=BY_HAND, time=now)
                corrected = fact.model_copy(
                    update={
                        "id": self._new_id(),
                        "value": value,
                        "origin": "shopper",
                        "confidence": 1.0,
                        "evidence": (evidence,),
                        "first_seen": now,
                        "last_seen": now,
                    }
                )
                row.ended, row.ended_by = now, corrected.id
                fact = corrected
            if pinned is not None:
                fact = fact.model_copy(update={"pinned": pinned})
            session.merge(fact_row(fact))
            self._note(session, self._agreed(session, shopper_id), "correction")
            return fact

    def delete_fact(self, shopper_id: str, fact_id: str) -> None:
        """Deletes a fact, with what it took the place of.

        Raises:
            UnknownFact: there is no such fact of this shopper.
        """
        with self._database.writing() as session:
            self._agreed_fact(session, shopper_id, fact_id)
            doomed = [fact_id]
            while doomed:
                session.execute(delete(FactRow).where(FactRow.id.in_(doomed)))
                doomed = list(
                    session.scalars(select(FactRow.id).where(FactRow.ended_by.in_(doomed)))
                )
            self._note(session, self._agreed(session, shopper_id), "fact deleted")
            self._database.scrubber.mark(session)
        self._database.scrubber.scrub()

    # all of it -------------------------------------------------------------------------------

    def export(self, shopper_id: str) -> dict[str, Any]:
        """All that is kept of a shopper, as plain data that JSON can hold.

        Raises:
            NotRemembered: nothing is.
        """
        with self._database.writing() as session:
            row = self._agreed(session, shopper_id)
            self._note(session, row, "export")
            threads = session.scalars(
                select(ThreadRow).where(ThreadRow.shopper_id == shopper_id).order_by(ThreadRow.id)
            ).all()
            events = session.scalars(
                select(EventRow)
                .where(EventRow.shopper_id == shopper_id)
                .order_by(EventRow.time, EventRow.event_id)
            )
            audit = session.scalars(
                select(AuditRow)
                .where(AuditRow.pseudonym == row.pseudonym)
                .order_by(AuditRow.number)
            )
            return {
                "shopper_id": shopper_id,
                "consent": _consent(row).model_dump(mode="json"),
                "facts": [
                    fact.model_dump(mode="json")
                    for fact in _facts(session, shopper_id, history=True)
                ],
                "events": [{**_columns(event), "time": _iso(event.time)} for event in events],
                "threads": [
                    {
                        **_columns(thread),
                        "updated": thread.updated.isoformat(),
                        "turns": [
                            {**_columns(turn), "time": turn.time.isoformat()}
                            for turn in session.scalars(
                                select(TurnRow)
                                .where(TurnRow.thread_id == thread.id)
                                .order_by(TurnRow.number)
                            )
                        ],
                    }
                    for thread in threads
                ],
                "audit": [{"time": a.time.isoformat(), "action": a.action} for a in audit],
            }

    def erase(self, shopper_id: str) -> bool:
        """Erases all that is kept of a shopper: from tables, memory and the files below them.

        What stays is that somebody, under a random pseudonym that nothing links to the shopper any
        more, was erased.

        Returns:
            Whether anything was kept.
        """
        self._store.forget_passing(shopper_id)
        with self._database.writing() as session:
            row = session.get(ShopperRow, shopper_id, with_for_update=True)
            if row is None:
                return False
            self._note(session, row, "erasure")
            own = select(ThreadRow.id).where(ThreadRow.shopper_id == shopper_id)
            session.execute(delete(TurnRow).where(TurnRow.thread_id.in_(own)))
            for table in (ThreadRow, FactRow, EventRow):
                session.execute(delete(table).where(table.shopper_id == shopper_id))
            session.execute(delete(ShopperRow).where(ShopperRow.id == shopper_id))
            self._database.scrubber.mark(session)
        self._database.scrubber.scrub()
        return True

    # ---------------------------------------------------------------------------------------

    def _agree(self, shopper_id: str, notice: str) -> Consent:
        with self._database.writing() as session:
            row = session.get(ShopperRow, shopper_id)
            if row is None:
                row = ShopperRow(
                    id=shopper_id,
                    consent_id=self._new_id(),
                    consented=self._now(),
                    notice=notice,
                    learning=True,
                    pseudonym=self._pseudonym(),
                )
                session.add(row)
                session.flush()
                self._store.keep_passing(session, shopper_id, row.consent_id)
                self._note(session, row, "consent")
            return _consent(row)

    def _agreed(self, session: Session, shopper_id: str) -> ShopperRow:
        row = session.get(ShopperRow, shopper_id, with_for_update=True)
        if row is None:
            raise NotRemembered("Nothing is kept of this shopper.", field="shopper_id")
        return row

    def _agreed_fact(self, session: Session, shopper_id: str, fact_id: str) -> FactRow:
        # What cannot be printed is in no id, and some databases take no such text.
        row = session.get(FactRow, fact_id) if fact_id.isprintable() else None
        if row is None or row.shopper_id != shopper_id or row.ended is not None:
            raise UnknownFact(f"There is no fact {fact_id[:80]!r}.", field="fact_id")
        return row

    def _note(self, session: Session, shopper: ShopperRow, action: str) -> None:
        session.add(AuditRow(time=self._now(), pseudonym=shopper.pseudonym, action=action))


def _consent(row: ShopperRow) -> Consent:
    return Consent(consented=row.consented, notice=row.notice, learning=row.learning)


def _facts(session: Session, shopper_id: str, *, history: bool = False) -> list[ProfileFact]:
    wanted = select(FactRow).where(FactRow.shopper_id == shopper_id)
    if not history:
        wanted = wanted.where(FactRow.ended.is_(None))
    rows = session.scalars(wanted.order_by(FactRow.last_seen.desc(), FactRow.id))
    return [_fact(row) for row in rows]


def _fact(row: FactRow) -> ProfileFact:
    return ProfileFact.model_validate(_columns(row))


def _columns(row: Any) -> Mapping[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()
