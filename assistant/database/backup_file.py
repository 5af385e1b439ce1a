"""The file of a backup: gzipped JSON Lines that any database can be filled from.

The first line says what it is, each line after it holds a row of a table, the last one how many
rows of each table came, and the SHA-256 of all lines before it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import secrets
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import BadInput

FORMAT = 1
# The longest row is a turn, whose message and reply are bounded far below this.
_LONGEST_LINE = 64_000_000
# Rows are much alike: more effort makes the file little smaller.
_EFFORT = 4


class Head(BaseModel):
    """What a backup begins with.

    Attributes:
        shopguide_backup: the format's version.
        schema_revision: of the database that it was made of.
        time: when it was made.
        tables: the columns of each table, in the order of their values in a row.
    """

    model_config = ConfigDict(frozen=True)

    shopguide_backup: int
    schema_revision: str
    time: datetime
    tables: dict[str, list[str]]


class _Foot(BaseModel):
    model_config = ConfigDict(frozen=True)

    rows: dict[str, int]
    sha256: str


@dataclass(frozen=True)
class Row:
    """One row: its table, and its values as JSON holds them."""

    table: str
    values: list[Any]


class BackupWriter:
    """Writes the lines, and counts them.

    Args:
        file: takes bytes.
        head: the first line.
    """

    def __init__(self, file: gzip.GzipFile, head: Head) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.rows = dict.fromkeys(head.tables, 0)
        self._write(_line(head.model_dump(mode="json")))

    def add(self, row: Row) -> None:
        """Writes a row."""
        self._write(_line([row.table, row.values]))
        self.rows[row.table] += 1

    def end(self) -> None:
        """Writes the last line."""
        foot = _Foot(rows=self.rows, sha256=self._hash.hexdigest())
        self._file.write(_line(foot.model_dump()))

    def _write(self, line: bytes) -> None:
        self._file.write(line)
        self._hash.update(line)


class BackupReader:
    """Reads the lines, and finds damage at the end at the latest.

    Args:
        file: of a backup.
        name: what an error calls it.

    Raises:
        BadInput: it is no backup.
    """

    def __init__(self, file: gzip.GzipFile, name: str) -> None:
        self._file = file
        self._name = name
        self._hash = hashlib.sha256()
        try:
            self.head = Head.model_validate_json(self._line())
        except (ValidationError, BadInput) as error:
            raise BadInput(f"{name} is no backup of ShopGuide.", field="file") from error
        if self.head.shopguide_backup > FORMAT:
            raise BadInput(f"{name} was written by a newer version of ShopGuide.", field="file")

    def rows(self) -> Iterator[Row]:
        """The rows, one by one.

        Raises:
            BadInput: the file is damaged or cut. What came before may be damaged, too.
        """
        seen: Counter[str] = Counter()
        while True:
            so_far = self._hash.hexdigest()
            line = self._line()
            if line.startswith(b"["):
                row = self._row(line)
                seen[row.table] += 1
                yield row
                continue
            try:
                foot = _Foot.model_validate_json(line)
            except ValidationError as error:
                raise self.damaged() from error
            counts = {table: seen[table] for table in self.head.tables}
            if foot != _Foot(rows=counts, sha256=so_far) or self._read(1):
                raise self.damaged()
            return

    def damaged(self) -> BadInput:
        """The error for a file that is not as it was written."""
        return BadInput(
            f"{self._name} is damaged or cut: nothing of it was restored.", field="file"
        )

    def _row(self, line: bytes) -> Row:
        try:
            table, values = json.loads(line)
            columns = self.head.tables[table]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self.damaged() from error
        if not isinstance(values, list) or len(values) != len(columns):
            raise self.damaged()
        return Row(table, values)

    def _line(self) -> bytes:
        line = self._read(None)
        if not line.endswith(b"\n"):
            raise self.damaged()
        self._hash.update(line)
        return line

    def _read(self, count: int | None) -> bytes:
        try:
            return self._file.readline(_LONGEST_LINE) if count is None else self._file.read(count)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise self.damaged() from error


@contextmanager
def reading(path: Path) -> Iterator[BackupReader]:
    """A reader of a file.

    Raises:
        BadInput: there is none, or it is no backup.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", field="file")
    with gzip.open(path, "rb") as file:
        yield BackupReader(file, path.name)


@contextmanager
def writing(path: Path, head: Head, *, replace: bool) -> Iterator[BackupWriter]:
    """A writer of a file that only its owner may read, there when it is whole, or not at all.

    Args:
        path: where.
        head: the first line.
        replace: whether a file that is there may go.

    Raises:
        BadInput: there is one that may not, or no such folder.
    """
    taken = BadInput(f"{path} is there already; --replace writes over it.", field="file")
    if not path.parent.is_dir():
        raise BadInput(f"There is no folder {path.parent}.", field="file")
    if path.is_dir() or (path.exists() and not replace):
        raise taken if not path.is_dir() else BadInput(f"{path} is a folder.", field="file")
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            # No name and no time: the same rows give the same file.
            with gzip.GzipFile("", "wb", _EFFORT, raw, mtime=0) as file:
                writer = BackupWriter(file, head)
                yield writer
                writer.end()
            raw.flush()
            os.fsync(raw.fileno())
        if not replace:
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            except FileExistsError as error:
                raise taken from error
        partial.replace(path)
        _make_durable(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _make_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
