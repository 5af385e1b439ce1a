"""Takes what was deleted out of the files below the database, too."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

_MOST_MARKS = 1_000_000_000
_SECONDS_TO_WAIT, _SECONDS_BETWEEN = 30.0, 0.05
# Single facts go one after the other: their files are rewritten together.
_SECONDS_TOGETHER = 20.0
_SECONDS_UNTIL_NEXT_TRY = 60.0
_SECONDS_UNTIL_NEXT_LOOK = 1.0
# The next rewriting waits so many times as long as one took.
_REST = 9
# The checkpoint keeps writers waiting while it waits for readers: not for long at a time.
_BUSY_MS = 200
_BUSY = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})

_log = structlog.get_logger(__name__)


class Scrubber:
    """Rewrites the files of a database without anything that was deleted.

    SQLite overwrites deleted cells with zeros, yet a cell that had moved when its page was split
    may have left a copy behind, and the write-ahead log has what was written before. So the file
    is rewritten and the log cut to nothing; readers go on meanwhile, writers wait. PostgreSQL
    keeps dead rows until they are vacuumed.

    Args:
        engine: of the database.
        together: seconds that ``scrub_soon`` waits for more to be deleted.
    """

    def __init__(self, engine: Engine, *, together: float = _SECONDS_TOGETHER) -> None:
        self._engine = engine
        self._together = together
        self._clean = True
        self._lock = threading.Lock()
        self._first = threading.Lock()
        self._rests_until = 0.0
        self._timer: threading.Timer | None = None
        self._timer_lock = threading.Lock()

    def mark(self, session: Session) -> None:
        """Notes in the transaction that deletes that the files are to be rewritten, so that a
        crash before that is made good when the database is opened again.
        """
        if self._engine.dialect.name == "sqlite":
            marks = session.execute(text("PRAGMA user_version")).scalar_one()
            session.execute(text(f"PRAGMA user_version = {marks % _MOST_MARKS + 1}"))

    def scrub(self) -> bool:
        """Rewrites the files, where a deletion was marked since the last time.

        Returns:
            Whether they are clean. Where others read for so long that the log cannot be cut, or
            the disk is full, it is tried again in the background, and when the database is opened.
        """
        try:
            with self._lock, self._engine.connect() as connection:
                if self._engine.dialect.name == "postgresql":
                    with self._timed():
                        connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                            text(
                                "VACUUM FULL threads, turns, feedback, facts, events, shoppers, "
                                "desk_cases, desk_messages, desk_webhooks, "
                                "insight_counts, insight_weeks"
                            )
                        )
                    self._clean = True
                elif connection.execute(text("PRAGMA user_version")).scalar_one() == 0:
                    self._clean = True
                else:
                    connection.rollback()
                    with self._timed():
                        self._clean = self._rewritten(connection.connection.driver_connection)
        except (DBAPIError, sqlite3.Error) as error:
            self._clean = False
            _log.error("scrub_failed", error=type(error).__name__)
        if not self._clean:
            self.scrub_soon(_SECONDS_UNTIL_NEXT_TRY)
        return self._clean

    def scrub_at_once(self) -> None:
        """Rewrites the files now, or soon where that is being done or was just done.

        However often somebody has something erased, writers wait for a tenth of the time, not more.
        """
        wait = _SECONDS_UNTIL_NEXT_LOOK
        if self._first.acquire(blocking=False):
            try:
                wait = self._rests_until - time.monotonic()
                if wait <= 0:
                    self.scrub()
                    return
            finally:
                self._first.release()
        self._clean = False
        self.scrub_soon(wait)

    @property
    def clean(self) -> bool:
        """Whether all that was deleted is out of the files."""
        if self._engine.dialect.name != "sqlite":
            return self._clean
        with self._engine.connect() as connection:
            return bool(connection.execute(text("PRAGMA user_version")).scalar_one() == 0)

    def scrub_soon(self, seconds: float | None = None) -> None:
        """Rewrites the files in the background, once for all that is deleted until then."""
        with self._timer_lock:
            if self._timer is None:
                wait = self._together if seconds is None else seconds
                self._timer = threading.Timer(wait, self._in_background)
                self._timer.daemon = True
                self._timer.start()

    def finish(self) -> None:
        """Rewrites at once what was put off; to be called before the database is closed."""
        with self._timer_lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self.scrub()

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            ended = time.monotonic()
            self._rests_until = max(self._rests_until, ended + _REST * (ended - began))

    def _in_background(self) -> None:
        with self._timer_lock:
            self._timer = None
        self.scrub_at_once()

    def _rewritten(self, raw: Any) -> bool:
        """Args: raw: the ``sqlite3`` connection. VACUUM runs outside of any transaction."""
        level, raw.isolation_level = raw.isolation_level, None
        (patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
        try:
            (marks,) = raw.execute("PRAGMA user_version").fetchone()
            raw.execute("VACUUM")
            raw.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            until = time.monotonic() + _SECONDS_TO_WAIT
            while raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > until:
                    return False
                time.sleep(_SECONDS_BETWEEN)
            raw.execute(f"PRAGMA busy_timeout = {patience}")
            # What others have marked meanwhile is theirs to scrub.
            raw.execute("BEGIN IMMEDIATE")
            if raw.execute("PRAGMA user_version").fetchone() == (marks,):
                raw.execute("PRAGMA user_version = 0")
            raw.execute("COMMIT")
            return True
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname in _BUSY:
                return False  # another one writes for longer than is waited for
            raise
        finally:
            raw.execute(f"PRAGMA busy_timeout = {patience}")
            raw.isolation_level = level
