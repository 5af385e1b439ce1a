"""Killed processes, full disks and damaged files: what was acknowledged is there, or it is said."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest
from crash_worker import EMBEDDER, one
from structlog.testing import capture_logs

import retrieval
from retrieval.building import build_index
from retrieval.catalogues import index_file
from retrieval.embedding import HashingEmbedder
from retrieval.errors import IndexBroken, IndexMismatch
from retrieval.folder import IndexFolder

START = datetime(2026, 3, 1, tzinfo=UTC)
_WORKER = Path(__file__).with_name("crash_worker.py")
_TREE = Path(retrieval.__file__).parent.parent
_LOG = "changes.sqlite3"


@contextmanager
def process(*args: object) -> Iterator[subprocess.Popen[str]]:
    """A worker that is killed at the end, if it still lives."""
    command = [sys.executable, str(_WORKER), *map(str, args)]
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=_TREE, env={"PYTHONPATH": str(_TREE)}
    )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait()
        assert started.stdout is not None
        started.stdout.close()


def lines(worker: subprocess.Popen[str], count: int) -> list[str]:
    assert worker.stdout is not None
    return [worker.stdout.readline().strip() for _ in range(count)]


def killed(worker: subprocess.Popen[str]) -> list[str]:
    """Kills a worker at once; returns all that it had acknowledged and nobody had read."""
    worker.send_signal(signal.SIGKILL)
    assert worker.stdout is not None
    return worker.stdout.read().split()


def wait_for(home: Path, pattern: str) -> None:
    end = time.monotonic() + 20
    while not any(home.glob(pattern)):
        assert time.monotonic() < end, f"{pattern} never came"


def opened(root: Path) -> IndexFolder:
    """The indexes as a process that has just started sees them."""
    return IndexFolder(root, EMBEDDER)


def serve(root: Path, count: int = 20) -> IndexFolder:
    folder = opened(root)
    shop = [one(f"p{number}", number) for number in range(count)]
    index = build_index(shop, name="shop", embedder=EMBEDDER, source="tests", now=START)
    folder.replace(index)
    return folder


def written(root: Path, count: int) -> Path:
    file = root.parent / "shop.jsonl"
    file.write_text(
        "\n".join(one(f"q{number}").model_dump_json() for number in range(count)), encoding="utf-8"
    )
    return file


def clean(root: Path) -> bool:
    """Whether nothing lies about but two versions at most, CURRENT and locks."""
    home = root / "shop"
    others = [path for path in home.iterdir() if path.name.startswith(".") and path.is_dir()]
    return not others and sum(path.is_dir() for path in home.iterdir()) <= 2


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "catalogs"


def test_what_was_acknowledged_outlives_a_kill(root: Path) -> None:
    server = serve(root)
    acknowledged: list[str] = []
    with process("add", root, "a") as first, process("add", root, "b") as second:
        for worker in (first, second):
            acknowledged += lines(worker, 15)
        # A process that runs on sees at its next search what others have written.
        assert all(id in server.open("shop") for id in acknowledged)
        acknowledged += killed(first) + killed(second)
    index = opened(root).open("shop")
    assert all(index.get(id).price == int(id[1:]) for id in acknowledged)
    # Of each process one may be in that it had no time to acknowledge.
    assert len(acknowledged) <= len(index) - 20 <= len(acknowledged) + 2
    assert {p.id for p in server.open("shop").products} == {p.id for p in index.products}
    opened(root).change("shop", upserts=[one("after")])
    assert "after" in server.open("shop")


@pytest.mark.parametrize("step", ["products.jsonl", "words/terms.json", "manifest.json"])
def test_a_fold_is_killed(root: Path, step: str) -> None:
    serve(root, 3_000)
    with process("fold", root) as worker:
        (first,) = lines(worker, 1)
        wait_for(root / "shop", f".*.partial/{step}")
        acknowledged = [first, *killed(worker)]
    folder = opened(root)
    index = folder.open("shop")
    assert len(index) >= 3_000 + len(acknowledged)
    assert all(id in index for id in acknowledged)
    assert len(folder.fold("shop")) == len(index)
    assert clean(root)


@pytest.mark.parametrize("step", [".draft/products.jsonl", ".*.partial/values.keys.npy"])
def test_an_import_is_killed(root: Path, step: str) -> None:
    serve(root)
    file = written(root, 2_000)
    with process("index", root, file) as worker:
        wait_for(root / "shop", step)
        assert "indexed" not in killed(worker)
    folder = opened(root)
    assert len(folder.open("shop")) == 20
    done = index_file(folder, file, name="shop", embedder=EMBEDDER, now=datetime.now(UTC))
    assert len(done.index) == len(opened(root).open("shop")) == 2_000
    assert clean(root)


def test_two_processes_change_and_fold_at_once(root: Path) -> None:
    server = serve(root)
    stop, failed = threading.Event(), list[BaseException]()

    def fold() -> None:
        folder = opened(root)
        while not stop.is_set():
            try:
                folder.fold("shop")
            except BaseException as error:
                failed.append(error)
                raise

    threads = [threading.Thread(target=fold) for _ in range(2)]
    with process("add", root, "a", 25) as first, process("add", root, "b", 25) as second:
        acknowledged = lines(first, 1) + lines(second, 1)
        for thread in threads:
            thread.start()
        acknowledged += lines(first, 24) + lines(second, 24)
        # Versions come and go meanwhile: one that is gone is not tried twice.
        for _ in range(20):
            assert len(opened(root).open("shop")) >= 20
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed
    for folder in (server, opened(root)):
        index = folder.open("shop")
        assert len(index) == 70
        assert all(index.get(id).price == int(id[1:]) for id in acknowledged)
    assert clean(root)


@pytest.mark.parametrize("what", ["change", "fold", "index", "open"])
def test_a_full_disk_is_told(root: Path, what: str) -> None:
    folder = serve(root)
    folder.change("shop", upserts=[one("acknowledged")])
    if what == "open":
        with process("add", root, "a") as killed_writer:
            lines(killed_writer, 1)
    count = len(folder.open("shop"))
    if what == "open":
        # Nobody has the log open, and there is no room for what processes agree by.
        folder.close()
    with process("full", root, what, written(root, 50)) as worker:
        (line,) = lines(worker, 1)
    said = json.loads(line)
    assert said["found"] == [count, count]
    assert bool(said["told"]) == (what != "open")
    assert str(root) not in said["told"]
    again = opened(root)
    assert len(again.open("shop")) == count
    assert len(again.change("shop", upserts=[one("new")])) == count + 1
    assert len(again.fold("shop")) == count + 1
    assert clean(root)


def full_shop(root: Path) -> tuple[IndexFolder, Path]:
    """Two versions with all files that there can be; the newer has one product more."""
    folder, extra = serve(root), root.parent
    (extra / "words.yaml").write_text("labels: {price: [cost]}\n", encoding="utf-8")
    (extra / "advice.yaml").write_text(
        "- {id: wet, words: {en: [rain], zh: [雨]}, trait: false, require: [price < 5],"
        " prefer: [], reason: {en: Dry., zh: 干。}, source: x}",
        encoding="utf-8",
    )
    folder.replace(
        folder.open("shop"),
        words_file=extra / "words.yaml",
        advice_file=extra / "advice.yaml",
        report='{"read": 20}',
    )
    folder.change("shop", upserts=[one("more")])
    folder.fold("shop")
    version = folder.current_version("shop")
    assert version is not None
    return folder, root / "shop" / version


def damages(file: Path) -> Iterator[str]:
    """A file missing, empty, cut short; whole again at the end."""
    content = file.read_bytes()
    file.unlink()
    yield "missing"
    for length in sorted({0, len(content) // 2, max(0, len(content) - 4_100)} - {len(content)}):
        file.write_bytes(content[:length])
        yield f"cut to {length}"
    file.write_bytes(content)


def test_every_file_cut_short(root: Path) -> None:
    serving, version = full_shop(root)
    serving.open("shop")
    files = [p for p in sorted(version.rglob("*")) if p.is_file() and not p.name.startswith(_LOG)]
    assert len(files) > 30
    for file in files:
        for _ in damages(file):
            with capture_logs() as logs:
                folder = opened(root)
                index = folder.open("shop")
            # The version before, and what has been changed since it was built.
            assert len(index.search("shoe", k=100)) == 21, file
            assert index.columns.size == 21 > index.manifest.rows
            assert [entry["event"] for entry in logs] == ["index_damaged"]
            assert logs[0]["log_level"] == "error"
            # What serves in place of it is not changed: others may have the newer one open.
            with pytest.raises(IndexBroken, match="index the catalogue anew"):
                folder.change("shop", upserts=[one("late")])
            with pytest.raises(IndexBroken):
                folder.fold("shop")
    assert len(opened(root).open("shop")) == 21
    for spare in (root / "shop").iterdir():
        if spare.is_dir() and spare != version:
            (spare / "manifest.json").unlink()
    for file in files:
        for _ in damages(file):
            with pytest.raises(IndexBroken) as caught:
                opened(root).open("shop")
            assert caught.value.sentence.endswith(".")
            assert str(root) not in caught.value.sentence
    assert len(opened(root).open("shop")) == 21


def test_the_pointer_is_damaged(root: Path) -> None:
    _, version = full_shop(root)
    current = root / "shop" / "CURRENT"
    for content in (b"", version.name.encode()[:5], b"\xff\xfe"):
        current.write_bytes(content)
        if content.startswith(b"\xff"):
            with pytest.raises(IndexBroken):
                opened(root).open("shop")
        else:
            assert len(opened(root).open("shop")) == 21
    current.write_text(version.name, encoding="utf-8")
    assert len(opened(root).open("shop")) == 21


def test_a_damaged_log_leaves_the_version_serving(root: Path) -> None:
    folder, version = full_shop(root)
    folder.change("shop", upserts=[one(f"c{number}") for number in range(200)])
    folder.close()
    assert [path.name for path in version.glob(f"{_LOG}*")] == [_LOG]
    file = version / _LOG
    for damage in chain(damages(file), ["overwritten"]):
        if damage == "overwritten":
            file.write_bytes(b"no database" * 1_000)
        with capture_logs() as logs:
            folder = opened(root)
            for _ in range(2):
                assert len(folder.open("shop").search("shoe", k=500)) == 21
        # Said once, not at every search.
        assert [entry["event"] for entry in logs] == ["changes_damaged"]
        with pytest.raises(IndexBroken, match="log"):
            folder.change("shop", upserts=[one("late")])
        folder.close()
    now = datetime.now(UTC)
    done = index_file(opened(root), written(root, 5), name="shop", embedder=EMBEDDER, now=now)
    assert len(done.index) == 5


def test_another_model_is_refused(root: Path) -> None:
    serve(root)
    with pytest.raises(IndexMismatch, match="hashing-16, not with hashing-8"):
        IndexFolder(root, HashingEmbedder(8)).open("shop")
