"""Streams the rows of a CSV, JSONL or JSON file, whatever its encoding, in bounded memory.

A row that cannot be read comes out with its problem instead of its cells, and reading goes on
with the next one.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TextIO, cast

from retrieval.errors import BadCatalogueFile
from retrieval.importing.csv_rows import csv_rows, find_delimiter, read_header
from retrieval.importing.encodings import UTF16_MARKS, find_encoding
from retrieval.importing.json_rows import array_rows, line_rows
from retrieval.importing.rows import Row

Kind = Literal["csv", "jsonl", "json"]
Progress = Callable[[int, int], None]
"""Is called with the bytes read so far and the bytes of the file."""

FORMATS = ("auto", "csv", "jsonl")
_SAMPLE = 256_000
_PROGRESS_EVERY = 500


@dataclass(frozen=True)
class Source:
    """A catalogue file whose format and encoding are known.

    Attributes:
        path: the file.
        kind: its format.
        encoding: a Python codec name.
        zipped: whether it is compressed by gzip.
        delimiter: between the cells of a CSV file.
        columns: the header of a CSV file, each name once; empty for JSON.
    """

    path: Path
    kind: Kind
    encoding: str
    zipped: bool
    delimiter: str = ","
    columns: tuple[str, ...] = ()

    def rows(self, progress: Progress | None = None) -> Generator[Row, None, None]:
        """The rows, one at a time. Closing it closes the file.

        Raises:
            BadCatalogueFile: the file cannot be read to its end.
        """
        size = self.path.stat().st_size
        with (
            _readable(self.path),
            self.path.open("rb") as raw,
            _text(raw, self) as stream,
        ):
            for count, row in enumerate(self._rows_of(stream)):
                if progress is not None and count % _PROGRESS_EVERY == 0:
                    progress(raw.tell(), size)
                yield row
        if progress is not None:
            progress(size, size)

    def _rows_of(self, stream: TextIO) -> Iterator[Row]:
        match self.kind:
            case "csv":
                return csv_rows(stream, self.delimiter, self.columns)
            case "jsonl":
                return line_rows(stream)
            case "json":
                return array_rows(stream)


def open_source(path: Path, format: str = "auto") -> Source:
    """Finds out how a catalogue file is written.

    Args:
        path: a file, gzip-compressed or not.
        format: ``auto``, ``csv`` or ``jsonl``.

    Raises:
        BadCatalogueFile: an unknown format, or no text file with rows.
    """
    if format not in FORMATS:
        raise BadCatalogueFile(
            f"The format {format!r} is not read: choose one of {', '.join(FORMATS)}.",
            field="format",
        )
    if path.is_dir():
        raise BadCatalogueFile(f"{path} is a folder, not a catalogue file.", field="file")
    with _readable(path):
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with _binary(path, zipped) as data:
            head = data.read(_SAMPLE)
        if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
            raise BadCatalogueFile(f"{path.name} is empty.", field="file")
        _refuse_binary(path, head)
        encoding = find_encoding(lambda: _binary(path, zipped))
    start = head.decode(encoding, errors="ignore").lstrip("\ufeff")
    kind = _kind(path, start, format)
    source = Source(path, kind, encoding, zipped)
    if kind != "csv":
        return source
    delimiter = find_delimiter(start, whole=len(head) < _SAMPLE)
    with _readable(path), path.open("rb") as raw, _text(raw, source) as stream:
        header = read_header(stream, delimiter, path)
    return Source(path, kind, encoding, zipped, delimiter, header)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise BadCatalogueFile(f"There is no file {path}.", field="file") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise BadCatalogueFile(
            f"{path.name} is a damaged gzip file: it cannot be unpacked to its end.", field="file"
        ) from None
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise BadCatalogueFile(f"{path} cannot be read: {why}.", field="file") from None


def _binary(path: Path, zipped: bool) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if zipped else path.open("rb")


def _text(raw: IO[bytes], source: Source) -> TextIO:
    data = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if source.zipped else raw
    # The bytes were tried in full before: "replace" only matters for a few bad bytes among many.
    return io.TextIOWrapper(data, encoding=source.encoding, errors="replace", newline="")


def _refuse_binary(path: Path, head: bytes) -> None:
    if head.startswith(b"PK\x03\x04"):
        raise BadCatalogueFile(
            f"{path.name} is a spreadsheet or an archive: save the sheet as CSV first.",
            field="file",
        )
    if head.startswith(UTF16_MARKS):
        return
    odd = sum(head.count(byte) for byte in (*range(9), *range(14, 32)))
    if odd > len(head) // 50:
        raise BadCatalogueFile(
            f"{path.name} is not a text file; CSV and JSON Lines are read.", field="file"
        )


def _kind(path: Path, start: str, format: str) -> Kind:
    first = start.lstrip()[:1]
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if format == "csv" or (
        format == "auto" and {".csv", ".tsv"}.intersection(suffixes) and first != "{"
    ):
        return "csv"
    if first == "[":
        return "json"
    if first == "{" or format == "jsonl":
        return "jsonl"
    if first == "<":
        raise BadCatalogueFile(
            f"{path.name} looks like XML or HTML; CSV and JSON Lines are read.", field="file"
        )
    return "csv"
