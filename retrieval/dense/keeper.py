"""Where the vectors of a catalogue are kept: in process by FAISS, or with Milvus."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from retrieval.dense.index import DenseIndex
from retrieval.dense.protocol import VectorIndex
from retrieval.errors import IndexBroken, VectorsUnavailable

log = structlog.get_logger(__name__)


class Keeper(Protocol):
    """Makes vector indexes, and finds them again."""

    def build(self, vectors: NDArray[np.floating[Any]], *, name: str) -> VectorIndex:
        """An index of vectors of length one, shape (rows, dimensions), of a catalogue."""
        ...

    def load(self, folder: Path) -> VectorIndex:
        """What an index's ``save`` wrote into a folder.

        Raises:
            IndexBroken: a file is missing or cut short, or it is kept elsewhere.
        """
        ...

    def forget(self, folder: Path, kept: Sequence[Path]) -> None:
        """Removes what lies outside a folder that goes, unless one that stays needs it too."""
        ...


class FaissKeeper:
    """Vectors in files beside the index."""

    def build(self, vectors: NDArray[np.floating[Any]], *, name: str) -> VectorIndex:
        """See ``Keeper.build``."""
        return DenseIndex.build(vectors)

    def load(self, folder: Path) -> VectorIndex:
        """See ``Keeper.load``."""
        return DenseIndex.load(folder)

    def forget(self, folder: Path, kept: Sequence[Path]) -> None:
        """See ``Keeper.forget``: nothing lies outside."""


class MilvusKeeper:
    """Vectors in a Milvus server, or in a file of milvus-lite.

    Args:
        uri: the server's URL, or the file.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def build(self, vectors: NDArray[np.floating[Any]], *, name: str) -> VectorIndex:
        """See ``Keeper.build``."""
        from retrieval.dense.milvus import MilvusIndex

        # A version of its own: the one that serves is not touched.
        collection = f"shopguide_{name.replace('-', '_')}_{secrets.token_hex(6)}"
        return MilvusIndex.build(vectors, uri=self._uri, collection=collection)

    def load(self, folder: Path) -> VectorIndex:
        """See ``Keeper.load``."""
        from retrieval.dense.milvus import MilvusIndex

        return MilvusIndex.load(folder, uri=self._uri)

    def forget(self, folder: Path, kept: Sequence[Path]) -> None:
        """See ``Keeper.forget``."""
        from retrieval.dense.milvus import MilvusIndex

        going = _collection(folder)
        if going is None or going in map(_collection, kept):
            return
        try:
            MilvusIndex.load(folder, uri=self._uri).drop()
        except (VectorsUnavailable, IndexBroken) as error:
            log.warning("collection_left", collection=going, why=error.sentence)


def keeper_for(setting: str) -> Keeper:
    """The keeper that a setting names: ``faiss``, or where Milvus is."""
    return FaissKeeper() if setting == "faiss" else MilvusKeeper(setting)


def _collection(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "milvus.json").read_bytes())["collection"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # kept in files, or the note is damaged
