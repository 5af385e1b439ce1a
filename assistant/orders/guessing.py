"""Whoever proves an order without an account may err a few times, and not guess in a row."""

from __future__ import annotations

import threading
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from assistant.errors import TooManyRequests

WINDOW = timedelta(minutes=15)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(hours=24)
# Somebody who guesses from many addresses must not keep an order's owner from it with five tries.
MOST_TRIES = {"address": 5, "shopper": 5, "order": 10}
_MOST_KEYS = 200_000
_LONGEST_ID = 100

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TryKey:
    """What tries are counted by.

    Attributes:
        kind: ``address``, ``shopper`` or ``order``.
        id: which one.
    """

    kind: str
    id: str


@dataclass
class _Tries:
    """What is known of a key.

    Attributes:
        wrong: when the tries were that were wrong, or whose outcome is open.
        waits: how often it had to wait.
        until: until when it has to.
    """

    wrong: deque[datetime] = field(default_factory=deque)
    waits: int = 0
    until: datetime | None = None


def try_keys(*, address: str | None, shopper: str, order: str) -> tuple[TryKey, ...]:
    """What a try is counted by: by all of it, so that a new session or number is no new start.

    Args:
        address: the network address that it comes from, where that is known.
        shopper: the shopper or guest; of somebody who is neither, the thread.
        order: the number that they name, however it is written.
    """
    number = "".join(c for c in unicodedata.normalize("NFKC", order).casefold() if c.isalnum())
    keys = [TryKey("shopper", shopper), TryKey("order", number[:_LONGEST_ID])]
    return (*keys, TryKey("address", address)) if address is not None else tuple(keys)


def log_refused(reason: str) -> None:
    """Logs that a try was refused: by what it was counted, or that it was wrong; nobody's id."""
    _log.warning("order_proof_refused", reason=reason)


class OrderGuard:
    """Counts wrong proofs of orders, and refuses more of them for a while.

    A try counts as wrong from the moment that it is allowed, and is taken back where it was right:
    a hundred of them at once are as many as a hundred in a row. Who has used up their tries waits
    for a quarter of an hour, the next time for twice as long, up to a day. It is held in memory:
    a server that is started anew begins at nought.

    Args:
        now: the time of day.
        refused: is told of each try that came to nothing: ``wrong``, or by what it was one too
            many, ``address``, ``shopper`` or ``order``.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        refused: Callable[[str], None] = log_refused,
    ) -> None:
        self._now = now
        self.refused = refused
        self._tries: OrderedDict[TryKey, _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def allow(self, keys: Iterable[TryKey]) -> None:
        """Lets a try through, and counts it as wrong until ``right`` says otherwise.

        Args:
            keys: as ``try_keys`` gives them.

        Raises:
            TooManyRequests: too many were wrong. Neither the try nor the refusal is counted, so
                that a wait ends.
        """
        keys = list(keys)
        with self._lock:
            now = self._now()
            known = [(key, self._known(key, now)) for key in keys]
            for key, tries in known:
                if tries.until is not None and now < tries.until:
                    self.refused(key.kind)
                    wait = (tries.until - now).total_seconds()
                    raise TooManyRequests(
                        "Too many of these tries did not match an order: try again in "
                        f"{max(1, round(wait / 60))} minutes, or ask a person of the shop.",
                        wait=wait,
                    )
            for key, tries in known:
                tries.wrong.append(now)
                if len(tries.wrong) >= MOST_TRIES[key.kind]:
                    # This one is let through still; the next one waits.
                    tries.until = now + min(FIRST_WAIT * 2**tries.waits, LONGEST_WAIT)

    def right(self, keys: Iterable[TryKey]) -> None:
        """Takes the last try back, as it was right, or nobody could look whether it was.

        Args:
            keys: the same as for ``allow``.
        """
        with self._lock:
            for key in keys:
                tries = self._tries.get(key)
                if tries is not None and tries.wrong:
                    tries.wrong.pop()
                    tries.until = None

    def wrong(self) -> None:
        """Notes that a try that was allowed was wrong. It has been counted as such already."""
        self.refused("wrong")

    def _known(self, key: TryKey, now: datetime) -> _Tries:
        tries = self._tries.get(key)
        if tries is None:
            tries = self._tries[key] = _Tries()
            while len(self._tries) > _MOST_KEYS:
                self._tries.popitem(last=False)
        self._tries.move_to_end(key)
        if tries.until is not None and now >= tries.until:
            tries.wrong.clear()
            tries.until, tries.waits = None, min(tries.waits + 1, 10)
        while tries.wrong and now - tries.wrong[0] >= WINDOW:
            tries.wrong.popleft()
        return tries
