"""What is refused is counted by its reason, and nothing of a shopper stands in a metric."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from demo_orders import DemoShop
from pydantic import SecretStr

from assistant.app import Assistant
from assistant.identity import GUEST_ROLE, Shoppers
from assistant.server import create_http
from assistant.settings import Settings
from retrieval.folder import IndexFolder

SECRET = "a secret of the shop, long enough for HS256"
PATH_TOKEN = "a-path-that-nobody-guesses"


async def counted(client: httpx.AsyncClient, name: str) -> dict[str, float]:
    """The values of a counter, by its only label, the reason."""
    metrics = (await client.get("/metrics", headers={"host": "localhost"})).text
    found = re.findall(rf'^{name}_total{{reason="(\w+)"}} (\S+)$', metrics, re.MULTILINE)
    assert len(found) == metrics.count(f"{name}_total{{")
    return {reason: float(value) for reason, value in found}


async def test_proofs_that_come_to_nothing(
    settings: Settings, demo_folder: IndexFolder, now: Callable[[], datetime]
) -> None:
    start = now()
    shop = DemoShop(settings.model_copy(update={"catalog": "demo"}), demo_folder, now=lambda: start)
    transport = httpx.ASGITransport(create_http(shop.assistant, shop.assistant.settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

        async def prove(postcode: str) -> str:
            said = f"where is order SG-1010? marcus.okafor@example.com, postcode {postcode}"
            body = {"message": said, "thread_id": "t", "shopper_id": "guest-7"}
            text: str = (await client.post("/api/chat", json=body)).json()["text"]
            return text

        assert "Timberland" in await prove("BS1 4DJ")
        assert await counted(client, "shopguide_order_proofs_refused") == {}
        for number in range(6):
            body = {"shopper_id": "guest-7", "thread_id": f"u{number}"}
            said = f"where is order SG-1011? a@example.com, postcode BS{number + 2} 4DJ"
            assert (await client.post("/api/chat", json={**body, "message": said})).is_success
        refused = await counted(client, "shopguide_order_proofs_refused")
        assert refused.pop("wrong") == 5
        assert sum(refused.values()) == 1
        assert set(refused) <= {"shopper", "address", "order"}
        metrics = (await client.get("/metrics", headers={"host": "localhost"})).text
        for told in ("SG-1011", "guest-7", "example.com", "BS2"):
            assert told not in metrics


async def test_tokens_that_ask_for_a_session(assistant: Assistant, settings: Settings) -> None:
    secret = settings.model_copy(update={"secret": SecretStr(SECRET)})
    old = Shoppers(SECRET).token(
        "guest-7", now=datetime.now(UTC), lasts=timedelta(hours=-1), role=GUEST_ROLE
    )
    transport = httpx.ASGITransport(create_http(assistant, secret))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        for token in (old, old[:-6] + "AAAAAA"):
            headers = {"Authorization": f"Bearer {token}"}
            assert (await client.post("/api/session", headers=headers)).status_code == 401
        counts = await counted(client, "shopguide_tokens_refused")
    assert counts == {"expired": 1, "signature": 1}


async def test_what_chatwoot_has_not_sent(assistant: Assistant, settings: Settings) -> None:
    update = {
        "secret": SecretStr(SECRET),
        "chatwoot_url": "http://chatwoot.test",
        "chatwoot_token": SecretStr("bot-token"),
        "chatwoot_path_token": SecretStr(PATH_TOKEN),
        "chatwoot_secret": SecretStr("what Chatwoot signs with"),
    }
    transport = httpx.ASGITransport(create_http(assistant, settings.model_copy(update=update)))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        for path in ("guessed", PATH_TOKEN):
            answer = await client.post(f"/api/chatwoot/{path}", json={})
            assert answer.status_code == 403
        counts = await counted(client, "shopguide_tokens_refused")
    assert counts == {"chatwoot_path": 1, "chatwoot_signature": 1}
