"""A field's texts by row, searched for parts of words."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexBroken
from retrieval.postings import mapped

_END = b"\n"
# From so many on, one look at every byte is quicker than one search for each hit.
_FEW_HITS = 1_000
_BLOCK = 1 << 24


class TextColumn:
    """Normalised texts, one after another with a line end between: searching is one scan.

    Args:
        lines: a line end, then each text with a line end behind it.
        starts: where each text begins, and the end, shape (rows + 1,).
    """

    def __init__(self, lines: bytes | bytearray | mmap.mmap, starts: NDArray[np.int64]) -> None:
        self._lines = lines
        self._starts = starts
        self._tail: list[bytes] = []

    def add(self, text: str) -> None:
        """Appends the text of the next row."""
        self._tail.append(text.encode())

    def contains(self, parts: Iterable[str], size: int) -> NDArray[np.bool_]:
        """Which rows below ``size`` have one of the parts in their text."""
        wanted = [part.encode("utf-8", "replace") for part in parts]
        if b"" in wanted:  # it is in every text, and a scan for it would not end
            return np.ones(size, dtype=bool)
        found = self._scan(wanted, size)
        for row, text in self._rows_of_tail(size):
            found[row] = any(part in text for part in wanted)
        return found

    def equals(self, texts: Iterable[str], size: int) -> NDArray[np.bool_]:
        """Which rows below ``size`` have one of the texts as their whole text."""
        wanted = [text.encode("utf-8", "replace") for text in texts]
        found = self._scan([_END + text + _END for text in wanted], size, begins=1)
        for row, text in self._rows_of_tail(size):
            found[row] = text in wanted
        return found

    def _rows_of_tail(self, size: int) -> Iterable[tuple[int, bytes]]:
        first = len(self._starts) - 1
        return enumerate(self._tail[: max(0, size - first)], start=first)

    def _scan(self, wanted: Sequence[bytes], size: int, *, begins: int = 0) -> NDArray[np.bool_]:
        found = np.zeros(size, dtype=bool)
        starts, lines = self._starts, self._lines
        for part in wanted:
            at, hits = lines.find(part), 0
            while at >= 0:
                hits += 1
                if hits > _FEW_HITS:
                    self._scan_all(part, at, found, begins)
                    break
                row = int(np.searchsorted(starts, at + begins, side="right")) - 1
                if row >= min(size, len(starts) - 1):
                    break
                found[row] = True
                # On with the next row: one hit is enough. Its line end before it counts as its.
                at = lines.find(part, int(starts[row + 1]) - 1)
        return found

    def _scan_all(self, part: bytes, at: int, found: NDArray[np.bool_], begins: int) -> None:
        """Finds a part of many rows from a place on: block by block, and no row by itself."""
        limit = min(len(found), len(self._starts) - 1)
        end = len(self._lines) - len(part) + 1
        for start in range(at, end, _BLOCK):
            stop = min(start + _BLOCK, end)
            block = np.frombuffer(self._lines[start : stop + len(part) - 1], dtype=np.uint8)
            places = np.flatnonzero(block[: stop - start] == part[0])
            for further, byte in enumerate(part[1:], start=1):
                places = places[block[places + further] == byte]
            rows = np.searchsorted(self._starts, places + (start + begins), side="right") - 1
            found[rows[rows < limit]] = True

    def save(self, folder: Path, stem: str, size: int) -> None:
        """Writes the texts of the rows below ``size``, those of the tail behind the others."""
        tail = [text + _END for _, text in self._rows_of_tail(size)]
        with (folder / f"{stem}.lines").open("wb") as file:
            file.write(self._lines)
            file.writelines(tail)
        ends = int(self._starts[-1]) + np.cumsum([len(text) for text in tail], dtype=np.int64)
        np.save(folder / f"{stem}.starts.npy", np.concatenate([self._starts, ends]))

    @classmethod
    def load(cls, folder: Path, stem: str) -> TextColumn:
        """Reads what ``save`` wrote, mapped into memory.

        Raises:
            IndexBroken: a file is missing or cut short.
        """
        try:
            starts = mapped(folder / f"{stem}.starts.npy")
            with (folder / f"{stem}.lines").open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError, EOFError) as error:
            raise IndexBroken(f"{stem} of the index cannot be read.") from error
        if not len(starts) or int(starts[-1]) != size:
            raise IndexBroken(f"{stem} of the index is cut short.")
        return cls(lines, starts)


class TextColumnBuilder:
    """Gathers the texts of a field, row by row."""

    def __init__(self) -> None:
        self._lines = bytearray(_END)
        self._starts = [1]

    def add(self, text: str) -> None:
        """Appends the text of the next row; it has no line end in it."""
        self._lines += text.encode() + _END
        self._starts.append(len(self._lines))

    def build(self) -> TextColumn:
        """The column of all that was added."""
        return TextColumn(self._lines, np.asarray(self._starts, dtype=np.int64))
