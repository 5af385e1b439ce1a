"""What is still to be known before a change can be offered."""

from __future__ import annotations

from dataclasses import dataclass, field

from tools.orders.reading.request import OrderRequest

MOST_CHOICES = 6


@dataclass(frozen=True)
class Question:
    """What is still to be known.

    Attributes:
        asked: the part, as ``Ordering.asked`` has it; None where nothing can help.
        sentences: the question, and what is to be told before.
        choices: answers to tap.
        request: as far as it has come.
    """

    asked: str | None
    sentences: tuple[str, ...]
    choices: tuple[str, ...] = ()
    request: OrderRequest = field(default_factory=OrderRequest)
