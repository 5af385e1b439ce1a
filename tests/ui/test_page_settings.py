"""What a shop sets, at work in a real browser: where pictures come from, how much is answered."""

# The fixtures of the page stand in page_visit.
# ruff: noqa: F811

from collections.abc import Iterator
from datetime import timedelta

import pytest
from conftest import START
from page_visit import PATIENCE, address, answered, ask  # noqa: F401
from playwright.sync_api import Browser, Page, Route, expect
from scripted_model import ScriptedModel, reading

from assistant.settings import Settings
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from retrieval.product import Product

pytestmark = [
    pytest.mark.page,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*"),
]

CDN, ELSEWHERE = "https://cdn.shop.example", "https://elsewhere.example"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A shop with its own host of pictures, that answers two messages an hour."""
    return settings.model_copy(update={"picture_origins": (CDN,), "limit_shopper": "2/hour"})


@pytest.fixture
def asked() -> list[str]:
    """The URLs of other hosts that were asked."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, asked: list[str]) -> Iterator[Page]:
    """The page, as a new visitor has it."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)

    def other(route: Route) -> None:
        asked.append(route.request.url)
        if route.request.url == f"{CDN}/gone.svg":
            route.fulfill(status=404)
        else:
            route.fulfill(body=PICTURE, content_type="image/svg+xml")

    context.route(lambda url: not url.startswith(address), other)
    page = context.new_page()
    page.goto(address)
    expect(page.locator(".sg-welcome")).to_be_visible(timeout=PATIENCE)
    yield page
    context.close()


def test_pictures_come_from_where_the_shop_allows_alone(
    page: Page,
    asked: list[str],
    model: ScriptedModel,
    indexes: IndexFolder,
    shoes: list[Product],
    embedder: HashingEmbedder,
) -> None:
    urls = dict(
        zip(
            ("nike-structure", "asics-kayano", "asics-excite"),
            (f"{CDN}/a.svg", f"{ELSEWHERE}/b.svg", f"{CDN}/gone.svg"),
            strict=True,
        )
    )
    pictured = [shoe.model_copy(update={"image_url": urls.get(shoe.id)}) for shoe in shoes]
    indexes.replace(
        build_index(pictured, name="shoes", embedder=embedder, source="tests",
                    now=START + timedelta(hours=1))
    )  # fmt: skip
    model.will_say(reading("search", ("stability", "feature", "=", "stability")))
    model.otherwise = "Nothing."
    answered(page, "stability")
    expect(page.locator("#sg-last .sg-card")).to_have_count(3)
    expect(page.locator("#sg-last .sg-picture svg")).to_have_count(3)
    # The one that is not there has made way for the drawing.
    expect(page.locator("#sg-last .sg-picture img")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator("#sg-last .sg-picture img")).to_have_attribute("src", f"{CDN}/a.svg")
    blocked = page.evaluate(
        """url => new Promise(told => {
          document.addEventListener("securitypolicyviolation", e => told(e.effectiveDirective));
          document.body.append(Object.assign(new Image(), { src: url }));
          setTimeout(() => told("nothing"), 5000);
        })""",
        f"{ELSEWHERE}/c.svg",
    )
    assert blocked == "img-src"
    assert set(asked) == {f"{CDN}/a.svg", f"{CDN}/gone.svg"}


def test_beyond_the_shop_s_limits_buttons_still_work(page: Page, model: ScriptedModel) -> None:
    model.will_say(reading("search", ("Nike", "brand", "=", "Nike")))
    model.otherwise = "Nothing."
    answered(page, "shoes by Nike")
    model.will_say(reading("chat"))
    answered(page, "hello")
    ask(page, "good morning")
    expect(page.get_by_role("alert")).to_contain_text("more than the shop can", timeout=PATIENCE)
    expect(page.locator("#sg-box textarea")).to_have_value("good morning")
    page.locator("#sg-need [data-act=release]").first.click()
    expect(page.locator("#sg-last .sg-took")).to_be_visible(timeout=PATIENCE)
