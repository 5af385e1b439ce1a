"""This project's own index as one of the stores, in a process of its own.

Beside searching it tells its memory and changes products: ``{"do": "memory"}`` and
``{"do": "change", "count": …}``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from evals.retrieval.memory import Memory, resident_here
from evals.retrieval.our_build import NAME
from evals.retrieval.peer_process import serve
from evals.retrieval.peer_stores import Floats, built
from evals.retrieval.work import catalogue_products
from retrieval.conditions import Condition
from retrieval.embedding import Embedder
from retrieval.folder import IndexFolder


class OurStore:
    """A catalogue of ``IndexFolder``.

    Args:
        catalogue: the folder that it is built from, in a process that is gone afterwards.
        home: where it is kept.
        embedder: whose vectors it has.
    """

    def __init__(self, catalogue: Path, home: Path, embedder: Embedder) -> None:
        def build(folder: Path) -> None:
            command = [
                sys.executable,
                "-m",
                "evals.retrieval.our_build",
                str(catalogue),
                str(folder),
            ]
            subprocess.run(command, check=True)  # noqa: S603 (every word of it is ours)

        self.home = built(home, build)
        self._catalogue = catalogue
        self._embedder = embedder
        self._folder = IndexFolder(self.home, embedder)
        self._before = resident_here()
        self._index = self._folder.open(NAME)

    def settings(self) -> str:
        """See ``Store.settings``."""
        told = self._index.manifest.vectors
        shown = (told.get("kind"), f"quantisation {told.get('quantisation')}", "its defaults")
        return "FAISS " + ", ".join(str(one) for one in shown)

    def vector(self, query: Floats, most: float, k: int) -> Sequence[int]:
        """See ``Store.vector``."""
        mask = self._index.columns.mask([_at_most(most)])
        rows, _ = self._index.parts.dense.search(query, k, mask)
        return [int(row) for row in rows]

    def hybrid(self, query: Floats, text: str, most: float, k: int) -> Sequence[int]:
        """See ``Store.hybrid``. The products found are read too."""
        hits = self._index.search(text, [_at_most(most)], k=k, vector=query)
        return [hit.row for hit in hits]

    def do(self, order: dict[str, Any]) -> dict[str, Any]:
        """Answers an order that is no search."""
        if order["do"] == "memory":
            return self._memory()
        return {"ms": self._changes(int(order["count"]))}

    def _memory(self) -> dict[str, Any]:
        now = resident_here()
        if now is None or self._before is None:
            return {"parts": {}, "besides_text": None}
        memory = Memory(self._before, now, self.home)
        return {"parts": memory.parts(), "besides_text": memory.besides_text()}

    def _changes(self, count: int) -> list[float]:
        """Milliseconds from an upsert's call to the end of a search that finds it.

        The search is the next one that any shopper makes; it embeds its query, as the upsert
        embeds the product. Every second product is of a brand that the catalogue has not had.
        The vocabulary is there before, as it is in a shop that has answered once. All is done on
        a copy, so that whoever opens the index next finds it as it was built.
        """
        self._embedder.query("the model is loaded before anything is timed")
        copy = self.home.with_name(f"{self.home.name}-changed")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.home, copy, copy_function=_linked)
        try:
            return self._timed_changes(IndexFolder(copy, self._embedder), count)
        finally:
            shutil.rmtree(copy)

    def _timed_changes(self, folder: IndexFolder, count: int) -> list[float]:
        times = []
        assert folder.open(NAME).vocabulary.fields()
        made = islice(catalogue_products(self._catalogue, count), count)
        for number, product in enumerate(made):
            word = f"zq{number}vx{len(self._index)}"
            update = {"id": f"new-{word}", "title": f"{product.title} {word}"}
            if number % 2:
                update["brand"] = f"Brand{number}"
            new = product.model_copy(update=update)
            began = time.perf_counter()
            folder.change(NAME, upserts=[new])
            found = folder.open(NAME).search(word, k=10)
            times.append((time.perf_counter() - began) * 1000)
            if all(hit.product.id != new.id for hit in found):
                raise AssertionError(f"{new.id} was put in and not found.")
        return times


def _at_most(price: float) -> Condition:
    return Condition(field="price", op="<=", value=price)


def _linked(source: str, target: str) -> None:
    """The files of a version never change, but for its log of changes and its locks."""
    if Path(source).name.startswith(("changes.", ".")):
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def main() -> None:
    """Reads the command line."""
    from evals.retrieval.embedder import shop_embedder  # the whole assistant stands behind it

    catalogue, home = Path(sys.argv[2]), Path(sys.argv[3])
    serve(
        lambda: OurStore(catalogue, home, shop_embedder()),
        catalogue,
        lambda store, order: store.do(order),
    )


if __name__ == "__main__":
    main()
