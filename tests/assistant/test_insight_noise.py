"""The noise is there, as large as the library's proof needs, and small groups stay hidden."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.insight.noise import Noisy, laplace_threshold

EPSILON, DELTA, MOST = 1.0, 1e-6, 9


def noisy(counts: dict[str, int], **other: float) -> Noisy:
    values = {"epsilon": EPSILON, "delta": DELTA, "most": MOST, "at_most": 1, "fewest": 10}
    return laplace_threshold(counts, **{**values, **other})  # type: ignore[arg-type]


def test_noise_is_discrete_laplace_of_the_scale_that_the_budget_gives() -> None:
    """Its mean and mean absolute value, each within 6 standard errors: a failure in a billion."""
    counts = {f"term {number}": 1_000_000 for number in range(4_000)}
    found = noisy(counts)
    moves = [count - 1_000_000 for count in found.counts.values()]
    assert len(moves) == len(counts)
    scale = MOST / EPSILON
    assert found.scale == scale
    deviation = scale * math.sqrt(2)
    assert abs(sum(moves) / len(moves)) < 6 * deviation / math.sqrt(len(moves))
    # The mean absolute value of discrete Laplace noise, whose standard deviation is near to scale.
    ratio = math.exp(-1 / scale)
    expected = 2 * ratio / (1 - ratio**2)
    error = 6 * scale / math.sqrt(len(moves))
    assert abs(sum(map(abs, moves)) / len(moves) - expected) < error
    # And it goes as far out as Laplace noise does: 5 % beyond three times the scale.
    far = sum(abs(move) > 3 * scale for move in moves) / len(moves)
    assert 0.03 < far < 0.07


def test_two_draws_differ() -> None:
    counts = {f"term {number}": 10_000 for number in range(50)}
    assert noisy(counts).counts != noisy(counts).counts


def test_a_small_group_comes_out_as_seldom_as_delta_says() -> None:
    """40,000 terms of one shopper each, at a delta at which 4 of them would be many."""
    alone = {f"term {number}": 1 for number in range(40_000)}
    assert not noisy(alone, delta=1e-9).counts


def test_what_is_let_out_is_never_below_the_threshold() -> None:
    counts = {f"term {number}": number for number in range(400)}
    found = noisy(counts, epsilon=4.0)
    assert found.counts
    assert min(found.counts.values()) >= found.threshold >= 10
    assert noisy(counts, epsilon=20.0, fewest=300).threshold == 300


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.1, 20),
    st.floats(1e-9, 1e-5),
    st.integers(1, 40),
)
def test_it_never_costs_more_than_may_be_spent(epsilon: float, delta: float, tallies: int) -> None:
    found = noisy({}, epsilon=epsilon, delta=delta, most=MOST * tallies, at_most=tallies)
    assert found.epsilon <= epsilon * (1 + 1e-9)
    assert found.delta <= delta
    # The upper tail of discrete Laplace noise, worked out by hand.
    beyond = (found.threshold - tallies) / found.scale
    assert math.exp(-beyond) / (1 + math.exp(-1 / found.scale)) <= delta
