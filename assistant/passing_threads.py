"""Conversations that are never written down: they pass with time, and with the server."""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pydantic import BaseModel

_LASTS = timedelta(hours=4)
_MOST_EXCHANGES = 40
# Packed, an exchange is some four kilobytes.
_MOST_BYTES = 128_000_000
_MOST_OF_ONE = 30
_MOST_ERASED = 100_000


class State(Protocol):
    """What is asked of a thread's state."""

    shopper_id: str
    turns: int
    begun: int

    def model_dump_json(self) -> str:
        """The state as text."""


@dataclass(frozen=True)
class PassingThread:
    """A thread.

    Attributes:
        shopper_id: whose it is.
        turns: how many turns are finished.
        state: its state as JSON.
        packed: its last exchanges, each as compressed JSON.
        seen: the time of the last turn.
    """

    shopper_id: str
    turns: int
    state: str
    packed: tuple[bytes, ...]
    seen: datetime

    def exchanges(self, most: int = _MOST_EXCHANGES) -> list[str]:
        """Its last exchanges as JSON, oldest first.

        Args:
            most: how many of the last ones, at least 1.
        """
        return [zlib.decompress(text).decode() for text in self.packed[-most:]]

    @property
    def size(self) -> int:
        """Bytes that it holds, about."""
        return len(self.state) + sum(map(len, self.packed))


class PassingThreads:
    """The threads of shoppers who have not agreed to be remembered.

    A thread goes four hours after its last turn, and earlier where the shopper has thirty newer
    ones or all of them take too much memory.

    Args:
        now: the time of day.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._threads: OrderedDict[str, PassingThread] = OrderedDict()
        self._bytes = 0
        # Turns under way when their shopper was erased must not come back.
        self._erased: OrderedDict[str, int] = OrderedDict()
        self._moment = 0
        self._lock = threading.Lock()

    @property
    def moment(self) -> int:
        """How many erasures there were."""
        return self._moment

    def was_erased(self, state: State) -> bool:
        """Whether a thread's shopper was erased since a turn of it began."""
        with self._lock:
            return self._erased.get(state.shopper_id, 0) > state.begun

    def get(self, thread_id: str) -> PassingThread | None:
        """The thread of that id."""
        with self._lock:
            self._let_go()
            return self._threads.get(thread_id)

    def of(self, shopper_id: str) -> list[PassingThread]:
        """The threads of a shopper, the least recent first."""
        with self._lock:
            self._let_go()
            return [t for t in self._threads.values() if t.shopper_id == shopper_id]

    def put(
        self, thread_id: str, before: PassingThread | None, state: State, exchange: BaseModel
    ) -> None:
        """Takes a thread up after a turn; not where its shopper was erased since the turn began.

        Args:
            thread_id: its id.
            before: the thread before the turn; None for a new one.
            state: after the turn.
            exchange: what was said; of all, the last forty are held.
        """
        packed = zlib.compress(exchange.model_dump_json().encode())
        earlier = before.packed if before else ()
        thread = PassingThread(
            state.shopper_id,
            state.turns,
            state.model_dump_json(),
            (*earlier, packed)[-_MOST_EXCHANGES:],
            self._now(),
        )
        with self._lock:
            if self._erased.get(state.shopper_id, 0) > state.begun:
                return
            self._drop(thread_id)
            self._threads[thread_id] = thread
            self._bytes += thread.size
            own = [id for id, t in self._threads.items() if t.shopper_id == state.shopper_id]
            for id in own[:-_MOST_OF_ONE]:
                self._drop(id)
            self._let_go()

    def revise(self, thread_id: str, shopper_id: str, change: Callable[[str], str | None]) -> bool:
        """Changes one of a thread's exchanges.

        Args:
            thread_id: its id.
            shopper_id: whose it must be.
            change: what becomes of an exchange, as JSON; None where it is not the one that is
                meant. The last ones are asked about first.

        Returns:
            Whether it was found.
        """
        with self._lock:
            thread = self._threads.get(thread_id)
            if thread is None or thread.shopper_id != shopper_id:
                return False
            for place in reversed(range(len(thread.packed))):
                text = change(zlib.decompress(thread.packed[place]).decode())
                if text is not None:
                    packed = list(thread.packed)
                    packed[place] = zlib.compress(text.encode())
                    changed = replace(thread, packed=tuple(packed))
                    self._bytes += changed.size - thread.size
                    self._threads[thread_id] = changed
                    return True
            return False

    def hold(self, thread_id: str, state: State, exchanges: Sequence[BaseModel]) -> None:
        """Takes a whole thread up, whosever it was before; not where its shopper was erased since.

        Args:
            thread_id: its id.
            state: after its last turn; says whose it is now.
            exchanges: oldest first; the last forty are held.
        """
        packed = tuple(zlib.compress(one.model_dump_json().encode()) for one in exchanges)
        thread = PassingThread(
            state.shopper_id,
            state.turns,
            state.model_dump_json(),
            packed[-_MOST_EXCHANGES:],
            self._now(),
        )
        with self._lock:
            if self._erased.get(state.shopper_id, 0) > state.begun:
                return
            self._drop(thread_id)
            self._threads[thread_id] = thread
            self._bytes += thread.size
            self._let_go()

    def drop(self, thread_id: str, shopper_id: str) -> bool:
        """Removes one thread of a shopper.

        Args:
            thread_id: its id.
            shopper_id: whose it must be.

        Returns:
            Whether it was there.
        """
        with self._lock:
            thread = self._threads.get(thread_id)
            if thread is None or thread.shopper_id != shopper_id:
                return False
            self._drop(thread_id)
            return True

    def forget(self, shopper_id: str) -> None:
        """Removes the threads of a shopper, and those that turns under way would make."""
        with self._lock:
            self._moment += 1
            self._erased[shopper_id] = self._moment
            self._erased.move_to_end(shopper_id)
            if len(self._erased) > _MOST_ERASED:
                self._erased.popitem(last=False)
            for id in [id for id, t in self._threads.items() if t.shopper_id == shopper_id]:
                self._drop(id)

    def _let_go(self) -> None:
        now = self._now()
        while self._threads:
            id, oldest = next(iter(self._threads.items()))
            if now - oldest.seen < _LASTS and self._bytes <= _MOST_BYTES:
                return
            self._drop(id)

    def _drop(self, thread_id: str) -> None:
        gone = self._threads.pop(thread_id, None)
        if gone is not None:
            self._bytes -= gone.size
