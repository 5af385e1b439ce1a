"""Words that ask for an extreme: the cheapest, the lightest, the best rated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tools.reading.quotes import Span

_PATTERNS: tuple[tuple[str, Literal["asc", "desc"], str], ...] = (
    (
        "price",
        "asc",
        r"\bcheap(?:er|est)?\b|\bmost\s+affordable\b|\blowest[\s-]+priced?\b"
        r"|\bleast\s+expensive\b|\binexpensive\b|便宜|最低价|价格最低|最实惠|更实惠",
    ),
    ("price", "desc", r"\bmost\s+expensive\b|\bpriciest\b|\bhighest[\s-]+priced?\b|最贵|价格最高"),
    (
        "weight",
        "asc",
        r"\blight(?:er|est)\b|\blight[\s-]?weight\b|最轻|轻便|轻一点|更轻|轻量"
        r"|\blight\b(?=\s*(?:shoe|one|pair|and\b|[,.?!]|$))",
    ),
    ("weight", "desc", r"\bheaviest\b|最重"),
    (
        "rating",
        "desc",
        r"\b(?:best|highest|top)[\s-]+rated\b|\bbest\s+(?:rating|reviews?)\b"
        r"|\bhighest\s+rating\b|评分最高|评价最好|口碑最好|好评最多|评分高",
    ),
    (
        "rating_count",
        "desc",
        r"\bmost\s+(?:popular|reviewed)\b|\bbest[\s-]?sell(?:er|ing)\b"
        r"|最受欢迎|最热门|销量最高|卖得最好|最火",
    ),
)
_COMPILED = tuple((f, d, re.compile(p, re.IGNORECASE)) for f, d, p in _PATTERNS)


@dataclass(frozen=True)
class Superlative:
    """An extreme that is asked for.

    Attributes:
        field: the catalogue's field.
        direction: ``asc`` for the least first.
        span: the words.
    """

    field: str
    direction: Literal["asc", "desc"]
    span: Span


def read_superlatives(message: str, numeric_fields: Iterable[str]) -> list[Superlative]:
    """The extremes that a message asks for, of fields that the catalogue has.

    Args:
        message: as the shopper wrote it.
        numeric_fields: numeric attributes of the catalogue, such as ``weight_g``.
    """
    fields = list(numeric_fields)
    found = []
    for name, direction, pattern in _COMPILED:
        match = pattern.search(message)
        if match is None:
            continue
        field = name
        if name == "weight":
            weights = [f for f in fields if f.startswith("weight")]
            if not weights:
                continue
            field = weights[0]
        found.append(Superlative(field, direction, Span(match.start(), match.end())))
    return found
