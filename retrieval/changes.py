"""What has changed since an index was built: a log on disk that a crash leaves whole."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import ValidationError

from retrieval.embedding import Vectors
from retrieval.errors import IndexBroken, IndexNotWritten
from retrieval.product import Product

_TABLE = """\
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    product TEXT,
    vector BLOB
)"""
_INSERT = "INSERT INTO changes (id, product, vector) VALUES (?, ?, ?)"
_LAST = "SELECT max(seq) FROM changes"
_SINCE = "SELECT seq, id, product, vector FROM changes WHERE seq > ? ORDER BY seq"
_WAIT = 30.0  # seconds for another process's write to end
_WAIT_ALONE = 1.0

_Result = TypeVar("_Result")
_Row = tuple[int, str, str | None, bytes | None]


@dataclass(frozen=True)
class Change:
    """One product put in, changed, or taken out.

    Attributes:
        id: the product's.
        product: as it is from now on; None where it is taken out.
        vector: of its text, of length one; None where it is taken out.
    """

    id: str
    product: Product | None = None
    vector: Vectors | None = None


class ChangeLog:
    """The log of one version of an index. Any process may read it, one at a time writes.

    What ``append`` has returned for is on the disk: SQLite syncs its log before a commit ends.
    Reading never waits for a write.

    Args:
        path: a log that ``create`` made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # One to read by and one to write by: in SQLite's WAL mode neither waits for the other.
        self._reader = _Connection(path)
        self._writer = _Connection(path)

    @classmethod
    def create(cls, path: Path) -> ChangeLog:
        """A new log, empty and on the disk, so that one which is lost is not taken for empty.

        Raises:
            IndexNotWritten: the disk is full or cannot be written.
        """
        try:
            connection = sqlite3.connect(path, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(_TABLE)
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise IndexNotWritten(f"A change log could not be written: {error}.") from error
        return cls(path)

    def append(self, changes: Sequence[Change]) -> None:
        """Writes changes, all or none.

        Raises:
            IndexNotWritten: the disk is full or cannot be written.
            IndexBroken: the log is damaged.
        """
        rows = [
            (
                change.id,
                None if change.product is None else change.product.model_dump_json(),
                None if change.vector is None else change.vector.astype("<f4").tobytes(),
            )
            for change in changes
        ]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT, rows)
            connection.execute("COMMIT")

        try:
            self._writer.use(write)
        except sqlite3.DatabaseError as error:
            if _damaged(error):
                raise IndexBroken("The change log of the index is damaged.") from error
            raise IndexNotWritten(
                f"The change could not be written: {error}. Nothing has changed."
            ) from error

    def since(self, seq: int) -> list[tuple[int, Change]]:
        """The changes after a number, oldest first, each with its own.

        Raises:
            IndexBroken: the log is damaged or cannot be read.
        """

        def read(connection: sqlite3.Connection) -> list[_Row]:
            last = connection.execute(_LAST).fetchone()[0]
            return connection.execute(_SINCE, (seq,)).fetchall() if (last or 0) > seq else []

        try:
            try:
                rows = self._reader.use(read)
            except sqlite3.OperationalError:
                rows = self._read_alone(read)
            return [(number, _change(id, product, vector)) for number, id, product, vector in rows]
        except (sqlite3.DatabaseError, ValidationError, ValueError, TypeError) as error:
            raise IndexBroken("The change log of the index cannot be read.") from error

    def _read_alone(self, read: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Reads where SQLite cannot write the small file that processes agree by.

        On a full disk there is no room for it; it is not needed by who has the log alone, and
        where another process has it open, the file is there already.
        """
        connection = _connect(self._path, _WAIT_ALONE)
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            return read(connection)
        finally:
            connection.close()

    def close(self) -> None:
        """Closes the file; whoever asks again opens it again."""
        self._reader.close()
        self._writer.close()


class _Connection:
    """A connection that is opened when first used, and anew after an error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def use(self, act: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Lets one thread act at a time; what an error leaves open is rolled back."""
        with self._lock:
            if self._connection is None:
                self._connection = _connect(self._path, _WAIT)
            try:
                return act(self._connection)
            except BaseException:
                self._connection.close()
                self._connection = None
                raise

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _connect(path: Path, wait: float) -> sqlite3.Connection:
    # Never one that is not there: an empty log in its place would hide that it is lost.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(
        uri, uri=True, timeout=wait, check_same_thread=False, isolation_level=None
    )


def _damaged(error: sqlite3.DatabaseError) -> bool:
    """Whether it is the file that is wrong, and not the disk or another process."""
    # Plain errors are of a table that is not there.
    plain = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_ERROR
    return plain or not isinstance(error, sqlite3.OperationalError)


def _change(id: str, product: str | None, vector: bytes | None) -> Change:
    return Change(
        id,
        None if product is None else Product.model_validate_json(product),
        None if vector is None else np.frombuffer(vector, dtype="<f4").astype(np.float32),
    )
