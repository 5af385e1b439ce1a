"""Which texts of a file were seen before, and in which row: a few bytes for each."""

from __future__ import annotations

from array import array

from retrieval.postings import hash_key

_FIRST_SLOTS = 1 << 10


def hash64(text: str) -> int:
    """A 64-bit hash of a text, never 0; the same in every run.

    Among a million texts two share one with a chance of 1 to 30 million.
    """
    return hash_key(text) or 1


class Seen:
    """A map of texts to row numbers that keeps 64-bit hashes instead of the texts.

    Open addressing over two plain arrays, 16 bytes a slot, at most two thirds full: a million
    texts take 32 MiB, a tenth of what a dict of strings takes.
    """

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * _FIRST_SLOTS))
        self._rows = array("q", bytes(8 * _FIRST_SLOTS))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, text: str) -> int | None:
        """The row last put down for a text; None where there is none."""
        slot = self._slot(hash64(text))
        return self._rows[slot] if self._keys[slot] else None

    def put(self, text: str, row: int) -> None:
        """Puts down the row of a text."""
        key = hash64(text)
        slot = self._slot(key)
        if not self._keys[slot]:
            if 3 * (self._count + 1) > 2 * len(self._keys):
                self._grow()
                slot = self._slot(key)
            self._keys[slot] = key
            self._count += 1
        self._rows[slot] = row

    def _slot(self, key: int) -> int:
        keys = self._keys
        last = len(keys) - 1
        slot = key & last
        while keys[slot] not in (0, key):
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        keys, rows = self._keys, self._rows
        self._keys = array("Q", bytes(16 * len(keys)))
        self._rows = array("q", bytes(16 * len(keys)))
        for key, row in zip(keys, rows, strict=True):
            if key:
                slot = self._slot(key)
                self._keys[slot] = key
                self._rows[slot] = row
