"""The real llama.cpp server with the default weights: what must hold whatever it says."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import platformdirs
import pytest

from assistant.errors import ModelTooSlow, ModelUnavailable
from assistant.llm.client import Message, OpenAIChatModel, Usage
from assistant.llm.local import LocalServer
from assistant.llm.weights import model_path

SCHEMA = {
    "type": "object",
    "properties": {
        "action": {"enum": ["search", "policy"]},
        "query": {"type": "string", "maxLength": 30},
    },
    "required": ["action", "query"],
    "additionalProperties": False,
}
SYSTEM = (
    "You read one message of a shopper and write compact JSON on one line: the action, and a "
    "short search query. search: wants to buy something. policy: asks about returns or delivery."
)


def weights() -> Path | None:
    places = [os.environ.get("SHOPGUIDE_TEST_GGUF")]
    if home := os.environ.get("SHOPGUIDE_HOME"):
        places += map(str, Path(home).rglob(model_path(Path()).name))
    places += map(str, platformdirs.user_cache_path("shopguide").rglob(model_path(Path()).name))
    return next((Path(place) for place in places if place and Path(place).is_file()), None)


@pytest.fixture(scope="module")
def gguf() -> Path:
    path = weights()
    if path is None:
        pytest.skip("the default weights are not here: shopguide llm fetch, or SHOPGUIDE_TEST_GGUF")
    return path


@pytest.fixture(scope="module")
def server(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    log = tmp_path_factory.mktemp("llm") / "llama.log"
    with LocalServer(gguf, log) as running:
        yield running
    assert "shoes" not in log.read_text("utf-8", errors="replace"), "a prompt was logged"


@pytest.mark.model
@pytest.mark.timeout(300)
async def test_json_stream_and_cache(server: LocalServer) -> None:
    model = OpenAIChatModel(server.url)
    assert await model.ready()
    for text in ("I want red shoes", "怎么退货？"):
        prompt = [Message("system", SYSTEM), Message("user", text)]
        value, first = await model.complete_json(prompt, SCHEMA, name="step", max_tokens=80)
        assert set(value) == {"action", "query"}
        assert value["action"] in ("search", "policy")
        again, second = await model.complete_json(prompt, SCHEMA, name="step", max_tokens=80)
        assert again == value
        assert second.cached_tokens > first.prompt_tokens // 2
        assert second.prompt_tokens == first.prompt_tokens
    async with aclosing(model.stream_text([Message("user", "Say hello.")], max_tokens=12)) as items:
        *pieces, usage = [item async for item in items]
    assert pieces
    assert all(isinstance(piece, str) for piece in pieces)
    assert isinstance(usage, Usage)
    assert 0 < usage.completion_tokens <= 12
    await model.aclose()


@pytest.mark.model
@pytest.mark.timeout(300)
async def test_leaving_a_stream_stops_the_engine(server: LocalServer) -> None:
    model = OpenAIChatModel(server.url)
    count = [Message("user", "Count from 1 to 1000, each number.")]
    async with aclosing(model.stream_text(count, max_tokens=1500)) as items:
        async for _ in items:
            break
    before = time.monotonic()
    async with aclosing(model.stream_text([Message("user", "Hello.")], max_tokens=8)) as items:
        assert [item async for item in items]
    assert time.monotonic() - before < 20
    await model.aclose()


@pytest.mark.model
@pytest.mark.timeout(300)
def test_nothing_is_shown_to_others(server: LocalServer) -> None:
    root = server.url.removesuffix("/v1")
    assert root.startswith("http://127.0.0.1:")
    answer = httpx.get(f"{root}/v1/models", headers={"Origin": "http://elsewhere.example"})
    assert answer.headers.get("access-control-allow-origin") in (None, "")
    assert httpx.get(f"{root}/slots").is_error
    assert "<html" not in httpx.get(root).text.lower()


@pytest.mark.model
@pytest.mark.timeout(300)
def test_ends_when_its_parent_is_killed(gguf: Path, tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from assistant.llm.local import LocalServer\n"
        "server = LocalServer(Path(sys.argv[1]), Path(sys.argv[2])); server.start()\n"
        "print(server.wait(), server.process_id, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(gguf), str(tmp_path / "log")], stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        url, child = parent.stdout.readline().decode().split()
        assert httpx.get(f"{url}/models").is_success
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while alive(int(child)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(int(child))


def alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    # A process that has ended, and that nobody has asked for yet, is not alive.
    status = Path(f"/proc/{process_id}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")


@pytest.mark.model
@pytest.mark.timeout(300)
def test_stop_and_terminate(gguf: Path, tmp_path: Path) -> None:
    server = LocalServer(gguf, tmp_path / "log")
    server.start()
    server.wait()
    assert server.process_id is not None
    os.kill(server.process_id, signal.SIGTERM)
    until = time.monotonic() + 10
    while server.running and time.monotonic() < until:
        time.sleep(0.05)
    assert not server.running
    server.stop()
    with pytest.raises(ModelUnavailable):
        _ = server.url


def test_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no model file"):
        LocalServer(tmp_path / "none.gguf", tmp_path / "log").start()


def test_broken_weights(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    server = LocalServer(broken, tmp_path / "log")
    with pytest.raises(ModelUnavailable, match="ended while loading"), server:
        pass
    assert not server.running


def test_deadline(tmp_path: Path) -> None:
    slow = tmp_path / "slow.gguf"
    slow.write_bytes(b"GGUF" + bytes(100))
    server = LocalServer(slow, tmp_path / "log", deadline=0.0)
    server.start()
    with pytest.raises(ModelTooSlow, match="not loaded"):
        server.wait()
    assert not server.running


def test_not_started(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="not been started"):
        LocalServer(tmp_path / "none.gguf", tmp_path / "log").wait()
