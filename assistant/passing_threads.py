"""Conversations that are never written down: they pass with time, and with the server."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

State = TypeVar("State")
Exchange = TypeVar("Exchange")

_MOST_THREADS = 10_000
_MOST_EXCHANGES = 40
_LASTS = timedelta(hours=4)


@dataclass(frozen=True)
class PassingThread(Generic[State, Exchange]):
    """A thread's state and its last exchanges."""

    state: State
    exchanges: tuple[Exchange, ...]


class PassingThreads(Generic[State, Exchange]):
    """The threads of shoppers who have not agreed to be remembered.

    A thread goes four hours after its last turn, or earlier where ten thousand came after it.
    """

    def __init__(self) -> None:
        self._threads: OrderedDict[str, tuple[datetime, PassingThread[State, Exchange]]] = (
            OrderedDict()
        )
        self._lock = threading.Lock()

    def get(self, thread_id: str) -> PassingThread[State, Exchange] | None:
        """The thread of that id."""
        with self._lock:
            found = self._threads.get(thread_id)
            return found[1] if found else None

    def put(self, thread_id: str, thread: PassingThread[State, Exchange], now: datetime) -> None:
        """Takes a thread up after a turn, and lets old ones go.

        Args:
            thread_id: its id.
            thread: after the turn; of its exchanges the last forty are held.
            now: the time of the turn.
        """
        last = PassingThread(thread.state, thread.exchanges[-_MOST_EXCHANGES:])
        with self._lock:
            self._threads[thread_id] = (now, last)
            self._threads.move_to_end(thread_id)
            while self._threads:
                id, (seen, _) = next(iter(self._threads.items()))
                if len(self._threads) <= _MOST_THREADS and now - seen < _LASTS:
                    break
                del self._threads[id]

    def take(
        self, wanted: Callable[[PassingThread[State, Exchange]], bool]
    ) -> list[PassingThread[State, Exchange]]:
        """Removes threads, and gives those that were removed.

        Args:
            wanted: whether a thread is to go.
        """
        with self._lock:
            taken = {id: held for id, (_, held) in self._threads.items() if wanted(held)}
            for id in taken:
                del self._threads[id]
            return list(taken.values())
