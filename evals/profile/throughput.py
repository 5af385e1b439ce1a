"""How fast events go in.

Intake is measured as a request has it, without the network: parse, check against the catalogue and
the clock, store durably. Beside it stands a floor: the same rows through the bare ``sqlite3``
module into tables of the same kind.
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
from assistant.profile.behaviour.event_intake import Intake, read_batch
from assistant.profile.behaviour.event_store import EventStore
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
_INTO = ("catalog", *_COLUMNS)
_INSERT = (
    f"INSERT OR IGNORE INTO events ({', '.join(_INTO)}) "  # noqa: S608 (names of our own)
    f"VALUES ('demo', {', '.join('?' * len(_COLUMNS))})"
)

Values = tuple[str, str, str, float, str | None, str | None, str | None, float | None]


def run(
    *, batches: int = 20, seed: int = 7, say: Callable[[str], None] = print
) -> dict[str, float]:
    """Measures intake.

    Args:
        batches: how many of each size go in.
        seed: of the generator.
        say: is told what is being done.

    Returns:
        Events per second, by name.
    """
    index = demo_index()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="shopguide-events-") as folder:
        for size in BATCHES:
            say(f"intake in batches of {size:,}")
            figures |= _intake(Path(folder), index, size, batches, seed)
    return figures


def rows_of_table(figures: dict[str, float]) -> list[Row]:
    """The figures as rows of a table, held against the goal."""
    rows = []
    for size in BATCHES:
        note = f"{figures[f'floor_{size}']:,.0f} with bare sqlite3"
        value = round(figures[f"intake_{size}"])
        figure = f"events in batches of {size:,}"
        rows.append(Row(figure, value, 10_000, "higher", unit=" a second", note=note))
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
    rows = list(generated_events(index, 1_000, size * batches, seed))
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    bodies = [json.dumps([_sent(row) for row in part]).encode() for part in parts]
    with closing(Database(f"sqlite:///{folder / f'intake-{size}.db'}")) as database:
        fill_shoppers(file_of(database), 1_000)
        store = EventStore(database.engine)
        taken = []
        for body in bodies:
            begin = time.perf_counter()
            batch = read_batch(body)
            Intake(index, NOW).check_all(batch)
            stored = store.add(batch.events, catalog="demo").stored
            taken.append(time.perf_counter() - begin)
            if stored != size:
                raise AssertionError("not all events were stored")
    with closing(Database(f"sqlite:///{folder / f'floor-{size}.db'}")) as database:
        bare = _bare(file_of(database), parts)
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


def generated_events(
    index: CatalogueIndex, shoppers: int, events: int, seed: int
) -> Iterator[Values]:
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
                name_of(who[place]),
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


def fill_shoppers(file: Path, shoppers: int) -> None:
    """Shoppers who have agreed."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executemany(
            "INSERT INTO shoppers (id, consent_id, consented, notice, learning, pseudonym) "
            "VALUES (?, ?, '2025-01-01 00:00:00.000000', 'evals', 1, ?)",
            ((name_of(n), f"consent-{n}", f"somebody-{n}") for n in range(shoppers)),
        )
        connection.commit()


def fill_events(file: Path, rows: Iterator[Values]) -> None:
    """Builds the table in one go; only this way of it is unsafe."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-1000000")
        connection.executemany(_INSERT, rows)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def file_of(database: Database) -> Path:
    """The database's file."""
    if database.file is None:
        raise AssertionError("the database is a file")
    return database.file


def name_of(number: int) -> str:
    """The id of a made-up shopper."""
    return f"shopper-{number:06d}"
