"""What is counted of a conversation about a shopper's orders, as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.checks.order_state import end_state_faults
from evals.measures.count import Count
from evals.measures.graded import GradedTurn
from evals.suite.conversation import Conversation


def count_served(conversation: Conversation, turns: Sequence[GradedTurn]) -> Iterator[Count]:
    """Whether the last state is right, and whether a turn wrote what nobody wanted.

    A system that has no desk, or did not tell of its orders at the end, has not served anybody.

    Args:
        conversation: nothing is counted where it has no account.
        turns: of it, with their checks.
    """
    if conversation.account is None or not turns:
        return
    seen = turns[-1].observed.orders
    right = seen is not None and not end_state_faults([turn.expect for turn in turns], seen)
    yield Count("end_state", right)
    kept = [c.passed for turn in turns for c in turn.checks if c.name == "no_wrong_write"]
    if kept:
        yield Count("wrong_write", not all(kept))
