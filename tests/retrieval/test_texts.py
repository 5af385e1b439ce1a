"""Texts searched for parts of words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import texts
from retrieval.texts import TextColumn, TextColumnBuilder

LINES = st.lists(st.text("ab 鞋é", max_size=6), min_size=1, max_size=30)
PARTS = st.lists(st.text("ab 鞋é", min_size=1, max_size=3), min_size=1, max_size=3)


def column(lines: list[str]) -> TextColumn:
    builder = TextColumnBuilder()
    for line in lines:
        builder.add(line)
    return builder.build()


@pytest.mark.parametrize(("few", "block"), [(1_000, 1 << 24), (1, 7), (0, 1 << 24)])
@given(lines=LINES, parts=PARTS)
@settings(max_examples=60, deadline=None)
def test_contains_and_equals_as_python_has_them(
    few: int, block: int, lines: list[str], parts: list[str]
) -> None:
    # Few lines stand in for millions where the other way of searching begins at once.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_FEW_HITS", few)
        patch.setattr(texts, "_BLOCK", block)
        held = column(lines)
        size = len(lines)
        contained = [any(part in line for part in parts) for line in lines]
        assert held.contains(parts, size).tolist() == contained
        assert held.equals(parts, size).tolist() == [line in parts for line in lines]


def test_a_part_of_every_row_is_found_in_each() -> None:
    held = column([f"shoe {number} a" for number in range(5_000)])
    assert held.contains(["a"], 5_000).all()
    assert np.flatnonzero(held.contains(["shoe 4999"], 5_000)).tolist() == [4_999]
