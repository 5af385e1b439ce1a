"""Sessions: what one visitor looked at, in order, without a break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from assistant.profile.behaviour.events import Event, EventType

BREAK = timedelta(minutes=30)
"""A silence as long as this ends a session, as is usual in the analysis of web visits."""

# A machine that walks through the whole shop would make a pair of every two products.
_LONGEST = 200
_SEEN: frozenset[EventType] = frozenset({"view", "click", "cart", "purchase"})

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Session:
    """One visit.

    Attributes:
        products: ids in the order in which they were looked at.
        time: when it ended, in seconds since 1970.
        shopper: who it was; None counts as somebody else each time.
    """

    products: tuple[str, ...]
    time: float = 0.0
    shopper: str | None = None


@dataclass(frozen=True)
class SessionLog:
    """Sessions by number, as the models count them.

    Attributes:
        products: the id of each product, in order.
        seen: numbers of products, session after session.
        starts: where each session begins in ``seen``, and behind the last one its length.
        times: when each session ended, in seconds.
        shoppers: a number for whose each session is.
    """

    products: tuple[str, ...]
    seen: Numbers
    starts: Numbers
    times: NDArray[np.float64]
    shoppers: Numbers

    @property
    def owner(self) -> Numbers:
        """The session of each entry of ``seen``."""
        return np.repeat(np.arange(len(self.times)), np.diff(self.starts))

    def weights(self, half_life: float | None) -> NDArray[np.float64]:
        """How much each session counts.

        Args:
            half_life: days after which it counts half, back from the last; None: all count 1.
        """
        if half_life is None or not len(self.times):
            return np.ones(len(self.times))
        days = (self.times.max() - self.times) / 86_400
        return np.asarray(0.5 ** (days / half_life), dtype=np.float64)


def log_of(sessions: Iterable[Session]) -> SessionLog:
    """Numbers the products (by id, so that order of reading does not matter) and the shoppers.

    A session longer than 200 goes on as another one of the same shopper.
    """
    parts: list[tuple[str, ...]] = []
    times: list[float] = []
    shoppers: list[int] = []
    known: dict[str, int] = {}
    count = 0
    for session in sessions:
        if session.shopper is None or session.shopper not in known:
            number = count
            count += 1
            if session.shopper is not None:
                known[session.shopper] = number
        else:
            number = known[session.shopper]
        for start in range(0, len(session.products), _LONGEST):
            parts.append(session.products[start : start + _LONGEST])
            times.append(session.time)
            shoppers.append(number)
    products = tuple(sorted({product for part in parts for product in part}))
    numbers = {product: number for number, product in enumerate(products)}
    return SessionLog(
        products=products,
        seen=np.fromiter((numbers[p] for part in parts for p in part), dtype=np.int64),
        starts=np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64),
        times=np.asarray(times, dtype=np.float64),
        shoppers=np.asarray(shoppers, dtype=np.int64),
    )


def sessions_from_events(events: Iterable[Event], pause: timedelta = BREAK) -> Iterator[Session]:
    """Sessions of a shop, in the order of their shoppers and times.

    Events that carry the shop's own session id are one session each such id of a shopper; the
    others are cut where a shopper pauses. One product looked at, put in the cart and bought is
    one step, not three. Searches, ratings and returns are none.

    Args:
        events: in any order.
        pause: the silence that ends a session.
    """
    steps = sorted(
        (event.shopper_id, event.session_id or "", event.time.timestamp(), event.product_id)
        for event in events
        if event.product_id is not None and event.type in _SEEN
    )
    products: list[str] = []
    last: tuple[str, str, float] | None = None
    for shopper, session, time, product in steps:
        goes_on = last is not None and last[:2] == (shopper, session)
        if last is not None and goes_on and not session:
            goes_on = time - last[2] <= pause.total_seconds()
        if last is not None and not goes_on:
            yield Session(tuple(products), last[2], last[0])
            products = []
        if not products or products[-1] != product:
            products.append(product)
        last = (shopper, session, time)
    if last is not None:
        yield Session(tuple(products), last[2], last[0])


def numbers_of(products: Sequence[str], numbers: dict[str, int]) -> Numbers:
    """The numbers of those products that are known, in order."""
    return np.asarray([numbers[p] for p in products if p in numbers], dtype=np.int64)


def distinct(keys: Numbers) -> Numbers:
    """Each key once, in order.

    ``numpy.unique`` hashes, which takes minutes where many keys differ in their high bits only.
    """
    ordered: Numbers = np.sort(keys)
    first: Numbers = ordered[np.diff(ordered, prepend=-1) != 0]
    return first
