"""``shopguide eval`` as it is called: reports, exit status, one sentence where it cannot run."""

import json
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from filelock import FileLock
from served import served
from tiny_engine import TinyEngine

from assistant.app import Assistant
from assistant.database.connection import Database
from assistant.engine import engine
from assistant.server import create_http
from assistant.settings import Settings
from retrieval.folder import IndexFolder

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run_eval(command: Run, indexes: IndexFolder) -> Run:
    """Runs ``shopguide eval``, beside the indexes of the shop."""
    return partial(command, "eval")


@contextmanager
def _server(settings: Settings, indexes: IndexFolder, llm: str) -> Iterator[str]:
    """A ShopGuide server that runs, by its URL."""
    with engine(settings.model_copy(update={"llm": llm})) as model:
        database = Database(settings.database_url)
        assistant = Assistant(settings, indexes=indexes, database=database, model=model)
        with closing(assistant), served(create_http(assistant, settings)) as url:
            yield url


def _suite(folder: Path, **expect: Any) -> str:
    line = {
        "id": "en-1",
        "language": "en",
        "catalog": "shoes",
        "turns": [{"say": "running shoes", "expect": expect}],
    }
    path = folder / "suite.jsonl"
    path.write_text(json.dumps(line), encoding="utf-8")
    return str(path)


_MET = {
    "language": "en",
    "facts": [{"field": "category", "op": "=", "value": "Running shoes"}],
    "products": {"all": ["category=Running shoes"], "some": True},
}


def test_all_systems_side_by_side(run_eval: Run, tiny: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    suite = _suite(tmp_path, **_MET)
    arguments = [suite, "--llm", tiny, "--system", "shopguide,agent,retrieve", "--out", str(out)]
    status, table, err = run_eval(*arguments)
    assert status == 0, err
    assert "|  | target | shopguide | create-agent | retrieve-then-answer |" in table
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["about"]["model"] == "tiny"
    for system in report["systems"]:
        assert system["failed_turns"] == 0
        assert system["figures"]["all"]["fit"]["value"] == 1
        assert system["figures"]["all"]["prompt"]["value"] >= 500
    whole = (out / "report.md").read_text(encoding="utf-8")
    assert whole.startswith(table.rstrip("\n"))
    assert "### Chinese" in whole
    lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["system"] for line in lines] == [
        "shopguide", "create-agent", "retrieve-then-answer"
    ]  # fmt: skip
    # A second run has nothing left to ask, and reports the same.
    assert run_eval(*arguments)[1] == table
    assert (out / "results.jsonl").read_text(encoding="utf-8").splitlines() == lines


def test_a_check_that_fails_is_exit_1(run_eval: Run, tiny: str, tmp_path: Path) -> None:
    suite = _suite(tmp_path, language="zh", handoff=True)
    status, table, err = run_eval(suite, "--llm", tiny)
    assert status == 1
    assert "shopguide: 1 of 1 conversations failed, with 2 checks." in err
    assert "| reply language right |" in table
    assert "suite.jsonl, line 1 (en-1), turn 1: language: the text is in en" in table


def test_a_running_server_is_asked(
    run_eval: Run, tiny: str, tmp_path: Path, settings: Settings, indexes: IndexFolder
) -> None:
    with _server(settings, indexes, tiny) as url:
        status, table, err = run_eval(_suite(tmp_path, **_MET), "--url", url)
    assert status == 0, err
    assert f"Model: of {url}" in table


def _lines(path: Path, *lines: object) -> str:
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
    return str(path)


def _line(id: str, say: str = "running shoes", **more: Any) -> dict[str, Any]:
    expect = more.pop("expect", {})
    turns = [{"say": say, "expect": expect}]
    return {"id": id, "language": "en", "catalog": "shoes", "turns": turns} | more


def test_faulty_lines_are_told_and_the_others_are_held(
    run_eval: Run, tiny: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    suite = _lines(
        tmp_path / "suite.jsonl",
        _line("good"),
        '{"id": "cut',
        _line("unknown", expect={"colour": "red"}),
        _line("predicate", expect={"products": {"all": ["price<=cheap"]}}),
        _line("impossible", expect={"products": {"all": ["brand=Nikee"], "some": True}}),
        _line("elsewhere", catalog="gone"),
        _line("good"),
    )
    status, table, err = run_eval(suite, "--llm", tiny, "--out", str(out))
    assert status == 2
    for number, told in (
        (2, "not JSON"),
        (3, "turns.0.expect.colour"),
        (4, "'price<=cheap'"),
        (5, "no product has brand Nikee"),
        (6, "There is no catalogue 'gone'"),
        (7, "there twice, first in"),
    ):
        assert any(f"line {number}:" in line and told in line for line in err.splitlines()), err
    assert "shopguide: 2 conversations" in table, "the good one and the impossible one"
    cases = ElementTree.parse(out / "junit.xml").getroot().iter("testcase")
    errors = [case for case in cases if case.find("error") is not None]
    assert len(errors) == 7, "one for each fault; the impossible one has two"
    assert "line 4" in (out / "report.html").read_text(encoding="utf-8")


def test_a_catalogue_that_cannot_be_one_is_a_fault_of_its_lines(
    run_eval: Run, tiny: str, tmp_path: Path
) -> None:
    (tmp_path / "catalogs").mkdir()
    (tmp_path / "catalogs" / "broken.jsonl").write_text("{")
    suite = _lines(
        tmp_path / "suite.jsonl",
        _line("good"),
        _line("path", catalog="../../etc"),
        _line("broken", catalog="broken"),
    )
    status, table, err = run_eval(suite, "--llm", tiny)
    assert status == 2
    assert "line 2: '../../etc' cannot name a catalogue" in err
    assert "suite.jsonl, line 3: " in err
    assert "shopguide: 1 conversations" in table


def test_a_run_is_its_owners_alone(run_eval: Run, tiny: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_eval(_suite(tmp_path, **_MET), "--llm", tiny, "--out", str(out))[0] == 0
    for path in (out, *out.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_prompt_that_changed_makes_another_run(
    run_eval: Run, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    arguments = (_suite(tmp_path, **_MET), "--llm", tiny, "--out", str(out))
    assert run_eval(*arguments)[0] == 0
    status, _, err = run_eval(*arguments)
    assert status == 0
    assert "1 were held before" in err
    monkeypatch.setattr("assistant.commands.eval.software_digest", lambda: "changed")
    status, _, err = run_eval(*arguments)
    assert status == 2
    assert "by its software" in err
    status, _, err = run_eval(*arguments, "--timeout", "9")
    assert status == 2
    assert "timeout_s" in err


def test_a_folder_has_one_run_at_a_time(run_eval: Run, tiny: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with FileLock(out / ".lock"):
        status, _, err = run_eval(_suite(tmp_path), "--llm", tiny, "--out", str(out))
    assert status == 2
    assert "Another run is writing into" in err


def test_a_suite_without_a_good_line_is_refused(run_eval: Run, tiny: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    suite = _lines(tmp_path / "suite.jsonl", "{}", "[]")
    status, table, err = run_eval(suite, "--llm", tiny, "--out", str(out))
    assert (status, table) == (2, "")
    assert "suite.jsonl, line 1: id: Field required." in err
    assert not (out / "run.json").exists()


def test_attempts_are_drawn_with_seeds_and_a_temperature(
    run_eval: Run, tiny: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    suite = _suite(tmp_path, **_MET)
    TinyEngine.bodies.clear()
    arguments = (suite, "--llm", tiny, "--out", str(out), "--system", "shopguide,retrieve")
    status, table, err = run_eval(*arguments, "--repeat", "3")
    assert status == 0, err
    drawn = {(body["temperature"], body["seed"]) for body in TinyEngine.bodies}
    assert drawn == {(0.7, 1), (0.7, 2), (0.7, 3)}
    assert "pass^3" in table
    lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["attempt"] for line in lines) == [1, 1, 2, 2, 3, 3]
    TinyEngine.bodies.clear()
    assert run_eval(*arguments, "--repeat", "3")[0] == 0
    assert TinyEngine.bodies == [], "all attempts are there"
    assert run_eval(*arguments, "--repeat", "2")[0] == 2, "a run of another kind"


def test_an_engine_that_goes_away_midway_fails_what_it_did_not_answer(
    run_eval: Run, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    lines = [_line(f"n{number}", expect=_MET) for number in range(6)]
    suite = _lines(tmp_path / "suite.jsonl", *lines)
    monkeypatch.setattr(TinyEngine, "dies_after", 5)
    TinyEngine.bodies.clear()
    arguments = (suite, "--llm", tiny, "--out", str(out))
    status, table, err = run_eval(*arguments)
    assert status == 1
    held = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    failed = [record for record in held if record["turns"][0]["error"]]
    assert 0 < len(failed) < len(held) == 6
    assert all("ModelUnavailable" in r["turns"][0]["error"] for r in failed)
    assert all(r["turns"][0]["timing"]["total_ms"] == 0 for r in failed)
    assert f"{len(failed)} without an answer" in table
    # It is back: only what failed is asked again.
    monkeypatch.setattr(TinyEngine, "dies_after", None)
    status, table, err = run_eval(*arguments, "--retry-failed")
    assert status == 0, err
    assert "0 without an answer" in table


def test_a_catalogue_beside_the_suite_is_asked(run_eval: Run, tiny: str, tmp_path: Path) -> None:
    (tmp_path / "catalogs").mkdir()
    product = {
        "id": "x-1", "title": "Anker Kettle 2", "brand": "Anker", "category": ["Kettles"],
        "price": "39.90", "currency": "USD", "availability": "in_stock", "description": "Steel.",
    }  # fmt: skip
    catalogue = tmp_path / "catalogs" / "kettles.jsonl"
    out = tmp_path / "out"
    expect = {"products": {"all": ["category=Kettles"], "some": True}}
    suite = _lines(
        tmp_path / "s.jsonl", _line("k", "a kettle please", catalog="kettles", expect=expect)
    )
    catalogue.write_text(json.dumps(product))
    status, _, err = run_eval(suite, "--llm", tiny, "--out", str(out))
    assert status == 0, err
    [record] = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert record["turns"][0]["products"] == ["x-1"]
    # A catalogue that has changed is another one.
    catalogue.write_text(json.dumps(product | {"id": "x-2"}))
    status, table, err = run_eval(suite, "--llm", tiny, "--out", str(out))
    assert status == 0, err
    *_, record = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert record["turns"][0]["products"] == ["x-2"]
    assert "shopguide: 1 conversations" in table


def test_a_report_shows_the_run_that_it_is_held_against(
    run_eval: Run, tiny: str, tmp_path: Path
) -> None:
    before, out = tmp_path / "before", tmp_path / "out"
    suite = _suite(tmp_path, **_MET)
    assert run_eval(suite, "--llm", tiny, "--out", str(before))[0] == 0
    arguments = (suite, "--llm", tiny, "--out", str(out), "--baseline")
    assert run_eval(*arguments, str(before), "--prices", "0.4,0.1,1.2")[0] == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "aseline" in page
    for name in ("report.json", "report.md", "junit.xml", "graded.jsonl"):
        assert (out / name).stat().st_size > 0
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["systems"][0]["totals"]["cost"] > 0
    status, _, err = run_eval(*arguments, str(tmp_path / "nowhere"))
    assert status == 2
    assert "There is no report" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["SUITE", "--prices", "cheap"], "--prices takes three numbers"),
        (["SUITE", "--repeat", "0"], "--repeat"),
        (["missing.jsonl"], "missing.jsonl"),
        (["SUITE", "--system", "oracle"], "oracle"),
        (["SUITE", "--system", "shopguide,shopguide"], "each once"),
        (["SUITE", "--system", "retrieve"], "--llm URL"),
        (["SUITE", "--llm", "nonsense"], "--llm must be"),
        (["SUITE", "--url", "nonsense"], "--url must be"),
        (["SUITE", "--sample", "0"], "--sample"),
        (["SUITE", "--concurrency", "0"], "--concurrency"),
        ([], "SUITE"),
    ],
)
def test_what_cannot_run_is_one_sentence(
    run_eval: Run, tmp_path: Path, arguments: list[str], told: str
) -> None:
    suite = _suite(tmp_path)
    status, out, err = run_eval(*[suite if word == "SUITE" else word for word in arguments])
    assert status == 2
    assert told in err
    assert (out, err.count("\n")) == ("", 1)


def test_a_catalogue_that_is_not_there_is_told(run_eval: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    line = {"id": "x", "language": "en", "catalog": "none", "turns": [{"say": "hi"}]}
    path.write_text(json.dumps(line))
    status, _, err = run_eval(str(path))
    assert status == 2
    assert "'none'" in err


def test_a_dead_engine_ends_the_run_before_it_begins(run_eval: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    status, _, err = run_eval(
        _suite(tmp_path), "--llm", f"http://127.0.0.1:{port}/v1", "--out", str(out)
    )
    assert status == 1
    assert "No model server answers" in err
    assert not (out / "results.jsonl").exists()


def test_an_engine_that_answers_with_garbage_is_no_good_run(
    run_eval: Run, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TinyEngine, "garbage", True)
    status, table, _ = run_eval(_suite(tmp_path), "--llm", tiny)
    assert status == 1
    assert "model: no call of the language model gave anything" in table


def test_a_grader_that_fails_leaves_the_others_their_grades(
    run_eval: Run, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def claims(specs: Any, observed: Any, shop: Any) -> list[Any]:
        if specs[0].say == "boots":
            raise ZeroDivisionError("nothing there")
        return []

    monkeypatch.setattr("evals.reports.grading.claims_of", claims)
    suite = _lines(tmp_path / "suite.jsonl", _line("a"), _line("b", "boots"), _line("c"))
    status, table, err = run_eval(suite, "--llm", tiny)
    assert status == 2
    assert "line 2: the grader failed with ZeroDivisionError: nothing there" in err
    assert "shopguide: 2 conversations" in table


def test_several_processes_hold_their_shares(
    run_eval: Run, tiny: str, tmp_path: Path, settings: Settings, indexes: IndexFolder
) -> None:
    suite = _lines(tmp_path / "s.jsonl", *(_line(f"c-{n}", expect=_MET) for n in range(5)))
    out = tmp_path / "out"
    with _server(settings, indexes, tiny) as url:
        status, _, err = run_eval(suite, "--url", url, "--processes", 2, "--out", out)
        assert status == 0, err
        records = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
        held = sorted(json.loads(record)["conversation"] for record in records)
        assert held == [f"c-{n}" for n in range(5)]
        status, _, err = run_eval(suite, "--url", url, "--processes", 2, "--out", out)
    assert status == 0, err
    assert "5 were held before" in err


def test_a_process_that_is_killed_leaves_what_was_held(
    run_eval: Run, tiny: str, tmp_path: Path, settings: Settings, indexes: IndexFolder
) -> None:
    suite = _lines(tmp_path / "s.jsonl", *(_line(f"c-{n}") for n in range(300)))
    out = tmp_path / "out"
    results = out / "results.jsonl"

    def kill() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if results.exists() and results.read_bytes().count(b"\n") > 1:
                multiprocessing.active_children()[0].kill()
                return
            time.sleep(0.01)

    with _server(settings, indexes, tiny) as url:
        killer = threading.Thread(target=kill)
        killer.start()
        status, _, err = run_eval(suite, "--url", url, "--processes", 2, "--out", out)
        killer.join()
    assert status == 1
    assert "A process of the run ended with status -9" in err
    assert multiprocessing.active_children() == []
    lines = results.read_bytes().splitlines(keepends=True)
    assert 1 < len(lines) < 300
    assert all(json.loads(line)["turns"] for line in lines)
