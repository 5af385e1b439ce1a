"""ShopGuide as an agent bot of Chatwoot, against a small server that stands in for it."""

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from recording_server import Recorder, Taken, recording
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.database.connection import Database
from assistant.desk.chatwoot import Chatwoot, _Sent
from assistant.desk.chatwoot_line import LONGEST_CONTENT, ChatwootAway, ChatwootLine
from assistant.errors import ModelUnavailable, UnknownThread
from assistant.server import create_http
from assistant.settings import Settings
from prompts import phrases
from retrieval.folder import IndexFolder

PATH_TOKEN = "a-path-token-of-the-shop"
SECRET = "what chatwoot signs with"
SHOP_SECRET = "a secret of the shop, long enough for HS256"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MESSAGES = "/api/v1/accounts/3/conversations/12/messages"
STATUS = "/api/v1/accounts/3/conversations/12/toggle_status"


@pytest.fixture
def chatwoot() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture
def shop(settings: Settings, chatwoot: Recorder) -> Settings:
    return settings.model_copy(
        update={
            "secret": SecretStr(SHOP_SECRET),
            "chatwoot_url": f"{chatwoot.url}/",
            "chatwoot_token": SecretStr("bot-token"),
            "chatwoot_path_token": SecretStr(PATH_TOKEN),
            "chatwoot_secret": SecretStr(SECRET),
        }
    )


@pytest.fixture
def answering(shop: Settings, indexes: IndexFolder, model: ScriptedModel) -> Iterator[Assistant]:
    made = Assistant(
        shop, indexes=indexes, database=Database(shop.database_url), model=model, now=lambda: NOW
    )
    yield made
    made.close()


@pytest.fixture
def http(answering: Assistant, shop: Settings) -> FastAPI:
    return create_http(answering, shop)


@pytest.fixture
async def client(http: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(http)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as made:
        yield made


def sent(content: str | None = "hello", **changes: Any) -> dict[str, Any]:
    """What Chatwoot sends of a shopper's message."""
    return {
        "event": "message_created",
        "id": 7,
        "content": content,
        "message_type": "incoming",
        "content_type": "text",
        "private": False,
        "account": {"id": 3, "name": "Shop"},
        "conversation": {"id": 12, "status": "pending", "channel": "Channel::WebWidget"},
        "sender": {"id": 5, "name": "<b>Ann</b>", "type": "contact"},
        **changes,
    }


async def deliver(
    client: httpx.AsyncClient,
    body: Any,
    *,
    token: str = PATH_TOKEN,
    secret: str = SECRET,
    at: float | None = None,
) -> httpx.Response:
    raw = json.dumps(body).encode()
    stamp = str(int(NOW.timestamp() if at is None else at))
    made = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Chatwoot-Timestamp": stamp,
        "X-Chatwoot-Signature": f"sha256={made}",
    }
    return await client.post(f"/api/chatwoot/{token}", content=raw, headers=headers)


async def until(chatwoot: Recorder, count: int) -> list[Taken]:
    for _ in range(400):
        if len(chatwoot.taken) >= count:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert len(chatwoot.taken) == count
    return chatwoot.taken


async def test_a_message_is_answered_through_chatwoot(
    client: httpx.AsyncClient, chatwoot: Recorder, model: ScriptedModel
) -> None:
    model.will_say(reading("chat"))
    answer = await deliver(client, sent())
    assert (answer.status_code, answer.json()) == (200, {"answered": True})
    (taken,) = await until(chatwoot, 1)
    assert taken.path == MESSAGES
    assert taken.headers["api_access_token"] == "bot-token"
    assert taken.data == {
        "content": phrases("en")["smalltalk"], "message_type": "outgoing", "private": False,
    }  # fmt: skip


async def test_products_follow_as_lines(
    client: httpx.AsyncClient, chatwoot: Recorder, model: ScriptedModel
) -> None:
    understood = reading("search", ("running shoe", "category", "=", "running shoe"))
    model.will_say(understood, "[1] Nike Structure 25 costs $110.")
    await deliver(client, sent("a running shoe"))
    (taken,) = await until(chatwoot, 1)
    assert "\n1. " in taken.data["content"]
    assert "USD" in taken.data["content"]


async def test_a_hand_off_opens_the_conversation_and_then_the_bot_is_silent(
    client: httpx.AsyncClient, chatwoot: Recorder, model: ScriptedModel, answering: Assistant
) -> None:
    model.will_say(reading("person"))
    await deliver(client, sent("let me talk to a human"))
    said, note, status = await until(chatwoot, 3)
    assert phrases("en")["handoff"] in said.data["content"]
    assert (note.path, note.data["private"]) == (MESSAGES, True)
    assert "let me talk to a human" in note.data["content"]
    assert (status.path, status.data) == (STATUS, {"status": "open"})
    assert answering.desk.queue() == []  # Chatwoot's agents have it
    opened = {"id": 12, "status": "open"}
    answer = await deliver(client, sent("are you there?", id=8, conversation=opened))
    assert answer.json() == {"answered": False}
    await until(chatwoot, 3)


async def test_who_was_faster_has_the_talk(
    client: httpx.AsyncClient, chatwoot: Recorder, model: ScriptedModel
) -> None:
    understood = reading("search", ("running shoe", "category", "=", "running shoe"))
    model.will_say(understood, "[1] Nike Structure 25 costs $110.")
    model.gap = 0.05
    await deliver(client, sent("a running shoe"))
    for _ in range(500):
        if model.asked:
            break
        await asyncio.sleep(0.01)
    opened = {"event": "conversation_opened", "id": 12, "status": "open", "account": {"id": 3}}
    assert (await deliver(client, opened)).json() == {"answered": False}
    await asyncio.sleep(1)
    assert chatwoot.taken == []


@pytest.mark.parametrize(
    "changes",
    [
        {"message_type": "outgoing"},
        {"message_type": "activity"},
        {"message_type": "template"},
        {"private": True},
        {"content": None},
        {"content": "   "},
        {"conversation": {"id": 12, "status": "open"}},
        {"conversation": {"id": 12, "status": "resolved"}},
        {"event": "message_updated"},
        {"event": "webwidget_triggered"},
    ],
)
async def test_what_is_no_shoppers_message_is_left_alone(
    client: httpx.AsyncClient, chatwoot: Recorder, changes: dict[str, Any]
) -> None:
    answer = await deliver(client, sent(**changes))
    assert (answer.status_code, answer.json()) == (200, {"answered": False})
    await until(chatwoot, 0)


async def test_a_message_that_is_sent_again_is_answered_once(
    client: httpx.AsyncClient, chatwoot: Recorder, model: ScriptedModel
) -> None:
    model.will_say(reading("chat"))
    answers = await asyncio.gather(*(deliver(client, sent()) for _ in range(4)))
    assert sorted(answer.json()["answered"] for answer in answers) == [False, False, False, True]
    await until(chatwoot, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "another-token-of-16-chars"},
        {"token": "é"},
        {"secret": "another"},
        {"at": NOW.timestamp() - 400},
        {"at": NOW.timestamp() + 400},
    ],
)
async def test_nobody_else_may_send_nor_send_again_later(
    client: httpx.AsyncClient, chatwoot: Recorder, wrong: dict[str, Any]
) -> None:
    assert (await deliver(client, sent(), **wrong)).status_code == 403
    unsigned = await client.post(f"/api/chatwoot/{PATH_TOKEN}", json=sent())
    assert unsigned.status_code == 403
    await until(chatwoot, 0)


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "x", None, {"event": "message_created"}, sent(id="7; DROP TABLE"),
        sent(account={"id": -1}), sent(conversation={"id": "../../x", "status": "pending"}),
        sent(conversation={"id": 12, "status": "elsewhere"}), sent(sender=None),
    ],
)  # fmt: skip
async def test_a_body_that_is_none_is_refused(
    client: httpx.AsyncClient, chatwoot: Recorder, body: Any
) -> None:
    assert (await deliver(client, body)).status_code == 422
    await until(chatwoot, 0)


async def test_nothing_is_written_twice_when_chatwoot_fails(
    client: httpx.AsyncClient, chatwoot: Recorder, model: ScriptedModel
) -> None:
    chatwoot.answer = lambda taken: (500, {})
    model.will_say(reading("chat"))
    await deliver(client, sent())
    said, status = await until(chatwoot, 2)
    assert (said.path, status.path) == (MESSAGES, STATUS)


async def test_without_an_answer_the_talk_is_a_persons(
    client: httpx.AsyncClient, chatwoot: Recorder, model: ScriptedModel
) -> None:
    model.will_say(ModelUnavailable("The model is down."))
    await deliver(client, sent("running shoes please"))
    (taken,) = await until(chatwoot, 1)
    assert (taken.path, taken.data) == (STATUS, {"status": "open"})


async def test_the_bot_is_there_only_where_it_is_set_up(
    assistant: Assistant, settings: Settings
) -> None:
    transport = httpx.ASGITransport(create_http(assistant, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await deliver(client, sent())).status_code == 404


def test_half_a_set_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPGUIDE_CHATWOOT_URL", "https://chat.shop.test")
    with pytest.raises(ValueError, match="SHOPGUIDE_CHATWOOT_TOKEN"):
        Settings()


async def test_what_nobody_foresaw_leaves_the_talk_to_a_person(
    client: httpx.AsyncClient, chatwoot: Recorder, model: ScriptedModel
) -> None:
    model.will_say(ZeroDivisionError("unforeseen"))  # type: ignore[arg-type]
    await deliver(client, sent("running shoes please"))
    (taken,) = await until(chatwoot, 1)
    assert (taken.path, taken.data) == (STATUS, {"status": "open"})


async def test_chatwoot_that_has_too_much_to_do_gets_it_later_and_once(chatwoot: Recorder) -> None:
    answers = iter([(429, {"Retry-After": "7"}), (429, {"Retry-After": "3600"}), (429, {})])
    chatwoot.answer = lambda taken: next(answers, (200, {}))
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    line = ChatwootLine(chatwoot.url, "bot-token", sleep=sleep)
    await line.say(3, 12, "hello")
    assert waits == [7, 15, 2]
    assert {taken.body for taken in chatwoot.taken} == {chatwoot.taken[0].body}
    chatwoot.answer = lambda taken: (429, {})
    with pytest.raises(ChatwootAway, match="429"):
        await line.open(3, 12)
    assert len(waits) == 6


async def test_a_call_ends_in_time_whatever_chatwoot_does(chatwoot: Recorder) -> None:
    async def for_ever(seconds: float) -> None:
        await asyncio.sleep(60)

    chatwoot.answer = lambda taken: (429, {})
    line = ChatwootLine(chatwoot.url, "bot-token", sleep=for_ever, in_all=0.2)
    async with asyncio.timeout(10):
        with pytest.raises(ChatwootAway, match="TimeoutError"):
            await line.say(3, 12, "hello")


@pytest.mark.parametrize("length", [LONGEST_CONTENT, LONGEST_CONTENT + 1, LONGEST_CONTENT * 3])
async def test_what_is_longer_than_chatwoot_takes_is_cut(chatwoot: Recorder, length: int) -> None:
    await ChatwootLine(chatwoot.url, "bot-token").say(3, 12, "长" * length)
    content = chatwoot.taken[0].data["content"]
    assert len(content) == LONGEST_CONTENT
    assert content.endswith("长" if length == LONGEST_CONTENT else "长…")


async def test_chatwoot_does_not_wait_for_itself(
    answering: Assistant, shop: Settings, chatwoot: Recorder, model: ScriptedModel
) -> None:
    """It gives up on an address that takes five seconds."""
    held = threading.Event()

    def slow(taken: Taken) -> tuple[int, dict[str, str]]:
        held.wait(30)
        return 200, {}

    chatwoot.answer = slow
    limited = shop.model_copy(update={"limit_shopper": "1/hour"})
    model.otherwise = reading("chat")
    transport = httpx.ASGITransport(create_http(answering, limited))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        async with asyncio.timeout(4):
            first = await deliver(client, sent(id=1))
            talk = {"id": 13, "status": "pending"}
            second = await deliver(client, sent(id=2, conversation=talk))
            answers = [first.json(), second.json()]
        assert answers == [{"answered": True}, {"answered": False}]
        held.set()
        taken = await until(chatwoot, 2)
    assert {one.path for one in taken} == {MESSAGES, STATUS.replace("12", "13")}


async def test_what_a_burst_leaves_unanswered_is_a_persons(
    client: httpx.AsyncClient,
    chatwoot: Recorder,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("assistant.desk.chatwoot._MOST_AT_ONCE", 3)
    model.otherwise = reading("chat")
    model.gap = 0.05
    answers = [
        (await deliver(client, sent(id=n, conversation={"id": n, "status": "pending"}))).json()
        for n in range(1, 6)
    ]
    assert [answer["answered"] for answer in answers] == [True] * 3 + [False] * 2
    taken = await until(chatwoot, 5)
    opened = {one.path for one in taken if one.path.endswith("toggle_status")}
    assert opened == {STATUS.replace("12", "4"), STATUS.replace("12", "5")}


async def test_a_server_that_ends_leaves_what_it_cannot_answer_to_a_person(
    answering: Assistant,
    chatwoot: Recorder,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("assistant.desk.chatwoot._SECONDS_TO_FINISH", 0.2)
    bot = Chatwoot(answering, ChatwootLine(chatwoot.url, "bot-token"), now=lambda: NOW)
    model.otherwise = "The Nike Structure 25 costs $110."
    model.will_say(reading("search", ("running shoe", "category", "=", "running shoe")))
    model.gap = 5.0

    async def count(shopper: str) -> None:
        pass

    # The second waits for the first, in the same talk.
    for number in (1, 2):
        assert await bot.take(_Sent.model_validate(sent("a running shoe", id=number)), count)
    async with asyncio.timeout(10):
        await bot.finish()
    assert {taken.path for taken in chatwoot.taken} == {STATUS}


async def test_a_long_message_of_chatwoots_is_for_a_person(
    client: httpx.AsyncClient, chatwoot: Recorder
) -> None:
    answer = await deliver(client, sent("x" * LONGEST_CONTENT, copy="x" * LONGEST_CONTENT))
    assert answer.json() == {"answered": True}
    (taken,) = await until(chatwoot, 1)
    assert taken.path == STATUS


async def test_each_contact_has_its_limit(
    answering: Assistant, shop: Settings, chatwoot: Recorder, model: ScriptedModel
) -> None:
    model.otherwise = reading("chat")
    limited = shop.model_copy(update={"limit_shopper": "1/hour"})
    transport = httpx.ASGITransport(create_http(answering, limited))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        answers = [
            (await deliver(client, sent(id=number, sender={"id": contact}))).json()["answered"]
            for number, contact in ((1, 5), (2, 6), (3, 5))
        ]
    assert answers == [True, True, False]


async def test_no_other_client_takes_a_conversation_of_chatwoots(
    client: httpx.AsyncClient, chatwoot: Recorder, model: ScriptedModel, answering: Assistant
) -> None:
    guest = (await client.post("/api/session")).json()
    headers = {"Authorization": f"Bearer {guest['token']}"}
    message = {"message": "hello", "thread_id": "chatwoot-3-12"}
    refused = await client.post("/api/chat", json=message, headers=headers)
    assert (refused.status_code, refused.json()["field"]) == (404, "thread_id")
    talk = {
        "model": "shopguide",
        "messages": [{"role": "user", "content": "hello"}],
        "metadata": {"thread_id": "chatwoot-3-12"},
    }
    refused = await client.post("/v1/chat/completions", json=talk, headers=headers)
    assert refused.status_code == 404
    with pytest.raises(UnknownThread):
        await answering.reply("hello", shopper_id="ann", thread_id="chatwoot-3-12")
    # So Chatwoot's own shopper is answered.
    model.will_say(reading("chat"))
    await deliver(client, sent())
    (taken,) = await until(chatwoot, 1)
    assert taken.data["content"] == phrases("en")["smalltalk"]
