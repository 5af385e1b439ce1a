"""A reply cut into sentences; a table into one sentence a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

_MARKERS = r"(?:\s*\[\d{1,2}\])*"
# A point ends a sentence before a space and no small letter, unless it follows an abbreviation.
_END = re.compile(
    rf"(?:[。！？；!?]+|(?<!Mt)(?<!Dr)(?<!\bSt)(?<!\bNo)(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!^\d)"
    rf"(?<!^\d\d)\.(?=[\s\[*\"”)\u4e00-\u9fff]|$))[\"”’)*]*({_MARKERS}(?=\s*$|\s+[A-Z\u4e00-\u9fff*]))?"
)
# "The lowest price? That would be the X": the question is part of what is said.
_ANSWER = re.compile(r"(?<=[?？])\s*(?:That would be|那就是|那当然是|当然是|就是)")
# "Available colour: red."
_LABEL = re.compile(r"^[\W_]*[^\W\d_]+(?: [^\W\d_]+){0,2}\**\s*[:：]")
_RULE = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")


@dataclass(frozen=True)
class Unit:
    """A sentence.

    Attributes:
        text: as written.
        about: ids of the products that a table's row or column, or a line of labels, puts it under;
            empty elsewhere.
    """

    text: str
    about: tuple[str, ...] = ()


def units(text: str, named: Callable[[str], Sequence[str]]) -> Iterator[Unit]:
    """The sentences of a text, in its order.

    Args:
        text: a reply, Markdown or plain.
        named: gives the ids of the products that a piece of text names.
    """
    piped: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.count("|") >= 2:
            piped.append(line)
            continue
        if any(_RULE.match(row) or row.lstrip().startswith("|") for row in piped):
            rows = (row.strip().strip("|").split("|") for row in piped if not _RULE.match(row))
            yield from _cells([[cell.strip() for cell in row] for row in rows], named)
        else:  # bars between the parts of a plain line
            for row in piped:
                yield from _of_line(row, named)
        piped = []
        yield from _of_line(line, named)


def _of_line(line: str, named: Callable[[str], Sequence[str]]) -> Iterator[Unit]:
    """The sentences of a line; "Colour: red. Product: X." is of X from its beginning."""
    sentences = list(_sentences(line))
    labels = list(takewhile(_LABEL.match, sentences))
    found = [tuple(dict.fromkeys(named(sentence))) for sentence in labels]
    first = next((place for place, ids in enumerate(found) if ids), 0)
    about = found[first] if found and len(found[first]) == 1 else ()
    for place, sentence in enumerate(sentences):
        yield Unit(sentence, about if place < first else ())


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for match in _END.finditer(line):
        if _ANSWER.match(line, match.end()):
            continue
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
