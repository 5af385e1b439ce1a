"""The HTTP API: answers, streams, problems, and who may ask what."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr
from scripted_model import ScriptedModel, reading
from served import served
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from assistant.app import Assistant
from assistant.errors import ModelUnavailable
from assistant.identity import GUEST_COOKIE, SHOP_ROLE, Shoppers
from assistant.profile.notice import notice
from assistant.reply import Reply
from assistant.server import GuestOf, create_http
from assistant.settings import Settings

SECRET = "a secret of the shop, long enough for HS256"
QUESTION = "Which running shoe under $120 is best for flat feet?"
UNDERSTOOD = reading(
    "search",
    ("running shoe", "category", "=", "running shoe"),
    ("under $120", "price", "<=", "120"),
    ("flat feet", "body", "=", "flat feet"),
)
ANSWER = "[1] Nike Structure 25 costs $110. [2] Asics Excite 10 costs $75."
STREAM = {"Accept": "text/event-stream"}


def client_of(http: FastAPI, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(http, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, **{"base_url": "http://127.0.0.1:7860", **options}
    )


def token(shopper_id: str, *, secret: str = SECRET, hours: float = 1) -> dict[str, str]:
    lasts = timedelta(hours=hours)
    made = Shoppers(secret).token(shopper_id, now=datetime.now(UTC), lasts=lasts)
    return {"Authorization": f"Bearer {made}"}


def check_problem(answer: httpx.Response, status: int, field: str | None = None) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"]
    assert problem["title"]
    assert problem["detail"]
    assert problem.get("field") == field
    assert "Traceback" not in answer.text
    return problem


@pytest.fixture
async def client(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_http(assistant, settings)) as client:
        yield client


@pytest.fixture
async def signed(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A server with a secret."""
    shop = settings.model_copy(update={"secret": SecretStr(SECRET)})
    async with client_of(create_http(assistant, shop), base_url="http://shop.test") as client:
        yield client


@pytest.fixture
def live(assistant: Assistant, settings: Settings) -> Iterator[str]:
    """The address of a real server."""
    with served(create_http(assistant, settings)) as url:
        yield url


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < ends, "it did not happen within 15 seconds"
        time.sleep(0.01)


# answers -------------------------------------------------------------------------------------


async def test_chat_gives_a_reply(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    await client.put("/api/profile/ann/consent", json={"notice": notice().version})
    model.will_say(UNDERSTOOD, ANSWER)
    answer = await client.post("/api/chat", json={"shopper_id": "ann", "message": QUESTION})
    assert answer.status_code == 200
    reply = Reply.model_validate(answer.json())
    assert reply.intent == "recommend"
    assert {product.id for product in reply.products} == {"nike-structure", "asics-excite"}
    assert all(product.price <= 120 for product in reply.products)

    model.will_say(reading("search", ("under $80", "price", "<=", "80")), "[1] Excite 10: $75.")
    body = {"shopper_id": "ann", "thread_id": reply.thread_id, "message": "and under $80?"}
    second = Reply.model_validate((await client.post("/api/chat", json=body)).json())
    assert [product.id for product in second.products] == ["asics-excite"]
    assert {wish.field for wish in second.need.must} >= {"price", "need"}

    thread = (await client.get(f"/api/threads/{reply.thread_id}?shopper_id=ann")).json()
    assert [exchange["message"] for exchange in thread["exchanges"]] == [QUESTION, "and under $80?"]
    profile = (await client.get("/api/profile/ann")).json()
    assert profile["shopper_id"] == "ann"
    assert [fact["quote"] for fact in profile["facts"]] == ["flat feet"]


async def test_search_filters_and_ranks(client: httpx.AsyncClient) -> None:
    where = [
        {"field": "price", "op": "<=", "value": 120},
        {"field": "brand", "op": "in", "value": ["Nike", "Asics"]},
    ]
    body = {"query": "stability", "where": where, "k": 5}
    answer = (await client.post("/api/search", json=body)).json()
    assert answer["count"] == len(answer["products"]) == 2
    assert {product["id"] for product in answer["products"]} == {"nike-structure", "asics-excite"}
    scores = [product["score"] for product in answer["products"]]
    assert scores == sorted(scores, reverse=True)
    everything = (await client.post("/api/search", json={})).json()
    assert everything["products"][0]["id"] == "asics-kayano"


async def test_a_product_by_its_id(client: httpx.AsyncClient) -> None:
    product = (await client.get("/api/products/anta-kt")).json()
    assert product["title"] == "Anta KT 9"
    assert product["price"] == 60.0
    check_problem(await client.get("/api/products/no/such"), 404)
    check_problem(await client.get("/api/products/anta-kt?catalog=none"), 404, "catalog")
    check_problem(await client.get("/api/products/anta-kt?catalog=../x"), 422, "catalog")


async def test_health_and_readiness(
    client: httpx.AsyncClient, model: ScriptedModel, assistant: Assistant, settings: Settings
) -> None:
    assert (await client.get("/health")).json()["status"] == "ok"
    ready = (await client.get("/ready")).json()
    assert ready == {"service": "shopguide", "status": "ready", "catalog": "shoes", "products": 6}
    model.is_ready = False
    assert "model" in check_problem(await client.get("/ready"), 503)["detail"]
    model.is_ready = True
    (settings.data / "catalogs" / "shoes" / "CURRENT").unlink()
    assert "shoes" in check_problem(await client.get("/ready"), 503)["detail"]
    assert (await client.get("/health")).status_code == 200


async def test_metrics_count_turns(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER, ModelUnavailable("The model is down."))
    body = {"shopper_id": "ann", "message": QUESTION}
    await client.post("/api/chat", json=body)
    await client.post("/api/chat", json=body)
    await client.post("/api/chat", json={**body, "message": ""})
    metrics = (await client.get("/metrics")).text
    assert 'shopguide_turns_total{intent="recommend",outcome="answered"} 1.0' in metrics
    assert 'shopguide_turns_total{intent="none",outcome="failed"} 1.0' in metrics
    assert 'shopguide_turns_total{intent="none",outcome="refused"} 1.0' in metrics
    assert 'shopguide_llm_tokens_total{kind="prompt"} 200.0' in metrics
    assert "shopguide_turn_seconds_count 1.0" in metrics


# bad requests --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"shopper_id": "ann"}, 422, "message"),
        ({"message": "hello"}, 422, "shopper_id"),
        ({"shopper_id": "ann", "message": ""}, 422, "message"),
        ({"shopper_id": "ann", "message": "\u202e\u200b\u0000"}, 422, "message"),
        ({"shopper_id": "ann", "message": "x" * 5000}, 422, "message"),
        ({"shopper_id": "ann", "message": 7}, 422, "message"),
        ({"shopper_id": "ann", "message": None}, 422, "message"),
        ({"shopper_id": "a b", "message": "hello"}, 422, "shopper_id"),
        ({"shopper_id": "", "message": "hello"}, 422, "shopper_id"),
        ({"shopper_id": ["ann"], "message": "hello"}, 422, "shopper_id"),
        ({"shopper_id": "ann", "thread_id": "../x", "message": "hello"}, 422, "thread_id"),
        ({"shopper_id": "ann", "catalog": "none", "message": "hello"}, 404, "catalog"),
        ({"shopper_id": "ann", "catalog": "../x", "message": "hello"}, 422, "catalog"),
        ([], 422, "body"),
        ("hello", 422, "body"),
        (None, 422, "body"),
    ],
)
@pytest.mark.parametrize("headers", [{}, STREAM])
async def test_a_bad_message_names_its_field(
    client: httpx.AsyncClient, body: Any, status: int, field: str, headers: dict[str, str]
) -> None:
    content = json.dumps(body)
    headers = {**headers, "Content-Type": "application/json"}
    check_problem(await client.post("/api/chat", content=content, headers=headers), status, field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"k": 0}, "k"),
        ({"k": 101}, "k"),
        ({"query": 7}, "query"),
        ({"query": "x" * 5000}, "query"),
        ({"where": {}}, "where"),
        ({"where": [{"field": "price", "op": "~", "value": 1}]}, "where.0.op"),
        ({"where": [{"field": "price", "op": "<="}]}, "where.0.value"),
        ({"where": [{"field": "price", "op": "<=", "value": {}}]}, "where.0.value"),
        ({"where": [{"field": "colour", "op": "=", "value": "red"}]}, "colour"),
        ({"where": [{"field": "price", "op": "<=", "value": "cheap"}]}, "price"),
        ({"where": [{"field": "brand", "op": "in", "value": ["x"] * 501}]}, "where"),
        ({"where": [{"field": "price", "op": "<=", "value": 1}] * 51}, "where"),
        ({"catalog": "none"}, "catalog"),
    ],
)
async def test_a_bad_search_names_its_field(
    client: httpx.AsyncClient, body: Any, field: str
) -> None:
    status = 404 if field == "catalog" else 422
    check_problem(await client.post("/api/search", json=body), status, field)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b'{"message": "\xff\xfe"}', 400),
        (b"\xff\xfe\x00", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 40_000, 400),
        (b'{"message": "\\ud800", "shopper_id": "ann"}', 422),
        (b'{"message": "hello", "shopper_id": "\\udfff"}', 422),
        (b'{"message": NaN, "shopper_id": "ann"}', 422),
        (b'{"message": ' + b"9" * 5000 + b"}", 400),
    ],
)
async def test_a_body_that_is_no_text_is_refused(
    client: httpx.AsyncClient, content: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/api/chat", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == status


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"[NaN]"])
async def test_numbers_must_be_finite(client: httpx.AsyncClient, number: bytes) -> None:
    content = b'{"where": [{"field": "price", "op": "<=", "value": ' + number + b"}]}"
    headers = {"Content-Type": "application/json"}
    check_problem(await client.post("/api/search", content=content, headers=headers), 422, "where")


async def test_a_form_is_no_json(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/chat", data={"message": "hello", "shopper_id": "ann"})
    check_problem(answer, 415)


async def test_other_paths_and_methods(client: httpx.AsyncClient) -> None:
    check_problem(await client.get("/api/nothing"), 404)
    check_problem(await client.get("/nothing"), 404)
    answer = await client.get("/api/chat")
    check_problem(answer, 405)
    assert answer.headers["allow"] == "POST"


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
BODIES = ANY_JSON | st.fixed_dictionaries(
    {"message": ANY_JSON | st.text(), "shopper_id": ANY_JSON | st.just("ann")},
    optional={"thread_id": ANY_JSON, "catalog": ANY_JSON},
)


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(body=BODIES)
async def test_no_body_breaks_the_server(
    client: httpx.AsyncClient, model: ScriptedModel, body: Any
) -> None:
    model.otherwise = ModelUnavailable("The model is down.")
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/api/chat", content=json.dumps(body), headers=headers)
    assert answer.status_code in (422, 404, 503), answer.text
    assert answer.json()["status"] == answer.status_code


async def test_a_fault_of_the_program_is_told_without_its_detail(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    model.will_say(RuntimeError("a detail of the inside"))
    answer = await client.post("/api/chat", json={"shopper_id": "ann", "message": QUESTION})
    check_problem(answer, 500)
    assert "inside" not in answer.text


async def test_a_model_that_is_down_stores_nothing(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    model.will_say(ModelUnavailable("The model is down."))
    body = {"shopper_id": "ann", "thread_id": "t1", "message": QUESTION}
    answer = await client.post("/api/chat", json=body)
    assert check_problem(answer, 503)["detail"] == "The model is down."
    check_problem(await client.get("/api/threads/t1?shopper_id=ann"), 404, "thread_id")
    assert (await client.get("/api/profile/ann")).json()["facts"] == []


# identity ------------------------------------------------------------------------------------


async def test_with_a_secret_every_api_path_needs_a_token(signed: httpx.AsyncClient) -> None:
    paths = ["/api/profile/ann", "/api/threads/t", "/api/products/anta-kt", "/api/nothing", "/api"]
    answers = [await signed.get(path) for path in paths]
    answers += [await signed.post(f"/api/{path}", json={}) for path in ("chat", "search")]
    answers.append(await signed.get("/api/profile/ann", headers=token("ann", hours=-1)))
    other = token("ann", secret="another secret, also long enough for it")
    answers.append(await signed.get("/api/profile/ann", headers=other))
    for answer in answers:
        check_problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for path in ("/health", "/ready"):
        assert (await signed.get(path)).status_code == 200


async def test_with_a_secret_metrics_are_for_this_machine_and_the_shop(
    assistant: Assistant, settings: Settings
) -> None:
    http = create_http(assistant, settings.model_copy(update={"secret": SecretStr(SECRET)}))

    def asking_from(client: str, host: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(http, client=(client, 4711))
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")

    for client, host, status in (
        ("127.0.0.1", "localhost:7860", 200),
        ("::1", "[::1]:7860", 200),
        ("127.0.0.1", "shop.test", 401),  # through a proxy that does not say for whom
        ("192.0.2.7", "localhost:7860", 401),
        ("192.0.2.7", "shop.test", 401),
    ):
        async with asking_from(client, host) as asks:
            answer = await asks.get("/metrics")
            assert answer.status_code == status, (client, host)
            assert ("shopguide_" in answer.text) is (status == 200)
    shop = Shoppers(SECRET).token(
        "program", now=datetime.now(UTC), lasts=timedelta(hours=1), role=SHOP_ROLE
    )
    async with asking_from("192.0.2.7", "shop.test") as asks:
        check_problem(await asks.get("/metrics", headers=token("ann")), 403)
        answer = await asks.get("/metrics", headers={"Authorization": f"Bearer {shop}"})
        assert answer.status_code == 200


async def test_a_token_that_is_refused_is_recorded_and_never_written_down(
    signed: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    expired = token("ann", hours=-1)["Authorization"]
    for path in ("/api/profile/ann", "/v1/models"):
        answer = await signed.get(path, headers={"Authorization": expired})
        assert answer.status_code == 401
    assert (await signed.post("/mcp", json={})).status_code == 401
    text = (await signed.get("/metrics", headers={"host": "localhost"})).text
    assert 'shopguide_tokens_refused_total{reason="expired"} 2.0' in text
    assert 'shopguide_tokens_refused_total{reason="missing"} 1.0' in text
    logged = capsys.readouterr()
    assert "token_refused" in logged.out
    assert expired.removeprefix("Bearer ") not in logged.out + logged.err


async def test_the_token_says_who_the_shopper_is(
    signed: httpx.AsyncClient, model: ScriptedModel
) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    ann, ben = token("ann"), token("ben")
    body = {"message": QUESTION, "thread_id": "t1"}
    agreed = {"notice": notice().version}
    await signed.put("/api/profile/ann/consent", json=agreed, headers=ann)
    refused = await signed.put("/api/profile/ann/consent", json=agreed, headers=ben)
    check_problem(refused, 403, "shopper_id")
    assert (await signed.post("/api/chat", json=body, headers=ann)).status_code == 200
    assert (await signed.get("/api/profile/ann", headers=ann)).json()["facts"]
    assert len((await signed.get("/api/threads/t1", headers=ann)).json()["exchanges"]) == 1
    assert (await signed.post("/api/search", json={}, headers=ben)).json()["count"] == 6

    named = {**body, "shopper_id": "ann"}
    check_problem(await signed.post("/api/chat", json=named, headers=ben), 403, "shopper_id")
    check_problem(await signed.get("/api/profile/ann", headers=ben), 403, "shopper_id")
    check_problem(await signed.post("/api/chat", json=body, headers=ben), 404, "thread_id")
    check_problem(await signed.get("/api/threads/t1", headers=ben), 404, "thread_id")
    check_problem(
        await signed.get("/api/threads/t1?shopper_id=ann", headers=ben), 403, "shopper_id"
    )


async def test_without_a_secret_a_thread_is_still_its_shoppers(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    body = {"shopper_id": "ann", "thread_id": "t1", "message": QUESTION}
    await client.post("/api/chat", json=body)
    check_problem(await client.post("/api/chat", json={**body, "shopper_id": "ben"}), 404,
                  "thread_id")  # fmt: skip
    check_problem(await client.get("/api/threads/t1?shopper_id=ben"), 404, "thread_id")
    check_problem(await client.get("/api/threads/t1"), 422, "shopper_id")


@pytest.mark.parametrize(
    "host",
    ["evil.test", "evil.test:7860", "127.0.0.1.evil.test", "192.168.1.5", "[2001:db8::1]", "[",
     "localhost.evil.test", ""],
)  # fmt: skip
async def test_without_a_secret_only_loopback_is_answered(
    client: httpx.AsyncClient, host: str
) -> None:
    for path in ("/api/profile/ann", "/health", "/"):
        check_problem(await client.get(path, headers={"Host": host}), 403)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost:7860", "[::1]:7860", "[::1]", "LOCALHOST"]
)
async def test_loopback_has_several_names(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/health", headers={"Host": host})).status_code == 200


async def test_pages_of_other_sites_may_not_ask(client: httpx.AsyncClient) -> None:
    for origin in ("https://evil.test", "null", "http://127.0.0.1:9999", "http://["):
        answer = await client.post("/api/search", json={}, headers={"Origin": origin})
        check_problem(answer, 403)
    own = {"Origin": "http://127.0.0.1:7860"}
    assert (await client.post("/api/search", json={}, headers=own)).status_code == 200


async def test_the_page_gets_a_guest(assistant: Assistant, settings: Settings) -> None:
    def page(http: FastAPI, assistant: Assistant, guest_of: GuestOf) -> None:
        @http.get("/")
        def home(request: Request) -> PlainTextResponse:
            return PlainTextResponse(guest_of(request.cookies.get(GUEST_COOKIE)) or "nobody")

    async with client_of(create_http(assistant, settings, page=page)) as client:
        first = await client.get("/")
        assert first.text == "nobody"
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        second = await client.get("/")
        assert second.text.startswith("guest-")
        assert "set-cookie" not in second.headers
        assert "set-cookie" not in (await client.get("/health")).headers
        forged = await client.get("/", headers={"Cookie": f"{GUEST_COOKIE}=guest-1"})
        assert forged.text == "nobody"
        check_problem(await client.get("/api/nothing"), 404)


# a real server -------------------------------------------------------------------------------


def events_of(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_stream_ends_with_the_reply(live: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    body = {"shopper_id": "ann", "message": QUESTION}
    with httpx.stream("POST", f"{live}/api/chat", json=body, headers=STREAM) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = list(events_of(answer.iter_lines()))
    names = [name for name, _ in events]
    assert names[0] == "status"
    assert names[-1] == "reply"
    assert set(names) == {"status", "product", "delta", "reply"}
    reply = Reply.model_validate(events[-1][1])
    assert "".join(data["text"] for name, data in events if name == "delta") == reply.text
    offered = [data["id"] for name, data in events if name == "product"]
    assert offered == [product.id for product in reply.products]


def test_what_fails_later_is_an_event(live: str, model: ScriptedModel) -> None:
    body = {"shopper_id": "ann", "message": QUESTION}
    model.will_say(ModelUnavailable("The model is down."))
    with httpx.stream("POST", f"{live}/api/chat", json=body, headers=STREAM) as answer:
        events = list(events_of(answer.iter_lines()))
    assert [name for name, _ in events] == ["status", "error"]
    assert events[-1][1]["status"] == 503
    assert events[-1][1]["detail"] == "The model is down."


@pytest.mark.parametrize("headers", [{}, STREAM])
def test_a_client_that_leaves_stops_the_model(
    live: str, model: ScriptedModel, headers: dict[str, str]
) -> None:
    model.will_say(UNDERSTOOD, "word " * 2000)
    model.gap = 0.02
    body = {"shopper_id": "ann", "thread_id": "t1", "message": QUESTION}
    with (
        httpx.Client(timeout=httpx.Timeout(10, read=3.0)) as client,
        pytest.raises(httpx.ReadTimeout),
        client.stream("POST", f"{live}/api/chat", json=body, headers=headers) as answer,
    ):
        for _ in answer.iter_lines():
            pass
    until(lambda: model.left_early == 1)
    check_problem(httpx.get(f"{live}/api/threads/t1?shopper_id=ann"), 404, "thread_id")
    until(lambda: 'outcome="left"} 1.0' in httpx.get(f"{live}/metrics").text)
    # The thread is free again.
    model.gap = 0.0
    model.will_say(UNDERSTOOD, ANSWER)
    assert httpx.post(f"{live}/api/chat", json=body).status_code == 200


async def test_two_messages_at_once_in_a_thread(live: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    model.gap = 0.1
    body = {"shopper_id": "ann", "thread_id": "t1", "message": QUESTION}
    async with httpx.AsyncClient() as client:
        first = asyncio.create_task(client.post(f"{live}/api/chat", json=body))
        await asyncio.to_thread(until, lambda: bool(model.asked))
        for headers in ({}, STREAM):
            second = await client.post(f"{live}/api/chat", json=body, headers=headers)
            check_problem(second, 409)
        assert (await first).status_code == 200


async def test_thirty_messages_in_a_second(live: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, ANSWER)
    model.gap = 0.1
    body = {"shopper_id": "ann", "thread_id": "t1"}
    messages = [f"{QUESTION} {number}" for number in range(30)]
    async with httpx.AsyncClient(timeout=30) as client:

        async def say(message: str) -> httpx.Response:
            return await client.post(f"{live}/api/chat", json={**body, "message": message})

        answers = await asyncio.gather(*(say(message) for message in messages))
        read = [m for m, answer in zip(messages, answers, strict=True) if answer.is_success]
        assert len(read) == 1
        for answer in answers:
            if not answer.is_success:
                check_problem(answer, 409)
        # Nothing is kept of the others, and the thread goes on.
        model.gap = 0.0
        model.will_say(reading("chat"))
        assert (await say("thank you")).is_success
        thread = (await client.get(f"{live}/api/threads/t1?shopper_id=ann")).json()
    told = [message["text"] for message in thread["messages"] if message["from"] == "shopper"]
    assert told == [*read, "thank you"]


def test_a_model_that_dies_mid_sentence(live: str, model: ScriptedModel) -> None:
    model.will_say(UNDERSTOOD, "[1] Nike Structure 25 costs $110. [2] Asics Excite 10 costs")
    model.breaks = ModelUnavailable("The line broke.")
    body = {"shopper_id": "ann", "thread_id": "t1", "message": QUESTION}
    with httpx.stream("POST", f"{live}/api/chat", json=body, headers=STREAM) as answer:
        events = list(events_of(answer.iter_lines()))
    assert events[-1][0] == "reply"
    reply = Reply.model_validate(events[-1][1])
    assert "".join(data["text"] for name, data in events if name == "delta") == reply.text
    assert "$110" in reply.text
    assert not reply.text.endswith("costs")
    assert reply.usage.llm_failures == 1
    model.breaks = None
    model.will_say(reading("chat"))
    assert httpx.post(f"{live}/api/chat", json={**body, "message": "thanks"}).status_code == 200


@pytest.mark.parametrize("size", [300_000, 1_000_000, 9_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused(live: str, size: int, chunked: bool) -> None:
    content = b'{"message": "' + b"x" * size + b'"}'
    pieces = iter([content[i : i + 65536] for i in range(0, len(content), 65536)])
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{live}/api/chat", content=pieces if chunked else content, headers=headers)
    check_problem(answer, 413)
