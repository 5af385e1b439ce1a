"""Rhythm, trend and season of made-up shoppers whose habits are known."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.profile.behaviour.rhythm import (
    DAY,
    WEEK,
    YEAR,
    CategoryEvent,
    Timing,
    rhythm,
    season,
    timings,
    trend,
)

NOW = 1_790_000_000.0


def _every(days: float, count: int, category: str = "coffee", end: float = NOW) -> list:
    return [CategoryEvent(category, end - days * DAY * back) for back in range(count)]


def test_a_purchase_every_fortnight_is_found_and_due():
    found = timings(_every(14, 10, end=NOW - 14 * DAY), NOW)["coffee"].rhythm
    assert found is not None
    assert found.days == pytest.approx(14)
    assert found.spread == pytest.approx(0)
    assert found.next_time == pytest.approx(NOW)
    assert found.overdue == pytest.approx(0)
    assert found.evidence == 9


def test_just_bought_is_not_due_and_long_ago_is_overdue():
    times = np.array([NOW - 28 * DAY, NOW - 14 * DAY, NOW])
    just, late = rhythm(times, NOW), rhythm(times, NOW + 28 * DAY)
    assert just is not None
    assert late is not None
    assert just.overdue == pytest.approx(-1)
    assert late.overdue == pytest.approx(1)


def test_gaps_that_wander_have_a_spread():
    times = NOW - DAY * np.cumsum([0, 7, 21, 7, 21, 7, 21])
    found = rhythm(times, NOW)
    assert found is not None
    assert 7 <= found.days <= 21
    assert found.spread == pytest.approx(7)


def test_rising_and_falling_interest_are_told_apart():
    times, weights = NOW - WEEK * (np.arange(20) + 0.5), np.linspace(20, 1, 20)
    rising = trend(times, weights, NOW - 20 * WEEK, NOW)
    falling = trend(times, weights[::-1], NOW - 20 * WEEK, NOW)
    assert rising is not None
    assert falling is not None
    assert (rising.direction, falling.direction) == ("rising", "falling")
    assert rising.slope == pytest.approx(1)
    assert rising.p < 0.001
    assert rising.evidence == 20


def test_noise_says_nothing_more_often_than_its_p_value_allows():
    dice = np.random.default_rng(5)
    said = 0
    for _ in range(200):
        times = NOW - dice.uniform(0, 30, 60) * WEEK
        found = trend(times, np.ones(60), NOW - 30 * WEEK, NOW)
        assert found is not None
        said += found.direction != "steady"
    assert said <= 20  # 10 expected


def test_summer_goods_have_a_season_and_are_off_in_winter():
    dice = np.random.default_rng(1)
    july = 196 * DAY  # into a year
    start = np.floor(NOW / YEAR) * YEAR
    times = np.concatenate(
        [start - years * YEAR + july + dice.normal(0, 20, 8) * DAY for years in (1, 2, 3)]
    )
    summer, winter = start + july, start
    found = season(times, np.ones(len(times)), summer - 3.2 * YEAR, summer)
    later = season(times, np.ones(len(times)), winter - 3.2 * YEAR, winter)
    assert found is not None
    assert later is not None
    assert found.sure
    assert found.peak == pytest.approx(196, abs=10)
    assert found.now > 0.95
    assert later.now < 0.1


def test_all_year_round_is_no_season():
    dice = np.random.default_rng(2)
    sure = 0
    for _ in range(200):
        times = NOW - dice.uniform(0, 2, 40) * YEAR
        found = season(times, np.ones(40), NOW - 2.01 * YEAR, NOW)
        assert found is not None
        sure += found.sure
    assert sure <= 20


def test_part_of_a_year_has_no_season():
    times = NOW - np.arange(30) * DAY
    assert season(times, np.ones(30), NOW - 0.9 * YEAR, NOW) is None


def test_events_of_one_day_are_one_occasion():
    times = NOW - np.linspace(0, 0.2, 50) * DAY
    assert rhythm(times, NOW) is None
    assert season(times, np.ones(50), NOW - 2 * YEAR, NOW) is None


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_little_is_none(count):
    found = timings(_every(14, count), NOW)
    assert found == ({} if count == 0 else {"coffee": Timing(None, None, None)})


def test_the_same_moment_many_times_is_none():
    found = timings([CategoryEvent("tea", NOW)] * 100, NOW)
    assert found == {"tea": Timing(None, None, None)}


def test_only_those_asked_about_are_computed():
    events = [*_every(7, 20), *_every(14, 12, "tea")]
    assert timings(events, NOW, ["tea"]) == {"tea": timings(events, NOW)["tea"]}


def test_views_have_no_rhythm_but_a_trend():
    views = [
        CategoryEvent("tent", NOW - (week + 0.5) * WEEK, weight=12.0 - week, purchase=False)
        for week in range(12)
    ] + [CategoryEvent("tea", NOW - 12 * WEEK)]
    found = timings(views, NOW)["tent"]
    assert found.rhythm is None
    assert found.trend is not None
    assert found.trend.direction == "rising"


def test_what_is_still_to_come_is_not_read():
    past = _every(14, 5)
    assert timings([*past, CategoryEvent("coffee", NOW + DAY)], NOW) == timings(past, NOW)


_EVENTS = st.lists(
    st.builds(
        CategoryEvent,
        category=st.sampled_from(["tea", "coffee"]),
        time=st.floats(NOW - 3 * YEAR, NOW),
        weight=st.floats(0.1, 5),
        purchase=st.booleans(),
    ),
    max_size=60,
)


@given(events=_EVENTS, seed=st.integers(0, 99))
def test_order_does_not_matter_and_all_is_in_its_bounds(events, seed):
    shuffled = events.copy()
    random.Random(seed).shuffle(shuffled)
    found = timings(events, NOW)
    assert timings(shuffled, NOW) == found
    for timing in found.values():
        if timing.rhythm:
            assert timing.rhythm.days >= 1
            assert timing.rhythm.spread >= 0
            assert timing.rhythm.overdue >= -1 - 1e-9
        if timing.trend:
            assert 0 <= timing.trend.p <= 1
        if timing.season:
            assert 0 <= timing.season.p <= 1
            assert 0 <= timing.season.now <= 1
            assert 0 <= timing.season.strength <= 1
            assert 0 <= timing.season.peak <= 366
