"""The benchmarks of retrieval, on catalogues of a few hundred made products."""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.retrieval import latency, our_build, peers
from evals.retrieval.build_cost import halves
from evals.retrieval.catalogue import synthetic_products
from evals.retrieval.faiss_store import BareFaiss
from evals.retrieval.measures import exact_floor, median_ratio, quantile, recall
from evals.retrieval.memory import ANONYMOUS, Memory, resident
from evals.retrieval.ours import OurStore
from evals.retrieval.peer_process import answer
from evals.retrieval.peer_stores import CataloguePart, load_vectors
from evals.retrieval.plot import draw
from evals.retrieval.report import size
from evals.retrieval.stores import OURS, Timing, compare, price_limit
from evals.retrieval.tables import Row, goals_table, percent, written
from evals.retrieval.work import Work, catalogue_products, query_texts
from retrieval.embedding import HashingEmbedder
from retrieval.product import Product

COUNT = 300
START = datetime(2026, 3, 1, tzinfo=UTC)


class Folder(Work):
    """Prepared data of the six shoes, without a catalogue file."""

    def __init__(self, folder: Path, products: list[Product]) -> None:
        super().__init__(folder, folder / "none", HashingEmbedder(32), lambda line: None)
        self._products = products

    def products(self) -> list[Product]:
        return self._products

    def queries(self) -> tuple[list[str], np.ndarray]:
        texts = query_texts(["running shoe"], [p.title for p in self._products], 12, 1)
        return texts, np.stack([self.embedder.query(text) for text in texts])


@pytest.fixture
def work(tmp_path: Path, shoes: list[Product]) -> Folder:
    return Folder(tmp_path / "work", shoes)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_the_least_value_that_the_share_does_not_exceed(
    values: list[float], share: float
) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9


def test_a_quantile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        quantile([], 0.5)


def test_the_ratio_is_taken_round_by_round() -> None:
    # The second round was slow for both, and the third for them alone.
    assert median_ratio([1.0, 10.0, 1.0], [2.0, 20.0, 40.0]) == 0.5
    with pytest.raises(ValueError, match="argument"):
        median_ratio([1.0], [])


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.floats(0, 1))
def test_recall_is_one_for_the_truly_nearest_and_none_for_forbidden_rows(
    seed: int, k: int, share: float
) -> None:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((40, 5)).astype(np.float32)
    query = random.standard_normal(5).astype(np.float32)
    allowed = random.random(40) < share
    floor = float(exact_floor(vectors, query[None], [allowed], k)[0, 0])
    rows = np.flatnonzero(allowed)
    best = rows[np.argsort(-(vectors[rows] @ query))][:k].tolist()
    assert recall(best, query, vectors, allowed, floor, k) == 1.0
    forbidden = np.flatnonzero(~allowed)[:k].tolist()
    if forbidden and len(rows):
        assert recall(forbidden, query, vectors, allowed, floor, k) == 0.0
    if len(best) > 1:
        half = best[: len(best) // 2]
        assert recall(half, query, vectors, allowed, floor, k) == len(half) / len(best)
        assert recall([best[0]] * k, query, vectors, allowed, floor, k) == 1 / len(best)


def test_of_equally_near_rows_any_will_do() -> None:
    vectors = np.ones((6, 2), dtype=np.float32)
    query, allowed = np.ones(2, dtype=np.float32), np.ones(6, dtype=bool)
    floor = float(exact_floor(vectors, query[None], [allowed], 2)[0, 0])
    assert recall([4, 5], query, vectors, allowed, floor, 2) == 1.0


@given(st.lists(st.integers(1, 30), min_size=1, max_size=60), st.floats(0, 1))
def test_a_price_limit_leaves_at_least_the_share_and_equals_no_price(
    prices: list[int], share: float
) -> None:
    column = np.asarray(prices, dtype=np.float64)
    limit = price_limit(column, share)
    left = int((column <= limit).sum())
    assert left >= max(1, round(share * len(prices)))
    assert limit not in column
    dearest = column[column <= limit].max()
    assert int((column < dearest).sum()) < max(1, round(share * len(prices)))


def test_made_products_are_new_whole_and_the_same_for_a_seed(shoes: list[Product]) -> None:
    made = list(synthetic_products(shoes, 200, 5))
    assert len({product.id for product in made}) == 200
    assert made[:50] == list(islice(synthetic_products(shoes, 1_000, 5), 50))
    assert made[:50] != list(islice(synthetic_products(shoes, 1_000, 6), 50))
    for row, product in enumerate(made):
        source = shoes[row % len(shoes)]
        assert Product.model_validate_json(product.model_dump_json()) == product
        assert product.brand == source.brand
        assert product.category == source.category
        assert product.price > 0
        assert len(product.attributes) <= 12
    same = sum(p.title == shoes[row % len(shoes)].title for row, p in enumerate(made))
    assert same < 100  # a word may be put in the place of its like
    assert {product.availability for product in made} == {"in_stock", "out_of_stock"}


def test_a_made_catalogue_says_the_same_in_all_its_files(work: Folder) -> None:
    catalogue = work.catalogue(COUNT)
    products = list(catalogue_products(catalogue, COUNT))
    prices = np.load(catalogue / "prices.npy")
    assert [float(product.effective_price) for product in products] == prices.tolist()
    texts = list(CataloguePart(catalogue).texts())
    assert len(texts) == COUNT
    assert all(p.title in text for p, text in zip(products, texts, strict=True))
    vectors = np.asarray(load_vectors(catalogue), dtype=np.float32)
    assert vectors.shape == (COUNT, 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-2)
    assert work.catalogue(COUNT) == catalogue


def test_bare_faiss_finds_what_an_exact_search_finds(work: Folder, tmp_path: Path) -> None:
    catalogue = work.catalogue(COUNT)
    part = CataloguePart(catalogue)
    store = BareFaiss(part, tmp_path / "faiss")
    queries = np.load(catalogue / "queries.npy")
    texts = json.loads((catalogue / "queries.json").read_text(encoding="utf-8"))
    limits = [price_limit(part.prices, share) for share in (1.0, 0.5, 0.1)]
    masks = [part.prices <= limit for limit in limits]
    floors = exact_floor(part.vectors, queries, masks, 10)
    for place, limit in enumerate(limits):
        order = {"queries": [0, 1, 2], "most": limit, "k": 10, "hybrid": False}
        found = answer(store, queries, texts, order)
        assert len(found["ms"]) == 3
        for query, rows in enumerate(found["rows"]):
            floor = float(floors[place, query])
            assert recall(rows, queries[query], part.vectors, masks[place], floor, 10) > 0.9
    assert answer(store, queries, texts, order | {"hybrid": True}) == {"unable": True}


def test_an_index_of_another_program_is_built_anew(tmp_path: Path) -> None:
    home = tmp_path / "shopguide"
    our_build.drop_stale(home)
    home.mkdir()
    (home / our_build.CODE).write_text(our_build.code_digest())
    our_build.drop_stale(home)
    assert home.exists()
    (home / our_build.CODE).write_text("another")
    our_build.drop_stale(home)
    assert not home.exists()


def test_our_own_store_searches_changes_and_tells_its_memory(work: Folder, tmp_path: Path) -> None:
    catalogue = work.catalogue(COUNT)
    part = CataloguePart(catalogue)
    home = tmp_path / "shopguide"
    our_build.build(catalogue, home, work.embedder, START)
    (home / "BUILT").touch()
    store = OurStore(catalogue, home, work.embedder)
    texts, queries = work.queries()
    limit = price_limit(part.prices, 0.5)
    allowed = part.prices <= limit
    floors = exact_floor(part.vectors, queries, [allowed], 10)
    for number, (text, query) in enumerate(zip(texts, queries, strict=True)):
        rows = store.vector(query, limit, 10)
        assert recall(rows, query, part.vectors, allowed, float(floors[0, number]), 10) > 0.9
        both = store.hybrid(query, text, limit, 10)
        assert len(both) == 10
        assert allowed[list(both)].all()
    memory = store.do({"do": "memory"})
    assert memory["besides_text"] is None or memory["besides_text"] > 0
    assert len(store.do({"do": "change", "count": 3})["ms"]) == 3
    anew = OurStore(catalogue, home, work.embedder)  # the changes were made to a copy
    assert max(anew.vector(queries[0], 1e9, COUNT + 3)) == COUNT - 1
    assert [path.name for path in home.parent.glob("shopguide*")] == ["shopguide"]


@pytest.mark.skipif(
    "SHOPGUIDE_PEERS_PYTHON" not in os.environ, reason="the peers are not installed"
)
def test_peers_answer_in_processes_of_their_own(work: Folder) -> None:
    python = os.environ["SHOPGUIDE_PEERS_PYTHON"]
    timings, settings = compare(
        work.catalogue(COUNT),
        dict.fromkeys(peers.PEERS, python),
        (1.0, 0.1),
        queries=4,
        rounds=1,
        say=lambda line: None,
    )
    assert set(settings) == set(peers.PEERS)
    assert {t.store for t in timings if t.hybrid} == {"lancedb", "lancedb-ef200"}
    assert all(len(t.ms) == 4 for t in timings)


def _timings(ours: float, theirs: float, recalls: tuple[float, float]) -> Iterator[Timing]:
    for turn in (0, 1):
        yield Timing(OURS, 0.1, False, turn, [ours] * 4, [recalls[0]] * 4)
        yield Timing("lancedb", 0.1, False, turn, [theirs] * 4, [recalls[1]] * 4)
        yield Timing("chroma", 0.1, False, turn, [theirs * 9] * 4, [1.0] * 4)
        yield Timing("faiss", 0.1, False, turn, [ours / 9] * 4, [1.0] * 4)


def test_ours_is_held_against_the_fastest_peer_at_equal_recall() -> None:
    [row] = peers.ratio_rows(list(_timings(2.0, 8.0, (0.99, 0.95))), False, 1_000)
    assert row.value == pytest.approx(0.25)
    assert row.met
    assert "lancedb" in row.note
    [row] = peers.ratio_rows(list(_timings(2.0, 8.0, (0.90, 0.95))), False, 1_000)
    assert row.met is False
    assert peers.ratio_rows(list(_timings(2.0, 8.0, (0.99, 0.95))), True, 1_000) == []


def test_tables_and_picture(tmp_path: Path) -> None:
    timings = list(_timings(2.0, 8.0, (0.99, 0.95)))
    table = peers.peers_table(timings)
    assert "| shopguide, vector | 2.00 / 2.00 at 0.990 |" in table
    path = tmp_path / "figures" / "picture.svg"
    draw(timings, 1_000, path)
    first = path.read_bytes()
    assert ElementTree.fromstring(first).tag.endswith("svg")
    draw(timings, 1_000, path)
    assert path.read_bytes() == first


def test_rows_say_whether_the_goal_is_met() -> None:
    row = Row("p95", 5.0, 6.0, unit="ms")
    assert row.met
    assert replace(row, value=7.0).met is False
    assert replace(row, better="higher").met is False
    assert replace(row, value=None).met is None
    assert replace(row, comparable=False).met is False
    assert "| p95 | 5 ms | ≤ 6 ms | yes |  |" in goals_table([row])
    assert (written(1234.5), written(0.98765), percent(0.0001)) == ("1234", "0.988", "0.01 %")


def test_memory_is_told_apart_by_file(tmp_path: Path) -> None:
    version = tmp_path.resolve() / "made" / "20260301T000000000000"
    smaps = [
        f"7f00-7f01 r--s 00000000 fe:00 77 {version}/vectors/codes.npy\n",
        "Size: 9000 kB\n",
        "Rss:  3000 kB\n",
        f"7f02-7f03 r--s 00000000 fe:00 78 {version}/words/rows.npy\n",
        "Rss:  2000 kB\n",
        f"7f02-7f03 r--s 00000000 fe:00 79 {version}/numbers.rows.npy\n",
        "Rss:  10 kB\n",
        "7f04-7f05 rw-p 00000000 00:00 0 [heap]\n",
        "Rss:  500 kB\n",
        "7f06-7f07 r-xp 00000000 fe:00 5 /usr/lib/libc.so.6\n",
        "Rss:  900 kB\n",
    ]
    memory = Memory(Counter({ANONYMOUS: 100 * 1024}), resident(smaps), tmp_path)
    assert memory.parts() == {
        "filter columns": 10 * 1024,
        "in no file": 400 * 1024,
        "vectors": 3000 * 1024,
        "words and titles": 2000 * 1024,
    }
    assert memory.besides_text() == 3410 * 1024


def test_a_catalogue_is_built_in_halves_that_are_the_whole(tmp_path: Path) -> None:
    lines = [f'{{"id": {number}}}\n'.encode() for number in range(7)]
    source = tmp_path / "products.jsonl.gz"
    source.write_bytes(gzip.compress(b"".join(lines)))
    even, odd = halves(source, tmp_path)
    assert even.read_bytes() == b"".join(lines[::2])
    assert odd.read_bytes() == b"".join(lines[1::2])


def test_vectors_made_elsewhere_are_kept_where_all_are_there(work: Folder) -> None:
    vectors = {product.id: np.full(32, 0.5, dtype=np.float32) for product in work.products()}
    short = dict(islice(vectors.items(), 3))
    work.keep(short)
    assert not (work.folder / "vectors.npy").exists()
    work.keep(vectors)
    assert (work.vectors() == 0.5).all()


def test_the_slowest_filter_counts() -> None:
    shares = [str(share) for share in latency.SHARES]
    measured = {
        "hybrid": {share: [1.0] * 9 for share in shares} | {"0.01": [7.0] * 9},
        "vector": {share: [1.0] * 9 for share in shares},
        "recall": {share: [1.0] * 9 for share in shares} | {"0.1": [0.9] * 9},
        "memory": {"parts": {"vectors": 5_000_000}, "besides_text": 5_000_000},
        "visible_ms": [30.0] * 9,
    }
    met = {row.figure: row.met for row in latency.rows_of(measured, 100_000)}
    assert [figure for figure, reached in met.items() if reached is False] == [
        "p95 of a filtered hybrid search, query embedded, 100,000 products",
        "recall@10 of the vector part at 10 %, 100,000 products",
    ]
    assert latency.rows_of(measured, 100_000)[-1].value == 50.0  # MB per million
    assert "| vectors | 5 |" in latency.memory_table(measured, 100_000)
    assert "| vector, text and filter | 1.00 / 1.00 |" in latency.latency_table(measured)
    unknown = measured | {"memory": {"parts": {}, "besides_text": None}}
    assert len(latency.rows_of(unknown, 100_000)) == len(met) - 1


def test_sizes_are_read_as_people_write_them() -> None:
    assert [size(text) for text in ("300", "20k", "1M")] == [300, 20_000, 1_000_000]
    for wrong in ("", "k", "-5", "1.5m"):
        with pytest.raises(ValueError):  # noqa: PT011 (argparse shows its own sentence)
            size(wrong)


def test_embedding_is_timed_once_a_text() -> None:
    assert len(latency.embedding_times(HashingEmbedder(), ["a", "b", "c"])) == 3
