"""The README's pictures of the desk: ``python -m pytest tests/ui/picture_desk.py`` takes them anew.

The shop is the one that the desk's tests run: some weeks old, with talks that wait. It is no test
and is not found as one.
"""

# The fixtures of the desk stand in test_desk_pages.
# ruff: noqa: F811

import pytest
from desk_site import DeskSite
from test_desk_pages import OpenDesk, anna, open_desk, site  # noqa: F401

from evals.browser import shrunk
from evals.screenshots import FOLDER

pytestmark = pytest.mark.page


@pytest.mark.parametrize(
    ("name", "path", "locale", "theme"),
    [
        ("desk-queue-en", "/desk", "en-US", "light"),
        ("desk-case-zh", "/desk/cases/{waiting}", "zh-CN", "light"),
        ("desk-insight-en", "/desk/insight", "en-US", "light"),
        ("desk-evaluations-zh-dark", "/desk/evaluations", "zh-CN", "dark"),
        ("desk-files-en", "/desk/files", "en-US", "light"),
    ],
)
def test_picture(
    site: DeskSite, open_desk: OpenDesk, name: str, path: str, locale: str, theme: str
) -> None:
    page = open_desk(path.format(**site.cases), locale=locale, theme=theme)
    page.wait_for_load_state("networkidle")
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    assert shrunk(file) < 200_000
