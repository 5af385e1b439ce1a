"""Conversations over HTTP: listed, searched, deleted; wishes and last messages taken back."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from scripted_model import ScriptedModel, reading
from test_memory_http import SECRET, check_problem, client_of, token

from assistant.app import Assistant
from assistant.server import create_http
from assistant.settings import Settings

ASKED = "Running shoes under $120 for flat feet, not Asics"
READ = reading(
    "search",
    ("Running shoes", "category", "=", "running shoes"),
    ("under $120", "price", "<=", "120"),
    ("flat feet", "body", "=", "flat feet"),
    ("not Asics", "brand", "!=", "Asics"),
)


@pytest.fixture
async def http(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    secret = settings.model_copy(update={"secret": SecretStr(SECRET)})
    made: FastAPI = create_http(assistant, secret)
    async with client_of(made) as client:
        yield client


async def ask(
    http: httpx.AsyncClient, model: ScriptedModel, thread: str, shopper: str = "ann"
) -> dict[str, object]:
    model.will_say(READ)
    model.otherwise = "Nothing."
    body = {"message": ASKED, "thread_id": thread}
    answer = await http.post("/api/chat", json=body, headers=token(shopper))
    model.otherwise = None
    assert answer.status_code == 200, answer.text
    reply: dict[str, object] = answer.json()
    return reply


async def listed(http: httpx.AsyncClient, shopper: str = "ann", **query: str) -> list[str]:
    answer = await http.get("/api/threads", params=query, headers=token(shopper))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return [thread["id"] for thread in answer.json()["threads"]]


async def test_ones_own_are_listed_the_last_first_and_searched(
    http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    await ask(http, model, "t1")
    await ask(http, model, "t2")
    await ask(http, model, "t3", "bob")
    assert await listed(http) == ["t2", "t1"]
    assert await listed(http, search="FLAT shoes") == ["t2", "t1"]
    assert await listed(http, search="sandals") == []
    assert await listed(http, shopper="bob") == ["t3"]
    # Whoever asks is told by the token alone.
    check_problem(
        await http.get("/api/threads", params={"shopper_id": "bob"}, headers=token("ann")),
        403,
        "shopper_id",
    )
    check_problem(await http.get("/api/threads"), 401, None)


async def test_a_conversation_is_deleted_by_its_shopper_alone(
    http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    await ask(http, model, "t1")
    check_problem(await http.delete("/api/threads/t1", headers=token("bob")), 404, "thread_id")
    assert await listed(http) == ["t1"]
    assert (await http.delete("/api/threads/t1", headers=token("ann"))).status_code == 204
    assert await listed(http) == []
    check_problem(await http.delete("/api/threads/t1", headers=token("ann")), 404, "thread_id")


async def test_a_wish_is_taken_away_without_a_model(
    http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    reply = await ask(http, model, "t1")
    need = reply["need"]
    assert isinstance(need, dict)
    (brand,) = [wish["id"] for wish in need["exclude"] if wish["field"] == "brand"]
    calls = len(model.asked)
    path = f"/api/threads/t1/wishes/{brand}"
    check_problem(await http.delete(path, headers=token("bob")), 404, "thread_id")
    answer = await http.delete(path, headers=token("ann"))
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["need"]["exclude"] == []
    assert {product["id"] for product in after["products"]} == {"nike-structure", "asics-excite"}
    assert len(model.asked) == calls
    # It is gone: the same again finds none, as a stream, too.
    events = {**token("ann"), "Accept": "text/event-stream"}
    check_problem(await http.delete(path, headers=events), 404, "wish")
    (price,) = [wish["id"] for wish in after["need"]["must"] if wish["field"] == "price"]
    stream = await http.delete(f"/api/threads/t1/wishes/{price}", headers=events)
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert "event: reply" in stream.text


async def test_the_last_message_is_taken_back(
    http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    reply = await ask(http, model, "t1")
    path = f"/api/threads/t1/turns/{reply['turn_id']}"
    check_problem(await http.delete(path, headers=token("bob")), 404, "thread_id")
    check_problem(
        await http.delete("/api/threads/t1/turns/other", headers=token("ann")), 404, "turn_id"
    )
    answer = await http.delete(path, headers=token("ann"))
    assert answer.json() == {"message": ASKED}
    said = await http.get("/api/threads/t1", headers=token("ann"))
    assert said.status_code == 404 or said.json()["messages"] == []
