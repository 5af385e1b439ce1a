"""A talk in a real browser: messages changed, conversations found and deleted, light and dark."""

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
    open_page,  # noqa: F401
)
from playwright.sync_api import expect
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant

pytestmark = [
    pytest.mark.page,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*"),
]


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
