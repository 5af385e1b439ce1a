"""Takes what was deleted out of the files below the database, too."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from assistant.errors import StoreUnavailable

_MOST_MARKS = 1_000_000_000
_SECONDS_TO_WAIT, _SECONDS_BETWEEN = 30.0, 0.05


class Scrubber:
    """Rewrites the files of a database without anything that was deleted.

    SQLite overwrites deleted cells with zeros, yet a cell that had moved when its page was split
    may have left a copy behind, and the write-ahead log has what was written before. So the file
    is rewritten and the log cut to nothing; readers go on meanwhile, writers wait. PostgreSQL
    keeps dead rows until they are vacuumed.

    Args:
        engine: of the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()

    def mark(self, session: Session) -> None:
        """Notes in the transaction that deletes that the files are to be rewritten, so that a
        crash before that is made good when the database is opened again.
        """
        if self._engine.dialect.name == "sqlite":
            marks = session.execute(text("PRAGMA user_version")).scalar_one()
            session.execute(text(f"PRAGMA user_version = {marks % _MOST_MARKS + 1}"))

    def scrub(self) -> None:
        """Rewrites the files, where a deletion was marked since the last time.

        Raises:
            StoreUnavailable: the disk is full, or others read or write for so long. It is done
                when the database is opened again, or at the next deletion.
        """
        try:
            with self._lock, self._engine.connect() as connection:
                if self._engine.dialect.name == "postgresql":
                    connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                        text("VACUUM FULL threads, turns, facts, events, shoppers")
                    )
                elif self._engine.dialect.name == "sqlite":
                    self._rewrite(connection.connection.driver_connection)
        except (DBAPIError, sqlite3.Error) as error:
            raise StoreUnavailable(
                "What was deleted is gone from the database, and not yet from its files."
            ) from error

    def _rewrite(self, raw: Any) -> None:
        """Args: raw: the ``sqlite3`` connection. VACUUM runs outside of any transaction."""
        level, raw.isolation_level = raw.isolation_level, None
        try:
            (marks,) = raw.execute("PRAGMA user_version").fetchone()
            if not marks:
                return
            raw.execute("VACUUM")
            until = time.monotonic() + _SECONDS_TO_WAIT
            while raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > until:
                    raise StoreUnavailable("Others are reading: the log cannot be cut yet.")
                time.sleep(_SECONDS_BETWEEN)
            # What others have marked meanwhile is theirs to scrub.
            raw.execute("BEGIN IMMEDIATE")
            if raw.execute("PRAGMA user_version").fetchone() == (marks,):
                raw.execute("PRAGMA user_version = 0")
            raw.execute("COMMIT")
        finally:
            raw.isolation_level = level
