"""Indexes trained, filled, measured, and read from disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np

from retrieval.dense.calibration import held_out_recall, trial, tuned_graph, tuned_lists
from retrieval.dense.flat import Flat
from retrieval.dense.graph import Graph
from retrieval.dense.lists import Lists
from retrieval.dense.store import VectorStore, half_codes
from retrieval.dense.structure import Structure
from retrieval.dense.threads import one_thread
from retrieval.dense.tuning import Tuning, empty_index
from retrieval.errors import IndexBroken

_TRAINED_ON = 40
"""Rows per list that training looks at: as many as FAISS asks for."""
_LEAST_TRAINED_ON = 20_000


def built(store: VectorStore, tuning: Tuning) -> tuple[Structure, Tuning]:
    """The structure that the tuning asks for over a store's rows, and what was measured."""
    if tuning.kind == "flat" and tuning.quantisation == "none":
        return Flat(_half_index(store)), tuning
    with one_thread():
        index = empty_index(tuning, store.dimensions)
        index.train(_sample(store, max(_LEAST_TRAINED_ON, _TRAINED_ON * tuning.lists), tuning.seed))
        for _, vectors in store.blocks():
            index.add(vectors)
        structure = arranged(index, tuning)
        tried = trial(store, structure, tuning.seed)
        if isinstance(structure, Graph):
            tuning = tuned_graph(structure, store, tuning, tried)
        else:
            tuning = tuned_lists(structure, store, tuning, tried)
        structure = arranged(index, tuning)
        measured = held_out_recall(structure, store, tried)
    return structure, tuning.model_copy(update={"recall": measured})


def arranged(index: Any, tuning: Tuning) -> Lists | Graph:
    """A FAISS index as a structure that is searched by its tuning."""
    if tuning.kind == "hnsw":
        return Graph(index, width=tuning.width, error=tuning.error)
    return Lists(index, tuning)


def extended(structure: Structure, store: VectorStore, tuning: Tuning) -> Structure:
    """A copy that holds the store's newer rows too."""
    with one_thread():
        if isinstance(structure, Flat):
            return Flat(_half_index(store))
        index = faiss.clone_index(structure.index)
        for first in range(len(structure), len(store), 16_384):
            index.add(store.vectors(np.arange(first, min(first + 16_384, len(store)))))
        return arranged(index, tuning)


def written(structure: Structure, path: Path) -> int:
    """Writes what ``opened`` reads; returns its length in bytes.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    if isinstance(structure, Flat):  # its codes are the vectors
        return 0
    try:
        faiss.write_index(structure.index, str(path))
    except RuntimeError as error:
        raise OSError(f"{path.name} cannot be written: {error}") from error
    return path.stat().st_size


def opened(path: Path, size: int, covered: int, store: VectorStore, tuning: Tuning) -> Structure:
    """Reads what ``save`` wrote.

    Args:
        path: the file.
        size: its length in bytes, as it was written.
        covered: how many rows it holds.
        store: the vectors; exact codes are read from it.
        tuning: how it was built.

    Raises:
        IndexBroken: the file is missing, cut short, or holds other rows.
    """
    if tuning.kind == "flat" and tuning.quantisation == "none":
        return Flat(_half_index(store))
    try:
        found = path.stat().st_size
        if found != size:
            raise IndexBroken(f"{path.name} is {found} bytes, not {size}: it is cut short.")
        index = faiss.read_index(str(path))
    except (OSError, RuntimeError) as error:
        raise IndexBroken(f"{path.name} cannot be read.") from error
    if index.ntotal != covered or index.d != store.dimensions:
        raise IndexBroken(f"{path.name} holds {index.ntotal} rows, not {covered}.")
    return arranged(index, tuning)


def _half_index(store: VectorStore) -> faiss.IndexScalarQuantizer:
    index = half_codes(store.dimensions)
    for half in store.halves():
        index.add_sa_codes(half.view(np.uint8))
    return index


def _sample(store: VectorStore, count: int, seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    random = np.random.default_rng([seed, 3])
    return store.vectors(np.sort(random.permutation(len(store))[:count]))
