"""What events say of each product and search: liked or not, how much, how long ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from assistant.profile.events import Event, EventType
from retrieval.text import normalise

# How much an event tells of taste, in views.
_WEIGHTS: Mapping[EventType, float] = MappingProxyType(
    {"view": 1.0, "click": 1.5, "search": 2.0, "cart": 3.0, "purchase": 5.0}
)
# A star above or below the middle.
_A_STAR, _MIDDLE = 2.0, 3.0
_RETURNED = -3.0
# Days after which an event tells half as much: what is looked at passes, what is owned stays.
_HALF_LIVES: Mapping[EventType, float] = MappingProxyType(
    {
        "view": 30.0,
        "click": 30.0,
        "search": 30.0,
        "cart": 45.0,
        "purchase": 240.0,
        "rate": 240.0,
        "return": 240.0,
    }
)
_SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True)
class Part:
    """What one event adds to a liking; below zero where it speaks against."""

    event_id: str
    type: EventType
    weight: float


@dataclass(frozen=True)
class Liking:
    """What all events of one product, or all searches for the same words, say together.

    Attributes:
        product_id: the product; None for a search.
        query: the words of a search; None for a product.
        parts: what each event adds; those that a later verdict overruled are left out.
        weight: the sum of the parts.
    """

    product_id: str | None
    query: str | None
    parts: tuple[Part, ...]
    weight: float


def likings(events: Iterable[Event], now: datetime, *, most: int) -> list[Liking]:
    """What a shopper's events say, whatever order they come in and however often.

    Args:
        events: of one shopper.
        now: the time of day; what lies after it counts as being of now.
        most: how many events count, the latest ones.
    """
    ordered = sorted(events, key=_order)
    once = list({event.event_id: event for event in reversed(ordered)}.values())[:most]
    by_subject: dict[tuple[str | None, str | None], list[Event]] = defaultdict(list)
    for event in reversed(once):
        query = normalise(event.query or "") if event.type == "search" else None
        by_subject[(None if query is not None else event.product_id, query)].append(event)
    found = []
    for (product_id, query), of_one in by_subject.items():
        parts = _parts(of_one, now)
        found.append(Liking(product_id, query, parts, sum(part.weight for part in parts)))
    return found


def _order(event: Event) -> tuple[float, str, str, str, str]:
    subject = event.product_id or "", event.query or ""
    return (event.time.timestamp(), event.event_id, event.type, *subject)


def _parts(events: Sequence[Event], now: datetime) -> tuple[Part, ...]:
    """What each event adds, the events given oldest first.

    The second look at a thing tells half of the first, the third a third. Few stars and a return
    say how it turned out: what came before them is no liking any more.
    """
    seen: dict[EventType, int] = defaultdict(int)
    parts: list[Part] = []
    for event in reversed(events):
        seen[event.type] += 1
        age = max(0.0, (now - event.time).total_seconds()) / _SECONDS_A_DAY
        fading = 0.5 ** (age / _HALF_LIVES[event.type])
        weight = _plain_weight(event)
        if weight:
            parts.append(Part(event.event_id, event.type, weight * fading / seen[event.type]))
        if weight < 0:
            break
    return tuple(parts)


def _plain_weight(event: Event) -> float:
    if event.type == "rate":
        return _A_STAR * ((_MIDDLE if event.value is None else event.value) - _MIDDLE)
    if event.type == "return":
        return _RETURNED
    return _WEIGHTS[event.type]
