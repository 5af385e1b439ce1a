"""What the report page makes of figures: targets, differences between runs, axes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.measures.figures import Figure
from evals.measures.rows import ROWS, Row
from evals.reports.html.against import change
from evals.reports.html.page import marked
from evals.reports.html.plots import Axis, Measured, all_of_k, quality_and_latency
from evals.reports.html.targets import Target
from evals.reports.html.word_diff import word_diff

_NUMBERS = st.floats(0.001, 100_000)


def _figure(low: float, value: float, high: float) -> Figure:
    return Figure(value=value, low=low, high=high, count=100)


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        ("≥ 0.97", 0.97, True), ("≥ 0.97", 0.9699, False), ("≤ 1,800", 1800, True),
        ("≤ 1,800", 1801, False), ("1.00", 1.0, True), ("1.00", 0.999, False), ("0", 0.0, True),
        ("0", 0.001, False), ("≥ 0.97", None, None),
    ],
)  # fmt: skip
def test_targets(target: str, value: float | None, met: bool | None) -> None:
    row = Row("k", "title", target=target)
    found = Target.of(row)
    assert found is not None
    assert found.met(Figure(value=value), row) is met


def test_every_target_of_the_rows_is_read() -> None:
    assert all(Target.of(row) for row in ROWS if row.target)
    assert all(Target.of(row) is None for row in ROWS if not row.target)


def test_a_gap_is_met_where_its_interval_has_it() -> None:
    row = Row("gap:x", "gap", "gap", "0")
    target = Target("=", 0)
    assert target.met(_figure(-0.02, 0.01, 0.04), row)
    assert not target.met(_figure(0.01, 0.03, 0.05), row)


def test_a_difference_is_noise_until_its_interval_leaves_zero() -> None:
    close = change(_figure(0.85, 0.9, 0.95), _figure(0.83, 0.88, 0.93), higher_is_better=True)
    assert close is not None
    assert close.verdict == "within noise"
    assert close.difference == pytest.approx(0.02)
    assert (close.low, close.high) == pytest.approx((0.02 - 0.05 * 2**0.5, 0.02 + 0.05 * 2**0.5))
    low, high = _figure(0.45, 0.5, 0.55), _figure(0.85, 0.9, 0.95)
    verdicts = [
        found.verdict
        for now, before, better in [
            (high, low, True), (low, high, True), (low, high, False), (low, high, None),
        ]
        if (found := change(now, before, higher_is_better=better))
    ]  # fmt: skip
    assert verdicts == ["better", "worse", "better", "differs"]
    assert change(Figure(), high, higher_is_better=True) is None
    assert change(high, Figure(), higher_is_better=True) is None


def test_differences_of_proportions_cover_the_truth() -> None:
    """The worked example of Newcombe (1998, table II, method 10): 56/70 less 48/80."""
    now, before = _figure(0.6921, 0.8, 0.8779), _figure(0.4904, 0.6, 0.7003)
    found = change(now, before, higher_is_better=True)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=0.0006)


@given(low=_NUMBERS, factor=st.floats(1.01, 1e5), log=st.booleans())
def test_axes_have_round_ticks_within_their_ends(low: float, factor: float, log: bool) -> None:
    axis = Axis(low, low * factor, 400.0, 20.0, log=log)
    places = [tick.place for tick in axis.ticks]
    assert len(places) <= 20
    assert all(20 <= place <= 400 for place in places)
    assert places == sorted(places, reverse=True)
    if factor > 10:
        assert len(places) >= 2
    assert axis.at(low) == 400
    assert axis.at(low * factor) == 20
    assert axis.at(-math.inf if not log else low / 2) == 400


def test_plots_have_a_point_a_system_with_its_intervals() -> None:
    now = Measured("a", 0, False, _figure(1, 2, 3), [_figure(0.8, 0.9, 0.95)])
    before = Measured("a", 0, True, _figure(20, 30, 50), [_figure(0.7, 0.8, 0.85)])
    nothing = Measured("b", 1, False, Figure(), [])
    plot = quality_and_latency([now, before, nothing])
    assert plot is not None
    assert plot.x.log  # 1 s and 50 s on one axis
    assert [(one.name, one.baseline) for one in plot.series] == [("a", False), ("a", True)]
    ((point,), _) = (one.points for one in plot.series)
    assert point.left < point.x < point.right
    assert point.top < point.y < point.bottom
    assert plot.series[0].told == ["0.900 [0.800, 0.950] passed at 2.00 [1.00, 3.00] s a turn"]
    assert quality_and_latency([nothing]) is None


def test_a_curve_of_tries_needs_more_than_one() -> None:
    curve = [_figure(0.8, 0.9, 0.95), _figure(0.7, 0.8, 0.9), _figure(0.6, 0.7, 0.8)]
    several = Measured("a", 0, False, Figure(), curve)
    single = Measured("b", 1, False, Figure(), curve[:1])
    plot = all_of_k([several, single])
    assert plot is not None
    (series,) = plot.series
    assert [point.y for point in series.points] == sorted(point.y for point in series.points)
    assert [tick.label for tick in plot.x.ticks] == ["1", "2", "3"]
    assert all_of_k([single]) is None


def test_sentences_are_marked_where_they_stand() -> None:
    text = "One is red. It costs $5. One is red."
    assert marked(text, ["It costs $5.", "One is red.", "not there", ""]) == [
        ("One is red.", True), (" ", False), ("It costs $5.", True), (" One is red.", False),
    ]  # fmt: skip
    assert marked("", []) == [("", False)]


@given(st.text("ab. "), st.lists(st.text("ab. ")))
def test_marking_loses_nothing(text: str, sentences: list[str]) -> None:
    assert "".join(piece for piece, _ in marked(text, sentences)) == text


def test_words_that_one_text_has_alone() -> None:
    a, b = word_diff("It costs $110, size 42.", "It costs $90, size 42.")
    assert a == [("It costs ", False), ("$110", True), (", size 42.", False)]
    assert b == [("It costs ", False), ("$90", True), (", size 42.", False)]
    a, b = word_diff("推荐这双白色跑鞋", "推荐这双黑色跑鞋")
    assert [piece for piece, alone in a if alone] == ["白"]
    assert [piece for piece, alone in b if alone] == ["黑"]
    long = "x " * 5000
    assert word_diff(long, "y") == ([(long, False)], [("y", False)])


@given(st.text("ab 中文.$1"), st.text("ab 中文.$1"))
def test_a_diff_loses_nothing(a: str, b: str) -> None:
    of_a, of_b = word_diff(a, b)
    assert "".join(piece for piece, _ in of_a) == a
    assert "".join(piece for piece, _ in of_b) == b
    kept = [[piece for piece, alone in pieces if not alone] for pieces in (of_a, of_b)]
    assert "".join(kept[0]) == "".join(kept[1])
    if a == b:
        assert not any(alone for _, alone in of_a)
