"""Nearest vectors kept by Milvus: a server, or its embedded ``milvus-lite`` in a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.dense.milvus_client import connect, is_lite, make_collection, plainly
from retrieval.dense.protocol import Rows, Scores
from retrieval.errors import IndexBroken

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_META = "milvus.json"
_FORMAT = 1
# Rows of one message: its vectors stay below the few megabytes that servers take.
_AT_ONCE = 1_000
# Up to so many allowed rows their vectors are fetched and scored here: exact, and faster than a
# search that has to be told them. Graphs lose most of what a filter this selective leaves.
_FETCHED = 2_000
_MOST_FOUND = 16_384  # Milvus' own limit of one search's results
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")


class MilvusIndex:
    """Vectors of length one in a collection of Milvus, its key being the row.

    What was added is in the collection at once, so that there is nothing to fold in: versions of
    one catalogue share a collection until it is built anew, and each sees its own rows of it.
    ``milvus-lite`` compares every vector: its graphs lose matches under filters.
    """

    def __init__(
        self, client: MilvusClient, collection: str, *, rows: int, dimensions: int, uri: str,
        timeout: float,
    ) -> None:  # fmt: skip
        self._client = client
        self._collection = collection
        self._rows = rows
        self._dimensions = dimensions
        self._uri = uri
        self._timeout = timeout
        self._lite = is_lite(uri)

    @classmethod
    def build(
        cls,
        vectors: NDArray[np.floating[Any]],
        *,
        uri: str,
        collection: str,
        token: str = "",
        timeout: float = 30.0,
    ) -> MilvusIndex:
        """Writes vectors into a new collection; one of that name is replaced.

        Args:
            vectors: shape (rows, dimensions), rows of length one; read block by block.
            uri: URL of a server, or a file for milvus-lite.
            collection: letters, digits and ``_``: one name for each version of a catalogue.
            token: of the server, ``user:password`` or an API key.
            timeout: seconds that one call may take.

        Raises:
            ValueError: that cannot name a collection.
            VectorsUnavailable: Milvus does not answer or refuses, or pymilvus is not installed.
        """
        if not _NAME.fullmatch(collection):
            raise ValueError(f"{collection!r} cannot name a collection")
        client = connect(uri, token, timeout)
        rows, dimensions = vectors.shape
        index = cls(client, collection, rows=0, dimensions=dimensions, uri=uri, timeout=timeout)
        make_collection(client, collection, dimensions, rows, uri=uri, timeout=timeout)
        index.add(vectors)
        return index

    @classmethod
    def load(cls, folder: Path, *, uri: str, token: str = "", timeout: float = 30.0) -> MilvusIndex:
        """Opens the collection that ``save`` wrote down. Arguments as in ``build``.

        Raises:
            IndexBroken: the folder names no collection, or Milvus has not got all of its rows.
            VectorsUnavailable: Milvus does not answer, or pymilvus is not installed.
        """
        try:
            meta = json.loads((folder / _META).read_bytes())
            form, collection = meta["format"], str(meta["collection"])
            rows, dimensions = int(meta["rows"]), int(meta["dimensions"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexBroken(
                f"The note of the vectors in {folder.name} cannot be read."
            ) from error
        if form != _FORMAT:
            raise IndexBroken(
                f"The vectors of {folder.name} are of format {form}, this program reads "
                f"{_FORMAT}: index the catalogue anew."
            )
        client = connect(uri, token, timeout)
        index = cls(client, collection, rows=rows, dimensions=dimensions, uri=uri, timeout=timeout)
        index._check()
        return index

    def save(self, folder: Path) -> None:
        """Writes down which collection it is; the vectors are with Milvus.

        Raises:
            OSError: the folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        meta = {
            "format": _FORMAT,
            "collection": self._collection,
            "rows": self._rows,
            "dimensions": self._dimensions,
        }
        (folder / _META).write_text(json.dumps(meta, indent=1), encoding="utf-8")

    def __len__(self) -> int:
        return self._rows

    def search(
        self, query: NDArray[np.float32], k: int, mask: Mask | None = None
    ) -> tuple[Rows, Scores]:
        """See ``VectorIndex.search``: the mask is settled before anything is ranked.

        Raises:
            VectorsUnavailable: Milvus does not answer.
        """
        rows = self._rows if mask is None else min(len(mask), self._rows)
        allowed = np.arange(rows) if mask is None else np.flatnonzero(mask[:rows])
        k = min(k, len(allowed))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        query = np.ascontiguousarray(query, dtype=np.float32)
        if len(allowed) <= _FETCHED or k > _MOST_FOUND:
            return _best(allowed, self._scores(query, allowed), k)
        with plainly(self._uri):
            (hits,) = self._client.search(
                self._collection,
                data=[query.tolist()],
                anns_field="vector",
                limit=k,
                search_params={"metric_type": "IP", "params": {"ef": max(128, 4 * k)}},
                output_fields=["row"],
                timeout=self._timeout,
                **self._condition(allowed, rows),
            )
        found = np.array([hit["row"] for hit in hits], dtype=np.int64)
        return _best(found, np.array([hit["distance"] for hit in hits], dtype=np.float32), k)

    def add(self, vectors: NDArray[np.floating[Any]]) -> None:
        """Appends vectors; a row that a crash left behind is overwritten.

        Raises:
            VectorsUnavailable: Milvus does not answer; what had come is not counted.
        """
        for start in range(0, len(vectors), _AT_ONCE):
            block = np.asarray(vectors[start : start + _AT_ONCE], dtype=np.float32)
            data = [
                {"row": self._rows + offset, "vector": vector}
                for offset, vector in enumerate(block)
            ]
            with plainly(self._uri):
                self._client.upsert(self._collection, data, timeout=self._timeout)
            self._rows += len(block)

    def vectors(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """See ``VectorIndex.vectors``.

        Raises:
            VectorsUnavailable: Milvus does not answer.
            IndexBroken: Milvus has lost one of them.
        """
        wanted, places = np.unique(np.asarray(rows, dtype=np.int64), return_inverse=True)
        held = np.empty((len(wanted), self._dimensions), dtype=np.float32)
        for start in range(0, len(wanted), _AT_ONCE):
            block = wanted[start : start + _AT_ONCE]
            with plainly(self._uri):
                answer = self._client.query(
                    self._collection,
                    output_fields=["row", "vector"],
                    timeout=self._timeout,
                    **self._listed("row in", block),
                )
            if len(answer) != len(block):
                raise IndexBroken(f"Milvus has lost vectors of {self._collection}.")
            places_of = np.searchsorted(wanted, [entry["row"] for entry in answer])
            held[places_of] = [entry["vector"] for entry in answer]
        return held[places]

    def extended(self, rows: int | None = None) -> MilvusIndex:
        """See ``VectorIndex.extended``: the same collection, with the rows there are by now."""
        return MilvusIndex(
            self._client,
            self._collection,
            rows=self._rows if rows is None else rows,
            dimensions=self._dimensions,
            uri=self._uri,
            timeout=self._timeout,
        )

    def drop(self) -> None:
        """Removes the collection, where no version of the catalogue needs it any more.

        Raises:
            VectorsUnavailable: Milvus does not answer.
        """
        with plainly(self._uri):
            self._client.drop_collection(self._collection, timeout=self._timeout)

    def describe(self) -> dict[str, Any]:
        """Kind and collection, as plain data for a manifest; no address and no token."""
        kind = "milvus-lite" if self._lite else "milvus"
        return {
            "rows": self._rows,
            "dimensions": self._dimensions,
            "kind": kind,
            "collection": self._collection,
        }

    def _scores(self, query: NDArray[np.float32], rows: Rows) -> Scores:
        """Inner products with some rows, fetched block by block."""
        scores = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _AT_ONCE):
            block = rows[start : start + _AT_ONCE]
            scores[start : start + len(block)] = self.vectors(block) @ query
        return scores

    def _condition(self, allowed: Rows, rows: int) -> dict[str, Any]:
        """The allowed rows as Milvus is told them: by the shorter of the two lists."""
        if len(allowed) == rows:
            return {"filter": f"row < {rows}"}
        if 2 * len(allowed) <= rows:
            return self._listed("row in", allowed)
        others = np.setdiff1d(np.arange(rows), allowed, assume_unique=True)
        return self._listed(f"row < {rows} and row not in", others)

    def _listed(self, condition: str, rows: Rows) -> dict[str, Any]:
        if self._lite:  # it knows no templates
            return {"filter": f"{condition} {rows.tolist()}"}
        return {"filter": f"{condition} {{rows}}", "filter_params": {"rows": rows.tolist()}}

    def _check(self) -> None:
        with plainly(self._uri):
            there = self._client.has_collection(self._collection, timeout=self._timeout)
            if there:
                self._client.load_collection(self._collection, timeout=self._timeout)
                (answer,) = self._client.query(
                    self._collection,
                    filter=f"row < {self._rows}",
                    output_fields=["count(*)"],
                    timeout=self._timeout,
                )
        if not there or answer["count(*)"] != self._rows:
            raise IndexBroken(
                f"Milvus has not got the {self._rows} vectors of {self._collection}: index the "
                "catalogue anew."
            )


def _best(rows: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]
