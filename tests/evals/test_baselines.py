"""Both baselines against a real HTTP server that answers the OpenAI protocol from a script."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from assistant.errors import BadModelOutput, ModelUnavailable
from evals.baselines import AgentBaseline, RetrieveThenAnswer
from evals.baselines.plain import FOUND
from evals.suite.conversation import Conversation
from retrieval.index import CatalogueIndex

USAGE = {
    "prompt_tokens": 300,
    "completion_tokens": 20,
    "total_tokens": 320,
    "prompt_tokens_details": {"cached_tokens": 120},
}
TALK = Conversation.model_validate(
    {
        "id": "talk",
        "language": "en",
        "catalog": "shoes",
        "tags": [],
        "turns": [
            {"say": "a stable running shoe", "expect": {"language": "en"}},
            {"say": "is it in white?", "expect": {"language": "en"}},
        ],
    }
)


class Engine:
    """A model server: what it answers, in order, and what it was asked."""

    def __init__(self) -> None:
        self.script: deque[dict[str, Any] | int] = deque()
        self.asked: list[dict[str, Any]] = []
        self.usage: dict[str, Any] | None = USAGE
        engine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                engine.asked.append(json.loads(self.rfile.read(length)))
                engine.write(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def write(self, handler: BaseHTTPRequestHandler) -> None:
        answer = self.script.popleft()
        if isinstance(answer, int):
            body = b'{"error": {"message": "no"}}'
            handler.send_response(answer)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        for delta, finish in (({"role": "assistant"}, None), (answer, None), ({}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            self._event(handler, {"choices": [choice]})
        if self.usage:
            self._event(handler, {"choices": [], "usage": self.usage})
        handler.wfile.write(b"data: [DONE]\n\n")
        handler.close_connection = True

    def _event(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        handler.wfile.write(f"data: {json.dumps(head | body)}\n\n".encode())


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()
    assert not made.script


def _says(text: str) -> dict[str, Any]:
    return {"content": text}


def _searches(query: str) -> dict[str, Any]:
    function = {"name": "search_products", "arguments": json.dumps({"query": query})}
    return {"tool_calls": [{"index": 0, "id": "t", "type": "function", "function": function}]}


async def test_retrieve_then_answer_is_one_call_a_turn(
    engine: Engine, shoes_index: CatalogueIndex
) -> None:
    system = RetrieveThenAnswer(engine.url, "m", index=lambda name: shoes_index, timeout=10)
    engine.script += [
        _says("Take the Nike Structure 25 at $110, or the Asics Kayano 31."),
        _says("No."),
    ]
    first = await system.answer(TALK, 1, TALK.turns[0].say)
    second = await system.answer(TALK, 2, TALK.turns[1].say)
    assert first.products == ["nike-structure", "asics-kayano"]
    assert first.pick == "nike-structure"
    assert (first.usage.calls, first.usage.prompt_tokens) == (1, 300)
    assert (first.usage.cached_tokens, first.usage.completion_tokens) == (120, 20)
    assert first.timing.first_text_ms is not None
    assert 0 < first.timing.first_text_ms <= first.timing.total_ms
    assert second.products == []
    messages = engine.asked[1]["messages"]
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "user"]
    assert messages[0]["content"].count("\n- ") == FOUND
    assert engine.asked[0]["temperature"] == 0


async def test_a_conversation_that_is_begun_knows_no_other(
    engine: Engine, shoes_index: CatalogueIndex
) -> None:
    system = RetrieveThenAnswer(engine.url, "m", index=lambda name: shoes_index, timeout=10)
    engine.script += [_says("Hello."), _says("Hello.")]
    await system.answer(TALK, 1, "hello")
    await system.begin(TALK)
    await system.answer(TALK, 1, "hello")
    assert len(engine.asked[1]["messages"]) == 2


async def test_the_agent_searches_and_then_answers(
    engine: Engine, shoes_index: CatalogueIndex
) -> None:
    system = AgentBaseline(engine.url, "m", index=lambda name: shoes_index, timeout=10)
    engine.script += [_searches("stable running shoe"), _says("The Asics Kayano 31.")]
    seen = await system.answer(TALK, 1, TALK.turns[0].say)
    assert seen.products == ["asics-kayano"]
    assert seen.usage.calls == 2
    assert seen.usage.prompt_tokens == 600
    found = engine.asked[1]["messages"][-1]
    assert found["role"] == "tool"
    assert found["content"].count("- ") >= FOUND
    engine.script.append(_says("I cannot tell."))
    await system.answer(TALK, 2, TALK.turns[1].say)
    assert [m["role"] for m in engine.asked[2]["messages"]] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip


async def test_a_call_written_as_text_is_taken_for_one(
    engine: Engine, shoes_index: CatalogueIndex
) -> None:
    written = (
        f"```json\n{json.dumps({'name': 'search_products', 'arguments': {'query': 'x'}})}\n```"
    )
    system = AgentBaseline(engine.url, "m", index=lambda name: shoes_index, timeout=10)
    engine.script += [_says(written), _says("The Asics Kayano 31.")]
    seen = await system.answer(TALK, 1, TALK.turns[0].say)
    assert (seen.products, seen.usage.calls) == (["asics-kayano"], 2)
    bare = AgentBaseline(
        engine.url, "m", index=lambda name: shoes_index, timeout=10, mend_calls=False
    )
    engine.script.append(_says(written))
    seen = await bare.answer(TALK, 1, TALK.turns[0].say)
    assert (seen.text, seen.usage.calls) == (written, 1)


async def test_the_prompt_is_in_the_shoppers_language(
    engine: Engine, shoes_index: CatalogueIndex
) -> None:
    for made in (AgentBaseline, RetrieveThenAnswer):
        engine.script.append(_says("推荐亚瑟士 稳定跑鞋。"))
        system = made(engine.url, "m", index=lambda name: shoes_index, timeout=10)
        seen = await system.answer(TALK, 1, "推荐一双稳定的跑鞋")
        assert "导购" in engine.asked[-1]["messages"][0]["content"]
        assert seen.products == ["asics-kayano"]


async def test_an_agent_that_never_answers_is_stopped(
    engine: Engine, shoes_index: CatalogueIndex
) -> None:
    engine.script += [_searches("shoe")] * 4
    system = AgentBaseline(engine.url, "m", index=lambda name: shoes_index, timeout=10)
    with pytest.raises(BadModelOutput):
        await system.answer(TALK, 1, "a shoe")


async def test_a_server_that_refuses_is_an_error_of_ours(
    engine: Engine, shoes_index: CatalogueIndex
) -> None:
    for made in (AgentBaseline, RetrieveThenAnswer):
        engine.script.append(400)
        system = made(engine.url, "m", index=lambda name: shoes_index, timeout=10)
        with pytest.raises(ModelUnavailable):
            await system.answer(TALK, 1, "a shoe")


async def test_usage_is_never_guessed(engine: Engine, shoes_index: CatalogueIndex) -> None:
    engine.usage = None
    engine.script.append(_says("Hello."))
    system = RetrieveThenAnswer(engine.url, "m", index=lambda name: shoes_index, timeout=10)
    with pytest.raises(BadModelOutput):
        await system.answer(TALK, 1, "hello")
