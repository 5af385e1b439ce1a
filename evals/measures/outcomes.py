"""What is counted of a conversation with a simulated shopper, as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from evals.measures.count import Count
from evals.shoppers.shopper import Outcome


def count_outcome(outcome: Outcome) -> Iterator[Count]:
    """What a shopper's outcome adds to the figures.

    Where whoever played the shopper broke off, nothing is: it says nothing of the system.
    Messages are counted of those who succeeded: patience bounds the others. Wishes violated are
    counted of those who accepted something.
    """
    if outcome.error is not None:
        return
    yield Count("success", outcome.success)
    yield Count("gave_up", outcome.accepted is None)
    yield Count("questions", outcome.questions)
    if outcome.success:
        yield Count("messages", outcome.turns)
    if outcome.accepted is not None:
        yield Count("violated", len(outcome.violated))
