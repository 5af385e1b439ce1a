"""Folds what has changed in a catalogue into its index, beside the requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import structlog

from retrieval.errors import ShopGuideError
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex

_RETRY_SECONDS = 300.0

_log = structlog.get_logger(__name__)


class Folding:
    """One fold at a time, in a thread of its own; searches and changes go on meanwhile.

    Args:
        indexes: the catalogues.
        folded: told of each catalogue that has been folded, in that thread.
        clock: seconds of a clock that never goes back.
        retry_seconds: how long a catalogue whose fold has failed is left alone.
    """

    def __init__(
        self,
        indexes: IndexFolder,
        *,
        folded: Callable[[CatalogueIndex], None] = lambda index: None,
        clock: Callable[[], float] = time.monotonic,
        retry_seconds: float = _RETRY_SECONDS,
    ) -> None:
        self._indexes = indexes
        self._folded = folded
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fold")
        # A fold may have ended before it is asked about: then its end is noted within the lock.
        self._lock = threading.RLock()
        self._under_way: set[str] = set()
        self._failed: dict[str, float] = {}
        self._closed = False

    def after_change(self, name: str) -> None:
        """Begins a fold of a catalogue where enough has changed; returns at once."""
        with self._lock:
            waits = self._clock() < self._failed.get(name, float("-inf"))
            if self._closed or waits or name in self._under_way or not self._indexes.fold_due(name):
                return
            self._under_way.add(name)
            self._executor.submit(self._fold, name).add_done_callback(partial(self._done, name))

    def close(self) -> None:
        """Waits for a fold that is under way; those that have not begun are left for later."""
        with self._lock:
            self._closed = True
            if self._under_way:
                _log.info("waiting_for_fold", catalogs=sorted(self._under_way))
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _fold(self, name: str) -> None:
        start = self._clock()
        index = self._indexes.fold(name)
        seconds = round(self._clock() - start, 2)
        _log.info("folded", catalog=name, products=len(index), seconds=seconds)
        self._folded(index)

    def _done(self, name: str, future: Future[None]) -> None:
        with self._lock:
            self._under_way.discard(name)
            if future.cancelled():
                return
            error = future.exception()
            if error is None:
                self._failed.pop(name, None)
                # Much may have changed while it was written, and nobody may change anything after.
                self.after_change(name)
                return
            self._failed[name] = self._clock() + self._retry_seconds
        why = error.sentence if isinstance(error, ShopGuideError) else str(error)
        # What was changed is in the log on disk all the same: only searching is slower.
        _log.error("fold_failed", catalog=name, error=type(error).__name__, why=why, exc_info=error)
