"""The terminal: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed


def say(text: str, *, end: str = "\n") -> None:
    """Writes a result, seen at once even through a pipe."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def say_json(data: Any) -> None:
    """Writes a result as JSON."""
    say(json.dumps(data, ensure_ascii=False, indent=2))


def tell(text: str) -> None:
    """Writes what is being done, or what went wrong."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Steps:
    """Shows long steps: as bars on a terminal, as a line a step elsewhere.

    Use it as a context manager. ``show`` may be called from several threads.
    """

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._live = console.is_terminal
        self._seen: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            Elapsed(),
            console=console,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not self._live,
        )

    def show(self, done: int, total: int, text: str) -> None:
        """Shows how far a step is.

        Args:
            done: how much is done.
            total: the whole, in the same unit.
            text: what the step is; a new text is a new step.
        """
        step = self._seen.get(text)
        if step is None:
            if not self._live:
                tell(f"{text[:1].upper()}{text[1:]} …")
            step = self._seen[text] = self._progress.add_task(text, total=total or None)
        self._progress.update(step, completed=done, total=total or None)

    def __enter__(self) -> Steps:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
