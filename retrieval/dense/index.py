"""The index of a catalogue's vectors, of the kind that suits its size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from retrieval.columns import Mask
from retrieval.dense.building import built, extended, opened, written
from retrieval.dense.gpu import on_card
from retrieval.dense.protocol import Rows, Scores
from retrieval.dense.store import VectorStore, ordered
from retrieval.dense.structure import Structure
from retrieval.dense.threads import one_thread
from retrieval.dense.tuning import Kind, Quantisation, Tuning, chosen
from retrieval.errors import IndexBroken

FORMAT = 1
SEED = 20_240
_GATHERED = 2_000
_META = "dense.json"
_VECTORS = "vectors.f16"
_STRUCTURE = "structure.faiss"


class DenseIndex:
    """Vectors of length one, searched exactly enough among the rows that a mask leaves.

    What is found by quantised codes is scored by the vectors themselves, in half precision.
    Searches may run in any number of threads beside one that adds.
    """

    def __init__(self, store: VectorStore, structure: Structure, tuning: Tuning) -> None:
        self._store = store
        self._structure = structure
        self._searched = on_card(structure, store)
        self._tuning = tuning

    @classmethod
    def build(
        cls,
        vectors: NDArray[np.floating[Any]],
        *,
        kind: Kind | Literal["auto"] = "auto",
        quantisation: Quantisation | Literal["auto"] = "auto",
        seed: int = SEED,
    ) -> DenseIndex:
        """An index over vectors, trained and measured.

        Args:
            vectors: shape (rows, dimensions), rows of length one; a memory-mapped float16 array
                is read block by block and stays where it is.
            kind: by size where it is left open.
            quantisation: of the codes that rows are found by.
            seed: of training and of the queries that recall is measured with.

        Raises:
            ValueError: a kind and a quantisation that do not go together.
        """
        store = VectorStore(np.asarray(vectors, dtype=np.float16))
        return cls._of(store, chosen(len(vectors), kind, quantisation, seed))

    @classmethod
    def _of(cls, store: VectorStore, tuning: Tuning) -> DenseIndex:
        structure, tuning = built(store, tuning)
        return cls(store, structure, tuning)

    @classmethod
    def load(cls, folder: Path) -> DenseIndex:
        """Opens an index that ``save`` wrote; the vectors stay on disk, memory-mapped.

        Raises:
            IndexBroken: a file is missing, cut short, or of another index.
        """
        try:
            meta = json.loads((folder / _META).read_bytes())
            tuning = Tuning.model_validate(meta["tuning"])
            form, rows, dimensions = meta["format"], int(meta["rows"]), int(meta["dimensions"])
            covered, size = int(meta["covered"]), int(meta["structure_bytes"])
        except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
            raise IndexBroken(f"The vectors' index in {folder.name} cannot be read.") from error
        if form != FORMAT:
            raise IndexBroken(
                f"The vectors' index in {folder.name} is of format {form}, this program reads "
                f"{FORMAT}: index the catalogue anew."
            )
        store = VectorStore.load(folder / _VECTORS, rows, dimensions)
        structure = opened(folder / _STRUCTURE, size, covered, store, tuning)
        return cls(store, structure, tuning)

    def save(self, folder: Path) -> None:
        """Writes the index, what was added included, into a folder that is made.

        Raises:
            OSError: the disk is full or the folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        meta = {
            "format": FORMAT,
            "rows": self._store.save(folder / _VECTORS),
            "dimensions": self._store.dimensions,
            "covered": len(self._structure),
            "structure_bytes": written(self._structure, folder / _STRUCTURE),
            "tuning": self._tuning.model_dump(mode="json"),
        }
        (folder / _META).write_text(json.dumps(meta, indent=1), encoding="utf-8")

    def __len__(self) -> int:
        return len(self._store)

    def search(
        self, query: NDArray[np.float32], k: int, mask: Mask | None = None
    ) -> tuple[Rows, Scores]:
        """The ``k`` rows nearest to a query, best first, equals by row.

        Args:
            query: shape (dimensions,), of length one.
            k: how many at most; fewer come only where the mask leaves fewer.
            mask: shape (rows,), the rows that may be found; None for all. Rows added since it
                was made are not found.

        Returns:
            Rows and their inner products with the query, equally long.
        """
        rows = len(self._store)
        if mask is not None:
            mask = mask[:rows]
            rows = len(mask)
        query = np.ascontiguousarray(query, dtype=np.float32)
        covered = min(len(self._structure), rows)
        left = covered if mask is None else int(np.count_nonzero(mask[:covered]))
        tail = np.arange(covered, rows)
        if mask is not None:
            tail = tail[mask[covered:]]
        k = min(k, left + len(tail))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        with one_thread():
            if left <= max(_GATHERED, k):
                old = np.arange(covered) if mask is None else np.flatnonzero(mask[:covered])
                return self._store.best(query, np.concatenate([old, tail]), k)
            found, scores = self._searched.search(query, min(k, left), mask, self._store)
            if len(tail):
                new, their = self._store.best(query, tail, k)
                found, scores = np.concatenate([found, new]), np.concatenate([scores, their])
        return ordered(found, scores, k)

    def add(self, vectors: NDArray[np.floating[Any]]) -> None:
        """Appends vectors of shape (count, dimensions); the next search can find them."""
        self._store.add(vectors)

    def vectors(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """The vectors of some rows as they are kept, shape (len(rows), dimensions)."""
        return self._store.vectors(np.asarray(rows, dtype=np.int64))

    def extended(self, rows: int | None = None) -> DenseIndex:
        """The rows below ``rows`` with what was added folded in; this index goes on serving.

        Lists keep their middles. An index that has doubled since it was trained, or outgrown its
        kind, is trained and measured anew.
        """
        store, tuning = self._store.snapshot(rows), self._tuning
        if len(store) >= 2 * max(tuning.built_for, 1):
            again = chosen(len(store), tuning.asked_kind, tuning.asked_quantisation, tuning.seed)
            return self._of(store, again)
        return DenseIndex(store, extended(self._structure, store, tuning), tuning)

    def describe(self) -> dict[str, Any]:
        """Kind, parameters and measured recall, as plain data for a manifest."""
        return {
            "rows": len(self),
            "dimensions": self._store.dimensions,
            **self._tuning.model_dump(mode="json"),
        }
