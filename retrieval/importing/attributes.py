"""Attributes of a product: plain values under short names."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MappingProxyType

from retrieval.importing.findings import Flaw
from retrieval.importing.measures import parse_measure
from retrieval.importing.notes import Notes
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell
from retrieval.importing.text import has_html
from retrieval.importing.values import (
    LONGEST_ATTRIBUTE,
    as_text,
    finite,
    is_formula,
    plain_text,
)
from retrieval.product import AttributeValue

_LONGEST_RAW = 1_000
_LONGEST_NAME = 80
_MOST_VALUES = 100
_MOST_ATTRIBUTES = 200

_PLAIN_NUMBER = re.compile(r"^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$")
# Nobody asks for a shoe by the address of its pictures.
_LINKS = re.compile(r"^\W*(?:https?|ftp|file|data|javascript|vbscript):", re.IGNORECASE)
# The time of day at which a thing was released helps nobody.
_TIMESTAMP = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?")
# Digits under these names are labels: 00420 is not 420, and a size 42 is not forty-two things.
_LABELS = re.compile(
    r"(?:^|_)(?:id|sku|code|sn|ean|gtin|upc|isbn|mpn|barcode|size|color|model|version|style|article)$"
    r"|码$|号$"
)
_SPLIT = MappingProxyType({"color": re.compile(r"[|;；、/]"), "size": re.compile(r"[|;；、,，]")})
_SPLIT_OTHER = re.compile(r"[|]")
_TRUTH = MappingProxyType(
    {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}
)


def read_attributes(
    own: Cell,
    cells: dict[str, Cell],
    name_of: Callable[[str], str | None],
    notes: Notes,
) -> dict[str, AttributeValue]:
    """The attributes of a row, at most 200.

    Args:
        own: a record of attributes that the row gives by itself.
        cells: all cells of the row.
        name_of: the attribute that a column is read as; None where it is none.
        notes: is told what was left out.
    """
    attributes: dict[str, AttributeValue] = {}
    if isinstance(own, dict):
        for name, value in own.items():
            held = _as_it_is(value, name, notes)
            if held is None:
                notes.mended(Reason.ATTRIBUTE_DROPPED, name)
            elif name and len(name) <= _LONGEST_NAME and len(attributes) < _MOST_ATTRIBUTES:
                attributes[name] = held
    for column, value in cells.items():
        if value is None or value == "" or len(attributes) >= _MOST_ATTRIBUTES:
            continue
        column_name = name_of(column)
        if column_name is None:
            continue
        read = _of_column(column_name, value, notes)
        if read is not None and read[0] not in attributes:
            attributes[read[0]] = read[1]
    return attributes


def _as_it_is(value: Cell, name: str, notes: Notes) -> AttributeValue | None:
    """The value of an attribute that a record gives by itself: cleaned, not reinterpreted."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return finite(value)
    if isinstance(value, list):
        texts = [as_text(part) for part in value[:_MOST_VALUES]]
        parts = [_plain(text, name, notes)[:LONGEST_ATTRIBUTE] for text in texts]
        return [part for part in dict.fromkeys(parts) if part] or None
    return _plain(as_text(value), name, notes)[:LONGEST_ATTRIBUTE] or None


def _plain(text: str, name: str, notes: Notes) -> str:
    if not text or _LINKS.match(text):
        return ""
    plain = plain_text(text, name, notes)
    if is_formula(plain):
        notes.mended(Reason.ATTRIBUTE_DROPPED, name, plain)
        return ""
    return plain


def _of_column(name: str, value: Cell, notes: Notes) -> tuple[str, AttributeValue] | None:
    """A column's value as an attribute, with its name; None where it says nothing."""
    if not isinstance(value, str):
        held = _as_it_is(value, name, notes)
        return None if held is None else (name, held)
    if len(value) > _LONGEST_RAW:
        if has_html(value):
            notes.flaws.add(Flaw.HTML_IN_TEXT)
        return None
    text = _plain(value, name, notes)
    if not text or len(text) > LONGEST_ATTRIBUTE:
        return None
    if (truth := _TRUTH.get(text.casefold())) is not None:
        return name, truth
    first = text[0]
    if (first.isdigit() or first in "-") and not _LABELS.search(name):
        if _PLAIN_NUMBER.match(text):
            return name, float(text)
        measure = parse_measure(name, text)
        if measure is not None:
            return measure
        stamp = _TIMESTAMP.match(text)
        if stamp is not None:
            return name, stamp[1]
    parts = [part.strip() for part in _SPLIT.get(name, _SPLIT_OTHER).split(text)]
    several = [part for part in dict.fromkeys(parts) if part][:_MOST_VALUES]
    return name, several if len(several) > 1 else text
