"""What goes wrong on the way: the page says what happened, keeps what was said, and goes on."""

# The fixtures of the page stand in page_visit.
# ruff: noqa: F811

import time
from collections.abc import Iterator

import pytest
from cuttable_line import CuttableLine, cuttable_line
from page_visit import (
    OpenPage,
    address,  # noqa: F401
    agree_to_be_remembered,
    answered,
    ask,
    held,
    open_page,  # noqa: F401
    the_shopper,
    to_its_end,
)
from playwright.sync_api import Locator, Page, Route, expect
from scripted_model import ScriptedModel, reading
from shoppers import Shopper, shopper  # noqa: F401

from assistant.app import Assistant
from assistant.errors import ModelUnavailable

pytestmark = [
    pytest.mark.page,
    # Gradio's own use of libraries that have moved on.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*"),
]


def box(page: Page) -> Locator:
    """Where messages are typed."""
    return page.locator("#sg-box textarea")


def hint(page: Page) -> Locator:
    """Where the page tells what only the browser knows."""
    return page.locator(".sg-hint")


def long_answer(shopper: Shopper, model: ScriptedModel) -> None:
    """Has the next question answered slowly, until the model is let go."""
    model.will_say(shopper.read, f"{shopper.answer} " * 10)
    model.gap = 0.5


def said(assistant: Assistant) -> list[str]:
    """The messages that the server holds."""
    return [turn.message for turn in held(assistant)]


def test_a_megabyte_is_pasted(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    page = open_page(locale=shopper.locale)
    agree_to_be_remembered(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText((`${'x'.repeat(98)} \\n`).repeat(10_000))")
    box(page).press_sequentially("hm: ")
    begun = time.monotonic()
    page.keyboard.press("Control+V")
    told = shopper.words.pasted.format(most="4,000", cut="996,004")
    expect(hint(page)).to_have_text(told)
    assert time.monotonic() - begun < 5
    kept = box(page).input_value()
    assert kept.startswith("hm: xxx")
    assert len(kept) == 4000
    model.will_say(reading("chat"))
    page.keyboard.press("Enter")
    to_its_end(page, "hm: xxx")
    expect(box(page)).to_have_value("")
    assert said(assistant) == [" ".join(kept.split())]


def test_thirty_messages_in_a_second(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    page = open_page(locale=shopper.locale)
    agree_to_be_remembered(page)
    model.will_say(reading("chat"))
    # Each of the questions that the page suggests, again and again.
    first = page.locator(".sg-question").first.inner_text()
    page.evaluate(
        "for (let n = 0; n < 10; n++)"
        " document.querySelectorAll('.sg-question').forEach(question => question.click())"
    )
    to_its_end(page, first)
    long_answer(shopper, model)
    box(page).fill(shopper.asks)
    for _ in range(30):
        page.keyboard.press("Enter")
    expect(page.locator("#sg-stop")).to_be_visible()
    box(page).fill(shopper.thanks)
    for _ in range(30):
        page.keyboard.press("Enter")
    expect(hint(page)).to_have_text(shopper.words.still_answering)
    model.gap = 0
    to_its_end(page, shopper.asks)
    expect(box(page)).to_have_value(shopper.thanks)
    expect(page.locator(".sg-turn")).to_have_count(2)
    model.will_say(reading("chat"))
    page.keyboard.press("Enter")
    to_its_end(page, shopper.thanks)
    expect(hint(page)).to_be_empty()
    assert said(assistant) == [first, shopper.asks, shopper.thanks]


def test_two_tabs_in_one_conversation(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    model.will_say(reading("chat"))
    one = open_page(locale=shopper.locale)
    agree_to_be_remembered(one)
    answered(one, shopper.size)
    two = one.context.new_page()
    two.goto(one.url)
    expect(two.locator("#sg-last .sg-asked")).to_contain_text(shopper.size)
    long_answer(shopper, model)
    for tab, message in ((one, shopper.asks), (two, shopper.thanks)):
        box(tab).fill(message)
    for tab in (one, two):
        tab.locator("#sg-send").evaluate("send => send.click()")
        expect(tab.locator("#sg-notice, #sg-stop").filter(visible=True).first).not_to_be_empty()
    # The first was faster: the other is told, has its message still, and sees what was said.
    expect(two.get_by_role("alert")).to_have_text(shopper.words.errors["ThreadBusy"])
    expect(box(two)).to_have_value(shopper.thanks)
    model.gap = 0
    for tab in (one, two):
        to_its_end(tab, shopper.asks)
    model.will_say(reading("chat"))
    two.locator("#sg-send").evaluate("send => send.click()")
    for tab in (two, one):
        to_its_end(tab, shopper.thanks)
        asked = tab.locator(".sg-asked p")
        expect(asked).to_have_text([shopper.size, shopper.asks, shopper.thanks])
        expect(tab.get_by_role("alert")).to_have_count(0)
    assert said(assistant) == [shopper.size, shopper.asks, shopper.thanks]


def test_back_amid_an_answer(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    page = open_page(locale=shopper.locale)
    agree_to_be_remembered(page)
    long_answer(shopper, model)
    ask(page, shopper.asks)
    expect(page.locator("#sg-last .sg-card").first).to_be_visible()
    box(page).fill(shopper.thanks)
    page.go_back()
    page.go_forward()
    expect(page.locator("#sg-stop")).to_be_visible()
    model.gap = 0
    to_its_end(page, shopper.asks)
    expect(page.locator(".sg-turn")).to_have_count(1)
    expect(page.locator("#sg-last .sg-pick")).to_contain_text(shopper.nike)
    # What was typed and not sent is there too.
    expect(box(page)).to_have_value(shopper.thanks)
    assert len(model.asked) == 2
    assert said(assistant) == [shopper.asks]
    model.will_say(reading("chat"))
    page.locator("#sg-send").click()
    to_its_end(page, shopper.thanks)
    # Gone back after the end, nothing comes twice.
    page.go_back()
    page.go_forward()
    to_its_end(page, shopper.thanks)
    expect(box(page)).to_have_value("")
    assert said(assistant) == [shopper.asks, shopper.thanks]


def test_a_model_that_dies(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    words = shopper.words
    page = open_page(locale=shopper.locale)
    agree_to_be_remembered(page)
    # Before it has read the message.
    model.will_say(ModelUnavailable("No model server answers at http://127.0.0.1:1/v1."))
    ask(page, shopper.asks)
    notice = page.get_by_role("alert")
    expect(notice.locator("p")).to_have_text(words.errors["ModelUnavailable"])
    expect(page.locator("body")).not_to_contain_text("127.0.0.1:1/v1")
    expect(box(page)).to_have_value(shopper.asks)
    assert assistant.threads.of(the_shopper(assistant)) == []

    # In the middle of a sentence: what was true stays, and the records say the rest.
    half = shopper.answer.rpartition("$")[0]
    model.will_say(shopper.read, f"{shopper.answer} {half}")
    model.breaks = ModelUnavailable("The line broke.")
    notice.get_by_role("button", name=words.retry).click()
    to_its_end(page, shopper.asks)
    expect(notice).to_have_count(0)
    told = page.locator("#sg-last .sg-answered > .sg-quiet")
    for _ in range(2):  # and after a reload
        expect(told).to_have_text(words.model_failed)
        expect(page.locator("#sg-last .sg-text")).to_contain_text("$110")
        expect(page.locator("#sg-last .sg-pick")).to_contain_text(shopper.nike)
        expect(page.locator(".sg-turn")).to_have_count(1)
        page.reload()
    expect(told).to_be_visible()
    [turn] = held(assistant)
    assert turn.reply.usage.llm_failures == 1
    assert not turn.reply.text.rstrip().endswith(half.rstrip())
    model.will_say(reading("chat"))
    answered(page, shopper.thanks)
    expect(told).to_have_count(0)
    assert said(assistant) == [shopper.asks, shopper.thanks]


@pytest.fixture
def line(address: str) -> Iterator[CuttableLine]:
    """Between the browser and the server."""
    with cuttable_line(address) as made:
        yield made


def test_the_line_is_cut(
    open_page: OpenPage,
    line: CuttableLine,
    model: ScriptedModel,
    assistant: Assistant,
    shopper: Shopper,
) -> None:
    lost = shopper.words.connection_lost
    page = open_page(locale=shopper.locale, at=line.url)
    agree_to_be_remembered(page)
    # Amid an answer, while the next message is typed.
    long_answer(shopper, model)
    ask(page, shopper.asks)
    expect(page.locator("#sg-last .sg-card").first).to_be_visible()
    box(page).fill(shopper.thanks)
    line.cut()
    expect(hint(page)).to_have_text(lost)
    expect(page.locator(".toast-wrap")).to_be_hidden()
    line.mend()
    expect(hint(page)).to_be_empty()
    expect(page.locator("#sg-stop")).to_be_visible()
    model.gap = 0
    to_its_end(page, shopper.asks)
    expect(page.locator(".sg-turn")).to_have_count(1)
    expect(box(page)).to_have_value(shopper.thanks)
    assert len(model.asked) == 2

    # Before a message can be sent.
    line.cut()
    page.locator("#sg-send").click()
    expect(hint(page)).to_have_text(shopper.words.unsent)
    expect(box(page)).to_have_value(shopper.thanks)
    line.mend()
    model.will_say(reading("chat"))
    page.locator("#sg-send").click()
    to_its_end(page, shopper.thanks)
    assert said(assistant) == [shopper.asks, shopper.thanks]


def test_a_message_before_the_page_is_there(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, shopper: Shopper
) -> None:
    page = open_page(locale=shopper.locale)
    agree_to_be_remembered(page)
    model.will_say(reading("chat"), reading("chat"))
    answered(page, shopper.size)
    waiting: list[Route] = []
    # The page's own first request is held up.
    page.route("**/gradio_api/run/**", lambda route: waiting.append(route), times=1)
    page.reload()
    box(page).fill(shopper.thanks)
    page.keyboard.press("Enter")
    page.locator("#sg-send").click()
    expect(hint(page)).to_contain_text(shopper.words.working)
    expect(box(page)).to_have_value(shopper.thanks)
    [held_up] = waiting
    held_up.continue_()
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(shopper.size)
    expect(hint(page)).to_be_empty()
    page.locator("#sg-send").click()
    to_its_end(page, shopper.thanks)
    assert said(assistant) == [shopper.size, shopper.thanks]
