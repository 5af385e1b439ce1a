"""The page for everybody: axe-core, the keyboard, every width, reduced motion."""

# The fixtures of the page stand in page_visit.
# ruff: noqa: F811

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_visit import (
    FLAT_FEET,
    PATIENCE,
    OpenPage,
    address,  # noqa: F401
    agree_to_be_remembered,
    answered,
    open_page,  # noqa: F401
)
from playwright.sync_api import Page, expect
from scripted_model import ScriptedModel, reading

pytestmark = [
    pytest.mark.page,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*"),
]

STABLE = reading(
    "search",
    ("stability", "feature", "=", "stability"),
    ("under $170", "price", "<=", "170"),
)
ASK = "shoes with stability under $170, I have flat feet"
SEEN = "e.checkVisibility({ visibilityProperty: true })"
# Things that stand beside each other, and never on each other.
OVERLAPS = f"""() => {{
  const sheet = document.querySelector(".sg-sheet[open]");
  const page = "#sg-top :is(h1, p, button, label), #sg-side :is(h2, h3, button, summary, li, p),"
    + "#sg-conversation :is(p, h3, button, summary, li, td, th)";
  const all = sheet ? sheet.querySelectorAll("h2, dt, dd, td, th, button, li")
    : document.querySelectorAll(page);
  const seen = [...all].filter(e => {SEEN} && !e.closest(".sg-hidden, .sg-tip"));
  const boxes = seen.map(e => [e, e.getBoundingClientRect()])
    .filter(([, b]) => b.width > 1 && b.height > 1);
  const told = e => `${{e.className || e.tagName}}: ${{e.textContent.slice(0, 40)}}`;
  const found = [];
  for (const [a, x] of boxes) for (const [b, y] of boxes) {{
    if (a === b || a.contains(b) || b.contains(a)) continue;
    const over = Math.min(x.right, y.right) - Math.max(x.left, y.left);
    const down = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
    if (over > 2 && down > 2) found.push(`${{told(a)}} / ${{told(b)}}`);
  }}
  return found;
}}"""
OUTSIDE = """() => [...document.querySelectorAll("#sg-top *, #sg-body *, .sg-sheet[open] *")]
  .filter(e => e.checkVisibility())
  .filter(e => !e.closest(".sg-hidden, .sg-compare, .sg-tip, svg, #sg-act"))
  .filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1);
  })
  .map(e => `${e.tagName}.${e.className}`)"""
ORDER = f"""() => {{
  const asks = "a[href], button, input, textarea, summary, [tabindex='0']";
  const parts = ["#sg-top", "#sg-conversation", "#sg-foot-of-talk", "#sg-side"];
  return [...document.querySelectorAll(asks)]
    .filter(e => !e.disabled && e.tabIndex >= 0 && {SEEN})
    .map(e => parts.findIndex(part => e.closest(part)))
    .filter(place => place >= 0);
}}"""
MOVING = "document.getAnimations().filter(a => a.playState === 'running').length"


def faults_of(page: Page) -> list[str]:
    """What axe-core finds serious or critical."""
    page.wait_for_timeout(300)
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:200]} {node['any'][:1]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("locale", "width"), [("en-US", 1280), ("zh-CN", 360)])
def test_axe_finds_no_fault(
    open_page: OpenPage, model: ScriptedModel, theme: str, locale: str, width: int
) -> None:
    page = open_page(locale=locale, width=width, theme=theme)
    assert faults_of(page) == [], "welcome"
    agree_to_be_remembered(page)
    model.will_say(STABLE)
    model.otherwise = "Nothing."
    answered(page, ASK)
    page.locator("#sg-shelf > button").click()
    page.locator("#sg-last .sg-place summary").first.click()
    page.locator("#sg-last [data-compare]").nth(0).click()
    page.locator("#sg-last [data-compare]").nth(1).click()
    assert faults_of(page) == [], "cards"
    page.locator("#sg-last .sg-cite").first.click()
    expect(page.locator(".sg-sheet[open]")).to_be_visible(timeout=PATIENCE)
    assert faults_of(page) == [], "record"
    page.keyboard.press("Escape")
    expect(page.locator(".sg-sheet[open]")).to_have_count(0, timeout=PATIENCE)
    page.locator(".sg-compare-now").click()
    expect(page.locator(".sg-sheet[open] table")).to_be_visible(timeout=PATIENCE)
    assert faults_of(page) == [], "comparison"
    page.keyboard.press("Escape")
    page.locator("#sg-need [data-act=release]").first.click()
    expect(page.locator("#sg-last .sg-took")).to_be_visible(timeout=PATIENCE)
    page.locator('[data-act="edit"]').click()
    expect(page.locator(".sg-editing")).to_be_visible(timeout=PATIENCE)
    assert faults_of(page) == [], "changing"


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_nothing_overflows_or_overlaps_at_any_width(
    open_page: OpenPage, model: ScriptedModel, locale: str
) -> None:
    page = open_page(locale=locale)
    agree_to_be_remembered(page)
    model.will_say(STABLE)
    model.otherwise = "Nothing."
    answered(page, ASK)
    page.locator("#sg-shelf > button").click()
    for sheet in ("", '#sg-last [data-act="record"]', ".sg-compare-now"):
        if sheet == ".sg-compare-now":
            for card in page.locator("#sg-last [data-compare]").all():
                card.click()
        if sheet:
            page.locator(sheet).first.click()
            expect(page.locator(".sg-sheet[open]")).to_be_visible(timeout=PATIENCE)
        for width in (360, 768, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            assert page.evaluate(OUTSIDE) == [], (width, sheet)
            assert page.evaluate(OVERLAPS) == [], (width, sheet)
        if sheet:
            page.keyboard.press("Escape")
            expect(page.locator(".sg-sheet[open]")).to_have_count(0, timeout=PATIENCE)


def test_the_keyboard_goes_in_the_order_of_the_page(
    open_page: OpenPage, model: ScriptedModel
) -> None:
    page = open_page()
    expect(page.locator("#sg-box textarea")).to_be_focused(timeout=PATIENCE)
    model.will_say(STABLE)
    model.otherwise = "Nothing."
    page.keyboard.type(FLAT_FEET)
    page.keyboard.press("Enter")
    expect(page.locator("#sg-last .sg-below")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#sg-need [data-act=release]").first).to_be_visible(timeout=PATIENCE)
    inside = page.evaluate(ORDER)
    assert inside == sorted(inside)
    assert set(inside) == {0, 1, 2, 3}
    assert page.evaluate("[...document.querySelectorAll('[tabindex]')].every(e => e.tabIndex <= 0)")
    expect(page.locator(".sg-hint")).to_have_attribute("role", "status")
    # The answer is told to those who hear the page, once it is there.
    expect(page.locator("#sg-live")).to_contain_text("Nike Structure 25", timeout=PATIENCE)


def test_reduced_motion(open_page: OpenPage, model: ScriptedModel) -> None:
    page = open_page(width=390)
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0
    model.will_say(STABLE)
    model.otherwise = "Nothing."
    answered(page, FLAT_FEET)
    assert page.evaluate(MOVING) == 0
