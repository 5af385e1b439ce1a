"""Threads, turns and profile facts in a SQL database; one transaction a turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import JSON, DateTime, ForeignKey, UniqueConstraint, create_engine, event, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from assistant.errors import StoreUnavailable, ThreadBusy, UnknownThread
from assistant.need import Need
from assistant.profile.facts import ProfileFact
from assistant.reply import Reply
from tools.lookup_profile import KnownFact


class _Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012 (SQLAlchemy's)


class _Thread(_Base):
    __tablename__ = "threads"
    id: Mapped[str] = mapped_column(primary_key=True)
    shopper_id: Mapped[str] = mapped_column(index=True)
    catalog: Mapped[str]
    turns: Mapped[int] = mapped_column(default=0)
    need: Mapped[dict[str, Any]]
    shown: Mapped[list[str]]
    pick: Mapped[str | None]
    updated: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class _Turn(_Base):
    __tablename__ = "turns"
    id: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    number: Mapped[int]
    message: Mapped[str]
    reply: Mapped[dict[str, Any]]
    time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    __table_args__ = (UniqueConstraint("thread_id", "number"),)


class _Fact(_Base):
    __tablename__ = "facts"
    id: Mapped[str] = mapped_column(primary_key=True)
    shopper_id: Mapped[str] = mapped_column(index=True)
    field: Mapped[str]
    op: Mapped[str]
    value: Mapped[str]
    quote: Mapped[str]
    thread_id: Mapped[str]
    turn_id: Mapped[str]
    confidence: Mapped[float]
    first_seen: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_seen: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ThreadState(BaseModel):
    """What a thread carries from one turn to the next.

    Attributes:
        turns: how many turns are finished.
        shown: ids of the products shown last.
        pick: the one of them that was recommended.
    """

    id: str
    shopper_id: str
    catalog: str
    turns: int = 0
    need: Need = Field(default_factory=Need)
    shown: list[str] = Field(default_factory=list)
    pick: str | None = None


class Exchange(BaseModel):
    """One finished turn: what was asked and what was answered."""

    number: int
    message: str
    reply: Reply
    time: datetime


class Store:
    """The database behind the assistant.

    Args:
        url: as SQLAlchemy takes it; a SQLite file's folder is made where it is missing.
    """

    def __init__(self, url: str) -> None:
        with _plain_errors():
            self._engine = _engine(url)
            _Base.metadata.create_all(self._engine)

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def thread(self, thread_id: str, shopper_id: str) -> ThreadState | None:
        """The thread of that id, None where there is none yet.

        Raises:
            UnknownThread: it belongs to another shopper. The answer is the same as for a thread
                that nobody has, so that ids cannot be tried out.
        """
        with _plain_errors(), Session(self._engine) as session:
            row = session.get(_Thread, thread_id)
            if row is None:
                return None
            if row.shopper_id != shopper_id:
                raise unknown_thread(thread_id)
            return ThreadState(
                id=row.id,
                shopper_id=row.shopper_id,
                catalog=row.catalog,
                turns=row.turns,
                need=Need.model_validate(row.need),
                shown=row.shown,
                pick=row.pick,
            )

    def exchanges(self, thread_id: str, shopper_id: str) -> list[Exchange]:
        """The finished turns of a thread, oldest first.

        Raises:
            UnknownThread: there is no such thread of this shopper.
        """
        if self.thread(thread_id, shopper_id) is None:
            raise unknown_thread(thread_id)
        with _plain_errors(), Session(self._engine) as session:
            rows = session.scalars(
                select(_Turn).where(_Turn.thread_id == thread_id).order_by(_Turn.number)
            )
            return [
                Exchange(
                    number=row.number,
                    message=row.message,
                    reply=Reply.model_validate(row.reply),
                    time=_aware(row.time),
                )
                for row in rows
            ]

    def commit_turn(
        self,
        state: ThreadState,
        *,
        message: str,
        reply: Reply,
        facts: Sequence[ProfileFact],
        now: datetime,
    ) -> None:
        """Makes a turn, the need after it and the profile's changes durable, all or none.

        Args:
            state: the thread after the turn; ``turns`` counts it.
            message: the shopper's.
            reply: the answer.
            facts: the profile facts that the turn added or saw again.
            now: the time of the turn.

        Raises:
            ThreadBusy: another turn of the thread was finished meanwhile.
            UnknownThread: the thread belongs to another shopper by now.
        """
        try:
            with _plain_errors(), Session(self._engine) as session, session.begin():
                thread = session.get(_Thread, state.id)
                if thread is None:
                    thread = _Thread(
                        id=state.id, shopper_id=state.shopper_id, catalog=state.catalog, turns=0
                    )
                    session.add(thread)
                elif thread.shopper_id != state.shopper_id:
                    raise unknown_thread(state.id)
                if thread.turns != state.turns - 1:
                    raise _busy()
                thread.turns = state.turns
                thread.catalog = state.catalog
                thread.need = state.need.model_dump(mode="json")
                thread.shown = list(state.shown)
                thread.pick = state.pick
                thread.updated = now
                session.flush()
                session.add(
                    _Turn(
                        id=reply.turn_id,
                        thread_id=state.id,
                        number=state.turns,
                        message=message,
                        reply=reply.model_dump(mode="json"),
                        time=now,
                    )
                )
                for fact in facts:
                    session.merge(_Fact(**fact.model_dump()))
        except IntegrityError as error:
            raise _busy() from error

    def profile(self, shopper_id: str) -> list[ProfileFact]:
        """All facts kept of a shopper, last seen first."""
        with _plain_errors(), Session(self._engine) as session:
            rows = session.scalars(
                select(_Fact)
                .where(_Fact.shopper_id == shopper_id)
                .order_by(_Fact.last_seen.desc(), _Fact.id)
            )
            return [
                ProfileFact(
                    id=row.id,
                    shopper_id=row.shopper_id,
                    field=row.field,
                    op=row.op,
                    value=row.value,
                    quote=row.quote,
                    thread_id=row.thread_id,
                    turn_id=row.turn_id,
                    confidence=row.confidence,
                    first_seen=_aware(row.first_seen),
                    last_seen=_aware(row.last_seen),
                )
                for row in rows
            ]

    def facts_of(self, shopper_id: str) -> list[KnownFact]:
        """See ``tools.lookup_profile.ProfileReader``."""
        return [
            KnownFact(
                field=fact.field,
                value=fact.value,
                op=fact.op,
                quote=fact.quote,
                confidence=fact.confidence,
            )
            for fact in self.profile(shopper_id)
        ]


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turns what the database driver raises into one plain sentence."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, OSError) as error:
        raise StoreUnavailable("The database cannot be read or written.") from error


def unknown_thread(thread_id: str) -> UnknownThread:
    """The error for a thread that this shopper does not have."""
    return UnknownThread(f"There is no thread {thread_id[:80]!r}.", field="thread_id")


def _busy() -> ThreadBusy:
    return ThreadBusy("Another message of this thread was answered meanwhile. Send it again.")


def _aware(time: datetime) -> datetime:
    """SQLite forgets the zone; all our times are UTC."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed,
        pool_pre_ping=not sqlite,
        connect_args={"timeout": 10} if sqlite else {},
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
