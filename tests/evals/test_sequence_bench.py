"""The comparison of models of next products: its arithmetic, and its order on real sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.profile.sequence.item_weights import Markov, Popularity
from assistant.profile.sequence.scoring import Scorer
from assistant.profile.sequence.session_neighbours import SessionNeighbours
from assistant.profile.sequence.sessions import Session, log_of
from assistant.profile.sequence.walk import WalkSettings
from evals.profile.sequence import (
    DATA,
    Served,
    measures,
    place,
    places,
    ratios,
    read,
    run,
    table,
)

_FILES = [DATA / f"yoochoose-clicks-100k_{name}.txt" for name in ("train_full", "test")]


def test_measures_of_places() -> None:
    hr, mrr = measures(np.asarray([1, 2, 0, 20, 21]))
    assert hr == pytest.approx(3 / 5)
    assert mrr == pytest.approx((1 + 1 / 2 + 1 / 20) / 5)


def test_place_counts_the_better_and_lets_chance_part_equals() -> None:
    scored = np.asarray([4, 2, 7]), np.asarray([0.5, 0.9, 0.5])
    chance = np.asarray([0, 1, 2, 3, 9, 5, 6, 4])
    assert place(scored, 2, chance) == 1
    assert place(scored, 7, chance) == 2
    assert place(scored, 4, chance) == 3
    assert place(scored, 5, chance) == 0


def test_places_drop_what_training_does_not_know() -> None:
    log = log_of([Session(("a", "b")), Session(("b", "c"))])
    found = places(Markov().fit(log), log, [Session(("a", "new", "b", "c")), Session(("new", "a"))])
    assert [part.tolist() for part in found] == [[1, 1]]


def test_ratios_of_the_same_are_one() -> None:
    ranks = [np.asarray([1, 5, 0]), np.asarray([2])]
    for figure in ratios(ranks, ranks, draws=10).values():
        assert figure == {"ratio": 1.0, "low": 1.0, "high": 1.0}


def test_ratios_of_a_better_one() -> None:
    ours, theirs = [np.asarray([1, 1]), np.asarray([1])], [np.asarray([2, 2]), np.asarray([2])]
    found = ratios(ours, theirs, draws=10)
    assert found["hr"]["ratio"] == 1
    assert found["mrr"]["ratio"] == pytest.approx(2)


def test_without_data_it_says_so(tmp_path: Path) -> None:
    figures = run(data=tmp_path)
    assert "skipped" in figures
    assert "left out" in table(figures)


@pytest.mark.skipif(not all(p.exists() for p in _FILES), reason="needs ../shared/data")
def test_order_of_models_on_real_sessions() -> None:
    """Differences so wide that no slice turns them round."""
    train, test = read(_FILES[0])[-8000:], read(_FILES[1])[:800]
    log = log_of(train)

    def figures(scorer: Scorer) -> tuple[float, float]:
        return measures(np.concatenate(places(scorer.fit(log), log, test)))

    popular, markov = figures(Popularity()), figures(Markov())
    neighbours = figures(SessionNeighbours())
    served, every_pair = (figures(Served(WalkSettings(support=n))) for n in (2, 1))
    assert popular[0] < 0.5 * markov[0] < markov[0] < neighbours[0] < every_pair[0]
    assert popular[1] < 0.5 * markov[1]
    assert neighbours[1] < served[1] < every_pair[1]
    assert served[0] > markov[0]
