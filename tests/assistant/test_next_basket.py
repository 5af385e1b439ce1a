"""The next basket of made-up shoppers: what speaks for each category, and that it adds up."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.profile.behaviour.basket_weights import learn_weights
from assistant.profile.behaviour.next_basket import (
    DEFAULT_WEIGHTS,
    PARTS,
    basket_parts,
    next_basket,
    weighed,
)
from assistant.profile.behaviour.shop_habits import ShopHabits, learn_habits
from assistant.profile.behaviour.visits import Visits, visits_of

DAY = 86_400.0
NOW = 1_790_035_200.0  # at midnight
NAMES = ("milk", "bread", "wine", "cat food", "candles")
NUMBERS = {name: number for number, name in enumerate(NAMES)}


def _visits(*purchases: tuple[float, list[str]]) -> Visits:
    """Visits so many days ago."""
    return visits_of([(NOW - ago * DAY, names) for ago, names in purchases], NUMBERS)


def _shop(shoppers: int = 40) -> list[Visits]:
    """All buy milk, most bread, half wine on Fridays at 19 h, one in four cat food."""
    found = []
    for number in range(shoppers):
        purchases: list[tuple[float, list[str]]] = []
        for week in range(20):
            goods = ["milk"] + ["bread"] * (number % 4 != 0) + ["cat food"] * (number % 4 == 1)
            purchases.append((NOW - (7 * week + 3) * DAY + 10 * 3600 + number, goods))
            if number % 2:
                purchases.append((NOW - (7 * week + 5) * DAY + 19 * 3600 + number, ["wine"]))
        found.append(visits_of(purchases, NUMBERS))
    return found


@pytest.fixture(scope="module")
def habits() -> ShopHabits:
    return learn_habits(_shop(), NAMES)


def _order(visits: Visits, now: float, habits: ShopHabits, **options: object) -> list[str]:
    return [ranked.category for ranked in next_basket(visits, now, habits, **options)]  # type: ignore[arg-type]


def _part(name: str, category: str, visits: Visits, now: float, habits: ShopHabits) -> float:
    return float(basket_parts(visits, now, habits)[NUMBERS[category], PARTS.index(name)])


def test_a_cold_shopper_gets_what_is_popular(habits):
    cold = visits_of([], NUMBERS)
    flat = ShopHabits(
        **{
            **{name: getattr(habits, name) for name in ("categories", "popular", "company")},
            "errands": habits.popular,
            "hold": habits.hold,
            "hours": np.ones((24, 5)),
            "weekdays": np.ones((7, 5)),
            "lately": np.ones(5),
        }
    )
    popular = [NAMES[place] for place in np.argsort(-habits.popular, kind="stable")]
    assert _order(cold, NOW, flat) == popular
    assert popular[0] == "milk"


def test_an_own_habit_comes_before_what_is_popular(habits):
    cats = _visits(*[(7 * week + 1, ["cat food"]) for week in range(10)])
    assert _order(cats, NOW, habits)[0] == "cat food"


def test_due_comes_before_just_bought(habits):
    fortnight = [(14 * turn + 14, ["cat food"]) for turn in range(6)]
    fresh = [(14 * turn + 1, ["candles"]) for turn in range(6)]
    visits = _visits(*fortnight, *fresh)
    assert _part("due", "cat food", visits, NOW, habits) == pytest.approx(0.5)
    assert _part("due", "candles", visits, NOW, habits) < 0.1
    assert _part("due", "candles", visits, NOW + 60 * DAY, habits) > 0.9
    assert _part("due", "milk", visits, NOW, habits) == 0.5  # never bought: nothing is known


def test_the_hour_speaks_for_what_is_bought_then(habits):
    cold = visits_of([], NUMBERS)
    evening, morning = NOW + 19 * 3600, NOW + 10 * 3600
    assert _part("hour", "wine", cold, evening, habits) > 0.8
    assert _part("hour", "wine", cold, morning, habits) < 0.3


def test_own_hours_are_learnt(habits):
    visits = _visits(
        *[(7 * week + 7 - 20 / 24, ["candles"]) for week in range(8)],
        *[(7 * week + 6 - 8 / 24, ["milk", "bread"]) for week in range(8)],
    )
    late, early = NOW + 20 * 3600, NOW + 8 * 3600
    assert _part("own_hour", "candles", visits, late, habits) > 0.5
    assert _part("own_hour", "candles", visits, early, habits) < 0.5


def test_bought_alone_counts_more_than_among_others():
    plain = ShopHabits.unlearnt(NAMES)
    visits = _visits(
        (1, ["wine"]), (2, ["milk", "bread", "candles"]), (3, ["wine"]), (4, ["milk", "bread"])
    )
    assert _part("errand", "wine", visits, NOW, plain) > _part("errand", "milk", visits, NOW, plain)
    assert _part("habit", "wine", visits, NOW, plain) == pytest.approx(
        _part("habit", "milk", visits, NOW, plain), abs=0.01
    )


def test_a_shop_without_events_serves_and_own_visits_count():
    plain = ShopHabits.unlearnt(NAMES)
    assert not plain.learnt
    assert _order(visits_of([], NUMBERS), NOW, plain) == list(NAMES)
    assert _order(_visits((3, ["wine"])), NOW, plain)[0] == "wine"
    assert next_basket(visits_of([], {}), NOW, ShopHabits.unlearnt(())) == []


def test_what_few_shoppers_did_is_not_in_the_habits():
    crowd = _shop()
    odd = visits_of([(NOW - DAY * (1 + turn), ["milk", "candles"]) for turn in range(300)], NUMBERS)
    habits = learn_habits([*crowd, odd], NAMES)
    candles, milk = NUMBERS["candles"], NUMBERS["milk"]
    assert habits.popular[candles] < 0.001
    assert habits.company[milk, candles] == habits.company[candles, milk] == 0
    assert (habits.hours[:, candles] == 1).all()
    assert habits.company[milk, NUMBERS["bread"]] > 0.5


def test_visits_to_come_are_not_read(habits):
    past = _visits((3, ["wine"]), (9, ["milk"]))
    both = _visits((3, ["wine"]), (9, ["milk"]), (-2, ["candles"]), (0, ["candles"]))
    assert np.array_equal(basket_parts(past, NOW, habits), basket_parts(both, NOW, habits))


def test_weights_are_learnt_from_what_was_bought(habits):
    dice = np.random.default_rng(3)
    examples, due = [], PARTS.index("due")
    for _ in range(300):
        parts = dice.random((40, len(PARTS)))
        examples.append((parts, np.argsort(-parts[:, due])[:3]))
    weights = learn_weights(examples, seed=1)
    assert max(weights, key=lambda name: weights[name]) == "due"
    assert weights["due"] > 0.7
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) >= 0
    assert learn_weights(examples, seed=1) == weights


def test_a_part_that_speaks_against_itself_is_dropped(habits):
    dice = np.random.default_rng(3)
    examples = []
    for _ in range(200):
        parts = dice.random((40, len(PARTS)))
        examples.append((parts, np.argsort(-parts[:, 0] + parts[:, 2])[:3]))
    assert learn_weights(examples, seed=1)["errand"] == 0


def test_without_examples_the_defaults_stay():
    assert learn_weights([], seed=1) == dict(DEFAULT_WEIGHTS)
    assert set(DEFAULT_WEIGHTS) == set(PARTS)
    assert sum(DEFAULT_WEIGHTS.values()) == pytest.approx(1)


_PURCHASES = st.lists(
    st.tuples(
        st.floats(NOW - 300 * DAY, NOW + DAY), st.lists(st.sampled_from([*NAMES, "unknown"]))
    ),
    max_size=30,
)


@settings(deadline=None)
@given(purchases=_PURCHASES, seed=st.integers(0, 99), learnt=st.booleans())
def test_parts_are_bounded_add_up_and_do_not_depend_on_order(habits, purchases, seed, learnt):
    shop = habits if learnt else ShopHabits.unlearnt(NAMES)
    visits = visits_of(purchases, NUMBERS)
    parts = basket_parts(visits, NOW, shop)
    assert parts.shape == (len(NAMES), len(PARTS))
    assert np.isfinite(parts).all()
    assert (parts >= 0).all()
    assert (parts <= 1).all()
    shuffled = purchases.copy()
    random.Random(seed).shuffle(shuffled)
    again = visits_of([(time, names[::-1]) for time, names in shuffled], NUMBERS)
    assert np.array_equal(basket_parts(again, NOW, shop), parts)
    ranked = next_basket(visits, NOW, shop)
    assert len({one.category for one in ranked}) == len(NAMES)
    for one in ranked:
        assert one.score == pytest.approx(sum(one.parts.values()), abs=1e-9)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert (weighed(parts, {}) == 0).all()
