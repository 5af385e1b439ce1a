"""The vectors themselves: half precision by row, memory-mapped on disk, the newest in memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.dense.protocol import Rows, Scores
from retrieval.errors import IndexBroken

Half = NDArray[np.float16]

BLOCK = 1024
"""Rows scored at once: their codes stay in a core's cache, which is ten times as fast."""
_COPIED = 16_384
_KEPT_BYTES = 96 << 20
_READ_BYTES = 2 << 20
"""What the system maps at most where one row is read: a large page of its cache."""


class VectorStore:
    """Vectors of length one by row, kept as float16: a base and what was added since.

    One writer may add while others read: the rows that a reader knows of never move.

    Args:
        base: shape (rows, dimensions).
        mapped: the map that ``base`` lies in, so that its pages can be given back.
    """

    def __init__(self, base: Half, mapped: mmap.mmap | None = None) -> None:
        self._base = base
        self._mapped = mapped
        self._read = 0
        self._added: tuple[Half, int] = (np.empty((0, base.shape[1]), np.float16), 0)

    @classmethod
    def load(cls, path: Path, rows: int, dimensions: int) -> VectorStore:
        """Maps a file that ``save`` wrote.

        Raises:
            IndexBroken: the file is missing or not as long as it must be.
        """
        try:
            with path.open("rb") as opened:
                found = path.stat().st_size
                if found != rows * dimensions * 2:
                    raise IndexBroken(
                        f"The vectors in {path.name} are {found} bytes, not the "
                        f"{rows * dimensions * 2} of {rows} rows: the file is cut short or another."
                    )
                if not rows:
                    return cls(np.empty((0, dimensions), np.float16))
                mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise IndexBroken(f"The vectors in {path.name} cannot be read.") from error
        _advise(mapped, "MADV_RANDOM")
        return cls(np.frombuffer(mapped, np.float16).reshape(rows, dimensions), mapped)

    def save(self, path: Path) -> int:
        """Writes every row to a file, block by block; returns how many."""
        rows = len(self)
        partial = path.with_suffix(".partial")  # the file itself may be the one that is mapped
        with partial.open("wb") as opened:
            for start in range(0, rows, _COPIED):
                opened.write(self._half(np.arange(start, min(start + _COPIED, rows))).tobytes())
        partial.replace(path)
        return rows

    def __len__(self) -> int:
        return len(self._base) + self._added[1]

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self._base.shape[1])

    def add(self, vectors: NDArray[np.floating[Any]]) -> None:
        """Appends rows; a reader sees all of them or none."""
        held, count = self._added
        end = count + len(vectors)
        if end > len(held):
            grown = np.empty((max(end, 2 * len(held), BLOCK), self.dimensions), np.float16)
            grown[:count] = held[:count]
            held = grown
        held[count:end] = vectors
        self._added = (held, end)

    def snapshot(self, rows: int | None = None) -> VectorStore:
        """The rows of this moment, those below ``rows``, to which others may be added."""
        copy = VectorStore(self._base, self._mapped)
        held, count = self._added
        if rows is not None:
            count = min(count, rows - len(self._base))
        copy._added = (held[:count].copy(), count)
        return copy

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """Some rows, shape (len(rows), dimensions)."""
        return self._half(rows).astype(np.float32)

    def halves(self) -> Iterator[Half]:
        """All rows in order, block by block, as they are kept."""
        rows = len(self)
        for start in range(0, rows, _COPIED):
            yield self._half(np.arange(start, min(start + _COPIED, rows)))

    def blocks(self, size: int = _COPIED) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """All rows in order, each block with the number of its first row."""
        rows = len(self)
        for start in range(0, rows, size):
            yield start, self.vectors(np.arange(start, min(start + size, rows)))

    def best(self, query: NDArray[np.float32], rows: Rows, k: int) -> tuple[Rows, Scores]:
        """The ``k`` nearest of some rows, best first, equals by row.

        Args:
            query: shape (dimensions,).
            rows: none of them twice.
            k: how many at most.
        """
        rows = np.sort(rows)
        found, scores = [], []
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            nearest, score = _scored(query, self._half(block), k)
            found.append(block[nearest])
            scores.append(score)
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        return ordered(np.concatenate(found), np.concatenate(scores), k)

    def _half(self, rows: Rows) -> Half:
        base = len(self._base)
        if not len(rows) or rows.max() < base:
            taken = self._base[rows]
            self._give_back(len(rows))
            return taken
        held, _ = self._added
        if rows.min() >= base:
            return held[rows - base]
        taken = np.empty((len(rows), self.dimensions), np.float16)
        old = rows < base
        taken[old] = self._base[rows[old]]
        taken[~old] = held[rows[~old] - base]
        return taken

    def _give_back(self, rows: int) -> None:
        # Pages read count as this process's memory, though the system's cache has them anyway:
        # without this, some searches and the whole file is held.
        self._read += rows * _READ_BYTES
        if self._mapped is not None and self._read > _KEPT_BYTES < self._base.nbytes:
            self._read = 0
            _advise(self._mapped, "MADV_DONTNEED")


def ordered(rows: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
    """The ``k`` best of some scored rows, best first, equals by row."""
    if len(rows) > 4 * k:
        cut = np.partition(scores, len(scores) - k)[len(scores) - k]
        kept = scores >= cut
        rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def half_codes(dimensions: int) -> faiss.IndexScalarQuantizer:
    """An exact index of inner products over float16 vectors, empty."""
    return faiss.IndexScalarQuantizer(
        dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )


def _scored(query: NDArray[np.float32], block: Half, k: int) -> tuple[Rows, Scores]:
    # FAISS multiplies half precision in the processor's registers, eight times as fast as numpy
    # turns it into single precision.
    index = half_codes(block.shape[1])
    index.add_sa_codes(np.ascontiguousarray(block).view(np.uint8))
    scores, rows = index.search(query.reshape(1, -1), min(k, len(block)))
    return rows[0], scores[0]


def _advise(mapped: mmap.mmap, advice: str) -> None:
    if hasattr(mmap, advice):  # Windows has none
        mapped.madvise(getattr(mmap, advice))
