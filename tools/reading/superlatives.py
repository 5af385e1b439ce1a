"""Words that ask for an extreme: the cheapest, the lightest, the lowest drop."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from retrieval.text import has_cjk
from tools.reading.quotes import Span

Direction = Literal["asc", "desc"]
_ALWAYS = ("price", "rating", "rating_count")
_UNIT = re.compile(r"_(g|kg|mm|cm|m|in|inch|ml|l|gb|tb|mah|w|v|h|hours|db|hz)$")
_MOST = r"(?:highest|most|biggest|largest|greatest|longest|max(?:imum)?|strongest|fastest)"
_LEAST = r"(?:lowest|least|smallest|shortest|min(?:imum)?|fewest|slowest)"
_NO_WISH = re.compile(
    r"(?:(?:do|does|need)(?:n['’]?t|\s+not)\s+(?:need|want|have|care|be)[^,.;!?]{0,24}|\bnot?\s+(?:necessarily\s+)?(?:the\s+)?(?:too\s+|so\s+)?|不(?:用|要|必|一定要?|需要|是|太|怎么|够|算)?(?:是|选|买)?)$",
    re.IGNORECASE,
)
# "The second cheapest" is not the cheapest.
_ORDERED = re.compile(
    r"(?:\b(?:second|third|fourth|fifth|next|2nd|3rd|4th|5th)[\s-]+(?:most[\s-]+)?|第[二三四五六七八九十2-9]\s*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Superlative:
    """An extreme that is asked for.

    Attributes:
        field: the catalogue's field.
        direction: ``asc`` for the least first.
        span: the words.
    """

    field: str
    direction: Direction
    span: Span


@dataclass(frozen=True)
class _Extreme:
    measures: tuple[str, ...]
    direction: Direction
    pattern: re.Pattern[str]


@cache
def _extremes() -> tuple[_Extreme, ...]:
    text = files("tools.reading").joinpath("extremes.yaml").read_text(encoding="utf-8")
    found = []
    ends: tuple[tuple[str, Direction], ...] = (("least", "asc"), ("most", "desc"))
    for entry in yaml.safe_load(text):
        for end, direction in ends:
            words = entry.get(end)
            if words:
                english = "|".join(rf"\b(?:{w})(?![a-z])" for w in words.get("en", ()))
                parts = [part for part in (english, *words.get("zh", ())) if part]
                pattern = re.compile("|".join(parts), re.IGNORECASE)
                found.append(_Extreme(tuple(entry["measure"]), direction, pattern))
    return tuple(found)


def read_superlatives(
    message: str,
    numeric_fields: Iterable[str],
    labels: Mapping[str, Sequence[str]] | None = None,
) -> list[Superlative]:
    """The extremes that a message asks for, of fields that the catalogue has.

    Args:
        message: as the shopper wrote it.
        numeric_fields: numeric attributes of the catalogue, such as ``weight_g``.
        labels: the shop's words for its fields.
    """
    fields = sorted(set(numeric_fields))
    named = labels or {}
    found: list[Superlative] = []
    for field in fields:
        found += _by_label(message, field, named.get(field, ()))
    for extreme in _extremes():
        held = next((f for m in extreme.measures if (f := _held(m, fields, named))), None)
        if held is None:
            continue
        for match in extreme.pattern.finditer(message):
            found.append(Superlative(held, extreme.direction, Span(match.start(), match.end())))
    kept: list[Superlative] = []
    for one in sorted(found, key=lambda f: f.span.start - f.span.end):
        if any(other.span.overlaps(one.span) or other.field == one.field for other in kept):
            continue
        before = message[: one.span.start]
        if not _NO_WISH.search(before) and not _ORDERED.search(before):
            kept.append(one)
    return sorted(kept, key=lambda one: one.span.start)


def _held(measure: str, fields: Sequence[str], labels: Mapping[str, Sequence[str]]) -> str | None:
    """The catalogue's field for a measure."""
    if measure in _ALWAYS:
        return measure
    for field in fields:
        if field == measure or field.startswith(f"{measure}_"):
            return field
        if any(measure in word.lower().split() for word in labels.get(field, ())):
            return field
    return None


def _by_label(message: str, field: str, labels: Sequence[str]) -> Iterable[Superlative]:
    """ "lowest heel drop", "落差最小", "最大的容量"."""
    words = dict.fromkeys([*labels, _UNIT.sub("", field).replace("_", " ")])
    for word in words:
        name = re.escape(word)
        patterns: Sequence[tuple[Direction, str]]
        if has_cjk(word):
            patterns = (
                ("asc", rf"{name}(?:要|得|是)?最(?:低|小|少|短)|最(?:低|小|少|短)的?{name}"),
                ("desc", rf"{name}(?:要|得|是)?最(?:高|大|多|长|强)|最(?:高|大|多|长|强)的?{name}"),
            )
        else:
            name = name.replace(r"\ ", r"[\s-]+")
            patterns = (
                (
                    "asc",
                    rf"\b{_LEAST}[\s-]+{name}\b|\b{name}\s+(?:as\s+)?low(?:est)?\s+as\s+possible",
                ),
                (
                    "desc",
                    rf"\b{_MOST}[\s-]+{name}\b|\b{name}\s+(?:as\s+)?high(?:est)?\s+as\s+possible",
                ),
            )
        for direction, pattern in patterns:
            for match in re.finditer(pattern, message, re.IGNORECASE):
                yield Superlative(field, direction, Span(match.start(), match.end()))
