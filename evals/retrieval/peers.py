"""Our searches beside those of LanceDB, Chroma and Milvus-lite, and a floor of bare FAISS."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict

from evals.retrieval.measures import median_ratio, quantile
from evals.retrieval.our_build import drop_stale
from evals.retrieval.report import Options, Report
from evals.retrieval.stores import OURS, K, Timing, compare
from evals.retrieval.tables import Row, markdown, percent
from evals.retrieval.work import MADE, Work

# LanceDB as it comes, and set to find about as much as we do: both are the same table.
PEERS = ("lancedb", "lancedb-ef200", "chroma", "milvus-lite")
FLOOR = "faiss"
SHARES = (1.0, 0.1, 0.01, 0.001)
GOAL = 0.5


def run(work: Work, options: Options) -> Report:
    """Compares on the first of the sizes.

    Raises:
        StoreFailed: a store ended or did not answer in time.
    """
    count = options.sizes[0]
    stores = {OURS: sys.executable, FLOOR: sys.executable}
    if options.peers_python:
        stores |= dict.fromkeys(PEERS, options.peers_python)
    catalogue = work.catalogue(count)
    if not options.keep_index:
        drop_stale(catalogue / "stores" / OURS)
    timings, settings = compare(
        catalogue,
        stores,
        SHARES,
        queries=options.queries,
        rounds=options.rounds,
        say=options.say,
    )
    rows = [row for hybrid in (False, True) for row in ratio_rows(timings, hybrid, count)]
    if not options.peers_python:
        rows = [Row("our p95 over the fastest peer's", None, GOAL, note="no peer is installed")]
    lines = "\n".join(f"- {name}: {words}" for name, words in settings.items())
    text = (
        f"### Peers: {count:,} products, k = {K}, filter on price\n\n"
        f"Products {MADE}. The stores take turns of ten queries, {options.rounds} rounds; each "
        "store times its own call. Recall is against an exact search under the same filter.\n\n"
        f"{lines}\n\n{peers_table(timings)}"
    )
    raw = {"timings": [asdict(t) for t in timings], "settings": settings, "products": count}
    return Report(rows, text, raw)


def peers_table(timings: Sequence[Timing]) -> str:
    """p50 / p95 in ms and recall of each store at each filter, all rounds together."""
    shares = sorted({t.share for t in timings}, reverse=True)
    kinds = sorted(
        {(t.hybrid, t.store) for t in timings}, key=lambda kind: (kind[0], _place(kind[1]))
    )
    lines = []
    for hybrid, store in kinds:
        line = [f"{store}, {'vector and text' if hybrid else 'vector'}"]
        for share in shares:
            of = [t for t in timings if (t.store, t.hybrid, t.share) == (store, hybrid, share)]
            ms = [one for t in of for one in t.ms]
            recalls = [one for t in of for one in t.recalls]
            told = f" at {statistics.fmean(recalls):.3f}" if recalls else ""
            line.append(f"{quantile(ms, 0.5):.2f} / {quantile(ms, 0.95):.2f}{told}")
        lines.append(line)
    head = ["p50 / p95 in ms at recall@10", *(percent(share) for share in shares)]
    return markdown(head, lines)


def ratio_rows(timings: Sequence[Timing], hybrid: bool, count: int) -> list[Row]:
    """Our p95 over the fastest peer's, at each filter: the median of the rounds' ratios.

    The fastest peer is the one with the least median p95. Where our recall is below its, the goal
    is not met, whatever the ratio.
    """
    rows = []
    for share in sorted({t.share for t in timings}, reverse=True):
        at = [t for t in timings if t.hybrid == hybrid and t.share == share]
        p95 = {store: _p95s(at, store) for store in dict.fromkeys(t.store for t in at)}
        peers = [store for store in PEERS if store in p95]
        if not peers or OURS not in p95:
            continue
        best = min(peers, key=lambda store: statistics.median(p95[store]))
        ratios = [a / b for a, b in zip(p95[OURS], p95[best], strict=True)]
        note = f"over {best}; by round " + ", ".join(f"{ratio:.2f}" for ratio in ratios)
        comparable = True
        if not hybrid:
            mine, theirs = _recall(at, OURS), _recall(at, best)
            comparable = mine >= theirs
            note += f"; recall {mine:.3f} against {theirs:.3f}"
        work = "vector, text and filter" if hybrid else "vector and filter"
        rows.append(
            Row(
                f"our p95 over the fastest peer's, {work} at {percent(share)}, {count:,} products",
                median_ratio(p95[OURS], p95[best]),
                GOAL,
                note=note,
                comparable=comparable,
            )
        )
    return rows


def _p95s(timings: Sequence[Timing], store: str) -> list[float]:
    return [
        quantile(t.ms, 0.95) for t in sorted(timings, key=lambda t: t.round) if t.store == store
    ]


def _recall(timings: Sequence[Timing], store: str) -> float:
    return statistics.fmean(one for t in timings if t.store == store for one in t.recalls)


def _place(store: str) -> int:
    order = (OURS, *PEERS, FLOOR)
    return order.index(store)
