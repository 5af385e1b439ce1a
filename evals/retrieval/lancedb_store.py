"""LanceDB as one of the stores."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.retrieval.peer_stores import CataloguePart, Floats, built


class Lance:
    """LanceDB: IVF-HNSW-SQ over the vectors, a B-tree over prices, full text over the texts.

    Args:
        part: what it is filled with.
        folder: where it is kept.
        ef: how many candidates a search looks at; None leaves that to LanceDB.
    """

    def __init__(self, part: CataloguePart, folder: Path, *, ef: int | None = None) -> None:
        lancedb: Any = importlib.import_module("lancedb")
        pyarrow: Any = importlib.import_module("pyarrow")

        def build(home: Path) -> None:
            vectors = np.ascontiguousarray(part.vectors, dtype=np.float32)
            width = vectors.shape[1]
            table = lancedb.connect(str(home)).create_table(
                "products",
                pyarrow.table(
                    {
                        "row": pyarrow.array(range(len(vectors)), type=pyarrow.int64()),
                        "price": pyarrow.array(part.prices, type=pyarrow.float32()),
                        "text": pyarrow.array(list(part.texts())),
                        "vector": pyarrow.FixedSizeListArray.from_arrays(
                            pyarrow.array(vectors.ravel()), width
                        ),
                    }
                ),
            )
            table.create_index(metric="dot", vector_column_name="vector", index_type="IVF_HNSW_SQ")
            table.create_scalar_index("price")
            table.create_fts_index("text")
            table.optimize()

        self._ef = ef
        self._table = lancedb.connect(str(built(folder, build))).open_table("products")

    def settings(self) -> str:
        """See ``Store.settings``."""
        ef = "its defaults" if self._ef is None else f"ef {self._ef}"
        return f"IVF-HNSW-SQ, {ef}, prefilter, B-tree on price; its own full-text index, RRF"

    def vector(self, query: Floats, most: float, k: int) -> Sequence[int]:
        """See ``Store.vector``."""
        search = self._table.search(query, vector_column_name="vector")
        return self._rows(search, most, k, ["row", "_distance"])

    def hybrid(self, query: Floats, text: str, most: float, k: int) -> Sequence[int]:
        """See ``Store.hybrid``."""
        search = self._table.search(query_type="hybrid", vector_column_name="vector")
        return self._rows(search.vector(query).text(text), most, k, ["row"])

    def _rows(self, search: Any, most: float, k: int, columns: list[str]) -> Sequence[int]:
        limited = search.where(f"price <= {most!r}", prefilter=True).select(columns).limit(k)
        if self._ef is not None:
            limited = limited.ef(self._ef)
        rows: list[int] = limited.to_arrow()["row"].to_pylist()
        return rows
