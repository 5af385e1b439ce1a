"""The database's contract on PostgreSQL, in a server of its own."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import postgres_server
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.orm import Session

from assistant.database.backup import back_up, restore
from assistant.database.connection import Database
from assistant.database.migrating import migrate, newest, revision_of
from assistant.database.tables import (
    AuditRow,
    Base,
    EventRow,
    FactRow,
    ShopperRow,
    ThreadRow,
    TurnRow,
)
from assistant.errors import StoreUnavailable, ThreadBusy, UnknownFact
from assistant.passing_threads import PassingThreads
from assistant.profile.behaviour.event_store import EventStore, Stored
from assistant.profile.behaviour.events import Event
from assistant.profile.dialogue.learning import Learnt
from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.memory import Memory
from assistant.reply import Reply
from assistant.store import Store
from assistant.thread import ThreadState

_LACKING = postgres_server.lacking()
pytestmark = pytest.mark.skipif(_LACKING is not None, reason=str(_LACKING))

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server.running() as folder:
        yield folder


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> str:
    return postgres_server.new_database(server, request.node.name.lower()[:60])


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(Database(url)) as opened:
        yield opened


class Shop:
    """A store, a memory and events over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = Store(database, PassingThreads(lambda: NOW))
        ids = iter(range(10**9))
        agreed = NOW - timedelta(days=2)
        self.memory = Memory(
            database, self.store, now=lambda: agreed, new_id=lambda: f"new-{next(ids)}"
        )
        self.events = EventStore(database.engine)

    def turn(self, shopper: str, thread: str, facts: tuple[ProfileFact, ...] = ()) -> Reply:
        state = self.store.thread(thread, shopper) or self.store.begin(thread, shopper, "shoes")
        return self.commit(state, facts)

    def commit(self, state: ThreadState, facts: tuple[ProfileFact, ...] = ()) -> Reply:
        state = state.model_copy(update={"turns": state.turns + 1})
        return self.store.commit_turn(
            state,
            message="我有扁平足 👣 “flat” 'feet'",
            reply=reply(state.id, f"{state.id}-{state.turns}"),
            learn=lambda known: Learnt(written=list(facts)),
            event=event(f"turn-{state.id}-{state.turns}", state.shopper_id),
            now=NOW,
        )

    def counts(self) -> dict[str, int]:
        with self.database.reading() as session:
            return {
                table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
                if table.name != "audit"
            }


def reply(thread: str, turn: str) -> Reply:
    return Reply.model_validate(
        {
            "thread_id": thread, "turn_id": turn, "text": "这双 👟", "language": "zh",
            "intent": "smalltalk",
            "timing_ms": {"total": 1.5},
        }
    )  # fmt: skip


def fact(id: str, shopper: str, value: str = "flat feet") -> ProfileFact:
    evidence = Evidence(quote="扁平足", thread_id="t", turn_id="t-1", time=NOW)
    return ProfileFact(
        id=id, shopper_id=shopper, field="foot_type", op="=", value=value, confidence=0.9,
        evidence=(evidence,), first_seen=NOW, last_seen=NOW,
    )  # fmt: skip


def event(id: str, shopper: str, hours: int = 0) -> Event:
    return Event(
        event_id=id, shopper_id=shopper, type="search", query="跑鞋 👟", value=None,
        time=NOW - timedelta(hours=hours),
    )  # fmt: skip


def rows(database: Database) -> dict[str, list[Any]]:
    with database.reading() as session:
        return {
            table.name: sorted(
                (tuple(row) for row in session.execute(sa.select(table))), key=lambda row: str(row)
            )
            for table in Base.metadata.sorted_tables
        }


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_first_schema_is_brought_up_to_date(url: str) -> None:
    engine = sa.create_engine(url)
    migrate(engine, to="0001")
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO threads (id, shopper_id, catalog, turns, need, shown, updated) "
                "VALUES ('t', 'ann', 'shoes', 1, '{}', '[]', now())"
            )
        )
    engine.dispose()
    with closing(Database(url)) as database:
        assert revision_of(database.engine) == newest()
        assert set(Shop(database).counts().values()) == {0}


def test_several_open_a_new_database_at_once(url: str) -> None:
    start, failed = threading.Barrier(4), []

    def open_it() -> None:
        start.wait()
        try:
            Database(url).close()
        except (StoreUnavailable, sa.exc.SQLAlchemyError) as error:
            failed.append(error)

    opening = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in opening:
        thread.start()
    for thread in opening:
        thread.join()
    assert failed == []


def test_turns_facts_and_events_are_kept_with_consent_only(database: Database) -> None:
    shop = Shop(database)
    shop.turn("bob", "passing")
    assert shop.counts() == dict.fromkeys(shop.counts(), 0)
    shop.memory.give_consent("bob")  # the running conversation becomes durable
    assert shop.counts()["turns"] == 1
    shop.turn("bob", "t", (fact("f", "bob"),))
    shop.turn("bob", "t", (fact("f", "bob", "high arch"),))
    assert [each.value for each in shop.memory.facts("bob")] == ["high arch"]
    exchanges = shop.store.exchanges("t", "bob")
    assert [each.number for each in exchanges] == [1, 2]
    assert exchanges[0].message == "我有扁平足 👣 “flat” 'feet'"
    assert exchanges[0].time == NOW
    state = shop.store.thread("t", "bob")
    assert state is not None
    with pytest.raises(ThreadBusy):
        shop.commit(state.model_copy(update={"turns": 0}))


def test_events_that_are_known_change_nothing(database: Database) -> None:
    shop = Shop(database)
    shop.memory.give_consent("bob")
    batch = [event("a", "bob"), event("b", "bob", 1), event("a", "bob", 2), event("a", "eve")]
    assert shop.events.add(batch, catalog="shoes") == Stored(2, 1, 1)
    assert shop.events.add(batch[:2], catalog="shoes") == Stored(0, 2, 0)
    assert [each.event_id for each in shop.events.recent("bob", 9, catalog="shoes")] == ["a", "b"]
    assert shop.events.recent("bob", 1, catalog="shoes") == [event("a", "bob")]


def test_facts_are_corrected_pinned_and_deleted(database: Database) -> None:
    shop = Shop(database)
    for shopper in ("ann", "bob"):
        shop.memory.give_consent(shopper)
        shop.turn(shopper, f"t-{shopper}", (fact(f"f-{shopper}", shopper),))
    for id in ("f-ann", "nobody's", "", "\x00", "\ud800", "'; DROP TABLE facts; --"):
        with pytest.raises(UnknownFact):
            shop.memory.correct("bob", id, value="x", pinned=None)
        with pytest.raises(UnknownFact):
            shop.memory.delete_fact("bob", id)
    corrected = shop.memory.correct("bob", "f-bob", value="高足弓", pinned=True)
    assert [(each.value, each.pinned) for each in shop.memory.facts("bob")] == [("高足弓", True)]
    assert len(shop.memory.facts("bob", history=True)) == 2
    shop.memory.delete_fact("bob", corrected.id)
    assert shop.memory.facts("bob", history=True) == []
    assert [each.value for each in shop.memory.facts("ann")] == ["flat feet"]


def test_an_erasure_takes_all_of_one_shopper(database: Database) -> None:
    shop = Shop(database)
    for shopper in ("ann", "bob"):
        shop.memory.give_consent(shopper)
        shop.turn(shopper, f"t-{shopper}", (fact(f"f-{shopper}", shopper),))
        shop.events.add([event("e", shopper)], catalog="shoes")
    before = shop.memory.export("ann")
    assert shop.memory.erase("bob")
    assert not shop.memory.erase("bob")
    assert shop.memory.export("ann")["threads"] == before["threads"]
    text = str([row for name, kept in rows(database).items() if name != "" for row in kept])
    assert "bob" not in text
    assert "ann" in text


def test_a_turn_that_is_being_written_is_erased_too(database: Database) -> None:
    """The erasure begins while the turn's transaction is open, and must see what it wrote."""
    shop = Shop(database)
    shop.memory.give_consent("bob")
    written, go_on = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        if threading.current_thread() is writing:
            written.set()
            go_on.wait(10)

    writing = threading.Thread(target=lambda: shop.turn("bob", "t", (fact("f", "bob"),)))
    sa.event.listen(Session, "before_commit", hold)
    try:
        writing.start()
        assert written.wait(10)
        erasing = threading.Thread(target=lambda: shop.memory.erase("bob"))
        erasing.start()
        erasing.join(0.3)
        assert erasing.is_alive()  # it waits for the turn
        go_on.set()
        writing.join(10)
        erasing.join(10)
    finally:
        sa.event.remove(Session, "before_commit", hold)
    assert shop.counts() == dict.fromkeys(shop.counts(), 0)


def test_two_consents_at_once_are_one(database: Database) -> None:
    shop, start = Shop(database), threading.Barrier(6)
    given: list[object] = []

    def agree() -> None:
        start.wait()
        given.append(shop.memory.give_consent("bob"))

    agreeing = [threading.Thread(target=agree) for _ in range(6)]
    for thread in agreeing:
        thread.start()
    for thread in agreeing:
        thread.join()
    assert len(given) == 6
    assert shop.counts()["shoppers"] == 1


def test_an_erasure_leaves_no_dead_rows(database: Database) -> None:
    shop = Shop(database)
    shop.memory.give_consent("bob")
    shop.turn("bob", "t", (fact("f", "bob"),))
    shop.memory.erase("bob")
    with database.engine.connect() as connection:
        for table in (ShopperRow, ThreadRow, TurnRow, FactRow, EventRow):
            size = sa.func.pg_relation_size(table.__tablename__)
            assert connection.scalar(sa.select(size)) == 0


def test_from_sqlite_to_postgresql_and_back(database: Database, tmp_path: Path) -> None:
    first = Database(f"sqlite:///{tmp_path / 'first.sqlite3'}")
    shop = Shop(first)
    for shopper in ("ann", "bob", "买家"):
        shop.memory.give_consent(shopper)
        shop.turn(shopper, f"t-{shopper}", (fact(f"f-{shopper}", shopper),))
        shop.events.add([event(f"e-{n}", shopper, n) for n in range(20)], catalog="shoes")
    shop.memory.correct("ann", "f-ann", value="高足弓", pinned=True)
    back_up(first, tmp_path / "one.gz", now=NOW)
    assert restore(database, tmp_path / "one.gz")["events"] == 63
    assert rows(database) == rows(first)
    # New audit rows are numbered after those restored.
    Shop(database).memory.export("ann")
    back_up(database, tmp_path / "two.gz", now=NOW)
    second = Database(f"sqlite:///{tmp_path / 'second.sqlite3'}")
    restore(second, tmp_path / "two.gz")
    assert rows(second) == rows(database)
    with second.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditRow)) == 5
    restore(database, tmp_path / "one.gz", replace=True)
    assert rows(database) == rows(first)
    first.close()
    second.close()
