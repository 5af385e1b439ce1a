"""Journeys from opening the page to their end, each in both languages, in a real browser.

Server, files and browser are real; only what the language model says is scripted. Each journey
looks at what is seen, and at what the server then holds.
"""

# The fixtures of the page stand in page_visit.
# ruff: noqa: F811

import csv
import io
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from conftest import START
from insight_shop import answer, asking, wanting
from page_visit import (
    PATIENCE,
    OpenPage,
    act,
    address,  # noqa: F401
    agree_to_be_remembered,
    answered,
    ask,
    database_bytes,
    held,
    kept,
    open_page,  # noqa: F401
    the_shopper,
    to_its_end,
)
from playwright.sync_api import Browser, Locator, Page, expect
from scripted_model import ScriptedModel, reading
from shoppers import Shopper, shopper  # noqa: F401

from assistant.app import Assistant
from assistant.desk.staff import Staff
from assistant.settings import Settings
from retrieval.index import CatalogueIndex

pytestmark = [
    pytest.mark.page,
    # Gradio's own use of libraries that have moved on.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*"),
]

PASSWORD = "correct horse battery"


@pytest.fixture
def now() -> Callable[[], datetime]:
    """The time of day, which goes on as it does: pages ask for it as often as they like."""
    begun = time.monotonic()
    return lambda: START + timedelta(seconds=time.monotonic() - begun)


def wanted(assistant: Assistant) -> set[str]:
    """The fields of the wishes that it holds."""
    return {wish.field for wish in held(assistant)[-1].reply.need.wishes()}


def chip(page: Page, words: str) -> Locator:
    """What was understood from these words."""
    return page.locator("#sg-need .sg-chip", has_text=words)


def test_from_the_first_question_to_the_pick(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    words = shopper.words
    page = open_page(locale=shopper.locale)
    expect(page.locator(".sg-welcome")).to_contain_text(words.welcome)
    expect(page).to_have_title(words.title)
    expect(page.locator(".sg-question").first).to_have_text(words.questions_any[0])
    agree_to_be_remembered(page)
    model.will_say(shopper.read, shopper.answer)
    model.gap = 0.05
    page.locator("#sg-box textarea").fill(shopper.asks)
    page.keyboard.press("Enter")
    expect(page.locator("#sg-last .sg-status")).to_be_visible()
    to_its_end(page, shopper.asks)
    expect(page.locator("#sg-box textarea")).to_have_value("")

    cards = page.locator("#sg-last .sg-card")
    expect(cards).to_have_count(2)
    pick = page.locator(".sg-pick")
    expect(pick.locator(".sg-badge")).to_have_text(words.pick)
    expect(pick).to_contain_text(shopper.nike)
    expect(pick.locator(".sg-price")).to_have_text("$110")
    expect(pick.locator(".sg-was")).to_contain_text("$140")
    expect(cards.nth(1).locator(".sg-price")).to_have_text("$75")
    expect(cards.nth(1).locator(".sg-badge")).to_have_count(0)
    for said in shopper.chips:
        expect(chip(page, said)).to_have_count(1)
    copied = page.locator("#sg-last .sg-copy")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copied.click()
    expect(copied).to_have_text(words.copied)
    # What the answer rests on.
    sources = page.locator("#sg-last .sg-answered > .sg-citations")
    sources.locator("summary").click()
    expect(sources).to_contain_text("$110")
    page.locator("#sg-last .sg-text .sg-cite").first.focus()
    expect(page.locator(".sg-tip").first).to_be_visible()
    page.keyboard.press("Enter")
    sheet = page.locator(".sg-sheet[open]")
    expect(sheet).to_contain_text(shopper.nike)
    expect(sheet.locator(".sg-lit").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)

    [turn] = held(assistant)
    assert (turn.message, turn.reply.pick) == (shopper.asks, "nike-structure")
    assert turn.reply.language == shopper.language
    assert page.evaluate("navigator.clipboard.readText()") == turn.reply.text
    page.reload()
    expect(page.locator(".sg-pick")).to_contain_text(shopper.nike)
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(shopper.asks)
    expect(chip(page, shopper.chips[0])).to_have_count(1)


def test_refined_by_chip(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    """With the keyboard, on a phone: a wish goes, comes back, and another message follows."""
    words = shopper.words
    price, feet, kind = shopper.chips
    page = open_page(locale=shopper.locale, width=390)
    agree_to_be_remembered(page)
    model.will_say(shopper.read, shopper.answer)
    answered(page, shopper.asks)
    calls = len(model.asked)
    chip(page, price).locator("button").focus()
    page.keyboard.press("Enter")
    took = page.locator("#sg-last .sg-took")
    expect(took).to_contain_text(words.released.format(wish="").strip())
    expect(took).to_contain_text("$120")
    expect(page.locator("#sg-last .sg-pick .sg-price")).to_have_text("$165")
    expect(chip(page, price)).to_have_count(0)
    expect(page.locator("#sg-need button:focus")).to_have_count(1)
    assert wanted(assistant) == {"category", "need"}

    act(page, "put_back").focus()
    page.keyboard.press("Enter")
    expect(chip(page, price)).to_have_count(1)
    expect(took).to_have_count(0)
    expect(page.locator("#sg-need button:focus")).to_have_count(1)
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(shopper.asks)
    expect(page.locator("#sg-last .sg-pick .sg-price")).to_have_text("$110")
    assert len(held(assistant)) == 1
    assert wanted(assistant) == {"category", "need", "price"}

    chip(page, feet).locator("button").click()
    expect(took).to_be_visible()
    page.reload()
    expect(took).to_be_visible()
    assert len(model.asked) == calls
    model.will_say(shopper.read_only_nike)
    model.otherwise = shopper.answer
    answered(page, shopper.only_nike)
    expect(page.locator("#sg-last .sg-card")).to_have_count(1)
    for said, times in ((price, 1), (feet, 0), (kind, 1)):
        expect(chip(page, said)).to_have_count(times)
    # What was taken away before another message cannot be put back any more.
    expect(act(page, "put_back")).to_have_count(0)
    assert wanted(assistant) == {"category", "price", "brand"}
    assert [turn.message for turn in held(assistant)] == [shopper.asks, "", shopper.only_nike]


def test_compared(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    """On a phone: by hand, then in words."""
    words = shopper.words
    page = open_page(locale=shopper.locale, width=390)
    agree_to_be_remembered(page)
    model.will_say(shopper.read_feet)
    model.otherwise = shopper.answer
    answered(page, shopper.feet)
    cards = page.locator("#sg-last .sg-card")
    expect(cards).to_have_count(3)
    for card in cards.all():
        card.locator("[data-compare]").click()
    expect(page.locator(".sg-chosen-count")).to_have_text(words.chosen.format(count=3))
    page.locator(".sg-compare-now").click()
    sheet = page.locator(".sg-sheet[open]")
    expect(sheet.locator("thead th")).to_have_count(3)
    # Of each thing that differs the better one is lit: the cheapest, the best rated.
    for best in ("$75", "4.7"):
        lit = sheet.locator("td.sg-best", has_text=best)
        expect(lit.get_by_label(words.best)).to_be_visible()
    expect(sheet.locator("td.sg-best", has_text="$165")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sheet.locator("[data-close]").click()
    expect(sheet).to_have_count(0)
    page.locator(".sg-compare-none").click()
    expect(page.locator("[data-compare][aria-pressed=true]")).to_have_count(0)
    assert len(held(assistant)) == 1

    model.will_say(reading("compare"))
    answered(page, shopper.compares)
    table = page.locator("#sg-last .sg-compare")
    expect(table.locator("thead th")).to_have_count(2)
    expect(table.locator("td.sg-best", has_text="$110")).to_be_visible()
    expect(table.locator("td", has_text="$165")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    compared = held(assistant)[-1].reply
    assert compared.comparison is not None
    assert compared.comparison.products == ["nike-structure", "asics-kayano"]


def test_a_fact_corrected(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    say = shopper.words.memory
    page = open_page(locale=shopper.locale)
    agree_to_be_remembered(page)
    model.will_say(reading("chat"))
    answered(page, shopper.size)
    fact = page.locator(".sg-facts > li")
    expect(fact).to_contain_text("42")
    expect(fact.locator("q")).to_have_text(shopper.size)
    fact.locator("summary", has_text=say.correct).click()
    expect(fact.locator(".sg-edit input")).to_be_focused()
    fact.locator(".sg-edit input").fill("43")
    fact.get_by_role("button", name=say.save).click()
    expect(page.locator(".sg-said")).to_have_text(say.saved)
    for _ in range(2):  # and after a reload
        expect(fact).to_contain_text("43")
        expect(fact).to_contain_text(say.corrected)
        # What was said is not what holds.
        expect(fact).not_to_contain_text(shopper.size)
        page.reload()
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(shopper.size)
    [known] = assistant.memory.facts(the_shopper(assistant))
    assert (known.field, known.value, known.origin) == ("size", "43", "shopper")
    copy = page.request.get(f"{page.url}my-data.json").json()
    assert [f["value"] for f in copy["facts"] if f["ended"] is None] == ["43"]


def test_erased(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    say = shopper.words.memory
    page = open_page(locale=shopper.locale)
    agree_to_be_remembered(page)
    model.will_say(shopper.read, shopper.answer, reading("chat"))
    answered(page, shopper.asks)
    answered(page, shopper.size)
    expect(page.locator(".sg-facts > li").first).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#sg-last .sg-asked")).to_contain_text(shopper.size)
    page.bring_to_front()
    assert shopper.size.encode() in database_bytes(assistant)
    # Asked first, and left.
    act(page, "ask_erase").click()
    expect(page.get_by_role("alertdialog")).to_contain_text(say.really)
    act(page, "show").click()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    expect(page.locator(".sg-facts > li").first).to_be_visible()
    assert kept(assistant)[0] == 1

    act(page, "ask_erase").click()
    act(page, "erase").click()
    expect(page.locator(".sg-said")).to_have_text(say.erased)
    for tab in (page, other):
        expect(tab.locator(".sg-welcome")).to_be_visible()
        expect(tab.locator(".sg-turn")).to_have_count(0)
        expect(tab.locator(".sg-chip, .sg-facts > li")).to_have_count(0)
    assert kept(assistant) == [0, 0, 0, 0, 0]
    left = database_bytes(assistant)
    for words in (shopper.asks, shopper.size, *shopper.chips):
        assert words.encode() not in left
    page.reload()
    expect(page.locator(".sg-welcome")).to_be_visible()
    expect(page.locator(".sg-consent")).to_have_count(0)  # who erased is not asked again
    model.will_say(reading("chat"))
    answered(page, shopper.size)
    assert kept(assistant) == [0, 0, 0, 0, 0]


Desk = Callable[[], Page]


@pytest.fixture
def open_desk(
    browser: Browser, assistant: Assistant, address: str, shopper: Shopper
) -> Iterator[Desk]:
    """Opens the desk as a member of staff has it who speaks the shopper's language."""
    Staff(assistant.database, now=assistant.now).put("Anna", PASSWORD)
    faults: list[str] = []
    context = browser.new_context(locale=shopper.locale)
    words = shopper.desk

    def open_() -> Page:
        desk = context.new_page()
        desk.on("dialog", lambda dialog: faults.append(dialog.message))
        desk.on("pageerror", lambda error: faults.append(str(error)))
        desk.goto(f"{address}/desk/login?language={shopper.language}")
        desk.get_by_label(words["name"]).fill("Anna")
        desk.get_by_label(words["password"]).fill(PASSWORD)
        desk.get_by_role("button", name=words["log_in"]).click()
        expect(desk.get_by_role("heading", name=words["queue"])).to_be_visible()
        return desk

    yield open_
    context.close()
    assert faults == []


def test_handed_over_and_back(
    open_page: OpenPage,
    open_desk: Desk,
    model: ScriptedModel,
    assistant: Assistant,
    shopper: Shopper,
) -> None:
    """The shopper's page and the desk, side by side."""
    words, desk_words = shopper.words, shopper.desk
    attack = "<img src=x onerror=alert(1)> 42?"
    page = open_page(locale=shopper.locale)
    agree_to_be_remembered(page)
    speaker = page.locator(".sg-speaker")
    expect(speaker).to_have_count(0)
    model.will_say(reading("person"))
    answered(page, shopper.person)
    expect(speaker).to_have_text(words.person_coming)

    desk = open_desk()
    reason = assistant.desk.book.rules.reason(assistant.desk.queue()[0].trigger, shopper.language)
    desk.get_by_role("link", name=reason).click()
    expect(desk.locator("#talk .shopper").first).to_contain_text(shopper.person)
    desk.get_by_role("button", name=desk_words["take"]).click()
    desk.get_by_label(desk_words["write"]).fill(attack)
    desk.get_by_role("button", name=desk_words["send"]).click()
    expect(speaker).to_have_text(words.talking_to.format(name="Anna"))
    expect(page.locator(".sg-person b")).to_have_text("Anna")
    expect(page.locator(".sg-person p")).to_have_text(attack)

    # The bot is silent meanwhile: the model has no script, and nothing stands for an answer.
    calls = len(model.asked)
    ask(page, shopper.late)
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(shopper.late, timeout=PATIENCE)
    expect(page.locator("#sg-last .sg-answered")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("#sg-send")).to_be_visible(timeout=PATIENCE)
    expect(desk.locator("#talk .shopper").last).to_contain_text(shopper.late)
    assert len(model.asked) == calls
    assert [turn.reply.text for turn in held(assistant)][1:] == [""]

    desk.get_by_role("button", name=desk_words["give_back"]).click()
    expect(speaker).to_have_count(0)
    model.will_say(reading("chat"))
    answered(page, shopper.thanks)
    expect(page.locator("#sg-last .sg-text")).not_to_be_empty()
    page.reload()
    expect(page.locator(".sg-person p")).to_have_text(attack)
    expect(page.locator(".sg-turn")).to_have_count(3)
    expect(speaker).to_have_count(0)
    [case] = assistant.desk.queue()
    said = [(m.speaker, m.text) for m in assistant.desk.messages(case.id)]
    assert [text for speaker, text in said if speaker == "person"] == [attack]
    assert ("shopper", shopper.late) in said


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A shop that spends the whole budget, so that few shoppers are enough to be seen."""
    return settings.model_copy(update={"insight_epsilon": 20.0, "insight_fewest": 3})


def test_from_the_desks_login_to_insight(
    open_page: OpenPage,
    open_desk: Desk,
    model: ScriptedModel,
    assistant: Assistant,
    shoes_index: CatalogueIndex,
    address: str,
    shopper: Shopper,
    tmp_path: Path,
) -> None:
    words = shopper.desk["insight"]
    page = open_page(locale=shopper.locale)
    model.will_say(shopper.read, shopper.answer)
    answered(page, shopper.asks)
    # A week of other shoppers; one alone is never seen.
    for number in range(120):
        asked = asking(shoes_index, f"s{number}")
        assistant.counting.turn(asked, answer(need=wanting("brand", "Asics")), None)
    assistant.counting.flush()

    stranger = page.context.new_page()
    stranger.goto(f"{address}/desk/insight")
    assert stranger.url == f"{address}/desk/login"
    desk = open_desk()
    desk.get_by_role("link", name=words["title"]).click()
    expect(desk.locator("main")).to_contain_text(words["none_out"])
    desk.locator(".privacy button").click()
    wishes = desk.get_by_role("region", name=words["charts"]["needs"]["question"])
    rows = wishes.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.locator("th")).to_have_text("Asics" if shopper.language == "en" else "亚瑟士")
    shown = rows.locator("td.number").inner_text()
    assert int(shown) > 0
    with desk.expect_download() as download:
        wishes.get_by_role("link").click()
    download.value.save_as(tmp_path / "needs.csv")
    text = (tmp_path / "needs.csv").read_text(encoding="utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1:] == [[rows.locator("th").inner_text(), shown]]

    # No shopper is in the figures of the machine's work: they are exact.
    desk.get_by_role("link", name=words["pages"]["service"]).click()
    work = desk.get_by_role("region", name=words["charts"]["work"]["question"])
    expect(work.locator("tbody td.number").first).to_have_text("121")
    desk.get_by_role("link", name=words["pages"]["catalogue"]).click()
    expect(desk.locator(".tabs [aria-current]")).to_have_text(words["pages"]["catalogue"])
    desk.get_by_role("button", name=shopper.desk["log_out"]).click()
    desk.goto(f"{address}/desk/insight")
    assert desk.url == f"{address}/desk/login"
