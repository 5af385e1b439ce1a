"""Backup and restore: everything back as it was, or nothing touched."""

import gzip
import hashlib
import json
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant.cli import main
from assistant.database.backup import back_up, restore
from assistant.database.connection import Database
from assistant.database.tables import AuditRow, Base, EventRow, Moment, ShopperRow
from assistant.errors import BadInput
from assistant.passing_threads import PassingThreads
from assistant.profile.memory import Memory
from assistant.settings import Settings
from assistant.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30) | (
    st.sampled_from(
        ["鞋子，扁平足", "👟🏃‍♀️", '“it\'s” "quoted" \\', "a\nb\r\t\u2028", "'; DROP TABLE x"]
    )
)
_FLOAT = st.floats(allow_nan=False) | st.sampled_from(
    [5e-324, 1.7976931348623157e308, 0.1 + 0.2, -0.0, math.inf]
)
_MOMENT = st.datetimes(
    datetime(1902, 1, 1),
    datetime(9000, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=9.5))]),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
_KINDS: dict[type, st.SearchStrategy[Any]] = {
    str: _TEXT,
    int: st.integers(0, 2**31 - 1),
    float: _FLOAT,
    bool: st.booleans(),
}


def filled(
    table: sa.Table, content: dict[str, list[dict[str, Any]]]
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of any values that the table takes, beside those of other tables."""
    columns = {}
    for column in table.columns:
        if column.foreign_keys:
            parent = next(iter(column.foreign_keys)).column
            known = [row[parent.name] for row in content.get(parent.table.name, [])]
            if not known:
                return st.just([])
            columns[column.name] = st.sampled_from(known)
            continue
        kind = column.type
        if isinstance(kind, Moment | sa.JSON):
            values = _MOMENT if isinstance(kind, Moment) else _JSON
        else:
            values = _KINDS[kind.python_type]
        columns[column.name] = st.none() | values if column.nullable else values
    keys = [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint)
    ]
    keys += [[column.name for column in index.columns] for index in table.indexes if index.unique]
    unique = tuple((lambda row, key=key: tuple(row[name] for name in key)) for key in keys)
    return st.lists(st.fixed_dictionaries(columns), max_size=4, unique_by=unique)


@st.composite
def databases(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    content: dict[str, list[dict[str, Any]]] = {}
    for table in Base.metadata.sorted_tables:
        content[table.name] = draw(filled(table, content))
    return content


def rows(database: Database) -> dict[str, list[Any]]:
    with database.reading() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(sa.select(table)))
            for table in Base.metadata.sorted_tables
        }


def put(database: Database, content: dict[str, list[dict[str, Any]]]) -> None:
    with database.writing() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(sa.delete(table))
        for table in Base.metadata.sorted_tables:
            if content.get(table.name):
                session.execute(sa.insert(table), content[table.name])


@pytest.fixture
def open_database(tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    opened: list[Database] = []

    def open_it(name: str) -> Database:
        opened.append(Database(f"sqlite:///{tmp_path / name}.sqlite3"))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()


@pytest.fixture
def shop(open_database: Callable[[str], Database]) -> Database:
    """A database with two shoppers and their events."""
    database = open_database("shop")
    memory = Memory(
        database,
        Store(database, PassingThreads(lambda: NOW)),
        now=lambda: NOW,
        new_id=lambda: "consent",
    )
    memory.give_consent("ann")
    memory.give_consent("买家")
    with database.writing() as session:
        for number in range(2_500):
            session.add(
                EventRow(
                    shopper_id="ann", event_id=f"e-{number}", catalog="shoes", type="search",
                    time=number / 7, query="跑鞋 👟",
                )
            )  # fmt: skip
    return database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.backup.gz"


def lines_of(file: Path) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).splitlines(keepends=True)


def sealed(lines: list[bytes]) -> bytes:
    """The lines with an end that fits them, as a hand-made file could have it."""
    counts = {table.name: 0 for table in Base.metadata.sorted_tables}
    for line in lines[1:]:
        counts[json.loads(line)[0]] += 1
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    foot = json.dumps({"rows": counts, "sha256": digest}).encode() + b"\n"
    return gzip.compress(b"".join(lines) + foot)


# what comes back -----------------------------------------------------------------------------


@hypothesis_settings(max_examples=25, deadline=None)
@given(content=databases())
def test_whatever_is_in_comes_back(
    content: dict[str, list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("backup")
    with (
        closing(Database(f"sqlite:///{folder / 'first.sqlite3'}")) as first,
        closing(Database(f"sqlite:///{folder / 'second.sqlite3'}")) as second,
    ):
        put(first, content)
        counts = back_up(first, folder / "one.gz", now=NOW)
        assert counts == {name: len(kept) for name, kept in content.items()}
        assert restore(second, folder / "one.gz") == counts
        assert rows(second) == rows(first)
        back_up(second, folder / "two.gz", now=NOW)
        assert (folder / "two.gz").read_bytes() == (folder / "one.gz").read_bytes()


def test_a_backup_is_one_moment_while_others_write(
    shop: Database, file: Path, open_database: Callable[[str], Database]
) -> None:
    """Each write adds an event and an audit row: a backup with more of one is of two moments."""
    stop, written = threading.Event(), threading.Semaphore(0)

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with shop.writing() as session:
                session.add(AuditRow(time=NOW, pseudonym="p", action="x"))
                session.flush()
                session.add(
                    EventRow(
                        shopper_id="ann", event_id=f"w-{number}", catalog="shoes", type="view",
                        time=1.0,
                    )
                )  # fmt: skip
            written.release()

    writing = threading.Thread(target=write)
    writing.start()
    try:
        assert written.acquire(timeout=10)
        counts = back_up(
            shop, file, now=NOW, progress=lambda _: written.acquire(timeout=10) or None
        )
    finally:
        stop.set()
        writing.join()
    assert counts["events"] - 2_500 == counts["audit"] - 2 > 0
    other = open_database("other")
    assert restore(other, file) == counts


def test_only_the_owner_may_read_it(shop: Database, file: Path) -> None:
    back_up(shop, file, now=NOW)
    assert file.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in file.parent.iterdir()} >= {"shop.backup.gz", "shop.sqlite3"}
    assert not list(file.parent.glob(".*"))


def test_nothing_is_written_over_unasked(shop: Database, file: Path) -> None:
    file.write_bytes(b"something else")
    with pytest.raises(BadInput, match="--replace"):
        back_up(shop, file, now=NOW)
    assert file.read_bytes() == b"something else"
    back_up(shop, file, now=NOW, replace=True)
    assert lines_of(file)[0].startswith(b'{"shopguide_backup":1')
    assert shop.file is not None
    with pytest.raises(BadInput, match="the database itself"):
        back_up(shop, shop.file, now=NOW, replace=True)
    with pytest.raises(BadInput, match="no folder"):
        back_up(shop, file.parent / "missing" / "x", now=NOW)


def test_a_backup_that_is_broken_off_leaves_no_file(shop: Database, file: Path) -> None:
    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(shop, file, now=NOW, progress=stop)
    assert not file.exists()
    assert not list(file.parent.glob(".*"))


# restoring -----------------------------------------------------------------------------------


def test_a_database_with_something_in_it_is_left_alone(
    shop: Database, file: Path, open_database: Callable[[str], Database]
) -> None:
    back_up(shop, file, now=NOW)
    other = open_database("other")
    gone = {"id": "gone-canary", "consent_id": "c", "consented": NOW, "notice": "1",
            "learning": True, "pseudonym": "p"}  # fmt: skip
    put(other, {"shoppers": [gone]})
    before = rows(other)
    with pytest.raises(BadInput, match="not empty"):
        restore(other, file)
    assert rows(other) == before
    restore(other, file, replace=True)
    assert rows(other) == rows(shop)
    for path in file.parent.glob("other*"):
        assert b"gone-canary" not in path.read_bytes()


def test_a_restore_that_is_broken_off_changes_nothing(
    shop: Database, file: Path, open_database: Callable[[str], Database]
) -> None:
    back_up(shop, file, now=NOW)
    put(shop, {"audit": [{"number": 1, "time": NOW, "pseudonym": "p", "action": "x"}]})
    before = rows(shop)

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(shop, file, replace=True, progress=stop)
    assert rows(shop) == before


def damages(whole: bytes, lines: list[bytes]) -> Iterator[tuple[str, bytes]]:
    head, event = json.loads(lines[0]), next(n for n in lines if n.startswith(b'["events"'))
    yield "empty", b""
    yield "no gzip", b"PK\x03\x04 something else"
    yield "another gzip", gzip.compress(b"id,name\n1,x\n")
    yield "no text", gzip.compress(b"\xff\xfe" * 50)
    yield "an empty one in gzip", gzip.compress(b"")
    yield "cut", whole[: len(whole) // 2]
    yield "cut by a byte", whole[:-1]
    yield "a byte changed", whole[:900] + bytes([whole[900] ^ 1]) + whole[901:]
    yield "no end", gzip.compress(b"".join(lines[:-1]))
    yield "a row lacks", gzip.compress(b"".join(lines[:3] + lines[4:]))
    yield "a row twice", gzip.compress(b"".join([*lines[:3], lines[2], *lines[3:]]))
    yield "more behind", gzip.compress(b"".join([*lines, lines[1]]))
    yield "another value", gzip.compress(b"".join(lines).replace(b"e-77", b"e-78"))
    yield "a newer format", sealed([json.dumps({**head, "shopguide_backup": 2}).encode() + b"\n"])
    yield (
        "a newer schema",
        sealed([json.dumps({**head, "schema_revision": "9999"}).encode() + b"\n"]),
    )
    yield "an unknown table", gzip.compress(lines[0] + b'["orders",[1]]\n')
    yield "columns that lack", sealed([lines[0].replace(b'"query",', b""), *lines[1:-1]])
    yield "too few values", sealed([lines[0], b'["events",["ann"]]\n'])
    yield "a wrong type", sealed([lines[0], event.replace(b'"search"', b"7")])
    yield "a number that is none", sealed([lines[0], event.replace(b",0.0,", b',"x",')])
    yield "the same key twice", sealed([lines[0], event, event])
    yield "deep", gzip.compress(lines[0] + b"[" * 100_000 + b"\n")
    turn = ["turns", ["t", "no such thread", 1, "m", {}, NOW.isoformat()]]
    yield "a turn of no thread", sealed([lines[0], json.dumps(turn).encode() + b"\n"])


def test_what_is_damaged_changes_nothing_and_is_told_plainly(
    shop: Database,
    file: Path,
    open_database: Callable[[str], Database],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    back_up(shop, file, now=NOW)
    whole, lines = file.read_bytes(), lines_of(file)
    other = open_database("other")
    assert other.file is not None
    monkeypatch.setenv("SHOPGUIDE_DATABASE", f"sqlite:///{other.file}")
    for name, damaged in damages(whole, lines):
        file.write_bytes(damaged)
        assert main(["restore", str(file)]) == 2, name
        said = capsys.readouterr()
        assert said.out == "", name
        assert said.err.count("\n") == 1, (name, said.err)
        assert said.err.rstrip().endswith("."), name
        assert set(map(len, rows(other).values())) == {0}, name


def test_a_backup_of_the_first_schema_brings_nobody_back_without_consent(
    file: Path, open_database: Callable[[str], Database]
) -> None:
    columns = ["id", "shopper_id", "catalog", "turns", "need", "shown", "pick", "updated"]
    head = {"shopguide_backup": 1, "schema_revision": "0001", "time": NOW.isoformat(),
            "tables": {"threads": columns}}  # fmt: skip
    row = ["threads", ["t", "ann", "shoes", 1, {}, [], None, NOW.isoformat()]]
    lines = [json.dumps(each).encode() + b"\n" for each in (head, row)]
    foot = {"rows": {"threads": 1}, "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
    file.write_bytes(gzip.compress(b"".join([*lines, json.dumps(foot).encode() + b"\n"])))
    other = open_database("other")
    assert set(restore(other, file).values()) == {0}


# the commands --------------------------------------------------------------------------------


def test_the_commands(
    shop: Database,
    file: Path,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert shop.file is not None
    monkeypatch.setenv("SHOPGUIDE_DATABASE", f"sqlite:///{shop.file}")
    assert main(["backup", str(file)]) == 0
    said = capsys.readouterr()
    assert "2,500 events" in said.out
    assert "2 shoppers" in said.out
    assert "erased" in said.out
    assert main(["backup", str(file)]) == 2
    assert "--replace" in capsys.readouterr().err
    assert main(["restore", str(file)]) == 2
    assert "--replace" in capsys.readouterr().err
    monkeypatch.setenv("SHOPGUIDE_DATABASE", f"sqlite:///{tmp_path / 'new.sqlite3'}")
    assert main(["restore", str(file)]) == 0
    assert "2,500 events" in capsys.readouterr().out
    with closing(Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")) as restored:
        assert rows(restored) == rows(shop)
        with restored.reading() as session:
            assert session.get(ShopperRow, "买家") is not None
    assert main(["restore", str(tmp_path / "missing")]) == 2
    assert "no file" in capsys.readouterr().err
