"""Does a profile find what a shopper likes when they ask vaguely? Shoppers with known tastes.

A taste is drawn at random: liked brands, colours and values of two other fields, and a price, each
counting so much. From it come a few facts that were said and some weeks of looks and purchases.
Then a vague question is asked. What the shopper has looked at before is left out; of the rest the
best twentieth by the taste counts 3, the next tenth 2, the next sixth 1. The ranking, which knows
the facts and the events and not the taste, is graded by nDCG@10, with the profile and without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.profile.behaviour.affinity import affinities
from assistant.profile.behaviour.leanings import leanings_of_behaviour
from assistant.profile.behaviour.shares import Shares
from assistant.profile.leanings import leanings_of_facts
from evals.profile.demo_shop import NOW, demo_index
from evals.profile.made_up_tastes import Shopper, made_up, taste_fields
from evals.retrieval.tables import markdown
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from tools.leaning import Leaning
from tools.search_products import SearchResult, search_products_tool

QUESTIONS = (
    "some shoes",
    "I am looking for something new",
    "what would you recommend?",
    "show me a nice pair",
    "推荐一双鞋",
    "有什么好看的吗",
    "我想买双新鞋",
    "随便看看",
)
GOAL = 1.25
_K = 10
_GRADES = ((0.05, 3.0), (0.15, 2.0), (0.31, 1.0))
_RESAMPLED = 2_000
# Much, some or little is known: looks, and things said.
_HISTORIES = ((0, 1), (0, 3), (5, 0), (5, 1), (15, 0), (15, 2), (40, 0), (40, 3))


def run(
    *,
    index: CatalogueIndex | None = None,
    shoppers: int = 400,
    seed: int = 20_260_111,
    questions: Sequence[str] = QUESTIONS,
) -> dict[str, Any]:
    """Asks for each shopper, with what is known of them and without.

    Args:
        index: the shop; by default the demo shop over word vectors.
        shoppers: how many.
        seed: of the generator.
        questions: vague ones, taken in turns.

    Returns:
        nDCG@10 by what is known, the ratio over all with its interval, and the goal.
    """
    index = index or demo_index()
    rng = np.random.default_rng(seed)
    fields, shares = taste_fields(index), Shares(index)
    groups: list[str] = []
    scores: list[tuple[float, float]] = []
    for number in range(shoppers):
        looks, said = _HISTORIES[number % len(_HISTORIES)]
        shopper = made_up(index, fields, rng, number=number, looks=looks, said=said, now=NOW)
        question = questions[number // len(_HISTORIES) % len(questions)]
        leanings = known_of(shopper, index, shares)
        asked = [_asked(index, question, shopper, known) for known in (leanings, [])]
        scores.append((asked[0], asked[1]))
        groups.append("said and done" if looks and said else "done" if looks else "said")
    held = np.array(scores)
    return {
        "shop": index.name,
        "shoppers": shoppers,
        "goal": GOAL,
        "all": _figures(held, rng),
        **{
            name: _figures(held[[group == name for group in groups]], rng)
            for name in ("said", "done", "said and done")
        },
    }


def known_of(shopper: Shopper, index: CatalogueIndex, shares: Shares) -> list[Leaning]:
    """What a turn would know of a shopper: what was said of a field, else what was done."""
    said = leanings_of_facts(shopper.facts, index, NOW)
    fields = {leaning.condition.field for leaning in said}
    done = leanings_of_behaviour(
        affinities(shopper.events, index, NOW, shares), index, shares=shares
    )
    return [*said, *(leaning for leaning in done if leaning.condition.field not in fields)]


def _asked(
    index: CatalogueIndex, question: str, shopper: Shopper, leanings: Sequence[Leaning]
) -> float:
    """nDCG@10 of the answer to a question, over what the shopper has not looked at."""
    seen = sorted({event.product_id for event in shopper.events if event.product_id})
    where = [Condition(field="in_stock", op="=", value=True)]
    if seen:
        where.append(Condition(field="id", op="not_in", value=list(seen)))
    rows = np.flatnonzero(index.columns.mask(where))
    pleasure = {index.at(int(row)).id: shopper.taste.pleases(index.at(int(row))) for row in rows}
    grades = _graded(pleasure)
    found: SearchResult = search_products_tool(index).invoke(
        {"query": question, "where": where, "leanings": list(leanings), "k": _K}
    )
    gained = _discounted([grades[ranked.product.id] for ranked in found.products])
    return gained / _discounted(sorted(grades.values(), reverse=True)[:_K])


def _graded(pleasure: dict[str, float]) -> dict[str, float]:
    order = sorted(pleasure, key=lambda id: (-pleasure[id], id))
    return {
        id: next((grade for share, grade in _GRADES if at < share * len(order)), 0.0)
        for at, id in enumerate(order)
    }


def _discounted(grades: Sequence[float]) -> float:
    """Discounted cumulated gain (Järvelin and Kekäläinen 2002, in its exponential form)."""
    return float(sum((2**grade - 1) / np.log2(at + 2) for at, grade in enumerate(grades)))


def _figures(scores: NDArray[np.float64], rng: np.random.Generator) -> dict[str, float]:
    drawn = rng.integers(0, len(scores), (_RESAMPLED, len(scores)))
    ratios = scores[drawn, 0].mean(axis=1) / scores[drawn, 1].mean(axis=1)
    with_profile, without = scores.mean(axis=0)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return {
        "with": round(float(with_profile), 4),
        "without": round(float(without), 4),
        "ratio": round(float(with_profile / without), 3),
        "low": round(float(low), 3),
        "high": round(float(high), 3),
        "shoppers": len(scores),
    }


def table(figures: dict[str, Any]) -> str:
    """The figures as a Markdown table."""
    rows: list[list[str]] = []
    for name in ("all", "said", "done", "said and done"):
        held = figures[name]
        interval = f"{held['ratio']:.2f} ({held['low']:.2f}–{held['high']:.2f})"
        ndcg = [f"{held['without']:.3f}", f"{held['with']:.3f}"]
        goal = f"{GOAL:.2f}" if name == "all" else ""
        rows.append([name, str(held["shoppers"]), *ndcg, interval, goal])
    head = ["what is known", "shoppers", "nDCG@10 without", "with", "ratio (95%)", "goal"]
    return markdown(head, rows)
