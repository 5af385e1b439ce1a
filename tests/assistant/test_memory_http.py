"""The routes of profiles: what a shopper may say over what is kept, and what is refused."""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.database.tables import Base
from assistant.identity import Shoppers
from assistant.profile.fact_rows import fact_row
from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.notice import notice
from assistant.server import create_http
from assistant.settings import Settings

SECRET = "a secret of the shop, long enough for HS256"
NOTICE = {"notice": notice().version}
ANSWER = "[1] Nike Structure 25 costs $110. [2] Asics Excite 10 costs $75."
SEEN = datetime(2026, 2, 1, tzinfo=UTC)
BAD_IDS = (
    "..%2fbob", "%2e%2e%2fbob", "bob%2f", "ann%00", "ann%0a", "ann%20", "%20ann", "ann;bob",
    "ann,bob", "%ff", "*", "%25", "a%3fb", "%27%20OR%20%271%27%3D%271",
    quote("ann'; DROP TABLE facts; --"), quote("an\u200bn"), quote("\u202enna"), "a" * 129,
)  # fmt: skip


def client_of(http: FastAPI, base_url: str = "http://127.0.0.1:7860") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(http, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url)


def token(shopper: str) -> dict[str, str]:
    made = Shoppers(SECRET).token(shopper, now=datetime.now(UTC), lasts=timedelta(hours=1))
    return {"Authorization": f"Bearer {made}"}


def check_problem(answer: httpx.Response, status: int, field: str | None) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.get("field") == field, answer.text
    assert problem["detail"]
    assert "Traceback" not in answer.text
    return problem


@pytest.fixture
def know(assistant: Assistant) -> Callable[..., str]:
    """Puts a fact into a profile."""

    def put(shopper: str, id: str, field: str = "foot_type", value: str = "flat feet") -> str:
        said = Evidence(quote=value, thread_id="t", turn_id="u", time=SEEN)
        fact = ProfileFact(
            id=id, shopper_id=shopper, field=field, op="=", value=value, confidence=0.7,
            evidence=(said,), first_seen=SEEN, last_seen=SEEN,
        )  # fmt: skip
        with assistant.database.writing() as session:
            session.add(fact_row(fact))
        return f"/api/profile/{shopper}/facts/{id}"

    return put


@pytest.fixture
async def client(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_http(assistant, settings)) as client:
        yield client


@pytest.fixture
async def signed(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    shop = settings.model_copy(update={"secret": SecretStr(SECRET)})
    async with client_of(create_http(assistant, shop), "http://shop.test") as client:
        yield client


def everything(assistant: Assistant) -> dict[str, list[str]]:
    with assistant.database.reading() as session:
        return {
            table.name: [str(tuple(row)) for row in session.execute(sa.select(table))]
            for table in Base.metadata.sorted_tables
        }


# consent -------------------------------------------------------------------------------------


async def test_without_consent_a_shopper_is_served_and_nothing_is_kept(
    client: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    before = (await client.get("/api/profile/ann")).json()
    assert before["consent"] is None
    assert before["facts"] == []
    assert set(before["notice"]) >= {"version", "en", "zh"}
    model.otherwise = "."
    model.will_say(reading("search", ("flat feet", "foot_type", "=", "flat feet")), ANSWER)
    message = {"shopper_id": "ann", "thread_id": "t", "message": "shoes, I have flat feet"}
    reply = (await client.post("/api/chat", json=message)).json()
    assert reply["products"]
    assert reply["profile_changes"] == []
    assert set(map(len, everything(assistant).values())) == {0}
    # The conversation goes on all the same, and is kept from the moment of consent.
    assert len((await client.get("/api/threads/t?shopper_id=ann")).json()["exchanges"]) == 1
    agreed = (await client.put("/api/profile/ann/consent", json=NOTICE)).json()
    assert (agreed["notice"], agreed["learning"]) == (notice().version, True)
    assert len(everything(assistant)["turns"]) == 1
    assert (await client.get("/api/profile/ann")).json()["consent"] == agreed


async def test_consent_once_more_changes_nothing(
    client: httpx.AsyncClient, assistant: Assistant
) -> None:
    first = (await client.put("/api/profile/ann/consent", json=NOTICE)).json()
    before = everything(assistant)
    assert (await client.put("/api/profile/ann/consent", json=NOTICE)).json() == first
    assert everything(assistant) == before


async def test_with_learning_off_nothing_new_is_learnt(
    client: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel, know: Callable[..., str]
) -> None:
    await client.put("/api/profile/ann/consent", json=NOTICE)
    know("ann", "f-1")
    off = await client.patch("/api/profile/ann", json={"learning": False})
    assert off.json()["learning"] is False
    model.otherwise = "."
    model.will_say(reading(), ANSWER)
    message = {"shopper_id": "ann", "message": "I always wear size 43"}
    assert (await client.post("/api/chat", json=message)).json()["profile_changes"] == []
    event = {"event_id": "e", "shopper_id": "ann", "type": "view", "product_id": "anta-kt",
             "time": "2026-02-01T00:00:00Z"}  # fmt: skip
    assert (await client.post("/api/events", json=event)).json()["stored"] == 0
    facts = (await client.get("/api/profile/ann")).json()["facts"]
    assert [fact["id"] for fact in facts] == ["f-1"]
    assert everything(assistant)["events"] == []
    on = await client.patch("/api/profile/ann", json={"learning": True})
    assert on.json()["learning"] is True


# facts ---------------------------------------------------------------------------------------


async def test_a_fact_is_corrected_pinned_and_deleted(
    client: httpx.AsyncClient, know: Callable[..., str]
) -> None:
    await client.put("/api/profile/ann/consent", json=NOTICE)
    place = know("ann", "f-1")
    know("ann", "f-2", "size", "43")
    corrected = (await client.patch(place, json={"value": " 高足弓 "})).json()
    assert (corrected["value"], corrected["origin"]) == ("高足弓", "shopper")
    assert (corrected["confidence"], corrected["quote"]) == (1.0, "高足弓")
    assert corrected["used"]
    check_problem(await client.patch(place, json={"value": "x"}), 404, "fact_id")
    current = f"/api/profile/ann/facts/{corrected['id']}"
    pinned = (await client.patch(current, json={"pinned": True})).json()
    assert (pinned["pinned"], pinned["id"]) == (True, corrected["id"])
    facts = (await client.get("/api/profile/ann")).json()["facts"]
    assert {fact["value"] for fact in facts} == {"高足弓", "43"}
    known = (await client.get("/api/profile/ann?history=true")).json()["facts"]
    (old,) = [fact for fact in known if fact["ended"]]
    assert (old["id"], old["ended_by"]) == ("f-1", corrected["id"])
    deleted = await client.delete(current)
    assert (deleted.status_code, deleted.content) == (204, b"")
    # What it took the place of does not come back.
    known = (await client.get("/api/profile/ann?history=true")).json()["facts"]
    assert [fact["id"] for fact in known] == ["f-2"]
    check_problem(await client.delete(current), 404, "fact_id")


async def test_export_and_erasure(
    client: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel, know: Callable[..., str]
) -> None:
    for shopper in ("ann", "bob"):
        await client.put(f"/api/profile/{shopper}/consent", json=NOTICE)
        know(shopper, f"f-{shopper}")
    model.otherwise = "."
    model.will_say(reading(), ANSWER)
    message = {"shopper_id": "ann", "thread_id": "t", "message": "跑鞋 👟"}
    await client.post("/api/chat", json=message)
    answer = await client.get("/api/profile/ann/export")
    assert answer.headers["cache-control"] == "no-store"
    assert "attachment" in answer.headers["content-disposition"]
    assert "跑鞋 👟" in answer.text
    exported = answer.json()
    assert {key: len(exported[key]) for key in ("facts", "threads", "audit")} == {
        "facts": 1, "threads": 1, "audit": 2,
    }  # fmt: skip
    assert exported["threads"][0]["turns"][0]["message"] == "跑鞋 👟"
    assert "bob" not in answer.text
    assert (await client.delete("/api/profile/ann")).json() == {"erased": True, "files_clean": True}
    assert (await client.delete("/api/profile/ann")).json() == {
        "erased": False,
        "files_clean": True,
    }
    check_problem(await client.get("/api/profile/ann/export"), 404, "shopper_id")
    check_problem(await client.get("/api/threads/t?shopper_id=ann"), 404, "thread_id")
    assert not [row for rows in everything(assistant).values() for row in rows if "ann" in row]
    assert (await client.get("/api/profile/bob")).json()["facts"]


# what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("PATCH", "facts/f-bob", {"value": "x"}, 404, "fact_id"),
        ("PATCH", "facts/f-bob", {"pinned": True}, 404, "fact_id"),
        ("DELETE", "facts/f-bob", None, 404, "fact_id"),
        ("DELETE", "facts/nobody's", None, 404, "fact_id"),
        ("DELETE", "facts/%00", None, 404, "fact_id"),
        ("DELETE", f"facts/{quote(chr(39) + ' OR 1=1 --')}", None, 404, "fact_id"),
        ("DELETE", "facts/" + "x" * 5_000, None, 404, "fact_id"),
        ("PATCH", "facts/f-ann", {}, 422, "value"),
        ("PATCH", "facts/f-ann", {"value": None}, 422, "value"),
        ("PATCH", "facts/f-ann", {"value": " "}, 422, "value"),
        ("PATCH", "facts/f-ann", {"value": "a\u0000b"}, 422, "value"),
        ("PATCH", "facts/f-ann", {"value": "\ud800"}, 422, "value"),
        ("PATCH", "facts/f-ann", {"value": "x\u202ey"}, 422, "value"),
        ("PATCH", "facts/f-ann", {"value": "x" * 201}, 422, "value"),
        ("PATCH", "facts/f-ann", {"value": 7}, 422, "value"),
        ("PATCH", "facts/f-ann", {"value": "43"}, 422, "value"),
        ("PATCH", "facts/f-ann", {"pinned": "perhaps"}, 422, "pinned"),
        ("PATCH", "facts/f-ann", {"value": "x", "shopper_id": "bob"}, 422, "shopper_id"),
        ("PATCH", "facts/f-ann", {"id": "f-bob"}, 422, "id"),
        ("PATCH", "", {"learning": "x"}, 422, "learning"),
        ("PATCH", "", {}, 422, "learning"),
        ("PUT", "consent", {}, 422, "notice"),
        ("PUT", "consent", {"notice": "\u0000"}, 422, "notice"),
        ("PUT", "consent", {"notice": "\ud800"}, 422, "notice"),
        ("PUT", "consent", {"notice": "x" * 41}, 422, "notice"),
        ("PUT", "consent", {"notice": "1", "learning": False}, 422, "learning"),
        ("PUT", "consent", [], 422, "body"),
    ],
)
async def test_bad_input_names_its_field_and_changes_nothing(
    client: httpx.AsyncClient,
    assistant: Assistant,
    know: Callable[..., str],
    method: str,
    path: str,
    body: Any,
    status: int,
    field: str,
) -> None:
    for shopper in ("ann", "bob"):
        await client.put(f"/api/profile/{shopper}/consent", json=NOTICE)
        know(shopper, f"f-{shopper}")
    know("ann", "f-other", "foot_type", "43")
    before = everything(assistant)
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if content else {}
    answer = await client.request(
        method, f"/api/profile/ann/{path}".rstrip("/"), content=content, headers=headers
    )
    check_problem(answer, status, field)
    assert everything(assistant) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/export", None),
        ("PUT", "/consent", NOTICE),
        ("PATCH", "", {"learning": False}),
        ("PATCH", "/facts/f-ann", {"pinned": True}),
        ("DELETE", "/facts/f-ann", None),
        ("DELETE", "", None),
    ],
)
async def test_ids_with_characters_of_paths_or_sql_are_refused(
    client: httpx.AsyncClient,
    assistant: Assistant,
    know: Callable[..., str],
    method: str,
    path: str,
    body: Any,
) -> None:
    for shopper in ("ann", "bob"):
        assistant.memory.give_consent(shopper)
        know(shopper, f"f-{shopper}")
    before = everything(assistant)
    for id in BAD_IDS:
        answer = await client.request(method, f"/api/profile/{id}{path}", json=body)
        if not re.search("%2f|%0a", id):
            check_problem(answer, 422, "shopper_id")
        else:  # it makes it another path, which there may not be
            assert answer.status_code in {307, 404, 405, 422}, (id, answer.text)
    assert everything(assistant) == before


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_nothing_is_kept_of_who_is_not_known(
    client: httpx.AsyncClient, assistant: Assistant, method: str
) -> None:
    before = everything(assistant)
    if method == "GET":
        check_problem(await client.get("/api/profile/eve/export"), 404, "shopper_id")
    elif method == "PATCH":
        answer = await client.patch("/api/profile/eve", json={"learning": True})
        check_problem(answer, 404, "shopper_id")
    else:
        assert (await client.delete("/api/profile/eve")).json() == {
            "erased": False,
            "files_clean": True,
        }
    assert everything(assistant) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/export", None),
        ("PUT", "/consent", NOTICE),
        ("PATCH", "", {"learning": False}),
        ("PATCH", "/facts/f-ann", {"value": "x"}),
        ("DELETE", "/facts/f-ann", None),
        ("DELETE", "", None),
    ],
)
async def test_with_a_token_only_ones_own_profile_is_open(
    signed: httpx.AsyncClient,
    assistant: Assistant,
    know: Callable[..., str],
    method: str,
    path: str,
    body: Any,
) -> None:
    for shopper in ("ann", "bob"):
        assistant.memory.give_consent(shopper)
        know(shopper, f"f-{shopper}")
    before = everything(assistant)
    address = f"/api/profile/ann{path}"
    refused = await signed.request(method, address, json=body, headers=token("bob"))
    check_problem(refused, 403, "shopper_id")
    check_problem(await signed.request(method, address, json=body), 401, None)
    if "facts" in path:
        under_own = await signed.request(
            method, f"/api/profile/bob{path}", json=body, headers=token("bob")
        )
        check_problem(under_own, 404, "fact_id")
    assert everything(assistant) == before
    allowed = await signed.request(method, address, json=body, headers=token("ann"))
    assert allowed.is_success, allowed.text
