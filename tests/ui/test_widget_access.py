"""The widget for everyone: keyboard, screen reader, both languages, small screens, any page."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import jwt
import pytest
from axe_playwright_python.sync_playwright import Axe
from page_visit import ANSWER, FLAT_FEET, READ_FLAT_FEET
from playwright.sync_api import Browser, Page, expect
from scripted_model import ScriptedModel, reading
from served import served
from widget_site import Shop, Visit, answers, message, plain, visiting

from assistant.app import Assistant
from assistant.server import create_http
from assistant.settings import Settings

pytestmark = pytest.mark.page
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# A page that nobody should have written.
HOSTILE = """
html body > * { display: none !important; opacity: 0 !important; visibility: hidden !important;
  transform: scale(0.1) !important; pointer-events: none !important; z-index: -1 !important; }
html body > main { display: block !important; }
* { color: #ff0000 !important; background: #00ff00 !important; font: 3px cursive !important;
  letter-spacing: 9px !important; text-transform: uppercase !important; direction: ltr;
  --accent: red !important; --ink: red !important; animation: none !important; }
button, textarea, svg, p, ul, section { width: 3000px !important; margin: 99px !important; }
body { filter: grayscale(0); }
"""
Go = Callable[..., Visit]


@pytest.fixture
def shop(assistant: Assistant, settings: Settings) -> Iterator[Shop]:
    shop = Shop()
    with ExitStack() as stack:
        shop.origin = stack.enter_context(served(shop.app))
        listed = settings.model_copy(update={"origins": (shop.origin,)})
        shop.guide = stack.enter_context(served(create_http(assistant, listed)))
        yield shop


@pytest.fixture
def visit(browser: Browser, shop: Shop) -> Iterator[Go]:
    with ExitStack() as stack:

        def go(**options: Any) -> Visit:
            visit = stack.enter_context(visiting(browser, shop, **options))
            visit.go()
            return visit

        yield go


def faults_of(page: Page) -> list[str]:
    """What axe-core finds wrong with a page, the widget's shadow root with it."""
    page.wait_for_timeout(300)  # what fades in has come in
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {node['html'][:160]}" for fault in found for node in fault["nodes"]]


# keyboard -------------------------------------------------------------------------------------


def focused(page: Page) -> str:
    """What has the focus, inside the shadow root too: its tag and name."""
    found: str = page.evaluate("""() => {
      let at = document.activeElement;
      while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
      const name = at.getAttribute("aria-label") ?? at.textContent.trim();
      return `${at.tagName.toLowerCase()} ${name}`;
    }""")
    return found


def test_with_the_keyboard_alone(visit: Go, model: ScriptedModel) -> None:
    visitor = visit()
    keys = visitor.page.keyboard
    for _ in range(3):
        keys.press("Tab")
    assert focused(visitor.page) == "button Ask the shop"
    keys.press("Enter")
    expect(visitor.box).to_be_focused()
    expect(visitor.panel).to_have_attribute("aria-modal", "true")
    expect(visitor.panel).to_have_accessible_name("Corner Shop")
    model.will_say(READ_FLAT_FEET, ANSWER)
    keys.type("Which running shoe under $120")
    keys.press("Shift+Enter")
    keys.type("is best for flat feet?")
    keys.press("Enter")
    visitor.answered()
    expect(visitor.panel.locator(".card").first).to_be_visible()
    expect(visitor.box).to_be_focused()
    # Around the whole panel and never out of it, either way.
    seen = []
    for _ in range(40):
        keys.press("Tab")
        seen.append(focused(visitor.page))
        if seen[-1] == "textarea Your message":
            break
    assert "button Close" in seen
    assert "button This helped" in seen
    assert not any("own button" in one or "Another page" in one for one in seen)
    keys.press("Shift+Tab")
    assert focused(visitor.page) == seen[-2]
    for _ in range(40):
        keys.press("Shift+Tab")
        assert "Another page" not in focused(visitor.page)
    keys.press("Escape")
    expect(visitor.panel).to_have_count(0)
    assert focused(visitor.page) == "button Ask the shop"


def test_the_focus_goes_back_to_where_it_was(visit: Go) -> None:
    visitor = visit()
    own = visitor.page.locator("#own")
    own.focus()
    visitor.page.evaluate("() => ShopGuide.open()")
    expect(visitor.box).to_be_focused()
    visitor.page.keyboard.press("Escape")
    expect(own).to_be_focused()


def test_an_input_method_chooses_a_word_with_enter(visit: Go) -> None:
    visitor = visit(locale="zh-CN")
    visitor.launcher.click()
    visitor.box.fill("跑鞋")
    visitor.box.evaluate("""box => {
      const key = { key: "Enter", bubbles: true, composed: true, cancelable: true };
      box.dispatchEvent(new KeyboardEvent("keydown", { ...key, isComposing: true }));
      box.dispatchEvent(new KeyboardEvent("keydown", { ...key, keyCode: 229 }));
    }""")
    expect(visitor.panel.locator(".turn")).to_have_count(0)
    expect(visitor.box).to_have_value("跑鞋")


def test_the_pages_own_short_cuts_stay_out(visit: Go) -> None:
    visitor = visit()
    visitor.page.evaluate("""() => {
      window.keys = 0;
      document.addEventListener("keydown", () => { window.keys += 1; });
    }""")
    visitor.open()
    visitor.page.keyboard.type("search /")
    assert visitor.page.evaluate("window.keys") == 0


# languages ------------------------------------------------------------------------------------


def test_in_chinese(visit: Go, shop: Shop, model: ScriptedModel) -> None:
    shop.lang = "zh-CN"
    model.will_say(
        reading("search", ("跑鞋", "category", "=", "跑鞋"), ("扁平足", "body", "=", "扁平足")), ""
    )
    visitor = visit()
    expect(visitor.launcher).to_have_text("问问导购")
    visitor.launcher.click()
    expect(visitor.panel.locator(".greeting h3")).to_have_text("您想找什么？")
    expect(visitor.panel.locator(".speaker")).to_have_text("正在和机器人对话")
    visitor.box.fill("适合扁平足的跑鞋")
    visitor.box.press("Enter")
    expect(visitor.panel.locator(".badge")).to_have_text("推荐")
    expect(visitor.panel.locator(".card h3").first).to_contain_text("跑鞋")
    expect(visitor.panel.locator(".words")).to_have_attribute("lang", "zh-Hans")
    expect(visitor.panel.locator(".sources summary")).to_contain_text("依据")


@pytest.mark.parametrize(
    ("said", "page", "browser_has", "shown"),
    [
        ("zh", "en", "en-US", "问问导购"),
        ("en", "zh", "zh-CN", "Ask the shop"),
        (None, "zh-Hant", "en-US", "问问导购"),
        (None, "en", "zh-CN", "Ask the shop"),
        (None, "", "zh-CN", "问问导购"),
        (None, "de", "zh-CN", "Ask the shop"),
    ],
)
def test_whose_language_it_speaks(
    visit: Go, shop: Shop, said: str | None, page: str, browser_has: str, shown: str
) -> None:
    shop.lang = page
    if said:
        shop.attributes["data-lang"] = said
    expect(visit(locale=browser_has).launcher).to_have_text(shown)


# any page, any screen -------------------------------------------------------------------------


def test_beside_hostile_css(visit: Go, shop: Shop, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    calm = visit()
    calm.open()
    shop.style = HOSTILE
    visitor = visit()
    visitor.open()
    for one in (calm.launcher, visitor.launcher):
        assert one.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(29, 107, 87)"
    look = """e => {
      const style = getComputedStyle(e);
      return ["fontSize", "letterSpacing", "textTransform", "color", "width", "margin", "opacity",
        "visibility"].map((name) => `${name} ${style[name]}`);
    }"""
    for one in (calm.panel, visitor.panel):  # once they have risen
        one.evaluate("e => Promise.all(e.getAnimations({ subtree: true }).map((a) => a.finished))")
    for part in (".panel", "textarea", ".plain", ".greeting p", "svg"):
        assert visitor.panel.page.locator(part).first.evaluate(look) == (
            calm.panel.page.locator(part).first.evaluate(look)
        ), part
    turn = visitor.ask(FLAT_FEET)
    expect(turn.locator(".card").first).to_be_visible()


def test_the_page_is_left_as_it_was(visit: Go) -> None:
    visitor = visit()
    before = visitor.page.locator("main").bounding_box()
    names = visitor.page.evaluate(
        "() => Object.keys(window).filter((key) => /shop|guide|panel|server|texts/i.test(key))"
    )
    assert names == ["ShopGuide"]
    visitor.open()
    assert visitor.page.locator("main").bounding_box() == before
    assert visitor.page.evaluate("document.head.querySelectorAll('style').length") == 0


def test_on_a_phone_it_fills_the_screen(visit: Go, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    visitor = visit(**PHONE)
    visitor.launcher.tap()
    expect(visitor.box).to_be_focused()
    # It rises into its place.
    visitor.panel.evaluate("e => Promise.all(e.getAnimations().map((a) => a.finished))")
    size = visitor.panel.bounding_box()
    assert size is not None
    assert (size["x"], size["y"], size["width"], size["height"]) == (0, 0, 390, 844)
    visitor.ask(FLAT_FEET)
    expect(visitor.panel.locator(".card").first).to_be_visible()
    wide = visitor.panel.locator(".list").evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide == 0
    for button in ("Close", "Send", "Start over"):
        box = visitor.panel.get_by_role("button", name=button).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 42
    # The next page is seen first: a full screen would hide what the shopper has gone to.
    visitor.page.reload()
    expect(visitor.launcher).to_be_visible()
    expect(visitor.panel).to_have_count(0)


@pytest.mark.parametrize(
    ("theme", "prefers", "dark"),
    [("auto", "dark", True), ("auto", "light", False), ("light", "dark", False),
     ("dark", "light", True), (None, "dark", True)],
)  # fmt: skip
def test_light_and_dark(visit: Go, shop: Shop, theme: str | None, prefers: str, dark: bool) -> None:
    if theme:
        shop.attributes["data-theme"] = theme
    visitor = visit(color_scheme=prefers)
    visitor.open()
    paper = visitor.panel.evaluate("e => getComputedStyle(e).backgroundColor")
    assert paper == ("rgb(27, 30, 29)" if dark else "rgb(255, 255, 255)")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("accent", ["#ffe000", "#0a0a40", "#e11d48", "#7f7f7f", "#fff", "#000"])
def test_any_accent_can_be_read(visit: Go, shop: Shop, accent: str, theme: str) -> None:
    shop.attributes |= {"data-accent": accent, "data-theme": theme}
    visitor = visit()
    answers(visitor.page, shop, plain("Which?", choices=["road", "trail"]))
    visitor.open()
    assert faults_of(visitor.page) == []
    visitor.ask("hm?")
    assert faults_of(visitor.page) == []


@pytest.mark.parametrize("accent", ["red; } * { color: red", "url(//evil.test)", "var(--x)", ""])
def test_what_is_no_colour_is_left_out(visit: Go, shop: Shop, accent: str) -> None:
    shop.attributes["data-accent"] = accent
    visitor = visit()
    assert visitor.launcher.evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(29, 107, 87)"
    )


def test_who_wants_less_motion_gets_none(visit: Go) -> None:
    visitor = visit(reduced_motion="reduce")
    visitor.open()
    assert visitor.panel.evaluate("e => getComputedStyle(e).animationName") == "none"


# axe-core -------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_axe_finds_no_fault(
    visit: Go, shop: Shop, model: ScriptedModel, theme: str, options: dict[str, Any]
) -> None:
    shop.attributes["data-theme"] = theme
    if theme == "dark":
        shop.style = "body { background: #111; color: #eee; } a { color: #9cf; }"
    visitor = visit(**options)
    assert faults_of(visitor.page) == [], "closed"
    visitor.open()
    assert faults_of(visitor.page) == [], "open"
    model.will_say(READ_FLAT_FEET, ANSWER)
    turn = visitor.ask(FLAT_FEET)
    expect(turn.locator(".card").first).to_be_visible()
    turn.locator("summary").click()
    assert faults_of(visitor.page) == [], "cards"
    model.will_say(reading("compare"))
    turn = visitor.ask("compare the first two")
    expect(turn.locator("table")).to_be_visible()
    turn.get_by_role("button", name="This did not help").click()
    assert faults_of(visitor.page) == [], "table and reason"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_fault_in_what_is_asked_and_told(visit: Go, shop: Shop, theme: str) -> None:
    shop.attributes["data-theme"] = theme
    offer = {"id": "c-1", "text": "Cancel order #W100? $120 goes back to your card."}
    person = message(9, "person", "Hello", name="Mei")
    visitor = visit(expects=("Failed to load resource", "net::ERR"))
    answers(
        visitor.page, shop, plain("I can do that.", confirmation=offer),
        thread=lambda: {"speaker": "person", "messages": [person]},
    )  # fmt: skip
    visitor.open()
    visitor.ask("cancel my order")
    expect(visitor.panel.locator(".who.person")).to_be_visible()
    visitor.context.set_offline(True)
    visitor.ask("hello?")
    expect(visitor.panel.get_by_role("alert")).to_be_visible()
    assert faults_of(visitor.page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_fault_in_what_is_asked_at_sign_in(
    visit: Go, shop: Shop, assistant: Assistant, theme: str
) -> None:
    shop.attributes["data-theme"] = theme
    visitor = visit()
    visitor.open()
    guest = visitor.page.evaluate("() => ShopGuide.who()")["shopper_id"]
    assistant.memory.give_consent(guest)
    ann = jwt.encode({"sub": "ann"}, None, algorithm="none")
    visitor.page.evaluate("token => ShopGuide.identify(token)", ann)
    asked = visitor.panel.get_by_role("group", name="Before you signed in")
    expect(asked.get_by_role("button")).to_have_count(2)
    assert faults_of(visitor.page) == []
