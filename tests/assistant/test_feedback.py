"""Thumbs on turns: whose, kept where, replaced, erased, copied, counted."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from scripted_model import ScriptedModel, reading
from test_server import check_problem, client_of, token

from assistant.app import Assistant
from assistant.feedback.table import FeedbackRow
from assistant.profile.notice import notice
from assistant.server import create_http
from assistant.settings import Settings

SECRET = "a secret of the shop, long enough for HS256"
WANTS = reading("search", ("running shoes", "category", "=", "Running shoes"))
WORDS = "the first one is no stability shoe"


@pytest.fixture
async def signed(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    shop = settings.model_copy(update={"secret": SecretStr(SECRET)})
    async with client_of(create_http(assistant, shop), base_url="http://shop.test") as client:
        yield client


async def a_turn(assistant: Assistant, model: ScriptedModel, shopper: str, thread: str) -> str:
    model.will_say(WANTS)
    model.otherwise = "The Nike Structure 25 costs $110."
    reply = await assistant.reply("running shoes", shopper_id=shopper, thread_id=thread)
    return reply.turn_id


def rows(assistant: Assistant) -> list[tuple[str, str | None]]:
    with assistant.database.reading() as session:
        kept = session.scalars(sa.select(FeedbackRow)).all()
        return [(row.thumb, row.reason) for row in kept]


async def agree(client: httpx.AsyncClient, shopper: str) -> None:
    body = {"notice": notice().version}
    path = f"/api/profile/{shopper}/consent"
    assert (await client.put(path, json=body, headers=token(shopper))).is_success


async def test_a_thumb_is_kept_with_its_turn(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    await agree(signed, "ann")
    turn = await a_turn(assistant, model, "ann", "t1")
    body: dict[str, Any] = {"thread_id": "t1", "turn_id": turn, "thumb": "down", "reason": WORDS}
    answer = await signed.post("/api/feedback", json=body, headers=token("ann"))
    assert answer.json() == {**body}
    assert rows(assistant) == [("down", WORDS)]

    # A changed mind replaces it, the reason too.
    body = {"thread_id": "t1", "turn_id": turn, "thumb": "up"}
    assert (await signed.post("/api/feedback", json=body, headers=token("ann"))).is_success
    assert rows(assistant) == [("up", None)]
    [exchange] = assistant.exchanges("t1", "ann")
    assert exchange.feedback is not None
    assert exchange.feedback.thumb == "up"

    export = (await signed.get("/api/profile/ann/export", headers=token("ann"))).json()
    assert export["threads"][0]["turns"][0]["feedback"]["thumb"] == "up"
    text = (await signed.get("/metrics", headers={"host": "localhost"})).text
    assert 'shopguide_feedback_total{thumb="down"} 1.0' in text
    assert (await signed.delete("/api/profile/ann", headers=token("ann"))).json()["erased"]
    assert rows(assistant) == []


async def test_of_who_has_not_agreed_nothing_reaches_the_database(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    turns = [await a_turn(assistant, model, "ann", "t1") for _ in range(2)]
    body = {"thread_id": "t1", "turn_id": turns[0], "thumb": "down", "reason": WORDS}
    assert (await signed.post("/api/feedback", json=body, headers=token("ann"))).is_success
    assert rows(assistant) == []
    file = assistant.database.file
    assert file is not None
    for path in file.parent.glob(f"{file.name}*"):
        assert WORDS.encode() not in path.read_bytes()
    first, second = assistant.exchanges("t1", "ann")
    assert first.feedback is not None
    assert first.feedback.reason == WORDS
    assert second.feedback is None
    # It becomes durable with the conversation, where they agree.
    await agree(signed, "ann")
    assert rows(assistant) == [("down", WORDS)]
    assert assistant.exchanges("t1", "ann")[0].feedback == first.feedback


async def test_only_ones_own_turns_have_ones_feedback(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    await agree(signed, "ann")
    kept = await a_turn(assistant, model, "ann", "t1")
    passing = await a_turn(assistant, model, "ben", "t2")
    other = await a_turn(assistant, model, "ann", "t3")

    async def post(who: str, **body: Any) -> httpx.Response:
        return await signed.post("/api/feedback", json={"thumb": "up", **body}, headers=token(who))

    check_problem(await post("ben", thread_id="t1", turn_id=kept), 404, "thread_id")
    check_problem(await post("ann", thread_id="t2", turn_id=passing), 404, "thread_id")
    check_problem(await post("ann", thread_id="t9", turn_id=kept), 404, "thread_id")
    check_problem(await post("ben", thread_id="t2", turn_id=kept), 404, "turn_id")
    check_problem(await post("ann", thread_id="t1", turn_id=other), 404, "turn_id")
    check_problem(await post("ann", thread_id="t1", turn_id="nothing"), 404, "turn_id")
    named = {"thread_id": "t1", "turn_id": kept, "shopper_id": "ann"}
    check_problem(await post("ben", **named), 403, "shopper_id")
    assert rows(assistant) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"thumb": "sideways"}, "thumb"),
        ({"thumb": None}, "thumb"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "\ud800"}, "reason"),
        ({"turn_id": "a b"}, "turn_id"),
        ({"thread_id": "../t"}, "thread_id"),
        ({"stars": 5}, "stars"),
    ],
)
async def test_a_bad_thumb_is_named(
    signed: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    import json

    body = {"thread_id": "t", "turn_id": "u", "thumb": "up", **change}
    answer = await signed.post(
        "/api/feedback",
        content=json.dumps(body),
        headers={"Content-Type": "application/json", **token("ann")},
    )
    check_problem(answer, 422, field)
