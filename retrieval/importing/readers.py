"""Streams the rows of a catalogue file, whatever its format and encoding, in bounded memory.

A row that cannot be read comes out with its problem instead of its cells, and reading goes on
with the next one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Generator, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TextIO

from retrieval.errors import BadCatalogueFile
from retrieval.importing.csv_rows import csv_rows, find_delimiter, read_header
from retrieval.importing.detecting import (
    FORMATS,
    Kind,
    are_lines,
    find_kind,
    is_google,
    is_parquet,
    refuse_binary,
)
from retrieval.importing.encodings import find_encoding
from retrieval.importing.google_rows import google_rows
from retrieval.importing.html_pages import script_texts
from retrieval.importing.json_rows import (
    array_rows,
    container,
    element_texts,
    line_rows,
    line_texts,
)
from retrieval.importing.jsonld_rows import JSONLD_FIELDS, jsonld_rows
from retrieval.importing.parquet_rows import parquet_rows
from retrieval.importing.rows import MAX_ROW, Row
from retrieval.importing.shopify_rows import SHOPIFY_FIELDS, is_shopify, shopify_rows
from retrieval.importing.unpacking import GZIP_MARK, readable, unpacked
from retrieval.importing.yaml_rows import yaml_rows

__all__ = ["FORMATS", "Progress", "Source", "open_source"]

Progress = Callable[[int, int], None]
"""Is called with the bytes read so far and the bytes of the file."""

_SAMPLE = 256_000
_PROGRESS_EVERY = 500
_DECLARATION = re.compile(r"""<\?xml\s[^>]{0,80}encoding=["']([\w-]{2,20})["']""")
_ENCODINGS = ("iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-125", "big5", "shift_jis", "euc-")


@dataclass(frozen=True)
class Source:
    """A catalogue file whose format and encoding are known.

    Attributes:
        path: the file.
        kind: its format.
        encoding: a Python codec name; ``binary`` where the format has none.
        zipped: whether it is compressed by gzip.
        start: its first characters.
        delimiter: between the cells of a CSV file.
        columns: the header of a CSV file, each name once; empty where there is no header.
        fields: the columns of the fields that the format fixes.
    """

    path: Path
    kind: Kind
    encoding: str
    zipped: bool
    start: str = field(default="", repr=False)
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    fields: MappingOf[str, tuple[str, ...]] = field(default_factory=dict)

    def rows(self, progress: Progress | None = None) -> Generator[Row, None, None]:
        """The rows, one at a time. Closing it closes the file.

        Raises:
            BadCatalogueFile: the file cannot be read to its end.
        """
        size = self.path.stat().st_size
        with readable(self.path), self.path.open("rb") as raw:
            rows = self._parquet(progress, size) if self.kind == "parquet" else self._text(raw)
            for count, row in enumerate(rows):
                if progress is not None and count % _PROGRESS_EVERY == 0 and self.kind != "parquet":
                    progress(min(raw.tell(), size), size)
                yield row
        if progress is not None:
            progress(size, size)

    def _parquet(self, progress: Progress | None, size: int) -> Iterator[Row]:
        if progress is None:
            return parquet_rows(self.path)
        return parquet_rows(self.path, lambda share: progress(int(share * size), size))

    def _text(self, raw: IO[bytes]) -> Iterator[Row]:
        with _text(raw, self) as stream:
            yield from self._rows_of(stream)

    def _rows_of(self, stream: TextIO) -> Iterator[Row]:
        match self.kind:
            case "google" if not self.columns:
                return google_rows(stream, self.path.name)
            case "shopify":
                return shopify_rows(csv_rows(stream, self.delimiter, self.columns))
            case "jsonl":
                return line_rows(stream)
            case "json":
                return array_rows(stream, container(self.start) or ())
            case "yaml":
                return yaml_rows(stream)
            case "jsonld":
                return jsonld_rows(self._jsonld_texts(stream))
            case _:
                return csv_rows(stream, self.delimiter, self.columns)

    def _jsonld_texts(self, stream: TextIO) -> Iterator[tuple[int, str | None]]:
        start = self.start.lstrip()
        if start.startswith("<"):
            return script_texts(stream)
        if start.startswith("["):
            return enumerate(element_texts(stream), start=1)
        if are_lines(start):
            return line_texts(stream)
        for key in ("@graph", "itemListElement"):
            # A long list is read a node at a time.
            if f'"{key}"' in start and len(start) >= _SAMPLE // 4:
                return enumerate(element_texts(stream, (key,)), start=1)
        text = stream.read(MAX_ROW + 1)
        return iter([(1, text if len(text) <= MAX_ROW else None)])


def open_source(path: Path, format: str = "auto") -> Source:
    """Finds out how a catalogue file is written.

    Args:
        path: a file, gzip-compressed or not.
        format: one of ``FORMATS``.

    Raises:
        BadCatalogueFile: an unknown format, or no file with rows.
    """
    if format not in FORMATS:
        raise BadCatalogueFile(
            f"The format {format!r} is not read: choose one of {', '.join(FORMATS)}.",
            field="format",
        )
    if path.is_dir():
        raise BadCatalogueFile(f"{path} is a folder, not a catalogue file.", field="file")
    with readable(path):
        with path.open("rb") as raw:
            zipped = raw.read(2) == GZIP_MARK
        head = _head(path, zipped)
        if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
            raise BadCatalogueFile(f"{path.name} is empty.", field="file")
        if is_parquet(head):
            return _parquet(path, zipped, format)
        refuse_binary(path, head)
        encoding = find_encoding(lambda: _opened(path, zipped))
    start = head.decode(encoding, errors="ignore").lstrip("\ufeff")
    kind = find_kind(path, start, format)
    if kind == "google" and not encoding.startswith("utf"):
        encoding = _declared(start) or encoding
    source = Source(path, kind, encoding, zipped, start)
    if kind == "jsonld":
        return replace(source, fields=JSONLD_FIELDS)
    return _table(source, format, whole=len(head) < _SAMPLE) if kind == "csv" else source


def _declared(start: str) -> str | None:
    """The encoding that an XML declaration names, where it is one of texts."""
    match = _DECLARATION.match(start)
    name = match[1].lower() if match else ""
    if name.startswith("gb"):
        return "gb18030"
    return name if name.startswith(_ENCODINGS) and name.isascii() else None


def _table(source: Source, format: str, *, whole: bool) -> Source:
    delimiter = find_delimiter(source.start, whole)
    with readable(source.path), source.path.open("rb") as raw, _text(raw, source) as stream:
        header = read_header(stream, delimiter, source.path)
    table = replace(source, delimiter=delimiter, columns=header)
    if format == "shopify" and not is_shopify(header):
        raise BadCatalogueFile(
            f"{source.path.name} is no Shopify product export: it should have the columns "
            "Handle, Title and Variant Price.",
            field="format",
        )
    if format in {"auto", "shopify"} and is_shopify(header):
        return replace(table, kind="shopify", fields=SHOPIFY_FIELDS)
    if format == "google" or (format == "auto" and is_google(header)):
        return replace(table, kind="google")
    return table


def _parquet(path: Path, zipped: bool, format: str) -> Source:
    if zipped or format not in {"auto", "parquet"}:
        raise BadCatalogueFile(
            f"{path.name} is a Parquet file: it is read as it is, unpacked, "
            "with the format auto or parquet.",
            field="format",
        )
    return Source(path, "parquet", "binary", zipped=False)


def _opened(path: Path, zipped: bool) -> IO[bytes]:
    return unpacked(path.open("rb"), zipped)


def _head(path: Path, zipped: bool) -> bytes:
    with path.open("rb") as raw:
        return unpacked(raw, zipped).read(_SAMPLE)


def _text(raw: IO[bytes], source: Source) -> TextIO:
    # The bytes were tried in full before: "replace" only matters for a few bad bytes among many.
    data = unpacked(raw, source.zipped)
    return io.TextIOWrapper(data, encoding=source.encoding, errors="replace", newline="")
