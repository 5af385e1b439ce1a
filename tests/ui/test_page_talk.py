"""A talk in a real browser: wishes taken away, messages changed, records opened, talks found."""

# The fixtures of the page stand in page_visit.
# ruff: noqa: F811

import re

import pytest
from page_visit import (
    ANSWER,
    FLAT_FEET,
    PATIENCE,
    READ_FLAT_FEET,
    OpenPage,
    address,  # noqa: F401
    agree_to_be_remembered,
    answered,
    ask,
    open_page,  # noqa: F401
)
from playwright.sync_api import expect
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.errors import ModelUnavailable

pytestmark = [
    pytest.mark.page,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*"),
]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_wish_is_taken_away_with_the_keyboard(
    open_page: OpenPage, model: ScriptedModel, locale: str
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    page = open_page(locale=locale, width=390)
    answered(page, FLAT_FEET)
    chip = page.locator("#sg-need .sg-chip", has_text="$120")
    chip.locator("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sg-last .sg-took")).to_contain_text("$120", timeout=PATIENCE)
    expect(page.locator("#sg-last .sg-text")).to_contain_text("under $120")
    expect(page.locator("#sg-last .sg-cards")).to_contain_text("$165")
    expect(chip).to_have_count(0)
    expect(page.locator("#sg-need button:focus")).to_have_count(1)
    page.reload()
    expect(page.locator("#sg-last .sg-took")).to_contain_text("$120", timeout=PATIENCE)
    expect(page.locator("#sg-need .sg-chip")).to_have_count(2)


def test_the_last_message_is_changed(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    page = open_page()
    agree_to_be_remembered(page)
    answered(page, FLAT_FEET)
    expect(page.locator("#sg-profile")).to_contain_text("flat feet")
    box = page.locator("#sg-box textarea")
    page.locator('[data-act="edit"]').click()
    expect(box).to_have_value(FLAT_FEET, timeout=PATIENCE)
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".sg-editing")).to_have_count(0, timeout=PATIENCE)
    expect(box).to_have_value("")
    page.locator('[data-act="edit"]').click()
    expect(box).to_have_value(FLAT_FEET, timeout=PATIENCE)
    model.will_say(reading("search", ("Nike", "brand", "=", "Nike")))
    model.otherwise = "Nothing."
    box.fill("a shoe by Nike")
    box.press("Enter")
    expect(page.locator("#sg-last .sg-asked")).to_contain_text("a shoe by Nike", timeout=PATIENCE)
    expect(page.locator("#sg-last .sg-below")).to_be_visible(timeout=PATIENCE)
    for _ in range(2):  # and after a reload
        expect(page.locator(".sg-turn")).to_have_count(1, timeout=PATIENCE)
        expect(page.locator("#sg-need")).not_to_contain_text("$120")
        expect(page.locator("#sg-profile")).not_to_contain_text("flat feet")
        page.reload()
        expect(page.locator("#sg-last .sg-asked")).to_contain_text("Nike", timeout=PATIENCE)


def test_a_record_opens_and_products_lie_side_by_side(
    open_page: OpenPage, model: ScriptedModel
) -> None:
    model.will_say(reading("search", ("stability", "feature", "=", "stability")))
    model.otherwise = "Nothing."
    page = open_page(width=390)
    answered(page, "shoes with stability")
    page.locator("#sg-last .sg-cite").first.click()
    sheet = page.locator(".sg-sheet[open]")
    expect(sheet.locator(".sg-lit").first).to_be_visible(timeout=PATIENCE)
    expect(sheet).to_contain_text("stability")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0, timeout=PATIENCE)
    cards = page.locator("#sg-last .sg-card")
    expect(cards).to_have_count(3)
    for card in cards.all():
        card.locator("[data-compare]").click()
    expect(page.locator(".sg-chosen-count")).to_have_text("3 chosen to compare")
    expect(page.locator("[data-compare][aria-pressed=true]")).to_have_count(3)
    page.locator(".sg-compare-now").click()
    expect(sheet.locator("thead th")).to_have_count(3, timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sheet.locator("[data-close]").click()
    expect(sheet).to_have_count(0, timeout=PATIENCE)
    page.locator(".sg-compare-none").click()
    expect(page.locator("[data-compare][aria-pressed=true]")).to_have_count(0)


def test_conversations_are_found_and_deleted(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER, reading("chat"))
    page = open_page()
    agree_to_be_remembered(page)
    answered(page, FLAT_FEET)
    page.locator("#sg-new").click()
    expect(page.locator(".sg-welcome")).to_be_visible(timeout=PATIENCE)
    answered(page, "hello")
    page.locator("#sg-shelf > button").click()
    items = page.locator("#sg-threads .sg-thread")
    expect(items).to_have_count(2, timeout=PATIENCE)
    page.locator("#sg-search :is(input, textarea)").press_sequentially("flat")
    expect(items).to_have_count(1, timeout=PATIENCE)
    items.locator(".sg-thread-open").click()
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(FLAT_FEET, timeout=PATIENCE)
    expect(page.locator("#sg-last .sg-card").first).to_be_visible()
    page.locator("#sg-threads .sg-thread:has([aria-current]) [data-act=ask_delete_thread]").click()
    page.locator('[data-act="delete_thread"]').click()
    expect(page.locator(".sg-welcome")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#sg-threads .sg-thread")).to_have_count(1)
    page.reload()
    expect(page.locator(".sg-welcome")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#sg-profile")).to_contain_text("flat feet")


def test_a_reload_amid_an_answer_loses_and_doubles_nothing(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(READ_FLAT_FEET, "Nike Structure 25 [1] costs $110. " * 20)
    model.gap = 0.05
    page = open_page()
    ask(page, FLAT_FEET)
    expect(page.locator(".sg-card").first).to_be_visible(timeout=PATIENCE)
    page.reload()
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(FLAT_FEET, timeout=PATIENCE)
    expect(page.locator("#sg-last .sg-below")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".sg-turn")).to_have_count(1)
    expect(page.locator("#sg-send")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#sg-box textarea")).to_have_value("")
    assert len(model.asked) == 2


def test_a_dropped_connection_loses_and_doubles_nothing(
    open_page: OpenPage, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, "Nike Structure 25 [1] costs $110. " * 20)
    model.gap = 0.05
    page = open_page()
    ask(page, FLAT_FEET)
    expect(page.locator(".sg-card").first).to_be_visible(timeout=PATIENCE)
    page.context.set_offline(True)
    page.wait_for_timeout(1000)
    page.context.set_offline(False)
    expect(page.locator("#sg-last .sg-below")).to_be_visible(timeout=PATIENCE * 2)
    expect(page.locator(".sg-turn")).to_have_count(1)
    assert len(model.asked) == 2


def test_two_tabs_in_one_conversation(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(reading("chat"))
    first = open_page()
    answered(first, "hello")
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.locator("#sg-last .sg-asked")).to_contain_text("hello", timeout=PATIENCE)
    model.will_say(READ_FLAT_FEET, "word " * 100 + ".", reading("chat"))
    model.gap = 0.05
    ask(first, FLAT_FEET)
    expect(first.locator("#sg-last .sg-card").first).to_be_visible(timeout=PATIENCE)
    ask(second, "good morning")
    expect(second.get_by_role("alert")).to_contain_text("still being answered", timeout=PATIENCE)
    expect(second.locator("#sg-box textarea")).to_have_value("good morning")
    expect(first.locator("#sg-last .sg-below")).to_be_visible(timeout=PATIENCE)
    second.locator("#sg-send").click()
    expect(second.locator("#sg-past")).to_contain_text(FLAT_FEET, timeout=PATIENCE)
    expect(second.locator("#sg-last .sg-below")).to_be_visible(timeout=PATIENCE)
    expect(second.locator(".sg-turn")).to_have_count(3)
    first.evaluate("document.querySelector('#sg-back').click()")  # as when it is looked at again
    expect(first.locator(".sg-turn")).to_have_count(3, timeout=PATIENCE)


def test_much_at_once_is_told(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, "word " * 100 + ".")
    model.gap = 0.05
    page = open_page()
    page.evaluate(
        """() => {
          const box = document.querySelector("#sg-box textarea");
          const data = new DataTransfer();
          data.setData("text", "x".repeat(1_000_000));
          box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }"""
    )
    expect(page.locator(".sg-hint")).to_contain_text("996,000 were left out")
    box = page.locator("#sg-box textarea")
    box.fill(FLAT_FEET)
    expect(page.locator(".sg-hint")).to_be_empty()
    for _ in range(30):
        page.keyboard.press("Enter")
    expect(page.locator("#sg-stop")).to_be_visible(timeout=PATIENCE)
    box.fill("and another")
    for _ in range(30):
        page.keyboard.press("Enter")
    expect(page.locator(".sg-hint")).to_contain_text("still being answered")
    expect(page.locator("#sg-last .sg-below")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".sg-turn")).to_have_count(1)
    expect(box).to_have_value("and another")


def test_light_and_dark(open_page: OpenPage) -> None:
    page = open_page(width=360)
    dark = re.compile(r"\bdark\b")
    switch = page.locator(".sg-theme")
    expect(page.locator("body")).not_to_have_class(dark)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_class(dark)
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(page.locator("body")).not_to_have_class(dark)
    page.reload()
    expect(page.locator(".sg-welcome")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("body")).not_to_have_class(dark)
    switch.click()
    page.emulate_media(color_scheme="light")
    expect(page.locator("body")).not_to_have_class(dark)


def test_what_failed_is_tried_again_and_an_answer_copied(
    open_page: OpenPage, model: ScriptedModel
) -> None:
    model.will_say(ModelUnavailable("down"))
    page = open_page(locale="zh-CN")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, FLAT_FEET)
    again = page.locator(".sg-retry")
    expect(again).to_have_text("再试一次", timeout=PATIENCE)
    model.will_say(READ_FLAT_FEET, ANSWER)
    again.click()
    expect(page.locator("#sg-last .sg-below")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".sg-turn")).to_have_count(1)
    expect(page.locator(".sg-retry")).to_have_count(0)
    page.locator(".sg-copy").click()
    expect(page.locator(".sg-copy")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("For flat feet, I would take the Nike Structure 25 [1] at $110")
