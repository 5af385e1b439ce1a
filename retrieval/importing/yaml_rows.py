"""The rows of a YAML list of records, one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

import yaml

from retrieval.importing.lines import Lines, RowTooLong
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import MAX_ROW, Row, as_cell, record_row

_ITEM = re.compile(r"^( *)- ")
_START = re.compile(
    r"^(?:---\s*\n|#[^\n]*\n|\s*\n|[\w-]+:\s*\n)*( *)- [\"']?[\w .-]+[\"']?:(?:\s|$)"
)
# The parser goes as deep as the text does, and not in Python: it must not be let too deep.
_DEEPEST = 40
_LISTS_IN_LISTS = re.compile(rf"(?:- ){{{_DEEPEST}}}")
_BRACKETS = re.compile(r"[\[\]{}]")


def looks_like_yaml(start: str) -> bool:
    """Whether a text begins with a list of records."""
    return _START.match(start) is not None


def yaml_rows(stream: TextIO) -> Iterator[Row]:
    """The rows of the first list of the document; what stands behind it is not read."""
    lines = Lines(stream)
    indent: str | None = None
    number, pieces, length = 0, list[str](), 0
    while True:
        at = lines.next_row()
        try:
            line = next(lines)
        except StopIteration:
            break
        except RowTooLong:
            length = MAX_ROW + 1
            continue
        item = _ITEM.match(line)
        if item is not None and indent in (None, item[1]):
            indent = item[1]
            if number:
                yield _yaml_row(number, pieces, length)
            number, pieces, length = at, [], 0
        elif indent is None:
            continue
        elif line.strip() and not line.startswith((indent + " ", "#")):
            break
        length += len(line)
        if length <= MAX_ROW:
            pieces.append(line)
    if number:
        yield _yaml_row(number, pieces, length)


def _yaml_row(number: int, pieces: list[str], length: int) -> Row:
    if length > MAX_ROW:
        return Row(number, problem=Reason.ROW_TOO_LONG)
    text = "".join(pieces)
    if _too_deep(text, pieces):
        return Row(number, problem=Reason.TOO_DEEP)
    try:
        value = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError):
        return Row(number, problem=Reason.BAD_VALUE)
    record = value[0] if isinstance(value, list) and len(value) == 1 else None
    if not isinstance(record, dict):
        return Row(number, problem=Reason.NOT_AN_OBJECT)
    cells = as_cell(record)
    return record_row(number, cells) if isinstance(cells, dict) else Row(number)


def _too_deep(text: str, lines: list[str]) -> bool:
    depth = 0
    for mark in _BRACKETS.finditer(text):
        depth += 1 if mark.group() in "[{" else -1
        if depth > _DEEPEST:
            return True
    indents = {len(line) - len(line.lstrip(" ")) for line in lines}
    return len(indents) > _DEEPEST or _LISTS_IN_LISTS.search(text) is not None
