"""What a shopper's events say they are drawn to: one weighted trace a product or search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from assistant.profile.behaviour.events import Event, EventType

# A purchase says most, a glance least; what was sent back or rated low says nothing for it.
_WEIGHTS: dict[EventType, float] = {
    "purchase": 1.0, "rate": 0.8, "cart": 0.5, "search": 0.3, "click": 0.2, "view": 0.1, "return": 0
}  # fmt: skip
_HALF_LIFE = timedelta(days=90)
_GOOD_STARS, _BAD_STARS = 4, 2
_MOST_EVENTS = 200
_MOST_TRACES = 60


@dataclass(frozen=True)
class Trace:
    """What was done with one product, or one search.

    Attributes:
        type: the strongest thing done.
        target: the product's id, or the words of the search.
        weight: above 0; each event counts by its kind and halves every 90 days.
        last: when it was done last.
    """

    type: EventType
    target: str
    weight: float
    last: datetime


def traces(events: Iterable[Event], now: datetime) -> list[Trace]:
    """The strongest traces of the last 200 events, the strongest first, at most 60.

    Args:
        events: of one shopper, in any order; the same event twice counts once.
        now: what ages are reckoned from; a later event counts as of now.
    """
    recent = sorted({e.event_id: e for e in events}.values(), key=lambda e: (e.time, e.event_id))
    by_target: dict[tuple[Literal["product", "search"], str], list[Event]] = {}
    for event in recent[-_MOST_EVENTS:]:
        if event.type == "search" and event.query and event.query.strip():
            query = " ".join(event.query.split())
            by_target.setdefault(("search", query), []).append(event)
        elif event.type != "search" and event.product_id:
            by_target.setdefault(("product", event.product_id), []).append(event)
    found = [made for (_, target), done in by_target.items() if (made := _trace(target, done, now))]
    return sorted(found, key=lambda trace: (-trace.weight, trace.target))[:_MOST_TRACES]


def _trace(target: str, done: Sequence[Event], now: datetime) -> Trace | None:
    """The trace of events in order; None where the last word on the product was a bad one."""
    counted: list[tuple[float, Event]] = []
    for event in done:
        stars = event.value if event.type == "rate" else None
        if event.type == "return" or (stars is not None and stars <= _BAD_STARS):
            counted.clear()
        elif stars is None or stars >= _GOOD_STARS:
            age = max(now - event.time, timedelta(0))
            counted.append((_WEIGHTS[event.type] * 0.5 ** (age / _HALF_LIFE), event))
    if not counted:
        return None
    strongest = max(counted, key=lambda pair: _WEIGHTS[pair[1].type])[1]
    weight = sum(one for one, _ in counted)
    return Trace(strongest.type, target, weight, counted[-1][1].time) if weight > 0 else None
