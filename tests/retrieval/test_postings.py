"""Rows by key: what was added is found, in base and tail, by readers that came before."""

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import IndexBroken
from retrieval.postings import Postings, PostingsBuilder

Row = dict[str, float]
KEYS = ("", "a", "b", "color\x1fwhite", "鞋", "a" * 300)
rows = st.dictionaries(st.sampled_from(KEYS), st.floats(0.5, 4.0, width=32), max_size=4)
shops = st.lists(rows, max_size=12)


def expected(shop: list[Row]) -> dict[str, tuple[list[int], list[float]]]:
    found: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
    for number, row in enumerate(shop):
        for key, weight in row.items():
            found[key][0].append(number)
            found[key][1].append(weight)
    return found


def same(postings: Postings, shop: list[Row], *, weighted: bool) -> None:
    wanted = expected(shop)
    for key in (*KEYS, "never"):
        found, weights = postings.rows_of(key, len(shop))
        assert found.tolist() == wanted[key][0]
        assert (weights is not None) == weighted
        if weights is not None:
            assert weights.tolist() == wanted[key][1]


@given(base=shops, more=shops, later=shops, weighted=st.booleans())
@settings(max_examples=100, deadline=None)
def test_rows_are_found_whatever_is_folded(
    base: list[Row], more: list[Row], later: list[Row], weighted: bool
) -> None:
    def add(to: Postings | PostingsBuilder, shop: list[Row], first: int) -> None:
        for number, row in enumerate(shop, start=first):
            to.add(number, row.keys(), list(row.values()) if weighted else [])

    builder = PostingsBuilder(weighted=weighted)
    add(builder, base, 0)
    postings = builder.build()
    same(postings, base, weighted=weighted)
    add(postings, more, len(base))
    known = base + more
    same(postings, known, weighted=weighted)
    add(postings, later, len(known))
    # A reader that knows fewer rows sees no more, and neither does a fold of them.
    same(postings, known, weighted=weighted)
    folded = postings.extended(len(known))
    same(folded, known, weighted=weighted)
    same(postings.extended(), known + later, weighted=weighted)
    with TemporaryDirectory() as folder:
        folded.save(Path(folder), "x")
        loaded = Postings.load(Path(folder), "x")
        add(loaded, later, len(known))
        same(loaded, known + later, weighted=weighted)
        wanted = expected(known + later)
        for key in KEYS:
            assert loaded.count(key) == len(wanted[key][0])
            assert (key in loaded) == bool(wanted[key][0])


def test_a_tail_is_not_lost_by_saving(tmp_path: Path) -> None:
    postings = Postings.empty()
    postings.add(0, ["a"])
    with pytest.raises(ValueError, match="fold"):
        postings.save(tmp_path, "x")


@pytest.mark.parametrize("part", ["keys", "starts", "rows", "weights"])
@pytest.mark.parametrize("left", [0, 7, 100, -1])
def test_a_file_cut_short_is_told(tmp_path: Path, part: str, left: int) -> None:
    builder = PostingsBuilder(weighted=True)
    builder.add(0, ["a", "b"], [1.0, 2.0])
    builder.build().save(tmp_path, "x")
    file = tmp_path / f"x.{part}.npy"
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(IndexBroken):
        Postings.load(tmp_path, "x")


def test_parts_of_different_postings_do_not_fit(tmp_path: Path) -> None:
    for stem, keys in (("x", ["a", "b"]), ("y", ["a"])):
        builder = PostingsBuilder(weighted=True)
        builder.add(0, keys, [1.0] * len(keys))
        builder.build().save(tmp_path, stem)
    (tmp_path / "y.weights.npy").replace(tmp_path / "x.weights.npy")
    with pytest.raises(IndexBroken):
        Postings.load(tmp_path, "x")


def test_a_new_row_with_its_weight_is_seen_whole() -> None:
    postings = Postings.empty(weighted=True)
    for row in range(1_000):
        postings.add(row, ["a"], [float(row)])
        found, weights = postings.rows_of("a", row)
        assert weights is not None
        assert len(found) == len(weights) == row
    assert np.array_equal(found, weights)
