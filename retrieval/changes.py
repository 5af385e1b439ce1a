"""What has changed since an index was built: a log on disk that a crash leaves whole."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from retrieval.embedding import Vectors
from retrieval.errors import IndexBroken, IndexNotWritten
from retrieval.product import Product

_TABLE = """\
CREATE TABLE IF NOT EXISTS changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    product TEXT,
    vector BLOB
)"""
_WAIT = 30.0  # seconds for another process's write to end


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
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = sqlite3.connect(
                        self._path, timeout=_WAIT, check_same_thread=False, isolation_level=None
                    )
                    self._connection.execute("PRAGMA journal_mode=WAL")
                    self._connection.execute("PRAGMA synchronous=FULL")
                    self._connection.execute(_TABLE)
                yield self._connection
            except sqlite3.OperationalError as error:
                raise IndexNotWritten(f"The change log cannot be used: {error}.") from error
            except sqlite3.DatabaseError as error:
                raise IndexBroken("The change log of the index is damaged.") from error

    def append(self, changes: Sequence[Change]) -> int:
        """Writes changes, all or none; returns the number of the last.

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
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany(
                    "INSERT INTO changes (id, product, vector) VALUES (?, ?, ?)", rows
                )
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return self._last(connection)

    def since(self, seq: int) -> list[tuple[int, Change]]:
        """The changes after a number, oldest first, each with its own.

        Raises:
            IndexBroken: the log is damaged.
        """
        with self._open() as connection:
            if self._last(connection) <= seq:
                return []
            rows = connection.execute(
                "SELECT seq, id, product, vector FROM changes WHERE seq > ? ORDER BY seq", (seq,)
            ).fetchall()
        try:
            return [(number, _change(id, product, vector)) for number, id, product, vector in rows]
        except (ValidationError, ValueError) as error:
            raise IndexBroken("The change log of the index is damaged.") from error

    @staticmethod
    def _last(connection: sqlite3.Connection) -> int:
        found = connection.execute("SELECT max(seq) FROM changes").fetchone()[0]
        return int(found or 0)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _change(id: str, product: str | None, vector: bytes | None) -> Change:
    return Change(
        id,
        None if product is None else Product.model_validate_json(product),
        None if vector is None else np.frombuffer(vector, dtype="<f4").astype(np.float32),
    )
