"""Is a stated wish ever overruled by a profile or by a shop's rules? Random cases over a shop.

A case is a query with random conditions of the catalogue as stated wishes, hard and soft, with
preferences that advice derives, and with a profile and rules that speak for the contrary. The
search is made with all of it, and without profile, rules and variety. A wish is overruled where a
product that fails a hard wish is offered, or where of two products the one that meets more of the
stated wishes stood above the other without profile, rules and variety, and stands below it with
them. What a product meets is told from its record and the conditions alone: the ranking is not
asked. The reasons of each product must add up to its score.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.placing import placed
from evals.profile.contrary_cases import Case, Cases, larger
from evals.profile.demo_shop import demo_index
from evals.profile.tastes import QUESTIONS
from evals.retrieval.tables import markdown
from retrieval.columns import Columns
from retrieval.conditions import Condition
from retrieval.errors import BadCondition
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from tools.ranking import Ranked
from tools.ranking_weights import DEFAULT_WEIGHTS
from tools.search_products import SearchResult, search_products_tool

GOAL = 0
_K = 50
# Every third case is of a shop with more products than a search ranks at once.
_LARGE, _EVERY, _AT_ONCE = 500, 3, 200


def run(
    *,
    index: CatalogueIndex | None = None,
    cases: int = 500,
    seed: int = 20_260_112,
    queries: Sequence[str] = QUESTIONS,
    large: int = _LARGE,
) -> dict[str, Any]:
    """Searches each case with the profile and the rules, and without.

    Args:
        index: the shop; by default the demo shop over word vectors.
        cases: how many.
        seed: of the generator.
        queries: what is searched for, in turns.
        large: products of the larger shop that is made of the first.

    Returns:
        How many cases have a wish overruled, how many the profile or the rules changed at all,
        how many are of each kind, and the share of products whose reasons add up to their score.
    """
    index = index or demo_index()
    rng = np.random.default_rng(seed)
    shop, mixed = index, larger(index, large, rng)
    small_cases, large_cases = Cases(shop, rng), Cases(mixed, rng, hard=1)
    figures = dict.fromkeys(
        ("overruled", "changed", "advised", "with_rules", "sorted", "large_pool"), 0
    )
    products = adding_up = 0
    for number in range(cases):
        query = queries[number % len(queries)]
        big = number % _EVERY == _EVERY - 1
        asked = mixed if big else shop
        case = (large_cases if big else small_cases).draw(query)
        plain = _search(asked, case, contrary=False)
        after = _search(asked, case, contrary=True)
        broken = _fails(asked, case.where, after.products) or bool(
            overruled(plain.products, after.products, case.stated)
        )
        figures["overruled"] += broken
        figures["changed"] += _ids(plain.products) != _ids(after.products)
        figures["advised"] += bool(case.derived)
        figures["with_rules"] += bool(len(case.rules))
        figures["sorted"] += case.sort is not None
        figures["large_pool"] += case.sort is None and after.fitting > _AT_ONCE
        for ranked in after.products:
            products += 1
            reasons = placed([], ranked, asked, "en" if number % 2 else "zh")
            total = math.fsum(reason.points for reason in reasons)
            adding_up += round(total, 4) == ranked.score and all(r.text for r in reasons)
    share = adding_up / products if products else math.nan
    return {
        "cases": cases,
        **figures,
        "products": products,
        "reasons_add_up": share,
        "goal": GOAL,
    }


def overruled(
    before: Sequence[Ranked],
    after: Sequence[Ranked],
    stated: Sequence[Condition] | None = None,
) -> list[tuple[str, str]]:
    """Pairs of products that changed places although the first meets more of what was stated.

    To meet more is to meet a greater number of the stated wishes; to meet all that another meets
    and something else too is always more.

    Args:
        before: the order without profile, rules and variety.
        after: the order with them; either may be cut short.
        stated: the wishes; None: every preference that the orders name.

    Returns:
        The ids of the better and the worse of each pair.
    """
    if stated is None:
        stated = [c for ranked in (*before, *after) for c in (*ranked.met, *ranked.missed)]
    held = {ranked.product.id: ranked.product for ranked in (*before, *after)}
    met = dict(zip(held, meets(list(held.values()), stated).sum(axis=1).tolist(), strict=True))
    place = {id: at for at, id in enumerate(_ids(before))}
    now = {id: at for at, id in enumerate(_ids(after))}
    return [
        (better, worse)
        for better, at in place.items()
        for worse in now
        if met[worse] < met[better]
        and at < place.get(worse, len(place))
        and now[worse] < now.get(better, len(now))
    ]


def meets(products: Sequence[Product], conditions: Sequence[Condition]) -> NDArray[np.bool_]:
    """Which records meet which conditions, shape (products, different conditions)."""
    columns = Columns.of(products)
    different = [c for at, c in enumerate(conditions) if c not in conditions[:at]]
    found = np.zeros((len(products), len(different)), dtype=bool)
    for at, condition in enumerate(different):
        try:
            found[:, at] = columns.mask([condition])
        except BadCondition:
            # None of these records has the field.
            continue
    return found


def _fails(index: CatalogueIndex, where: Sequence[Condition], found: Sequence[Ranked]) -> bool:
    """Whether a product is offered that fails a hard wish."""
    mask = index.columns.mask(where)
    return any(not mask[index.row(ranked.product.id)] for ranked in found)


def _ids(found: Sequence[Ranked]) -> list[str]:
    return [ranked.product.id for ranked in found]


def _search(index: CatalogueIndex, case: Case, *, contrary: bool) -> SearchResult:
    shop = CatalogueIndex(
        index.manifest,
        index.parts,
        index.columns.live,
        index.embedder,
        words=index.words,
        advice=index.advice,
        rules=case.rules if contrary else None,
    )
    weights = DEFAULT_WEIGHTS if contrary else DEFAULT_WEIGHTS.model_copy(update={"variety": 0.0})
    found: SearchResult = search_products_tool(shop, weights=weights).invoke(
        {
            "query": case.query,
            "where": list(case.where),
            "prefer": list(case.prefer),
            "derived": list(case.derived),
            "leanings": list(case.leanings) if contrary else [],
            "sort": case.sort,
            "k": _K,
        }
    )
    return found


def table(figures: dict[str, Any]) -> str:
    """The figures as a Markdown table."""
    cases = figures["cases"]
    rows = [
        ["a stated wish overruled", f"{figures['overruled']} of {cases}",
         f"{figures['goal']} of {cases}"],
        ["cases whose order profile or rules changed", str(figures["changed"]), ""],
        ["cases with preferences from advice", str(figures["advised"]), ""],
        ["cases with rules of the shop", str(figures["with_rules"]), ""],
        ["cases that ask for an extreme", str(figures["sorted"]), ""],
        ["cases where more fits than is ranked at once", str(figures["large_pool"]), ""],
        [f"reasons that add up to the score ({figures['products']:,} products)",
         f"{figures['reasons_add_up']:.2f}", "1.00"],
    ]  # fmt: skip
    return markdown(["figure", "measured", "goal"], rows)
