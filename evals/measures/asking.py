"""How often a system asks back, and what the answers to its questions are worth.

Worth is told in both of the ways that the field has. The first is the information that an answer
brings (Lindley, *On a measure of the information provided by an experiment*, 1956), by which
questions are chosen in conversational search and recommendation (Zou, Chen and Kanoulas, *Towards
question-based recommender systems*, 2020): with every fitting product as likely as another, the
bits by which the uncertainty falls are log2(before / after). The second is how good the products
are after the question (Aliannejadi et al., *Asking clarifying questions in open-domain
information-seeking conversations*, 2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from evals.checks.asking import asks_back
from evals.checks.fitting import fitting_of
from evals.checks.wording import Shop
from evals.measures.count import Count
from evals.measures.graded import GradedTurn
from evals.shoppers.shopper import Outcome


def count_asking(
    turns: Sequence[GradedTurn], outcome: Outcome | None, shop: Shop
) -> list[list[Count]]:
    """What each turn adds to the rate and the gain of clarifications.

    ``gain`` is of questions whose conversation goes on, with a system that tells which need it
    holds; it is below zero where the need is wider after the answer, and one product counts as
    left where none is. ``resolved`` is of questions after which products were checked, at the
    next turn that has such a check, or where a simulated shopper took something or gave up.

    Args:
        turns: of one conversation.
        outcome: how a simulated conversation ended.
        shop: the catalogue.
    """
    fitting = fitting_of(shop)
    found: list[list[Count]] = []
    for place, turn in enumerate(turns):
        counts: list[Count] = []
        found.append(counts)
        if turn.observed.error is not None:
            continue
        asked = asks_back(turn.observed)
        counts.append(Count("asked", asked))
        after = turns[place + 1 :]
        if not asked or not after:
            continue
        before, then = turn.observed.need, after[0].observed.need
        if before is not None and then is not None:
            left = max(1, fitting.count(before)), max(1, fitting.count(then))
            counts.append(Count("gain", math.log2(left[0] / left[1])))
        if (right := _right_after(after, outcome)) is not None:
            counts.append(Count("resolved", right))
    return found


def _right_after(after: Sequence[GradedTurn], outcome: Outcome | None) -> bool | None:
    for turn in after:
        for check in turn.checks:
            if check.name == "products":
                return check.passed
    return None if outcome is None or outcome.error is not None else outcome.success
