"""``python -m evals.widget``: what the widget weighs, how soon it can be used, what axe-core says.

The demo shop answers, with a model that says nothing: its rules and records do. The page that has
the widget is of another origin, with a strict policy, as a shop's is. Needs Chromium and the
``dev`` dependencies.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from assistant.app import Assistant, indexes_folder
from assistant.database.connection import Database
from assistant.server import create_http
from assistant.settings import Settings
from evals.browser import NoBrowser, opened_browser
from evals.profile.demo_shop import demo_index
from evals.profile.silent_model import SilentModel
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from ui.widget.serving import widget_script

LOADS = 21
_POLICY = "default-src 'none'; script-src {guide}; connect-src {guide}; img-src 'self'"
# When a click would reach the launcher and the page has time for it, in ms since the navigation.
_READY = """
window.ready = new Promise((done, fail) => {
  setTimeout(() => fail(new Error("no launcher came")), 20000);
  const look = () => {
    const host = document.querySelector("#shopguide-widget");
    const at = host?.shadowRoot.querySelector(".launcher").getBoundingClientRect();
    const hit = at?.width && document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2);
    if (!hit || hit !== host) return requestAnimationFrame(look);
    setTimeout(() => {
      const script = performance.getEntriesByType("resource").find((e) => /widget/.test(e.name));
      done([performance.now(), performance.now() - script.startTime]);
    });
  };
  requestAnimationFrame(look);
});
"""
_ASKED = {
    "en": ("running shoes for flat feet under $150", "compare the first two"),
    "zh": ("适合扁平足的跑鞋，150美元以内", "比较前两双"),
}
_SIZES = {"desktop": (1280, 860), "phone": (390, 844)}


@contextmanager
def _serving(http: ASGIApp) -> Iterator[str]:
    """A server for an application; its origin."""
    server = uvicorn.Server(
        uvicorn.Config(http, host="127.0.0.1", port=0, log_level="warning", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)


class _Shop:
    """A page of another origin.

    Attributes:
        guide: the assistant's origin.
        origin: its own.
    """

    guide = ""
    origin = ""

    def page(self, request: Request) -> HTMLResponse:
        """A page in the language and theme that its address asks for."""
        lang = "zh" if request.query_params.get("lang") == "zh" else "en"
        theme = "dark" if request.query_params.get("theme") == "dark" else "light"
        return HTMLResponse(
            f'<!doctype html><html lang="{lang}"><head><title>Shop</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<script src="{self.guide}/widget.js" async data-shop="Shop" data-theme="{theme}">'
            "</script></head><body><main><h1>A shop</h1></main></body></html>",
            headers={"Content-Security-Policy": _POLICY.format(guide=self.guide)},
        )


@contextmanager
def _shop(home: Path) -> Iterator[_Shop]:
    """The demo shop's assistant, and a page of another origin in front of it."""
    embedder = HashingEmbedder()
    settings = Settings(home=home)
    indexes = IndexFolder(indexes_folder(settings), embedder)
    indexes.replace(demo_index(embedder))
    assistant = Assistant(
        settings, indexes=indexes, database=Database(settings.database_url), model=SilentModel()
    )
    shop = _Shop()
    with ExitStack() as stack:
        stack.callback(assistant.close)
        page = Starlette(routes=[Route("/", shop.page)])
        shop.origin = stack.enter_context(_serving(page))
        listed = settings.model_copy(update={"origins": (shop.origin,)})
        shop.guide = stack.enter_context(_serving(create_http(assistant, listed)))
        yield shop


def _load(browser: Browser, shop: _Shop) -> tuple[float, float]:
    """One load with nothing in the cache: ms until the launcher can be used.

    Returns:
        Since the navigation began, and since the script was asked for.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    try:
        page = context.new_page()
        page.add_init_script(_READY)
        page.goto(shop.origin)
        navigation, script = page.evaluate("() => window.ready")
        page.locator(".launcher").click()
        page.get_by_role("dialog").wait_for()
        return navigation, script
    finally:
        context.close()


def _faults(page: Page) -> int:
    page.wait_for_timeout(300)  # what fades in has come in
    found = Axe().run(page).response["violations"]
    for fault in found:
        for node in fault["nodes"]:
            print(f"  {fault['id']}: {node['html'][:120]}", file=sys.stderr)
    return sum(len(fault["nodes"]) for fault in found)


def _states(
    browser: Browser, shop: _Shop, lang: str, theme: str, size: str, pictures: Path | None
) -> dict[str, int]:
    """The faults of each state of the widget, in one language, theme and size."""
    width, height = _SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    counted: dict[str, int] = {}
    page = context.new_page()

    def count(state: str) -> None:
        counted[state] = _faults(page)
        if pictures is not None:
            page.screenshot(path=pictures / f"widget-{size}-{lang}-{theme}-{state}.png")

    def ask(message: str, awaited: str) -> None:
        box = page.locator("textarea")
        box.fill(message)
        box.press("Enter")
        page.locator(f".turn:last-child {awaited}").first.wait_for()
        page.locator(".turn:last-child .thumbs").wait_for()

    try:
        page.goto(f"{shop.origin}?lang={lang}&theme={theme}")
        page.locator(".launcher").wait_for()
        count("closed")
        page.locator(".launcher").click()
        page.locator(".greeting").wait_for()
        count("open")
        first, second = _ASKED[lang]
        ask(first, ".card")
        count("cards")
        ask(second, "table")
        count("table")
    finally:
        context.close()
    return counted


def measure(loads: int, pictures: Path | None) -> int:
    """Prints the figures as a table in Markdown.

    Args:
        loads: how many cold loads.
        pictures: a folder for pictures of every state; None for none.

    Returns:
        The exit status: 2 without a browser.
    """
    script = widget_script()
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    try:
        with (
            tempfile.TemporaryDirectory() as home,
            _shop(Path(home)) as shop,
            opened_browser() as browser,
        ):
            _load(browser, shop)  # the browser's own start is not counted
            times = [_load(browser, shop) for _ in range(loads)]
            states = [
                _states(browser, shop, lang, theme, size, pictures)
                for lang in _ASKED
                for theme in ("light", "dark")
                for size in _SIZES
            ]
    except NoBrowser as error:
        print(error, file=sys.stderr)
        return 2
    faults = sum(sum(counted.values()) for counted in states)
    looked_at = sum(len(counted) for counted in states)
    print("| figure | measured | goal |\n|---|---|---|")
    print(f"| gzipped size | {len(script.packed):,} bytes ({len(script.plain):,} plain) | 30 KB |")
    for name, place in (("the navigation", 0), ("the script's request", 1)):
        of = sorted(time[place] for time in times)
        print(
            f"| usable since {name}, median (worst) of {loads} cold loads |"
            f" {statistics.median(of):.0f} ms ({of[-1]:.0f} ms) | 300 ms |"
        )
    print(f"| faults that axe-core finds in {looked_at} states | {faults} | 0 |")
    return 0


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m evals.widget", description=__doc__)
    parser.add_argument("--loads", type=int, default=LOADS, help="how many cold loads")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of every state")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    return measure(max(1, asked.loads), asked.pictures)


if __name__ == "__main__":
    raise SystemExit(main())
