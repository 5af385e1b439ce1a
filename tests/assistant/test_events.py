"""Events in the database: kept once, in any order, and only of shoppers who agreed."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from assistant.database.connection import Database
from assistant.database.tables import EventRow, ShopperRow
from assistant.errors import BadInput
from assistant.profile.behaviour.event_intake import (
    MOST_EVENTS,
    Batch,
    Intake,
    TooManyEvents,
    UnreadableEvents,
    read_batch,
)
from assistant.profile.behaviour.event_store import SHOPS_TERMS, EventStore, Stored
from assistant.profile.behaviour.events import Event
from retrieval.index import CatalogueIndex

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AGREED = NOW - timedelta(days=2)


def event(id: str = "e-1", **fields: Any) -> Event:
    asked = {"type": "view", "product_id": "anta-kt", "time": NOW, "shopper_id": "ann", **fields}
    return Event(event_id=id, **asked)


def agree(database: Database, *shoppers: str) -> None:
    with database.writing() as session:
        for shopper in shoppers:
            session.add(
                ShopperRow(
                    id=shopper,
                    consent_id=f"consent-{shopper}",
                    consented=AGREED,
                    notice="test",
                    learning=True,
                    pseudonym=f"somebody-{len(shopper)}-{shopper}",
                )
            )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'shop.db'}")) as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> EventStore:
    agree(database, "ann", "bob")
    return EventStore(database.engine)


# the store -----------------------------------------------------------------------------------


def test_events_are_kept_as_they_came(store: EventStore) -> None:
    sent = [
        event("a", time=NOW - timedelta(hours=1), session_id="s-1"),
        event("b", type="search", product_id=None, query="红色 跑鞋"),
        event("c", type="rate", value=4.5, time=NOW.astimezone(timezone(timedelta(hours=8)))),
        event("a", shopper_id="bob"),
    ]
    assert store.add(sent, catalog="shoes") == Stored(stored=4)
    assert store.recent("ann", 10, catalog="shoes") == [sent[2], sent[1], sent[0]]
    assert store.recent("ann", 1, catalog="shoes") == [sent[2]]
    done = store.done("ann", 2, catalog="shoes")
    assert [(one.event_id, one.seconds, one.value) for one in done] == [
        (one.event_id, one.seconds, one.value) for one in (sent[2], sent[1])
    ]
    assert store.add([], catalog="shoes") == Stored()


def test_what_came_first_stays(store: EventStore) -> None:
    first = event("a", type="cart")
    assert store.add([first, event("a", type="view")], catalog="shoes") == Stored(
        stored=1, duplicates=1
    )
    assert store.add([event("a", type="purchase"), event("b")], catalog="shoes") == Stored(
        stored=1, duplicates=1
    )
    assert store.recent("ann", 10, catalog="shoes") == [event("b"), first]


def test_nothing_is_kept_of_shoppers_who_did_not_agree(
    store: EventStore, database: Database
) -> None:
    stranger = [event("a", shopper_id="eve-the-stranger"), event("b")]
    assert store.add(stranger, catalog="shoes") == Stored(stored=1, without_consent=1)
    with database.writing() as session:
        session.execute(update(ShopperRow).where(ShopperRow.id == "ann").values(learning=False))
    assert store.add([event("c"), event("b")], catalog="shoes") == Stored(without_consent=2)
    assert [kept.event_id for kept in store.recent("ann", 9, catalog="shoes")] == ["b"]
    assert b"eve-the-stranger" not in b"".join(
        file.read_bytes() for file in Path(str(database.file)).parent.iterdir()
    )


def test_what_was_done_before_the_consent_is_not_kept(
    store: EventStore, database: Database
) -> None:
    before, at = event("a", time=AGREED - timedelta(seconds=1)), event("b", time=AGREED)
    assert store.add([before, at], catalog="shoes") == Stored(stored=1, without_consent=1)
    assert store.recent("ann", 9, catalog="shoes") == [at]
    with database.writing() as session:
        terms = update(ShopperRow).where(ShopperRow.id == "ann").values(notice=SHOPS_TERMS)
        session.execute(terms)
    assert store.add([before], catalog="shoes") == Stored(stored=1)


def test_a_product_is_of_its_catalogue(store: EventStore) -> None:
    store.add([event("a", product_id="7")], catalog="shoes")
    store.add([event("b", product_id="7")], catalog="books")
    for catalog, id in (("shoes", "a"), ("books", "b")):
        assert [one.event_id for one in store.recent("ann", 9, catalog=catalog)] == [id]
        assert [one.event_id for one in store.done("ann", 9, catalog=catalog)] == [id]
        assert [one.event_id for one in store.latest(9, catalog=catalog)] == [id]
    assert store.recent("ann", 9, catalog="none") == []


def test_many_shoppers_in_a_batch(store: EventStore, database: Database) -> None:
    names = [f"shopper-{number}" for number in range(6_000)]
    agree(database, *names[::2])
    done = store.add([event("a", shopper_id=name) for name in names], catalog="shoes")
    assert done == Stored(stored=3_000, without_consent=3_000)


@hypothesis_settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_order_and_repetition_change_nothing(database: Database, data: st.DataObject) -> None:
    store = EventStore(database.engine)
    with database.engine.begin() as connection:
        connection.execute(delete(EventRow))
    with database.writing() as session:
        if session.get(ShopperRow, "ann") is None:
            session.add(
                ShopperRow(
                    id="ann", consent_id="c", consented=AGREED, notice="t", learning=True,
                    pseudonym="p",
                )
            )  # fmt: skip
    sent = [event(f"e-{number}", time=NOW - timedelta(minutes=number % 3)) for number in range(8)]
    arrived = data.draw(st.permutations(sent + sent[:4]))
    cut = data.draw(st.integers(0, len(arrived)))
    done = store.add(arrived[:cut], catalog="shoes") + store.add(arrived[cut:], catalog="shoes")
    assert done == Stored(stored=8, duplicates=4)
    newest = sorted(sent, key=lambda each: (each.time, each.event_id), reverse=True)
    assert store.recent("ann", 100, catalog="shoes") == newest


# intake --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def intake(shoes_index: CatalogueIndex) -> Intake:
    return Intake(shoes_index, NOW)


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"product_id": "unknown"}, "product_id"),
        ({"product_id": None}, "product_id"),
        ({"product_id": "anta-kt' OR 1=1 --"}, "product_id"),
        ({"type": "search", "product_id": None}, "query"),
        ({"type": "search", "product_id": None, "query": " \t "}, "query"),
        ({"type": "search", "product_id": "unknown", "query": "shoes"}, "product_id"),
        ({"time": NOW + timedelta(minutes=6)}, "time"),
        ({"time": datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12)))}, "time"),
        ({"time": datetime(1999, 12, 31, tzinfo=UTC)}, "time"),
        ({"time": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=12)))}, "time"),
        ({"type": "rate"}, "value"),
        ({"type": "rate", "value": 11.0}, "value"),
        ({"type": "rate", "value": 0.5}, "value"),
        ({"type": "purchase", "value": 0.0}, "value"),
        ({"type": "cart", "value": -1.0}, "value"),
        ({"type": "return", "value": 1001.0}, "value"),
        ({"shopper_id": "../../etc/passwd"}, "shopper_id"),
        ({"shopper_id": "'; DROP TABLE events; --"}, "shopper_id"),
        ({"shopper_id": "a" * 129}, "shopper_id"),
    ],
)
def test_what_cannot_be_is_refused(intake: Intake, fault: dict[str, Any], field: str) -> None:
    good = [event("a"), event("b")]
    bad = event("c", **fault)
    with pytest.raises(BadInput) as error:
        intake.check_all(Batch([*good, bad]))
    assert error.value.field == f"events.2.{field}"
    with pytest.raises(BadInput) as error:
        intake.check_all(Batch([bad], alone=True))
    assert error.value.field == field


def test_what_can_be_is_taken(intake: Intake) -> None:
    intake.check_all(
        Batch(
            [
                event("a", time=NOW + timedelta(minutes=5)),
                event("b", type="rate", value=1.0),
                event("c", type="rate", value=5.0),
                event("d", type="purchase", value=1000.0),
                event("e", type="return"),
                event("f", type="search", product_id=None, query="鞋", shopper_id="王@shop:1"),
                event("g", time=datetime(2000, 1, 1, tzinfo=UTC)),
            ]
        )
    )
    with pytest.raises(TooManyEvents):
        intake.check_all(Batch([event("a")] * (MOST_EVENTS + 1)))


def test_a_body_is_one_event_a_list_or_a_batch() -> None:
    one = event("a").model_dump_json()
    assert read_batch(one.encode()) == Batch([event("a")], alone=True)
    assert read_batch(f" [{one}]".encode()) == Batch([event("a")])
    wrapped = f'{{"events": [{one}], "catalog": "shoes"}}'
    assert read_batch(wrapped.encode()) == replace(Batch([event("a")]), catalog="shoes")
    assert read_batch(b"[]") == Batch([])
    query = event("a", type="search", product_id=None, query='"events"')
    assert read_batch(query.model_dump_json().encode()).events == [query]


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8")))
def test_no_body_surprises(body: bytes) -> None:
    try:
        read = read_batch(body).events
    except UnreadableEvents:
        read = []
    assert not read
