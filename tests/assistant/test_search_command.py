"""``shopguide search --queries --run``: many queries into a TREC run."""

import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from assistant.cli import main
from assistant.commands.search import read_queries, trec_lines
from assistant.errors import BadInput
from assistant.settings import Settings
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    embedder: HashingEmbedder,
    indexes: object,
) -> Iterator[Run]:
    """Runs ``shopguide search`` in the shop of shoes."""
    monkeypatch.setenv("SHOPGUIDE_HOME", str(settings.home))
    monkeypatch.setenv("SHOPGUIDE_CATALOG", "shoes")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    # The only part that would fetch weights.
    monkeypatch.setattr("assistant.commands.shop.ready_embedder", lambda settings, steps: embedder)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["search", *map(str, arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    yield run
    structlog.reset_defaults()


def queries(folder: Path, text: str) -> Path:
    path = folder / "queries.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_run_has_the_searchs_products_in_its_order(
    command: Run, shoes_index: CatalogueIndex, tmp_path: Path
) -> None:
    file = queries(tmp_path, "\ufeffq1\tbasketball shoe\n\nq2\t稳定 跑鞋\n")
    out = tmp_path / "out.trec"
    status, said, err = command("--queries", file, "--run", out)
    assert status == 0, err
    assert "2 queries" in said
    lines = [line.split(" ") for line in out.read_text("utf-8").splitlines()]
    assert all(len(line) == 6 and line[1] == "Q0" and line[5] == "shopguide" for line in lines)
    for query_id, query in (("q1", "basketball shoe"), ("q2", "稳定 跑鞋")):
        mine = [line for line in lines if line[0] == query_id]
        hits = shoes_index.search(query, k=100)
        assert [line[2] for line in mine] == [hit.product.id for hit in hits]
        assert [int(line[3]) for line in mine] == list(range(1, len(hits) + 1))
        scores = [float(line[4]) for line in mine]
        assert all(a > b for a, b in pairwise(scores))
    assert not list(tmp_path.glob(".*"))


def test_conditions_catalogue_and_number(command: Run, tmp_path: Path) -> None:
    file, out = queries(tmp_path, "1\tshoe\n"), tmp_path / "out.trec"
    out.write_text("old", encoding="utf-8")
    assert command("--queries", file, "--run", out, "--where", "brand = Nike", "-k", "1")[0] == 0
    [line] = out.read_text("utf-8").splitlines()
    assert line.split(" ")[2].startswith("nike-")
    status, _, err = command("--queries", file, "--run", out, "--catalog", "none")
    assert status == 2
    assert "none" in err
    status, _, err = command("--queries", file, "--run", out, "--where", "colour = red")
    assert status == 2
    assert "colour" in err
    # What was there stays where a run fails.
    assert out.read_text("utf-8").splitlines() == [line]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("q1\tshoe\nq2 shoe\n", "Line 2"),
        ("q1\tshoe\n\n\tshoe\n", "Line 3"),
        ("q1\t  \n", "Line 1"),
        ("q 1\tshoe\n", "space"),
        ("q1\tshoe\nq1\tboot\n", "second time"),
        ("\n \n", "no query"),
    ],
)
def test_a_wrong_line_is_named(command: Run, tmp_path: Path, text: str, why: str) -> None:
    file, out = queries(tmp_path, text), tmp_path / "out.trec"
    status, said, err = command("--queries", file, "--run", out)
    assert (status, said) == (2, "")
    assert why in err
    assert err.count("\n") == 1
    assert not out.exists()


def test_files_that_cannot_be_read_or_written(command: Run, tmp_path: Path) -> None:
    file = queries(tmp_path, "q1\tshoe\n")
    for arguments in (
        ("--queries", tmp_path / "none.tsv", "--run", tmp_path / "out"),
        ("--queries", tmp_path, "--run", tmp_path / "out"),
        ("--queries", file, "--run", tmp_path),
        ("--queries", file, "--run", tmp_path / "none" / "out"),
    ):
        status, said, err = command(*arguments)
        assert (status, said) == (2, ""), err
        assert err.count("\n") == 1
    (tmp_path / "gbk.tsv").write_bytes("q1\t鞋子\n".encode("gbk"))
    status, _, err = command("--queries", tmp_path / "gbk.tsv", "--run", tmp_path / "out")
    assert status == 2
    assert "Line 1" in err
    assert "UTF-8" in err


def test_options_that_do_not_fit_together(command: Run, tmp_path: Path) -> None:
    file = queries(tmp_path, "q1\tshoe\n")
    for arguments in (
        (),
        ("shoe", "--queries", file, "--run", tmp_path / "out"),
        ("--queries", file),
        ("shoe", "--run", tmp_path / "out"),
        ("--queries", file, "--run", tmp_path / "out", "--json"),
    ):
        status, said, err = command(*arguments)
        assert (status, said) == (2, "")
        assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_ids_with_spaces_are_percent_encoded() -> None:
    lines = list(trec_lines("q", [("a b", 0.5), ("50%\t鞋", 0.5), ("c/d", 0.4999999)]))
    assert lines == [
        "q Q0 a%20b 1 0.500000 shopguide",
        "q Q0 50%25%09鞋 2 0.499999 shopguide",
        "q Q0 c/d 3 0.499998 shopguide",
    ]


@given(st.lists(st.tuples(st.text(min_size=1), st.floats(0, 1)), max_size=20))
def test_a_line_has_six_parts_and_scores_fall(found: list[tuple[str, float]]) -> None:
    parts = [line.split() for line in trec_lines("q", found)]
    assert all(len(line) == 6 for line in parts)
    scores = [float(line[4]) for line in parts]
    assert all(a > b for a, b in pairwise(scores))


def test_queries_keep_their_order_and_spaces_are_one(tmp_path: Path) -> None:
    file = queries(tmp_path, "b\tred   shoe \r\na\t鞋\tred\r\n")
    assert list(read_queries(file).items()) == [("b", "red shoe"), ("a", "鞋 red")]
    with pytest.raises(BadInput, match=r"none\.tsv"):
        read_queries(tmp_path / "none.tsv")
