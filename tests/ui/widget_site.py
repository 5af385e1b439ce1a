"""A shop's site on one origin, the assistant on another, and a browser in front of both."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route as Served

PATIENCE = 20_000
# What a shop that is careful allows, and the two lines that the widget needs of it.
STRICT = (
    "default-src 'none'; script-src {guide}; connect-src {guide}; style-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


class Shop:
    """The pages of a shop; each has the widget.

    Attributes:
        guide: the assistant's origin.
        origin: the shop's own.
        policy: the content-security policy of every page.
        attributes: of the script tag.
        style: the shop's own style sheet.
        lang: of the pages.
    """

    def __init__(self) -> None:
        self.guide = ""
        self.origin = ""
        self.policy = STRICT
        self.attributes: dict[str, str] = {"data-shop": "Corner Shop"}
        self.style = "body { font: 18px serif; }"
        self.lang = "en"
        self.app = Starlette(
            routes=[
                Served("/shop.css", self._style),
                Served("/picture.svg", self._picture),
                Served("/{page:path}", self._page),
            ]
        )

    def _page(self, request: Request) -> Response:
        attributes = " ".join(f'{n}="{escape(v)}"' for n, v in self.attributes.items())
        return HTMLResponse(
            f'<!doctype html><html lang="{self.lang}"><head><title>Shop</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="stylesheet" href="/shop.css"></head><body><main><h1>Our shop</h1>'
            '<p><a id="other" href="/other">Another page</a></p>'
            '<p><button id="own">The shop\'s own button</button></p></main>'
            f'<script src="{self.guide}/widget.js" {attributes}></script></body></html>',
            headers={"Content-Security-Policy": self.policy.format(guide=self.guide)},
        )

    def _style(self, request: Request) -> Response:
        return Response(self.style, media_type="text/css")

    def _picture(self, request: Request) -> Response:
        svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
        return Response(svg, media_type="image/svg+xml")


@dataclass
class Visit:
    """A visitor of the shop, in a browser of their own.

    Attributes:
        page: the open page.
        faults: what went wrong in it: errors of scripts, dialogs, breaches of its policy.
    """

    shop: Shop
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    def go(self, path: str = "/") -> None:
        """Opens a page of the shop."""
        self.page.goto(self.shop.origin + path)
        expect(self.page.locator("#shopguide-widget .root")).to_be_attached()

    @property
    def launcher(self) -> Locator:
        return self.page.locator(".launcher")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def box(self) -> Locator:
        return self.panel.locator("textarea")

    def open(self) -> None:
        """Opens the panel, as a mouse does."""
        self.launcher.click()
        expect(self.box).to_be_focused()
        expect(self.panel.locator(".greeting, .turn").first).to_be_visible()

    def ask(self, message: str) -> Locator:
        """Sends a message and waits for the whole answer: the last turn."""
        turns = self.panel.locator(".turn")
        before = turns.count()
        self.box.fill(message)
        self.box.press("Enter")
        expect(turns).to_have_count(before + 1)
        return self.answered()

    def answered(self) -> Locator:
        """The last turn, once nothing more comes."""
        expect(self.panel.get_by_role("button", name="Send")).to_be_visible()
        return self.panel.locator(".turn").last

    def kept(self) -> dict[str, Any]:
        """What the widget keeps in the browser."""
        script = """() => {
          const name = Object.keys(localStorage).find((key) => key.startsWith("shopguide:"));
          return name ? localStorage.getItem(name) : "{}";
        }"""
        held: dict[str, Any] = json.loads(self.page.evaluate(script))
        return held


@contextmanager
def visiting(
    browser: Browser, shop: Shop, *, expects: tuple[str, ...] = (), **options: Any
) -> Iterator[Visit]:
    """A new visitor; afterwards nothing went wrong but what is expected.

    Args:
        browser: a running one.
        shop: whose pages are visited.
        expects: parts of messages of the console that are no fault here.
        options: of the browser's context, such as ``locale``.
    """
    options = {"viewport": {"width": 1280, "height": 860}, "locale": "en-US", **options}
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    visit = Visit(shop, context, context.new_page())
    visit.page.on("pageerror", lambda error: visit.faults.append(str(error)))
    visit.page.on("dialog", lambda dialog: visit.faults.append(dialog.message))
    visit.page.on(
        "console",
        lambda said: visit.faults.append(said.text) if said.type == "error" else None,
    )
    yield visit
    context.close()
    faults = [f for f in visit.faults if not any(part in f for part in (*expects, "favicon"))]
    assert faults == []


def answers(page: Page, shop: Shop, *replies: dict[str, Any], thread: Any = None) -> list[str]:
    """Lets the chat answer with these replies, as the server's events; returns what was asked."""
    asked: list[str] = []
    left = list(replies)
    cors = {"Access-Control-Allow-Origin": shop.origin}

    def chat(route: Route) -> None:
        if route.request.method == "OPTIONS":
            route.continue_()
            return
        asked.append(route.request.post_data_json["message"])
        if not left:
            route.abort("internetdisconnected")
            return
        body = f"event: reply\ndata: {json.dumps(left.pop(0))}\n\n"
        route.fulfill(body=body, content_type="text/event-stream", headers=cors)

    def held(route: Route) -> None:
        found = thread() if thread else {"speaker": "bot", "messages": []}
        route.fulfill(json=found, headers=cors)

    page.route("**/api/chat", chat)
    page.route("**/api/threads/**", held)
    return asked


def plain(text: str, **more: Any) -> dict[str, Any]:
    return {
        "thread_id": "t", "turn_id": f"turn {text}", "text": text, "language": "en",
        "intent": "order", "products": [], "citations": [], "choices": [], **more,
    }  # fmt: skip


def message(number: int, sender: str, text: str, **more: Any) -> dict[str, Any]:
    """A message of a thread."""
    held = {"number": number, "from": sender, "name": None, "text": text, "reply": None}
    return {**held, "time": "2026-03-01T12:00:00Z", **more}
