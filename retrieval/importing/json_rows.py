"""The rows of a JSON Lines file, and of a JSON array."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TextIO

from retrieval.importing.lines import Lines, RowTooLong
from retrieval.importing.report import Reason
from retrieval.importing.rows import MAX_COLUMNS, MAX_DEPTH, MAX_ROW, Cell, Row, checked_row
from retrieval.importing.text import single_spaces, strip_hidden

_CHUNK = 1 << 16


def line_rows(stream: TextIO) -> Iterator[Row]:
    """The rows of JSON Lines: one object a line."""
    lines = Lines(stream)
    while True:
        number = lines.next_row()
        try:
            line = next(lines)
        except StopIteration:
            return
        except RowTooLong:
            yield Row(number, problem=Reason.ROW_TOO_LONG)
            continue
        if line.strip("\ufeff \t\r\n\0"):
            yield _json_row(number, line.lstrip("\ufeff"))


def array_rows(stream: TextIO) -> Iterator[Row]:
    """The rows of a JSON array of objects, one at a time."""
    for number, element in enumerate(_elements(stream), start=1):
        if element is None:
            yield Row(number, problem=Reason.ROW_TOO_LONG)
        else:
            yield _json_row(number, element)


_OUTSIDE = re.compile(r'["\[\]{},]')
_INSIDE = re.compile(r'["\\]')


def _elements(stream: TextIO) -> Iterator[str | None]:
    """The texts of the elements of a JSON array; None for one beyond the limit.

    Only brackets and quotes are looked at here: whether an element is JSON is the parser's to say.
    """
    depth, in_string, escaped, length = 0, False, False, 0
    pieces: list[str] = []

    def taken() -> str | None:
        text = "".join(pieces) if length <= MAX_ROW else None
        pieces.clear()
        return text

    while chunk := stream.read(_CHUNK):
        at = int(escaped)
        start, escaped = 0, False
        while True:
            found = (_INSIDE if in_string else _OUTSIDE).search(chunk, at)
            if found is None:
                break
            at = found.end()
            match found.group():
                case '"':
                    in_string = not in_string
                case "\\":
                    escaped = at >= len(chunk)
                    at += 0 if escaped else 1
                case "[" | "{":
                    depth += 1
                    if depth == 1:
                        start = at
                case "]" | "}" | "," as mark:
                    closes = mark != ","
                    if depth == 1:
                        length += at - 1 - start
                        if length <= MAX_ROW:
                            pieces.append(chunk[start : at - 1])
                        text = taken()
                        if text is None or text.strip() or not closes:
                            yield text
                        start, length = at, 0
                    depth -= closes
                    if depth == 0:
                        return
        length += len(chunk) - start
        if length <= MAX_ROW and depth:
            pieces.append(chunk[start:])
    if depth:
        # The array is never closed: what is left of it is a broken row.
        yield taken()


def _not_a_number(text: str) -> Cell:
    raise ValueError(text)


def _json_row(number: int, text: str) -> Row:
    try:
        value: Cell = json.loads(text, parse_constant=_not_a_number)
    except (ValueError, RecursionError):
        return Row(number, problem=Reason.BAD_JSON)
    if not isinstance(value, dict):
        return Row(number, problem=Reason.NOT_AN_OBJECT)
    cells: dict[str, Cell] = {}
    _spread(value, "", 1, cells)
    if len(cells) > MAX_COLUMNS:
        return Row(number, problem=Reason.TOO_MANY_COLUMNS)
    return checked_row(number, cells)


def _spread(record: dict[str, Cell], parent: str, depth: int, cells: dict[str, Cell]) -> None:
    for key, value in record.items():
        name = parent + single_spaces(strip_hidden(key))[:100]
        whole = depth == 1 and name in {"attributes", "variants"}
        if isinstance(value, dict) and not whole:
            if depth < MAX_DEPTH:
                _spread(value, name + ".", depth + 1, cells)
        else:
            cells[name] = value
