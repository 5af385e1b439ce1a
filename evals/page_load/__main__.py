"""``python -m evals.page_load``: what the page adds to an answer's delay, many shoppers at once.

The demo shop answers in a process of its own, with a scripted model of a fixed delay. Rounds of the
API (``POST /api/chat``, streamed) and of the page (its own requests, and one real browser) take
turns; in each, all shoppers ask at the same moment. The clients stand in another process than the
shop, and the browser in its own, but all share the machine's cores. Needs Chromium and the ``dev``
dependencies.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import statistics
import sys
from contextlib import AsyncExitStack

import psutil
import structlog
from playwright.async_api import async_playwright

from evals.bench import QUESTIONS
from evals.browser import BROWSER_FLAGS, NoBrowser, found_browser
from evals.page_load.open_page import OpenPage
from evals.page_load.shop import served_shop
from evals.page_load.shoppers import (
    Shopper,
    Times,
    all_ask,
    api_shopper,
    browser_like,
    browser_shopper,
    page_shopper,
)

_GOAL_MS = 500


async def _measure(
    url: str, server: psutil.Process, shoppers: int, rounds: int
) -> tuple[dict[str, Times], dict[str, float]]:
    """The times of the API, of the page, of the page's opening and of the browser; and the
    processor seconds that the server spent on each.
    """
    spent = {"API": 0.0, "page": 0.0}
    times = {name: Times() for name in ("API", "page", "browser", "opening")}
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(browser_like(url)) for _ in range(2 * shoppers)]
        api = [api_shopper(client, f"shopper-{n}") for n, client in enumerate(clients[:shoppers])]
        pages = [OpenPage(client) for client in clients[shoppers:]]
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=found_browser(), args=list(BROWSER_FLAGS)
        )
        stack.push_async_callback(browser.close)
        page = await browser.new_page()
        await page.goto(url)
        await page.locator(".sg-welcome").wait_for()
        await all_ask([_opening(page) for page in pages], [""], times["opening"])
        seen = browser_shopper(page)
        through_page = [page_shopper(page) for page in pages]
        for question in QUESTIONS:  # what is read and made at a first message is not counted
            await api[0](question)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            said = QUESTIONS[number:] + QUESTIONS[:number]
            before = _spent(server)
            await all_ask(api, said, times["API"])
            between = _spent(server)
            await asyncio.gather(
                all_ask(through_page, said, times["page"]),
                all_ask([seen], said, times["browser"]),
            )
            spent["API"] += between - before
            spent["page"] += _spent(server) - between
    return times, spent


def _spent(server: psutil.Process) -> float:
    times = server.cpu_times()
    return float(times.user + times.system)


def _opening(page: OpenPage) -> Shopper:
    async def opened(_: str) -> tuple[float, float]:
        begun = asyncio.get_running_loop().time()
        await page.open()
        taken = asyncio.get_running_loop().time() - begun
        return taken, taken

    return opened


def _p(share: int, seconds: list[float]) -> float:
    """A percentile in milliseconds."""
    if len(seconds) < 2:
        return seconds[0] * 1000 if seconds else float("nan")
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1] * 1000


def _tell(times: dict[str, Times], shoppers: int, delay: float) -> None:
    print(f"{shoppers} shoppers at once, model with {delay:g} s a call, {os.cpu_count()} cores\n")
    print("| | first text p50 | p95 | end p50 | p95 | answers | errors |")
    print("|---|---|---|---|---|---|---|")
    for name, of in times.items():
        cells = [f"{_p(share, of_):,.0f} ms" for of_ in (of.first, of.end) for share in (50, 95)]
        print(f"| {name} | {' | '.join(cells)} | {len(of.end)} | {len(of.errors)} |")
    api, page = times["API"], times["page"]
    added = [
        f"{_p(share, of_page) - _p(share, of_api):,.0f} ms"
        for of_page, of_api in ((page.first, api.first), (page.end, api.end))
        for share in (50, 95)
    ]
    print(f"| **the page adds** (goal: p95 {_GOAL_MS} ms) | {' | '.join(added)} | | |")
    for name, of in times.items():
        for error in sorted(set(of.errors)):
            print(f"{name}: {error[:300]}", file=sys.stderr)


def main() -> int:
    """Reads the command line; 1 where something went wrong, 2 without a browser."""
    parser = argparse.ArgumentParser(prog="python -m evals.page_load", description=__doc__)
    parser.add_argument("--shoppers", type=int, default=50, help="how many ask at once")
    parser.add_argument("--rounds", type=int, default=4, help="how often each asks")
    parser.add_argument("--delay", type=float, default=0.3, help="seconds of a call of the model")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        found_browser()
    except NoBrowser as error:
        print(error, file=sys.stderr)
        return 2
    with served_shop(asked.delay) as (url, process):
        print(f"the shop is process {process}", file=sys.stderr)
        server, shoppers = psutil.Process(process), max(1, asked.shoppers)
        times, spent = asyncio.run(_measure(url, server, shoppers, max(1, asked.rounds)))
    _tell(times, asked.shoppers, asked.delay)
    answers = {"API": len(times["API"].end), "page": len(times["page"].end + times["browser"].end)}
    each = {name: seconds * 1000 / max(1, answers[name]) for name, seconds in spent.items()}
    print(f"\nprocessor time of the server: {each['API']:.0f} ms an answer of the API, ", end="")
    print(f"{each['page']:.0f} ms one of the page")
    return 1 if any(of.errors for of in times.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
