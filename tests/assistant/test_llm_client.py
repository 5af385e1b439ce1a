"""The client against a real HTTP server that speaks the OpenAI protocol, well and badly."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import pytest_asyncio

from assistant.errors import BadModelOutput, ModelTooSlow, ModelUnavailable
from assistant.llm.client import Message, OpenAIChatModel, Usage

SCHEMA = {
    "type": "object",
    "properties": {"action": {"enum": ["search", "chat"]}},
    "required": ["action"],
    "additionalProperties": False,
}
ASK = [Message("system", "Choose."), Message("user", "想买一双鞋 {not a template}")]
USAGE = {
    "prompt_tokens": 30,
    "completion_tokens": 5,
    "total_tokens": 35,
    "prompt_tokens_details": {"cached_tokens": 20},
}


class Reply:
    """Writes one answer; tests put these in a queue."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.handler = handler

    def status(self, code: int, body: str = '{"error": {"message": "no"}}') -> None:
        self.handler.send_response(code)
        self.handler.send_header("Content-Type", "application/json")
        self.handler.send_header("Content-Length", str(len(body.encode())))
        self.handler.end_headers()
        self.handler.wfile.write(body.encode())

    def open_stream(self) -> None:
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream")
        self.handler.end_headers()
        self.handler.close_connection = True

    def event(self, data: str) -> None:
        self.handler.wfile.write(f"data: {data}\n\n".encode())
        self.handler.wfile.flush()

    def delta(self, text: str, finish: str | None = None) -> None:
        chunk = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        self.event(json.dumps(_chunk([chunk])))

    def text(self, *pieces: str, finish: str = "stop", usage: Any = USAGE) -> None:
        self.open_stream()
        self.event(json.dumps(_chunk([{"index": 0, "delta": {"role": "assistant"}}])))
        for piece in pieces:
            self.delta(piece)
        self.delta("", finish)
        self.event(json.dumps(_chunk([], usage=usage)))
        self.event("[DONE]")


def _chunk(choices: list[Any], **extra: Any) -> dict[str, Any]:
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**head, "choices": choices, **extra}


@dataclass
class Engine:
    """The server's side: what it answers, and what it was asked."""

    url: str = ""
    owner: str = "llamacpp"
    health: int = 200
    models: str | None = None
    answers: list[Callable[[Reply], None]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    writing: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def engine() -> Iterator[Engine]:
    state = Engine()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/health":
                Reply(self).status(state.health, "{}")
            else:
                listed = {"id": "tiny", "object": "model", "created": 1, "owned_by": state.owner}
                body = state.models or json.dumps({"object": "list", "data": [listed]})
                Reply(self).status(200, body)

        def do_POST(self) -> None:
            state.times.append(time.monotonic())
            state.keys.append(self.headers.get("Authorization"))
            state.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            answer = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            try:
                answer(Reply(self))
            except (BrokenPipeError, ConnectionResetError):
                state.gone.set()
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            state.gone.set()

    server = Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest_asyncio.fixture
async def model(engine: Engine) -> AsyncIterator[OpenAIChatModel]:
    chat = OpenAIChatModel(engine.url, timeout=5, stall_timeout=0.3, backoff=0.02)
    yield chat
    await chat.aclose()


def ask_json(model: OpenAIChatModel) -> Any:
    return model.complete_json(ASK, SCHEMA, name="action", max_tokens=50)


async def read(model: OpenAIChatModel) -> list[str | Usage]:
    async with aclosing(model.stream_text(ASK, max_tokens=50)) as items:
        return [item async for item in items]


async def test_json_with_usage(engine: Engine, model: OpenAIChatModel) -> None:
    engine.answers = [lambda reply: reply.text('{"action":', '"search"}')]
    value, usage = await ask_json(model)
    assert value == {"action": "search"}
    assert usage == Usage(1, 30, 20, 5)
    (sent,) = engine.asked
    assert sent["model"] == "tiny"
    assert sent["response_format"]["json_schema"] == {
        "name": "action",
        "schema": SCHEMA,
        "strict": True,
    }
    assert sent["messages"][1] == {"role": "user", "content": "想买一双鞋 {not a template}"}
    assert sent["temperature"] == 0
    assert sent["chat_template_kwargs"] == {"enable_thinking": False}
    assert 50 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))


async def test_unknown_engine_gets_no_unknown_fields(
    engine: Engine, model: OpenAIChatModel
) -> None:
    engine.owner = "somebody"
    engine.answers = [lambda reply: reply.text("hi")]
    await read(model)
    assert "chat_template_kwargs" not in engine.asked[0]


async def test_api_key_is_sent(engine: Engine) -> None:
    engine.answers = [lambda reply: reply.text("hi")]
    model = OpenAIChatModel(engine.url, "chosen", "secret")
    await read(model)
    await model.aclose()
    assert engine.keys == ["Bearer secret"]
    assert engine.asked[0]["model"] == "chosen"


async def test_stream_ends_with_usage(engine: Engine, model: OpenAIChatModel) -> None:
    engine.answers = [lambda reply: reply.text("跑", "步鞋", " [1]")]
    assert await read(model) == ["跑", "步鞋", " [1]", Usage(1, 30, 20, 5)]


async def test_usage_without_cached_tokens(engine: Engine, model: OpenAIChatModel) -> None:
    usage = {**USAGE, "prompt_tokens_details": None}
    engine.answers = [lambda reply: reply.text("a", usage=usage)]
    assert (await read(model))[-1] == Usage(1, 30, 0, 5)
    assert Usage(1, 2, 3, 4) + Usage(1, 1, 1, 1) == Usage(2, 3, 4, 5)


@pytest.mark.parametrize("code", [429, 500, 502, 503])
async def test_transient_failures_are_tried_again(
    engine: Engine, model: OpenAIChatModel, code: int
) -> None:
    engine.answers = [
        lambda reply: reply.status(code),
        lambda reply: reply.status(code),
        lambda reply: reply.text('{"action":"chat"}'),
    ]
    value, usage = await ask_json(model)
    assert value == {"action": "chat"}
    assert usage.calls == 1
    first, second, third = engine.times
    assert second - first >= 0.02
    assert third - second >= 0.04, "the pause does not grow"


async def test_tries_are_bounded(engine: Engine, model: OpenAIChatModel) -> None:
    engine.answers = [lambda reply: reply.status(500)]
    with pytest.raises(ModelUnavailable, match="status 500"):
        await ask_json(model)
    assert len(engine.asked) == 3


@pytest.mark.parametrize(
    ("code", "words"), [(400, "status 400"), (401, "API key"), (404, "does not know")]
)
async def test_refusals_are_not_tried_again(
    engine: Engine, model: OpenAIChatModel, code: int, words: str
) -> None:
    engine.answers = [lambda reply: reply.status(code)]
    with pytest.raises(ModelUnavailable, match=words):
        await ask_json(model)
    assert len(engine.asked) == 1


async def test_stream_is_tried_again_before_its_first_token(
    engine: Engine, model: OpenAIChatModel
) -> None:
    def hang_up(reply: Reply) -> None:
        reply.handler.close_connection = True

    engine.answers = [
        hang_up,
        lambda reply: reply.status(503),
        lambda reply: reply.text("ok"),
    ]
    assert (await read(model))[0] == "ok"


async def test_stream_is_not_tried_again_after_its_first_token(
    engine: Engine, model: OpenAIChatModel
) -> None:
    def break_off(reply: Reply) -> None:
        reply.handler.send_response(200)
        reply.handler.send_header("Content-Type", "text/event-stream")
        reply.handler.send_header("Content-Length", "100000")
        reply.handler.end_headers()
        reply.delta("Take the")
        reply.handler.close_connection = True

    engine.answers = [break_off]
    pieces: list[str | Usage] = []

    async def take() -> None:
        async for piece in model.stream_text(ASK, max_tokens=50):
            pieces.append(piece)

    with pytest.raises(ModelUnavailable, match="broke off"):
        await take()
    assert pieces == ["Take the"]
    assert len(engine.asked) == 1


async def test_error_event_in_a_stream(engine: Engine, model: OpenAIChatModel) -> None:
    def fail(reply: Reply) -> None:
        reply.open_stream()
        reply.delta("a")
        reply.event('{"error": {"message": "out of memory", "code": 500}}')

    engine.answers = [fail]
    with pytest.raises(ModelUnavailable, match="failed"):
        await read(model)


async def test_stalled_stream(engine: Engine, model: OpenAIChatModel) -> None:
    over = threading.Event()

    def stall(reply: Reply) -> None:
        reply.open_stream()
        reply.delta("Take")
        for _ in range(100):
            # Comments keep a connection alive, not an answer.
            reply.handler.wfile.write(b": ping\n\n")
            if over.wait(0.05):
                return

    engine.answers = [stall]
    before = time.monotonic()
    try:
        with pytest.raises(ModelTooSlow):
            await read(model)
    finally:
        over.set()
    assert 0.25 < time.monotonic() - before < 2


async def test_deadline_of_a_slow_engine(engine: Engine) -> None:
    over = threading.Event()

    def slow(reply: Reply) -> None:
        over.wait(10)
        reply.status(500)

    engine.answers = [slow]
    model = OpenAIChatModel(engine.url, timeout=0.4)
    before = time.monotonic()
    try:
        with pytest.raises(ModelTooSlow, match="in time"):
            await ask_json(model)
        with pytest.raises(ModelTooSlow, match="in time"):
            await read(model)
    finally:
        over.set()
    assert time.monotonic() - before < 2
    await model.aclose()


@pytest.mark.parametrize(
    ("pieces", "finish", "words"),
    [
        (['{"action":"se'], "length", "cut off"),
        (['{"action":"se'], "stop", "not JSON"),
        (["Sure! Here is it"], "stop", "not JSON"),
        (['["search"]'], "stop", "no object"),
        (["{}"], "stop", "lacks action"),
        (['{"action":', *["\n    "] * 40], "length", "white space"),
        ([], "stop", "not JSON"),
    ],
)
async def test_unusable_json(
    engine: Engine, model: OpenAIChatModel, pieces: list[str], finish: str, words: str
) -> None:
    engine.answers = [lambda reply: reply.text(*pieces, finish=finish)]
    with pytest.raises(BadModelOutput, match=words):
        await ask_json(model)
    assert len(engine.asked) == 1


@pytest.mark.filterwarnings("ignore:Pydantic serializer")
async def test_answer_that_is_no_protocol(engine: Engine, model: OpenAIChatModel) -> None:
    def nonsense(reply: Reply) -> None:
        reply.open_stream()
        reply.event("{]")

    def odd(reply: Reply) -> None:
        reply.open_stream()
        reply.event('{"choices": [7]}')

    for answer in (nonsense, odd, lambda reply: reply.status(200, "<html>It works!</html>")):
        engine.answers = [answer]
        with pytest.raises(BadModelOutput):
            await ask_json(model)


async def test_answer_without_text(engine: Engine, model: OpenAIChatModel) -> None:
    engine.answers = [lambda reply: reply.text()]
    with pytest.raises(BadModelOutput, match="without any text"):
        await read(model)


@pytest.mark.parametrize("models", ['{"object": "list", "data": []}', "<html>", '{"data": 3}'])
async def test_list_of_models_that_names_none(
    engine: Engine, model: OpenAIChatModel, models: str
) -> None:
    engine.models = models
    with pytest.raises((ModelUnavailable, BadModelOutput)):
        await model.model_id()


async def test_model_id(engine: Engine, model: OpenAIChatModel) -> None:
    assert await model.model_id() == "tiny"


async def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    model = OpenAIChatModel(url, backoff=0.01)
    assert not await model.ready()
    with pytest.raises(ModelUnavailable, match="No model server answers"):
        await ask_json(model)
    with pytest.raises(ModelUnavailable, match="No model server answers"):
        await read(model)
    await model.aclose()


async def test_ready(engine: Engine, model: OpenAIChatModel) -> None:
    assert await model.ready()
    engine.health = 503
    assert not await model.ready()
    engine.health = 404
    assert await model.ready()


def endless_server(engine: Engine) -> None:
    def endless(reply: Reply) -> None:
        reply.open_stream()
        while True:
            reply.delta("word ")
            engine.writing.set()
            time.sleep(0.01)

    engine.answers = [endless]


async def test_leaving_a_stream_hangs_up(engine: Engine, model: OpenAIChatModel) -> None:
    endless_server(engine)
    async with aclosing(model.stream_text(ASK, max_tokens=50)) as items:
        async for _ in items:
            break
    assert await asyncio.to_thread(engine.gone.wait, 3), "the engine goes on writing"


async def test_cancelling_a_stream_hangs_up(engine: Engine, model: OpenAIChatModel) -> None:
    endless_server(engine)
    task = asyncio.create_task(read(model))
    assert await asyncio.to_thread(engine.writing.wait, 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(engine.gone.wait, 3), "the engine goes on writing"


async def test_proxy_of_the_environment_is_not_for_loopback(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    engine.answers = [lambda reply: reply.text("hi")]
    model = OpenAIChatModel(engine.url)
    assert await model.ready()
    assert (await read(model))[0] == "hi"
    await model.aclose()
