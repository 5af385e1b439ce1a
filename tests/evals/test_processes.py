"""Runs in several processes, broken off as runs are."""

import itertools
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from assistant.app import default_embedder
from assistant.settings import Settings
from evals.measures.graded import GradedConversation, GradedTurn
from evals.profile.silent_model import SilentModel
from evals.reports.grading import Grade, Grader, GradingProcesses
from evals.running.means import Means
from evals.running.processes import hold_here, hold_in_processes
from evals.running.records import About, Record, ResultsFile
from evals.running.runner import Job, jobs_left
from evals.suite.catalogues import SuiteCatalogues, catalogue_folders
from evals.suite.conversation import Conversation
from retrieval.errors import BadInput, ShopGuideError

pytestmark = pytest.mark.timeout(400)

_SAYS = (
    "running shoes under $120",
    "黑色的徒步鞋",
    "white sneakers in size 42",
    "适合扁平足的跑鞋",
    "waterproof boots",
    "do you have sandals?",
)


def _conversations(count: int) -> list[Conversation]:
    return [
        Conversation.model_validate(
            {"id": f"c-{n}", "language": "en", "turns": [{"say": _SAYS[n % len(_SAYS)]}]}
        )
        for n in range(count)
    ]


def _jobs(count: int) -> list[Job]:
    return jobs_left(_conversations(count), ["shopguide"], 1, {})


def _texts(results: ResultsFile, count: int) -> dict[str, str]:
    conversations = {conversation.id: conversation for conversation in _conversations(count)}
    return {r.conversation: r.turns[0].text for r in results.read(conversations)}


def _turns_of(grade: Grade) -> Sequence[GradedTurn]:
    assert isinstance(grade, GradedConversation)
    return grade.turns


def test_processes_answer_and_grade_as_one_does(tiny_bert: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", embedding=str(tiny_bert))
    embedder = default_embedder(settings)
    own, shop = catalogue_folders(settings, embedder)
    catalogues = SuiteCatalogues({}, own=own, shop=shop)
    broken = catalogues.prepare({"demo"}, embedder=embedder, progress=lambda *shown: None)
    assert not broken
    means = Means(settings, scripted=SilentModel())
    one = ResultsFile(tmp_path / "one", About(model="silent"))
    hold_here(_jobs(6), means, catalogues, one, at_once=1, one_more=lambda: None)
    two = ResultsFile(tmp_path / "two", About(model="silent"))
    held: list[None] = []
    hold_in_processes(
        _jobs(6), means, two.path, processes=2, at_once=3, one_more=lambda: held.append(None)
    )
    assert len(held) == 6
    texts = _texts(two, 6)
    assert texts == _texts(one, 6)
    assert len(set(texts.values())) == 6

    by_id = {conversation.id: conversation for conversation in _conversations(6)}
    here = list(Grader(by_id, catalogues.shop_of).grades(one.read(by_id), frozenset()))
    with GradingProcesses(settings, {}, by_id, processes=2) as graders:
        there = list(graders.grades(one.read(by_id), frozenset()))
        assert there == here
        assert any(turn.claims for grade in here for turn in _turns_of(grade))

        def records() -> Iterator[Record]:
            yield from itertools.islice(itertools.cycle(one.read(by_id)), 1000)
            for process in multiprocessing.active_children():
                process.kill()
            yield from one.read(by_id)

        with pytest.raises(ShopGuideError, match="ended before its time"):
            list(graders.grades(records(), frozenset()))


def test_what_a_process_cannot_do_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    settings = Settings(home=tmp_path)
    with pytest.raises(ShopGuideError, match="no catalogue 'demo'") as told:
        hold_in_processes(
            _jobs(3), Means(settings), path, processes=2, at_once=2, one_more=lambda: None
        )
    assert told.value.exit_status == 2
    with pytest.raises(BadInput, match="Milvus Lite"):
        hold_in_processes(
            _jobs(3),
            Means(Settings(home=tmp_path, vectors=f"{tmp_path}/vectors.db")),
            path,
            processes=2,
            at_once=2,
            one_more=lambda: None,
        )
    assert not path.exists()


def test_a_run_that_is_broken_off_leaves_nothing_behind(
    tiny: str, tiny_bert: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    suite = tmp_path / "suite.jsonl"
    lines = [
        {"id": c.id, "language": "en", "turns": [{"say": c.turns[0].say}]}
        for c in _conversations(60)
    ]
    suite.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    results = tmp_path / "out" / "results.jsonl"
    call = "import sys; from assistant.cli import main; sys.exit(main())"
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    environment = os.environ | {
        "SHOPGUIDE_HOME": str(tmp_path / "home"),
        "SHOPGUIDE_EMBEDDING": str(tiny_bert),
        "TMPDIR": str(scratch),
    }

    def start() -> subprocess.Popen[str]:
        run = subprocess.Popen(
            [
                *(sys.executable, "-c", call, "eval", suite, "--llm", tiny),
                *("--processes", "2", "--out", results.parent),
            ],
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            process_group=0,
        )
        request.addfinalizer(lambda: _alive(run.pid) and os.killpg(run.pid, signal.SIGKILL))
        return run

    def count() -> int:
        return results.read_bytes().count(b"\n") if results.exists() else 0

    run = start()
    _until(lambda: count() >= 2)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130, err
    assert "The same command goes on" in err
    assert "Traceback" not in err
    _until(lambda: not _alive(run.pid))
    assert list(scratch.glob("shopguide-*")) == []
    before = count()
    assert 2 <= before < 60

    run = start()
    _until(lambda: count() >= before + 2)
    run.kill()
    run.communicate(timeout=60)
    _until(lambda: not _alive(run.pid))
    assert count() < 60

    run = start()
    _, err = run.communicate(timeout=200)
    assert "were held before" in err
    held = [json.loads(line)["conversation"] for line in results.read_text().splitlines()]
    assert sorted(held) == sorted(f"c-{n}" for n in range(60))


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
