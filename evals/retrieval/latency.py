"""Our own searches at each size: latency, recall, memory, and how soon a change is found."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.retrieval.measures import exact_floor, quantile, recall
from evals.retrieval.our_build import drop_stale
from evals.retrieval.peer_stores import load_vectors
from evals.retrieval.report import Options, Report
from evals.retrieval.stores import OURS, K, StoreProcess, price_limit, started
from evals.retrieval.tables import Row, Say, markdown, percent
from evals.retrieval.work import MADE, Work
from retrieval.embedding import Embedder

SHARES = (1.0, 0.1, 0.01, 0.001, 0.0001)
GOALS_MS = {100_000: 6.0, 1_000_000: 25.0}
RECALL_GOAL = 0.98
RECALL_AT_LEAST = 0.001
EMBEDDING_GOAL_MS = 15.0
VISIBLE_GOAL_MS = 100.0
MEMORY_GOAL_MB = 1_000.0
_CHANGES = 30
_WARM_UP = 20


def run(work: Work, options: Options) -> Report:
    """Measures at every size.

    Raises:
        StoreFailed: the process of the index ended or did not answer in time.
    """
    rows, texts, raw = [], [], {}
    options.say("embedding queries")
    embedding = embedding_times(work.embedder, work.queries()[0])
    rows.append(
        Row(
            "embedding a query, p95",
            quantile(embedding, 0.95),
            EMBEDDING_GOAL_MS,
            unit="ms",
            note=f"p50 {quantile(embedding, 0.5):.1f} ms, {len(embedding)} queries",
        )
    )
    for size in options.sizes:
        catalogue = work.catalogue(size)
        if not options.keep_index:
            drop_stale(catalogue / "stores" / OURS)
        measured = measure(catalogue, options.queries, options.rounds, options.say)
        rows += rows_of(measured, size)
        texts.append(
            f"### Our search: {size:,} products, k = {K}, filter on price\n\n"
            f"Products {MADE}. Query already embedded; {measured['settings']}.\n\n"
            f"{latency_table(measured)}\n\n{memory_table(measured, size)}"
        )
        raw[str(size)] = measured
    return Report(rows, "\n\n".join(texts), {"embedding_ms": embedding, "sizes": raw})


def embedding_times(embedder: Embedder, texts: Sequence[str]) -> list[float]:
    """Milliseconds of embedding each text alone, after a warm-up."""
    for text in texts[:_WARM_UP]:
        embedder.query(f"{text}.")  # another text: a query's vector is kept for a while
    times = []
    for text in texts:
        began = time.perf_counter()
        embedder.query(text)
        times.append((time.perf_counter() - began) * 1000)
    return times


def measure(catalogue: Path, queries: int, rounds: int, say: Say) -> dict[str, Any]:
    """Everything of one size: ``hybrid`` and ``vector`` milliseconds and ``recall`` by share.

    ``memory`` is read after the searches and before the changes, from a process that has only
    opened the index and searched.

    Raises:
        StoreFailed: the process of the index ended or did not answer in time.
    """
    vectors, prices = load_vectors(catalogue), np.load(catalogue / "prices.npy")
    of_queries = np.load(catalogue / "queries.npy")[:queries]
    limits = [price_limit(prices, share) for share in SHARES]
    masks = [prices <= limit for limit in limits]
    say("searching exactly, for recall")
    floors = exact_floor(vectors, of_queries, masks, K)
    measured: dict[str, Any] = {"hybrid": {}, "vector": {}, "recall": {}}
    say("opening our index, building it the first time")
    with started(OURS, sys.executable, catalogue) as store:
        measured["settings"] = store.settings
        measured["opened_seconds"] = store.seconds
        for place, share in enumerate(SHARES):
            say(f"searching at {percent(share)}")
            numbers = range(len(of_queries))
            _timed(store, numbers[:_WARM_UP], limits[place], hybrid=True)
            ms = [
                one
                for _ in range(rounds)
                for one in _timed(store, numbers, limits[place], hybrid=True)[0]
            ]
            vector_ms, found = _timed(store, numbers, limits[place], hybrid=False)
            measured["hybrid"][str(share)] = ms
            measured["vector"][str(share)] = vector_ms
            measured["recall"][str(share)] = [
                recall(rows, of_queries[q], vectors, masks[place], float(floors[place, q]), K)
                for q, rows in enumerate(found)
            ]
        measured["memory"] = store.do({"do": "memory"})
        say("changing products")
        measured["visible_ms"] = store.do({"do": "change", "count": _CHANGES})["ms"]
    return measured


def rows_of(measured: Mapping[str, Any], size: int) -> list[Row]:
    """The figures of one size that have a goal."""
    worst = max(SHARES, key=lambda share: quantile(measured["hybrid"][str(share)], 0.95))
    each = ", ".join(
        f"{quantile(measured['hybrid'][str(share)], 0.95):.2f} at {percent(share)}"
        for share in SHARES
    )
    rows = [
        Row(
            f"p95 of a filtered hybrid search, query embedded, {size:,} products",
            quantile(measured["hybrid"][str(worst)], 0.95),
            GOALS_MS.get(size),
            unit="ms",
            note=f"the slowest filter; {each}",
        )
    ]
    for share in SHARES:
        if share >= RECALL_AT_LEAST:
            rows.append(
                Row(
                    f"recall@10 of the vector part at {percent(share)}, {size:,} products",
                    statistics.fmean(measured["recall"][str(share)]),
                    RECALL_GOAL,
                    "higher",
                )
            )
    visible = measured["visible_ms"]
    rows.append(
        Row(
            f"an upsert visible to search, {size:,} products, p95",
            quantile(visible, 0.95),
            VISIBLE_GOAL_MS,
            unit="ms",
            note=f"p50 {quantile(visible, 0.5):.0f} ms, {len(visible)} upserts, from the call to a "
            "search that finds it, embedding both included",
        )
    )
    if (besides_text := measured["memory"]["besides_text"]) is not None:
        rows.append(
            Row(
                f"memory per million products besides text, at {size:,}",
                besides_text / size,
                MEMORY_GOAL_MB
                if size >= 1_000_000
                else None,  # what is fixed weighs on a small one
                unit="MB",
                note="resident after all searches: files of vectors and filter columns, and all "
                "that no file backs",
            )
        )
    return rows


def latency_table(measured: Mapping[str, Any]) -> str:
    """p50 / p95 of hybrid and vector searches and recall, by share."""
    kinds = {"hybrid": "vector, text and filter", "vector": "vector and filter"}
    lines = [
        [
            title,
            *(
                f"{quantile(measured[kind][str(share)], 0.5):.2f} / "
                f"{quantile(measured[kind][str(share)], 0.95):.2f}"
                for share in SHARES
            ),
        ]
        for kind, title in kinds.items()
    ]
    recalls = [f"{statistics.fmean(measured['recall'][str(share)]):.3f}" for share in SHARES]
    lines.append(["recall@10 of the vector part", *recalls])
    return markdown(["p50 / p95 in ms", *(percent(share) for share in SHARES)], lines)


def memory_table(measured: Mapping[str, Any], size: int) -> str:
    """Where the resident memory is."""
    memory = measured["memory"]
    if memory["besides_text"] is None:
        return "Memory is only counted on Linux."
    lines = [[name, f"{bytes_ / 1e6:.0f}"] for name, bytes_ in memory["parts"].items()]
    lines.append(["besides text", f"{memory['besides_text'] / 1e6:.0f}"])
    return markdown([f"resident memory of {size:,} products", "MB"], lines)


def _timed(
    store: StoreProcess, queries: Sequence[int], most: float, *, hybrid: bool
) -> tuple[list[float], list[list[int]]]:
    found = store.search(queries, most, hybrid=hybrid)
    assert found is not None, "our index has both searches"
    return found
