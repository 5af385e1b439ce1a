"""Stores in processes of their own, asked in turns, so that noise hits all of them alike."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.retrieval.measures import exact_floor, recall
from evals.retrieval.peer_stores import load_vectors
from evals.retrieval.tables import Say, percent
from retrieval.embedding import Vectors

OURS = "shopguide"
K = 10
_ROOT = Path(__file__).parents[2]
_DEADLINE_SECONDS = 3600
_WARM_UP = 20
_CHUNK = 10
_SLOW_MS = 100.0
_SLOW_SHARE = 4


class StoreFailed(RuntimeError):
    """A store's process ended, or did not answer in time."""


@dataclass(frozen=True)
class Timing:
    """One store's searches at one filter in one round.

    Attributes:
        store: its name.
        share: of the catalogue that the filter leaves.
        hybrid: by vector and text together, or by vector alone.
        round: from 0.
        ms: one a query.
        recalls: of the vector search against an exact one, one a query; empty for hybrid.
    """

    store: str
    share: float
    hybrid: bool
    round: int
    ms: Sequence[float]
    recalls: Sequence[float]


class StoreProcess:
    """A store that was started and answers."""

    def __init__(self, name: str, process: subprocess.Popen[str], deadline: float) -> None:
        self.name = name
        self._process = process
        self._deadline = deadline
        ready = self._read()
        self.settings: str = ready["settings"]
        self.seconds: float = ready["seconds"]

    def search(
        self, queries: Sequence[int], most: float, *, hybrid: bool
    ) -> tuple[list[float], list[list[int]]] | None:
        """Milliseconds and rows, one of each a query; None where it has no such search.

        Raises:
            StoreFailed: the process ended or took too long.
        """
        order = {"queries": list(queries), "most": most, "k": K, "hybrid": hybrid}
        found = self.do(order)
        return None if found.get("unable") else (found["ms"], found["rows"])

    def do(self, order: dict[str, Any]) -> dict[str, Any]:
        """The answer to any order.

        Raises:
            StoreFailed: the process ended or took too long.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise StoreFailed(f"{self.name} ended.") from error
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        timer = threading.Timer(self._deadline, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise StoreFailed(f"{self.name} ended or did not answer in {self._deadline:.0f} s.")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def started(
    name: str, python: str, catalogue: Path, *, deadline: float = _DEADLINE_SECONDS
) -> Iterator[StoreProcess]:
    """A store over a catalogue, built where it is not yet; ended afterwards.

    Args:
        name: of the store.
        python: the interpreter that has it.
        catalogue: the folder that it is filled from, and that keeps what it builds.
        deadline: seconds for building and for one order.

    Raises:
        StoreFailed: it could not be started.
    """
    module = "ours" if name == OURS else "peer_process"
    command = [python, "-m", f"evals.retrieval.{module}", name, str(catalogue)]
    command.append(str(catalogue / "stores" / name))
    environment = os.environ | {
        "PYTHONPATH": str(_ROOT),
        "ANONYMIZED_TELEMETRY": "False",
        "LANCE_LOG": "error",  # it writes a line of warning for each hybrid search
    }
    with (
        (catalogue / f"{name}.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(  # noqa: S603 (every word of the command is ours)
            command,
            env=environment,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield StoreProcess(name, process, deadline)
        finally:
            process.kill()
            process.wait()


def compare(
    catalogue: Path,
    stores: Mapping[str, str],
    shares: Sequence[float],
    *,
    queries: int,
    rounds: int,
    say: Say,
) -> tuple[list[Timing], dict[str, str]]:
    """The same queries at the same filters on every store, in turns.

    In each round and at each filter the stores take turns of ten queries, so that a slow minute of
    the machine slows all of them. A store that needs over 100 ms a query is asked a quarter of
    the queries.

    Args:
        catalogue: the folder of the catalogue.
        stores: the interpreter of each, by name.
        shares: of the catalogue that the filters on price leave.
        queries: how many, from the first on.
        rounds: how often the whole is done.
        say: told what is being done.

    Returns:
        The timings, and what each store says of its settings.

    Raises:
        StoreFailed: a store ended or did not answer in time.
    """
    vectors = load_vectors(catalogue)
    prices = np.load(catalogue / "prices.npy")
    vector_of: Vectors = np.load(catalogue / "queries.npy")[:queries]
    limits = [price_limit(prices, share) for share in shares]
    masks = [prices <= limit for limit in limits]
    floors = exact_floor(vectors, vector_of, masks, K)
    timings: list[Timing] = []
    with ExitStack() as stack:
        running = []
        for name, python in stores.items():
            say(f"{name}: opening, building where it is the first time")
            running.append(stack.enter_context(started(name, python, catalogue)))
            say(f"{name}: ready after {running[-1].seconds:.1f} s")
        for turn in range(rounds):
            for place, share in enumerate(shares):
                for hybrid in (False, True):
                    say(f"round {turn + 1}, filter {percent(share)}, hybrid {hybrid}")
                    found = _turns(running, limits[place], len(vector_of), hybrid, turn)
                    for name, (ms, rows) in found.items():
                        hits = [
                            recall(row, vector_of[q], vectors, masks[place], floors[place, q], K)
                            for q, row in enumerate(rows)
                            if not hybrid
                        ]
                        timings.append(Timing(name, share, hybrid, turn, ms, hits))
        return timings, {store.name: store.settings for store in running}


def price_limit(prices: Vectors, share: float) -> float:
    """A price that that share of the rows does not exceed, halfway to the next price.

    Halfway, so that a store that keeps prices in fewer bits leaves the same rows.
    """
    ordered = np.unique(prices)
    at = np.sort(prices)[max(0, min(len(prices), round(share * len(prices))) - 1)]
    place = int(np.searchsorted(ordered, at))
    after = ordered[place + 1] if place + 1 < len(ordered) else ordered[place] + 1.0
    return float(ordered[place] + after) / 2


def _turns(
    stores: Sequence[StoreProcess], most: float, queries: int, hybrid: bool, turn: int
) -> dict[str, tuple[list[float], list[list[int]]]]:
    results: dict[str, tuple[list[float], list[list[int]]]] = {}
    quota = {}
    for store in stores:
        warm = store.search(range(min(_WARM_UP, queries)), most, hybrid=hybrid)
        if warm is not None:
            results[store.name] = ([], [])
            slow = float(np.median(warm[0])) > _SLOW_MS
            quota[store.name] = max(1, queries // _SLOW_SHARE) if slow else queries
    able = [store for store in stores if store.name in results]
    for number, start in enumerate(range(0, queries, _CHUNK)):
        first = (number + turn) % max(1, len(able))
        for store in (*able[first:], *able[:first]):
            chunk = range(start, min(start + _CHUNK, quota[store.name]))
            if chunk and (found := store.search(chunk, most, hybrid=hybrid)) is not None:
                results[store.name][0].extend(found[0])
                results[store.name][1].extend(found[1])
    return results
