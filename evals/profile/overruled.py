"""Is a stated wish ever overruled by a profile or by a shop's rules? Random cases over a shop.

A case is a query with random conditions of the catalogue as stated wishes, hard and soft, and with
a profile and rules that speak for the contrary: for other values of the same fields, against the
values that are wished for, and for products that meet none of it. The search is made with them and
without. A wish is overruled where a product that fails a hard wish is offered, or where of two
products the one that meets all wishes of the other and more stood above it without profile and
rules, and stands below it with them. The reasons of each product must add up to its score.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.placing import placed
from evals.profile.demo_shop import demo_index
from evals.profile.tastes import QUESTIONS
from evals.retrieval.tables import markdown
from retrieval.conditions import Condition
from retrieval.fields import values_of, variants_of
from retrieval.index import CatalogueIndex
from retrieval.rules import RuleBook, ShopRule
from tools.leaning import Leaning
from tools.ranking import Ranked
from tools.search_products import SearchResult, search_products_tool

GOAL = 0
_K = 50
_NO_WISH = frozenset({"id", "currency", "availability", "on_sale", "sku", "in_stock"})
_EFFECTS = ("boost", "bury", "pin")


@dataclass(frozen=True)
class Case:
    """A search, and what speaks against its wishes."""

    query: str
    where: Sequence[Condition]
    prefer: Sequence[Condition]
    derived: Sequence[Condition]
    leanings: Sequence[Leaning]
    rules: RuleBook


def run(
    *,
    index: CatalogueIndex | None = None,
    cases: int = 500,
    seed: int = 20_260_112,
    queries: Sequence[str] = QUESTIONS,
) -> dict[str, Any]:
    """Searches each case with the profile and the rules, and without.

    Args:
        index: the shop; by default the demo shop over word vectors.
        cases: how many.
        seed: of the generator.
        queries: what is searched for, in turns.

    Returns:
        How many cases have a wish overruled, how many the profile or the rules changed at all,
        and the share of products whose reasons add up to their score.
    """
    index = index or demo_index()
    rng = np.random.default_rng(seed)
    values = _values(index)
    figures = {"cases": cases, "overruled": 0, "changed": 0}
    products = adding_up = 0
    for number in range(cases):
        case = _case(queries[number % len(queries)], values, rng)
        plain = _search(index, case, contrary=False)
        after = _search(index, case, contrary=True)
        figures["overruled"] += _fails(index, case, after) or bool(overruled(plain, after))
        figures["changed"] += [r.product.id for r in plain] != [r.product.id for r in after]
        for ranked in after:
            products += 1
            reasons = placed([], ranked, index, "en" if number % 2 else "zh")
            total = math.fsum(reason.points for reason in reasons)
            adding_up += round(total, 4) == ranked.score and all(r.text for r in reasons)
    share = adding_up / products if products else math.nan
    return {**figures, "products": products, "reasons_add_up": share, "goal": GOAL}


def overruled(before: Sequence[Ranked], after: Sequence[Ranked]) -> list[tuple[str, str]]:
    """Pairs of products that changed places although the first meets more wishes.

    Args:
        before: the order without profile and rules.
        after: the order with them; either may be cut short.
    """
    place = {ranked.product.id: at for at, ranked in enumerate(before)}
    met = {r.product.id: frozenset(map(str, r.met)) for r in (*before, *after)}
    now = {ranked.product.id: at for at, ranked in enumerate(after)}
    return [
        (better, worse)
        for better, at in place.items()
        for worse in now
        if met[worse] < met[better]
        and at < place.get(worse, len(place))
        and now[worse] < now.get(better, len(now))
    ]


def _fails(index: CatalogueIndex, case: Case, found: Sequence[Ranked]) -> bool:
    """Whether a product is offered that fails a hard wish."""
    mask = index.columns.mask(case.where)
    return any(not mask[index.row(ranked.product.id)] for ranked in found)


def _search(index: CatalogueIndex, case: Case, *, contrary: bool) -> list[Ranked]:
    shop = CatalogueIndex(
        index.manifest,
        index.parts,
        index.columns.live,
        index.embedder,
        words=index.words,
        advice=index.advice,
        rules=case.rules if contrary else None,
    )
    found: SearchResult = search_products_tool(shop).invoke(
        {
            "query": case.query,
            "where": list(case.where),
            "prefer": list(case.prefer),
            "derived": list(case.derived),
            "leanings": list(case.leanings) if contrary else [],
            "k": _K,
        }
    )
    return found.products


def _case(
    query: str, values: dict[str, list[bool | float | str]], rng: np.random.Generator
) -> Case:
    fields = [str(f) for f in rng.choice(sorted(values), int(rng.integers(1, 6)), replace=False)]
    wishes = [_wish(field, values[field], rng) for field in fields]
    hard = int(rng.integers(0, min(2, len(wishes)) + 1))
    prefer = wishes[hard:]
    derived = prefer[: int(rng.integers(0, len(prefer) + 1))] if rng.random() < 0.3 else []
    against = [_contrary(wish, values[wish.field], rng) for wish in wishes]
    others = [str(f) for f in rng.choice(sorted(values), 3, replace=False)]
    against += [_wish(field, values[field], rng) for field in others]
    leanings = [
        Leaning(
            condition=condition,
            strength=float(rng.uniform(0.3, 1.0)),
            text={"en": f"you like {condition}", "zh": f"你喜欢{condition}"},
            source=f"profile:{number}",
        )
        for number, condition in enumerate(against)
    ]
    rules = [
        ShopRule(
            id=f"rule-{number}",
            which=(against[int(rng.integers(len(against)))],),
            effect=_EFFECTS[int(rng.integers(len(_EFFECTS)))],
            strength=float(rng.uniform(0.3, 1.0)),
        )
        for number in range(int(rng.integers(0, 4)))
    ]
    return Case(query, wishes[:hard], prefer, derived, leanings, RuleBook(tuple(rules)))


def _wish(field: str, held: Sequence[bool | float | str], rng: np.random.Generator) -> Condition:
    value = held[int(rng.integers(len(held)))]
    if isinstance(value, float) and not isinstance(value, bool):
        return Condition(field=field, op="<=" if rng.random() < 0.5 else ">=", value=value)
    return Condition(field=field, op="=" if rng.random() < 0.8 else "!=", value=value)


def _contrary(
    wish: Condition, held: Sequence[bool | float | str], rng: np.random.Generator
) -> Condition:
    """What speaks against a wish: its opposite, or another value of its field."""
    if wish.op == "<=":
        return wish.model_copy(update={"op": ">="})
    if wish.op == ">=":
        return wish.model_copy(update={"op": "<="})
    others = [value for value in held if value != wish.value]
    if wish.op == "!=" or not others or rng.random() < 0.5:
        return wish.model_copy(update={"op": "=" if wish.op == "!=" else "!="})
    return wish.model_copy(update={"op": "=", "value": others[int(rng.integers(len(others)))]})


def _values(index: CatalogueIndex) -> dict[str, list[bool | float | str]]:
    """What a shopper may wish for: fields of the catalogue, each with its values."""
    values: dict[str, dict[bool | float | str, None]] = {}
    for product in index.products:
        held = [*values_of(product)]
        held += [pair for variant in variants_of(product) for pair in variant.items()]
        for field, value in held:
            if field not in _NO_WISH:
                values.setdefault(field, {})[value] = None
    return {field: list(held) for field, held in values.items() if len(held) > 1}


def table(figures: dict[str, Any]) -> str:
    """The figures as a Markdown table."""
    return markdown(
        ["figure", "measured", "goal"],
        [
            ["a stated wish overruled", f"{figures['overruled']} of {figures['cases']}",
             f"{figures['goal']} of {figures['cases']}"],
            ["cases whose order profile or rules changed", str(figures["changed"]), ""],
            [f"reasons that add up to the score ({figures['products']:,} products)",
             f"{figures['reasons_add_up']:.2f}", "1.00"],
        ],
    )  # fmt: skip
