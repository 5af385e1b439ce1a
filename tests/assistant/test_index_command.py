"""``shopguide index``, ``index --update``, ``remove``: a catalogue that changes and serves on."""

import gzip
import json
import logging
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from assistant.app import indexes_folder
from assistant.cli import main
from assistant.settings import Settings
from retrieval.embedding import HashingEmbedder, Vectors
from retrieval.folder import IndexFolder
from retrieval.importing import FORMATS

Run = Callable[..., tuple[int, str, str]]
ROWS = "id,name,price,brand\nanta-kt,Anta KT 9,55,Anta\nnew-1,Trail Runner,80,Acme\nnew-2,Gym,,B\n"


@pytest.fixture
def shopguide(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    embedder: HashingEmbedder,
    indexes: IndexFolder,
) -> Iterator[Run]:
    """Runs commands in the shop of shoes."""
    monkeypatch.setenv("SHOPGUIDE_HOME", str(settings.home))
    monkeypatch.setenv("SHOPGUIDE_CATALOG", "shoes")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    # The only part that would fetch weights.
    for module in ("index", "shop"):
        monkeypatch.setattr(
            f"assistant.commands.{module}.ready_embedder", lambda settings, steps: embedder
        )
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """A changed price, a new product, and a row without a price."""
    path = tmp_path / "news.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: writing fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def numbered(count: int) -> str:
    """A file of products ``n-0``, ``n-1``, …, priced 1, 2, …"""
    lines = [f"n-{number},Shoe number {number},{number + 1}" for number in range(count)]
    return "id,name,price\n" + "\n".join(lines)


def found(shopguide: Run, query: str = "", *options: str) -> dict[str, float]:
    """Prices of the products that a search of the command line finds, by id."""
    status, out, err = shopguide("search", query, "-k", "1000", "--json", *options)
    assert status == 0, err
    return {product["id"]: product["price"] for product in json.loads(out)["products"]}


# update --------------------------------------------------------------------------------------


def test_update_puts_rows_in_and_leaves_the_others(shopguide: Run, rows: Path) -> None:
    before = found(shopguide)
    status, out, err = shopguide("index", rows, "--update", "--name", "shoes")
    assert status == 0, err
    assert "3 rows" in out
    assert "1 refused" in out
    assert "1 products are new and 1 were put in anew" in out
    assert "Reading news.csv" in err
    assert "Products put in" in err
    report = Path(out.splitlines()[-1].partition(" stands in ")[2])
    assert json.loads(report.read_text("utf-8"))["refused"] == 1
    assert found(shopguide) == {**before, "anta-kt": 55.0, "new-1": 80.0}
    assert next(iter(found(shopguide, "trail runner"))) == "new-1"
    # Once more changes nothing.
    assert "0 products are new and 2" in shopguide("index", rows, "--update", "--name", "shoes")[1]
    assert len(found(shopguide)) == 7


def test_update_folds_when_much_has_changed(shopguide: Run, tmp_path: Path) -> None:
    version = IndexFolder(tmp_path / "home" / "catalogs", HashingEmbedder()).current_version
    old = version("shoes")
    many = tmp_path / "many.csv"
    many.write_text(numbered(5_100), encoding="utf-8")
    status, out, err = shopguide("index", many, "--update", "--name", "shoes")
    assert status == 0, err
    assert out.count("folded") == 1
    assert version("shoes") != old
    assert len(found(shopguide, "", "--where", "price<=100.5")) == 102
    assert "n-77" in found(shopguide, "shoe number 77")


def test_update_is_one_sentence_where_it_cannot_be(
    shopguide: Run, rows: Path, tmp_path: Path
) -> None:
    euros = tmp_path / "euros.csv"
    euros.write_text("id,name,price\nx,Shoe,€80\n", encoding="utf-8")
    binary = tmp_path / "picture.csv"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    before = found(shopguide)
    for arguments, word in (
        (["index", rows, "--update", "--name", "none"], "none"),
        (["index", rows, "--update"], "news"),
        (["index", rows, "--update", "--name", "../x"], "../x"),
        (["index", tmp_path / "no.csv", "--update", "--name", "shoes"], "no.csv"),
        (["index", binary, "--update", "--name", "shoes"], "picture.csv"),
        (["index", euros, "--update", "--name", "shoes"], "EUR"),
        (["index", rows, "--update", "--name", "shoes", "--format", "xlsx"], "xlsx"),
        (["index", rows, "--update", "--name", "shoes", "--currency", "euro"], "--currency"),
        (["index", rows, "--update", "--name", "shoes", "--words", rows], "--words"),
    ):
        status, out, err = shopguide(*arguments)
        assert (status, out) == (2, ""), err
        assert word in err
        assert "Traceback" not in err
    assert found(shopguide) == before


@pytest.mark.parametrize("options", [[], ["--update"]])
def test_a_torn_file_changes_nothing(shopguide: Run, tmp_path: Path, options: list[str]) -> None:
    packed = gzip.compress(numbered(20_000).encode(), mtime=0)
    file = tmp_path / "torn.csv.gz"
    file.write_bytes(packed[: len(packed) // 2])
    status, out, err = shopguide("index", file, "--name", "shoes", *options)
    assert (status, out) == (2, "")
    assert "torn.csv.gz" in err.splitlines()[-1]
    assert len(found(shopguide)) == 6


# a full disk, a killed import ----------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--update"]])
def test_a_full_disk_leaves_the_old_index(
    shopguide: Run, tmp_path: Path, options: list[str]
) -> None:
    before = found(shopguide)
    many = tmp_path / "many.csv"
    many.write_text(numbered(2_000), encoding="utf-8")
    with full_disk(60_000):
        status, out, err = shopguide("index", many, "--name", "shoes", *options)
    assert (status, out) == (1, "")
    last = err.splitlines()[-1]
    assert last.endswith(".")
    assert "Traceback" not in err
    assert found(shopguide) == before
    assert shopguide("index", many, "--name", "shoes", *options)[0] == 0
    assert len(found(shopguide, "", "--where", "price<=100.5")) >= 100


def test_a_disk_that_fills_up_says_what_was_put_in(
    shopguide: Run, indexes: IndexFolder, tmp_path: Path
) -> None:
    many = tmp_path / "many.csv"
    many.write_text(numbered(6_000), encoding="utf-8")
    with full_disk(1_000_000):
        status, out, err = shopguide("index", many, "--update", "--name", "shoes")
    assert (status, out) == (1, "")
    told = re.search(r"Before that, (\d+) products of the file were put in\.$", err.strip())
    assert told is not None, err
    assert 0 < int(told[1]) < 6_000
    assert len(indexes.open("shoes")) == 6 + int(told[1])
    assert "6000 rows" in shopguide("index", many, "--update", "--name", "shoes")[1]


class Interrupted(HashingEmbedder):
    """Ctrl-C comes while products are embedded."""

    def documents(self, texts: Sequence[str]) -> Vectors:
        raise KeyboardInterrupt


@pytest.mark.parametrize("options", [[], ["--update"]])
def test_an_interrupted_import_says_what_holds(
    shopguide: Run, rows: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    before = found(shopguide)
    with monkeypatch.context() as patch:
        for module in ("index", "shop"):
            patch.setattr(
                f"assistant.commands.{module}.ready_embedder", lambda settings, steps: Interrupted()
            )
        handler = signal.getsignal(signal.SIGTERM)
        status, out, err = shopguide("index", rows, "--name", "shoes", *options)
        assert signal.getsignal(signal.SIGTERM) is handler
    assert (status, out) == (130, "")
    assert err.splitlines()[-1].startswith("Stopped. ")
    assert found(shopguide) == before


SLOW = """
import sys, time
import assistant.commands.index, assistant.commands.shop
from assistant.cli import main
from retrieval.embedding import HashingEmbedder

class Slow(HashingEmbedder):
    def documents(self, texts):
        print("embedding", flush=True)
        time.sleep(60)

for module in (assistant.commands.index, assistant.commands.shop):
    module.ready_embedder = lambda settings, steps: Slow()
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("number", "options"), [(signal.SIGKILL, []), (signal.SIGTERM, ["--update"])]
)
def test_a_killed_import_leaves_the_old_index(
    shopguide: Run, settings: Settings, rows: Path, number: signal.Signals, options: list[str]
) -> None:
    before = found(shopguide)
    command = [sys.executable, "-c", SLOW, "index", str(rows), "--name", "shoes", *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SHOPGUIDE_HOME": str(settings.home)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "embedding\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == (130 if number is signal.SIGTERM else -number)
    if number is signal.SIGTERM:
        assert err.splitlines()[-1].startswith("Stopped. ")
    assert found(shopguide) == before
    assert shopguide("index", rows, "--name", "shoes", *options)[0] == 0
    left = [path.name for path in (indexes_folder(settings) / "shoes").iterdir()]
    assert not [name for name in left if name.endswith((".partial", ".draft"))]


# remove --------------------------------------------------------------------------------------


def test_remove_takes_products_out(shopguide: Run, tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("\ufeffasics-kayano\n\n  lining-wade \nnever-was\n", encoding="utf-8")
    before = found(shopguide)
    status, out, err = shopguide("remove", "anta-kt", "anta-kt", "--file", ids)
    assert status == 0, err
    assert out == "3 products were taken out; the catalogue 'shoes' has 3 now.\n"
    assert "never-was" in err
    gone = {"anta-kt", "asics-kayano", "lining-wade"}
    assert found(shopguide) == {id: price for id, price in before.items() if id not in gone}
    assert shopguide("remove", *(set(before) - gone))[0] == 0
    assert found(shopguide) == {}


def test_remove_is_one_sentence_where_it_cannot_be(shopguide: Run, tmp_path: Path) -> None:
    binary = tmp_path / "ids.bin"
    binary.write_bytes(b"\xff\xfe\xff")
    empty = tmp_path / "empty.txt"
    empty.write_text("\n", encoding="utf-8")
    for arguments in (
        ["remove"],
        ["remove", "never-was"],
        ["remove", "anta-kt", "--catalog", "none"],
        ["remove", "anta-kt", "--catalog", "../x"],
        ["remove", "--file", tmp_path / "no.txt"],
        ["remove", "--file", tmp_path],
        ["remove", "--file", binary],
        ["remove", "--file", empty],
    ):
        status, out, err = shopguide(*arguments)
        assert (status, out) == (2, ""), err
        assert err.count("\n") == 1, err
    assert len(found(shopguide)) == 6


# index ---------------------------------------------------------------------------------------


def test_the_help_names_every_format(shopguide: Run) -> None:
    _, out, _ = shopguide("index", "--help")
    assert all(format in " ".join(out.split()) for format in FORMATS)


def test_a_currency_for_one_command(shopguide: Run, rows: Path) -> None:
    status, out, err = shopguide("index", rows, "--name", "euros", "--currency", "EUR")
    assert status == 0, err
    assert "EUR" in out
    assert "Reading news.csv" in err
    assert "Products embedded" in err
    assert "80.00 EUR" in shopguide("search", "runner", "--catalog", "euros")[1]


def test_an_update_is_seen_by_one_who_searches_meanwhile(
    shopguide: Run, rows: Path, indexes: IndexFolder
) -> None:
    serving = indexes.open("shoes")
    assert shopguide("index", rows, "--update", "--name", "shoes")[0] == 0
    began = time.perf_counter()
    assert "new-1" in indexes.open("shoes")
    assert time.perf_counter() - began < 1
    assert "new-1" not in serving
