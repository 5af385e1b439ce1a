"""The schema, its migrations, and what happens when several open a database at once."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from assistant.database.connection import Database
from assistant.database.migrating import migrate, newest, revision_of
from assistant.database.tables import Base
from assistant.errors import StoreUnavailable

_OLD_ROWS = (
    "INSERT INTO threads (id, shopper_id, catalog, turns, need, shown, updated) "
    "VALUES ('t', 'ann', 'shoes', 1, '{}', '[]', '2026-01-01 00:00:00.000000')",
    "INSERT INTO turns (id, thread_id, number, message, reply, time) "
    "VALUES ('u', 't', 1, 'I have flat feet, oldcanary', '{}', '2026-01-01 00:00:00.000000')",
    "INSERT INTO facts (id, shopper_id, field, op, value, quote, thread_id, turn_id, confidence, "
    "first_seen, last_seen) VALUES ('f', 'ann', 'foot_type', '=', 'flat feet', 'oldcanary', 't', "
    "'u', 0.9, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000')",
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.sqlite3'}"


def old_database(url: str, *, noted: bool) -> None:
    """A database of the first schema with rows in it, with or without a note of its revision."""
    engine = sa.create_engine(url)
    migrate(engine, to="0001")
    with engine.begin() as connection:
        for statement in _OLD_ROWS:
            connection.execute(sa.text(statement))
        if not noted:
            connection.execute(sa.text("DROP TABLE alembic_version"))
    engine.dispose()


def test_the_migrations_make_what_the_tables_say(url: str) -> None:
    with closing(Database(url)) as database, database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


@pytest.mark.parametrize("noted", [True, False])
def test_what_was_kept_without_consent_goes_with_the_first_schema(
    url: str, tmp_path: Path, noted: bool
) -> None:
    old_database(url, noted=noted)
    with closing(Database(url)) as database:
        assert revision_of(database.engine) == newest()
        with database.reading() as session:
            for table in Base.metadata.sorted_tables:
                assert session.execute(sa.select(table)).all() == []
        for file in tmp_path.iterdir():
            assert b"oldcanary" not in file.read_bytes()


def test_a_newer_schema_is_refused(url: str) -> None:
    with closing(Database(url)) as database, database.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match=r"schema 9999.*newer"):
        Database(url)


def test_a_file_that_is_no_database_is_told_plainly(url: str, tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite3").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailable):
        Database(url)


def test_a_migration_that_is_broken_off_leaves_nothing(url: str) -> None:
    old_database(url, noted=True)
    engine = sa.create_engine(url)

    def break_off(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "CREATE TABLE events" in statement:
            raise KeyboardInterrupt

    sa.event.listen(engine, "before_cursor_execute", break_off)
    with pytest.raises(KeyboardInterrupt):
        migrate(engine)
    sa.event.remove(engine, "before_cursor_execute", break_off)
    assert revision_of(engine) == "0001"
    assert "shoppers" not in sa.inspect(engine).get_table_names()
    migrate(engine)
    assert revision_of(engine) == newest()
    engine.dispose()


def test_several_processes_open_a_new_database_at_once(url: str) -> None:
    program = (
        "import sys; from assistant.database.connection import Database; "
        "from assistant.database.migrating import revision_of; "
        "print('ready', flush=True); sys.stdin.readline(); "
        "print(revision_of(Database(sys.argv[1]).engine))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        said, complained = process.communicate(timeout=60)
        assert said.strip() == newest(), complained
