"""The lines of a text stream, bounded, with those of the last row kept."""

from __future__ import annotations

from typing import TextIO

from retrieval.importing.rows import MAX_ROW

# A stray quote makes the rest of a file one cell. The lines it swallowed are read again, up to
# this many characters in a file, or a hostile file could make that the whole work.
_REREAD = 20_000_000


class RowTooLong(Exception):
    """A line or a row is beyond the limit; reading may go on behind it."""


class Lines:
    """The lines of a stream for the csv module, each bounded, with those of the last row kept.

    The csv module pulls lines through ``__next__`` and may pull on after an error, which a
    generator could not.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._again: list[str | None] = []
        self._row: list[str | None] = []
        self._row_length = 0
        self._reread = 0
        self.read = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._next()
        if line == "":
            raise StopIteration
        self.read += 1
        self._row.append(line)
        if line is None:
            raise RowTooLong
        self._row_length += len(line)
        if self._row_length > MAX_ROW:
            raise RowTooLong
        return line

    @property
    def spans_lines(self) -> bool:
        """Whether the row at hand goes on behind its first line."""
        return len(self._row) > 1

    def _next(self) -> str | None:
        """The next line of the stream, empty at its end; None in place of one beyond the limit."""
        line = self._stream.readline(MAX_ROW)
        if len(line) < MAX_ROW or line.endswith("\n"):
            return line
        while (rest := self._stream.readline(MAX_ROW)) and not rest.endswith("\n"):
            pass
        return None

    def next_row(self) -> int:
        """Forgets the last row; returns the number of the line at which the next one begins."""
        self._row = []
        self._row_length = 0
        return self.read + 1

    def read_again(self) -> None:
        """Gives the lines of the last row once more, but for its first."""
        lines = self._row[1:]
        length = self._row_length
        if lines and self._reread + length <= _REREAD:
            self._reread += length
            self.read -= len(lines)
            self._again.extend(reversed(lines))
