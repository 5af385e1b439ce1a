"""Vectors found among the rows that a mask leaves, whatever holds them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.dense import DenseIndex
from retrieval.dense.flat import Flat
from retrieval.dense.gpu import OnCard
from retrieval.dense.store import VectorStore, half_codes
from retrieval.dense.tuning import FLAT_UP_TO, Kind, Quantisation, chosen
from retrieval.errors import IndexBroken

ROWS, DIMENSIONS, K = 5_000, 64, 10
Vectors = NDArray[np.float32]

KINDS: list[tuple[Kind, Quantisation]] = [
    ("flat", "none"),
    ("flat", "sq8"),
    ("flat", "pq"),
    ("ivf", "none"),
    ("ivf", "sq8"),
    ("ivf", "pq"),
    ("hnsw", "none"),
    ("hnsw", "sq8"),
]


def unit(vectors: NDArray[np.floating]) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def products(rows: int, seed: int) -> Vectors:
    """Vectors in heaps of unequal size, as kinds of goods are."""
    random = np.random.default_rng(seed)
    heaps = random.standard_normal((60, DIMENSIONS))
    heap = random.integers(60, size=rows) * random.integers(2, size=rows)
    return unit(heaps[heap] + 0.9 * random.standard_normal((rows, DIMENSIONS)))


VECTORS = products(ROWS, 1)
QUERIES = np.concatenate(
    [
        unit(VECTORS[:12] + 0.1 * np.random.default_rng(2).standard_normal((12, DIMENSIONS))),
        unit(np.random.default_rng(3).standard_normal((12, DIMENSIONS))),
    ]
)


@pytest.fixture(scope="module")
def indexes() -> dict[tuple[Kind, Quantisation], DenseIndex]:
    return {
        pair: DenseIndex.build(VECTORS, kind=pair[0], quantisation=pair[1], seed=1)
        for pair in KINDS
    }


HALF_PRECISION = 3e-4
"""How far two scores may lie apart and be in either order once the vectors are rounded."""


def missed(query: Vectors, mask: Mask | None, rows: set[int], k: int = K) -> int:
    """How many of the exact best are neither found nor equalled."""
    scores = VECTORS @ query
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    best = np.sort(scores)[::-1][:k]
    wanted = int(np.isfinite(best).sum())
    assert len(rows) == wanted
    return wanted - sum(scores[row] >= best[wanted - 1] - HALF_PRECISION for row in rows)


def found(index: DenseIndex, query: Vectors, mask: Mask | None) -> set[int]:
    rows, scores = index.search(query, K, mask)
    assert len(rows) == len(scores) == len(set(rows.tolist()))
    assert (np.diff(scores) <= 0).all()
    assert mask is None or mask[rows].all()
    np.testing.assert_allclose(scores, index.vectors(rows) @ query, atol=1e-5)
    return set(rows.tolist())


def shares() -> list[Mask | None]:
    drawn = np.random.default_rng(4).random(ROWS)
    return [None, *(drawn < share for share in (0.5, 0.1, 0.01, 0.001, 0.0))]


@pytest.mark.parametrize("pair", KINDS, ids="-".join)
def test_recall_under_any_filter(
    indexes: dict[tuple[Kind, Quantisation], DenseIndex], pair: tuple[Kind, Quantisation]
) -> None:
    index = indexes[pair]
    for mask in shares():
        lost = sum(missed(query, mask, found(index, query, mask)) for query in QUERIES)
        assert lost <= 0.02 * K * len(QUERIES)


@pytest.mark.parametrize("pair", KINDS, ids="-".join)
@pytest.mark.parametrize("hidden", [50, 1_000, 2_500])
def test_recall_where_all_that_is_near_is_filtered_out(
    indexes: dict[tuple[Kind, Quantisation], DenseIndex],
    pair: tuple[Kind, Quantisation],
    hidden: int,
) -> None:
    index = indexes[pair]
    lost = 0
    for query in QUERIES:
        mask = np.ones(ROWS, bool)
        mask[np.argsort(-(VECTORS @ query))[:hidden]] = False
        lost += missed(query, mask, found(index, query, mask))
    assert lost <= 0.02 * K * len(QUERIES)


@settings(max_examples=60, deadline=None)
@given(
    share=st.floats(0, 1),
    k=st.integers(0, 40),
    rows=st.integers(1, 3_000),
    seed=st.integers(0, 1_000),
)
def test_a_flat_index_is_exact(share: float, k: int, rows: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = VECTORS[:rows]
    mask = random.random(rows) < share
    query = unit(random.standard_normal((1, DIMENSIONS)))[0]
    index = DenseIndex.build(vectors)
    got, scores = index.search(query, k, mask)
    kept = vectors.astype(np.float16).astype(np.float32) @ query
    right = np.sort(kept[mask])[::-1][:k]
    assert mask[got].all()
    np.testing.assert_allclose(scores, right, atol=1e-5)


@pytest.mark.parametrize("pair", [("flat", "none"), ("ivf", "pq")], ids="-".join)
def test_what_is_added_is_found_at_once_and_after_folding(
    pair: tuple[Kind, Quantisation], tmp_path: Path
) -> None:
    index = DenseIndex.build(VECTORS[:4_000], kind=pair[0], quantisation=pair[1], seed=1)
    old = np.ones(len(index), bool)
    index.add(VECTORS[4_000:4_400])
    index.add(VECTORS[4_400:])
    assert len(index) == ROWS
    query = VECTORS[4_999]
    assert index.search(query, 1)[0].tolist() == [4_999]
    assert index.search(query, 3, old)[0].max() < 4_000
    folded = index.extended()
    index.add(VECTORS[:1])
    assert (len(index), len(folded)) == (ROWS + 1, ROWS)
    index.save(tmp_path / "unfolded")
    folded.save(tmp_path / "folded")
    opened = DenseIndex.load(tmp_path / "folded")
    unfolded = DenseIndex.load(tmp_path / "unfolded")
    mask = np.ones(ROWS, bool)
    mask[::7] = False
    for query in QUERIES:
        right = found(index, query, mask)
        for other in (folded, opened, unfolded):
            assert len(found(other, query, mask) & right) >= K - 1


def test_an_index_that_has_outgrown_its_kind_is_built_anew() -> None:
    index = DenseIndex.build(VECTORS[:100])
    assert index.describe()["kind"] == "flat"
    assert chosen(FLAT_UP_TO + 1, "auto", "auto", 1).kind == "ivf"
    index.add(VECTORS[100:])
    assert index.extended().describe()["built_for"] == ROWS
    lists = DenseIndex.build(VECTORS[:1_000], kind="ivf")
    lists.add(VECTORS[1_000:])
    assert lists.extended().describe()["lists"] > lists.describe()["lists"]


def test_an_empty_index_takes_rows(tmp_path: Path) -> None:
    index = DenseIndex.build(np.empty((0, DIMENSIONS), np.float32))
    assert index.search(QUERIES[0], K)[0].tolist() == []
    index.save(tmp_path)
    index = DenseIndex.load(tmp_path)
    index.add(VECTORS[:2])
    assert index.search(VECTORS[1], K)[0].tolist() == [1, 0]


@pytest.mark.parametrize("pair", KINDS, ids="-".join)
def test_saved_and_mapped_it_finds_the_same(
    indexes: dict[tuple[Kind, Quantisation], DenseIndex],
    pair: tuple[Kind, Quantisation],
    tmp_path: Path,
) -> None:
    index = indexes[pair]
    index.save(tmp_path / "index")
    opened = DenseIndex.load(tmp_path / "index")
    assert opened.describe() == index.describe()
    for query in QUERIES:
        for mask in shares():
            rows, scores = index.search(query, K, mask)
            again, their = opened.search(query, K, mask)
            assert rows.tolist() == again.tolist()
            np.testing.assert_array_equal(scores, their)
    json.dumps(index.describe())


@pytest.mark.parametrize("name", ["dense.json", "vectors.f16", "structure.faiss"])
def test_a_missing_or_truncated_file_is_told(
    indexes: dict[tuple[Kind, Quantisation], DenseIndex], tmp_path: Path, name: str
) -> None:
    indexes["ivf", "pq"].save(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    for left in (0, 1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:left])
        with pytest.raises(IndexBroken):
            DenseIndex.load(tmp_path)
    path.unlink()
    with pytest.raises(IndexBroken):
        DenseIndex.load(tmp_path)
    path.write_bytes(whole)
    assert len(DenseIndex.load(tmp_path)) == ROWS


@pytest.mark.parametrize("pair", [("flat", "none"), ("ivf", "pq"), ("hnsw", "sq8")], ids="-".join)
def test_threads_search_while_one_adds(pair: tuple[Kind, Quantisation]) -> None:
    index = DenseIndex.build(VECTORS[:4_000], kind=pair[0], quantisation=pair[1], seed=1)
    mask = np.ones(4_000, bool)
    alone = [index.search(query, K, mask)[0].tolist() for query in QUERIES]
    with ThreadPoolExecutor(5) as pool:
        adding = pool.submit(lambda: [index.add(VECTORS[r : r + 1]) for r in range(4_000, ROWS)])
        for _ in range(10):
            found = pool.map(lambda query: index.search(query, K, mask)[0].tolist(), QUERIES)
            assert list(found) == alone
            for query in QUERIES:
                index.search(query, K)
        adding.result()
    assert index.search(VECTORS[-1], 1)[0].tolist() == [ROWS - 1]


def test_a_search_leaves_the_threads_of_faiss_as_they_were() -> None:
    before = faiss.omp_get_max_threads()
    DenseIndex.build(VECTORS[:100]).search(QUERIES[0], K)
    assert faiss.omp_get_max_threads() == before


def test_what_a_card_finds_without_the_filter_is_right_with_it() -> None:
    """The card is an exact index, so that one in memory can stand for it."""
    store = VectorStore(VECTORS.astype(np.float16))
    codes = half_codes(DIMENSIONS)
    codes.add(VECTORS)
    searched = OnCard(codes, Flat(codes))
    for mask in shares():
        left = ROWS if mask is None else int(mask.sum())
        if left:
            for query in QUERIES:
                rows, _ = searched.search(query, min(K, left), mask, store)
                assert missed(query, mask, set(rows.tolist())) == 0


def test_recall_is_measured_and_told(
    indexes: dict[tuple[Kind, Quantisation], DenseIndex],
) -> None:
    told = indexes["ivf", "pq"].describe()
    assert told["recall"]["100.0% of the rows"] >= 0.98
    assert any(name.startswith("without the nearest") for name in told["recall"])


def test_a_graph_is_not_kept_by_product_quantisation() -> None:
    with pytest.raises(ValueError, match="graph"):
        DenseIndex.build(VECTORS, kind="hnsw", quantisation="pq")
