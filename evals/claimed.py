"""What the text of a turn claims, graded: the one place where the grader is called."""

from __future__ import annotations

from collections.abc import Sequence

from evals.grading import Claim, grade_text
from evals.observed import Observed
from evals.predicates import can_be_bought, meets
from evals.suite import Conversation
from evals.wording import Shop


def claims_of(
    conversation: Conversation, turn: int, observed: Observed, shop: Shop
) -> Sequence[Claim]:
    """Every claim of a turn's text.

    "The cheapest" is held against what can be bought and meets the wishes that the suite names,
    for that is what was searched; against the whole shop where it names none.

    Args:
        conversation: of the suite.
        turn: from 1.
        observed: what came.
        shop: the catalogue.
    """
    spec = conversation.turns[turn - 1]
    rule = spec.expect.products
    among = None
    if rule is not None and rule.all:
        among = [
            product
            for product in shop.products.values()
            if can_be_bought(product) and meets(product, rule.predicates)
        ]
    return grade_text(
        observed.text,
        shop.index,
        language=conversation.language,
        message=spec.say,
        offered=observed.products,
        said=[earlier.say for earlier in conversation.turns[: turn - 1]],
        among=among,
    )
