"""Shoppers who ask at once: through the API, through the page, and one in a real browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx
from playwright.async_api import Error, Page

from evals.page_load.open_page import NoAnswer, OpenPage

_SECONDS = 120.0
# What a person sees: the answer's first words, and the end of it with its buttons.
_BROWSER_ASKS = """
async (message) => {
  const box = document.querySelector("#sg-box textarea");
  const value = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
  value.set.call(box, message);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((done) => setTimeout(done, 50));
  const old = document.querySelector("#sg-last [data-act=thumb_up]")?.dataset.fact;
  const begun = performance.now();
  document.querySelector("#sg-send").click();
  let first = 0;
  for (;;) {
    const now = performance.now() - begun;
    const busy = document.querySelector('#sg-last article[aria-busy="true"]');
    const ended = document.querySelector("#sg-last [data-act=thumb_up]")?.dataset.fact;
    if (!first && busy && busy.querySelector(".sg-text")) first = now;
    if (ended && ended !== old && document.querySelector("#sg-send")?.offsetParent) {
      return [(first || now) / 1000, now / 1000];
    }
    if (now > 120000) throw new Error("no answer came");
    await new Promise(requestAnimationFrame);
  }
}
"""


@dataclass
class Times:
    """How long answers took, in seconds.

    Attributes:
        first: to their first words.
        end: to their end.
        errors: what went wrong.
    """

    first: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def watch(self, asking: Awaitable[tuple[float, float]]) -> None:
        """Waits for an answer and keeps its times."""
        try:
            first, end = await asking
        except (httpx.HTTPError, NoAnswer, Error) as error:
            self.errors.append(f"{type(error).__name__}: {error}")
        else:
            self.first.append(first)
            self.end.append(end)


Shopper = Callable[[str], Awaitable[tuple[float, float]]]
"""Asks a message; seconds to the first words and to the end of the answer."""


def browser_like(url: str) -> httpx.AsyncClient:
    """A client with a cookie jar of its own."""
    return httpx.AsyncClient(base_url=url, timeout=_SECONDS, trust_env=False)


def api_shopper(client: httpx.AsyncClient, name: str) -> Shopper:
    """Asks through ``POST /api/chat``.

    Args:
        client: to the shop.
        name: the shopper's id.
    """

    async def ask(message: str) -> tuple[float, float]:
        begun, first = time.perf_counter(), 0.0
        body = {"message": message, "shopper_id": name, "thread_id": f"thread-{name}"}
        headers = {"Accept": "text/event-stream"}
        async with client.stream("POST", "/api/chat", json=body, headers=headers) as stream:
            stream.raise_for_status()
            event = ""
            async for line in stream.aiter_lines():
                event = line[7:] if line.startswith("event: ") else event
                if event == "delta" and not first:
                    first = time.perf_counter() - begun
                if event == "error":
                    raise NoAnswer(line)
        if event != "reply" or not first:
            raise NoAnswer("the stream ended without an answer")
        return first, time.perf_counter() - begun

    return ask


def page_shopper(page: OpenPage) -> Shopper:
    """Asks through the page's own requests."""

    async def ask(message: str) -> tuple[float, float]:
        begun, first, last = time.perf_counter(), 0.0, ""
        async for told in page.ask(message):
            last = told
            # The turns before it have words, too: they come before it.
            if not first and "sg-text" in told.rpartition("<article")[2]:
                first = time.perf_counter() - begun
        if not first or "thumb_up" not in last:
            raise NoAnswer("the page ended without an answer")
        return first, time.perf_counter() - begun

    return ask


def browser_shopper(page: Page) -> Shopper:
    """Asks by the button, and looks at the page at every frame."""

    async def ask(message: str) -> tuple[float, float]:
        first, end = await page.evaluate(_BROWSER_ASKS, message)
        return first, end

    return ask


async def all_ask(shoppers: Sequence[Shopper], messages: Sequence[str], times: Times) -> None:
    """All ask at the same moment, each the next of the messages, and all are waited for."""
    await asyncio.gather(
        *(times.watch(ask(messages[number % len(messages)])) for number, ask in enumerate(shoppers))
    )
