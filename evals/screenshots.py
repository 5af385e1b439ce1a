"""Takes the README's pictures of the page, from a running server with Chromium.

``python -m evals.screenshots`` beside a ``shopguide run``. Those of the desk are taken by
``python -m pytest tests/ui/picture_desk.py``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from evals.browser import take_pictures

FOLDER = Path(__file__).parent / "pictures"
# A small model on a laptop's CPU takes its time.
_PATIENCE_MS = 300_000


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        name: of the file, without its ending.
        width, height: of the window, in CSS pixels.
        locale: of the browser, which chooses the page's language.
        scheme: the colours that the browser prefers.
        question: asked before the picture is taken; None shows the page as it opens.
        told: said in an earlier conversation, after the shopper has agreed to be remembered.
        graph: whether the interest graph is shown.
        then: what is pressed in the end, one after the other: CSS selectors.
    """

    name: str
    width: int
    height: int
    locale: str
    scheme: Literal["light", "dark"]
    question: str | None
    told: tuple[str, ...] = ()
    graph: bool = False
    then: tuple[str, ...] = ()


_TOLD_EN = ("I have flat feet, I wear size 43, I love black and I never wear Nike.",)
_TOLD_ZH = ("我是扁平足,平时穿43码,喜欢黑色,从来不穿耐克。",)
PICTURES = (
    Picture("start", 1280, 800, "en-US", "light", None),
    Picture(
        "page-en", 1280, 1000, "en-US", "light",
        "Which running shoe under $120 is best for flat feet?", _TOLD_EN,
    ),
    Picture(
        "page-zh-dark", 1280, 1000, "zh-CN", "dark",
        "扁平足跑步鞋,预算120美元以内,哪款最好?", _TOLD_ZH,
    ),
    Picture(
        "compare-en", 1280, 1000, "en-US", "light",
        "Which running shoe under $120 is best for flat feet?",
        then=(
            "#sg-last .sg-card:nth-of-type(1) [data-compare]",
            "#sg-last .sg-card:nth-of-type(2) [data-compare]",
            "#sg-last .sg-card:nth-of-type(3) [data-compare]", ".sg-compare-now",
        ),
    ),
    Picture("phone-zh", 390, 844, "zh-CN", "light", "我想买一双好穿的运动鞋"),
    Picture("interests-en", 1280, 1000, "en-US", "light", None, _TOLD_EN, graph=True),
)  # fmt: skip


def take(browser: Browser, url: str, picture: Picture, folder: Path) -> Path:
    """Takes one picture as a new visitor.

    Args:
        browser: started.
        url: where the page is served.
        picture: what to show.
        folder: where the file goes; it exists.
    """
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        locale=picture.locale,
        color_scheme=picture.scheme,
        device_scale_factor=1.5,
    )
    try:
        page = context.new_page()
        page.goto(url)
        page.locator(".sg-welcome").wait_for()
        page.locator(".sg-question").first.wait_for()
        if picture.told:
            page.locator('[data-act="agree"]').click()
            page.locator(".sg-control").wait_for()
            for message in picture.told:
                _ask(page, message)
            page.locator("#sg-new").click()
            page.locator(".sg-welcome").wait_for()
        if picture.question is not None:
            _ask(page, picture.question)
        if picture.graph:
            page.locator('[data-act="interests"]').click()
            page.locator(".sg-shown .sg-graph").wait_for()
            page.wait_for_timeout(700)  # the smooth scroll to the graph ends first
        for pressed in picture.then:
            page.locator(pressed).first.click()
            page.wait_for_timeout(700)
        path = folder / f"{picture.name}.png"
        page.screenshot(path=path)
        return path
    finally:
        context.close()


def _ask(page: Page, message: str) -> None:
    page.locator("#sg-box textarea").fill(message)
    page.locator("#sg-send").click()
    done = page.locator("#sg-last article[aria-busy=false], #sg-notice .sg-error")
    done.first.wait_for(timeout=_PATIENCE_MS)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(700)  # the smooth scroll to the new turn ends first
    page.evaluate("scrollTo(0, 0)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes all pictures and prints their paths.

    Args:
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(prog="python -m evals.screenshots", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:7860/", help="where the page is served")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder for the pictures")
    given = parser.parse_args(arguments)
    return take_pictures(
        PICTURES,
        lambda browser, picture: take(browser, given.url, picture, given.out),
        folder=given.out,
        of=f"The page at {given.url}",
    )


if __name__ == "__main__":
    sys.exit(main())
