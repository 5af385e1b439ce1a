"""A row of a catalogue file, and the bounds that hold for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from retrieval.importing.reasons import Reason
from retrieval.importing.text import single_spaces, strip_hidden

Cell = object
"""A value as JSON has it: text, number, truth value, None, a list or a record of these."""

MAX_FIELD = 100_000
MAX_ROW = 1_000_000
MAX_COLUMNS = 1_000
MAX_DEPTH = 3


@dataclass(frozen=True)
class Row:
    """One row of the file.

    Attributes:
        number: the line that it begins at, from 1; in a JSON array its place, from 1.
        cells: by column name; a nested record is spread over ``parent.child`` names, but for
            ``attributes`` and ``variants``.
        problem: why it cannot be used, where it cannot.
        detail: what the problem is about.
        parts: the rows that were joined into this one, itself the first; empty where none were.
    """

    number: int
    cells: dict[str, Cell] = field(default_factory=dict)
    problem: Reason | None = None
    detail: str = ""
    parts: tuple[Row, ...] = ()


def as_cell(value: object, depth: int = 0) -> Cell:
    """A value of a typed format (YAML, Parquet) as JSON would have it: dates and bytes as text."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if depth > MAX_DEPTH + 2:
        return None
    if isinstance(value, dict):
        return {str(key): as_cell(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_cell(part, depth + 1) for part in value]
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return None


def spread(record: dict[str, Cell]) -> dict[str, Cell]:
    """The cells of a record: a nested one is spread over ``parent.child`` names.

    ``attributes`` and ``variants`` stay whole.
    """
    cells: dict[str, Cell] = {}
    _spread(record, "", 1, cells)
    return cells


def _spread(record: dict[str, Cell], parent: str, depth: int, cells: dict[str, Cell]) -> None:
    for key, value in record.items():
        name = parent + single_spaces(strip_hidden(key[:400]))[:100]
        whole = depth == 1 and name in {"attributes", "variants"}
        if isinstance(value, dict) and not whole:
            if depth < MAX_DEPTH:
                _spread(value, name + ".", depth + 1, cells)
        else:
            cells[name] = value


def record_row(number: int, record: dict[str, Cell]) -> Row:
    """The row of a nested record."""
    cells = spread(record)
    if len(cells) > MAX_COLUMNS:
        return Row(number, problem=Reason.TOO_MANY_COLUMNS)
    return checked_row(number, cells)


def checked_row(number: int, cells: dict[str, Cell]) -> Row:
    """The row, or what is wrong with it where a text in it is beyond the bound."""
    for name, cell in cells.items():
        if isinstance(cell, str | list | dict) and _length(cell) > MAX_FIELD:
            return Row(number, problem=Reason.FIELD_TOO_LONG, detail=name[:60])
    return Row(number, cells)


def _length(cell: Cell, depth: int = 0) -> int:
    """Characters of the longest text in a cell, as deep as records are read."""
    if isinstance(cell, str):
        return len(cell)
    inner: list[Cell] = []
    if isinstance(cell, list):
        inner = cell
    elif isinstance(cell, dict):
        inner = list(cell.values())
    if depth > MAX_DEPTH:
        return 0
    return max((_length(part, depth + 1) for part in inner), default=0)
