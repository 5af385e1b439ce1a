"""What events say of each product and search: liked or not, how much, how long ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from assistant.profile.behaviour.events import Done, Event, EventType
from retrieval.text import normalise

# How much an event tells of taste, in views.
_WEIGHTS: Mapping[EventType, float] = MappingProxyType(
    {"view": 1.0, "click": 1.5, "search": 2.0, "cart": 3.0, "purchase": 5.0}
)
# A star above or below the middle.
_A_STAR, _MIDDLE = 2.0, 3.0
_RETURNED = -3.0
_A_DAY = 86_400.0
# Seconds after which an event tells half as much: what is looked at passes, what is owned stays.
_HALF_LIVES: Mapping[EventType, float] = MappingProxyType(
    {
        "view": 30 * _A_DAY,
        "click": 30 * _A_DAY,
        "search": 30 * _A_DAY,
        "cart": 45 * _A_DAY,
        "purchase": 240 * _A_DAY,
        "rate": 240 * _A_DAY,
        "return": 240 * _A_DAY,
    }
)


class Part(NamedTuple):
    """What one event adds to a liking; below zero where it speaks against."""

    event_id: str
    type: EventType
    weight: float


class Liking(NamedTuple):
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


def likings(events: Iterable[Event | Done], now: datetime, *, most: int) -> list[Liking]:
    """What a shopper's events say, whatever order they come in and however often.

    Args:
        events: of one shopper.
        now: the time of day; what lies after it counts as being of now.
        most: how many events count, the latest ones.
    """
    latest: dict[str, Event | Done] = {}
    for event in sorted(events, key=_newest, reverse=True):
        latest.setdefault(event.event_id, event)
    by_subject: dict[tuple[str | None, str | None], list[Event | Done]] = defaultdict(list)
    words: dict[str, str] = {}
    for event in islice(latest.values(), most):
        if event.type == "search":
            said = event.query or ""
            if said not in words:
                words[said] = normalise(said)
            by_subject[None, words[said]].append(event)
        else:
            by_subject[event.product_id, None].append(event)
    seconds = now.timestamp()
    found = []
    for (product_id, query), of_one in by_subject.items():
        parts = _parts(of_one, seconds)
        found.append(Liking(product_id, query, parts, sum([part.weight for part in parts])))
    return found


_newest = attrgetter("seconds", "event_id", "type")


def _parts(events: Sequence[Event | Done], now: float) -> tuple[Part, ...]:
    """What each event adds, the events given newest first and ``now`` in seconds.

    The second look at a thing tells half of the first, the third a third. Few stars and a return
    say how it turned out: what came before them is no liking any more.
    """
    seen: dict[EventType, int] = {}
    parts: list[Part] = []
    for event in events:
        kind = event.type
        times = seen[kind] = seen.get(kind, 0) + 1
        weight = _WEIGHTS[kind] if kind in _WEIGHTS else _verdict(event)
        if weight:
            age = now - event.seconds
            fading = 0.5 ** (age / _HALF_LIVES[kind]) if age > 0 else 1.0
            parts.append(Part(event.event_id, kind, weight * fading / times))
            if weight < 0:
                break
    return tuple(parts)


def _verdict(event: Event | Done) -> float:
    if event.type == "return":
        return _RETURNED
    return _A_STAR * ((_MIDDLE if event.value is None else event.value) - _MIDDLE)
