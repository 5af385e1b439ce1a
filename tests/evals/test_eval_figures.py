"""Intervals that behave as intervals do, and pass^k against every way to draw."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from evals.measures.figures import Figure, Sample, share
from evals.measures.pass_rates import pass_hat_k
from evals.measures.ranking import DEPTH, capped_recall, ndcg, reciprocal_rank
from evals.measures.resampling import Quantiles, bootstrap, unseen

_SEED = 7
counts = st.lists(st.tuples(st.booleans(), st.integers(1, 3)), min_size=1, max_size=12)


def _quantile(groups: list[list[float]], key: str = "k") -> Figure:
    sample = Sample(len(groups))
    values = np.array([value for group in groups for value in group], dtype=np.float64)
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    sample.add_values("k", values, owners)
    return sample.figures(seed=_SEED).get(key, Figure())


@given(counts)
def test_an_interval_holds_its_share(rows: list[tuple[bool, int]]) -> None:
    data = {str(n): [(float(good * many), float(many))] for n, (good, many) in enumerate(rows)}
    figure = share(data, seed=_SEED)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.value is not None
    assert 0 <= figure.low <= figure.value <= figure.high <= 1
    assert share(data, seed=_SEED) == figure


def test_all_of_few_is_no_certainty() -> None:
    few = share({str(n): [(1.0, 1.0)] for n in range(10)}, seed=_SEED)
    many = share({str(n): [(1.0, 1.0)] for n in range(500)}, seed=_SEED)
    none = share({str(n): [(0.0, 1.0)] for n in range(10)}, seed=_SEED)
    assert (few.value, few.high) == (1, 1)
    assert few.low == pytest.approx(0.025 ** (1 / 10))
    assert many.low is not None
    assert many.low > 0.99
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 10))


def test_few_clusters_are_no_certainty_whatever_they_say() -> None:
    one = share({"a": [(1.0, 1.0), (0.0, 1.0)]}, seed=_SEED)
    assert (one.value, one.low, one.high) == (0.5, pytest.approx(0.0125), pytest.approx(0.9875))
    two = share({"a": [(1.0, 2.0)], "b": [(1.0, 2.0)]}, seed=_SEED)
    many = share({str(n): [(1.0, 2.0)] for n in range(50)}, seed=_SEED)
    for figure in (two, many):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < 0.5 < figure.high
    sample = Sample(3)
    sample.add_sums("m", "mean", np.array([2.0, 2.0, 5.0]), np.ones(3))
    sample.add_values("v", np.array([0.3, 0.469, 0.5]), np.arange(3))
    found = sample.figures(seed=_SEED)
    assert (found["m"].value, found["m"].low, found["m"].high) == (3, None, None)
    assert (found["v"].value, found["v"].low, found["v"].high) == (0.469, None, None)
    alike = Sample(40)
    alike.add_sums("m", "mean", np.full(40, 2.0), np.ones(40))
    assert alike.figures(seed=_SEED)["m"].low is None


def test_a_quantile_is_reached_as_far_as_there_are_answers() -> None:
    def of(answered: int, missing: int) -> tuple[Figure, Figure]:
        held = [[float(n)] for n in range(answered)] + [[np.inf]] * missing
        return _quantile(held), _quantile(held, "k:p95")

    median, p95 = of(90, 10)
    assert (median.value, median.count) == (49.5, 100)
    assert median.high is not None
    assert (p95.value, p95.low, p95.high, p95.count) == (None, None, None, 100)
    # Its upper bound lies among those without an answer.
    median, _ = of(52, 48)
    assert (median.value, median.high) == (49.5, None)
    assert median.low is not None
    assert of(0, 8)[0] == Figure(count=8)


def test_a_gap_that_was_never_seen_may_be_there() -> None:
    sample = Sample(100)
    sample.add_sums("gap:k", "gap", np.zeros(100), np.ones(100))
    figure = sample.figures(seed=_SEED)["gap:k"]
    assert (figure.value, figure.low, figure.high) == (0, -(1 - unseen(100)), 1 - unseen(100))


def test_turns_of_one_conversation_are_no_trials_of_their_own() -> None:
    rng = np.random.default_rng(_SEED)
    good = rng.random(60) < 0.7
    alone = share({str(n): [(float(g), 1.0)] for n, g in enumerate(good)}, seed=_SEED)
    repeated = share({str(n): [(float(g), 1.0)] * 50 for n, g in enumerate(good)}, seed=_SEED)
    assert repeated.low == pytest.approx(alone.low)
    assert repeated.high == pytest.approx(alone.high)


def test_an_interval_of_a_share_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(_SEED)
    covered = 0
    for _ in range(100):
        chances = rng.beta(7, 3, size=50)
        held = {str(n): [(float(rng.random() < c), 1.0) for _ in range(4)]
                for n, c in enumerate(chances)}  # fmt: skip
        figure = share(held, seed=_SEED)
        assert figure.low is not None
        assert figure.high is not None
        covered += figure.low <= 0.7 <= figure.high
    assert covered >= 88


def test_an_interval_of_a_median_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(_SEED)
    covered = 0
    for _ in range(100):
        figure = _quantile([[rng.normal()] for _ in range(40)])
        assert figure.low is not None
        assert figure.high is not None
        covered += figure.low <= 0 <= figure.high
    assert covered >= 88


@given(st.lists(st.lists(st.floats(0, 1e6), max_size=4), min_size=1, max_size=12))
@settings(max_examples=50)
def test_a_quantile_lies_in_its_interval(groups: list[list[float]]) -> None:
    for key in ("k", "k:p95"):
        figure = _quantile(groups, key)
        if figure.value is None:
            assert not any(groups)
            continue
        if figure.low is None:
            assert figure.high is None
            assert sum(map(bool, groups)) < 6
            continue
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high
        assert min(v for g in groups for v in g) <= figure.low
        assert figure.high <= max(v for g in groups for v in g)


@given(
    st.lists(st.tuples(st.floats(-100, 100), st.integers(0, 4)), min_size=1, max_size=400),
    st.sampled_from([0.05, 0.5, 0.95]),
    st.integers(0, 10),
)
@settings(max_examples=60)
def test_drawn_quantiles_are_those_of_the_values_written_out(
    held: list[tuple[float, int]], at: float, seed: int
) -> None:
    values = np.array([value for value, _ in held])
    owners = np.array([owner for _, owner in held], dtype=np.intp)
    times = np.random.default_rng(seed).integers(0, 4, size=(3, 5)).astype(np.float64)
    [drawn] = Quantiles(values, owners, 5, [at]).of(times).T
    for row, found in zip(times, drawn, strict=True):
        written = np.repeat(values, row[owners].astype(int))
        if len(written):
            assert found == pytest.approx(np.quantile(written, at), abs=1e-9)
        else:
            assert np.isnan(found)


def test_a_quantile_far_from_the_samples_own_is_found() -> None:
    # Nearly all values are one conversation's: a draw without it has its median far away.
    values = np.concatenate([np.arange(5000.0), np.full(3, -7.0)])
    owners = np.concatenate([np.zeros(5000, dtype=np.intp), np.ones(3, dtype=np.intp)])
    found = Quantiles(values, owners, 2, [0.5]).of(np.array([[0.0, 2.0], [2.0, 0.0], [0.0, 0.0]]))
    assert found[0, 0] == -7
    assert found[1, 0] == pytest.approx(2499.5)
    assert np.isnan(found[2, 0])


def test_the_same_seed_draws_the_same() -> None:
    values = Quantiles(np.arange(9.0), np.arange(9) % 3, 3, [0.5])
    [first], [again], [other] = (bootstrap(3, [values], seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_nothing_measured_is_no_figure() -> None:
    assert share({}, seed=_SEED) == Figure()
    assert share({"a": [(0.0, 0.0)]}, seed=_SEED) == Figure()
    assert Sample(0).figures(seed=_SEED) == {}


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_pass_hat_k_is_the_share_of_draws_that_pass(held: list[bool], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(held)))
    draws = list(combinations(held, k))
    expected = sum(all(draw) for draw in draws) / len(draws)
    assert pass_hat_k(sum(held), len(held), k) == pytest.approx(expected)


def test_pass_hat_k_wants_as_many_attempts() -> None:
    with pytest.raises(ValueError, match="no draw of 3"):
        pass_hat_k(2, 2, 3)
    with pytest.raises(ValueError, match="no draw of 1"):
        pass_hat_k(3, 2, 1)


@given(st.lists(st.integers(0, 2), min_size=2, max_size=12), st.integers(1, 5))
def test_ndcg_is_scikit_learns(grades: list[int], k: int) -> None:
    ideal = sorted(grades, reverse=True)
    if not any(grades):
        with pytest.raises(ValueError, match="nothing"):
            ndcg(grades, ideal, k=k)
        return
    gains = [[(1 << grade) - 1 for grade in grades]]
    scores = [[-float(place) for place in range(len(grades))]]
    assert ndcg(grades, ideal, k=k) == pytest.approx(ndcg_score(gains, scores, k=k))


def test_recall_is_of_as_many_as_can_be_shown() -> None:
    assert capped_recall([True] * 3, 50) == 1
    assert capped_recall([True, False, False, True], 50) == pytest.approx(1 / DEPTH)
    assert capped_recall([True], 1) == 1
    with pytest.raises(ValueError, match="nothing"):
        capped_recall([], 0)


def test_a_reciprocal_rank_is_of_the_first_that_is_right() -> None:
    assert reciprocal_rank([False, True, True]) == 0.5
    assert reciprocal_rank([False]) == reciprocal_rank([]) == 0
