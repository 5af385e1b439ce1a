"""What the products of a turn are worth: the wishes that they meet, and their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evals.checks.fitting import fitting_of
from evals.checks.wording import Shop
from evals.measures.count import Count
from evals.measures.ranking import capped_recall, ndcg, reciprocal_rank
from evals.running.observed import Observed
from evals.suite.conversation import Expect
from evals.suite.predicates import best, unmet

_MEETS, _BEST = 1, 2  # grades


def recommends(expect: Expect) -> bool:
    """Whether a recommendation is right, and the catalogue has something for it."""
    if expect.products is None or expect.products.none:
        return False
    return expect.intent is None or "recommend" in expect.intent


def count_products(expect: Expect, observed: Observed, shop: Shop) -> Iterator[Count]:
    """What a turn adds to constraint satisfaction and to the measures of ranking.

    A turn without an answer, and one that gives nothing where it should, ranks as badly as can
    be; of hard wishes it neither meets nor breaks one.

    Args:
        expect: what the suite says.
        observed: what came.
        shop: the catalogue.
    """
    if expect.products is not None and not expect.products.none:
        yield _constraints(expect, observed, shop)
        yield from _ranking(relevance(expect, shop), observed)


def relevance(expect: Expect, shop: Shop) -> dict[str, int]:
    """How relevant each product is that is relevant at all: 2 what may be the pick, 1 what fits.

    Relevant is what can be bought and meets the conditions; where a pick is labelled, it is more
    so. Without conditions every product would be relevant: only the pick is, then.

    Args:
        expect: what the suite says.
        shop: the catalogue.

    Returns:
        Grades by id; none where nothing has to be recommended.
    """
    rule = expect.products
    if rule is None or not recommends(expect) or not (rule.some or expect.pick is not None):
        return {}
    predicates = rule.predicates
    meeting = fitting_of(shop).products(predicates)
    grades = dict.fromkeys((product.id for product in meeting if predicates), _MEETS)
    if expect.pick is not None:
        picks = set(expect.pick.ids or ())
        if expect.pick.extreme is not None:
            picks |= {product.id for product in best(meeting, *expect.pick.extreme)}
        grades |= dict.fromkeys(sorted(picks), _BEST)
    return grades


def _constraints(expect: Expect, observed: Observed, shop: Shop) -> Count:
    """A product that is not in the catalogue meets no wish."""
    predicates = expect.products.predicates if expect.products else ()
    met = 0
    for id in observed.products:
        product = shop.products.get(id)
        if product is not None:
            met += len(predicates) - len(unmet(product, predicates))
    return Count("constraints", met, len(predicates) * len(observed.products))


def _ranking(relevant: Mapping[str, int], observed: Observed) -> Iterator[Count]:
    if not relevant:
        return
    given = _once(observed.products)
    grades = [0 if id is None else relevant.get(id, 0) for id in given]
    best_grade = max(relevant.values())
    yield Count("ndcg", ndcg(grades, sorted(relevant.values(), reverse=True)))
    yield Count("mrr", reciprocal_rank([grade == best_grade for grade in grades]))
    yield Count("found", capped_recall([grade > 0 for grade in grades], len(relevant)))


def _once(ids: Sequence[str | None]) -> list[str | None]:
    """A product that is given again takes a place and adds nothing."""
    seen: set[str | None] = set()
    found: list[str | None] = []
    for id in ids:
        found.append(None if id in seen else id)
        seen.add(id)
    return found
