"""Brings a database to the newest schema, step by step, with Alembic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import Engine

from assistant.errors import StoreUnavailable

# Databases before the first migration have these tables and no note of their revision.
_FIRST, _FIRST_TABLES = "0001", {"threads", "turns", "facts"}
_PG_LOCK = 7_403_621  # any number that nothing else of the database locks


def migrate(engine: Engine, *, to: str | None = None) -> None:
    """Applies the migrations that a database lacks, all or none; one process at a time.

    Args:
        engine: of a database that may be empty.
        to: the last one that is applied; by default the newest.

    Raises:
        StoreUnavailable: the database was written by a newer version of the program.
    """
    wanted = to or newest()
    if revision_of(engine) == wanted:
        return
    config = _config()
    with _alone(engine) as connection:
        config.attributes["connection"] = connection
        revision = _revision(connection)
        if revision is not None and not knows(revision):
            raise StoreUnavailable(
                f"The database has schema {revision}, which this version does not know: it was "
                "written by a newer one."
            )
        if revision is None and set(inspect(connection).get_table_names()) >= _FIRST_TABLES:
            command.stamp(config, _FIRST)
        command.upgrade(config, wanted or "head")


def newest() -> str | None:
    """The newest revision of the schema that this version of the program has."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def revision_of(engine: Engine) -> str | None:
    """The schema's revision, None for a database without one."""
    with engine.connect() as connection:
        return _revision(connection)


def knows(revision: str) -> bool:
    """Whether this version of the program has that revision of the schema."""
    scripts = ScriptDirectory.from_config(_config())
    return revision in {script.revision for script in scripts.walk_revisions()}


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that nobody else's migrations run beside."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    key = {"key": _PG_LOCK}
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), key)
                yield connection
            return
        # A step that makes a table anew drops the old one, which must delete no rows of others.
        # Inside a transaction this changes nothing.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        try:
            # The driver begins nothing before a CREATE TABLE: a crash would leave half of a schema.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
