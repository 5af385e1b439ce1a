"""How long a turn waits for the profile: reading it, and writing what the turn changed.

Read is all that a search is handed (facts, tastes of the last events, leanings, what others went on
to); update is the transaction that reads the facts once more and makes the turn, a fact seen again
and the search durable. The database has many
shoppers, whose events came in the order of time.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np

from assistant.database.connection import Database
from assistant.passing_threads import PassingThreads
from assistant.profile.behaviour.event_store import EventStore
from assistant.profile.behaviour.events import Event
from assistant.profile.behaviour.learned_weights import LearnedWeights
from assistant.profile.behaviour.learnt import LearntFiles, LearntFolder
from assistant.profile.dialogue.learning import Learnt
from assistant.profile.facts import ProfileFact
from assistant.profile.known import Profiles
from assistant.profile.memory import Memory
from assistant.profile.sequence.model import train_from_events
from assistant.reply import ProfileChange, Reply
from assistant.store import Store
from evals.profile.throughput import (
    NOW,
    demo_index,
    file_of,
    fill_events,
    fill_shoppers,
    generated_events,
    name_of,
)
from evals.retrieval.tables import Row
from retrieval.index import CatalogueIndex
from tools.ranking_weights import DEFAULT_WEIGHTS

_FACTS = (
    ("foot_type", "=", "flat feet"),
    ("size", "=", "43"),
    ("brand", "!=", "Nike"),
    ("color", "=", "black"),
)
_WARM_UP = 50
_LEARNT_FROM = 100_000


def run(
    *,
    shoppers: int = 100_000,
    events: int = 10_000_000,
    turns: int = 1_000,
    seed: int = 7,
    say: Callable[[str], None] = print,
) -> dict[str, float]:
    """Builds the database, then measures turns of shoppers drawn at random.

    Args:
        shoppers: how many there are, each with four facts.
        events: how many are stored.
        turns: how many are measured.
        seed: of the generator.
        say: is told what is being done.

    Returns:
        Milliseconds by name, and what the database took.
    """
    index = demo_index()
    with tempfile.TemporaryDirectory(prefix="shopguide-turns-") as folder:
        file = Path(folder) / "many.db"
        with closing(Database(f"sqlite:///{file}")) as database:
            say(f"a database of {shoppers:,} shoppers and {events:,} events")
            begun = time.perf_counter()
            fill_shoppers(file_of(database), shoppers)
            _fill_facts(file, shoppers)
            fill_events(file, generated_events(index, shoppers, events, seed))
            built = time.perf_counter() - begun
            say(f"built in {built:.0f} s; {turns:,} turns")
            times = _turns(database, index, Path(folder), shoppers, turns, seed)
        size = file.stat().st_size
    figures = {"shoppers": shoppers, "events": events, "build_s": built, "bytes": size}
    for name, each in times.items():
        low, high = np.percentile(np.array(each) * 1_000, [50, 95])
        figures |= {f"{name}_p50": float(low), f"{name}_p95": float(high)}
    return figures


def rows_of_table(figures: dict[str, float]) -> list[Row]:
    """The figures as rows of a table."""
    many = f"{figures['shoppers']:,.0f} shoppers, {figures['events']:,.0f} events"
    return [
        Row(f"{what}, p50", round(figures[f"{name}_p50"], 2), unit=" ms", note=many)
        for name, what in (("read", "profile read"), ("update", "profile and turn written"))
    ] + [
        Row("profile read, p95", round(figures["read_p95"], 2), unit=" ms", note=many),
        Row("profile and turn written, p95", round(figures["update_p95"], 2), unit=" ms",
            note=f"an fsync alone: {figures['floor_p95']:.2f} ms"),
        Row("both, p95", round(figures["turn_p95"], 2), 10.0, unit=" ms", note=many),
    ]  # fmt: skip


def _turns(
    database: Database,
    index: CatalogueIndex,
    folder: Path,
    shoppers: int,
    turns: int,
    seed: int,
) -> dict[str, list[float]]:
    store = Store(database, PassingThreads())
    memory = Memory(database, store, now=lambda: NOW, new_id=lambda: "unused")
    event_store = EventStore(database.engine)
    _learn(event_store, folder / "learnt", index.name)
    profiles = Profiles(memory, event_store, lambda: NOW, LearntFolder(folder / "learnt"))
    chosen = np.random.default_rng(seed + 1).integers(0, shoppers, turns + _WARM_UP)
    times: dict[str, list[float]] = {"read": [], "update": [], "turn": [], "floor": []}
    following = 0
    with (folder / "floor").open("wb") as floor:
        for number, who in enumerate(chosen.tolist()):
            shopper = name_of(who)
            state = store.begin(f"thread-{number}", shopper, "demo")
            reply = _reply(number)
            event = Event(
                event_id=f"turn:{number}",
                shopper_id=shopper,
                type="search",
                query="running shoes",
                time=NOW - timedelta(seconds=1),
            )
            marks = [time.perf_counter()]
            known = profiles.known_of(shopper, index)
            marks.append(time.perf_counter())
            kept = store.commit_turn(
                state.model_copy(update={"turns": 1}),
                message="running shoes",
                reply=reply,
                learn=_seen_again,
                event=event,
                now=NOW,
            )
            marks.append(time.perf_counter())
            floor.write(b"x" * 4_096)
            floor.flush()
            os.fsync(floor.fileno())
            marks.append(time.perf_counter())
            if not kept.profile_changes:
                raise AssertionError("the turn was not kept")
            following += any(leaning.source == "behaviour:next" for leaning in known.leanings)
            if number >= _WARM_UP:
                read, update, floor_time = np.diff(marks).tolist()
                times["read"].append(read)
                times["update"].append(update)
                times["turn"].append(read + update)
                times["floor"].append(floor_time)
    if not following:
        raise AssertionError("nothing was learnt of what comes next")
    return times


def _learn(events: EventStore, folder: Path, catalog: str) -> None:
    """What ``shopguide learn`` keeps of the latest events, so that each turn uses it."""
    files = LearntFiles(folder, catalog)
    files.folder.mkdir(parents=True)
    train_from_events(events.latest(_LEARNT_FROM, catalog=catalog)).save(files.following)
    weights = LearnedWeights(
        catalog=catalog, weights=DEFAULT_WEIGHTS, learned=NOW, choices=0, shoppers=0
    )
    weights.save(files.weights)


def _seen_again(known: Sequence[ProfileFact]) -> Learnt:
    """What a turn that repeats a fact makes of those it finds."""
    fact = known[0].model_copy(update={"last_seen": NOW})
    change = ProfileChange(op="strengthen", fact=fact.model_dump(mode="json"))
    return Learnt(written=[fact], changes=[change])


def _reply(number: int) -> Reply:
    """Of the length that replies have."""
    return Reply(
        thread_id=f"thread-{number}",
        turn_id=f"turn-{number}",
        text="For flat feet, I would take the first one at its price. " * 8,
        language="en",
        intent="recommend",
    )


def _fill_facts(file: Path, shoppers: int) -> None:
    evidence = [{"quote": "as I said", "thread_id": "t", "turn_id": "u", "time": NOW.isoformat()}]
    seen = "2026-10-01 00:00:00.000000"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.executemany(
            "INSERT INTO facts (id, shopper_id, field, op, value, strength, origin, confidence, "
            "pinned, evidence, first_seen, last_seen) "
            "VALUES (?, ?, ?, ?, ?, 'prefer', 'dialogue', 0.85, 0, ?, ?, ?)",
            (
                (f"f-{n}-{k}", name_of(n), field, op, value, json.dumps(evidence), seen, seen)
                for n in range(shoppers)
                for k, (field, op, value) in enumerate(_FACTS)
            ),
        )
        connection.commit()
