"""How a process of a run begins, and ends with the one that started it."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.logs import configure_logs

END_S = 20.0
"""Seconds that a process may take to leave a shop's server as it was when it is told to end."""


@contextmanager
def no_interrupt() -> Iterator[None]:
    """An interrupt waits, and a process that is started meanwhile does not see it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin_child() -> None:
    """Sets up what every process of a run needs, in it."""
    # The parent is told of an interrupt too, and ends its processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    configure_logs(logging.WARNING)


def _end_with_parent() -> None:
    """A run whose process was killed holds its folder no more: nobody may write into it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(END_S)
        os._exit(1)
