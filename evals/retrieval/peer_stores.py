"""What every store is: filled from the same catalogue, built once in a folder, then searched.

This and the stores run under another interpreter than the project's, so that they import numpy and
what they are made of alone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Store(Protocol):
    """A store of vectors with a price each. Row numbers are the ids."""

    def settings(self) -> str:
        """The index and its parameters, for the table."""
        ...

    def vector(self, query: Floats, most: float, k: int) -> Sequence[int]:
        """The ``k`` rows nearest to a query of those with a price of at most ``most``."""
        ...

    def hybrid(self, query: Floats, text: str, most: float, k: int) -> Sequence[int]:
        """The same, by vector and text together.

        Raises:
            NotImplementedError: the store has no such search.
        """
        ...


class CataloguePart:
    """What a store is filled with, read from a folder that the benchmark prepared.

    Attributes:
        vectors: shape (rows, dimensions), of length one.
        prices: one a row.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vectors: NDArray[np.floating[Any]] = load_vectors(folder)
        self.prices: Floats = np.load(folder / "prices.npy")

    def texts(self) -> Iterator[str]:
        """What each row says, in order."""
        with (self.folder / "texts.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def parts(self, rows: int) -> Iterator[slice]:
        """Slices of at most so many rows, which cover all."""
        for start in range(0, len(self.prices), rows):
            yield slice(start, min(start + rows, len(self.prices)))


def load_vectors(folder: Path) -> NDArray[np.floating[Any]]:
    """The vectors of a prepared catalogue, as a memory map of 16 or 32 bit numbers."""
    vectors: NDArray[np.floating[Any]] = np.load(
        next(folder.glob("perturbed-*.npy")), mmap_mode="r"
    )
    return vectors


def built(folder: Path, build: Callable[[Path], None]) -> Path:
    """A store's folder; ``build`` fills it where it is missing or was left half made."""
    done = folder / "BUILT"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build(folder)
        done.touch()
    return folder
