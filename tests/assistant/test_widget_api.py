"""What the API has for the widget: a guest's token, threads as messages, pages of other origins."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from pydantic import SecretStr, ValidationError
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.http.session import GUEST_HOURS
from assistant.identity import Shoppers
from assistant.server import create_http
from assistant.settings import Settings

SECRET = "a secret of the shop, long enough for HS256"
SHOP_PAGE = "https://www.shop.example"
ASK = {"message": "hm?", "thread_id": "t1"}


def client_of(assistant: Assistant, settings: Settings, base_url: str) -> httpx.AsyncClient:
    http = create_http(assistant, settings)
    transport = httpx.ASGITransport(http, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url)


@pytest.fixture
async def open_shop(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Without a secret, on loopback; one page of another origin is listed."""
    listed = settings.model_copy(update={"origins": (SHOP_PAGE,)})
    async with client_of(assistant, listed, "http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
async def signed(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """With a secret; one page of another origin is listed."""
    update = {"secret": SecretStr(SECRET), "origins": (SHOP_PAGE,)}
    async with client_of(
        assistant, settings.model_copy(update=update), "http://guide.example"
    ) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token(shopper: str, *, role: str | None = None, hours: float = 1) -> str:
    lasts = timedelta(hours=hours)
    return Shoppers(SECRET).token(shopper, now=datetime.now(UTC), lasts=lasts, role=role)


# guests ---------------------------------------------------------------------------------------


async def test_a_guest_gets_a_token_that_every_path_takes(
    signed: httpx.AsyncClient, model: ScriptedModel
) -> None:
    answer = await signed.post("/api/session")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    guest = answer.json()
    assert guest["shopper_id"].startswith("guest-")
    known = Shoppers(SECRET).bearer(f"Bearer {guest['token']}")
    assert (known.shopper_id, known.is_guest) == (guest["shopper_id"], True)
    claims = jwt.decode(guest["token"], options={"verify_signature": False})
    expires = datetime.fromisoformat(guest["expires"])
    assert expires.timestamp() == claims["exp"]
    left = expires - datetime.now(UTC)
    assert timedelta(hours=GUEST_HOURS - 0.1) < left <= timedelta(hours=GUEST_HOURS)

    model.will_say(reading("details"))
    mine = bearer(guest["token"])
    assert (await signed.post("/api/chat", json=ASK, headers=mine)).status_code == 200
    assert (await signed.get("/api/threads/t1", headers=mine)).status_code == 200
    other = (await signed.post("/api/session")).json()
    assert other["shopper_id"] != guest["shopper_id"]
    refused = await signed.get("/api/threads/t1", headers=bearer(other["token"]))
    assert refused.status_code == 404


async def test_guests_have_the_ids_and_the_hours_that_the_server_is_given(
    assistant: Assistant, settings: Settings
) -> None:
    moment = datetime(2001, 1, 1, tzinfo=UTC)
    numbers = itertools.count(1)
    http = create_http(
        assistant,
        settings.model_copy(update={"secret": SecretStr(SECRET)}),
        now=lambda: moment,
        new_id=lambda: f"g{next(numbers)}",
    )
    transport = httpx.ASGITransport(http)
    async with httpx.AsyncClient(transport=transport, base_url="http://guide.example") as client:
        guest = (await client.post("/api/session")).json()
        assert guest["shopper_id"] == "guest-g1"
        assert datetime.fromisoformat(guest["expires"]) == moment + timedelta(hours=GUEST_HOURS)
        mine = bearer(guest["token"])
        for hours, status in ((0, 404), (GUEST_HOURS - 1, 404), (2, 401)):
            moment += timedelta(hours=hours)
            assert (await client.get("/api/threads/t", headers=mine)).status_code == status


async def test_a_guest_stays_the_same_while_the_token_holds(signed: httpx.AsyncClient) -> None:
    old = token("guest-7", role="guest", hours=0.1)
    again = (await signed.post("/api/session", headers=bearer(old))).json()
    assert again["shopper_id"] == "guest-7"
    assert Shoppers(SECRET).bearer(f"Bearer {again['token']}").is_guest
    assert datetime.fromisoformat(again["expires"]) > datetime.now(UTC) + timedelta(hours=20)


@pytest.mark.parametrize(
    "made",
    [
        token("guest-7", role="guest", hours=-1),
        jwt.encode({"sub": "guest-7", "exp": 4e9, "role": "guest"}, "k" * 40, algorithm="HS256"),
        jwt.encode({"sub": "guest-7", "exp": 4e9, "role": "guest"}, None, algorithm="none"),
        "guest-7",
        "",
    ],
)
async def test_no_guest_is_taken_over_without_its_token(
    signed: httpx.AsyncClient, made: str
) -> None:
    assert (await signed.post("/api/session", headers=bearer(made))).status_code == 401


@pytest.mark.parametrize("role", [None, "shop"])
async def test_the_shops_own_tokens_are_not_renewed(
    signed: httpx.AsyncClient, role: str | None
) -> None:
    headers = bearer(token("ann", role=role))
    answer = await signed.post("/api/session", headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_guest_may_not_change_the_catalogue(signed: httpx.AsyncClient) -> None:
    guest = (await signed.post("/api/session")).json()
    refused = await signed.delete("/api/products/anta-kt", headers=bearer(guest["token"]))
    assert refused.status_code == 403


async def test_only_the_session_is_open_without_a_token(signed: httpx.AsyncClient) -> None:
    for path in ("/api/session/", "/api/session/join", "/api/sessions", "/api/chat"):
        assert (await signed.post(path, json={})).status_code == 401, path
    script = await signed.get("/widget.js")
    assert script.status_code == 200
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_without_a_secret_a_guest_has_an_id_alone(open_shop: httpx.AsyncClient) -> None:
    first, second = [(await open_shop.post("/api/session")).json() for _ in range(2)]
    assert first["token"] is None
    assert first["expires"] is None
    assert first["shopper_id"].startswith("guest-")
    assert first["shopper_id"] != second["shopper_id"]


# threads --------------------------------------------------------------------------------------


async def test_a_thread_is_told_as_messages(
    open_shop: httpx.AsyncClient, model: ScriptedModel
) -> None:
    for message, action in (("hm?", "details"), ("<b>hm</b>", "chat")):
        model.will_say(reading(action))
        body = {**ASK, "message": message, "shopper_id": "ann"}
        assert (await open_shop.post("/api/chat", json=body)).status_code == 200

    async def thread(**query: Any) -> Any:
        answer = await open_shop.get("/api/threads/t1", params={"shopper_id": "ann", **query})
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()

    whole = await thread()
    assert (whole["thread_id"], whole["speaker"]) == ("t1", "bot")
    assert len(whole["exchanges"]) == 2
    messages = whole["messages"]
    assert [m["number"] for m in messages] == [1, 2, 3, 4]
    assert [m["from"] for m in messages] == ["shopper", "bot"] * 2
    assert [m["text"] for m in messages[::2]] == ["hm?", "<b>hm</b>"]
    assert [m["reply"] is None for m in messages] == [True, False] * 2
    assert messages[1]["reply"]["text"] == messages[1]["text"]
    assert messages[1]["reply"]["choices"]
    assert all(m["name"] is None and m["time"] for m in messages)

    later = await thread(after=2)
    assert later["messages"] == messages[2:]
    assert later["exchanges"] == []
    assert (await thread(after=0))["messages"] == messages
    assert (await thread(after=4))["messages"] == []
    for after in ("-1", "x", 10**30):
        query = {"shopper_id": "ann", "after": after}
        assert (await open_shop.get("/api/threads/t1", params=query)).status_code == 422
    for stranger in ({"shopper_id": "ben"}, {"shopper_id": "ben", "after": 1}):
        assert (await open_shop.get("/api/threads/t1", params=stranger)).status_code == 404


async def test_numbers_go_on_where_the_first_turns_have_passed(
    open_shop: httpx.AsyncClient, model: ScriptedModel
) -> None:
    model.otherwise = reading("details")
    for _ in range(42):
        await open_shop.post("/api/chat", json={**ASK, "shopper_id": "ann"})
    query = {"shopper_id": "ann", "after": 80}
    messages = (await open_shop.get("/api/threads/t1", params=query)).json()["messages"]
    assert [message["number"] for message in messages] == [81, 82, 83, 84]


# origins --------------------------------------------------------------------------------------

PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


async def test_a_listed_page_may_ask(
    open_shop: httpx.AsyncClient, signed: httpx.AsyncClient
) -> None:
    for client in (open_shop, signed):
        before = await client.options("/api/chat", headers={"Origin": SHOP_PAGE, **PREFLIGHT})
        assert before.status_code == 200
        assert before.headers["access-control-allow-origin"] == SHOP_PAGE
        assert "Authorization" in before.headers["access-control-allow-headers"]
        answer = await client.post("/api/session", headers={"Origin": SHOP_PAGE})
        assert answer.status_code == 200
        for response in (before, answer):
            assert response.headers["access-control-allow-origin"] == SHOP_PAGE
            assert "access-control-allow-credentials" not in response.headers
            assert "Origin" in response.headers["vary"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_a_listed_page_may_show_and_change_a_profile(
    signed: httpx.AsyncClient, method: str
) -> None:
    asks = {**PREFLIGHT, "Access-Control-Request-Method": method, "Origin": SHOP_PAGE}
    before = await signed.options("/api/profile/guest-7", headers=asks)
    assert before.status_code == 200
    assert method in before.headers["access-control-allow-methods"]


async def test_a_listed_page_reads_why_it_is_refused(signed: httpx.AsyncClient) -> None:
    answer = await signed.post("/api/chat", json={}, headers={"Origin": SHOP_PAGE})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == SHOP_PAGE


@pytest.mark.parametrize(
    "origin",
    ["https://evil.test", "null", "http://www.shop.example", "https://www.shop.example.evil.test",
     "https://www.shop.example:8443", "*", "https://evil-www.shop.example"],
)  # fmt: skip
async def test_other_pages_read_nothing(
    open_shop: httpx.AsyncClient, signed: httpx.AsyncClient, origin: str
) -> None:
    for client, status in ((open_shop, 403), (signed, 401)):
        before = await client.options("/api/chat", headers={"Origin": origin, **PREFLIGHT})
        asked = await client.post("/api/chat", json={}, headers={"Origin": origin})
        for answer in (before, asked):
            assert answer.status_code == status
            assert "access-control-allow-origin" not in answer.headers
    guest = await signed.post("/api/session", headers={"Origin": origin})
    assert "access-control-allow-origin" not in guest.headers
    assert (await open_shop.post("/api/session", headers={"Origin": origin})).status_code == 403


async def test_paths_beside_the_api_are_shared_with_nobody(signed: httpx.AsyncClient) -> None:
    for path in ("/health", "/metrics", "/api"):
        answer = await signed.get(path, headers={"Origin": SHOP_PAGE})
        assert "access-control-allow-origin" not in answer.headers


def test_origins_are_read_from_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "SHOPGUIDE_ORIGINS", "https://Shop.example/, http://127.0.0.1:8000 https://a.example:443"
    )
    assert Settings().origins == (
        "https://shop.example",
        "http://127.0.0.1:8000",
        "https://a.example",
    )
    monkeypatch.setenv("SHOPGUIDE_ORIGINS", "")
    assert Settings().origins == ()


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "shop.example", "https://*.shop.example", "https://shop.example/shop",
     "ftp://shop.example", "https://", "https://a:b@shop.example", "https://shop.example?x",
     "https://[", "https://shop.example:x"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError, match="origin"):
        Settings(origins=(origin,))
