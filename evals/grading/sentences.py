"""A reply cut into sentences; a table into one sentence a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_MARKERS = r"(?:\s*\[\d{1,2}\])*"
# A point ends a sentence before a space and no small letter, unless it follows an abbreviation.
_END = re.compile(
    rf"(?:[。！？；!?]+|(?<!Mt)(?<!Dr)(?<!\bSt)(?<!\bNo)(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!^\d)"
    rf"(?<!^\d\d)\.(?=[\s\[*\"”)]|$))[\"”’)*]*({_MARKERS}(?=\s*$|\s+[A-Z\u4e00-\u9fff*]))?"
)
_RULE = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")


@dataclass(frozen=True)
class Unit:
    """A sentence.

    Attributes:
        text: as written.
        about: ids of the products that a table's row or column puts it under; empty elsewhere.
    """

    text: str
    about: tuple[str, ...] = ()


def units(text: str, named: Callable[[str], Sequence[str]]) -> Iterator[Unit]:
    """The sentences of a text, in its order.

    Args:
        text: a reply, Markdown or plain.
        named: gives the ids of the products that a piece of text names.
    """
    table: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.count("|") >= 2:
            if not _RULE.match(line):
                table.append([cell.strip() for cell in line.strip().strip("|").split("|")])
            continue
        yield from _cells(table, named)
        table = []
        yield from (Unit(sentence) for sentence in _sentences(line))


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for match in _END.finditer(line):
        if piece := line[start : match.end()].strip():
            yield piece
        start = match.end()
    if rest := line[start:].strip():
        yield rest


def _cells(table: Sequence[Sequence[str]], named: Callable[[str], Sequence[str]]) -> Iterator[Unit]:
    if not table:
        return
    head = table[0]
    columns = [tuple(named(cell)) for cell in head]
    if any(columns[1:]):
        yield from (Unit(cell, about) for cell, about in zip(head, columns, strict=True) if cell)
        for row in table[1:]:
            for cell, about in zip(row[1:], columns[1:], strict=False):
                if cell and about:
                    yield Unit(f"{row[0]}: {cell}", about)
        return
    for row in table:
        about = tuple(id for cell in row for id in named(cell))
        if not about:
            yield from (Unit(cell) for cell in row[:1] if cell and row is not head)
            continue
        for place, cell in enumerate(row):
            label = head[place] if place < len(head) and row is not head else ""
            yield Unit(f"{label}: {cell}" if label and not named(cell) else cell, about)
