"""What the text of a turn claims, graded: the one place where the grader is called."""

from __future__ import annotations

from collections.abc import Sequence

from evals.checks.fitting import fitting_of
from evals.checks.policies import without_quotations
from evals.checks.wording import Shop
from evals.grading import Claim, grade_text
from evals.running.observed import Observed
from evals.suite.conversation import TurnSpec


def claims_of(specs: Sequence[TurnSpec], observed: Observed, shop: Shop) -> Sequence[Claim]:
    """Every claim of a turn's text.

    "The cheapest" is held against what can be bought and meets the wishes that the suite names,
    for that is what was searched; against the whole shop where it names none.

    Args:
        specs: the turns up to this one, with it.
        observed: what came of it.
        shop: the catalogue.
    """
    *earlier, spec = specs
    rule = spec.expect.products
    among = fitting_of(shop).products(rule.predicates) if rule and rule.all else None
    return grade_text(
        # What a shop's policies say is the shop's own word, and no claim of the assistant's.
        without_quotations(observed, shop.policies),
        shop.index,
        message=spec.say,
        offered=observed.products,
        said=[turn.say for turn in earlier],
        among=among,
    )
