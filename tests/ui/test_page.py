"""The page in a real browser, in front of a real server; only the language model is scripted."""

# The fixtures of the page stand in page_visit.
# ruff: noqa: F811

import time
from datetime import timedelta

import httpx
import pytest
from conftest import START
from page_visit import (
    ANSWER,
    FLAT_FEET,
    PATIENCE,
    READ_FLAT_FEET,
    OpenPage,
    address,  # noqa: F401
    agree_to_be_remembered,
    ask,
    open_page,  # noqa: F401
)
from playwright.sync_api import expect
from scripted_model import ScriptedModel, reading

from retrieval.advice import AdviceBook
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from retrieval.product import Product

pytestmark = [
    pytest.mark.page,
    # Gradio's own use of libraries that have moved on.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*"),
]


def test_a_choice_is_said_by_a_tap(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(reading("details"))
    page = open_page(width=390)
    ask(page, "hm?")
    choice = page.locator(".sg-choice", has_text="Basketball shoes")
    expect(choice).to_be_visible(timeout=PATIENCE)
    model.will_say(reading("search"), "")
    choice.click()
    expect(page.locator("#sg-last .sg-asked")).to_contain_text("Basketball shoes", timeout=PATIENCE)
    expect(page.locator(".sg-card").first).to_contain_text("Anta KT 9", timeout=PATIENCE)
    expect(page.locator(".sg-pick .sg-badge")).to_be_visible(timeout=PATIENCE)


def test_a_suggested_question_is_asked_by_a_tap(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(reading("chat"))
    page = open_page(width=390)
    question = page.locator(".sg-question").first.inner_text()
    page.locator(".sg-question").first.click()
    expect(page.locator(".sg-asked")).to_contain_text(question)
    expect(page.locator("#sg-last .sg-text")).not_to_be_empty(timeout=PATIENCE)
    expect(page.locator(".sg-question").first).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_chinese_after_the_switch(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(
        reading("search", ("120美元以内", "price", "<=", "120"), ("扁平足", "body", "=", "扁平足")),
        "耐克 支撑跑鞋 [1]，$110。",
    )
    page = open_page()
    page.get_by_text("中文", exact=True).click()
    expect(page.locator("#sg-send")).to_have_text("发送")
    expect(page.locator("h1")).to_have_text("导购")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    ask(page, "扁平足跑步鞋,预算120美元以内,哪款最好?")
    card = page.locator(".sg-card").first
    expect(card).to_contain_text("耐克 支撑跑鞋", timeout=PATIENCE)
    expect(card).to_contain_text("$110")
    # Cards come before the turn is durable; what was understood comes with the end of it.
    expect(page.locator("#sg-need")).to_contain_text("不超过 $120", timeout=PATIENCE)
    page.reload()
    expect(page.locator("#sg-send")).to_have_text("发送", timeout=PATIENCE)
    expect(page.locator("#sg-need")).to_contain_text("不超过 $120")


def test_the_browser_chooses_the_language(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    expect(page.locator("#sg-send")).to_have_text("发送", timeout=PATIENCE)


def test_a_reload_loses_nothing(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER, reading("chat"))
    page = open_page()
    agree_to_be_remembered(page)
    ask(page, FLAT_FEET)
    expect(page.locator(".sg-pick")).to_be_visible(timeout=PATIENCE)
    page.reload()
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(FLAT_FEET, timeout=PATIENCE)
    expect(page.locator("#sg-last .sg-pick")).to_contain_text("$110")
    expect(page.locator("#sg-need")).to_contain_text("under $120")
    ask(page, "hello")
    expect(page.locator("#sg-last .sg-asked")).to_contain_text("hello", timeout=PATIENCE)
    expect(page.locator("#sg-past .sg-asked")).to_contain_text(FLAT_FEET)
    expect(page.locator("#sg-last .sg-text")).not_to_be_empty(timeout=PATIENCE)
    page.locator("#sg-new").click()
    expect(page.locator(".sg-welcome")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#sg-profile")).to_contain_text("flat feet")


def test_another_visitor_sees_nothing_of_it(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER, reading("chat"))
    first = open_page()
    agree_to_be_remembered(first)
    ask(first, FLAT_FEET)
    expect(first.locator(".sg-pick")).to_be_visible(timeout=PATIENCE)
    kept = first.evaluate("JSON.stringify(localStorage)")
    second = open_page()
    second.evaluate(
        "kept => Object.entries(JSON.parse(kept)).forEach(e => localStorage.setItem(...e))", kept
    )
    second.reload()
    expect(second.locator(".sg-welcome")).to_be_visible(timeout=PATIENCE)
    expect(second.locator("#sg-profile")).not_to_contain_text("flat")
    ask(second, "hello")
    expect(second.locator("#sg-last .sg-text")).not_to_be_empty(timeout=PATIENCE)
    expect(second.locator(".sg-turn")).to_have_count(1)


def test_nothing_that_is_shown_runs(
    open_page: OpenPage,
    model: ScriptedModel,
    indexes: IndexFolder,
    shoes: list[Product],
    advice: AdviceBook,
    embedder: HashingEmbedder,
) -> None:
    evil = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
    bad = shoes[0].model_copy(
        update={"id": f'"{evil}', "title": f"Nike {evil}", "url": "javascript:window.hacked=1"}
    )
    indexes.replace(
        build_index([bad, *shoes[1:]], name="shoes", embedder=embedder, source="tests",
                    now=START + timedelta(hours=1), advice=advice)
    )  # fmt: skip
    message = f"a Nike shoe by {evil} ${{window.hacked=1}} {{{{7*7}}}}\nand *more*"
    model.will_say(
        reading("search", ("Nike", "brand", "=", "Nike"), (evil, "brand", "=", evil)),
        "Nothing.",
        "Nothing.",
    )
    page = open_page()
    ask(page, message)
    expect(page.locator(".sg-cards")).to_contain_text(evil, timeout=PATIENCE)
    expect(page.locator("article[aria-busy=false]")).to_be_visible(timeout=PATIENCE)
    asked = page.locator(".sg-asked p")
    expect(asked).to_contain_text("${window.hacked=1} {{7*7}} and *more*")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#sg-body img, #sg-body script, .sg-card a").count() == 0
    page.reload()
    expect(page.locator(".sg-cards")).to_contain_text(evil, timeout=PATIENCE)
    assert page.evaluate("window.hacked") is None


def test_what_nobody_foresaw_is_told_plainly(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(RuntimeError("a secret of the code"))
    page = open_page()
    ask(page, FLAT_FEET)
    expect(page.get_by_role("alert").filter(has_text="went wrong")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("body")).not_to_contain_text("a secret of the code")
    expect(page.locator("#sg-box textarea")).to_have_value(FLAT_FEET)
    expect(page.locator("#sg-send")).to_be_visible()


def test_stop_stops_the_model(open_page: OpenPage, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, "word " * 300 + ".", reading("chat"))
    model.gap = 0.1
    page = open_page()
    ask(page, FLAT_FEET)
    expect(page.locator(".sg-card").first).to_be_visible(timeout=PATIENCE)
    page.locator("#sg-stop").click()
    expect(page.locator("#sg-notice")).to_contain_text("Stopped", timeout=PATIENCE)
    expect(page.locator("#sg-box textarea")).to_have_value(FLAT_FEET)
    deadline = time.monotonic() + 10
    while not model.left_early and time.monotonic() < deadline:
        time.sleep(0.05)
    assert model.left_early == 1
    ask(page, "hello")
    expect(page.locator("#sg-last .sg-text")).not_to_be_empty(timeout=PATIENCE)
    expect(page.locator(".sg-turn")).to_have_count(1)


def test_without_a_cookie_the_page_asks_to_reload(open_page: OpenPage) -> None:
    page = open_page()
    page.context.clear_cookies()
    ask(page, FLAT_FEET)
    expect(page.get_by_role("alert")).to_contain_text("reload", timeout=PATIENCE)


def test_gradios_side_doors_are_closed(address: str) -> None:
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404
        assert client.get("/docs").status_code == 404
        assert client.get("/openapi.json").status_code == 404
        described = client.get("/gradio_api/info").json()
        assert described["named_endpoints"] == {}
        assert described["unnamed_endpoints"] == {}
        assert client.get("/health").is_success
