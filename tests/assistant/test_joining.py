"""Signing in mid-chat: what a guest has becomes the shopper's, once, and only theirs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from scripted_model import ScriptedModel, reading
from test_server import SECRET, check_problem, client_of, token, until

from assistant.app import Assistant
from assistant.database.tables import Base, ShopperRow
from assistant.errors import AlreadyJoined
from assistant.http.session import GUEST_HOURS
from assistant.identity import GUEST_COOKIE, GUEST_ROLE, Shoppers, guests_of
from assistant.joining import Joining
from assistant.profile.behaviour.events import Event
from assistant.profile.notice import notice
from assistant.server import create_http
from assistant.settings import Settings

FLAT = reading(
    "search",
    ("running shoes", "category", "=", "Running shoes"),
    ("flat feet", "body", "=", "flat feet"),
)
NOTICE = {"notice": notice().version}
GUEST = "guest-1"


@pytest.fixture
def shop(settings: Settings) -> Settings:
    return settings.model_copy(update={"secret": SecretStr(SECRET)})


@pytest.fixture
async def signed(assistant: Assistant, shop: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_http(assistant, shop), base_url="http://shop.test") as client:
        yield client


def guest_token(guest: str = GUEST, *, secret: str = SECRET, hours: float = 1) -> str:
    now, lasts = datetime.now(UTC), timedelta(hours=hours)
    return Shoppers(secret).token(guest, now=now, lasts=lasts, role=GUEST_ROLE)


def as_guest(guest: str = GUEST) -> dict[str, str]:
    return {"Authorization": f"Bearer {guest_token(guest)}"}


async def say(
    client: httpx.AsyncClient, model: ScriptedModel, who: dict[str, str], thread: str = "t1"
) -> dict[str, Any]:
    model.will_say(FLAT)
    model.otherwise = "The Nike Structure 25 costs $110."
    body = {"thread_id": thread, "message": "I have flat feet and want running shoes"}
    answer = await client.post("/api/chat", json=body, headers=who)
    assert answer.status_code == 200, answer.text
    reply: dict[str, Any] = answer.json()
    return reply


async def join(client: httpx.AsyncClient, who: dict[str, str], **body: Any) -> httpx.Response:
    if not {"guest_token", "guest_id"} & set(body):
        body["guest_token"] = guest_token()
    body = {name: value for name, value in body.items() if value is not None}
    return await client.post("/api/session/join", json=body, headers=who)


async def agree(client: httpx.AsyncClient, shopper: str, who: dict[str, str]) -> None:
    answer = await client.put(f"/api/profile/{shopper}/consent", json=NOTICE, headers=who)
    assert answer.is_success


def rows(assistant: Assistant) -> dict[str, int]:
    with assistant.database.reading() as session:
        counts = {
            table.name: session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }
    return {name: count for name, count in counts.items() if count}


async def reads(client: httpx.AsyncClient, who: dict[str, str], thread: str = "t1") -> int:
    """How many turns of a thread somebody sees; 0 where it is not theirs."""
    answer = await client.get(f"/api/threads/{thread}", headers=who)
    if answer.status_code == 404:
        return 0
    return len(answer.json()["exchanges"])


async def test_a_passing_talk_goes_on_as_the_shoppers(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    first = await say(signed, model, as_guest())
    answer = await join(signed, token("ann"))
    assert answer.json() == {
        "shopper_id": "ann", "threads": ["t1"], "facts": 0, "remembered": False,
    }  # fmt: skip
    assert await reads(signed, token("ann")) == 1
    assert await reads(signed, as_guest()) == 0
    model.will_say(reading("search", ("under $100", "price", "<=", "100")))
    body = {"thread_id": "t1", "message": "and under $100?"}
    second = (await signed.post("/api/chat", json=body, headers=token("ann"))).json()
    assert first["need"]["must"]
    assert {wish["field"] for wish in second["need"]["must"]} == {"category", "need", "price"}
    check_problem(await signed.post("/api/chat", json=body, headers=as_guest()), 404, "thread_id")
    # Of who has not agreed nothing is kept.
    assert rows(assistant) == {}


async def test_a_passing_talk_becomes_durable_for_who_has_agreed(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    await agree(signed, "ann", token("ann"))
    turn = (await say(signed, model, as_guest()))["turn_id"]
    await say(signed, model, as_guest())
    thumb = {"thread_id": "t1", "turn_id": turn, "thumb": "down", "reason": "no"}
    assert (await signed.post("/api/feedback", json=thumb, headers=as_guest())).is_success
    assert (await join(signed, token("ann"))).json()["remembered"]
    assert await reads(signed, token("ann")) == 2
    kept = rows(assistant)
    assert (kept["threads"], kept["turns"], kept["feedback"]) == (1, 2, 1)
    assert "facts" not in kept
    assert await reads(signed, as_guest()) == 0
    await say(signed, model, token("ann"))
    assert await reads(signed, token("ann")) == 3


@pytest.mark.parametrize("facts", [True, False])
async def test_a_durable_talk_moves_and_facts_only_where_they_are_wanted(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel, facts: bool
) -> None:
    await agree(signed, GUEST, as_guest())
    await agree(signed, "ann", token("ann"))
    assert (await say(signed, model, as_guest()))["profile_changes"]
    known = (await signed.get(f"/api/profile/{GUEST}", headers=as_guest())).json()["facts"]
    assert [fact["quote"] for fact in known] == ["flat feet"]
    answer = (await join(signed, token("ann"), facts=facts)).json()
    assert answer["facts"] == (1 if facts else 0)
    own = (await signed.get("/api/profile/ann", headers=token("ann"))).json()["facts"]
    theirs = (await signed.get(f"/api/profile/{GUEST}", headers=as_guest())).json()
    assert len(own) == (1 if facts else 0)
    assert len(theirs["facts"]) == (0 if facts else 1)
    assert (theirs["consent"] is None) == facts
    assert await reads(signed, token("ann")) == 1
    assert await reads(signed, as_guest()) == 0
    # Without them the talk itself tells none, either.
    [exchange] = assistant.exchanges("t1", "ann")
    assert bool(exchange.reply.profile_changes) == facts
    searches = assistant.events.recent("ann", 9, catalog="shoes")
    assert len(searches) == (1 if facts else 0)
    assert (await signed.delete("/api/profile/ann", headers=token("ann"))).json()["erased"]
    left = rows(assistant)
    assert not {"threads", "turns"} & set(left)
    assert ("facts" in left) != facts


async def test_a_durable_talk_passes_where_the_shopper_has_not_agreed(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    await agree(signed, GUEST, as_guest())
    await say(signed, model, as_guest())
    answer = (await join(signed, token("ann"))).json()
    assert answer == {"shopper_id": "ann", "threads": ["t1"], "facts": 0, "remembered": False}
    assert not {"threads", "turns"} & set(rows(assistant))
    assert await reads(signed, token("ann")) == 1
    assert await reads(signed, as_guest()) == 0
    await say(signed, model, token("ann"))
    assert await reads(signed, token("ann")) == 2
    assert not {"threads", "turns"} & set(rows(assistant))


async def test_facts_need_consent_which_may_come_along(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    await agree(signed, GUEST, as_guest())
    await say(signed, model, as_guest())
    await say(signed, model, token("ann"), "her-own")
    before = rows(assistant)
    check_problem(await join(signed, token("ann"), facts=True), 422, "notice")
    check_problem(await join(signed, token("ann"), facts=True, notice="1999"), 422, "notice")
    assert rows(assistant) == before
    assert await reads(signed, as_guest()) == 1
    answer = await join(signed, token("ann"), facts=True, **NOTICE)
    assert answer.json()["remembered"]
    assert answer.json()["facts"] == 1
    kept = rows(assistant)
    assert (kept["shoppers"], kept["threads"], kept["facts"]) == (1, 2, 1)


@pytest.mark.parametrize("wanted", [True, False])
async def test_facts_may_come_along_after_the_talk_or_be_erased(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel, wanted: bool
) -> None:
    """As the widget does it: the talk goes on at once, the shopper is asked about the rest."""
    await agree(signed, GUEST, as_guest())
    await say(signed, model, as_guest())
    assert (await join(signed, token("ann"))).json()["threads"] == ["t1"]
    left = (await signed.get(f"/api/profile/{GUEST}", headers=as_guest())).json()
    assert [fact["quote"] for fact in left["facts"]] == ["flat feet"]
    assert left["consent"] is not None
    assert assistant.memory.facts("ann") == []
    if wanted:
        answer = await join(signed, token("ann"), facts=True, **NOTICE)
        assert answer.json()["facts"] == 1
    else:
        gone = await signed.delete(f"/api/profile/{GUEST}", headers=as_guest())
        assert gone.json()["erased"]
    assert await reads(signed, token("ann")) == 1
    assert [f.quote for f in assistant.memory.facts("ann")] == (["flat feet"] if wanted else [])
    kept = rows(assistant)
    assert kept.get("facts", 0) == kept.get("shoppers", 0) == int(wanted)
    assert assistant.memory.consent(GUEST) is None


async def test_of_two_facts_the_later_holds(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    def size(value: str) -> dict[str, Any]:
        return reading("search", (f"size {value}", "size", "=", value))

    async def tell(who: dict[str, str], value: str, thread: str) -> None:
        model.will_say(size(value))
        model.otherwise = "The Nike Structure 25 costs $110."
        body = {"thread_id": thread, "message": f"I always wear size {value}"}
        assert (await signed.post("/api/chat", json=body, headers=who)).is_success

    for shopper, who in (("ann", token("ann")), (GUEST, as_guest())):
        await agree(signed, shopper, who)
    await tell(token("ann"), "42", "hers")
    await tell(as_guest(), "43", "t1")
    await join(signed, token("ann"), facts=True)
    path = "/api/profile/ann?history=true"
    facts = (await signed.get(path, headers=token("ann"))).json()["facts"]
    by_value = {fact["value"]: fact for fact in facts if fact["field"] == "size"}
    assert by_value["43"]["ended"] is None
    assert by_value["42"]["ended_by"] == by_value["43"]["id"]


async def test_again_is_no_harm_and_another_is_refused(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    await say(signed, model, as_guest())
    assert (await join(signed, token("ann"))).json()["threads"] == ["t1"]
    assert (await join(signed, token("ann"))).json()["threads"] == []
    check_problem(await join(signed, token("ben")), 409)
    await say(signed, model, as_guest(), "t2")
    check_problem(await join(signed, token("ben")), 409)
    assert (await join(signed, token("ann"))).json()["threads"] == ["t2"]
    assert await reads(signed, token("ann")) == 1


def test_who_a_guest_became_is_known_for_as_long_as_its_token_holds(assistant: Assistant) -> None:
    seconds = 0.0
    joining = Joining(assistant.database, assistant._store, assistant.memory, clock=lambda: seconds)
    joining.join(GUEST, "ann", facts=False, notice=None)
    seconds = timedelta(hours=GUEST_HOURS + 1).total_seconds()
    with pytest.raises(AlreadyJoined):
        joining.join(GUEST, "ben", facts=False, notice=None)
    seconds = timedelta(days=3).total_seconds()
    assert joining.join(GUEST, "ben", facts=False, notice=None).threads == []


async def test_only_a_guests_own_token_counts(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel, shop: Settings
) -> None:
    await say(signed, model, as_guest())
    ann = token("ann")
    shoppers = Shoppers(SECRET)
    now, hour = datetime.now(UTC), timedelta(hours=1)
    forged = {
        "a shopper's": (token("ben")["Authorization"].removeprefix("Bearer "), 403),
        "signed by the shop": (shoppers.token(GUEST, now=now, lasts=hour), 422),
        "expired": (guest_token(hours=-1), 422),
        "other key": (guest_token(secret="another secret, also long enough for it"), 422),
        "cookie": (guests_of(shop).issue_guest()[1], 422),
        "rubbish": ("a.b.c", 422),
    }
    for name, (value, status) in forged.items():
        answer = await join(signed, ann, guest_token=value)
        assert answer.status_code == status, name
        check_problem(answer, status, "guest_token")
    check_problem(await join(signed, ann, guest_id=GUEST), 403, "guest_id")
    check_problem(await join(signed, ann, guest_token=None), 422, "guest_token")
    check_problem(await join(signed, as_guest("guest-2")), 403)
    check_problem(await signed.post("/api/session/join", json={}), 401)
    named = await join(signed, ann, shopper_id="ben")
    check_problem(named, 403, "shopper_id")
    assert await reads(signed, as_guest()) == 1
    refused = (await signed.get("/metrics", headers={"host": "localhost"})).text
    assert 'shopguide_tokens_refused_total{reason="guest_claimed"} 1.0' in refused


async def test_not_while_the_guest_is_being_answered(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel
) -> None:
    model.gap = 0.05
    asking = asyncio.create_task(say(signed, model, as_guest()))
    await asyncio.to_thread(until, lambda: bool(model.asked))
    check_problem(await join(signed, token("ann")), 409)
    model.gap = 0.0
    await asking
    assert (await join(signed, token("ann"))).json()["threads"] == ["t1"]


async def test_a_guest_of_the_page_joins_by_its_cookie(
    signed: httpx.AsyncClient, assistant: Assistant, model: ScriptedModel, shop: Settings
) -> None:
    guest, cookie = guests_of(shop).issue_guest()
    model.will_say(FLAT)
    model.otherwise = "The Nike Structure 25 costs $110."
    await assistant.reply("running shoes", shopper_id=guest, thread_id="t1")
    headers = {**token("ann"), "Cookie": f"{GUEST_COOKIE}={cookie}"}
    assert (await join(signed, headers, guest_token=None)).json()["threads"] == ["t1"]
    forged = {**token("ann"), "Cookie": f"{GUEST_COOKIE}={guest}"}
    check_problem(await join(signed, forged, guest_token=None), 422, "guest_token")


async def test_without_a_secret_ids_are_believed(
    assistant: Assistant, settings: Settings, model: ScriptedModel
) -> None:
    async with client_of(create_http(assistant, settings)) as client:
        model.will_say(FLAT)
        model.otherwise = "The Nike Structure 25 costs $110."
        body = {"shopper_id": GUEST, "thread_id": "t1", "message": "running shoes"}
        assert (await client.post("/api/chat", json=body)).is_success
        ids = {"shopper_id": "ann", "guest_id": GUEST}
        assert (await client.post("/api/session/join", json=ids)).json()["threads"] == ["t1"]
        wrong = {"shopper_id": "ann", "guest_id": "ben"}
        check_problem(await client.post("/api/session/join", json=wrong), 403, "guest_id")


async def test_what_fails_half_way_changes_nothing(
    assistant: Assistant, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant.memory.give_consent(GUEST)
    assistant.memory.give_consent("ann")
    model.otherwise = "The Nike Structure 25 costs $110."
    for thread in ("t1", "t2"):
        model.will_say(FLAT)
        await assistant.reply("flat feet, running shoes", shopper_id=GUEST, thread_id=thread)
    happened = Event(
        event_id="e", shopper_id=GUEST, type="search", query="x", time=datetime.now(UTC)
    )
    assistant.events.add([happened], catalog="shoes")
    before = rows(assistant)

    def breaks(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("assistant.joining._take_events", breaks)
    with pytest.raises(RuntimeError):
        await assistant.join(GUEST, "ann", facts=True)
    assert rows(assistant) == before
    assert len(assistant.exchanges("t1", GUEST)) == 1
    monkeypatch.undo()
    # Whom it failed for has not taken the guest from others.
    done = await assistant.join(GUEST, "ben")
    assert done.threads == ["t1", "t2"]
    with assistant.database.reading() as session:
        assert session.get(ShopperRow, GUEST) is not None
