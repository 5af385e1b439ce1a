"""``shopguide convert``: what it writes, what it tells, and what it refuses."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from tau2_shop import DATA

from assistant import cli
from assistant.commands import convert_run
from assistant.commands.convert import KINDS
from evals.running.observed import Observed, SeenCall
from evals.running.records import About, Record, ResultsFile, digest_of
from evals.suite.catalogues import beside_suites
from evals.suite.files import load_suite, read_suites
from retrieval.embedding import HashingEmbedder

_SUITE = {
    "id": "en-1",
    "language": "en",
    "catalog": "mugs",
    "turns": [
        {
            "say": "a mug under 20?",
            "expect": {"said": ["mug"], "products": {"all": ["price<=20"], "some": True}},
        }
    ],
}
_MUGS = [
    {"id": "mug 1", "title": "Blue mug", "price": 12, "currency": "USD"},
    {"id": "mug 2", "title": "Red mug", "price": 32, "currency": "USD"},
]
_TASKS: list[dict[str, Any]] = [
    {
        "id": "0",
        "user_scenario": {"instructions": {"reason_for_call": "You want #P cancelled."}},
        "evaluation_criteria": {
            "actions": [
                {
                    "name": "cancel_pending_order",
                    "arguments": {"order_id": "#P", "reason": "no longer needed"},
                }
            ],
            "reward_basis": ["DB", "NL_ASSERTION"],
            "nl_assertions": ["The agent is kind."],
        },
    }
]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: HashingEmbedder) -> None:
    monkeypatch.setenv("SHOPGUIDE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(convert_run, "ready_embedder", lambda settings, steps: embedder)


def _lines(path: Path, *lines: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def _suite(tmp_path: Path) -> Path:
    _lines(tmp_path / "catalogs" / "mugs.jsonl", *_MUGS)
    return _lines(tmp_path / "suite.jsonl", _SUITE)


def _tau2(tmp_path: Path) -> Path:
    (tmp_path / "db.json").write_text(json.dumps(DATA), encoding="utf-8")
    (tmp_path / "tasks.json").write_text(json.dumps(_TASKS), encoding="utf-8")
    return tmp_path / "tasks.json"


def _convert(source: Path, kinds: tuple[str, str], out: Path, *more: str) -> int:
    arguments = ["convert", str(source), "--from", kinds[0], "--to", kinds[1], "--out", str(out)]
    return cli.main([*arguments, *more])


def _results(folder: Path, suite: Path, turns: list[Observed], system: str = "shopguide") -> None:
    conversations, _ = beside_suites(read_suites([suite]))
    results = ResultsFile(folder, About(model="scripted", attempts=2))
    for conversation in conversations:
        for attempt in (1, 2):
            results.add(
                Record(
                    system=system,
                    conversation=conversation.id,
                    digest=digest_of(conversation),
                    attempt=attempt,
                    turns=turns,
                )
            )


@pytest.mark.parametrize("kind", ["promptfoo", "openai-evals"])
def test_a_suite_comes_back(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    suite, there, back = _suite(tmp_path), tmp_path / "there.jsonl", tmp_path / "back.jsonl"
    assert _convert(suite, ("suite", kind), there) == 0
    told = capsys.readouterr()
    assert f"{there} has one conversation." in told.out
    assert "products (1)" in told.err
    assert _convert(there, (kind, "suite"), back) == 0
    assert load_suite(back) == load_suite(suite)


def test_what_is_lost_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = {"vars": {"message": "hi"}, "assert": [{"type": "llm-rubric", "value": "kind"}]}
    tests = _lines(tmp_path / "tests.jsonl", line)
    assert _convert(tests, ("promptfoo", "openai-evals"), tmp_path / "out.jsonl") == 0
    told = capsys.readouterr()
    assert f"{tests}, line 1: the assertion llm-rubric (a suite has no such check)." in told.err
    assert "1 thing was lost, named above" in told.out


def test_tasks_become_a_suite_with_its_catalogue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "suites" / "tau2.jsonl"
    assert _convert(_tau2(tmp_path), ("tau2", "suite"), out) == 0
    [conversation] = load_suite(out)
    assert conversation.id == "tau2-retail-0"
    _, files = beside_suites(read_suites([out]))
    assert [path.name for path in files.values()] == ["tau2_retail.jsonl"]
    told = f"{tmp_path / 'tasks.json'}, task 0: a sentence for a judge model ('The agent is kind.')"
    assert told in capsys.readouterr().err


def test_a_run_is_graded_by_the_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks, suite, run = _tau2(tmp_path), tmp_path / "tau2.jsonl", tmp_path / "run"
    assert _convert(tasks, ("tau2", "suite"), suite) == 0
    action = _TASKS[0]["evaluation_criteria"]["actions"][0]
    call = SeenCall(tool=action["name"], arguments=action["arguments"])
    _results(run, suite, [Observed(text="Sure?", tools=[]), Observed(text="Done.", tools=[call])])
    out = tmp_path / "rewards.jsonl"
    options = ("--suite", str(suite), "--tasks", str(tasks))
    assert _convert(run, ("results", "tau2-rewards"), out, *options) == 0
    [grade] = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (grade["state"], grade["reward"], grade["not_graded"]) == (True, 1, ["NL_ASSERTION"])
    assert "a mean reward of 1.000" in capsys.readouterr().out
    assert _convert(run, ("results", "tau2-rewards"), out, "--suite", str(suite)) == 2
    assert "--tasks FILE" in capsys.readouterr().err


def test_results_become_a_run_and_a_run_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite, run, trec = _suite(tmp_path), tmp_path / "run", tmp_path / "peer.trec"
    _results(run, suite, [Observed(text="Here.", products=["mug 2", "mug 1"])])
    assert _convert(run, ("results", "trec"), trec, "--suite", str(suite)) == 0
    assert trec.read_text(encoding="utf-8").splitlines() == [
        "en-1/1 Q0 mug%202 1 1.000000 shopguide",
        "en-1/1 Q0 mug%201 2 0.500000 shopguide",
    ]
    judgements = tmp_path / "qrels.txt"
    assert _convert(suite, ("suite", "qrels"), judgements) == 0
    assert judgements.read_text(encoding="utf-8") == "en-1/1 0 mug%201 1\n"
    graded = tmp_path / "graded"
    assert _convert(trec, ("trec", "results"), graded, "--suite", str(suite)) == 0
    report = json.loads((graded / "report.json").read_text(encoding="utf-8"))
    assert [system["name"] for system in report["systems"]] == ["peer"]
    capsys.readouterr()
    assert _convert(trec, ("trec", "results"), graded, "--suite", str(suite)) == 2
    assert "has results" in capsys.readouterr().err


def test_whose_results_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite, run, out = _suite(tmp_path), tmp_path / "run", tmp_path / "out.trec"
    for system in ("agent", "shopguide"):
        _results(run, suite, [Observed(text="x", products=["mug 1"])], system=system)
    options = ("--suite", str(suite))
    assert _convert(run, ("results", "trec"), out, *options) == 2
    assert "--system says whose" in capsys.readouterr().err
    assert not out.exists()
    assert _convert(run, ("results", "trec"), out, *options, "--system", "agent") == 0
    assert out.read_text(encoding="utf-8").rstrip().endswith(" agent")
    assert _convert(run, ("results", "trec"), out, *options, "--system", "nobody") == 2


@pytest.mark.parametrize("kinds", sorted(set(KINDS)))
def test_what_cannot_be_read_ends_in_one_sentence(
    tmp_path: Path, kinds: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "bad"
    source.write_text('{"nonsense": \n', encoding="utf-8")
    options = ("--suite", str(_suite(tmp_path)), "--tasks", str(_tau2(tmp_path)))
    assert _convert(source, kinds, tmp_path / "out", *options) == 2
    told = capsys.readouterr()
    assert str(source) in told.err
    assert len(told.err.strip().splitlines()) == 1 or "…" in told.err
    assert not (tmp_path / "out").exists()


def test_there_is_no_such_conversion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _convert(_suite(tmp_path), ("suite", "suite"), tmp_path / "out") == 2
    assert (
        "Nothing converts suite to suite; there is: suite to promptfoo" in capsys.readouterr().err
    )


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_what_is_made_of_a_file_may_be_read_by_nobody_else(tmp_path: Path, mode: int) -> None:
    suite = _suite(tmp_path)
    suite.chmod(mode)
    outs = {kind: tmp_path / kind for kind in ("promptfoo", "openai-evals", "qrels")}
    for kind, out in outs.items():
        out.write_text("of before, for all to read", encoding="utf-8")
        assert _convert(suite, ("suite", kind), out) == 0
    run, trec, graded = tmp_path / "run", tmp_path / "peer.trec", tmp_path / "graded"
    _results(run, suite, [Observed(text="Here.", products=["mug 2"])])
    run.chmod(0o755)
    for file in run.iterdir():
        file.chmod(mode)
    assert _convert(run, ("results", "trec"), trec, "--suite", str(suite)) == 0
    assert _convert(trec, ("trec", "results"), graded, "--suite", str(suite)) == 0
    before = os.umask(0o077)
    os.umask(before)
    for made in (*outs.values(), trec):
        assert stat.S_IMODE(made.stat().st_mode) == mode & ~before, made
    for made in graded.iterdir():
        assert not stat.S_IMODE(made.stat().st_mode) & ~mode, made


def test_a_run_that_is_read_stays_as_it_is(tmp_path: Path) -> None:
    suite, run = _suite(tmp_path), tmp_path / "run"
    _results(run, suite, [Observed(text="Here.", products=["mug 2"])])
    note = run / "run.json"
    note.write_text(note.read_text(encoding="utf-8").replace("\n", "\r\n"), encoding="utf-8")
    for file in (note, run / "results.jsonl"):
        file.chmod(0o444)
    run.chmod(0o555)
    held = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in run.iterdir()}
    out = tmp_path / "out.trec"
    assert _convert(run, ("results", "trec"), out, "--suite", str(suite)) == 0
    assert {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in run.iterdir()} == held
    run.chmod(0o755)
