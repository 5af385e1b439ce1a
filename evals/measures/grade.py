"""Grades what a system answered: checks, claims, and all that figures are counted from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from evals.checks import check_turn, given_as_fitting
from evals.checks.order_state import order_checks
from evals.checks.wording import Shop
from evals.grading import Claim
from evals.measures.answers import count_turn, values_of_turn
from evals.measures.asking import count_asking
from evals.measures.count import Count, Value
from evals.measures.graded import GradedConversation, GradedTurn
from evals.measures.outcomes import count_outcome
from evals.measures.served import count_served
from evals.running.observed import Observed
from evals.running.records import Record
from evals.suite.conversation import Conversation, Shown, TurnSpec

__all__ = [
    "ClaimsOf",
    "GradedConversation",
    "GradedTurn",
    "grade",
    "share_counts",
    "silent_checks",
    "turn_values",
]

# What a system may not tell at all: its failed turns then fail nothing of that kind either.
_TELLABLE = {
    "intent": "intent",
    "facts": "facts",
    "unmatched": "unmatched",
    "need": "need",
    "not_need": "need",
    "sentiment": "sentiment",
    "urgency": "urgency",
    "handoff": "handoff",
    "tools": "tools",
    "not_tools": "tools",
    "citations": "citations",
    "policy": "citations",
    "profile": "profile",
    "not_profile": "profile",
    "confirmation": "confirmation",
}
ClaimsOf = Callable[[Sequence[TurnSpec], Observed, Shop], Sequence[Claim]]
"""Grades what the text of a turn claims: (turns up to this one with it, observed, shop)."""


def grade(
    record: Record,
    conversation: Conversation,
    shop: Shop,
    claims_of: ClaimsOf,
    *,
    silent: Collection[str] = (),
) -> GradedConversation:
    """Grades one record.

    Args:
        record: of the conversation.
        conversation: with its labels.
        shop: its catalogue.
        claims_of: grades what a text claims.
        silent: checks on what the system never tells; see ``silent_checks``.
    """
    specs = conversation.turns or tuple(TurnSpec(say=say) for say in record.said)
    turns: list[GradedTurn] = []
    shown: Sequence[str] = ()
    for number, (spec, observed) in enumerate(zip(specs, record.turns, strict=True), start=1):
        answered = observed.error is None
        # What is told of orders is no claim on the catalogue: its prices are what was once paid.
        of_orders = observed.orders is not None and observed.intent == "order"
        claims = claims_of(specs[:number], observed, shop) if answered and not of_orders else ()
        checks = check_turn(spec.expect, observed, shop=shop, shown=shown, claims=claims)
        checks += order_checks(conversation, [s.expect for s in specs[:number]], observed)
        turns.append(
            GradedTurn(
                conversation=conversation,
                number=number,
                spec=spec,
                observed=observed,
                checks=[check for check in checks if check.name not in silent],
                claims=claims,
                fitting=given_as_fitting(observed, shop),
            )
        )
        # A question about what was shown leaves the list that it was asked of.
        if observed.products and not isinstance(spec.expect.refers, Shown):
            shown = observed.products
    return _counted(GradedConversation(conversation, record, turns), shop)


def share_counts(turn: GradedTurn) -> Iterator[Count]:
    """What a turn adds to each figure that is a share or a mean, but for its single checks."""
    return (count for count in turn.shares if not count.key.startswith("check:"))


def turn_values(turn: GradedTurn) -> Sequence[Value]:
    """A turn's calls, tokens and milliseconds, as ``values_of_turn`` has them."""
    return turn.values


def silent_checks(records: Iterable[Record]) -> frozenset[str]:
    """Checks on things that none of a system's answers tells.

    Args:
        records: of one system.
    """
    silent = set(_TELLABLE)
    answered = False
    for turn in (turn for record in records for turn in record.turns if turn.error is None):
        answered = True
        silent = {name for name in silent if getattr(turn, _TELLABLE[name]) is None}
        if not silent:
            break
    return frozenset(silent) if answered else frozenset()


def _counted(graded: GradedConversation, shop: Shop) -> GradedConversation:
    outcome = graded.record.outcome
    asking = count_asking(graded.turns, outcome, shop)
    turns = [
        replace(
            turn,
            shares=(*count_turn(turn, shop), *of_asking),
            values=tuple(values_of_turn(turn.observed)),
        )
        for turn, of_asking in zip(graded.turns, asking, strict=True)
    ]
    shares = [] if outcome is None else list(count_outcome(outcome))
    shares += count_served(graded.conversation, graded.turns)
    return replace(graded, turns=turns, shares=shares)
