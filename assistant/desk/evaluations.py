"""What the desk shows of evaluations; ``evals`` makes it, and the server hands it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class SystemRun:
    """How one system did in a run.

    Attributes:
        run: the name of the run.
        time: when its report was written.
        model: the language model.
        system: its name.
        conversations: that it held.
        figures: by the names of ``FIGURES``; None where there was nothing to measure.
    """

    run: str
    time: datetime
    model: str
    system: str
    conversations: int
    figures: Mapping[str, float | None]


FIGURES = ("passed", "grounded", "seconds")
"""Conversations that pass every check and claims that records bear out, as shares; and seconds
within which 95 % of the answers came."""


class Evaluations(Protocol):
    """The runs of suites that a shop keeps."""

    def runs(self) -> list[SystemRun]:
        """Every run, the newest first, with each system of it."""

    def report(self, run: str) -> str:
        """The report of a run as a page of its own.

        Raises:
            BadInput: there is no such run, or it has no page.
        """

    def compare(self, before: str, after: str) -> str:
        """Two runs held against each other, as a page of its own.

        Raises:
            BadInput: there is no such run, or the two cannot be compared.
        """
