"""A long command that is stopped says what it leaves behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from assistant.commands.console import tell


@contextmanager
def stoppable(left: str) -> Iterator[None]:
    """Lets a command tidy up and say what holds when it is interrupted or terminated.

    Args:
        left: what holds then, as a sentence.
    """
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        tell(f"Stopped. {left}")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
