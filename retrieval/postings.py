"""Which rows hold which key: the one structure below filters, title words and the word index.

Keys are texts, kept as 64-bit hashes, so that a million products cost no dictionary of strings.
"""

from __future__ import annotations

import hashlib
import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexBroken

Rows = NDArray[np.int32]
Weights = NDArray[np.float32]

_NO_ROWS: Rows = np.empty(0, dtype=np.int32)
_NO_WEIGHTS: Weights = np.empty(0, dtype=np.float32)
_PARTS = ("keys", "starts", "rows")
_PARSING = threading.Lock()


def hash_key(key: str) -> int:
    """A text as 64 bits. Two of ten million texts share one with a chance of 3 in a million."""
    return int.from_bytes(
        hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "little"
    )


class PostingsBuilder:
    """Gathers (key, row) pairs, with a weight each or with none.

    Args:
        weighted: whether each pair has a weight.
    """

    def __init__(self, *, weighted: bool = False) -> None:
        self._hashes: dict[str, int] = {}
        self._keys = array("Q")
        self._rows = array("i")
        self._weights = array("f") if weighted else None

    def add(self, row: int, keys: Iterable[str], weights: Iterable[float] = ()) -> None:
        """Adds the keys of a row, each once; ``weights`` are as long where there are any."""
        before = len(self._keys)
        for key in keys:
            self._keys.append(self._hash(key))
        self._rows.extend([row] * (len(self._keys) - before))
        if self._weights is not None:
            self._weights.extend(weights)

    def _hash(self, key: str) -> int:
        found = self._hashes.get(key)
        if found is None:
            if len(self._hashes) > 500_000:
                self._hashes.clear()  # a cache of the common keys, and bounded
            found = self._hashes[key] = hash_key(key)
        return found

    def build(self) -> Postings:
        """The postings of all that was added."""
        keys = np.frombuffer(self._keys, dtype=np.uint64)
        rows = np.frombuffer(self._rows, dtype=np.int32)
        weights = None
        if self._weights is not None:
            weights = np.frombuffer(self._weights, dtype=np.float32)
        return Postings(*_sorted(keys, rows, weights))


class Postings:
    """Rows by key, ascending. The base never changes; what is added stands in a tail.

    One writer may add while others read: a reader names the number of rows that it knows of, and
    sees none beyond.

    Args:
        keys: hashes, ascending, shape (keys,).
        starts: where a key's rows begin, shape (keys + 1,).
        rows: ascending within a key.
        weights: as long as ``rows``, or None.
    """

    def __init__(
        self,
        keys: NDArray[np.uint64],
        starts: NDArray[np.int64],
        rows: Rows,
        weights: Weights | None = None,
    ) -> None:
        self.keys = keys
        self.starts = starts
        self.rows = rows
        self.weights = weights
        self._tail: dict[int, tuple[list[int], list[float]]] = {}

    @classmethod
    def empty(cls, *, weighted: bool = False) -> Postings:
        """Postings of nothing, to add to."""
        return PostingsBuilder(weighted=weighted).build()

    def span(self, key: str) -> tuple[int, int]:
        """Where the key's rows stand in ``rows`` of the base; an empty span where it has none."""
        hashed = np.uint64(hash_key(key))
        at = int(np.searchsorted(self.keys, hashed))
        if at == len(self.keys) or self.keys[at] != hashed:
            return 0, 0
        return int(self.starts[at]), int(self.starts[at + 1])

    def tail(self, key: str, size: int) -> tuple[Rows, Weights]:
        """The rows below ``size`` that were added under a key, and their weights."""
        found = self._tail.get(hash_key(key))
        if found is None:
            return _NO_ROWS, _NO_WEIGHTS
        rows, weights = found
        # The writer appends the weight before the row, so that each row here has its own.
        count = len(rows)
        while count and rows[count - 1] >= size:
            count -= 1
        return (
            np.asarray(rows[:count], dtype=np.int32),
            np.asarray(weights[:count], dtype=np.float32),
        )

    def rows_of(self, key: str, size: int) -> tuple[Rows, Weights | None]:
        """The rows below ``size`` that hold a key, ascending, and their weights."""
        start, end = self.span(key)
        rows, weights = self.rows[start:end], self.weights
        held = None if weights is None else weights[start:end]
        if self._tail:
            more, heavier = self.tail(key, size)
            if len(more):
                rows = np.concatenate([rows, more])
                held = None if held is None else np.concatenate([held, heavier])
        return rows, held

    def count(self, key: str) -> int:
        """How many rows hold the key, deleted ones included."""
        start, end = self.span(key)
        added = self._tail.get(hash_key(key))
        return end - start + (len(added[0]) if added else 0)

    def __contains__(self, key: str) -> bool:
        return self.count(key) > 0

    def add(self, row: int, keys: Iterable[str], weights: Sequence[float] = ()) -> None:
        """Adds the keys of a new row, which is greater than every row so far."""
        for place, key in enumerate(keys):
            rows, held = self._tail.setdefault(hash_key(key), ([], []))
            if weights:
                held.append(weights[place])
            rows.append(row)

    def extended(self, size: int | None = None) -> Postings:
        """The same postings with the tail folded into the base.

        Args:
            size: rows from here on are left out; the writer may be adding them meanwhile.
        """
        tail = []
        for key, (added, heavier) in list(self._tail.items()):
            count = len(added) if size is None else bisect_left(added, size)
            if count:
                tail.append((key, added[:count], heavier[:count]))
        if not tail:
            return Postings(self.keys, self.starts, self.rows, self.weights)
        counts = np.diff(self.starts)
        keys = np.asarray([key for key, rows, _ in tail for _ in rows], dtype=np.uint64)
        more = np.asarray([row for _, rows, _ in tail for row in rows], dtype=np.int32)
        weights = None
        if self.weights is not None:
            heavy = [weight for _, _, held in tail for weight in held]
            weights = np.concatenate([self.weights, np.asarray(heavy, dtype=np.float32)])
        return Postings(
            *_sorted(
                np.concatenate([np.repeat(self.keys, counts), keys]),
                np.concatenate([self.rows, more]),
                weights,
            )
        )

    def save(self, folder: Path, stem: str) -> None:
        """Writes the base as ``STEM.*.npy``; fold the tail first."""
        if self._tail:
            raise ValueError("fold the tail before saving")
        for part in _PARTS:
            np.save(folder / f"{stem}.{part}.npy", getattr(self, part))
        if self.weights is not None:
            np.save(folder / f"{stem}.weights.npy", self.weights)

    @classmethod
    def load(cls, folder: Path, stem: str) -> Postings:
        """Reads what ``save`` wrote, mapped into memory.

        Raises:
            IndexBroken: a file is missing or cut short.
        """
        try:
            keys, starts, rows = (mapped(folder / f"{stem}.{part}.npy") for part in _PARTS)
            file = folder / f"{stem}.weights.npy"
            weights = mapped(file) if file.exists() else None
            fits = len(starts) == len(keys) + 1 and int(starts[-1]) == len(rows)
        except (OSError, ValueError, EOFError, IndexError) as error:
            raise IndexBroken(f"{stem} of the index cannot be read.") from error
        if not fits or (weights is not None and len(weights) != len(rows)):
            raise IndexBroken(f"{stem} of the index is cut short.")
        return cls(keys, starts, rows, weights)


def mapped(file: Path) -> NDArray[Any]:
    """An array of a ``.npy`` file, mapped into memory and not to be written.

    Raises:
        OSError, ValueError, EOFError: the file is missing or cut short.
    """
    # numpy parses the header as Python, and Python 3.11 may not parse in two threads at once
    # (SystemError: AST constructor recursion depth mismatch).
    with file.open("rb") as opened, _PARSING:
        version = np.lib.format.read_magic(opened)
        read = getattr(np.lib.format, f"read_array_header_{version[0]}_{version[1]}")
        shape, _, _ = read(opened)
        # Nothing can be mapped of an empty file.
        mode: Literal["r"] | None = "r" if all(shape) else None
        array: NDArray[Any] = np.load(file, mmap_mode=mode, allow_pickle=False)
        return array


def _sorted(
    keys: NDArray[np.uint64], rows: Rows, weights: Weights | None
) -> tuple[NDArray[np.uint64], NDArray[np.int64], Rows, Weights | None]:
    """Pairs grouped by key. A stable sort keeps the rows of a key in the order of adding."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    starts = np.append(first, len(ordered)).astype(np.int64)
    return ordered[first], starts, rows[order], None if weights is None else weights[order]
