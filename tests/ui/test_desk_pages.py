"""The shop's desk in Chromium: axe-core, every width, the keyboard, and the way staff go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from desk_site import PASSWORD, DeskSite, desk_site
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex

pytestmark = pytest.mark.page

PATIENCE = 20_000
WIDTHS = (360, 768, 1280, 1920)
ROOMS = {"/desk", "/desk/insight", "/desk/evaluations", "/desk/files"}
SEEN = "e.checkVisibility({ visibilityProperty: true })"
# What scrolls by itself may hold more than is seen of it.
SCROLLS = "#talk, .wide, .meaning, pre, .unseen, .skip"
OVERLAPS = f"""() => {{
  const asks = ":is(a, button, input, select, textarea, summary, label, h1, h2, h3, p, dt, dd, li,"
    + " svg, iframe)";
  const seen = [...document.querySelectorAll(`header ${{asks}}, main ${{asks}}, footer`)]
    .filter(e => {SEEN} && !e.closest("{SCROLLS}"));
  const boxes = seen.map(e => [e, e.getBoundingClientRect()])
    .filter(([, b]) => b.width > 1 && b.height > 1);
  const told = e => `${{e.tagName}}.${{e.className}}: ${{e.textContent.slice(0, 40)}}`;
  const found = [];
  for (const [a, x] of boxes) for (const [b, y] of boxes) {{
    if (a === b || a.contains(b) || b.contains(a)) continue;
    const over = Math.min(x.right, y.right) - Math.max(x.left, y.left);
    const down = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
    if (over > 2 && down > 2) found.push(`${{told(a)}} / ${{told(b)}}`);
  }}
  return found;
}}"""
OUTSIDE = f"""() => [...document.querySelectorAll("body *")]
  .filter(e => e.checkVisibility())
  .filter(e => !e.closest("{SCROLLS}") || e.matches("#talk, .wide, .meaning, pre"))
  .filter(e => {{
    const box = e.getBoundingClientRect();
    return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1);
  }})
  .map(e => `${{e.tagName}}.${{e.className}}`)"""


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    shoes_index: CatalogueIndex,
    embedder: HashingEmbedder,
) -> Iterator[DeskSite]:
    folder = tmp_path_factory.mktemp("desk")
    with desk_site(folder, shoes_index, lambda path: IndexFolder(path, embedder)) as made:
        yield made


@pytest.fixture(scope="module")
def anna(site: DeskSite, browser: Browser) -> Iterator[str]:
    """Anna's session, which every window of hers has."""
    context = browser.new_context()
    log_in(context.new_page(), site)
    yield next(
        cookie["value"] for cookie in context.cookies() if cookie["name"] == "shopguide_desk"
    )
    context.close()


def log_in(page: Page, site: DeskSite) -> None:
    page.goto(f"{site.url}/desk")
    page.locator("[name=name]").fill("Anna")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#queue")).to_be_visible(timeout=PATIENCE)


OpenDesk = Callable[..., Page]


@pytest.fixture
def open_desk(site: DeskSite, browser: Browser, anna: str) -> Iterator[OpenDesk]:
    """A window of Anna's; afterwards no other host was asked, and no script or policy broke."""
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    def window(
        path: str = "/desk",
        *,
        locale: str = "en-US",
        theme: Literal["light", "dark"] = "light",
        width: int = 1280,
    ) -> Page:
        context = browser.new_context(
            locale=locale, viewport={"width": width, "height": 900}, color_scheme=theme
        )
        context.set_default_timeout(PATIENCE)
        cookie = {"name": "shopguide_desk", "value": anna, "url": f"{site.url}/desk"}
        context.add_cookies([cookie])
        contexts.append(context)
        page = context.new_page()
        watch(page, site.url, faults)
        page.goto(site.url + path)
        return page

    yield window
    for context in contexts:
        context.close()
    assert faults == []


def watch(page: Page, own: str, faults: list[str]) -> None:
    """Notes scripts that break, dialogs, breaches of a policy, and requests to other hosts."""
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", partial(_dismissed, faults))
    page.on("console", lambda said: said.type == "error" and _noted(said.text, faults))
    page.on(
        "request",
        lambda asked: (
            asked.url.startswith((f"{own}/", "data:", "blob:")) or faults.append(asked.url)
        ),
    )


def _dismissed(faults: list[str], dialog: Dialog) -> None:
    # That a page asks before it is left is no fault of it.
    if dialog.type == "beforeunload":
        dialog.accept()
    else:
        faults.append(dialog.message)
        dialog.dismiss()


def _noted(said: str, faults: list[str]) -> None:
    # A page of the desk that says 404 or 422 is told of by the browser, too.
    if "Failed to load resource" not in said:
        faults.append(said)


def paths(site: DeskSite) -> list[str]:
    """Every page of the desk that a link leads to."""
    edit = "/desk/files/edit?file="
    return [
        "/desk",
        *(f"/desk/cases/{site.cases[name]}" for name in ("urgent", "mine", "others", "closed")),
        "/desk/cases/nobody",
        "/desk/insight",
        "/desk/insight/questions",
        "/desk/insight/service",
        "/desk/insight/catalogue",
        "/desk/evaluations",
        "/desk/evaluations/run?run=winter",
        "/desk/evaluations/both?before=before-winter&after=winter",
        "/desk/files",
        f"{edit}en/returns.md",
        f"{edit}en/payment.md",
        f"{edit}handoff-rules.yaml",
        f"{edit}ranking-rules.yaml",
    ]


def previews(page: Page, site: DeskSite) -> Iterator[str]:
    """Pages that answer a form: previews that can be saved, and what cannot be."""
    edit = f"{site.url}/desk/files/edit?file="
    page.goto(f"{edit}en/returns.md")
    page.locator("#text").fill("# Returns\n\nYou can send shoes back within 60 days.\n")
    page.locator(".edit button").first.click()
    yield "preview of a policy"
    page.goto(f"{edit}ranking-rules.yaml")
    page.locator("#text").fill("- id: one\n  which: ['price <= 100']\n  effect: pin\n")
    page.locator("#query").fill("running shoes")
    page.locator(".edit button").first.click()
    expect(page.locator("#trial")).to_be_visible()
    yield "preview of ranking rules"
    page.goto(f"{edit}handoff-rules.yaml")
    page.locator("[name=monday]").fill("late")
    page.locator(".hours button").click()
    expect(page.locator(".problem")).to_be_visible()
    yield "hours that cannot be used"


AXE = "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"
# Ids, names of the program's own, countries as figures hold them.
TECHNICAL = re.compile(r"\bid-\d|[a-z]+_[a-z]+|handoff\.|country:")


def faults_of(page: Page, *, theme: Literal["light", "dark"]) -> list[str]:
    """What axe-core finds serious or critical in some colours."""
    page.emulate_media(color_scheme=theme)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    # What is in the page already need not be put into it again.
    if page.evaluate("typeof axe === 'undefined'"):
        Axe().run(page, options={"runOnly": ["bypass"]})
    return [
        f"{theme}: {fault['id']}: {node['html'][:160]} {node['any'][:1]}"
        for fault in page.evaluate(AXE)
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def misfits_of(page: Page) -> list[str]:
    """What sticks out, or lies on something else, at any width."""
    page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{width}: wider than the window")
        misfits = [*page.evaluate(OUTSIDE), *page.evaluate(OVERLAPS)]
        found += [f"{width}: {one}" for one in misfits[:5]]
    return found


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1280), ("zh-CN", 360)])
def test_every_page_is_for_everybody_and_fits_every_screen(
    open_desk: OpenDesk, site: DeskSite, locale: str, width: int
) -> None:
    page = open_desk(locale=locale)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.set_viewport_size({"width": width, "height": 900})
        faults = [*faults_of(page, theme="light"), *faults_of(page, theme="dark")]
        found[name] = [*faults, *misfits_of(page)]

    for path in paths(site):
        page.goto(site.url + path)
        look(path)
        if "/edit" not in path:
            found[path] += TECHNICAL.findall(page.locator("body").inner_text())
    for name in previews(page, site):
        look(name)
    page.context.clear_cookies()
    page.goto(f"{site.url}/desk/login")
    look("login")
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_every_page_is_reached_from_every_other_and_says_where_it_is(
    open_desk: OpenDesk, site: DeskSite
) -> None:
    page = open_desk()
    for path in paths(site):
        page.goto(site.url + path, wait_until="domcontentloaded")
        links = page.locator("nav.rooms a")
        hrefs = {link.get_attribute("href") for link in links.all()}
        assert hrefs == ROOMS, path
        current = page.locator("nav.rooms a[aria-current]")
        expect(current).to_have_count(1)
        room = re.match(r"/desk(/(insight|evaluations|files))?", path)
        assert room is not None
        assert current.get_attribute("href") == room[0]
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator(".home")).to_contain_text("Corner Shoes")
        assert page.title().endswith("· Corner Shoes")
        # Where there is a report, the page that has it is the desk's.
        if "/run?" in path:
            report = page.frame_locator("iframe")
            expect(report.get_by_role("heading", name="Evaluation")).to_be_visible()


def test_colours_follow_the_system_until_somebody_chooses(
    open_desk: OpenDesk, site: DeskSite
) -> None:
    page = open_desk(theme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark, light = "rgb(18, 20, 19)", "rgb(250, 248, 244)"
    assert page.evaluate(paper) == dark
    page.emulate_media(color_scheme="light")
    expect(page.locator("body")).to_have_css("background-color", light)
    switch = page.get_by_role("button", name="Dark colours")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    for path in ROOMS:
        page.goto(site.url + path)
        assert page.evaluate(paper) == dark
    # The shopper's page on the same server has the same word for it.
    assert page.evaluate("localStorage.getItem('shopguide-theme')") == "dark"
    switch.click()
    assert page.evaluate(paper) == light


def test_the_other_language_keeps_the_page(open_desk: OpenDesk, site: DeskSite) -> None:
    page = open_desk("/desk/insight?week=2026-02-09")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".weeks [aria-current]")).to_have_text("2026-02-09")
    next(previews(page, site))
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Returns")
    expect(page.locator("#text")).to_have_value(re.compile("within 45 days"))


def test_who_waits_longest_is_seen_and_taken_over_with_the_keyboard_alone(
    open_desk: OpenDesk, site: DeskSite
) -> None:
    other = open_desk("/desk/insight")
    expect(other.locator(".rooms .count")).to_contain_text("3")
    page = open_desk()
    expect(page.locator(".lead")).to_contain_text(
        "3 shoppers are waiting. The longest wait is 24 minutes: The shopper asks for a person."
    )
    rows = page.locator("#g-waiting + .cases .case")
    assert [row.locator(".wait").inner_text() for row in rows.all()] == [
        "Waiting for 7 minutes",
        "Waiting for 24 minutes",
        "Waiting for 7 minutes",
    ]
    expect(rows.first).to_contain_text("Urgent")
    expect(rows.nth(1)).to_contain_text("running shoes")
    expect(rows.nth(1)).to_contain_text("Do you have them in white?")

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Take over")
    page.keyboard.press("Enter")
    expect(page.locator(".status")).to_have_text("With you")
    expect(page).to_have_url(re.compile(f"/cases/{site.cases['waiting']}$"))
    # Whoever looks at another page sees that fewer wait.
    expect(other.locator(".rooms .count")).to_contain_text("2", timeout=PATIENCE)
    expect(other).to_have_title(re.compile(r"^\(2\) "))

    page.locator("#text").focus()
    page.keyboard.type("Yes, in white too.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#talk li").last).to_contain_text("Yes, in white too.")
    page.get_by_role("button", name="Give back to the assistant").press("Enter")
    expect(page.locator(".status")).to_have_text("Given back to the assistant")
    page.get_by_role("button", name="Close the case").press("Enter")
    expect(page.locator(".status")).to_contain_text("Closed, just now")


def test_the_queue_comes_up_to_date_where_it_is_looked_at(
    open_desk: OpenDesk, site: DeskSite
) -> None:
    page = open_desk()
    held = page.locator(f'[data-keep="take-{site.cases["chinese"]}"]')
    held.focus()
    before = page.locator("#g-waiting + .cases .case").count()
    case = site.talk("hal", "I want running shoes under $120")
    expect(page.locator("#g-waiting + .cases .case")).to_have_count(before + 1, timeout=PATIENCE)
    expect(held).to_be_focused()
    expect(page.locator("#live")).to_have_text("Somebody is waiting for a person.")
    site.assistant.desk.close(case, "Anna")
    expect(page.locator("#g-waiting + .cases .case")).to_have_count(before, timeout=PATIENCE)


def test_an_open_question_is_answered_in_its_policy_and_marked_as_done(
    open_desk: OpenDesk, site: DeskSite
) -> None:
    page = open_desk("/desk/insight")
    page.get_by_role("link", name="Open questions", exact=False).first.click()
    asked = page.locator(".case", has_text="delivery – Norway")
    expect(asked).to_contain_text("about 8 shoppers")
    # Two asked something else: too few to be told of, and nobody's words.
    assert "pirate" not in page.content()
    asked.get_by_role("link", name="Answer it in Delivery").click()
    text = page.locator("#text")
    text.fill(text.input_value() + "\n## Abroad\n\nWe deliver to Norway for 9 dollars.\n")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".diff")).to_contain_text("added: We deliver to Norway")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#edits")).to_be_visible()
    page.goto(f"{site.url}/desk/insight/questions")
    asked.get_by_role("button", name="Mark as done").click()
    expect(page.locator("#seen-to + ul")).to_contain_text("delivery – Norway Anna, just now")
    expect(page.locator(".tabs .count")).to_contain_text("1")
    page.get_by_role("button", name="Open again").click()
    expect(asked).to_be_visible()
    page.goto(f"{site.url}/desk/files/edit?file=en/delivery.md")
    page.get_by_role("button", name="Take the last change back").click()
    expect(text).not_to_have_value(re.compile("Norway"))


def test_what_is_not_saved_is_not_left_by_accident(
    site: DeskSite, browser: Browser, anna: str
) -> None:
    context = browser.new_context(locale="en-US")
    context.add_cookies([{"name": "shopguide_desk", "value": anna, "url": f"{site.url}/desk"}])
    page, asked = context.new_page(), []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(f"{site.url}/desk/files/edit?file=en/returns.md")
    page.locator("#text").fill("# Returns\n\nNever.\n")
    page.get_by_role("link", name="Queue").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator("#text")).to_have_value("# Returns\n\nNever.\n")
    context.close()


def test_the_colours_are_those_of_the_shoppers_page() -> None:
    root = Path(__file__).parents[2]
    own = (root / "assistant/desk/pages/desk.css").read_text(encoding="utf-8")
    page = (root / "ui/style.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"(--sg-[a-z-]+): (#\w+);", re.findall(block, page, re.S)[0]))
        for block in (r":root \{(.*?)\n\}", r"\n\.dark \{(.*?)\n\}")
    )
    held = dict(re.findall(r"(--sg-[a-z-]+): (light-dark\(#\w+, #\w+\));", own))
    assert len(held) >= 12
    assert held == {name: f"light-dark({light[name]}, {dark[name]})" for name in held}
