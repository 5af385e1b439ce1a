"""Cells as plain text and numbers; what has to be taken out on the way is noted."""

from __future__ import annotations

import math
import re
from types import MappingProxyType

from retrieval.importing.findings import Flaw
from retrieval.importing.notes import Notes
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell
from retrieval.importing.text import (
    breaks_as_spaces,
    decoded_twice,
    has_html,
    single_spaces,
    strip_hidden,
    strip_html,
)

LONGEST = MappingProxyType({"title": 500, "title_zh": 500, "description": 20_000, "variants": 60})
LONGEST_ATTRIBUTE = 300
"""Beyond this a text is prose, and prose belongs in the description."""

# A call, a program, a cell or a text: =SUM(…), =cmd|…, =$A$1, ="…".
_FORMULA = re.compile(r"^[=+\-@]\s*[A-Za-z_][\w.]*\s*[(|!]|^=\s*(?:\$?[A-Z]{1,3}\$?\d+(?:\W|$)|\")")
_FORMULA_SIGN = re.compile(r"^[=+@\-]+(?=[A-Za-z])")
_FORMULA_SIGNS = frozenset("=+-@")
_BROKEN = "\N{REPLACEMENT CHARACTER}"


def as_text(value: Cell) -> str:
    """A plain value as text; empty where it is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        # Python refuses to write out numbers of thousands of digits.
        return str(value) if abs(value) < 10**30 else ""
    if isinstance(value, float):
        return f"{value:g}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    return ""


def finite(value: float) -> float | None:
    """The number; None where it is infinite, no number, or beyond what a float holds."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def plain_text(value: Cell, field: str, notes: Notes) -> str:
    """The text of a cell without HTML and hidden characters, with single spaces.

    Args:
        value: the cell.
        field: the product field or attribute that it is for; some have a greatest length.
        notes: is told what was taken out.

    Returns:
        The text; empty where the cell holds no plain value.
    """
    text = as_text(value)
    if not text:
        return ""
    plain = strip_hidden(text)
    changed = plain != breaks_as_spaces(text)
    if changed:
        _note_hidden(text, field, notes)
    if has_html(plain):
        without = strip_hidden(strip_html(plain))
        if without != plain:
            changed = True
            notes.mended(Reason.HTML, field)
            notes.flaws.add(Flaw.HTML_IN_TEXT)
        plain = without
    if decoded_twice(plain):
        notes.flaws.add(Flaw.DOUBLE_ENCODING)
    plain = single_spaces(plain)
    # Descriptions are wrapped and indented as a matter of course: no news to anyone.
    if not changed and plain != text and field != "description":
        notes.mended(Reason.SPACES, field)
    most = LONGEST.get(field)
    if most is not None and len(plain) > most:
        notes.mended(Reason.CUT, field)
        plain = plain[:most].rstrip()
    return plain


def _note_hidden(text: str, field: str, notes: Notes) -> None:
    broken = _BROKEN in text
    if broken:
        notes.mended(Reason.BROKEN_TEXT, field)
        notes.flaws.add(Flaw.BROKEN_ENCODING)
        text = text.replace(_BROKEN, "")
    if not broken or strip_hidden(text) != breaks_as_spaces(text):
        notes.mended(Reason.HIDDEN_CHARACTERS, field)
        notes.flaws.add(Flaw.HIDDEN_CHARACTERS)


def mostly_broken(value: Cell) -> bool:
    """Whether more than a character here and there of a text could not be decoded."""
    if not isinstance(value, str) or _BROKEN not in value:
        return False
    return value.count(_BROKEN) > max(1, len(value) // 20)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would compute the text: ``=HYPERLINK(…)``."""
    return text[:1] in _FORMULA_SIGNS and _FORMULA.match(text) is not None


def without_sign(text: str) -> str:
    """The text without a sign at its start that a spreadsheet takes for a formula's."""
    return _FORMULA_SIGN.sub("", text) if text[:1] in _FORMULA_SIGNS else text
