"""Chroma as one of the stores."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.retrieval.peer_stores import CataloguePart, Floats, built


class Chroma:
    """Chroma's persistent client: HNSW with its defaults."""

    def __init__(self, part: CataloguePart, folder: Path) -> None:
        chromadb: Any = importlib.import_module("chromadb")
        config: Any = importlib.import_module("chromadb.config")
        quiet = config.Settings(anonymized_telemetry=False)

        def build(home: Path) -> None:
            client = chromadb.PersistentClient(str(home), settings=quiet)
            collection = client.create_collection(
                "products", configuration={"hnsw": {"space": "ip"}}, embedding_function=None
            )
            for rows in part.parts(5_000):
                collection.add(
                    ids=[str(row) for row in range(rows.start, rows.stop)],
                    embeddings=np.asarray(part.vectors[rows], dtype=np.float32),
                    metadatas=[{"price": float(price)} for price in part.prices[rows]],
                )

        client = chromadb.PersistentClient(str(built(folder, build)), settings=quiet)
        self._collection = client.get_collection("products", embedding_function=None)

    def settings(self) -> str:
        """See ``Store.settings``."""
        return "HNSW, its defaults"

    def vector(self, query: Floats, most: float, k: int) -> Sequence[int]:
        """See ``Store.vector``."""
        found = self._collection.query(
            query_embeddings=query[None],
            n_results=k,
            where={"price": {"$lte": most}},
            include=["distances"],
        )
        return [int(row) for row in found["ids"][0]]

    def hybrid(self, query: Floats, text: str, most: float, k: int) -> Sequence[int]:
        """See ``Store.hybrid``."""
        raise NotImplementedError
