"""``POST /api/events``: who may report what, what is refused, and that nothing is half done."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from conftest import START
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select, update

from assistant.app import Assistant
from assistant.database.tables import EventRow, ShopperRow
from assistant.http.gate import API_LIMIT, EVENTS_LIMIT
from assistant.identity import Shoppers
from assistant.server import create_http
from assistant.settings import Settings

SECRET = "a secret of the shop, long enough for HS256"
TIME = "2026-03-01T11:59:00Z"


def event(id: str = "e-1", **fields: Any) -> dict[str, Any]:
    given = {"event_id": id, "shopper_id": "ann", "type": "view", "product_id": "anta-kt"}
    return {**given, "time": TIME, **fields}


def client_of(http: FastAPI, base_url: str = "http://127.0.0.1:7860") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(http, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url)


def token(shopper: str = "ann", role: str | None = None) -> dict[str, str]:
    lasts = timedelta(hours=1)
    made = Shoppers(SECRET).token(shopper, now=datetime.now(UTC), lasts=lasts, role=role)
    return {"Authorization": f"Bearer {made}"}


def check_problem(answer: httpx.Response, status: int, field: str | None = None) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem.get("field") == field, answer.text
    assert "Traceback" not in answer.text
    return problem


def agree(assistant: Assistant, *shoppers: str) -> None:
    """They agreed a month before the events."""
    for shopper in shoppers:
        assistant.memory.give_consent(shopper)
    with assistant.database.writing() as session:
        agreed = update(ShopperRow).where(ShopperRow.id.in_(shoppers))
        session.execute(agreed.values(consented=START - timedelta(days=30)))


def count(assistant: Assistant, shopper: str | None = None) -> int:
    """How many events are kept."""
    with assistant.database.reading() as session:
        kept = session.scalars(select(EventRow.shopper_id)).all()
    return len([one for one in kept if shopper in (None, one)])


@pytest.fixture
async def client(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    agree(assistant, "ann", "bob")
    async with client_of(create_http(assistant, settings)) as client:
        yield client


@pytest.fixture
async def signed(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A server with a secret."""
    agree(assistant, "ann", "bob")
    shop = settings.model_copy(update={"secret": SecretStr(SECRET)})
    async with client_of(create_http(assistant, shop), "http://shop.test") as client:
        yield client


async def post(client: httpx.AsyncClient, body: Any, **options: Any) -> httpx.Response:
    return await client.post("/api/events", json=body, **options)


# what becomes of events ----------------------------------------------------------------------


async def test_one_a_list_and_a_batch(client: httpx.AsyncClient, assistant: Assistant) -> None:
    none = {"stored": 0, "duplicates": 0, "without_consent": 0}
    assert (await post(client, event("a"))).json() == {**none, "stored": 1}
    answer = await post(client, [event("a"), event("b"), event("c", shopper_id="eve")])
    assert answer.json() == {"stored": 1, "duplicates": 1, "without_consent": 1}
    batch = {"events": [event("d", type="search", product_id=None, query="跑鞋")]}
    assert (await post(client, batch)).json() == {**none, "stored": 1}
    assert (await post(client, {**batch, "catalog": "shoes"})).json() == {**none, "duplicates": 1}
    assert (await post(client, [])).json() == none
    kept = assistant.events.recent("ann", 10, catalog="shoes")
    assert sorted(each.event_id for each in kept) == ["a", "b", "d"]
    assert count(assistant) == 3


async def test_another_content_under_a_known_id_changes_nothing(
    client: httpx.AsyncClient, assistant: Assistant
) -> None:
    await post(client, event("a"))
    answer = await post(client, event("a", type="purchase", value=3, time="2026-02-01T00:00Z"))
    assert answer.json()["duplicates"] == 1
    assert [each.type for each in assistant.events.recent("ann", 9, catalog="shoes")] == ["view"]


async def test_erased_shoppers_are_not_kept_again(
    client: httpx.AsyncClient, assistant: Assistant
) -> None:
    await post(client, event("a"))
    assistant.memory.erase("ann")
    assert (await post(client, event("a"))).json()["without_consent"] == 1
    assert count(assistant) == 0
    assistant.memory.give_consent("ann")
    # The shop tries again what it has sent before: it was erased, and stays so.
    assert (await post(client, event("a"))).json()["without_consent"] == 1
    assert count(assistant) == 0


# what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"product_id": "no-such"}, "product_id"),
        ({"product_id": None}, "product_id"),
        ({"product_id": 7}, "product_id"),
        ({"product_id": "../../etc/passwd"}, "product_id"),
        ({"product_id": "x" * 201}, "product_id"),
        ({"type": "stare"}, "type"),
        ({"type": "search", "product_id": None}, "query"),
        ({"type": "search", "query": "q" * 501}, "query"),
        ({"type": "search", "query": "a\u0000b"}, "query"),
        ({"type": "rate", "value": 11}, "value"),
        ({"type": "rate", "value": 0}, "value"),
        ({"type": "rate", "value": "5"}, "value"),
        ({"type": "rate", "value": True}, "value"),
        ({"type": "rate"}, "value"),
        ({"type": "purchase", "value": 1001}, "value"),
        ({"type": "purchase", "value": -1}, "value"),
        ({"type": "purchase", "value": 1e400}, "value"),
        ({"time": "2026-03-01T11:59:00"}, "time"),
        ({"time": "2026-03-02T11:59:00Z"}, "time"),
        ({"time": "1999-12-31T11:59:00Z"}, "time"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "time"),
        ({"time": "9999-12-31T23:59:59-12:00"}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"time": -1}, "time"),
        ({"time": None}, "time"),
        ({"shopper_id": "../ann"}, "shopper_id"),
        ({"shopper_id": "' OR '1'='1"}, "shopper_id"),
        ({"shopper_id": "a" * 129}, "shopper_id"),
        ({"shopper_id": ""}, "shopper_id"),
        ({"event_id": ""}, "event_id"),
        ({"event_id": "x" * 201}, "event_id"),
        ({"event_id": "a\nb"}, "event_id"),
        ({"session_id": "\u0000"}, "session_id"),
        ({"password": "x"}, "password"),
    ],
)
async def test_one_fault_and_nothing_is_kept(
    client: httpx.AsyncClient, assistant: Assistant, fault: dict[str, Any], field: str
) -> None:
    bad = json.dumps(event("bad", **fault)).replace("Infinity", "1e999")
    good = [json.dumps(event(f"good-{n}")) for n in range(3)]
    headers = {"Content-Type": "application/json"}
    for body, place in (
        (bad, field),
        (f"[{','.join([*good, bad])}]", f"events.3.{field}"),
        (f'{{"events": [{good[0]}, {bad}, {good[1]}]}}', f"events.1.{field}"),
    ):
        check_problem(await client.post("/api/events", content=body, headers=headers), 422, place)
    assert count(assistant) == 0


async def test_bodies_that_are_no_events(client: httpx.AsyncClient, assistant: Assistant) -> None:
    for content in (b"", b"{", b"[" * 100_000, b'{"events": "\xff"}', b"\xff\xfe", b'["\\ud800"]'):
        answer = await client.post(
            "/api/events", content=content, headers={"Content-Type": "application/json"}
        )
        check_problem(answer, 400)
    for body, field in (
        ("x", "body"),
        (7, "body"),
        ([7], "events.0"),
        ([[]], "events.0"),
        ({"events": 7}, "events"),
        ({"events": [event()], "catalog": 7}, "catalog"),
        ({"events": [event()], "more": 7}, "more"),
        ({}, "event_id"),
    ):
        check_problem(await post(client, body), 422, field)
    check_problem(await post(client, {"events": [event()], "catalog": "none"}), 404, "catalog")
    check_problem(await post(client, {"events": [event()], "catalog": "../x"}), 422, "catalog")
    answer = await client.post("/api/events", content=b"a=1", headers={"Content-Type": "text/html"})
    check_problem(answer, 415)
    check_problem(await client.get("/api/events"), 405)
    assert count(assistant) == 0


async def test_batches_are_bounded(client: httpx.AsyncClient, assistant: Assistant) -> None:
    many = [event(f"e-{number}") for number in range(5_000)]
    body = json.dumps(many)
    assert API_LIMIT < len(body) < EVENTS_LIMIT
    assert (await post(client, many)).json()["stored"] == 5_000
    check_problem(await post(client, [*many, event("x")]), 413, "events")
    headers = {"Content-Type": "application/json"}
    huge = b"[" + b" " * EVENTS_LIMIT + b"]"
    check_problem(await client.post("/api/events", content=huge, headers=headers), 413)
    junk = b"[" + b"0," * 900_000 + b"0]"
    check_problem(await client.post("/api/events", content=junk, headers=headers), 422, "events.0")
    assert count(assistant) == 5_000


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.recursive(
        st.none()
        | st.booleans()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=12),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["events", "event_id", "time", "type", "catalog", "shopper_id"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
async def test_no_body_is_the_servers_fault(client: httpx.AsyncClient, body: Any) -> None:
    answer = await post(client, body)
    assert answer.status_code < 500
    assert answer.status_code != 200 or answer.json()["stored"] == 0


# who may report ------------------------------------------------------------------------------


async def test_a_shopper_reports_only_themselves(
    signed: httpx.AsyncClient, assistant: Assistant
) -> None:
    own, others = event("a"), event("b", shopper_id="bob")
    assert (await post(signed, own, headers=token())).json()["stored"] == 1
    check_problem(await post(signed, others, headers=token()), 403, "shopper_id")
    check_problem(await post(signed, [own, others], headers=token()), 403, "events.1.shopper_id")
    for role in ("shopper", "Shop", "admin"):
        check_problem(await post(signed, others, headers=token(role=role)), 403, "shopper_id")
    check_problem(await post(signed, own), 401)
    check_problem(await post(signed, own, headers={"Authorization": "Bearer x"}), 401)
    assert count(assistant) == 1


async def test_the_shop_reports_for_all(signed: httpx.AsyncClient, assistant: Assistant) -> None:
    sent = [event("a"), event("b", shopper_id="bob"), event("c", shopper_id="eve")]
    answer = await post(signed, sent, headers=token("checkout", role="shop"))
    assert answer.json() == {"stored": 2, "duplicates": 0, "without_consent": 1}
    assert count(assistant, "bob") == 1


async def test_pages_of_other_sites_report_nothing(
    client: httpx.AsyncClient, assistant: Assistant
) -> None:
    for origin in ("https://evil.test", "null"):
        check_problem(await post(client, event(), headers={"Origin": origin}), 403)
    assert count(assistant) == 0


async def test_the_api_describes_its_body(client: httpx.AsyncClient) -> None:
    described = (await client.get("/api/openapi.json")).json()
    body = described["paths"]["/events"]["post"]["requestBody"]
    assert len(body["content"]["application/json"]["schema"]["oneOf"]) == 3
