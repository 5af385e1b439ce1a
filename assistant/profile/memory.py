"""A shopper's own say over what is remembered: agree, see, correct, pin, delete, export, erase."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
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
from assistant.desk.erasing import cases_of, erase_cases
from assistant.errors import BadInput, NotRemembered, UnknownFact
from assistant.feedback.table import FeedbackRow
from assistant.profile.dialogue.contradiction import ONE_VALUE
from assistant.profile.exporting import exported
from assistant.profile.fact_rows import fact_of, fact_row, facts_in
from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.forgetting import forget_facts
from assistant.profile.notice import notice
from assistant.store import Store
from retrieval.fields import key

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
            consent = self._agree(shopper_id, notice)
        except IntegrityError:
            # Another request of the same shopper was a moment earlier.
            consent = self._agree(shopper_id, notice)
        self._store.forget_passing(shopper_id)
        return consent

    def give_consents(self, shopper_ids: Iterable[str], *, notice: str) -> int:
        """Records that shoppers have agreed elsewhere, such as to a shop's own terms.

        Args:
            shopper_ids: who; those who have agreed already stay as they are.
            notice: what they agreed to.

        Returns:
            How many are new.
        """
        new = 0
        with self._database.writing() as session:
            for shopper_id in dict.fromkeys(shopper_ids):
                if session.get(ShopperRow, shopper_id) is None:
                    new += 1
                    self._add_consent(session, shopper_id, notice)
        return new

    def set_learning(self, shopper_id: str, on: bool) -> Consent:
        """Switches learning on or off.

        Raises:
            NotRemembered: the shopper has not agreed to be remembered.
        """
        with self._database.writing() as session:
            row = self._agreed(session, shopper_id)
            if row.learning != on:
                row.learning = on
                self.note(session, row, "learning on" if on else "learning off")
            return _consent(row)

    # facts -----------------------------------------------------------------------------------

    def facts(self, shopper_id: str, *, history: bool = False) -> list[ProfileFact]:
        """The facts of a shopper, last seen first.

        Args:
            shopper_id: whose.
            history: whether those that hold no more are given too.
        """
        with self._database.reading() as session:
            return facts_in(session, shopper_id, history=history)

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
            fact = fact_of(row)
            if value is not None and value != fact.value:
                rivals = _rivals(session, fact, value)
                if any(other.op == fact.op and key(other.value) == key(value) for other in rivals):
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
                for id in (row.id, *(rival.id for rival in rivals)):
                    ended = session.get_one(FactRow, id)
                    ended.ended, ended.ended_by = now, corrected.id
                fact = corrected
            if pinned is not None:
                fact = fact.model_copy(update={"pinned": pinned})
            session.merge(fact_row(fact))
            self.note(session, self._agreed(session, shopper_id), "correction")
            return fact

    def delete_fact(self, shopper_id: str, fact_id: str) -> None:
        """Deletes a fact, with what it took the place of, and what answers said because of it.

        The conversation itself stays: it is the shopper's, and can be erased with all the rest.
        The files are rewritten in the background.

        Raises:
            UnknownFact: there is no such fact of this shopper.
        """
        with self._database.writing() as session:
            self._agreed_fact(session, shopper_id, fact_id)
            doomed, gone = [fact_id], {fact_id}
            while doomed:
                session.execute(delete(FactRow).where(FactRow.id.in_(doomed)))
                doomed = list(
                    session.scalars(select(FactRow.id).where(FactRow.ended_by.in_(doomed)))
                )
                gone.update(doomed)
            forget_facts(session, shopper_id, gone)
            self.note(session, self._agreed(session, shopper_id), "fact deleted")
            self._database.scrubber.mark(session)
        self._database.scrubber.scrub_soon()

    # all of it -------------------------------------------------------------------------------

    def export(self, shopper_id: str) -> dict[str, Any]:
        """All that is kept of a shopper, as plain data that JSON can hold.

        Raises:
            NotRemembered: nothing is.
        """
        with self._database.writing() as session:
            cases = cases_of(session, shopper_id)
            if cases and session.get(ShopperRow, shopper_id) is None:
                return {"shopper_id": shopper_id, "consent": None, "handoffs": cases}
            row = self._agreed(session, shopper_id)
            self.note(session, row, "export")
            session.flush()
            kept = exported(session, row)
            return {
                "shopper_id": shopper_id,
                "consent": _dumped(_consent(row)),
                **kept,
                "handoffs": cases,
            }

    def erase(self, shopper_id: str) -> bool:
        """Erases all that is kept of a shopper: from tables, memory and the files below them.

        The files are rewritten in the background where others were just erased.

        What stays is that somebody, under a random pseudonym that nothing links to the shopper any
        more, was erased.

        Returns:
            Whether anything was kept in the database.
        """
        self._store.forget_passing(shopper_id)
        with self._database.writing() as session:
            row = session.get(ShopperRow, shopper_id, with_for_update=True)
            # Who was handed over to a person has a case there, remembered or not.
            cases = erase_cases(session, shopper_id)
            if row is None and not cases:
                return False
            if row is not None:
                self.note(session, row, "erasure")
            own = select(ThreadRow.id).where(ThreadRow.shopper_id == shopper_id)
            turns = select(TurnRow.id).where(TurnRow.thread_id.in_(own))
            session.execute(delete(FeedbackRow).where(FeedbackRow.turn_id.in_(turns)))
            session.execute(delete(TurnRow).where(TurnRow.thread_id.in_(own)))
            for table in (ThreadRow, FactRow, EventRow):
                session.execute(delete(table).where(table.shopper_id == shopper_id))
            session.execute(delete(ShopperRow).where(ShopperRow.id == shopper_id))
            self._database.scrubber.mark(session)
        # Turns that began before see no consent any more: they must not pass on either.
        self._store.forget_passing(shopper_id)
        self._database.scrubber.scrub_at_once()
        return True

    # ---------------------------------------------------------------------------------------

    def _agree(self, shopper_id: str, notice: str) -> Consent:
        with self._database.writing() as session:
            return _consent(self.agreed_in(session, shopper_id, notice))

    def agreed_in(self, session: Session, shopper_id: str, notice: str) -> ShopperRow:
        """The consent of a shopper, given now where it was not yet.

        Args:
            session: of the transaction that writes. When it has ended well, the conversations that
                passed are to be dropped with ``Store.forget_passing``.
            shopper_id: whose.
            notice: what they have agreed to.
        """
        self._database.one_at_a_time(session, shopper_id)
        row = session.get(ShopperRow, shopper_id)
        if row is None:
            row = self._add_consent(session, shopper_id, notice)
            self._store.keep_passing(session, shopper_id, row.consent_id)
        return row

    def _add_consent(self, session: Session, shopper_id: str, notice: str) -> ShopperRow:
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
        self.note(session, row, "consent")
        return row

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

    def note(self, session: Session, shopper: ShopperRow, action: str) -> None:
        """Notes for the audit that something was done with a profile; never what."""
        session.add(AuditRow(time=self._now(), pseudonym=shopper.pseudonym, action=action))


def _consent(row: ShopperRow) -> Consent:
    return Consent(consented=row.consented, notice=row.notice, learning=row.learning)


def _rivals(session: Session, fact: ProfileFact, value: str) -> list[ProfileFact]:
    """Current facts that cannot stand beside a corrected one: of the same value, or the field's
    only one.
    """
    return [
        other
        for other in facts_in(session, fact.shopper_id)
        if other.id != fact.id
        and other.field == fact.field
        and (key(other.value) == key(value) or fact.field in ONE_VALUE)
    ]


def _dumped(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json")
