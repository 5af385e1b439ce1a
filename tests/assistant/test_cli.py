"""The command line: results on standard output, one sentence on standard error, exit status."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from scripted_model import ScriptedModel, reading
from served import served

from assistant.app import Assistant
from assistant.cli import main
from assistant.errors import ModelUnavailable
from assistant.reply import Reply
from assistant.server import create_http
from assistant.settings import Settings
from assistant.warmup import warm_up
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder

QUESTION = "Which running shoe under $120 is best for flat feet?"
UNDERSTOOD = reading(
    "search", ("under $120", "price", "<=", "120"), ("flat feet", "body", "=", "flat feet")
)
ANSWER = "[1] Nike Structure 25 costs $110. [2] Asics Excite 10 costs $75."
CSV = "name,price,brand\nTrail shoe,$80.00,Acme\nRoad shoe,free,Acme\nGym shoe,40,Best\n"


class Shell:
    """Runs commands in this process, in the shop of the ``settings`` fixture."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        status = main(list(arguments))
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def fails(self, *arguments: str, status: int = 2) -> str:
        """The one sentence that it fails with."""
        found, out, err = self(*arguments)
        assert found == status, err
        assert out == ""
        assert err.count("\n") == 1, err
        return err


@pytest.fixture
def shell(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    embedder: HashingEmbedder,
) -> Iterator[Shell]:
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
    on_term = signal.getsignal(signal.SIGTERM)
    yield Shell(capsys)
    signal.signal(signal.SIGTERM, on_term)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def live(assistant: Assistant, settings: Settings) -> Iterator[str]:
    """The address of a running server."""
    with served(create_http(assistant, settings)) as url:
        yield url


# usage ---------------------------------------------------------------------------------------


def test_help_comes_at_once_and_names_every_command(shell: Shell) -> None:
    status, out, _ = shell("--help")
    assert status == 0
    for command in ("run", "index", "search", "ask", "profile", "llm"):
        assert f"\n  {command} " in out
    assert shell()[:2] == (status, out)
    loaded = "import sys, assistant.cli; print(*{'torch', 'gradio', 'fastapi'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["search"],
        ["search", "x", "-k", "many"],
        ["search", "x", "-k", "0"],
        ["search", "x", "--nonsense"],
        ["search", "x", "--where", "price"],
        ["search", "x", "--catalog", "none"],
        ["search", "x", "--catalog", "../x"],
        ["ask", ""],
        ["ask", "\u202e"],
        ["ask", "x" * 5000],
        ["ask", "hello", "--shopper", "a b"],
        ["ask", "hello", "--thread", "../x"],
        ["ask", "hello", "--url", "nonsense"],
        ["profile", "show", "a b"],
        ["llm", "command", "--preset", "none"],
        ["run", "--port", "99999"],
        ["run", "--host", "0.0.0.0"],
        ["run", "--catalog", "none"],
        ["index", "no-such-file.csv"],
        ["index", "."],
    ],
)
def test_bad_input_is_one_sentence(shell: Shell, arguments: list[str]) -> None:
    shell.fails(*arguments)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "many"), ("RATES", "7.1"), ("RATES", "{"), ("RATES", '{"CNY": -1}'),
     ("SECRET", "short"), ("CURRENCY", "dollars"), ("LLM_TIMEOUT", "0")],
)  # fmt: skip
def test_a_bad_setting_names_its_variable(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SHOPGUIDE_{name}", value)
    said = shell.fails("search", "x")
    assert f"SHOPGUIDE_{name}" in said
    assert "short" not in said.removeprefix("SHOPGUIDE_SECRET")


def test_a_port_in_use_is_told(shell: Shell, indexes: IndexFolder) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert "in use" in shell.fails("run", "--port", port, "--no-ui")


def test_an_engine_that_cannot_be_is_told(shell: Shell, indexes: IndexFolder) -> None:
    status, _, err = shell("run", "--port", "0", "--no-ui", "--llm", "nonsense")
    assert status == 2
    assert "--llm" in err
    assert "Traceback" not in err


def test_chinese_comes_out_in_any_locale(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "SHOPGUIDE_HOME": str(tmp_path),
        "LC_ALL": "C",
        "PYTHONIOENCODING": "ascii",
    }
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "search", "x", "--catalog", "鞋"],
        capture_output=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 2
    assert "鞋" in done.stderr.decode("utf-8")


def test_a_fault_of_the_program_shows_no_traceback(tmp_path: Path) -> None:
    database = tmp_path / "shopguide.sqlite3"
    database.write_text("this is no database " * 100, encoding="utf-8")
    environment = {**os.environ, "SHOPGUIDE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "profile", "show", "ann"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


# commands ------------------------------------------------------------------------------------


def test_index_reports_and_search_finds(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "My Shop.csv"
    file.write_text(CSV, encoding="utf-8")
    status, out, _ = shell("index", str(file))
    assert status == 0
    assert "3 rows" in out
    assert "1 refused" in out
    report = Path(out.splitlines()[-1].partition(" stands in ")[2])
    assert json.loads(report.read_text("utf-8"))["refused"] == 1

    status, out, _ = shell("search", "shoe", "--catalog", "my-shop", "--json")
    assert status == 0
    assert {product["title"] for product in json.loads(out)["products"]} == {
        "Trail shoe",
        "Gym shoe",
    }
    _, out, _ = shell("search", "shoe", "--catalog", "my-shop", "--where", "price<=50")
    assert out.startswith("1. Gym shoe: 40.00 USD")

    file.write_text("nothing\n", encoding="utf-8")
    assert shell("index", str(file), "--name", "my-shop")[0] == 2
    assert json.loads(shell("search", "", "--catalog", "my-shop", "--json")[1])["count"] == 2


def test_search_takes_several_conditions(shell: Shell, indexes: IndexFolder) -> None:
    where = ["--where", "price<=120", "--where", "brand in Nike, Asics"]
    _, out, _ = shell("search", "稳定", *where, "--json")
    found = {product["id"] for product in json.loads(out)["products"]}
    assert found == {"nike-structure", "asics-excite"}
    status, out, err = shell("search", "x", "--where", "price<1")
    assert (status, out) == (0, "")
    assert "No product" in err
    status, _, err = shell("search", "x", "--where", "colour=red")
    assert status == 2
    assert "colour" in err


def test_ask_a_running_server(shell: Shell, live: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    status, out, err = shell("ask", QUESTION, "--url", live, "--json")
    assert status == 0, err
    reply = Reply.model_validate_json(out)
    assert reply.intent == "recommend"
    model.will_say(UNDERSTOOD, ANSWER)
    status, out, err = shell("ask", QUESTION, "--url", live, "--thread", reply.thread_id)
    assert status == 0
    assert "Nike Structure 25: 110.00 USD (was 140.00)" in out
    assert reply.thread_id in err


def test_ask_finds_the_server_at_the_settings_address(
    shell: Shell, live: str, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPGUIDE_PORT", live.rpartition(":")[2])
    model.will_say(UNDERSTOOD, ANSWER)
    assert shell("ask", QUESTION, "--json")[0] == 0


def test_what_a_server_refuses_is_told(shell: Shell, live: str, model: ScriptedModel) -> None:
    status, out, err = shell("ask", "hello", "--url", live, "--catalog", "none")
    assert (status, out) == (2, "")
    assert "none" in err
    model.will_say(ModelUnavailable("The model is down."))
    status, out, err = shell("ask", "hello", "--url", live, "--json")
    assert (status, out) == (1, "")
    assert err.endswith("The model is down.\n")
    shell.fails("ask", "hello", "--url", "http://127.0.0.1:9", status=1)


def test_profile_shows_the_shoppers_words(shell: Shell, live: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    shell("ask", QUESTION, "--url", live, "--shopper", "ann")
    status, out, _ = shell("profile", "show", "ann", "--json")
    assert status == 0
    assert [fact["quote"] for fact in json.loads(out)["facts"]] == ["flat feet"]
    assert "“flat feet”" in shell("profile", "show", "ann")[1]
    status, out, err = shell("profile", "show", "ben")
    assert (status, out) == (0, "")
    assert "ben" in err


def test_llm_command_prints_one_line(shell: Shell) -> None:
    status, out, _ = shell("llm", "command", "--preset", "gpu-24gb")
    assert status == 0
    assert out.startswith("vllm serve ")
    assert out.count("\n") == 1
    assert shell("llm", "command", "--preset", "cpu")[1] == "shopguide llm serve\n"


async def test_warm_up_asks_every_prompt_once(model: ScriptedModel) -> None:
    model.will_say({}, {}, "x", "x", "x", ModelUnavailable("The model is down."))
    with structlog.testing.capture_logs() as logs:
        await warm_up(model, lambda: False)
    assert len(model.asked) == 6
    assert [log["event"] for log in logs] == ["warm_up_failed"]
    systems = [prompt[0].content for prompt in model.asked]
    assert len(set(systems)) == 6


async def test_warm_up_waits_while_a_shopper_waits(model: ScriptedModel) -> None:
    waiting = iter([True, *[False] * 6])
    asked_while_busy: list[int] = []

    def busy() -> bool:
        is_busy = next(waiting)
        if is_busy:
            asked_while_busy.append(len(model.asked))
        return is_busy

    model.will_say({}, {}, "x", "x", "x", "x")
    await warm_up(model, busy)
    assert asked_while_busy == [0]
    assert len(model.asked) == 6
