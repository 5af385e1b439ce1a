"""A row of a catalogue file, and the bounds that hold for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from retrieval.importing.report import Reason

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
    """

    number: int
    cells: dict[str, Cell] = field(default_factory=dict)
    problem: Reason | None = None
    detail: str = ""


def checked_row(number: int, cells: dict[str, Cell]) -> Row:
    """The row, or what is wrong with it where a text in it is beyond the bound."""
    for name, cell in cells.items():
        if _length(cell) > MAX_FIELD:
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
