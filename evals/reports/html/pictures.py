"""Takes pictures of a report page with Chromium, in light, dark and at a phone's width.

``python -m evals.reports.html.pictures RUN/report.html --out FOLDER``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from evals.browser import take_pictures


@dataclass(frozen=True)
class View:
    """One picture.

    Attributes:
        name: of the file, without its ending.
        width, height: of the window, in CSS pixels.
        place: a CSS selector of what is opened and scrolled to; empty for the top.
        scale: device pixels to a CSS pixel.
    """

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"]
    place: str = ""
    scale: int = 1


VIEWS = (
    View("report-light", 1280, 1320, "light"),
    View("report-dark", 1280, 1320, "dark", "#plots"),
    View("report-phone", 390, 844, "light", "#failing .talk[data-language=zh]", 2),
)


def take(browser: Browser, page_file: Path, view: View, folder: Path) -> Path:
    """Takes one picture.

    Args:
        browser: started.
        page_file: the report.
        view: what to show of it.
        folder: where the picture goes; it exists.
    """
    context = browser.new_context(
        viewport={"width": view.width, "height": view.height},
        color_scheme=view.scheme,
        device_scale_factor=view.scale,
    )
    try:
        page = context.new_page()
        page.goto(page_file.resolve().as_uri())
        if view.place and (place := page.locator(view.place)).count():
            place.first.evaluate("(one) => { one.open = true; one.scrollIntoView(); }")
        path = folder / f"{view.name}.png"
        page.screenshot(path=path)
        return path
    finally:
        context.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes all pictures and prints their paths.

    Args:
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(
        prog="python -m evals.reports.html.pictures", description=__doc__
    )
    parser.add_argument("report", type=Path, help="the page of a run")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    given = parser.parse_args(arguments)
    return take_pictures(
        VIEWS,
        lambda browser, view: take(browser, given.report, view, given.out),
        folder=given.out,
        of=str(given.report),
    )


if __name__ == "__main__":
    sys.exit(main())
