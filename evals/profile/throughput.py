"""How fast events go in, and how long a turn waits for what is made of them.

Intake is measured as a request has it, without the network: parse, check against the catalogue and
the clock, store durably. Beside it stands a floor: the same rows through the bare ``sqlite3``
module into tables of the same kind. Reading is measured over a database of many shoppers, whose
events came in the order of time, so that those of one shopper lie scattered.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from assistant.database.connection import Database
from assistant.profile.affinity import affinities, leanings_of_behaviour
from assistant.profile.event_intake import Intake, read_batch
from assistant.profile.event_store import EventStore
from assistant.profile.shares import Shares
from evals.retrieval.tables import Row
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.words import load_words

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BATCHES = (1_000, 5_000)
_TYPES = ("view", "click", "search", "cart", "purchase", "rate", "return")
# Of a hundred events, as shops see them.
_MIX = np.array([62, 14, 12, 6, 4, 1.5, 0.5]) / 100
_QUERIES = (
    "waterproof trail running shoes",
    "white sneakers",
    "越野跑鞋",
    "nike basketball",
    "靴子",
)
_DAYS = 365
_CHUNK = 100_000
_COLUMNS = ("shopper_id", "event_id", "type", "time", "session_id", "product_id", "query", "value")
_INSERT = (
    f"INSERT OR IGNORE INTO events ({', '.join(_COLUMNS)}) "  # noqa: S608 (names of our own)
    f"VALUES ({', '.join('?' * len(_COLUMNS))})"
)

Values = tuple[str, str, str, float, str | None, str | None, str | None, float | None]


def run(
    *,
    shoppers: int = 100_000,
    events: int = 10_000_000,
    batches: int = 20,
    turns: int = 2_000,
    seed: int = 7,
    say: Callable[[str], None] = print,
) -> dict[str, float]:
    """Measures both.

    Args:
        shoppers: how many there are where reading is measured.
        events: how many are stored there.
        batches: how many of each size go in where intake is measured.
        turns: how many reads and updates.
        seed: of the generator.
        say: is told what is being done.

    Returns:
        Figures by name: events per second, milliseconds, seconds.
    """
    index = demo_index()
    figures: dict[str, float] = {"shoppers": shoppers, "events": events}
    with tempfile.TemporaryDirectory(prefix="shopguide-events-") as folder:
        for size in BATCHES:
            say(f"intake in batches of {size:,}")
            figures |= _intake(Path(folder), index, size, batches, seed)
        say(f"a database of {shoppers:,} shoppers and {events:,} events")
        figures |= _reading(Path(folder) / "many.db", index, shoppers, events, turns, seed)
    return figures


def rows_of_table(figures: dict[str, float]) -> list[Row]:
    """The figures as rows of a table, those with a goal held against it."""
    rows = []
    for size in BATCHES:
        note = f"{figures[f'floor_{size}']:,.0f} with bare sqlite3"
        value = round(figures[f"intake_{size}"])
        figure = f"events in batches of {size:,}"
        rows.append(Row(figure, value, 10_000, "higher", unit=" a second", note=note))
    many = f"{figures['shoppers']:,.0f} shoppers, {figures['events']:,.0f} events"
    for name, what in (
        ("turn_p95", "read, tastes and one event more, p95"),
        ("recent_p95", "reading the last 200 events, p95"),
        ("tastes_p95", "tastes and leanings of them, p95"),
        ("add_p95", "storing one event, p95"),
    ):
        goal = 10.0 if name == "turn_p95" else None
        rows.append(Row(what, round(figures[name], 2), goal, unit=" ms", note=many))
    return rows


def demo_index() -> CatalogueIndex:
    """The demo shop over toy vectors: what is measured here needs no meaning of words."""
    with as_file(files("retrieval.demo")) as folder:
        lines = (folder / "products.jsonl").read_text(encoding="utf-8").splitlines()
        words = load_words(folder / "words.yaml")
    return build_index(
        [Product.model_validate_json(line) for line in lines],
        name="demo",
        embedder=HashingEmbedder(),
        source="evals",
        now=NOW,
        words=words,
    )


def _intake(
    folder: Path, index: CatalogueIndex, size: int, batches: int, seed: int
) -> dict[str, float]:
    rows = list(_generated(index, 1_000, size * batches, seed))
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    bodies = [json.dumps([_sent(row) for row in part]).encode() for part in parts]
    with closing(Database(f"sqlite:///{folder / f'intake-{size}.db'}")) as database:
        _fill_shoppers(_file(database), 1_000)
        store = EventStore(database.engine)
        taken = []
        for body in bodies:
            begin = time.perf_counter()
            batch = read_batch(body)
            Intake(index, NOW).check_all(batch)
            stored = store.add(batch.events).stored
            taken.append(time.perf_counter() - begin)
            if stored != size:
                raise AssertionError("not all events were stored")
    with closing(Database(f"sqlite:///{folder / f'floor-{size}.db'}")) as database:
        bare = _bare(_file(database), parts)
    return {
        f"intake_{size}": size * len(parts) / sum(taken),
        f"intake_slowest_{size}": size / max(taken),
        f"floor_{size}": size * len(parts) / bare,
    }


def _bare(file: Path, parts: Sequence[Sequence[Values]]) -> float:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        begin = time.perf_counter()
        for part in parts:
            connection.executemany(_INSERT, sorted(part))
            connection.commit()
        return time.perf_counter() - begin


def _reading(
    file: Path, index: CatalogueIndex, shoppers: int, events: int, turns: int, seed: int
) -> dict[str, float]:
    begin = time.perf_counter()
    with closing(Database(f"sqlite:///{file}")) as database:
        _fill_shoppers(file, shoppers)
        _fill_events(file, _generated(index, shoppers, events, seed))
        built = time.perf_counter() - begin
        store = EventStore(database.engine)
        # As a server keeps them: counted once for a snapshot of the catalogue.
        shares = Shares(index)
        chosen = np.random.default_rng(seed + 1).integers(0, shoppers, turns)
        times: dict[str, list[float]] = {"recent": [], "tastes": [], "add": [], "turn": []}
        for turn, number in enumerate(chosen.tolist()):
            shopper = _name(number)
            marks = [time.perf_counter()]
            recent = store.recent(shopper, 200)
            marks.append(time.perf_counter())
            tastes = affinities(recent, index, NOW, shares)
            leanings_of_behaviour(tastes, index, shares=shares)
            marks.append(time.perf_counter())
            new = {"event_id": f"turn-{turn}", "shopper_id": shopper, "time": NOW}
            store.add([event.model_copy(update=new) for event in recent[:1]])
            marks.append(time.perf_counter())
            for name, took in zip(("recent", "tastes", "add"), np.diff(marks), strict=True):
                times[name].append(float(took))
            times["turn"].append(marks[-1] - marks[0])
    figures = {"build_seconds": built, "database_bytes": float(file.stat().st_size)}
    for name, each in times.items():
        figures[f"{name}_p50"], figures[f"{name}_p95"] = (
            float(value) * 1_000 for value in np.percentile(each, [50, 95])
        )
    return figures


def _generated(index: CatalogueIndex, shoppers: int, events: int, seed: int) -> Iterator[Values]:
    """Events in the order of time; a few shoppers do much, most do little."""
    random = np.random.default_rng(seed)
    products = [product.id for product in index.products]
    busy = random.lognormal(0.0, 1.0, shoppers)
    busy /= busy.sum()
    start = (NOW - timedelta(days=_DAYS)).timestamp()
    step = _DAYS * 86_400 / events
    for first in range(0, events, _CHUNK):
        count = min(_CHUNK, events - first)
        who = random.choice(shoppers, count, p=busy).tolist()
        types = random.choice(len(_TYPES), count, p=_MIX).tolist()
        which = random.integers(0, len(products), count).tolist()
        stars = random.integers(1, 6, count).tolist()
        for place in range(count):
            type = _TYPES[types[place]]
            search = type == "search"
            yield (
                _name(who[place]),
                f"{first + place:012x}",
                type,
                start + (first + place) * step,
                f"s-{who[place] % 97}",
                None if search else products[which[place]],
                _QUERIES[which[place] % len(_QUERIES)] if search else None,
                float(stars[place]) if type == "rate" else None,
            )


def _sent(row: Values) -> dict[str, Any]:
    """A row as the shop's page would send it."""
    sent: dict[str, Any] = {k: v for k, v in zip(_COLUMNS, row, strict=True) if v is not None}
    sent["time"] = datetime.fromtimestamp(row[3], UTC).isoformat()
    return sent


def _fill_shoppers(file: Path, shoppers: int) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executemany(
            "INSERT INTO shoppers (id, consent_id, consented, notice, learning, pseudonym) "
            "VALUES (?, ?, '2025-01-01 00:00:00.000000', 'evals', 1, ?)",
            ((_name(n), f"consent-{n}", f"somebody-{n}") for n in range(shoppers)),
        )
        connection.commit()


def _fill_events(file: Path, rows: Iterator[Values]) -> None:
    """Builds the table in one go; only this way of it is unsafe."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-1000000")
        connection.executemany(_INSERT, rows)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _file(database: Database) -> Path:
    if database.file is None:
        raise AssertionError("the database is a file")
    return database.file


def _name(number: int) -> str:
    return f"shopper-{number:06d}"
