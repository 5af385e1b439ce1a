"""Vectors kept by Milvus, over its embedded milvus-lite in a temporary file."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.dense.milvus import MilvusIndex
from retrieval.errors import IndexBroken, VectorsUnavailable

pytest.importorskip("pymilvus", reason="the extra 'milvus' is not installed")
pytest.importorskip("milvus_lite", reason="milvus-lite is not installed")

ROWS, DIMENSIONS, K = 6_000, 16, 10


def unit(count: int, seed: int = 3) -> Any:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def flat(vectors: Any, query: Any, mask: Any, k: int = K) -> list[int]:
    """The rows that exact search finds."""
    rows = np.flatnonzero(mask)
    return [int(row) for row in rows[np.argsort(-(vectors[rows] @ query), kind="stable")[:k]]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("milvus") / "vectors.db")


@pytest.fixture(scope="module")
def vectors() -> Any:
    return unit(ROWS)


@pytest.fixture(scope="module")
def index(place: str, vectors: Any) -> Iterator[MilvusIndex]:
    built = MilvusIndex.build(vectors, uri=place, collection="shoes_1")
    yield built
    built.drop()


@pytest.mark.parametrize("share", [1.0, 0.9, 0.5, 0.1, 0.01, 0.001])
def test_finds_what_exact_search_finds(index: MilvusIndex, vectors: Any, share: float) -> None:
    random = np.random.default_rng(int(share * 1000))
    mask = random.random(ROWS) < share
    for query in unit(3, seed=9):
        rows, scores = index.search(query, K, mask)
        assert rows.tolist() == flat(vectors, query, mask)
        assert scores == pytest.approx(vectors[rows] @ query, abs=1e-5)
        assert rows.dtype == np.int64
        assert scores.dtype == np.float32


def test_no_mask_and_no_row(index: MilvusIndex, vectors: Any) -> None:
    query = vectors[77]
    assert index.search(query, 1)[0].tolist() == [77]
    assert len(index.search(query, K, np.zeros(ROWS, dtype=bool))[0]) == 0
    assert len(index.search(query, 0)[0]) == 0


def test_fewer_only_where_the_mask_leaves_fewer(index: MilvusIndex, vectors: Any) -> None:
    mask = np.zeros(ROWS, dtype=bool)
    mask[[5, 17, 3_000]] = True
    assert sorted(index.search(vectors[0], K, mask)[0].tolist()) == [5, 17, 3_000]


def test_vectors_of_rows_in_any_order(index: MilvusIndex, vectors: Any) -> None:
    rows = np.array([4_001, 3, 3, 5_999, *range(1_500)])
    assert index.vectors(rows) == pytest.approx(vectors[rows], abs=1e-6)


class TestChanges:
    @pytest.fixture
    def own(self, tmp_path: Path) -> tuple[MilvusIndex, str]:
        uri = str(tmp_path / "own.db")
        return MilvusIndex.build(unit(2_500), uri=uri, collection="own"), uri

    def test_what_is_added_is_found_at_once(self, own: tuple[MilvusIndex, str]) -> None:
        index, new = own[0], unit(2, seed=5)
        index.add(new)
        assert len(index) == 2_502
        assert index.search(new[1], 1)[0].tolist() == [2_501]

    @pytest.mark.parametrize("share", [1.0, 0.1])
    def test_a_reader_sees_the_rows_of_its_mask_alone(
        self, own: tuple[MilvusIndex, str], share: float
    ) -> None:
        index, old, new = own[0], unit(2_500), unit(2, seed=5)
        mask = np.random.default_rng(1).random(2_500) < share
        index.add(new)
        assert index.search(new[1], K, mask)[0].tolist() == flat(old, new[1], mask)

    def test_a_deleted_row_is_not_found(self, own: tuple[MilvusIndex, str]) -> None:
        mask = np.ones(2_500, dtype=bool)
        mask[40] = False
        rows, _ = own[0].search(unit(2_500)[40], K, mask)
        assert rows.tolist() == flat(unit(2_500), unit(2_500)[40], mask)
        assert 40 not in rows

    def test_opened_again(self, own: tuple[MilvusIndex, str], tmp_path: Path) -> None:
        index, uri = own
        index.save(tmp_path / "v1")
        index.add(unit(1, seed=5))
        index.extended().save(tmp_path / "v2")
        old, new = (MilvusIndex.load(tmp_path / v, uri=uri) for v in ("v1", "v2"))
        assert (len(old), len(new)) == (2_500, 2_501)
        assert old.search(unit(1, seed=5)[0], 1)[0].tolist() != [2_500]
        assert new.search(unit(1, seed=5)[0], 1)[0].tolist() == [2_500]
        # What a crash left beyond the last save is written again, not beside it.
        other = unit(1, seed=6)
        old.add(other)
        assert old.vectors(np.array([2_500])) == pytest.approx(other, abs=1e-6)

    def test_another_process_opens_it(self, own: tuple[MilvusIndex, str], tmp_path: Path) -> None:
        uri = str(tmp_path / "other.db")
        program = (
            "import numpy as np; from pathlib import Path; "
            "from retrieval.dense.milvus import MilvusIndex; "
            f"MilvusIndex.build(np.eye(4, dtype=np.float32), uri={uri!r}, collection='c')"
            f".save(Path({str(tmp_path / 'v')!r}))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        index = MilvusIndex.load(tmp_path / "v", uri=uri)
        assert index.search(np.eye(4, dtype=np.float32)[2], 1)[0].tolist() == [2]

    def test_many_threads_search_beside_a_writer(self, own: tuple[MilvusIndex, str]) -> None:
        index, old = own[0], unit(2_500)
        mask = np.ones(2_500, dtype=bool)
        wrong: list[Any] = []

        def read() -> None:
            for query in unit(4, seed=8):
                if index.search(query, K, mask)[0].tolist() != flat(old, query, mask):
                    wrong.append(query)

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            index.add(unit(3, seed=7))
        for thread in threads:
            thread.join()
        assert wrong == []


class TestTrouble:
    def test_a_server_that_is_away(self) -> None:
        with pytest.raises(VectorsUnavailable, match=r"Milvus at http://127\.0\.0\.1:1 ") as caught:
            MilvusIndex.build(
                unit(2), uri="http://me:secret@127.0.0.1:1", collection="c", timeout=1.0
            )
        assert "secret" not in caught.value.sentence
        assert caught.value.http_status == 503

    def test_neither_a_url_nor_a_file(self) -> None:
        with pytest.raises(VectorsUnavailable, match="neither"):
            MilvusIndex.build(unit(2), uri="milvus", collection="c")

    def test_a_collection_that_was_dropped(self, tmp_path: Path) -> None:
        uri = str(tmp_path / "v.db")
        index = MilvusIndex.build(unit(9), uri=uri, collection="c")
        index.save(tmp_path / "v")
        index.drop()
        with pytest.raises(IndexBroken, match="has not got the 9 vectors"):
            MilvusIndex.load(tmp_path / "v", uri=uri)
        with pytest.raises(VectorsUnavailable):
            index.search(unit(1)[0], 1)

    @pytest.mark.parametrize("text", ["", "{}", '{"format": 1, "rows": "many"}', '"shoes"'])
    def test_a_damaged_note(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "milvus.json").write_text(text, "utf-8")
        with pytest.raises(IndexBroken, match="cannot be read"):
            MilvusIndex.load(tmp_path, uri=str(tmp_path / "v.db"))

    def test_another_format(self, tmp_path: Path) -> None:
        meta = {"format": 9, "collection": "c", "rows": 1, "dimensions": 1}
        (tmp_path / "milvus.json").write_text(json.dumps(meta), "utf-8")
        with pytest.raises(IndexBroken, match="format 9"):
            MilvusIndex.load(tmp_path, uri=str(tmp_path / "v.db"))

    def test_a_name_that_is_no_name(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="cannot name"):
            MilvusIndex.build(unit(2), uri=str(tmp_path / "v.db"), collection="a; drop")

    def test_pymilvus_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pymilvus", None)
        with pytest.raises(VectorsUnavailable, match="pip install"):
            MilvusIndex.build(unit(2), uri=str(tmp_path / "v.db"), collection="c")
