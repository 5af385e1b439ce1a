"""Ratings and numbers of reviews as feeds write them."""

from __future__ import annotations

import re

from retrieval.importing.findings import Flaw
from retrieval.importing.notes import Notes
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell
from retrieval.importing.values import as_text, finite

_RATING = re.compile(
    r"^(\d(?:[.,]\d{1,4})?)\s*(?:(?:out of|of|/)\s*5(?:\.0)?\s*(?:stars?)?|stars?|星|分|★)?$",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"^\(?\s*(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.0)?\s*"
    r"(?:reviews?|ratings?|global ratings?|条评论|条评价|条|人评价)?\s*\)?\+?$",
    re.IGNORECASE,
)


def read_rating(value: Cell, notes: Notes) -> float | None:
    """A rating between 0 and 5. A rating of 0 is none: no scale of stars begins at 0."""
    text = as_text(value).strip()
    if not text and not isinstance(value, int):
        return None
    match = _RATING.match(text)
    rating: float | None = float(match[1].replace(",", ".")) if match else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        rating = finite(value)
    if rating == 0:
        notes.mended(Reason.RATING_ZERO, "rating")
        notes.flaws.add(Flaw.ZERO_RATING)
        return None
    if rating is None or not 0 < rating <= 5:
        notes.mended(Reason.RATING_UNREADABLE, "rating", text)
        return None
    return rating


def read_count(value: Cell, notes: Notes) -> int | None:
    """A number of reviews: ``1,127``, ``(1,127)``, ``1127 条评论``."""
    text = as_text(value).strip()
    if not text:
        return None
    match = _COUNT.match(text)
    if match is None:
        notes.mended(Reason.COUNT_UNREADABLE, "rating_count", text)
        return None
    return int(match[1].replace(",", ""))
