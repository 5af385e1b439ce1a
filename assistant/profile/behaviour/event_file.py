"""Events of a file, one at a time: JSON Lines, a JSON array or CSV, gzipped or not."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from assistant.errors import BadInput
from assistant.profile.behaviour.events import Event
from retrieval.importing.csv_rows import csv_rows, find_delimiter, read_header
from retrieval.importing.detecting import refuse_binary
from retrieval.importing.encodings import Opener, find_encoding
from retrieval.importing.json_rows import element_texts, line_texts
from retrieval.importing.reasons import Reason, sentence
from retrieval.importing.rows import Row
from retrieval.importing.unpacking import GZIP_MARK, readable, unpacked

_START = 64_000
_NEEDED = frozenset({"event_id", "shopper_id", "type", "time"})


@dataclass(frozen=True)
class BadLine:
    """A line that is no event.

    Attributes:
        number: of the line, from 1; in a JSON array its place, from 1.
        reason: what is wrong with it.
    """

    number: int
    reason: str


def event_lines(path: Path) -> Iterator[tuple[int, Event] | BadLine]:
    """The events of a file with the numbers of their lines, and the lines that are none.

    Args:
        path: the file; what it is shows at its beginning.

    Raises:
        BadInput: it cannot be read, or is a CSV file of other columns than an event's.
    """
    with readable(path):
        with path.open("rb") as file:
            zipped = file.read(2) == GZIP_MARK

        def opened() -> IO[bytes]:
            return unpacked(path.open("rb"), zipped)

        with closing(opened()) as data:
            head = data.read(_START)
        refuse_binary(path, head)
        encoding = find_encoding(opened)
        with _text(opened(), encoding) as stream:
            start = stream.read(_START)
        match start.lstrip("\ufeff \t\r\n")[:1]:
            case "[":
                with _text(opened(), encoding) as stream:
                    for number, element in enumerate(element_texts(stream), start=1):
                        yield _of_json(number, element)
            case "{":
                with _text(opened(), encoding) as stream:
                    for number, line in line_texts(stream):
                        yield _of_json(number, line)
            case _:
                yield from _of_csv(path, opened, encoding, start)


def _text(data: IO[bytes], encoding: str) -> io.TextIOWrapper:
    # Bytes that are no text come through as what pydantic refuses, each in its own line.
    return io.TextIOWrapper(data, encoding=encoding, errors="surrogateescape", newline="")


def _of_json(number: int, text: str | None) -> tuple[int, Event] | BadLine:
    if text is None:
        return BadLine(number, sentence(Reason.ROW_TOO_LONG))
    try:
        return number, Event.model_validate_json(text.encode("utf-8", "surrogateescape"))
    except ValidationError as error:
        return BadLine(number, _fault(error))


def _of_csv(
    path: Path, opened: Opener, encoding: str, start: str
) -> Iterator[tuple[int, Event] | BadLine]:
    delimiter = find_delimiter(start, len(start) < _START)
    with _text(opened(), encoding) as stream:
        columns = read_header(stream, delimiter, path)
    with _text(opened(), encoding) as stream:
        names = set(columns)
        if not names >= _NEEDED or not names <= set(Event.model_fields):
            raise BadInput(
                f"{path.name} has other columns than events have: {', '.join(Event.model_fields)}.",
                field="file",
            )
        for row in csv_rows(stream, delimiter, columns):
            yield _of_row(row)


def _of_row(row: Row) -> tuple[int, Event] | BadLine:
    if row.problem is not None:
        return BadLine(row.number, sentence(row.problem))
    cells: dict[str, Any] = {
        name: cell for name, cell in row.cells.items() if isinstance(cell, str) and cell.strip()
    }
    if "value" in cells:
        cells["value"] = _number(cells["value"])
    try:
        return row.number, Event.model_validate(cells)
    except ValidationError as error:
        return BadLine(row.number, _fault(error))


def _number(text: str) -> float | str:
    """The number that a text is; the text itself, which is then refused, where it is none."""
    try:
        return float(text)
    except ValueError:
        return text


def _fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])[:200]
    return f"{place}: {first['msg']}" if place else str(first["msg"])
