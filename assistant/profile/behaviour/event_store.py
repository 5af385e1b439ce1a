"""Events of shoppers who agreed to be remembered, in the database."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Engine, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from assistant.database.connection import plain_errors
from assistant.database.tables import EventRow, ShopperRow
from assistant.profile.behaviour.events import Done, Event

_EVENTS = cast(Table, EventRow.__table__)
_SHOPPERS = cast(Table, ShopperRow.__table__)
_COLUMNS = (
    _EVENTS.c.event_id,
    _EVENTS.c.shopper_id,
    _EVENTS.c.session_id,
    _EVENTS.c.type,
    _EVENTS.c.product_id,
    _EVENTS.c.query,
    _EVENTS.c.value,
    _EVENTS.c.time,
)
_NEWEST = (
    select(*_COLUMNS)
    .where(_EVENTS.c.shopper_id == bindparam("shopper"))
    .where(_EVENTS.c.catalog == bindparam("catalog"))
    .order_by(_EVENTS.c.time.desc(), _EVENTS.c.event_id.desc())
    .limit(bindparam("most"))
)
_DONE = _NEWEST.with_only_columns(
    _EVENTS.c.event_id,
    _EVENTS.c.type,
    _EVENTS.c.product_id,
    _EVENTS.c.query,
    _EVENTS.c.value,
    _EVENTS.c.time,
)
SHOPS_TERMS = "the shop's own terms"
"""The notice of shoppers who agreed outside of the assistant, where the shop had asked them."""

# SQLite takes some 32,000 values in a statement, PostgreSQL 65,000.
_ASKED_AT_ONCE = 5_000


@dataclass(frozen=True)
class Stored:
    """What became of a batch.

    Attributes:
        stored: how many are new.
        duplicates: how many were known; what was there first stays.
        without_consent: how many were dropped, as their shoppers have not agreed, agreed later, or
            have switched learning off.
    """

    stored: int = 0
    duplicates: int = 0
    without_consent: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(
            self.stored + other.stored,
            self.duplicates + other.duplicates,
            self.without_consent + other.without_consent,
        )


class EventStore:
    """The events in the database.

    Args:
        engine: of a database that has the tables.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, events: Sequence[Event], *, catalog: str) -> Stored:
        """Stores the events of shoppers who agreed, all or none; those known already stay.

        What was done before a shopper agreed is not kept: a late retry brings nothing back that
        was erased meanwhile. Who agreed to the shop's own terms did so before it was told here.

        Args:
            events: of any shoppers.
            catalog: of the products.

        Raises:
            StoreUnavailable: the database cannot be written.
        """
        if not events:
            return Stored()
        with plain_errors(), self._engine.begin() as connection:
            agreed = _agreed(connection, {event.shopper_id for event in events})
            new: dict[tuple[str, str], dict[str, Any]] = {}
            remembered = 0
            for event in events:
                time = event.time.timestamp()
                if time >= agreed.get(event.shopper_id, math.inf):
                    remembered += 1
                    place = (event.shopper_id, event.event_id)
                    new.setdefault(place, event_values(event, catalog))
            # Two batches that share events wait for each other, and never for ever: both take
            # them in this order.
            stored = self._insert(connection, [new[place] for place in sorted(new)])
        return Stored(stored, remembered - stored, len(events) - remembered)

    def _insert(self, connection: Connection, rows: list[dict[str, Any]]) -> int:
        """Inserts what is not there yet; says how many that were."""
        if not rows:
            return 0
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(_EVENTS).on_conflict_do_nothing()
        # Asked for, as otherwise not every driver is asked how many rows an insert made.
        counted = {"preserve_rowcount": True}
        return connection.execute(insert, rows, execution_options=counted).rowcount

    def recent(self, shopper_id: str, limit: int, *, catalog: str) -> list[Event]:
        """What a shopper did last in a catalogue, newest first.

        Args:
            shopper_id: whose.
            limit: how many at most.
            catalog: of the products.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        asked = {"shopper": shopper_id, "catalog": catalog, "most": limit}
        with plain_errors(), self._engine.connect() as connection:
            return [_event(row) for row in connection.execute(_NEWEST, asked).all()]

    def done(self, shopper_id: str, limit: int, *, catalog: str) -> list[Done]:
        """The same as ``recent``, as fast as each turn wants it.

        Args:
            shopper_id: whose.
            limit: how many at most.
            catalog: of the products.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        asked = {"shopper": shopper_id, "catalog": catalog, "most": limit}
        with plain_errors(), self._engine.connect() as connection:
            return list(map(Done._make, connection.execute(_DONE, asked).all()))

    def latest(self, limit: int, *, catalog: str) -> list[Event]:
        """What all shoppers did last in a catalogue, to learn from offline.

        Args:
            limit: how many at most.
            catalog: of the products.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        newest = (
            select(*_COLUMNS)
            .where(_EVENTS.c.catalog == catalog)
            .order_by(_EVENTS.c.time.desc())
            .limit(limit)
            .execution_options(yield_per=10_000)
        )
        with plain_errors(), self._engine.connect() as connection:
            return [_event(row) for row in connection.execute(newest)]


def _agreed(connection: Connection, shoppers: Collection[str]) -> dict[str, float]:
    """Since when the shoppers are to be remembered, of those who are.

    None of them can be erased until the end. SQLite has no locks of rows: the file is locked
    before it is read. PostgreSQL locks the rows, in one order.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    asked = sorted(shoppers)
    agreed: dict[str, float] = {}
    for start in range(0, len(asked), _ASKED_AT_ONCE):
        rows = connection.execute(
            select(_SHOPPERS.c.id, _SHOPPERS.c.consented, _SHOPPERS.c.notice)
            .where(_SHOPPERS.c.id.in_(asked[start : start + _ASKED_AT_ONCE]))
            .where(_SHOPPERS.c.learning)
            .order_by(_SHOPPERS.c.id)
            .with_for_update(read=True)
        )
        for shopper, consented, notice in rows:
            agreed[shopper] = -math.inf if notice == SHOPS_TERMS else consented.timestamp()
    return agreed


def event_values(event: Event, catalog: str) -> dict[str, Any]:
    """An event as the database holds it.

    Args:
        event: of a shopper who agreed.
        catalog: of its product, or in which was searched.
    """
    return {
        "shopper_id": event.shopper_id,
        "event_id": event.event_id,
        "catalog": catalog,
        "type": event.type,
        "time": event.time.timestamp(),
        "session_id": event.session_id,
        "product_id": event.product_id,
        "query": event.query,
        "value": event.value,
    }


def _event(row: Sequence[Any]) -> Event:
    event_id, shopper_id, session_id, type, product_id, query, value, time = row
    return Event(
        event_id=event_id,
        shopper_id=shopper_id,
        session_id=session_id,
        type=type,
        product_id=product_id,
        query=query,
        value=value,
        time=datetime.fromtimestamp(time, UTC),
    )
