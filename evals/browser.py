"""Pictures of pages with Debian's or Google's Chromium: finding it, starting it, taking them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Browser, Error, sync_playwright

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# So many shades make edges of letters smooth and keep a picture small.
_COLOURS = 128
View = TypeVar("View")


class NoBrowser(Exception):
    """No Chromium is on the path."""


def found_browser() -> str:
    """The path of a Chromium.

    Raises:
        NoBrowser: none is installed.
    """
    chromium = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if chromium is None:
        raise NoBrowser(f"No browser was found: {', '.join(_BROWSERS)}.")
    return chromium


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """A browser without a window, closed afterwards.

    Raises:
        NoBrowser: none is installed.
    """
    chromium = found_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def take_pictures(
    views: Iterable[View], take: Callable[[Browser, View], Path], *, folder: Path, of: str
) -> int:
    """Takes pictures and prints their paths.

    Args:
        views: what is taken.
        take: takes one, into the folder.
        folder: made where it is missing.
        of: what they are of, for the sentence where there is none.

    Returns:
        The exit status of a command: 0, 1 where a page gave no picture, 2 without a browser.
    """
    try:
        with opened_browser() as browser:
            folder.mkdir(parents=True, exist_ok=True)
            for view in views:
                path = take(browser, view)
                print(f"{path} {shrunk(path):,} bytes")
    except NoBrowser as error:
        print(error, file=sys.stderr)
        return 2
    except Error as error:
        print(f"{of} gave no picture: {error.message}", file=sys.stderr)
        return 1
    return 0


def shrunk(picture: Path) -> int:
    """Rewrites a picture with the colours that pages have, which are few; its bytes then.

    Args:
        picture: a PNG.
    """
    from PIL import Image  # comes with gradio; only who takes pictures waits for it

    with Image.open(picture) as taken:
        few = taken.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(picture, optimize=True)
    return picture.stat().st_size
