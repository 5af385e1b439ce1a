"""What a shopper may do about the memory, in a real browser in front of a real server."""

# The fixtures of the page stand in page_visit.
# ruff: noqa: F811

import json
import re
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from conftest import START
from page_visit import (
    ANSWER,
    FLAT_FEET,
    PATIENCE,
    READ_FLAT_FEET,
    OpenPage,
    act,
    address,  # noqa: F401
    agree_to_be_remembered,
    answered,
    ask,
    database_bytes,
    kept,
    open_page,  # noqa: F401
    the_shopper,
)
from playwright.sync_api import Locator, Page, expect
from scripted_model import ScriptedModel
from sqlalchemy import select

from assistant.app import Assistant
from assistant.database.tables import ShopperRow
from assistant.feedback.table import FeedbackRow
from assistant.profile.fact_rows import fact_row
from assistant.profile.facts import Evidence, ProfileFact

pytestmark = [
    pytest.mark.page,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*"),
]

EVIL = '"><script>window.hacked=1</script><img src=x onerror="window.hacked=1">\''


def fact(shopper_id: str, number: int, field: str, value: str, **changes: object) -> ProfileFact:
    seen = START - timedelta(days=number)
    quote = str(changes.pop("quote", f"my words {number}"))
    told = {
        "id": f"fact-{number}", "shopper_id": shopper_id, "field": field, "op": "=",
        "value": value, "confidence": 0.7, "first_seen": seen, "last_seen": seen,
        "evidence": (Evidence(quote=quote, thread_id="t", turn_id="u", time=seen),),
    }  # fmt: skip
    return ProfileFact.model_validate(told | changes)


def six(shopper_id: str) -> list[ProfileFact]:
    return [
        fact(shopper_id, 1, "foot_type", "flat feet", quote="I have flat feet"),
        fact(shopper_id, 2, "size", "43", quote="I'm a 43"),
        fact(shopper_id, 3, "brand", "Nike", op="!=", quote="I never wear Nike"),
        fact(shopper_id, 4, "color", "black", quote="I love black"),
        fact(shopper_id, 5, "price", "120", op="<=", quote="never more than $120"),
        fact(shopper_id, 6, "width", "wide", quote="they must be wide"),
    ]


def remembered(page: Page, assistant: Assistant, facts: Sequence[ProfileFact] = ()) -> str:
    """The visitor agrees, and then has these facts; six by default."""
    agree_to_be_remembered(page)
    who = the_shopper(assistant)
    with assistant.database.writing() as session:
        session.add_all(fact_row(one) for one in facts or six(who))
    page.reload()
    expect(page.locator(".sg-facts > li")).to_have_count(len(facts) or 6, timeout=PATIENCE)
    return who


def facts_of(assistant: Assistant) -> dict[str, str]:
    return {f.field: f.value for f in assistant.memory.facts(the_shopper(assistant))}


def line_of(page: Page, words: str) -> Locator:
    return page.locator(".sg-facts > li").filter(has_text=words)


def send(page: Page, wish: str) -> None:
    """Sends what no button of the page sends."""
    page.evaluate(
        """wish => { const box = document.querySelector("#sg-act textarea");
        Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, wish);
        box.dispatchEvent(new Event("input", { bubbles: true }));
        setTimeout(() => document.querySelector("#sg-do").click(), 60); }""",
        wish,
    )


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_nothing_is_kept_before_a_yes(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER, READ_FLAT_FEET, ANSWER)
    page = open_page()
    expect(page.locator(".sg-consent")).to_contain_text("erase all of it")
    answered(page, FLAT_FEET)
    assert kept(assistant) == [0, 0, 0, 0, 0]
    assert b"flat feet" not in database_bytes(assistant)
    page.reload()
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(FLAT_FEET, timeout=PATIENCE)
    agree_to_be_remembered(page)
    assert kept(assistant)[:4] == [1, 1, 1, 0]
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(FLAT_FEET)
    page.reload()
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(FLAT_FEET, timeout=PATIENCE)
    expect(page.locator(".sg-consent")).to_have_count(0)
    answered(page, "I have flat feet. " + FLAT_FEET)
    expect(page.locator("#sg-profile .sg-facts")).to_contain_text("flat feet", timeout=PATIENCE)


def test_a_no_is_respected_and_can_be_taken_back(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    page = open_page()
    act(page, "decline").click()
    expect(page.locator("#sg-notice")).to_contain_text("Nothing is kept", timeout=PATIENCE)
    expect(page.locator(".sg-consent")).to_have_count(0)
    answered(page, FLAT_FEET)
    expect(page.locator(".sg-card").first).to_contain_text("Nike Structure 25")
    assert kept(assistant) == [0, 0, 0, 0, 0]
    page.reload()
    expect(page.locator("#sg-last .sg-asked")).to_contain_text(FLAT_FEET, timeout=PATIENCE)
    expect(page.locator(".sg-consent")).to_have_count(0)
    act(page, "ask").click()
    expect(page.locator(".sg-consent")).to_be_in_viewport(timeout=PATIENCE)
    agree_to_be_remembered(page)
    assert kept(assistant)[:3] == [1, 1, 1]


def test_both_answers_are_as_easy(open_page: OpenPage) -> None:
    page = open_page(width=390)
    looks = page.locator(".sg-consent .sg-act").evaluate_all(
        """buttons => buttons.map(b => { const s = getComputedStyle(b);
        return [b.tagName, s.color, s.backgroundColor, s.borderColor, s.fontSize, s.fontWeight,
        Math.round(b.offsetHeight), Math.round(b.offsetWidth)] })"""
    )
    assert len(looks) == 2
    assert looks[0] == looks[1]
    assert looks[0][-2] >= 44
    assert no_sideways_scroll(page)


def test_a_fact_is_corrected_in_place(open_page: OpenPage, assistant: Assistant) -> None:
    page = open_page()
    remembered(page, assistant)
    line = line_of(page, "I'm a 43")
    line.locator("summary").click()
    box = line.locator(".sg-edit input")
    expect(box).to_be_focused()
    known = page.locator(f"#{box.get_attribute('list')} option")
    assert known.evaluate_all("options => options.map(o => o.value)") == ["42", "43"]
    box.fill("42")
    box.press("Enter")
    expect(page.locator(".sg-said")).to_have_text("Corrected.", timeout=PATIENCE)
    expect(page.locator(".sg-facts > li").first).to_contain_text("42")
    expect(page.locator(".sg-facts > li").first).to_contain_text("corrected by you")
    assert facts_of(assistant)["size"] == "42"

    price = line_of(page, "up to $120")
    price.locator("summary").click()
    price.locator(".sg-edit input").fill("not much")
    price.get_by_role("button", name="Save").click()
    expect(page.locator(".sg-said")).to_contain_text("write a number", timeout=PATIENCE)
    price.locator("summary").click()
    price.locator(".sg-edit input").fill("about $90")
    price.get_by_role("button", name="Save").click()
    expect(page.locator(".sg-facts > li").first).to_contain_text("up to $90", timeout=PATIENCE)
    line_of(page, "not Nike").locator("summary").click()
    line_of(page, "not Nike").locator(".sg-edit input").fill("   ")
    line_of(page, "not Nike").get_by_role("button", name="Save").click()
    expect(page.locator(".sg-said")).to_contain_text("1 to 200", timeout=PATIENCE)
    assert facts_of(assistant) == {
        "foot_type": "flat feet", "size": "42", "brand": "Nike", "color": "black", "price": "90",
        "width": "wide",
    }  # fmt: skip


def test_facts_are_pinned_and_deleted(open_page: OpenPage, assistant: Assistant) -> None:
    page = open_page()
    who = remembered(page, assistant)
    line = line_of(page, "flat feet")
    line.get_by_role("button", name="Pin").click()
    expect(line).to_contain_text("pinned by you", timeout=PATIENCE)
    line.get_by_role("button", name="Unpin").click()
    expect(line).not_to_contain_text("pinned by you", timeout=PATIENCE)
    # Two at once: neither is lost.
    for words in ("flat feet", "I love black"):
        line_of(page, words).get_by_role("button", name="Delete").evaluate("b => b.click()")
    expect(page.locator(".sg-facts > li")).to_have_count(4, timeout=PATIENCE)
    assert not {"foot_type", "color"} & {f.field for f in assistant.memory.facts(who)}
    assert b"I love black" not in database_bytes(assistant)


def test_learning_is_switched_off_and_on(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    page = open_page()
    agree_to_be_remembered(page)
    act(page, "learning_off").click()
    expect(page.locator("#sg-profile")).to_contain_text("Learning is off", timeout=PATIENCE)
    answered(page, "I have flat feet. " + FLAT_FEET)
    expect(page.locator("#sg-profile")).to_contain_text("Learning is off")
    assert kept(assistant)[3:] == [0, 0]
    act(page, "learning_on").click()
    expect(page.locator("#sg-profile")).not_to_contain_text("Learning is off", timeout=PATIENCE)
    consent = assistant.memory.consent(the_shopper(assistant))
    assert consent is not None
    assert consent.learning


def test_a_copy_is_a_file(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant, address: str, tmp_path: Path
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    page = open_page()
    who = remembered(page, assistant)
    answered(page, FLAT_FEET)
    with page.expect_download() as download:
        page.get_by_role("link", name="Take a copy").click()
    assert download.value.suggested_filename == "shopguide-my-data.json"
    download.value.save_as(tmp_path / "copy.json")
    copy = json.loads((tmp_path / "copy.json").read_text(encoding="utf-8"))
    assert copy["shopper_id"] == who
    assert {"foot_type", "size", "brand", "color"} <= {f["field"] for f in copy["facts"]}
    assert copy["threads"][0]["turns"][0]["message"] == FLAT_FEET
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        assert client.get("/my-data.json").status_code == 404
        forged = client.get("/my-data.json", headers={"Cookie": f"shopguide_guest={who}"})
        assert forged.status_code == 404
    stranger = open_page()
    assert stranger.request.get(f"{address}/my-data.json").status == 404


def test_erasing_stops_the_answer_on_its_way(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(READ_FLAT_FEET, "word " * 300 + ".")
    model.gap = 0.1
    page = open_page()
    remembered(page, assistant)
    ask(page, FLAT_FEET)
    expect(page.locator(".sg-card").first).to_be_visible(timeout=PATIENCE)
    act(page, "ask_erase").click()
    act(page, "erase").click()
    expect(page.locator(".sg-welcome")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#sg-send")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#sg-box textarea")).to_have_value("")
    assert kept(assistant) == [0, 0, 0, 0, 0]


def test_interests_are_drawn_and_put_away(open_page: OpenPage, assistant: Assistant) -> None:
    page = open_page()
    remembered(page, assistant)
    act(page, "interests").click()
    graph = page.locator("#sg-interests svg[role=img]")
    expect(graph).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".sg-shown")).to_be_in_viewport()
    expect(page.locator("#sg-interests")).to_contain_text("I love black")
    # What is deleted goes from the drawing too.
    line_of(page, "I love black").get_by_role("button", name="Delete").click()
    expect(page.locator(".sg-facts > li")).to_have_count(5, timeout=PATIENCE)
    expect(page.locator("#sg-interests")).not_to_contain_text("I love black")
    act(page, "hide_interests").click()
    expect(page.locator("#sg-interests")).to_be_hidden(timeout=PATIENCE)


def test_the_panel_in_chinese_on_a_phone(open_page: OpenPage, assistant: Assistant) -> None:
    page = open_page(locale="zh-CN", width=390)
    expect(page.locator(".sg-consent")).to_contain_text("全部抹除", timeout=PATIENCE)
    remembered(page, assistant)
    panel = page.locator("#sg-profile")
    for words in ("扁平足", "不要", "不超过 $120", "2026年2月28日提到", "更正", "停止学习"):
        expect(panel).to_contain_text(words)
    for act_ in ("learning_off", "ask_erase"):
        box = act(page, act_).bounding_box()
        assert box is not None
        assert box["height"] >= 40
    line = line_of(page, "I have flat feet")
    line.locator("summary").click()
    expect(line.locator(".sg-edit input")).to_have_value("扁平足")
    assert no_sideways_scroll(page)
    act(page, "interests").click()
    expect(page.locator("#sg-interests svg[role=img]")).to_be_visible(timeout=PATIENCE)
    expect(act(page, "hide_interests")).to_have_text("关闭")
    assert no_sideways_scroll(page)
    page.get_by_text("English", exact=True).click()
    expect(panel).to_contain_text("Stop learning", timeout=PATIENCE)


def test_the_keyboard_alone_is_enough(open_page: OpenPage, assistant: Assistant) -> None:
    page = open_page()

    def tab_to(found: Locator) -> None:
        for _ in range(60):
            if found.evaluate("e => e === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError("the keyboard does not get there")

    tab_to(act(page, "agree"))
    page.keyboard.press("Enter")
    expect(page.locator("#sg-box textarea")).to_be_focused(timeout=PATIENCE)
    with assistant.database.writing() as session:
        session.add_all(fact_row(one) for one in six(the_shopper(assistant)))
    page.reload()
    expect(page.locator(".sg-facts > li")).to_have_count(6, timeout=PATIENCE)
    line = line_of(page, "I'm a 43")
    tab_to(line.locator("summary"))
    page.keyboard.press("Enter")
    expect(line.locator(".sg-edit input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(line.locator("summary")).to_be_focused()
    tab_to(line.locator('[data-act="pin"]'))
    page.keyboard.press("Space")
    expect(line.locator('[data-act="unpin"]')).to_be_focused(timeout=PATIENCE)
    tab_to(act(page, "interests"))
    page.keyboard.press("Enter")
    expect(page.locator(".sg-shown")).to_be_focused(timeout=PATIENCE)
    page.keyboard.press("Tab")
    expect(act(page, "hide_interests")).to_be_focused()
    page.keyboard.press("Enter")
    expect(act(page, "interests")).to_be_focused(timeout=PATIENCE)
    tab_to(act(page, "ask_erase"))
    page.keyboard.press("Enter")
    expect(act(page, "show")).to_be_focused(timeout=PATIENCE)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".sg-said")).to_contain_text("erased", timeout=PATIENCE)
    expect(page.locator("#sg-profile .sg-panel")).to_be_focused()


def test_a_hostile_fact_is_inert(open_page: OpenPage, assistant: Assistant) -> None:
    page = open_page()
    agree_to_be_remembered(page)
    who = the_shopper(assistant)
    facts = [
        fact(who, 1, "color", EVIL, id=f"a{EVIL}", quote=EVIL),
        fact(who, 2, EVIL, "‮red", quote="‮أحمر \"'<b>"),
        fact(who, 3, "use", "x" * 200, quote="y" * 300),
    ]
    with assistant.database.writing() as session:
        session.add_all(fact_row(one) for one in facts)
    page.reload()
    expect(page.locator(".sg-facts > li")).to_have_count(3, timeout=PATIENCE)
    assert page.locator("#sg-side").locator("script, img, b").count() == 0
    line = page.locator(".sg-facts > li").first
    assert EVIL in line.inner_text()
    line.locator("summary").click()
    expect(line.locator(".sg-edit input")).to_have_value(EVIL)
    line.get_by_role("button", name="Pin").click()
    expect(line).to_contain_text("pinned by you", timeout=PATIENCE)
    act(page, "interests").click()
    expect(page.locator("#sg-interests .sg-graph")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("window.hacked") is None
    assert no_sideways_scroll(page)
    line.get_by_role("button", name="Delete").click()
    expect(page.locator(".sg-facts > li")).to_have_count(2, timeout=PATIENCE)


def test_a_forged_wish_changes_nothing(open_page: OpenPage, assistant: Assistant) -> None:
    stranger = "guest:stranger"
    assistant.memory.give_consent(stranger)
    with assistant.database.writing() as session:
        session.add(fact_row(fact(stranger, 9, "size", "44")))
    page = open_page()
    for early in ({"act": "learning_off"}, {"act": "pin", "fact": "fact-9"}):
        send(page, json.dumps(early))
        expect(page.locator(".sg-said")).to_be_visible(timeout=PATIENCE)
        send(page, json.dumps({"act": "agree", "value": "a notice of other days"}))
        expect(page.locator(".sg-said")).to_have_count(0, timeout=PATIENCE)
    assert kept(assistant) == [1, 0, 0, 1, 0]
    agree_to_be_remembered(page)
    with assistant.database.reading() as session:
        who = session.scalars(select(ShopperRow.id).where(ShopperRow.id != stranger)).one()
    with assistant.database.writing() as session:
        session.add_all(fact_row(one) for one in six(who))
    page.reload()
    expect(page.locator(".sg-facts > li")).to_have_count(6, timeout=PATIENCE)
    before = assistant.memory.facts(who), assistant.memory.facts(stranger), kept(assistant)
    forged = [
        "",
        "not JSON",
        "null",
        "[" * 3_000,
        json.dumps({"act": "drop"}),
        json.dumps({"act": ["delete"], "fact": "fact-1"}),
        json.dumps({"act": "delete", "fact": "fact-1", "shopper": stranger}),
        json.dumps({"act": "delete", "fact": "' OR 1=1 --"}),
        json.dumps({"act": "delete", "fact": "../fact-1"}),
        json.dumps({"act": "delete", "fact": "fact-9"}),
        json.dumps({"act": "correct", "fact": "fact-9", "value": "45"}),
        json.dumps({"act": "correct", "fact": "fact-2", "value": "a\u0000b"}),
        json.dumps({"act": "correct", "fact": "fact-2", "value": "9" * 1_000}),
        json.dumps({"act": "pin", "fact": "fact-9"}),
        "x" * 1_000_000,
        json.dumps({"act": "correct", "fact": "fact-2", "value": "x" * 1_000_000}),
    ]
    plain = re.compile("Nothing was changed|not in your profile")
    for wish in forged:
        send(page, json.dumps({"act": "show"}))
        expect(page.locator(".sg-said")).to_have_count(0, timeout=PATIENCE)
        send(page, wish)
        expect(page.locator(".sg-said")).to_have_text(plain, timeout=PATIENCE)
    page.reload()
    expect(page.locator(".sg-facts > li")).to_have_count(6, timeout=PATIENCE)
    after = assistant.memory.facts(who), assistant.memory.facts(stranger), kept(assistant)
    assert after == before


# thumbs --------------------------------------------------------------------------------------


def test_a_thumb_is_kept_with_its_turn(
    open_page: OpenPage, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    page = open_page()
    agree_to_be_remembered(page)
    answered(page, FLAT_FEET)
    down = act(page, "thumb_down")
    expect(down).to_have_attribute("aria-pressed", "false")
    expect(down).to_have_attribute("aria-label", "Not a good answer")
    down.click()
    expect(page.locator("#sg-notice")).to_contain_text("Thank you", timeout=PATIENCE)
    expect(down).to_have_attribute("aria-pressed", "true")
    act(page, "thumb_up").click()
    expect(act(page, "thumb_up")).to_have_attribute("aria-pressed", "true")
    expect(down).to_have_attribute("aria-pressed", "false")

    def kept() -> list[str]:
        with assistant.database.reading() as session:
            return list(session.scalars(select(FeedbackRow.thumb)))

    ends = time.monotonic() + 20
    while kept() != ["up"]:
        assert time.monotonic() < ends, kept()
        time.sleep(0.05)
    page.reload()
    expect(act(page, "thumb_up")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
