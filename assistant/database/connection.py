"""The connection to the database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, func, make_url, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from assistant.database.erasing import Scrubber
from assistant.database.migrating import migrate
from assistant.errors import StoreUnavailable

# Writers wait while the files of a large database are rewritten after an erasure.
_SECONDS_TO_WAIT = 60


class Database:
    """The database behind the assistant, brought to the newest schema when it is opened.

    Args:
        url: as SQLAlchemy takes it; a SQLite file's folder is made where it is missing.

    Raises:
        StoreUnavailable: it cannot be reached, or was written by a newer version.
    """

    def __init__(self, url: str) -> None:
        with plain_errors():
            self.engine = _engine(url)
            migrate(self.engine)
            self.scrubber = Scrubber(self.engine)
            if self.engine.dialect.name == "sqlite":
                self.scrubber.scrub()  # what a crash left undone

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None for another one, or one in memory."""
        url = self.engine.url
        if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
            return None
        return Path(str(url.database))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads."""
        with plain_errors(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are durable at its end, all or none.

        Raises:
            sqlalchemy.exc.IntegrityError: the changes contradict what others wrote.
        """
        with plain_errors(), Session(self.engine) as session, session.begin():
            # SQLite locks at the first write. What is read before it must still hold then.
            if self.engine.dialect.name == "sqlite":
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            yield session

    @staticmethod
    def one_at_a_time(session: Session, shopper_id: str) -> None:
        """Waits until no other transaction that has called this for a shopper is under way.

        What a shopper's conversations are may hang on rows that are not there yet, which no lock
        of rows can hold. SQLite's transactions follow each other by themselves.

        Args:
            session: of the transaction, before it reads.
            shopper_id: whose conversations it changes.
        """
        if session.get_bind().dialect.name == "postgresql":
            session.execute(
                select(func.pg_advisory_xact_lock(func.hashtextextended(shopper_id, 0)))
            )

    def close(self) -> None:
        """Rewrites what was put off, and closes all connections."""
        self.scrubber.finish()
        self.engine.dispose()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns what the database driver raises into one plain sentence."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, OSError) as error:
        raise StoreUnavailable("The database cannot be read or written.") from error


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed,
        pool_pre_ping=not sqlite,
        hide_parameters=True,  # what shoppers wrote must not reach the log with an error
        connect_args={"timeout": _SECONDS_TO_WAIT} if sqlite else {},
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # What is deleted is overwritten with zeros.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()
