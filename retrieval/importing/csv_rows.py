"""The rows of a CSV file."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from retrieval.errors import BadCatalogueFile
from retrieval.importing.lines import Lines, RowTooLong
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import MAX_COLUMNS, Row, checked_row
from retrieval.importing.text import single_spaces, strip_hidden

_DELIMITERS = ",;\t|"
_SNIFFED_ROWS = 50


def find_delimiter(start: str, whole: bool) -> str:
    """The delimiter that cuts the first rows most evenly; a comma where none does.

    Args:
        start: the beginning of the file.
        whole: whether that is all of it; its last line is cut short otherwise.
    """
    lines = start.splitlines(keepends=True)
    lines = lines if whole else lines[:-1]
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            rows = list(itertools.islice(csv.reader(lines, delimiter=delimiter), _SNIFFED_ROWS))
        except csv.Error:
            continue
        widths = [len(row) for row in rows if row]
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def read_header(stream: TextIO, delimiter: str, path: Path) -> tuple[str, ...]:
    """The column names, each made to occur once.

    Raises:
        BadCatalogueFile: the first line is no header.
    """
    lines = Lines(stream)
    try:
        header = next(
            (
                row
                for row in csv.reader(lines, delimiter=delimiter, strict=True)
                if any(map(str.strip, row))
            ),
            [],
        )
    except (csv.Error, RowTooLong):
        raise BadCatalogueFile(
            f"{path.name}: its first line is no header of column names.", field="file"
        ) from None
    if not header or len(header) > MAX_COLUMNS:
        raise BadCatalogueFile(
            f"{path.name}: its first line should name 1 to {MAX_COLUMNS} columns.", field="file"
        )
    while len(header) > 1 and not header[-1].strip():
        header.pop()
    names: list[str] = []
    for place, cell in enumerate(header, start=1):
        name = single_spaces(strip_hidden(cell))[:100] or f"column {place}"
        while name in names:
            name = f"{name} ({place})"
        names.append(name)
    return tuple(names)


def csv_rows(stream: TextIO, delimiter: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """The rows below the header. Quotes must be right: what is not is refused, not guessed."""
    lines = Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    width = len(columns)
    header_seen = False
    while True:
        number = lines.next_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except RowTooLong:
            problem = Reason.BAD_QUOTES if lines.spans_lines else Reason.ROW_TOO_LONG
            lines.read_again()
            yield Row(number, problem=problem)
            continue
        except csv.Error as error:
            lines.read_again()
            long = "field larger" in str(error)
            yield Row(number, problem=Reason.FIELD_TOO_LONG if long else Reason.BAD_QUOTES)
            continue
        if not any(map(str.strip, cells)):
            continue
        if not header_seen:
            header_seen = True
            continue
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) != width:
            detail = f"{len(cells)} / {width}"
            yield Row(number, problem=Reason.RAGGED, detail=detail)
            continue
        yield checked_row(number, dict(zip(columns, cells, strict=True)))
