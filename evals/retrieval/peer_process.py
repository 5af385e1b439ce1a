"""One store in a process of its own, told over standard input what to search.

``python -m evals.retrieval.peer_process STORE CATALOGUE_FOLDER STORE_FOLDER``: says one JSON line
when it is ready, then answers one line for each that it reads. It times itself, around the store's
own call alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from evals.retrieval.chroma_store import Chroma
from evals.retrieval.faiss_store import BareFaiss
from evals.retrieval.lancedb_store import Lance
from evals.retrieval.milvus_store import Milvus
from evals.retrieval.peer_stores import CataloguePart, Store

STORES: dict[str, Callable[[CataloguePart, Path], Store]] = {
    "lancedb": Lance,
    "lancedb-ef200": lambda part, folder: Lance(part, folder.with_name("lancedb"), ef=200),
    "chroma": Chroma,
    "milvus-lite": Milvus,
    "faiss": BareFaiss,
}
"""The stores by name."""

Do = Callable[[Any, dict[str, Any]], dict[str, Any]]
"""Answers an order that one store alone knows."""


def answer(store: Store, queries: Any, texts: list[str], order: dict[str, Any]) -> dict[str, Any]:
    """Runs one order.

    Args:
        store: to search.
        queries: vectors, shape (queries, dimensions).
        texts: of the queries.
        order: ``queries`` (numbers), ``most`` (price), ``k``, and ``hybrid``.

    Returns:
        ``ms`` and ``rows``, one of each a query; or ``unable`` where the store has no such search.
    """
    times, found = [], []
    for number in order["queries"]:
        vector = queries[number]
        started = time.perf_counter()
        try:
            if order["hybrid"]:
                rows = store.hybrid(vector, texts[number], order["most"], order["k"])
            else:
                rows = store.vector(vector, order["most"], order["k"])
        except NotImplementedError:
            return {"unable": True}
        times.append((time.perf_counter() - started) * 1000)
        found.append([int(row) for row in rows])
    return {"ms": times, "rows": found}


def serve(open_store: Callable[[], Store], catalogue: Path, do: Do | None = None) -> None:
    """Answers orders on standard input until it ends.

    Args:
        open_store: opens the store, building it where it is missing.
        catalogue: the folder with the queries.
        do: answers the orders that name something else to ``do`` than to search.
    """
    with _own_output() as out:
        started = time.perf_counter()
        store = open_store()
        queries = np.load(catalogue / "queries.npy")
        texts = json.loads((catalogue / "queries.json").read_text(encoding="utf-8"))
        ready = {"settings": store.settings(), "seconds": time.perf_counter() - started}
        print(json.dumps(ready), file=out, flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            if do and "do" in order:
                found = do(store, order)
            else:
                found = answer(store, queries, texts, order)
            print(json.dumps(found), file=out, flush=True)


def _own_output() -> IO[str]:
    """Standard output for the answers; whatever a library prints goes to standard error."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def main() -> None:
    """Reads the command line."""
    name, catalogue, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    serve(lambda: STORES[name](CataloguePart(catalogue), folder), catalogue)


if __name__ == "__main__":
    main()
