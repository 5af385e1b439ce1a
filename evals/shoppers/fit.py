"""Which wishes a product meets, by its record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evals.shoppers.goal import Goal, GoalWish
from evals.suite.predicates import Predicate, best, can_be_bought, meets
from retrieval.product import Product


def unmet_wishes(
    product: Product, wishes: Sequence[GoalWish], among: Iterable[Product]
) -> list[GoalWish]:
    """The wishes that a product does not meet; all of them where it cannot be bought.

    Size and colour are asked of one variant: a shoe that is to be had in white and in 42, but not
    in white in 42, fails whichever comes later; one that is a must comes before one that is none.

    Args:
        product: that is looked at.
        wishes: that hold.
        among: what a superlative is measured against: all that the one who looks knows of.
    """
    failed = _unmet_alone(product, wishes)
    superlatives = [w for w in wishes if w.extreme is not None and w not in failed]
    if superlatives:
        rivals = [product, *(p for p in among if _meets_the_rest(p, wishes))]
        failed += [w for w in superlatives if not _leads(product, w, rivals)]
    return [wish for wish in wishes if wish in failed]


def fitting(goal: Goal, products: Iterable[Product]) -> list[Product]:
    """The products that meet every wish of a goal which is a must in the end.

    Args:
        goal: a shopper's.
        products: the whole catalogue.
    """
    return meeting([wish for wish in goal.final if wish.must], products)


def meeting(wishes: Sequence[GoalWish], products: Iterable[Product]) -> list[Product]:
    """The products that meet all these wishes, superlatives among those that meet the rest."""
    found = [product for product in products if not _unmet_alone(product, wishes)]
    leaders = [best(found, *wish.extreme) for wish in wishes if wish.extreme is not None]
    return [product for product in found if all(product in group for group in leaders)]


def _unmet_alone(product: Product, wishes: Sequence[GoalWish]) -> list[GoalWish]:
    """The wishes that a product fails, whatever others there are."""
    if not can_be_bought(product):
        return list(wishes)
    failed: list[GoalWish] = []
    met: list[Predicate] = []
    for wish in sorted(wishes, key=lambda wish: not wish.must):
        if meets(product, [*met, *wish.predicates]):
            met += wish.predicates
        else:
            failed.append(wish)
    return failed


def _leads(product: Product, wish: GoalWish, rivals: Sequence[Product]) -> bool:
    assert wish.extreme is not None
    field, direction = wish.extreme
    return product in best(rivals, field, direction)


def _meets_the_rest(product: Product, wishes: Sequence[GoalWish]) -> bool:
    """Whether every must is met, superlatives apart, so that it may be the best."""
    return not _unmet_alone(product, [wish for wish in wishes if wish.must])
