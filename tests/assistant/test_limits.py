"""Limits on every door: whose they are, what tells of them, where they are counted."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import fakeredis
import httpx
import openai
import pytest
import redis
from pydantic import SecretStr, ValidationError
from scripted_model import ScriptedModel, reading
from served import served
from test_server import SECRET, check_problem, client_of, token

from assistant.app import Assistant
from assistant.commands.run import server_config
from assistant.http.limits import RequestLimits, network_of
from assistant.identity import GUEST_ROLE, Shoppers
from assistant.server import create_http
from assistant.settings import Settings

HOUR = timedelta(hours=1)


def signed_as(shopper: str, role: str | None = None) -> dict[str, str]:
    made = Shoppers(SECRET).token(shopper, now=datetime.now(UTC), lasts=HOUR, role=role)
    return {"Authorization": f"Bearer {made}"}


def shop_of(settings: Settings, **limits: Any) -> Settings:
    return settings.model_copy(update={"secret": SecretStr(SECRET), **limits})


def client_at(assistant: Assistant, shop: Settings, address: str = "10.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(
        create_http(assistant, shop), raise_app_exceptions=False, client=(address, 1)
    )
    return httpx.AsyncClient(transport=transport, base_url="http://shop.test")


@pytest.fixture
def talking(model: ScriptedModel) -> ScriptedModel:
    model.otherwise = reading("chat")
    return model


async def chat(client: httpx.AsyncClient, who: dict[str, str]) -> httpx.Response:
    return await client.post("/api/chat", json={"message": "hello"}, headers=who)


async def test_a_shopper_has_so_many_messages_and_is_told(
    assistant: Assistant, settings: Settings, talking: ScriptedModel
) -> None:
    async with client_at(assistant, shop_of(settings, limit_shopper="2/hour")) as client:
        first = await chat(client, token("ann"))
        assert first.status_code == 200
        assert first.headers["ratelimit-policy"] == '"shopper";q=2;w=3600'
        assert first.headers["ratelimit"].startswith('"shopper";r=1;t=')
        assert (await chat(client, token("ann"))).status_code == 200
        asked = len(talking.asked)
        refused = await chat(client, token("ann"))
        problem = check_problem(refused, 429)
        assert problem["type"] == "urn:shopguide:problem:too-many-requests"
        assert 3000 < int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["ratelimit"].startswith('"shopper";r=0;t=')
        assert len(talking.asked) == asked
        # Others go on, and so does what asks no model.
        assert (await chat(client, token("ben"))).status_code == 200
        assert (await client.post("/api/search", json={}, headers=token("ann"))).is_success
        counted = (await client.get("/metrics", headers=signed_as("scraper", "shop"))).text
        assert 'shopguide_requests_limited_total{limit="shopper"} 1.0' in counted


DOORS: list[tuple[str, str]] = [
    ("POST", "/api/chat"), ("POST", "/v1/chat/completions"), ("GET", "/v1/models"),
    ("POST", "/mcp"), ("POST", "/api/events"), ("POST", "/api/session/join"),
    ("POST", "/api/feedback"), ("POST", "/api/search"), ("GET", "/api/threads/t1"),
    ("GET", "/api/products/anta-kt"), ("GET", "/api/profile/ann"), ("DELETE", "/api/profile/ann"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_every_door_has_its_limit(
    assistant: Assistant, settings: Settings, method: str, path: str
) -> None:
    async with client_at(assistant, shop_of(settings, limit_shopper="1/hour")) as client:
        statuses = [
            (await client.request(method, path, headers=token("ann"))).status_code
            for _ in range(11)
        ]
    assert statuses[0] != 429
    assert statuses[-1] == 429
    # A message is dear; of the others there are ten times as many.
    messages = path in ("/api/chat", "/v1/chat/completions")
    assert statuses.index(429) == (1 if messages else 10)


async def test_a_message_counts_at_either_door(
    assistant: Assistant, settings: Settings, talking: ScriptedModel
) -> None:
    async with client_at(assistant, shop_of(settings, limit_shopper="1/hour")) as client:
        assert (await chat(client, token("ann"))).is_success
        body = {"model": "shopguide", "messages": [{"role": "user", "content": "hello"}]}
        refused = await client.post("/v1/chat/completions", json=body, headers=token("ann"))
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert int(refused.headers["retry-after"]) > 0


def test_openais_client_knows_it(
    assistant: Assistant, settings: Settings, talking: ScriptedModel
) -> None:
    with served(create_http(assistant, shop_of(settings, limit_shopper="1/hour"))) as url:
        key = signed_as("ann")["Authorization"].removeprefix("Bearer ")
        with openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0) as client:
            client.models.list()
            ask: Any = {"model": "shopguide", "messages": [{"role": "user", "content": "hi"}]}
            client.chat.completions.create(**ask)
            with pytest.raises(openai.RateLimitError):
                client.chat.completions.create(**ask)


async def test_new_guests_do_not_evade_the_limit_of_their_address(
    assistant: Assistant, settings: Settings, talking: ScriptedModel
) -> None:
    shop = shop_of(settings, limit_shopper="2/hour", limit_address="5/hour")
    http = create_http(assistant, shop)

    def at(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(http, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url="http://shop.test")

    async with at("10.0.0.1") as client, at("10.0.0.2") as other:
        guests = [signed_as(f"guest-{n}", GUEST_ROLE) for n in range(20)]
        answers = [(await chat(client, guest)).status_code for guest in guests]
        assert answers == [200] * 5 + [429] * 15
        # A header of their own making changes nothing.
        forwarded = {**guests[0], "X-Forwarded-For": "10.9.9.9", "Forwarded": "for=10.9.9.9"}
        check_problem(await chat(client, forwarded), 429)
        # Who is signed in, and who comes from elsewhere, is not held up by them.
        assert (await chat(client, token("ann"))).is_success
        assert (await chat(other, guests[7])).is_success
        counted = (await client.get("/metrics", headers=signed_as("scraper", "shop"))).text
        assert 'shopguide_requests_limited_total{limit="address"}' in counted


async def test_the_shop_has_a_sum(
    assistant: Assistant, settings: Settings, talking: ScriptedModel
) -> None:
    async with client_at(assistant, shop_of(settings, limit_shop="3/hour")) as client:
        answers = [await chat(client, token(f"shopper-{n}")) for n in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[-1].headers["ratelimit-policy"].startswith('"shop"')


async def test_the_shops_own_programs_count_in_its_sum_only(
    assistant: Assistant, settings: Settings
) -> None:
    shop = shop_of(settings, limit_shopper="1/hour", limit_shop="2/hour")
    async with client_at(assistant, shop) as client:
        path = "/api/products/anta-kt"
        role = signed_as("stock", "shop")
        assert [(await client.get(path, headers=role)).status_code for _ in range(21)] == (
            [200] * 20 + [429]
        )


async def test_at_loopback_nothing_is_limited_unless_it_is_asked_for(
    assistant: Assistant, settings: Settings
) -> None:
    async with client_of(create_http(assistant, settings)) as client:
        for _ in range(300):
            assert (await client.get("/api/products/anta-kt")).is_success
    limited = settings.model_copy(update={"limit_shopper": "1/hour"})
    async with client_of(create_http(assistant, limited)) as client:
        statuses = [(await client.get("/api/products/anta-kt")).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


async def test_who_waits_is_heard_again(assistant: Assistant, settings: Settings) -> None:
    async with client_at(assistant, shop_of(settings, limit_shopper="1/second")) as client:
        path, who = "/api/products/anta-kt", token("ann")
        began = time.monotonic()
        statuses = [(await client.get(path, headers=who)).status_code for _ in range(11)]
        if time.monotonic() - began < 0.9:
            assert statuses == [200] * 10 + [429]
        time.sleep(1.2)  # noqa: ASYNC251 (nothing else goes on meanwhile)
        assert (await client.get(path, headers=who)).is_success


@pytest.fixture
def redis_url(monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a Redis that every client of this process reaches."""
    server = fakeredis.FakeServer()
    monkeypatch.setattr(
        redis, "from_url", lambda url, **options: fakeredis.FakeRedis(server=server)
    )
    return "redis://limits.test:6379/0"


async def test_two_servers_count_in_one_redis(
    assistant: Assistant, settings: Settings, redis_url: str
) -> None:
    shop = shop_of(settings, limit_shopper="1/hour", limits_store=redis_url)
    async with client_at(assistant, shop) as one, client_at(assistant, shop) as two:
        path, who = "/api/products/anta-kt", token("ann")
        statuses = [(await client.get(path, headers=who)).status_code for client in (one, two) * 6]
    assert statuses == [200] * 10 + [429] * 2


async def test_without_its_redis_each_server_counts_by_itself(
    assistant: Assistant, settings: Settings
) -> None:
    shop = shop_of(settings, limit_shopper="1/hour", limits_store="redis://127.0.0.1:1/0")
    async with client_at(assistant, shop) as client:
        path, who = "/api/products/anta-kt", token("ann")
        statuses = [(await client.get(path, headers=who)).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


@pytest.mark.parametrize("limit", ["", "20", "0/minute", "many/minute", "20/fortnight", "-1/hour"])
def test_a_limit_that_is_none_is_refused(limit: str) -> None:
    with pytest.raises(ValidationError, match="20/minute"):
        Settings(limit_shopper=limit)


@pytest.mark.parametrize(
    ("client", "network"),
    [
        (("10.1.2.3", 5), "10.1.2.3"),
        (("2001:db8:1:2:3:4:5:6", 5), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::1", 5), "2001:db8:1:2::/64"),
        (("::ffff:10.1.2.3", 5), "10.1.2.3"),
        (("a socket", 0), "a socket"),
        (None, ""),
    ],
)
def test_the_network_of_a_request(client: tuple[str, int] | None, network: str) -> None:
    assert network_of({"client": client}) == network


@pytest.mark.parametrize(("trusted", "seen"), [("127.0.0.1", "203.0.113.9"), ("10.0.0.0/8", None)])
async def test_a_proxy_is_believed_only_where_it_is_trusted(
    settings: Settings, trusted: str, seen: str | None
) -> None:
    found: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.append(network_of(scope))

    config = server_config(app, settings.model_copy(update={"trusted_proxies": trusted}))
    config.load()
    scope = {
        "type": "http",
        "client": ("127.0.0.1", 5),
        "scheme": "http",
        "headers": [(b"x-forwarded-for", b"198.51.100.7, 203.0.113.9")],
    }
    await config.loaded_app(scope, None, None)  # type: ignore[arg-type]
    assert found == [seen or "127.0.0.1"]


async def test_what_is_no_door_is_not_counted(settings: Settings) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    limits = RequestLimits(app, shop_of(settings, limit_shop="1/hour"))
    for _ in range(30):
        sent: list[Any] = []

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        for path in ("/health", "/metrics", "/widget.js", "/"):
            scope = {"type": "http", "path": path, "method": "GET", "headers": []}
            await limits(scope, None, send)  # type: ignore[arg-type]
        assert {message["status"] for message in sent if "status" in message} == {200}
