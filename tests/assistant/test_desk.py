"""The desk: a talk is handed over, staff take it, write, give it back, and the bot is silent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.database.tables import Base
from assistant.desk.staff import Lockout, Sessions, Staff
from assistant.reply import Reply
from assistant.server import create_http
from assistant.settings import Settings
from prompts import phrases

SECRET = "a secret of the shop, long enough for HS256"
PASSWORD = "correct horse battery"
HUMAN = "Please let me talk to a human"
_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


class Browser:
    """One member of staff at the desk."""

    def __init__(self, http: FastAPI, *, address: str = "10.0.0.1") -> None:
        transport = httpx.ASGITransport(http, client=(address, 5000))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860")

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, page: str | None = None, **fields: str) -> httpx.Response:
        """Sends the form of a page, with the token that it has."""
        found = _TOKEN.search((await self.get(page or path)).text)
        data = {"token": found[1] if found else "", **fields}
        return await self.client.post(path, data=data)

    async def log_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        return await self.post("/desk/login", name=name, password=password)


@asynccontextmanager
async def logged_in(
    http: FastAPI, name: str, *, address: str = "10.0.0.1"
) -> AsyncIterator[Browser]:
    """Somebody who has an account, at the desk."""
    browser = Browser(http, address=address)
    assert (await browser.log_in(name)).status_code == 303
    yield browser
    await browser.client.aclose()


@pytest.fixture
def http(assistant: Assistant, settings: Settings) -> FastAPI:
    return create_http(assistant, settings)


@pytest.fixture
def staff(assistant: Assistant) -> Staff:
    made = Staff(assistant.database, now=assistant.now)
    made.put("Anna", PASSWORD)
    made.put("Bo", PASSWORD)
    return made


@pytest.fixture
async def anna(http: FastAPI, staff: Staff) -> AsyncIterator[Browser]:
    async with logged_in(http, "Anna") as browser:
        yield browser


@pytest.fixture
async def bo(http: FastAPI, staff: Staff) -> AsyncIterator[Browser]:
    async with logged_in(http, "Bo", address="10.0.0.2") as browser:
        yield browser


@pytest.fixture
async def shop(http: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The shopper's side of the server."""
    transport = httpx.ASGITransport(http)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        yield client


async def say(
    shop: httpx.AsyncClient, message: str, *, shopper: str = "ann", thread: str = "t"
) -> Reply:
    body = {"message": message, "shopper_id": shopper, "thread_id": thread}
    answer = await shop.post("/api/chat", json=body)
    assert answer.status_code == 200, answer.text
    return Reply.model_validate(answer.json())


async def thread_of(shop: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await shop.get("/api/threads/t", params={"shopper_id": "ann", **params})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def handed_over(shop: httpx.AsyncClient, model: ScriptedModel) -> str:
    model.will_say(reading("person"))
    reply = await say(shop, HUMAN)
    assert reply.handoff is not None
    assert reply.handoff.status == "waiting"
    assert reply.handoff.case_id is not None
    return reply.handoff.case_id


async def test_a_talk_goes_to_a_person_and_back(
    shop: httpx.AsyncClient, anna: Browser, model: ScriptedModel
) -> None:
    assert "Nobody is waiting" in (await anna.get("/desk")).text
    case = await handed_over(shop, model)
    assert (await thread_of(shop))["speaker"] == "waiting"
    queue = (await anna.get("/desk")).text
    assert case in queue
    assert "asks for a person" in queue

    # Until somebody comes the bot answers, and the case has what is said.
    model.will_say(reading("chat"))
    assert (await say(shop, "hello")).text == phrases("en")["smalltalk"]
    page = (await anna.get(f"/desk/cases/{case}")).text
    assert "hello" in page
    assert HUMAN in page

    assert (await anna.post(f"/desk/cases/{case}/take", f"/desk/cases/{case}")).status_code == 303
    silent = await say(shop, "Are you a person?")
    assert (silent.text, silent.intent, silent.products) == ("", "handoff", [])
    assert silent.handoff is not None
    assert silent.handoff.status == "person"
    await anna.post(f"/desk/cases/{case}/write", f"/desk/cases/{case}", text="Yes, I am Anna.")
    seen = await thread_of(shop)
    assert seen["speaker"] == "person"
    said = [(m["from"], m["name"], m["text"]) for m in seen["messages"]]
    assert said[-2:] == [
        ("shopper", None, "Are you a person?"),
        ("person", "Anna", "Yes, I am Anna."),
    ]
    numbers = [m["number"] for m in seen["messages"]]
    assert numbers == sorted(set(numbers))

    # A page that asks for what is new gets exactly that.
    await say(shop, "Good.")
    await anna.post(f"/desk/cases/{case}/write", f"/desk/cases/{case}", text="What is it?")
    later = await thread_of(shop, after=numbers[-1])
    assert [m["text"] for m in later["messages"]] == ["Good.", "What is it?"]
    assert [m["number"] for m in (await thread_of(shop))["messages"]][: len(numbers)] == numbers

    await anna.post(f"/desk/cases/{case}/return", f"/desk/cases/{case}")
    assert (await thread_of(shop))["speaker"] == "bot"
    model.will_say(reading("chat"))
    assert (await say(shop, "hello again")).text == phrases("en")["smalltalk"]
    # Asked for again, the same case waits again.
    model.will_say(reading("person"))
    again = await say(shop, HUMAN)
    assert again.handoff is not None
    assert again.handoff.case_id == case
    assert (await thread_of(shop))["speaker"] == "waiting"
    await anna.post(f"/desk/cases/{case}/close", f"/desk/cases/{case}")
    assert (await thread_of(shop))["speaker"] == "bot"
    assert [m["text"] for m in (await thread_of(shop))["messages"] if m["from"] == "person"] == [
        "Yes, I am Anna.",
        "What is it?",
    ]


async def test_of_two_who_take_a_case_one_wins(
    shop: httpx.AsyncClient, anna: Browser, bo: Browser, model: ScriptedModel
) -> None:
    case = await handed_over(shop, model)
    path = f"/desk/cases/{case}"
    answers = await asyncio.gather(*(b.post(f"{path}/take", path) for b in (anna, bo)))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    loser, winner = (bo, "Anna") if answers[0].status_code == 303 else (anna, "Bo")
    for act, fields in (("write", {"text": "me too"}), ("return", {}), ("close", {})):
        # The page has no such form for them: they send another page's token.
        refused = await loser.post(f"{path}/{act}", "/desk", **fields)
        assert refused.status_code == 409
        assert f"{winner} has taken the case over" in refused.text
    assert not [m for m in (await thread_of(shop))["messages"] if m["from"] == "person"]


async def test_the_case_tells_what_was_wanted_and_tried(
    shop: httpx.AsyncClient, anna: Browser, model: ScriptedModel
) -> None:
    model.will_say(
        reading("search", ("running shoe", "category", "=", "running shoe"),
                ("under $120", "price", "<=", "120")),
        "[1] Nike Structure 25 costs $110.",
    )  # fmt: skip
    shown = await say(shop, "a running shoe under $120")
    model.will_say(reading("person"))
    over = await say(shop, "You are useless! I need this today, get me a human!")
    assert over.handoff is not None
    page = (await anna.get(f"/desk/cases/{over.handoff.case_id}")).text
    for told in ("running shoe", "under $120", "searched the products", shown.products[0].title,
                 "high", "negative", "a running shoe under $120"):  # fmt: skip
        assert told in page
    assert "has not agreed to be remembered" in page


async def test_what_people_write_is_text(
    shop: httpx.AsyncClient, anna: Browser, model: ScriptedModel
) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    model.will_say(reading("person"))
    reply = await say(shop, f"talk to a human {attack}")
    assert reply.handoff is not None
    path = f"/desk/cases/{reply.handoff.case_id}"
    await anna.post(f"{path}/take", path)
    await anna.post(f"{path}/write", path, text=attack)
    answer = await anna.get(path)
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert answer.text.count("&lt;script&gt;alert(1)") >= 2
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert (await anna.get("/desk")).status_code == 200


async def test_a_case_is_nobody_elses(
    shop: httpx.AsyncClient, anna: Browser, model: ScriptedModel
) -> None:
    case = await handed_over(shop, model)
    await anna.post(f"/desk/cases/{case}/take", f"/desk/cases/{case}")
    await anna.post(f"/desk/cases/{case}/write", f"/desk/cases/{case}", text="private words")
    other = await shop.get("/api/threads/t", params={"shopper_id": "eve"})
    assert other.status_code == 404
    assert "private words" not in other.text
    body = {"message": "hello", "shopper_id": "eve", "thread_id": "t"}
    assert (await shop.post("/api/chat", json=body)).status_code == 404
    assert "eve" not in (await anna.get(f"/desk/cases/{case}")).text


async def test_without_an_account_there_is_no_desk(http: FastAPI) -> None:
    browser = Browser(http)
    for path in ("/desk", "/desk/login", "/desk/cases/x", "/desk/state"):
        answer = await browser.get(path)
        assert answer.status_code == 404
        assert "add-staff" in answer.text
    assert (await browser.client.post("/desk/login", data={"name": "admin", "password": "admin"})
            ).status_code == 404  # fmt: skip


async def test_who_is_not_logged_in_sees_nothing(
    shop: httpx.AsyncClient, http: FastAPI, staff: Staff, model: ScriptedModel
) -> None:
    case = await handed_over(shop, model)
    stranger = Browser(http)
    for path in ("/desk", f"/desk/cases/{case}"):
        answer = await stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/login")
    for path in ("/desk/state", f"/desk/cases/{case}/state"):
        assert (await stranger.get(path)).status_code == 401
    for act in ("take", "write", "return", "close"):
        sent = await stranger.client.post(f"/desk/cases/{case}/{act}", data={"text": "x"})
        assert sent.headers.get("location") == "/desk/login"
    assert (await thread_of(shop))["speaker"] == "waiting"


async def test_a_form_needs_its_sessions_token(
    shop: httpx.AsyncClient, anna: Browser, bo: Browser, model: ScriptedModel
) -> None:
    case = await handed_over(shop, model)
    path = f"/desk/cases/{case}"
    theirs = _TOKEN.search((await bo.get(path)).text)
    assert theirs
    for token in ("", "0" * 64, theirs[1], "é"):
        refused = await anna.client.post(f"{path}/take", data={"token": token})
        assert refused.status_code == 403
    own = _TOKEN.search((await anna.get(path)).text)
    assert own
    for headers in (
        {"Origin": "http://evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ):
        data = {"token": own[1]}
        refused = await anna.client.post(f"{path}/take", data=data, headers=headers)
        assert refused.status_code == 403
    assert (await thread_of(shop))["speaker"] == "waiting"
    # Nor can somebody be logged in by a page of another site.
    stranger = await bo.client.post(
        "/desk/login", data={"name": "Anna", "password": PASSWORD, "token": own[1]}
    )
    assert stranger.status_code == 403


async def test_cookies_are_kept_from_scripts_and_cannot_be_made_up(
    http: FastAPI, staff: Staff, settings: Settings, assistant: Assistant
) -> None:
    browser = Browser(http)
    answer = await browser.log_in("Anna")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if "shopguide_desk=" in c)
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/desk" in cookie
    forged = [
        Sessions(b"x" * 32, staff, now=assistant.now).begin("Anna", 1),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJBbm5hIiwiZXBvY2giOjEsImp0aSI6IngiLCJleHAiOjk5OTk5OTk5OTl9.",
        "Anna",
    ]
    for value in forged:
        other = Browser(http)
        other.client.cookies.set("shopguide_desk", value)
        assert (await other.get("/desk")).status_code == 303
    assert (await browser.get("/desk")).status_code == 200
    kept = browser.client.cookies["shopguide_desk"]
    assert (await browser.post("/desk/logout", "/desk")).status_code == 303
    stolen = Browser(http)
    stolen.client.cookies.set("shopguide_desk", kept)
    assert (await stolen.get("/desk")).status_code == 303


async def test_a_session_ends_with_time_and_with_the_account(
    http: FastAPI, staff: Staff, anna: Browser, bo: Browser
) -> None:
    staff.put("Anna", "another password")
    assert (await anna.get("/desk")).status_code == 303
    staff.remove("Bo")
    assert (await bo.get("/desk")).status_code == 303


def test_a_session_runs_out(staff: Staff) -> None:
    moment = [datetime(2026, 3, 1, tzinfo=UTC)]
    sessions = Sessions(b"k" * 32, staff, now=lambda: moment[0])
    cookie = sessions.begin("Anna", 1)
    assert sessions.of(cookie)
    moment[0] += timedelta(hours=11)
    assert sessions.of(cookie) is None


async def test_who_guesses_passwords_must_wait(http: FastAPI, staff: Staff) -> None:
    guesser = Browser(http, address="10.9.9.9")
    statuses = [(await guesser.log_in("Anna", f"wrong {n}")).status_code for n in range(7)]
    # The clock of the tests goes on by a minute each time that it is asked.
    assert set(statuses) <= {401, 429}
    assert statuses[0] == 401


def test_waits_grow_per_account_and_per_address() -> None:
    moment = [datetime(2026, 3, 1, tzinfo=UTC)]
    lockout = Lockout(lambda: moment[0])
    for n in range(5):
        assert lockout.begin("Anna", f"10.0.0.{n}") is None
    first = lockout.begin("Anna", "10.0.1.1")
    assert first is not None
    moment[0] += first
    assert lockout.begin("Anna", "10.0.1.1") is None
    second = lockout.begin("Anna", "10.0.1.2")
    assert second is not None
    assert second > first
    assert lockout.begin("Bo", "10.0.1.2") is None
    for n in range(4):
        assert lockout.begin(f"name-{n}", "10.7.7.7") is None
    assert lockout.begin("name-x", "10.7.7.7") is None
    assert lockout.begin("name-y", "10.7.7.7") is not None
    for _ in range(40):
        wait = lockout.begin("Cy", "10.8.8.8")
        moment[0] += wait or timedelta(0)
    lockout.begin("Cy", "10.8.8.8")
    wait = lockout.begin("Cy", "10.8.8.9")
    assert wait is not None
    assert wait <= timedelta(minutes=5)


def test_a_password_is_kept_as_a_salted_hash(staff: Staff, assistant: Assistant) -> None:
    assert staff.check("Anna", PASSWORD) == 1
    assert staff.check("Anna", PASSWORD + "x") is None
    assert staff.check("nobody", PASSWORD) is None
    assert staff.check("\x00", "\ud800") is None
    with assistant.database.reading() as session:
        rows = session.execute(Base.metadata.tables["desk_staff"].select()).all()
    assert len({row.password for row in rows}) == 2
    assert PASSWORD not in str(rows)


async def test_what_is_kept_of_a_case_goes_with_the_shopper(
    shop: httpx.AsyncClient, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(reading("person"))
    reply = await say(shop, "my canaryword is here, I want to talk to a human")
    assert "deleted 30 days after" in reply.text
    exported = (await shop.get("/api/profile/ann/export")).json()
    assert "canaryword" in str(exported["handoffs"])
    erased = await shop.delete("/api/profile/ann")
    assert erased.json()["erased"] is True
    for file in Path(str(assistant.database.file)).parent.glob("shopguide.sqlite3*"):
        assert b"canaryword" not in file.read_bytes()


async def test_a_closed_case_is_deleted_after_a_while(
    shop: httpx.AsyncClient, anna: Browser, model: ScriptedModel, assistant: Assistant
) -> None:
    case = await handed_over(shop, model)
    await anna.post(f"/desk/cases/{case}/close", f"/desk/cases/{case}")
    assert assistant.desk.purge() == 0
    start = assistant.now()
    assistant.desk._now = lambda: start + timedelta(days=31)
    assert assistant.desk.purge() == 1
    assert (await anna.get(f"/desk/cases/{case}")).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_outside_of_the_hours_a_message_is_taken(
    settings: Settings,
    assistant: Assistant,
    model: ScriptedModel,
    tmp_path: Path,
    language: str,
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        'hours: {time_zone: Europe/Berlin, week: {tuesday: ["09:00-17:00"]}, '
        "holidays: [2026-03-03]}\n",
        encoding="utf-8",
    )
    shop = settings.model_copy(update={"handoff_rules": rules})
    closed = Assistant(
        shop, indexes=assistant.indexes, database=assistant.database, model=model,
        now=lambda: datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    )  # fmt: skip
    model.will_say(reading("person"))
    message = HUMAN if language == "en" else "我要转人工"
    reply = await closed.reply(message, shopper_id="ann", thread_id="t")
    assert reply.handoff is not None
    assert reply.handoff.status == "message_taken"
    # The third is a holiday: the next Tuesday is the tenth.
    opening = "Tuesday, 10 March, 09:00" if language == "en" else "2026年3月10日星期二 09:00"
    assert opening in reply.text
    assert closed.desk.queue()[0].after_hours


def test_the_desk_is_signed_with_the_shops_secret(assistant: Assistant, settings: Settings) -> None:
    shop = settings.model_copy(update={"secret": SecretStr(SECRET)})
    create_http(assistant, shop)
    assert not (settings.data / "desk.key").exists()
    create_http(assistant, settings)
    assert (settings.data / "desk.key").stat().st_mode & 0o077 == 0
