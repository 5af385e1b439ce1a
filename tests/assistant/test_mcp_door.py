"""``/mcp`` as the official client sees it, over real HTTP."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import httpx2
import pytest
from langchain_core.tools import StructuredTool
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, SecretStr
from served import served

from assistant.app import Assistant
from assistant.http.mcp_door import McpDoor
from assistant.identity import Shoppers
from assistant.server import create_http
from assistant.settings import Settings
from tools.access import Access

SECRET = "a secret of the shop, long enough for HS256"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def url(assistant: Assistant, settings: Settings) -> Iterator[str]:
    with served(create_http(assistant, settings)) as url:
        yield url


@pytest.fixture
def signed(assistant: Assistant, settings: Settings) -> Iterator[str]:
    shop = settings.model_copy(update={"secret": SecretStr(SECRET)})
    with served(create_http(assistant, shop)) as url:
        yield url


def token() -> dict[str, str]:
    made = Shoppers(SECRET).token("ann", now=datetime.now(UTC), lasts=timedelta(hours=1))
    return {"Authorization": f"Bearer {made}"}


@asynccontextmanager
async def connected(
    url: str, mode: str = "auto", headers: dict[str, str] | None = None
) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers=headers or {}, timeout=20, trust_env=False) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_tools_read_the_catalogue(url: str, mode: str) -> None:
    async with connected(url, mode) as client:
        listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == [
            "search_products", "product_details", "compare_products", "find_policy",
        ]  # fmt: skip
        for tool in listed:
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
        assert not {"leanings", "derived"} & set(listed[0].input_schema["properties"])

        where = [{"field": "price", "op": "<=", "value": 120}]
        found = await client.call_tool(
            "search_products",
            {"query": "stability running shoe", "where": where, "sort": None, "k": 2},
        )
        assert not found.is_error
        products = found.structured_content["products"]
        assert len(products) == 2
        assert {item["product"]["id"] for item in products} <= {
            "nike-structure", "asics-excite", "anta-kt",
        }  # fmt: skip
        assert products[0]["product"]["price"] <= 140

        record = await client.call_tool("product_details", {"product_id": "asics-kayano"})
        assert record.structured_content["title"] == "Asics Kayano 31"
        two = {"product_ids": ["asics-kayano", "asics-excite"]}
        compared = await client.call_tool("compare_products", two)
        assert {row["field"] for row in compared.structured_content["rows"]} >= {"price", "rating"}


async def test_wrong_arguments_are_told_plainly(url: str) -> None:
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("search_products", {"k": 500}, "k:"),
        ("search_products", {"leanings": []}, "leanings:"),
        ("search_products", {"where": [{"field": "price", "op": "~", "value": 1}]}, "where.0.op"),
        ("search_products", {"where": [{"field": "colour of the sky", "op": "=", "value": "x"}]},
         "colour of the sky"),
        ("product_details", {}, "product_id"),
        ("product_details", {"product_id": "nothing"}, "no product"),
        ("product_details", {"product_id": "anta-kt", "shopper_id": "ann"}, "shopper_id"),
        ("compare_products", {"product_ids": ["anta-kt"]}, "product_ids"),
        ("compare_products", {"product_ids": ["anta-kt", "anta-kt"]}, "only once"),
    ]  # fmt: skip
    async with connected(url) as client:
        for name, arguments, said in wrong:
            answer = await client.call_tool(name, arguments)
            assert answer.is_error, (name, arguments)
            text = answer.content[0].text  # type: ignore[union-attr]
            assert said in text
            assert "Traceback" not in text
            assert "pydantic" not in text
        with pytest.raises(MCPError, match="no tool 'erase_everything'"):
            await client.call_tool("erase_everything", {})


async def test_with_a_secret_a_token_is_needed(signed: str) -> None:
    async with connected(signed, headers=token()) as client:
        assert len((await client.list_tools()).tools) == 4


def test_without_a_token_or_from_another_site_it_is_closed(signed: str) -> None:
    for headers in ({}, {"Authorization": "Bearer a.b.c"}):
        answer = httpx.post(f"{signed}/mcp", json=INITIALIZE, headers={**ACCEPT, **headers})
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    elsewhere = {**ACCEPT, **token(), "Origin": "https://evil.test"}
    assert httpx.post(f"{signed}/mcp", json=INITIALIZE, headers=elsewhere).status_code == 403
    assert httpx.post(f"{signed}/mcp", json=INITIALIZE, headers=ACCEPT | token()).is_success


def test_pages_of_other_sites_and_other_names_are_refused(url: str) -> None:
    for headers, status in (
        ({"Origin": "https://evil.test"}, 403),
        ({"Host": "evil.test"}, 403),
        ({"Host": "127.0.0.1.evil.test:80"}, 403),
        ({"Host": "127.0.0.2"}, 421),  # loopback, and yet no name that the SDK was told of
        ({}, 200),
    ):
        answer = httpx.post(f"{url}/mcp", json=INITIALIZE, headers={**ACCEPT, **headers})
        assert answer.status_code == status, headers
    large = httpx.post(f"{url}/mcp", content=b"[" + b" " * 300_000 + b"]", headers=ACCEPT)
    assert large.status_code == 413
    assert httpx.post(f"{url}/mcp", content=b"{", headers=ACCEPT).status_code == 400


class NoArguments(BaseModel):
    """None."""


async def test_what_writes_is_never_offered_and_more_may_be_bound() -> None:
    def made(name: str, access: Access) -> StructuredTool:
        return StructuredTool.from_function(
            func=lambda: ["one", "two"], name=name, description=name, args_schema=NoArguments,
            metadata={"access": access},
        )  # fmt: skip

    door = McpDoor(
        lambda: [made("find_policy", Access.READ), made("cancel_order", Access.WRITE)],
        tokens=False,
    )
    from fastapi import FastAPI
    from starlette.routing import Route

    async def lifespan(http: FastAPI) -> AsyncIterator[None]:
        async with door.running():
            yield

    http = FastAPI(lifespan=asynccontextmanager(lifespan))
    http.router.routes.append(Route("/mcp", door))
    with served(http) as url:
        async with connected(url) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["find_policy"]
            found = await client.call_tool("find_policy", {})
            assert found.structured_content == {"result": ["one", "two"]}
            with pytest.raises(MCPError, match="no tool"):
                await client.call_tool("cancel_order", {})
