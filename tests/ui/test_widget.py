"""The widget in a shop's own page: another origin, a strict policy, a real server behind it."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from typing import Any

import pytest
from demo_orders import DemoShop
from page_visit import ANSWER, FLAT_FEET, PATIENCE, READ_FLAT_FEET
from playwright.sync_api import Browser, Route, expect
from pydantic import SecretStr
from scripted_model import ScriptedModel, reading
from served import served
from widget_site import Shop, Visit, answers, message, plain, visiting

from assistant.app import Assistant
from assistant.errors import ModelUnavailable, UnknownThread
from assistant.identity import Shoppers
from assistant.server import create_http
from assistant.settings import Settings
from retrieval.embedding import HashingEmbedder, Vectors
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex

pytestmark = pytest.mark.page

SECRET = "a secret of the shop, long enough for HS256"
# What Chromium itself writes about an answer that is an error, or a connection that is gone.
REFUSED = "Failed to load resource"
GONE = "net::ERR"


@pytest.fixture
def shop(assistant: Assistant, settings: Settings) -> Iterator[Shop]:
    """A shop on an origin of its own, whose assistant has a secret."""
    shop = Shop()
    with ExitStack() as stack:
        shop.origin = stack.enter_context(served(shop.app))
        update = {"secret": SecretStr(SECRET), "origins": (shop.origin,)}
        shop.guide = stack.enter_context(
            served(create_http(assistant, settings.model_copy(update=update)))
        )
        yield shop


@pytest.fixture
def visit(browser: Browser, shop: Shop) -> Iterator[Callable[..., Visit]]:
    """Opens the shop as a new visitor."""
    with ExitStack() as stack:

        def go(path: str = "/", **options: Any) -> Visit:
            visit = stack.enter_context(visiting(browser, shop, **options))
            visit.go(path)
            return visit

        yield go


Go = Callable[..., Visit]


def token(shopper: str, hours: float = 1) -> str:
    lasts = timedelta(hours=hours)
    return Shoppers(SECRET).token(shopper, now=datetime.now(UTC), lasts=lasts)


# answers --------------------------------------------------------------------------------------


def test_a_question_is_answered_under_a_strict_policy(visit: Go, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    visitor = visit()
    visitor.open()
    turn = visitor.ask(FLAT_FEET)
    card = turn.locator(".card").first
    expect(card.locator("h3")).to_have_text("Nike Structure 25")
    expect(card.locator(".price")).to_have_text("$110")
    expect(card.locator("s")).to_contain_text("$140")
    expect(card.get_by_role("img", name="rated 4.5 of 5 by 120")).to_be_visible()
    expect(card.locator(".badge")).to_have_text("Our pick")
    expect(card.locator(".reasons li").first).to_be_visible()
    expect(turn.locator(".words")).to_contain_text("Nike Structure 25")
    expect(turn.locator(".advice")).to_contain_text("supported inner side")
    marker = turn.get_by_role("button", name="Source 1")
    marker.first.click()
    expect(turn.locator(".sources")).to_have_attribute("open", "")
    expect(turn.locator(".sources .marked").first).to_contain_text("$110")
    # What a screen reader is told, once and whole.
    expect(visitor.panel.locator("[aria-live=polite]")).to_contain_text("Nike Structure 25")
    # The style sheet reached it although the page's policy allows no inline style.
    assert visitor.launcher.evaluate("e => getComputedStyle(e).position") == "fixed"


def test_the_text_grows_as_it_is_written(
    visit: Go, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_query = HashingEmbedder.query

    def slow(self: HashingEmbedder, text: str) -> Vectors:
        time.sleep(0.5)  # as long as a step has to take to be read
        return of_query(self, text)

    monkeypatch.setattr(HashingEmbedder, "query", slow)
    model.will_say(
        READ_FLAT_FEET, "Nike Structure 25 [1] costs $110. Asics Excite 10 [2] costs $75."
    )
    model.gap = 0.1
    visitor = visit()
    visitor.open()
    visitor.page.evaluate("""() => {
      const root = document.querySelector("#shopguide-widget").shadowRoot;
      window.seen = [];
      new MutationObserver(() => {
        const said = root.querySelector(".turn:last-child .words, .turn:last-child .working");
        const text = said?.textContent ?? "";
        if (text && window.seen.at(-1) !== text) window.seen.push(text);
      }).observe(root, { childList: true, subtree: true, characterData: true });
    }""")
    visitor.ask(FLAT_FEET)
    seen = visitor.page.evaluate("window.seen")
    assert any("searching" in text for text in seen), seen
    begun = [text for text in seen if "Structure" in text and "Excite" not in text]
    assert begun, seen
    assert "Excite 10" in seen[-1]


def test_what_is_compared_stands_in_a_table(visit: Go, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    visitor = visit()
    visitor.open()
    visitor.ask(FLAT_FEET)
    model.will_say(reading("compare"))
    turn = visitor.ask("compare the first two")
    table = turn.get_by_role("region", name="Comparison")
    expect(table.locator("thead th")).to_have_count(2)
    expect(table.locator("tbody tr", has_text="price")).to_contain_text("$110")
    expect(table.get_by_role("img", name="best here").first).to_be_visible()


def test_a_choice_is_said_by_a_tap(visit: Go, model: ScriptedModel) -> None:
    model.will_say(reading("details"))
    visitor = visit()
    visitor.open()
    turn = visitor.ask("hm?")
    choice = turn.locator(".choice", has_text="Basketball shoes")
    model.will_say(reading("search"), "")
    choice.click()
    expect(visitor.panel.locator(".turn")).to_have_count(2)
    expect(visitor.answered().locator(".own")).to_contain_text("Basketball shoes")
    expect(visitor.panel.locator(".turn").first.locator(".choice")).to_have_count(0)


def test_hostile_text_is_text(visit: Go, model: ScriptedModel, shop: Shop) -> None:
    hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    reply = {
        "thread_id": "t", "turn_id": "t-1", "language": "en", "intent": "recommend",
        "text": f"{hostile} [1] [2] [javascript:alert(3)](javascript:alert(3))",
        "products": [{
            "id": '"><b>', "title": hostile, "price": 9.5, "currency": "USD", "rating": None,
            "url": "javascript:alert(4)", "image_url": "data:text/html,<script>alert(5)</script>",
            "reasons": [{"text": hostile, "source": "product:x#y", "met": True}],
        }],
        "citations": [{"marker": "1", "source": f"policy:en/a.md#{hostile}", "value": hostile}],
        "choices": [hostile], "confirmation": {"id": "c", "text": f"{hostile}?"}, "pick": None,
        "comparison": {"products": ["a", hostile], "rows": [
            {"field": "f", "label": hostile, "values": [hostile, None], "best": 0}]},
    }  # fmt: skip
    visitor = visit(expects=(REFUSED,))
    answers(visitor.page, shop, reply)
    visitor.open()
    turn = visitor.ask("hello")
    expect(turn.locator(".words")).to_contain_text("<img src=x")
    expect(turn.locator(".card h3")).to_have_text(hostile)
    expect(turn.locator(".confirm")).to_contain_text(hostile)
    for tag in ("img", "script", "a", "iframe"):
        expect(turn.locator(tag)).to_have_count(0)


@pytest.mark.parametrize(("language", "yes", "no"), [("en", "Yes", "No"), ("zh", "是", "不")])
def test_a_change_is_confirmed_in_plain_words(
    visit: Go, shop: Shop, language: str, yes: str, no: str
) -> None:
    offer = {"id": "c-1", "text": "Cancel order #W100? $120 goes back to your card."}
    asking = plain("I can do that.", language=language, confirmation=offer)
    visitor = visit()
    asked = answers(visitor.page, shop, asking, plain("Done."), asking, plain("Not done."))
    visitor.open()
    turn = visitor.ask("cancel my order")
    confirm = turn.get_by_role("group", name="Please confirm")
    expect(confirm).to_contain_text("$120 goes back")
    confirm.get_by_role("button", name=yes, exact=True).click()
    expect(visitor.answered().locator(".words")).to_have_text("Done.")
    # What was asked stays to be read; it cannot be answered twice.
    expect(visitor.panel.locator(".confirm")).to_contain_text("$120 goes back")
    expect(visitor.panel.locator(".confirm button")).to_have_count(0)
    visitor.ask("cancel my order")
    visitor.panel.locator(".confirm").last.get_by_role("button", name=no, exact=True).click()
    expect(visitor.answered().locator(".words")).to_have_text("Not done.")
    assert asked == ["cancel my order", yes, "cancel my order", no]


@pytest.fixture
def books(
    settings: Settings,
    indexes: IndexFolder,
    demo_index: CatalogueIndex,
    now: Callable[[], datetime],
) -> Iterator[DemoShop]:
    """The demo shop with its orders."""
    demo = files("retrieval.demo")
    with as_file(demo / "words.yaml") as words, as_file(demo / "advice.yaml") as advice:
        indexes.replace(demo_index, words_file=words, advice_file=advice)
    start = now()
    of_demo = settings.model_copy(update={"catalog": "demo"})
    books = DemoShop(of_demo, indexes, lambda: start)
    yield books
    books.assistant.close()


def test_an_order_is_cancelled_by_a_tap(browser: Browser, books: DemoShop) -> None:
    of_demo = books.assistant.settings
    shop = Shop()
    with ExitStack() as stack:
        shop.origin = stack.enter_context(served(shop.app))
        update = {"secret": SecretStr(SECRET), "origins": (shop.origin,)}
        shop.guide = stack.enter_context(
            served(create_http(books.assistant, of_demo.model_copy(update=update)))
        )
        shop.attributes["data-token"] = token("demo-anna")
        visitor = stack.enter_context(visiting(browser, shop))
        visitor.go()
        visitor.open()
        turn = visitor.ask("cancel order SG-1001, I ordered it by mistake")
        confirm = turn.get_by_role("group", name="Please confirm")
        expect(confirm).to_contain_text("$190 goes back to your Visa ending in 4021")
        # It is told once, in the card.
        expect(turn.locator(".words")).to_have_count(0)
        expect(turn.get_by_text("Visa ending in 4021")).to_have_count(1)
        assert books.writes() == 0
        confirm.get_by_role("button", name="Yes", exact=True).dblclick()
        expect(visitor.answered().locator(".words")).to_contain_text("is cancelled")
        expect(visitor.panel.locator(".own")).to_have_count(2)
        assert books.writes() == 1
        # The next page still shows what was agreed to, and offers it no more.
        visitor.go("/other")
        expect(visitor.panel.locator(".confirm")).to_contain_text("$190 goes back")
        expect(visitor.panel.locator(".confirm button")).to_have_count(0)


def test_an_order_can_be_tried_in_the_demo_shop(browser: Browser, books: DemoShop) -> None:
    """Without a secret, as after ``make run``; the shop's own policy and careless style hold."""
    shop = Shop()
    with ExitStack() as stack:
        http = create_http(books.assistant, books.assistant.settings)
        shop.origin = stack.enter_context(served(http))
        visitor = stack.enter_context(visiting(browser, shop))
        visitor.go("/shop?lang=zh")
        visitor.page.get_by_role("link", name="陈伟").click()
        visitor.page.locator(".launcher").click()
        visitor.box.fill("帮我取消今天下的那单，买错了")
        visitor.box.press("Enter")
        visitor.panel.get_by_role("button", name="是", exact=True).click()
        expect(visitor.panel.locator(".words").last).to_contain_text("已取消")
        assert books.writes() == 1
        visitor.page.locator(".shelf a").first.click(force=True)
        expect(visitor.page.locator(".product h1")).to_be_visible()
        expect(visitor.panel.locator(".own")).to_have_count(2)
        assert visitor.kept()["thread"]["owner"] == "demo-wei"


# who is asking, and what is kept --------------------------------------------------------------


def test_the_conversation_goes_from_page_to_page(visit: Go, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    visitor = visit()
    visitor.open()
    visitor.ask(FLAT_FEET)
    visitor.page.locator("#other").click()
    expect(visitor.page).to_have_url(re.compile("/other$"))
    # It was open, so it is open, and leaves the focus to the page.
    expect(visitor.panel.locator(".own")).to_contain_text("flat feet")
    expect(visitor.panel.locator(".card").first).to_contain_text("Nike Structure 25")
    expect(visitor.box).not_to_be_focused()
    visitor.page.reload()
    expect(visitor.panel.locator(".turn .card").first).to_be_visible()
    model.will_say(reading("search", ("under $80", "price", "<=", "80")), "")
    turn = visitor.ask("and under $80?")
    expect(turn.locator(".card h3")).to_have_text("Asics Excite 10")
    expect(visitor.panel.locator(".own")).to_have_count(2)

    visitor.panel.get_by_role("button", name="Start over").click()
    expect(visitor.panel.locator(".greeting")).to_be_visible()
    visitor.page.reload()
    expect(visitor.panel.locator(".greeting")).to_be_visible()
    expect(visitor.panel.locator(".turn")).to_have_count(0)


def test_a_guest_is_one_guest_and_others_see_nothing(
    visit: Go, model: ScriptedModel, shop: Shop
) -> None:
    model.will_say(reading("details"))
    first = visit()
    first.open()
    first.ask("hm?")
    guest = first.kept()["guest"]
    assert guest["shopper_id"].startswith("guest-")
    first.page.reload()
    expect(first.panel.locator(".turn").first).to_be_visible()
    assert first.kept()["guest"]["shopper_id"] == guest["shopper_id"]
    second = visit()
    second.open()
    expect(second.panel.locator(".greeting")).to_be_visible()
    assert second.kept().get("guest", {}).get("shopper_id") != guest["shopper_id"]


def test_a_token_that_is_refused_makes_another_guest(visit: Go, model: ScriptedModel) -> None:
    model.will_say(reading("details"), reading("details"))
    visitor = visit(expects=(REFUSED,))
    visitor.open()
    visitor.ask("hm?")
    old = visitor.kept()["guest"]
    visitor.page.evaluate("""() => {
      const name = Object.keys(localStorage).find((key) => key.startsWith("shopguide:"));
      const held = JSON.parse(localStorage.getItem(name));
      held.guest.token = held.guest.token.slice(0, -6) + "AAAAAA";
      localStorage.setItem(name, JSON.stringify(held));
    }""")
    turn = visitor.ask("still there?")
    expect(turn.locator(".choice").first).to_be_visible()
    assert visitor.kept()["guest"]["shopper_id"] != old["shopper_id"]


def test_a_signed_in_shopper_is_who_the_token_says(
    visit: Go, model: ScriptedModel, shop: Shop, assistant: Assistant
) -> None:
    model.will_say(reading("details"))
    shop.attributes["data-token"] = token("ann")
    visitor = visit()
    visitor.open()
    visitor.ask("hm?")
    thread = visitor.kept()["thread"]
    assert thread["owner"] == "ann"
    assert assistant.exchanges(thread["id"], "ann")[0].message == "hm?"
    # Ben signs in at the same browser: nothing of Ann's is his.
    shop.attributes["data-token"] = token("ben")
    visitor.go("/")
    expect(visitor.panel.locator(".greeting")).to_be_visible()
    expect(visitor.panel.locator(".turn")).to_have_count(0)


def test_signing_in_in_the_page(visit: Go, model: ScriptedModel, assistant: Assistant) -> None:
    visitor = visit(expects=(REFUSED,))
    visitor.open()
    visitor.page.evaluate("token => ShopGuide.identify(token)", token("ann"))
    model.will_say(reading("details"))
    visitor.ask("hm?")
    assert visitor.kept()["thread"]["owner"] == "ann"
    visitor.page.evaluate("() => ShopGuide.identify(null)")
    expect(visitor.panel.locator(".greeting")).to_be_visible()
    expect(visitor.panel.locator(".turn")).to_have_count(0)


def test_what_a_guest_said_goes_along_with_who_signs_in(
    visit: Go, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(reading("details"), reading("details"))
    visitor = visit()
    visitor.open()
    visitor.ask("hm?")
    thread = visitor.kept()["thread"]
    visitor.page.evaluate("token => ShopGuide.identify(token)", token("ann"))
    expect(visitor.panel.locator(".own")).to_have_count(1)
    assert visitor.kept()["thread"] == {"owner": "ann", "id": thread["id"]}
    assert visitor.kept()["guest"] is None
    visitor.ask("and now?")
    said = [exchange.message for exchange in assistant.exchanges(thread["id"], "ann")]
    assert said == ["hm?", "and now?"]
    with pytest.raises(UnknownThread):
        assistant.exchanges(thread["id"], thread["owner"])


def test_a_page_after_signing_in_has_what_the_guest_said(
    visit: Go, model: ScriptedModel, shop: Shop
) -> None:
    model.will_say(reading("details"))
    visitor = visit()
    visitor.open()
    visitor.ask("hm?")
    shop.attributes["data-token"] = token("ann")
    visitor.go("/account")
    expect(visitor.panel.locator(".own")).to_have_count(1)
    assert visitor.kept()["thread"]["owner"] == "ann"


KNOWN = {
    "en": ("Before you signed in", "May I remember you?", "Keep it", "Delete it"),
    "zh": ("登录之前", "我可以记住您吗？", "存入账户", "删除"),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("wanted", [True, False])
def test_what_is_known_of_a_guest_goes_along_only_where_they_say_so(
    visit: Go, shop: Shop, model: ScriptedModel, assistant: Assistant, lang: str, wanted: bool
) -> None:
    title, told, keep, drop = KNOWN[lang]
    shop.attributes["data-lang"] = lang
    visitor = visit()
    visitor.open()
    guest = visitor.page.evaluate("() => ShopGuide.who()")["shopper_id"]
    assistant.memory.give_consent(guest)
    model.will_say(READ_FLAT_FEET, ANSWER)
    visitor.box.fill("I have flat feet. " + FLAT_FEET)
    visitor.box.press("Enter")
    expect(visitor.panel.locator(".thumbs")).to_be_visible()
    assert [fact.quote for fact in assistant.memory.facts(guest)] == ["flat feet"]

    visitor.page.evaluate("token => ShopGuide.identify(token)", token("ann"))
    asked = visitor.panel.get_by_role("group", name=title)
    expect(asked).to_contain_text("flat feet")
    expect(asked).to_contain_text(told)
    expect(visitor.panel.locator("[aria-live=polite]")).to_contain_text(title)
    expect(visitor.panel.locator(".own")).to_have_count(1)
    assert assistant.memory.facts("ann") == []
    # Who says nothing is asked again on the next page.
    shop.attributes["data-token"] = token("ann")
    visitor.go("/account")
    expect(asked).to_contain_text("flat feet")

    button = asked.get_by_role("button", name=keep if wanted else drop)
    button.focus()
    visitor.page.keyboard.press("Enter")
    expect(asked.get_by_role("button")).to_have_count(0)
    expect(visitor.box).to_be_focused()
    assert [f.quote for f in assistant.memory.facts("ann")] == (["flat feet"] if wanted else [])
    assert assistant.memory.consent(guest) is None
    assert visitor.kept()["known"] is None
    visitor.go("/other")
    expect(visitor.panel.locator(".own")).to_have_count(1)
    expect(asked).to_have_count(0)


def test_a_sign_in_that_has_run_out_is_told(visit: Go, shop: Shop) -> None:
    shop.attributes["data-token"] = token("ann", hours=-1)
    visitor = visit(expects=(REFUSED,))
    visitor.page.evaluate(
        "() => addEventListener('shopguide:expired', () => { window.expired = true; })"
    )
    visitor.open()
    turn = visitor.ask("hello")
    expect(turn.get_by_role("alert")).to_contain_text("Your sign-in has run out")
    assert visitor.page.evaluate("window.expired")


def test_without_a_secret_it_works_on_this_machine(
    browser: Browser, assistant: Assistant, settings: Settings, model: ScriptedModel
) -> None:
    shop = Shop()
    with ExitStack() as stack:
        shop.origin = stack.enter_context(served(shop.app))
        listed = settings.model_copy(update={"origins": (shop.origin,)})
        shop.guide = stack.enter_context(served(create_http(assistant, listed)))
        visitor = stack.enter_context(visiting(browser, shop))
        model.will_say(reading("details"))
        visitor.go()
        visitor.open()
        expect(visitor.ask("hm?").locator(".choice").first).to_be_visible()
        visitor.page.reload()
        expect(visitor.panel.locator(".turn")).to_have_count(2)


def test_a_page_that_is_not_listed_gets_no_answer(
    browser: Browser, assistant: Assistant, settings: Settings
) -> None:
    shop = Shop()
    with ExitStack() as stack:
        shop.origin = stack.enter_context(served(shop.app))
        shop.guide = stack.enter_context(served(create_http(assistant, settings)))
        expects = (REFUSED, GONE, "blocked by CORS policy")
        visitor = stack.enter_context(visiting(browser, shop, expects=expects))
        visitor.go()
        visitor.open()
        turn = visitor.ask("hello")
        expect(turn.get_by_role("alert")).to_be_visible()
        expect(turn.get_by_role("button", name="Try again")).to_be_visible()


# what goes wrong ------------------------------------------------------------------------------


def test_a_failure_is_told_and_tried_again(visit: Go, model: ScriptedModel) -> None:
    model.will_say(ModelUnavailable("The model is down."))
    visitor = visit(expects=(REFUSED,))
    visitor.open()
    turn = visitor.ask(FLAT_FEET)
    expect(turn.get_by_role("alert")).to_contain_text("cannot answer right now")
    model.will_say(READ_FLAT_FEET, ANSWER)
    turn.get_by_role("button", name="Try again").click()
    expect(visitor.panel.locator(".card").first).to_be_visible()
    expect(visitor.panel.locator(".own")).to_have_count(1)
    expect(visitor.panel.get_by_role("alert")).to_have_count(0)


def test_nothing_is_sent_twice(visit: Go, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    model.gap = 0.1
    visitor = visit()
    visitor.open()
    visitor.box.fill(FLAT_FEET)
    for _ in range(3):
        visitor.box.press("Enter")
    visitor.box.fill("another one")
    visitor.box.press("Enter")
    visitor.answered()
    expect(visitor.panel.locator(".own")).to_have_count(1)
    expect(visitor.box).to_have_value("another one")
    assert len(model.asked) == 2


def test_offline_and_back(visit: Go, model: ScriptedModel) -> None:
    visitor = visit(expects=(REFUSED, GONE))
    visitor.open()
    visitor.context.set_offline(True)
    expect(visitor.panel.locator(".notice")).to_contain_text("You are offline")
    turn = visitor.ask(FLAT_FEET)
    expect(turn.get_by_role("alert")).to_contain_text("You are offline")
    visitor.context.set_offline(False)
    expect(visitor.panel.locator(".notice")).to_contain_text("online again")
    model.will_say(READ_FLAT_FEET, ANSWER)
    turn.get_by_role("button", name="Try again").click()
    expect(visitor.panel.locator(".card").first).to_be_visible()
    expect(visitor.panel.locator(".own")).to_have_count(1)


def test_an_answer_that_was_lost_on_its_way_is_fetched(
    visit: Go, model: ScriptedModel, shop: Shop
) -> None:
    """The server has answered and kept it; the connection broke before the shopper had it."""
    model.will_say(READ_FLAT_FEET, ANSWER)
    visitor = visit(expects=(REFUSED, GONE))
    sent = []

    def cut(route: Route) -> None:
        if route.request.method != "OPTIONS" and not sent:
            sent.append(route.fetch())
            route.abort("connectionreset")
        else:
            route.continue_()

    visitor.page.route("**/api/chat", cut)
    visitor.open()
    turn = visitor.ask(FLAT_FEET)
    expect(turn.get_by_role("alert")).to_contain_text("connection was lost")
    turn.get_by_role("button", name="Try again").click()
    expect(visitor.panel.locator(".card").first).to_be_visible()
    expect(visitor.panel.locator(".own")).to_have_count(1)
    assert len(model.asked) == 2  # one turn: it was not asked again


def test_stopping_gives_the_message_back(visit: Go, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, "word " * 400)
    model.gap = 0.05
    visitor = visit()
    visitor.open()
    visitor.box.fill(FLAT_FEET)
    visitor.box.press("Enter")
    expect(visitor.panel.locator(".working")).to_contain_text("writing")
    visitor.panel.get_by_role("button", name="Stop").click()
    expect(visitor.box).to_have_value(FLAT_FEET)
    expect(visitor.panel.locator(".notice")).to_contain_text("Stopped")
    expect(visitor.panel.locator(".turn")).to_have_count(0)


def test_a_conversation_that_is_gone_begins_anew(
    visit: Go, model: ScriptedModel, shop: Shop
) -> None:
    model.will_say(reading("details"), reading("details"))
    visitor = visit(expects=(REFUSED,))
    visitor.open()
    visitor.ask("hm?")
    # The server has let it go.
    visitor.page.evaluate("""() => {
      const name = Object.keys(localStorage).find((key) => key.startsWith("shopguide:"));
      const held = JSON.parse(localStorage.getItem(name));
      held.thread.id = "w-gone";
      localStorage.setItem(name, JSON.stringify(held));
    }""")
    visitor.page.reload()
    expect(visitor.panel.locator(".greeting")).to_be_visible()
    expect(visitor.ask("hm?").locator(".choice").first).to_be_visible()


# a person of the shop, and feedback -----------------------------------------------------------


def test_what_a_person_writes_arrives(visit: Go, shop: Shop) -> None:
    said = threading.Event()
    bot = plain("A person will answer.", turn_id="b-1")
    asked = message(1, "shopper", "a person please")
    messages = [asked, message(2, "bot", bot["text"], reply=bot)]
    person = message(3, "person", "Hello, Mei here. <b>", name="Mei")

    def thread() -> dict[str, Any]:
        if not said.is_set():
            return {"speaker": "waiting", "messages": messages}
        return {"speaker": "person", "messages": [*messages, person]}

    visitor = visit()
    answers(visitor.page, shop, bot, thread=thread)
    visitor.open()
    visitor.ask("a person please")
    expect(visitor.panel.locator(".speaker")).to_have_text("Waiting for a person of the shop")
    visitor.box.press("Escape")
    said.set()
    expect(visitor.launcher.locator(".dot")).to_have_text("1", timeout=PATIENCE)
    visitor.launcher.click()
    expect(visitor.panel.locator(".speaker")).to_have_text("You are talking to a person")
    expect(visitor.panel.locator(".who.person")).to_have_text("Mei, the shop's staff")
    expect(visitor.panel.locator(".words.person")).to_have_text("Hello, Mei here. <b>")
    expect(visitor.panel.locator(".own")).to_have_count(1)
    expect(visitor.panel.locator(".turn")).to_have_count(2)
    expect(visitor.launcher.locator(".dot")).to_be_hidden()


def test_a_thumb_goes_with_its_reason(
    visit: Go, model: ScriptedModel, assistant: Assistant
) -> None:
    model.will_say(reading("details"), reading("details"))
    visitor = visit()
    visitor.open()
    turn = visitor.ask("hm?")
    turn.get_by_role("button", name="This did not help").click()
    why = turn.get_by_role("textbox", name="What was wrong?")
    expect(why).to_be_focused()
    why.fill("too vague")
    why.press("Enter")
    expect(turn.locator(".thumbs")).to_contain_text("Thank you")
    turn = visitor.ask("hm?")
    turn.get_by_role("button", name="This helped").click()
    expect(turn.locator(".thumbs")).to_contain_text("Thank you")
    thread = visitor.kept()["thread"]
    given = [one.feedback for one in assistant.exchanges(thread["id"], thread["owner"])]
    assert [one and (one.thumb, one.reason) for one in given] == [
        ("down", "too vague"),
        ("up", None),
    ]


def test_thumbs_go_where_nobody_takes_them(visit: Go, model: ScriptedModel, shop: Shop) -> None:
    model.will_say(reading("details"))
    visitor = visit(expects=(REFUSED,))
    visitor.page.route(
        "**/api/feedback",
        lambda route: route.fulfill(
            status=404, headers={"Access-Control-Allow-Origin": shop.origin}, body="{}"
        ),
    )
    visitor.open()
    turn = visitor.ask("hm?")
    turn.get_by_role("button", name="This helped").click()
    expect(visitor.panel.locator(".thumbs")).to_have_count(0)


def test_the_page_is_told_of_each_reply(visit: Go, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    visitor = visit()
    visitor.page.evaluate(
        "() => addEventListener('shopguide:reply', (event) => { window.told = event.detail; })"
    )
    visitor.page.evaluate("() => ShopGuide.open()")
    expect(visitor.box).to_be_focused()
    visitor.ask(FLAT_FEET)
    told = visitor.page.evaluate("window.told")
    assert told["intent"] == "recommend"
    assert told["products"][0] == "nike-structure"
    assert set(visitor.page.evaluate("Object.keys(ShopGuide)")) == {
        *("open", "close", "identify", "who"),
    }
    visitor.page.evaluate("() => ShopGuide.close()")
    expect(visitor.panel).to_have_count(0)
