"""The routes by which the page's script has messages answered."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from scripted_model import ScriptedModel, reading
from served import served

import ui.underway
from assistant.app import Assistant
from assistant.server import create_http
from assistant.settings import Settings
from ui.page import mount_page
from ui.parts import ANSWER_PARTS

# Gradio's own use of libraries that have moved on.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*")


@pytest.fixture
def guest(assistant: Assistant, settings: Settings) -> Iterator[httpx.Client]:
    """A browser that has opened the page."""

    async def made() -> FastAPI:
        # Outside of a loop Gradio makes one, and leaves it open.
        return create_http(assistant, settings, page=mount_page)

    with (
        served(asyncio.run(made())) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        assert client.get("/").is_success
        yield client


def told(answer: str) -> list[dict[str, object]]:
    """What changes on the page, in the order in which it was told."""
    assert answer.endswith("\n\n")
    events = answer.removesuffix("\n\n").split("\n\n")
    return [json.loads(event.removeprefix("data: ")) for event in events]


def test_an_answer_is_told_to_its_end(guest: httpx.Client, model: ScriptedModel) -> None:
    model.will_say(reading("chat"))
    answer = guest.post("/page/ask", json={"message": "hello", "language": "en"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    changes = told(answer.text)
    assert changes[0]["asking"] == "hello"
    assert changes[0]["thread"]
    assert changes[-1]["asking"] == ""
    assert 'aria-busy="false"' in str(changes[-1]["turn"])
    # The page's script hands every part to Gradio by its name.
    assert set().union(*changes) <= set(ANSWER_PARTS)
    again = guest.post(
        "/page/follow", json={"thread": changes[0]["thread"], "asking": "hello", "language": "en"}
    )
    assert told(again.text)[-1]["turn"] == changes[-1]["turn"]


def test_nobody_else_follows_or_stops_it(guest: httpx.Client, model: ScriptedModel) -> None:
    model.will_say(reading("chat"))
    thread = told(guest.post("/page/ask", json={"message": "hello"}).text)[0]["thread"]
    guest.cookies.clear()
    guest.get("/")  # another guest
    followed = guest.post("/page/follow", json={"thread": thread, "asking": "hello"})
    assert "sg-asked" not in followed.text
    stopped = guest.post("/page/stop", json={"thread": thread, "asking": "hello"})
    assert "turn" not in stopped.json()
    guest.cookies.clear()
    assert "reload" in str(told(guest.post("/page/ask", json={"message": "hello"}).text)[0])


def test_what_a_page_of_another_site_can_send_is_refused(guest: httpx.Client) -> None:
    # A form, or a script without the server's leave, sends no JSON under that name.
    as_text = {"content-type": "text/plain"}
    plain = guest.post("/page/ask", content='{"message": "hello"}', headers=as_text)
    assert plain.status_code == 415
    there = {"origin": "https://elsewhere.example"}
    assert guest.post("/page/ask", json={"message": "hi"}, headers=there).status_code == 403
    assert guest.post("/page/ask", json={"message": "hi", "thread": "x" * 999}).status_code == 422


def test_a_silent_model_leaves_no_silent_connection(
    guest: httpx.Client, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ui.underway, "_SILENT_SECONDS", 0.02)
    model.will_say(reading("search"), "Nothing to say.")
    model.otherwise = "Nothing."
    model.gap = 0.1
    changes = told(guest.post("/page/ask", json={"message": "stability shoes"}).text)
    turns = [change["turn"] for change in changes if "turn" in change]
    assert len(turns) > len(set(map(str, turns)))
