"""What is measured of the ranking's use of a profile, on a small run."""

import numpy as np
import pytest

from evals.profile import overruled, tastes
from evals.profile.demo_shop import NOW
from evals.profile.made_up_tastes import made_up, taste_fields
from retrieval.conditions import parse_condition
from retrieval.index import CatalogueIndex, Hit
from tools.ranking import rank


def test_a_made_up_shopper_looks_at_what_pleases(demo_index: CatalogueIndex) -> None:
    fields = taste_fields(demo_index)
    assert {"brand", "color"} <= set(fields)
    rng = np.random.default_rng(3)
    shopper = made_up(demo_index, fields, rng, number=1, looks=60, said=2, now=NOW)
    assert len(shopper.facts) <= 2
    assert all(event.time <= NOW for event in shopper.events)
    assert sum(shopper.taste.weights.values()) == pytest.approx(1.0)
    pleasure = {p.id: shopper.taste.pleases(p) for p in demo_index.products}
    assert all(0 <= pleased <= 1 for pleased in pleasure.values())
    seen = [pleasure[event.product_id or ""] for event in shopper.events]
    assert np.mean(seen) > np.mean(list(pleasure.values()))


def test_the_same_seed_gives_the_same_figures(demo_index: CatalogueIndex) -> None:
    figures = [tastes.run(index=demo_index, shoppers=16) for _ in range(2)]
    assert figures[0] == figures[1]
    assert 0 < figures[0]["all"]["without"] < 1
    assert figures[0]["all"]["low"] <= figures[0]["all"]["ratio"] <= figures[0]["all"]["high"]
    assert "| all | 16 |" in tastes.table(figures[0])


def test_no_wish_is_overruled_in_a_few_cases(demo_index: CatalogueIndex) -> None:
    figures = overruled.run(index=demo_index, cases=8)
    assert figures["overruled"] == 0
    assert figures["reasons_add_up"] == 1.0
    assert figures["changed"] > 2
    assert "0 of 8" in overruled.table(figures)


def test_an_order_that_overrules_a_wish_is_seen(shoes_index: CatalogueIndex) -> None:
    hits = [Hit(shoes_index.at(row), row, 0.5) for row in range(len(shoes_index))]
    before = rank(hits, shoes_index, prefer=[parse_condition("color = white")])
    assert overruled.overruled(before, before) == []
    worst = [before[-1], *before[:-1]]
    assert (before[0].product.id, before[-1].product.id) in overruled.overruled(before, worst)
    assert overruled.overruled(before, [before[-1]]) != []
