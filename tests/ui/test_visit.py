"""What the shopper does on the page and what it then shows; no browser is needed."""

import json
from collections.abc import AsyncGenerator

import pytest
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.need import Need
from ui.screen import Screen
from ui.visit import Visits

FLAT_FEET = "Which running shoe under $120 is best for flat feet?"
READ_FLAT_FEET = reading(
    "search",
    ("running shoe", "category", "=", "running shoes"),
    ("under $120", "price", "<=", "120"),
    ("flat feet", "body", "=", "flat feet"),
)
ANSWER = "Nike Structure 25 [1] costs $110."


@pytest.fixture
def visits(assistant: Assistant) -> Visits:
    return Visits(assistant)


async def screens_of(screens: AsyncGenerator[Screen, None]) -> list[Screen]:
    return [screen async for screen in screens]


async def asked(visits: Visits, message: str = FLAT_FEET, thread: str = "") -> str:
    """Asks, and gives the thread."""
    screens = await screens_of(visits.ask(message, "ann", thread, "en"))
    named = [screen.thread for screen in screens if screen.thread]
    return named[-1]


def act(name: str, fact: str = "", value: str = "") -> str:
    return json.dumps({"act": name, "fact": fact, "value": value, "graph": False})


def need_of(assistant: Assistant, thread: str) -> Need:
    return assistant.exchanges(thread, "ann")[-1].reply.need


# what was understood ---------------------------------------------------------------------------


async def test_a_chip_is_taken_away(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    shown = await visits.show("ann", thread, "en")
    assert shown.need is not None
    price = need_of(assistant, thread).find("price")[0]
    assert f'data-act="release" data-fact="{price.id}"' in shown.need
    assert '<q dir="auto">under $120</q>' in shown.need
    after = await visits.act(act("release", price.id), "ann", "en", thread=thread)
    assert after.need is not None and after.turn is not None and after.past is not None
    assert "under $120" not in after.need
    assert "Taken away: price up to $120" in after.turn
    assert "Asics Kayano 31" in after.turn  # 165 dollars
    assert FLAT_FEET in after.past
    again = await visits.show("ann", thread, "en")
    assert (again.need, again.turn) == (after.need, after.turn)


async def test_a_chip_that_is_gone_is_told(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    wish = need_of(assistant, thread).find("price")[0].id
    await visits.act(act("release", wish), "ann", "en", thread=thread)
    again = await visits.act(act("release", wish), "ann", "zh", thread=thread)
    assert again.notice is not None and "这一条要求已经不在了" in again.notice
    assert again.turn is None
    other = await visits.act(act("release", wish), "bob", "en", thread=thread)
    assert other.turn is None
    assert len(assistant.exchanges(thread, "ann")) == 2
