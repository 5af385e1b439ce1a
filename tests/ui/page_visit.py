"""What tests of the page in a real browser share: a server, a visitor, and what a visitor does."""

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from scripted_model import reading
from served import served
from sqlalchemy import func, select

from assistant.app import Assistant
from assistant.database.tables import EventRow, FactRow, ShopperRow, ThreadRow, TurnRow
from assistant.server import create_http
from assistant.settings import Settings
from assistant.thread import Exchange
from ui.page import mount_page

FLAT_FEET = "Which running shoe under $120 is best for flat feet?"
READ_FLAT_FEET = reading(
    "search",
    ("running shoe", "category", "=", "running shoes"),
    ("under $120", "price", "<=", "120"),
    ("flat feet", "body", "=", "flat feet"),
)
ANSWER = "Nike Structure 25 [1] costs $110."
PATIENCE = 20_000
"""Milliseconds that a busy machine may take."""
expect.set_options(timeout=PATIENCE)

OpenPage = Callable[..., Page]


@pytest.fixture
def address(assistant: Assistant, settings: Settings) -> Iterator[str]:
    """Where the whole application listens."""
    with served(create_http(assistant, settings, page=mount_page)) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Opens the page as a new visitor; afterwards no other host was asked and no script broke."""
    asked: list[str] = []
    faults: list[str] = []
    contexts = []
    own = [address + "/", "data:", "blob:"]

    def visit(
        locale: str = "en-US",
        width: int = 1280,
        theme: Literal["light", "dark"] = "light",
        at: str = address,
    ) -> Page:
        context = browser.new_context(
            locale=locale, viewport={"width": width, "height": 900}, color_scheme=theme
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        own.append(at + "/")
        context.on("request", lambda request: asked.append(request.url))
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("dialog", lambda dialog: faults.append(dialog.message))
        page = context.new_page()
        page.goto(at)
        expect(page.locator("#sg-last > *").last).to_be_visible(timeout=PATIENCE)
        expect(page.locator(".sg-welcome")).to_be_visible(timeout=PATIENCE)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert asked
    assert [url for url in asked if not url.startswith(tuple(own))] == []
    assert faults == []


def ask(page: Page, message: str) -> None:
    """Types a message and sends it."""
    page.locator("#sg-box textarea").fill(message)
    page.locator("#sg-send").click()


def to_its_end(page: Page, message: str) -> None:
    """Waits until a message is answered, and the page waits for the next one."""
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(message, timeout=PATIENCE)
    expect(page.locator("#sg-last .sg-below")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#sg-send")).to_be_visible(timeout=PATIENCE)


def answered(page: Page, message: str) -> None:
    """Asks, and waits for the end of the answer."""
    ask(page, message)
    to_its_end(page, message)


def agree_to_be_remembered(page: Page) -> None:
    """Says yes to being remembered."""
    act(page, "agree").click()
    expect(page.locator(".sg-control")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".sg-consent")).to_have_count(0)


def act(page: Page, name: str) -> Locator:
    """The buttons of the page that stand for an act."""
    return page.locator(f'[data-act="{name}"]')


# what the server then holds ------------------------------------------------------------------


def kept(assistant: Assistant) -> list[int]:
    """How many shoppers, threads, turns, facts and events are kept."""
    tables = (ShopperRow, ThreadRow, TurnRow, FactRow, EventRow)
    with assistant.database.reading() as session:
        return [session.scalars(select(func.count()).select_from(t)).one() for t in tables]


def the_shopper(assistant: Assistant) -> str:
    """The only one who has agreed to be remembered."""
    with assistant.database.reading() as session:
        return session.scalars(select(ShopperRow.id)).one()


def database_bytes(assistant: Assistant) -> bytes:
    """All that the database's files have."""
    file = assistant.database.file
    assert file is not None
    assistant.database.scrubber.finish()  # single facts are left to the background
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def held(assistant: Assistant) -> list[Exchange]:
    """The turns of the one conversation of the one shopper who has agreed."""
    who = the_shopper(assistant)
    [thread] = assistant.threads.of(who)
    return assistant.exchanges(thread.id, who)
