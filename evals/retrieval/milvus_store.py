"""Milvus-lite as one of the stores."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.retrieval.peer_stores import CataloguePart, Floats, built


class Milvus:
    """Milvus-lite: HNSW."""

    _EF = 128

    def __init__(self, part: CataloguePart, folder: Path) -> None:
        pymilvus: Any = importlib.import_module("pymilvus")

        def build(home: Path) -> None:
            client = pymilvus.MilvusClient(str(home / "milvus.db"))
            schema = client.create_schema(auto_id=False)
            schema.add_field("row", pymilvus.DataType.INT64, is_primary=True)
            schema.add_field("price", pymilvus.DataType.FLOAT)
            schema.add_field(
                "vector", pymilvus.DataType.FLOAT_VECTOR, dim=int(part.vectors.shape[1])
            )
            index = client.prepare_index_params()
            index.add_index(
                "vector",
                index_type="HNSW",
                metric_type="IP",
                params={"M": 16, "efConstruction": 200},
            )
            client.create_collection("products", schema=schema, index_params=index)
            for rows in part.parts(5_000):
                vectors = np.asarray(part.vectors[rows], dtype=np.float32)
                client.insert(
                    "products",
                    [
                        {"row": rows.start + place, "price": float(price), "vector": vector}
                        for place, (price, vector) in enumerate(
                            zip(part.prices[rows], vectors, strict=True)
                        )
                    ],
                )
            client.flush("products")
            client.close()

        home = built(folder, build)
        self._client = pymilvus.MilvusClient(str(home / "milvus.db"))
        self._client.load_collection("products")

    def settings(self) -> str:
        """See ``Store.settings``."""
        return f"HNSW, M 16, ef {self._EF}"

    def vector(self, query: Floats, most: float, k: int) -> Sequence[int]:
        """See ``Store.vector``."""
        found = self._client.search(
            "products",
            data=[query.tolist()],
            limit=k,
            filter=f"price <= {most!r}",
            search_params={"params": {"ef": self._EF}},
        )
        return [int(hit["row"]) for hit in found[0]]

    def hybrid(self, query: Floats, text: str, most: float, k: int) -> Sequence[int]:
        """See ``Store.hybrid``."""
        raise NotImplementedError
