"""The rows of a JSON Lines file, of a JSON array, and of a list inside a JSON document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TextIO

from retrieval.importing.lines import Lines, RowTooLong
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import MAX_ROW, Cell, Row, record_row

_CHUNK = 1 << 16
_CONTAINERS = ("products", "items", "goods", "data", "results", "records", "entries", "商品")
_LONGEST_KEY = 100


def line_texts(stream: TextIO) -> Iterator[tuple[int, str | None]]:
    """The number and text of each line that is not blank; None for one beyond the limit."""
    lines = Lines(stream)
    while True:
        number = lines.next_row()
        try:
            line = next(lines)
        except StopIteration:
            return
        except RowTooLong:
            yield number, None
            continue
        if line.strip("\ufeff \t\r\n\0"):
            yield number, line.lstrip("\ufeff")


def line_rows(stream: TextIO) -> Iterator[Row]:
    """The rows of JSON Lines: one object a line."""
    for number, text in line_texts(stream):
        yield _json_row(number, text)


def array_rows(stream: TextIO, path: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a JSON array, or of an object of objects, one at a time.

    Args:
        stream: the document.
        path: the keys that lead to the array or object; none where it is the document.
    """
    for number, text in enumerate(element_texts(stream, path), start=1):
        yield _json_row(number, text)


def parse_json(text: str | None) -> Cell | Reason:
    """The value of a JSON text, or why it has none; a text is never the value."""
    if text is None:
        return Reason.ROW_TOO_LONG
    try:
        value: Cell = json.loads(text, parse_constant=_not_a_number, object_pairs_hook=_record)
    except _DuplicateKey:
        return Reason.DUPLICATE_KEY
    except (ValueError, RecursionError):
        return Reason.BAD_JSON
    return value


def container(start: str) -> tuple[str, ...] | None:
    """The keys that lead to the products in a JSON document, by its beginning.

    Args:
        start: the first characters of a document that begins with a brace.

    Returns:
        For example ``("data", "products")``; None where no known key is there.
    """
    path: list[str] = []
    at = start.find("{") + 1
    while len(path) < 3:
        found = _key_among(start, at, _CONTAINERS)
        if found is None:
            break
        key, opens, at = found
        path.append(key)
        if opens == "[":
            return tuple(path)
    return tuple(path) or None


_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NEXT = re.compile(r'["{}\[\]]')
_OPENS = re.compile(r"\s*:\s*([\[{])")


def _key_among(text: str, at: int, keys: Sequence[str]) -> tuple[str, str, int] | None:
    """The first of some keys on the level at hand that holds a list or record."""
    depth = 0
    while (match := _NEXT.search(text, at)) is not None:
        mark, at = match.group(), match.end()
        if mark == '"':
            string = _STRING.match(text, match.start())
            if string is None:
                return None
            at = string.end()
            opens = _OPENS.match(text, at)
            if depth == 0 and string[1] in keys and opens is not None:
                return string[1], opens[1], opens.end()
        else:
            depth += 1 if mark in "{[" else -1
            if depth < 0:
                return None
    return None


_OUTSIDE = re.compile(r'["\[\]{},]')
_INSIDE = re.compile(r'["\\]')


def element_texts(stream: TextIO, path: Sequence[str] = ()) -> Iterator[str | None]:
    """The texts of the elements of a JSON array; None for one beyond the limit.

    Only brackets and quotes are looked at here: whether an element is JSON is the parser's to say.
    The members of an object come as ``"key": value``.
    """
    depth, in_string, escaped, length = 0, False, False, 0
    pieces: list[str] = []

    def taken() -> str | None:
        text = "".join(pieces) if length <= MAX_ROW else None
        pieces.clear()
        return text

    for chunk in _from_container(stream, path):
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


_TOKENS = re.compile(r'["\[\]{}:]')


def _from_container(stream: TextIO, path: Sequence[str]) -> Iterator[str]:
    """The pieces of the document, the first of which begins with the container's bracket."""
    depth = matched = 0
    in_string = escaped = False
    string, key = "", ""
    while path and (chunk := stream.read(_CHUNK)):
        at = int(escaped)
        start, escaped = 0, False
        while (found := (_INSIDE if in_string else _TOKENS).search(chunk, at)) is not None:
            at = found.end()
            mark = found.group()
            if mark == "\\":
                escaped = at >= len(chunk)
                at += 0 if escaped else 1
            elif mark == '"':
                string = (string + chunk[start : at - 1])[:_LONGEST_KEY] if in_string else ""
                in_string, start = not in_string, at
            elif mark == ":":
                key = string if depth == matched + 1 else key
            elif mark in "[{":
                if depth == matched + 1 and key == path[matched]:
                    matched += 1
                    if matched == len(path):
                        yield chunk[at - 1 :]
                        path = ()
                        break
                depth, key = depth + 1, ""
            else:
                depth -= 1
        else:
            if in_string:
                string = (string + chunk[start:])[:_LONGEST_KEY]
    while chunk := stream.read(_CHUNK):
        yield chunk


class _DuplicateKey(ValueError):
    """A record gives one key twice, with different values: neither can be trusted."""


def _record(pairs: list[tuple[str, Cell]]) -> dict[str, Cell]:
    record = dict(pairs)
    if len(record) != len(pairs) and any(record[key] != value for key, value in pairs):
        raise _DuplicateKey
    return record


def _not_a_number(text: str) -> Cell:
    raise ValueError(text)


_MEMBER = re.compile(r'^\s*"(?:[^"\\]|\\.)*"\s*:')


def _json_row(number: int, text: str | None) -> Row:
    member = text is not None and _MEMBER.match(text) is not None
    value = parse_json(f"{{{text}}}" if member else text)
    if isinstance(value, Reason):
        return Row(number, problem=value)
    if member and isinstance(value, dict):
        key, value = next(iter(value.items()))
        if isinstance(value, dict) and not any(name in value for name in ("id", "product_id")):
            value = {"id": key, **value}
    if not isinstance(value, dict):
        return Row(number, problem=Reason.NOT_AN_OBJECT)
    return record_row(number, value)
