"""A guest signs in: what was said becomes the shopper's, what is known only if they want it."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from cachetools import TTLCache
from pydantic import BaseModel
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.database.tables import EventRow, FactRow, ShopperRow, ThreadRow
from assistant.errors import AlreadyJoined, BadInput, ThreadBusy
from assistant.profile.dialogue.contradiction import ONE_VALUE
from assistant.profile.fact_rows import facts_in
from assistant.profile.facts import ProfileFact
from assistant.profile.forgetting import forget_facts
from assistant.profile.memory import Memory
from assistant.store import Store
from retrieval.fields import key

_MOST_GUESTS = 100_000
# For as long as a guest's token may be used again.
_KNOWN_FOR = timedelta(days=2)


Also = Callable[[Session, str, str], None]


class Joined(BaseModel):
    """What a guest brought along.

    Attributes:
        threads: the ids of the conversations that are the shopper's now.
        facts: how many facts are.
        remembered: whether the shopper has agreed to be remembered.
    """

    threads: list[str]
    facts: int
    remembered: bool


class Joining:
    """Gives what a guest has to the shopper whom the guest turns out to be.

    Args:
        database: where it is kept, of those who have agreed.
        store: the conversations.
        memory: the profiles.
        clock: seconds of a clock that never goes back.
        also: what else becomes the shopper's in the same transaction; each is told the guest and
            the shopper.
    """

    def __init__(
        self,
        database: Database,
        store: Store,
        memory: Memory,
        *,
        clock: Callable[[], float],
        also: Sequence[Also] = (),
    ) -> None:
        self._also = also
        self._database = database
        self._store = store
        self._memory = memory
        # Which shopper a guest became passes with the server: who has not agreed is kept nowhere.
        # The names are hashed with a salt that nobody has, for nothing else is asked of them.
        self._salt = secrets.token_bytes(16)
        self._joined: TTLCache[bytes, bytes] = TTLCache(
            _MOST_GUESTS, _KNOWN_FOR.total_seconds(), timer=clock
        )
        self._lock = threading.Lock()

    def join(self, guest: str, shopper: str, *, facts: bool, notice: str | None) -> Joined:
        """Makes a guest's conversations the shopper's, all or none. Doing it again does no harm.

        Where the shopper has agreed to be remembered, they are durable from now on, and those of a
        guest who had not agreed become so. Where not, they pass, also those that were durable: of
        such a shopper nothing is kept. Without ``facts``, what was learnt of the guest stays with
        the guest, and is taken out of the conversations.

        Args:
            guest: a guest's id. The caller has seen its token.
            shopper: whose token the caller has seen, too.
            facts: whether the shopper wants what is known of the guest: facts and behaviour.
            notice: the version of the notice to which the shopper agrees now; None where they do
                not, or have before.

        Raises:
            AlreadyJoined: the guest has become another shopper.
            BadInput: facts are wanted of a shopper who has not agreed to be remembered.
            ThreadBusy: another request changed the same at this moment.
        """
        mark = self._hashed(shopper)
        with self._lock:
            before = self._joined.get(self._hashed(guest))
            if before not in (None, mark):
                raise AlreadyJoined("This guest has signed in as somebody else.")
            self._joined[self._hashed(guest)] = mark
        try:
            return self._joined_in_one(guest, shopper, facts=facts, notice=notice)
        except BaseException as error:
            if before is None:
                with self._lock:
                    self._joined.pop(self._hashed(guest), None)
            if isinstance(error, IntegrityError):
                raise ThreadBusy("Something of it was changed meanwhile. Send it again.") from error
            raise

    def _joined_in_one(
        self, guest: str, shopper: str, *, facts: bool, notice: str | None
    ) -> Joined:
        with self._database.writing() as session:
            for id in sorted((guest, shopper)):
                self._database.one_at_a_time(session, id)
            theirs = session.get(ShopperRow, guest, with_for_update=True)
            own = session.get(ShopperRow, shopper, with_for_update=True)
            agrees = own is None and notice is not None
            if notice is not None:
                own = self._memory.agreed_in(session, shopper, notice)
            if facts and own is None:
                raise BadInput(
                    "Facts are kept only of a shopper who has agreed to be remembered: send the "
                    "version of the notice that they have agreed to.",
                    field="notice",
                )
            if not facts:
                known = [fact.id for fact in facts_in(session, guest, history=True)]
                if known:
                    forget_facts(session, guest, known)
                    session.flush()
            taken = 0
            durable = list(
                session.scalars(select(ThreadRow.id).where(ThreadRow.shopper_id == guest))
            )
            if own is None:
                passing = self._store.unkept(session, guest, shopper)
                if durable:
                    self._database.scrubber.mark(session)
            else:
                session.execute(
                    update(ThreadRow)
                    .where(ThreadRow.shopper_id == guest)
                    .values(shopper_id=shopper)
                )
                passing = self._store.keep_handed(session, guest, shopper, own.consent_id)
                self._memory.note(session, own, "join")
            if theirs is not None:
                self._memory.note(session, theirs, "join")
                if facts:
                    taken = _take_facts(session, guest, shopper)
                    _take_events(session, guest, shopper)
                    session.delete(theirs)
            for also in self._also:
                also(session, guest, shopper)
            remembered = own is not None
        self._store.hand_over(guest, passing)
        if agrees:
            self._store.forget_passing(shopper)
        if durable and not remembered:
            self._database.scrubber.scrub_soon()
        threads = dict.fromkeys([*durable, *(state.id for state, _ in passing)])
        return Joined(threads=sorted(threads), facts=taken, remembered=remembered)

    def _hashed(self, id: str) -> bytes:
        return hashlib.blake2b(id.encode(), key=self._salt, digest_size=16).digest()


def _take_facts(session: Session, guest: str, shopper: str) -> int:
    """Gives the guest's facts to the shopper; of two that cannot both hold the later one does.

    Returns:
        How many of them hold.
    """
    held = facts_in(session, shopper)
    holding = 0
    rows = session.scalars(
        select(FactRow).where(FactRow.shopper_id == guest).order_by(FactRow.last_seen, FactRow.id)
    )
    for row in rows.all():
        row.shopper_id = shopper
        if row.ended is not None:
            continue
        rivals = [fact for fact in held if _excludes(fact, row)]
        stronger = next((f for f in rivals if f.pinned or f.last_seen >= row.last_seen), None)
        if stronger is not None:
            row.ended, row.ended_by = row.last_seen, stronger.id
            continue
        for rival in rivals:
            ended = session.get_one(FactRow, rival.id)
            ended.ended, ended.ended_by = row.last_seen, row.id
        holding += 1
    return holding


def _excludes(fact: ProfileFact, row: FactRow) -> bool:
    """Whether a fact cannot stand beside another: of the same value, or its field has but one."""
    same = key(fact.value) == key(row.value)
    return fact.field == row.field and (same or fact.field in ONE_VALUE)


def _take_events(session: Session, guest: str, shopper: str) -> None:
    known = select(EventRow.event_id).where(EventRow.shopper_id == shopper)
    ids = set(session.scalars(known))
    theirs = session.scalars(select(EventRow.event_id).where(EventRow.shopper_id == guest)).all()
    for id in theirs:
        mine = (EventRow.shopper_id == guest, EventRow.event_id == id)
        if id in ids:
            session.execute(delete(EventRow).where(*mine))
        else:
            session.execute(update(EventRow).where(*mine).values(shopper_id=shopper))
