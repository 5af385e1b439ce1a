"""Events of shoppers who agreed to be remembered, in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Engine, RowMapping, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from assistant.database.connection import plain_errors
from assistant.database.tables import EventRow, ShopperRow
from assistant.profile.events import Event

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
# SQLite takes some 32,000 values in a statement, PostgreSQL 65,000.
_ASKED_AT_ONCE = 5_000


@dataclass(frozen=True)
class Stored:
    """What became of a batch.

    Attributes:
        stored: how many are new.
        duplicates: how many were known; what was there first stays.
        without_consent: how many were dropped, as their shoppers have not agreed, or have
            switched learning off.
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

    def add(self, events: Sequence[Event]) -> Stored:
        """Stores the events of shoppers who agreed, all or none; those known already stay.

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
                if event.shopper_id in agreed:
                    remembered += 1
                    new.setdefault((event.shopper_id, event.event_id), _values(event))
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

    def recent(self, shopper_id: str, limit: int) -> list[Event]:
        """What a shopper did last, newest first.

        Args:
            shopper_id: whose.
            limit: how many at most.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        newest = (
            select(*_COLUMNS)
            .where(_EVENTS.c.shopper_id == shopper_id)
            .order_by(_EVENTS.c.time.desc(), _EVENTS.c.event_id.desc())
            .limit(limit)
        )
        with plain_errors(), self._engine.connect() as connection:
            return [_event(row) for row in connection.execute(newest).mappings()]

    def of(self, shopper_id: str) -> Iterator[Event]:
        """All that a shopper did, oldest first, read as it is asked for.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        oldest = (
            select(*_COLUMNS)
            .where(_EVENTS.c.shopper_id == shopper_id)
            .order_by(_EVENTS.c.time, _EVENTS.c.event_id)
            .execution_options(yield_per=1_000)
        )
        with plain_errors(), self._engine.connect() as connection:
            for row in connection.execute(oldest).mappings():
                yield _event(row)

    def latest(self, limit: int) -> list[Event]:
        """What all shoppers did last, to learn from offline.

        Args:
            limit: how many at most.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        newest = (
            select(*_COLUMNS)
            .order_by(_EVENTS.c.time.desc())
            .limit(limit)
            .execution_options(yield_per=10_000)
        )
        with plain_errors(), self._engine.connect() as connection:
            return [_event(row) for row in connection.execute(newest).mappings()]

    def count(self, shopper_id: str | None = None) -> int:
        """How many events are stored: of one shopper, or of all.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        counted = select(func.count()).select_from(_EVENTS)
        if shopper_id is not None:
            counted = counted.where(_EVENTS.c.shopper_id == shopper_id)
        with plain_errors(), self._engine.connect() as connection:
            return connection.execute(counted).scalar_one()

    def erase(self, connection: Connection, shopper_id: str) -> int:
        """Deletes all that a shopper did, in a transaction of the caller's.

        Returns:
            How many events there were.
        """
        return connection.execute(
            delete(_EVENTS).where(_EVENTS.c.shopper_id == shopper_id)
        ).rowcount


def _agreed(connection: Connection, shoppers: Collection[str]) -> set[str]:
    """Which of the shoppers are to be remembered; none of them can be erased until the end.

    SQLite has no locks of rows: the file is locked before it is read. PostgreSQL locks the rows,
    in one order.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    asked = sorted(shoppers)
    agreed: set[str] = set()
    for start in range(0, len(asked), _ASKED_AT_ONCE):
        agreed.update(
            connection.scalars(
                select(_SHOPPERS.c.id)
                .where(_SHOPPERS.c.id.in_(asked[start : start + _ASKED_AT_ONCE]))
                .where(_SHOPPERS.c.learning)
                .order_by(_SHOPPERS.c.id)
                .with_for_update(read=True)
            )
        )
    return agreed


def _values(event: Event) -> dict[str, Any]:
    return {
        "shopper_id": event.shopper_id,
        "event_id": event.event_id,
        "type": event.type,
        "time": event.time.timestamp(),
        "session_id": event.session_id,
        "product_id": event.product_id,
        "query": event.query,
        "value": event.value,
    }


def _event(row: RowMapping) -> Event:
    return Event(**{**row, "time": datetime.fromtimestamp(row["time"], UTC)})
