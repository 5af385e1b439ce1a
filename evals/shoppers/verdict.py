"""How a simulated conversation ended, judged by the records of the whole catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.checks.asking import asks_back
from evals.checks.wording import Shop
from evals.running.observed import Observed
from evals.shoppers.fit import fitting, meeting, unmet_wishes
from evals.shoppers.goal import Goal
from evals.shoppers.shopper import Ending, Outcome
from evals.shoppers.telling import Telling


@dataclass(frozen=True)
class End:
    """What the shopper did in the end.

    Attributes:
        ending: see ``Outcome``.
        accepted: the id of the product that was taken.
        error: why whoever plays the shopper broke off.
    """

    ending: Ending
    accepted: str | None = None
    error: str | None = None


OUT_OF_PATIENCE = End("out_of_patience")


def verdict(
    goal: Goal, shop: Shop, telling: Telling, answers: Sequence[Observed], end: End | None
) -> Outcome:
    """Judges the end of a conversation; no word of the answers counts but a true no.

    A no is true where no product meets the musts that were told. Of a goal that no product meets,
    that is all that can be had. Of a wish for what no record has a field for, nobody can tell that
    nothing meets it: a no to it is no success.

    Args:
        goal: the shopper's.
        shop: the catalogue.
        telling: what was told.
        answers: all that came.
        end: what the shopper did; None where the conversation broke off.
    """
    end = end or OUT_OF_PATIENCE
    products = list(shop.products.values())
    final = goal.final
    violated = []
    if end.accepted is not None:
        product = shop.products.get(end.accepted)
        # Wishes that were given up on the way were none of the musts.
        violated = final if product is None else unmet_wishes(product, final, products)
        success = not any(wish.must for wish in violated)
    else:
        told = [wish for wish in telling.known if wish.must]
        true_no = end.ending == "told_no" and not meeting(told, products)
        musts = [wish for wish in (*told, *final) if wish.must]
        known = all(shop.has_field(field) for wish in musts for field in wish.fields)
        success = true_no and known and not fitting(goal, products)
    return Outcome(
        accepted=end.accepted,
        success=success and end.error is None,
        turns=len(answers),
        questions=sum(asks_back(answer) for answer in answers),
        violated=[wish.say for wish in violated],
        ended=end.ending,
        untold=[wish.say for wish in final if wish not in telling.told],
        error=end.error,
    )
