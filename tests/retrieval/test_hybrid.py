"""Fusion of the two rankings."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.hybrid import Ranking, fuse


def ranking(pairs: dict[int, float]) -> Ranking:
    rows = sorted(pairs, key=lambda row: (-pairs[row], row))
    scores = np.asarray([pairs[row] for row in rows], dtype=np.float32)
    return np.asarray(rows, dtype=np.int64), scores


rankings = st.dictionaries(st.integers(0, 1_000_000), st.floats(0, 1, width=32), max_size=200).map(
    ranking
)


@given(rankings, rankings)
def test_all_rows_of_either_are_ranked_once(dense: Ranking, lexical: Ranking) -> None:
    rows, scores = fuse(dense, lexical)
    assert sorted(rows.tolist()) == sorted({*dense[0].tolist(), *lexical[0].tolist()})
    assert np.all(np.diff(scores) <= 0)
    assert np.all((scores >= 0) & (scores <= 1))
    again, _ = fuse(dense, lexical)
    assert rows.tolist() == again.tolist()


def test_first_and_perfect_in_both_scores_one() -> None:
    rows, scores = fuse(ranking({7: 1.0, 2: 0.4}), ranking({7: 1.0, 3: 0.9}))
    assert rows[0] == 7
    assert scores[0] == 1.0


def test_words_count_more_than_meaning_and_both_more_than_one() -> None:
    rows, _ = fuse(ranking({1: 0.6, 3: 0.5}), ranking({2: 0.8, 3: 0.7}))
    assert rows.tolist() == [3, 2, 1]


def test_without_words_meaning_orders() -> None:
    dense = ranking({5: 0.4, 1: 0.6, 9: 0.5})
    rows, _ = fuse(dense, ranking({}))
    assert rows.tolist() == [1, 9, 5]


def test_ties_keep_the_order_of_rows() -> None:
    rows, _ = fuse(ranking({}), ranking({}))
    assert len(rows) == 0
    equal = (np.asarray([4]), np.asarray([0.5], dtype=np.float32))
    rows, scores = fuse(equal, equal)
    assert rows.tolist() == [4]
    assert 0 < scores[0] < 1
