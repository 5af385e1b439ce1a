"""All that the database holds, into a file and back: between SQLite and PostgreSQL, too."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Double,
    Float,
    Integer,
    MetaData,
    Table,
    create_engine,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, StatementError

from assistant.database.backup_file import FORMAT, BackupReader, Head, Row, reading, writing
from assistant.database.connection import Database, plain_errors
from assistant.database.migrating import knows, migrate, revision_of
from assistant.database.tables import Base, Moment
from assistant.errors import BadInput

_AT_ONCE = 1_000

Progress = Callable[[int], None]
"""Is told how many rows are done."""


def back_up(
    database: Database,
    path: Path,
    *,
    now: datetime,
    replace: bool = False,
    progress: Progress = lambda rows: None,
) -> dict[str, int]:
    """Writes all rows to a file, as they are at one moment; others may write meanwhile.

    Args:
        database: of the newest schema.
        path: where to; what is written there is whole or not there.
        now: the time of day.
        replace: whether a file that is there may go.
        progress: is told how far it is.

    Returns:
        How many rows of each table there are.

    Raises:
        BadInput: the file may not be written.
        StoreUnavailable: the database cannot be read.
    """
    if database.file is not None and path.resolve().name.startswith(database.file.name):
        raise BadInput(f"{path} is a file of the database itself.", field="file")
    with ExitStack() as stack:
        stack.enter_context(plain_errors())
        connection = stack.enter_context(_snapshot(database.engine))
        head = Head(
            shopguide_backup=FORMAT,
            schema_revision=revision_of(database.engine) or "",
            time=now,
            tables={table.name: table.columns.keys() for table in Base.metadata.sorted_tables},
        )
        writer = stack.enter_context(writing(path, head, replace=replace))
        for number, row in enumerate(_rows(connection, Base.metadata.sorted_tables), start=1):
            writer.add(row)
            if number % _AT_ONCE == 0:
                progress(number)
        return writer.rows


def restore(
    database: Database,
    path: Path,
    *,
    replace: bool = False,
    progress: Progress = lambda rows: None,
) -> dict[str, int]:
    """Fills the database from a file, all of it or nothing. An older schema is brought up to date.

    Args:
        database: of the newest schema.
        path: of a backup. It is read whole before anything is written.
        replace: whether what is in the database may go.
        progress: is told how far the writing is.

    Returns:
        How many rows of each table were restored.

    Raises:
        BadInput: the file is no backup, is damaged, or of a newer version; or there is something
            in the database that may not go.
        StoreUnavailable: the database cannot be written.
    """
    with ExitStack() as stack:
        stack.enter_context(plain_errors())
        with reading(path) as reader:
            schema = reader.head.schema_revision
            if not knows(schema):
                raise BadInput(
                    f"{path.name} has schema {schema}, which this version does not know: it was "
                    "written by a newer one.",
                    field="file",
                )
            current = schema == revision_of(database.engine)
            for _ in _decoded(reader, Base.metadata) if current else reader.rows():
                pass
        reader = stack.enter_context(reading(path))
        if current:
            rows = _decoded(reader, Base.metadata)
        else:
            rows = stack.enter_context(_brought_up(reader))
        counts = _fill(database, rows, replace=replace, progress=progress)
    if replace:
        database.scrubber.scrub()
    return counts


Decoded = tuple[Table, dict[str, Any]]


def _fill(
    database: Database, rows: Iterable[Decoded], *, replace: bool, progress: Progress
) -> dict[str, int]:
    tables = Base.metadata.sorted_tables
    try:
        with database.writing() as session:
            connection = session.connection()
            if connection.dialect.name == "postgresql":
                names = ", ".join(f'"{table.name}"' for table in tables)
                connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
            if any(connection.execute(select(table).limit(1)).first() for table in tables):
                if not replace:
                    raise BadInput(
                        "The database is not empty; --replace puts the backup in its place.",
                        field="replace",
                    )
                for table in reversed(tables):
                    connection.execute(delete(table))
                database.scrubber.mark(session)
            counts = _insert(connection, rows, progress)
            _count_on(connection, tables)
    except IntegrityError as error:
        raise BadInput("The rows of the backup contradict each other.", field="file") from error
    return {table.name: counts.get(table.name, 0) for table in tables}


def _insert(connection: Connection, rows: Iterable[Decoded], progress: Progress) -> dict[str, int]:
    """Inserts rows, some at once; those of a table that another one refers to came before it."""
    counts: dict[str, int] = {}
    waiting: list[dict[str, Any]] = []
    last: Table | None = None

    def send() -> None:
        if last is not None and waiting:
            connection.execute(insert(last), waiting)
            counts[last.name] = counts.get(last.name, 0) + len(waiting)
            waiting.clear()
            progress(sum(counts.values()))

    for table, row in rows:
        if table is not last or len(waiting) == _AT_ONCE:
            send()
            last = table
        waiting.append(row)
    send()
    return counts


def _count_on(connection: Connection, tables: Iterable[Table]) -> None:
    """Lets PostgreSQL number new rows after those that were restored. SQLite does by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        column = table.autoincrement_column
        if column is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            highest = connection.execute(select(func.max(column))).scalar_one()
            if highest is not None:
                connection.execute(select(func.setval(sequence, highest)))


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the database as it is now, whatever others write."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            # The driver begins nothing for what only reads.
            connection.exec_driver_sql("BEGIN")
        yield connection


def _rows(connection: Connection, tables: Iterable[Table]) -> Iterator[Row]:
    for table in tables:
        for row in connection.execution_options(yield_per=_AT_ONCE).execute(select(table)):
            yield Row(table.name, [_plain(value) for value in row])


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def _decoded(reader: BackupReader, schema: MetaData) -> Iterator[Decoded]:
    """The rows of a file as a schema has them.

    Raises:
        BadInput: a row does not fit, or the file is damaged.
    """
    tables = {
        name: (schema.tables[name], [schema.tables[name].columns[column] for column in columns])
        for name, columns in reader.head.tables.items()
        if name in schema.tables and set(columns) == set(schema.tables[name].columns.keys())
    }
    if len(tables) != len(reader.head.tables):
        raise reader.damaged()
    for row in reader.rows():
        table, columns = tables[row.table]
        try:
            values = {c.name: _value(c, v) for c, v in zip(columns, row.values, strict=True)}
        except (ValueError, TypeError, OverflowError) as error:
            raise reader.damaged() from error
        yield table, values


def _value(column: Column[Any], value: Any) -> Any:
    """A value as the database takes it.

    Raises:
        ValueError, TypeError: it is none of the column's.
    """
    kind = column.type
    if isinstance(kind, JSON):
        return value
    if value is None and column.nullable:
        return None
    if isinstance(kind, Moment | DateTime):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(kind, Float | Double):
        return float(value)
    wanted = bool if isinstance(kind, Boolean) else int if isinstance(kind, Integer) else str
    if type(value) is not wanted:
        raise TypeError(f"{column.name} is no {wanted.__name__}")
    return value


@contextmanager
def _brought_up(reader: BackupReader) -> Iterator[Iterator[Decoded]]:
    """The rows of an older schema as the newest one has them, by way of a database in a folder
    that goes afterwards.
    """
    with (
        tempfile.TemporaryDirectory(prefix="shopguide-restore-") as folder,
        _passing_engine(f"sqlite:///{Path(folder) / 'older.sqlite3'}") as engine,
    ):
        migrate(engine, to=reader.head.schema_revision)
        older = MetaData()
        older.reflect(engine)
        try:
            with engine.begin() as connection:
                _insert(connection, _decoded(reader, older), lambda rows: None)
        except StatementError as error:
            raise reader.damaged() from error
        migrate(engine)
        with _snapshot(engine) as connection:
            yield _as_stored(connection)


def _as_stored(connection: Connection) -> Iterator[Decoded]:
    for table in Base.metadata.sorted_tables:
        for row in connection.execution_options(yield_per=_AT_ONCE).execute(select(table)):
            yield table, dict(row._mapping)


@contextmanager
def _passing_engine(url: str) -> Iterator[Engine]:
    """An engine for a while."""
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
