"""What the shopper does on the page and what it then shows; no browser is needed."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from decimal import Decimal

import pytest
from conftest import START
from scripted_model import ScriptedModel, reading
from sqlalchemy import func, select

from assistant.app import Assistant
from assistant.database.tables import EventRow, ThreadRow, TurnRow
from assistant.errors import ModelUnavailable, TooManyRequests, UnknownThread
from assistant.need import Need
from assistant.reply import StatusEvent
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from ui.screen import Screen
from ui.visit import Visits

FLAT_FEET = "Which running shoe under $120 is best for flat feet?"
READ_FLAT_FEET = reading(
    "search",
    ("running shoe", "category", "=", "running shoes"),
    ("under $120", "price", "<=", "120"),
    ("flat feet", "body", "=", "flat feet"),
)
ANSWER = "Nike Structure 25 [1] costs $110."


@pytest.fixture
def visits(assistant: Assistant) -> Visits:
    return Visits(assistant)


async def screens_of(screens: AsyncGenerator[Screen, None]) -> list[Screen]:
    return [screen async for screen in screens]


async def asked(visits: Visits, message: str = FLAT_FEET, thread: str = "") -> str:
    """Asks, and gives the thread."""
    screens = await screens_of(visits.ask(message, "ann", thread, "en"))
    named = [screen.thread for screen in screens if screen.thread]
    return named[-1]


def html(part: str | None) -> str:
    assert part is not None
    return part


def act(name: str, fact: str = "", value: str = "") -> str:
    return json.dumps({"act": name, "fact": fact, "value": value, "graph": False})


def need_of(assistant: Assistant, thread: str) -> Need:
    return assistant.exchanges(thread, "ann")[-1].reply.need


# what was understood ---------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["👍", "…", "?"])
async def test_a_message_is_not_taken_back_for_one_without_words(
    visits: Visits, assistant: Assistant, model: ScriptedModel, words: str
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    [turn] = assistant.exchanges(thread, "ann")
    [screen] = await screens_of(visits.ask(words, "ann", thread, "en", replaces=turn.reply.turn_id))
    assert "no words" in html(screen.notice)
    assert screen.box == words
    assert assistant.exchanges(thread, "ann") == [turn]


async def test_a_cookie_that_holds_no_more_is_told(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    last = (await screens_of(visits.follow(None, thread, "en", FLAT_FEET)))[-1]
    assert (last.asking, last.box, last.busy) == ("", FLAT_FEET, False)
    assert last.notice
    assert FLAT_FEET not in html(last.notice)


async def test_a_chip_is_taken_away(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    shown = await visits.show("ann", thread, "en")
    price = need_of(assistant, thread).find("price")[0]
    assert f'data-act="release" data-fact="{price.id}"' in html(shown.need)
    assert '<q dir="auto">under $120</q>' in html(shown.need)
    after = await visits.act(act("release", price.id), "ann", "en", thread=thread)
    assert "under $120" not in html(after.need)
    assert "Taken away: price up to $120" in html(after.turn)
    assert "Asics Kayano 31" in html(after.turn)  # 165 dollars
    assert FLAT_FEET in html(after.past)
    again = await visits.show("ann", thread, "en")
    assert (again.need, again.turn) == (after.need, after.turn)


async def test_a_chip_that_is_gone_is_told(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    wish = need_of(assistant, thread).find("price")[0].id
    await visits.act(act("release", wish), "ann", "en", thread=thread)
    again = await visits.act(act("release", wish), "ann", "zh", thread=thread)
    assert "这一条要求已经不在了" in html(again.notice)
    assert again.turn is None
    other = await visits.act(act("release", wish), "bob", "en", thread=thread)
    assert other.turn is None
    assert len(assistant.exchanges(thread, "ann")) == 2


async def test_a_chip_is_put_back(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    before = await visits.show("ann", thread, "en")
    price = need_of(assistant, thread).find("price")[0].id
    after = await visits.act(act("release", price), "ann", "en", thread=thread)
    away = assistant.exchanges(thread, "ann")[-1].reply.turn_id
    assert f'data-act="put_back" data-fact="{away}"' in html(after.turn)
    assert 'data-act="edit"' in html(after.past)
    other = await visits.act(act("put_back", away), "bob", "en", thread=thread)
    assert FLAT_FEET not in html(other.turn) + html(other.past)
    # Only what was taken away is put back: no message goes that way.
    message = assistant.exchanges(thread, "ann")[0].reply.turn_id
    told = await visits.act(act("put_back", message), "ann", "zh", thread=thread)
    assert "这一条要求已经不在了" in html(told.notice)
    assert len(assistant.exchanges(thread, "ann")) == 2
    back = await visits.act(act("put_back", away), "ann", "en", thread=thread)
    assert (back.need, back.turn, back.past) == (before.need, before.turn, before.past)
    again = await visits.act(act("put_back", away), "ann", "en", thread=thread)
    assert "not your last message" in html(again.notice)
    assert again.turn == before.turn


# changing the last message -----------------------------------------------------------------------


async def test_the_last_message_is_changed(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(reading("chat"), READ_FLAT_FEET, ANSWER)
    thread = await asked(visits, "hello")
    await asked(visits, thread=thread)
    first, last = assistant.exchanges(thread, "ann")
    shown = await visits.show("ann", thread, "en")
    assert f'data-act="edit" data-fact="{last.reply.turn_id}"' in html(shown.turn)
    assert 'data-act="edit"' not in html(shown.past)
    taken = await visits.act(act("edit", last.reply.turn_id), "ann", "en", thread=thread)
    assert (taken.box, taken.replaces) == (FLAT_FEET, last.reply.turn_id)
    assert "Leave it as it is" in html(taken.editing)
    model.will_say(reading("search", ("Nike", "brand", "=", "Nike")))
    model.otherwise = "Nothing."
    screens = await screens_of(
        visits.ask("something by Nike", "ann", thread, "en", replaces=taken.replaces)
    )
    assert "under $120" not in html(screens[0].need)
    assert screens[0].replaces == screens[0].editing == ""
    now = assistant.exchanges(thread, "ann")
    assert [e.message for e in now] == ["hello", "something by Nike"]
    assert now[0].reply == first.reply
    again = await visits.show("ann", thread, "en")
    assert "under $120" not in html(again.need)
    assert FLAT_FEET not in html(again.turn) + html(again.past)


async def test_a_message_that_another_tab_went_past_is_not_changed(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(reading("chat"), reading("chat"))
    thread = await asked(visits, "hello")
    turn = assistant.exchanges(thread, "ann")[0].reply.turn_id
    await asked(visits, "good morning", thread=thread)
    told = await visits.act(act("edit", turn), "ann", "en", thread=thread)
    assert "not your last message" in html(told.notice)
    assert "good morning" in html(told.turn)
    [screen] = await screens_of(visits.ask("hi", "ann", thread, "en", replaces=turn))
    assert "not your last message" in html(screen.notice)
    assert screen.box == "hi"
    assert len(assistant.exchanges(thread, "ann")) == 2


async def test_while_a_message_is_changed_it_can_be_left(visits: Visits) -> None:
    screen = await visits.act(act("leave_edit"), "ann", "en")
    assert (screen.box, screen.replaces, screen.editing) == ("", "", "")


# what goes wrong ---------------------------------------------------------------------------------


async def test_what_failed_can_be_tried_again(visits: Visits, model: ScriptedModel) -> None:
    model.will_say(ModelUnavailable("down"))
    screens = await screens_of(visits.ask(FLAT_FEET, "ann", "", "en"))
    assert "cannot answer right now" in html(screens[-1].notice)
    assert 'class="sg-act sg-retry">Try again' in html(screens[-1].notice)
    assert (screens[-1].box, screens[-1].busy) == (FLAT_FEET, False)
    model.will_say(READ_FLAT_FEET, ANSWER)
    await asked(visits, html(screens[-1].box), thread=html(screens[0].thread))


async def test_what_is_too_long_is_told_and_not_sent_back(
    visits: Visits, model: ScriptedModel
) -> None:
    [screen] = await screens_of(visits.ask("x" * 1_000_000, "ann", "", "en"))
    assert "1,000,000 characters; at most 4,000" in html(screen.notice)
    assert (screen.box, screen.turn) == (None, None)
    assert model.asked == []


async def test_a_flood_in_one_thread_loses_nothing(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(reading("chat"))
    thread = await asked(visits, "hello")
    # One that comes once another was answered is answered, too.
    model.otherwise = reading("chat")
    messages = [f"good morning, number {n}" for n in range(30)]
    flood = await asyncio.gather(
        *(screens_of(visits.ask(message, "ann", thread, "en")) for message in messages)
    )
    first, *answered = [exchange.message for exchange in assistant.exchanges(thread, "ann")]
    assert first == "hello"
    assert answered
    assert len(answered) == len(set(answered))
    for message, screens in zip(messages, flood, strict=True):
        if message in answered:
            assert screens[0].asking == message
            continue
        assert len(screens) == 1
        assert "still being answered" in html(screens[0].notice)
        assert (screens[0].box, screens[0].turn) == (message, None)


async def test_a_page_that_left_finds_the_answer(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    model.gap = 0.05
    leaving = visits.ask(FLAT_FEET, "ann", "", "en")
    thread = html((await anext(leaving)).thread)
    await leaving.aclose()
    shown = await visits.show("ann", thread, "en")
    assert (shown.thread, shown.busy, shown.asking) == (thread, True, FLAT_FEET)
    assert FLAT_FEET in html(shown.turn)
    other = await visits.show("bob", thread, "en")
    assert FLAT_FEET not in html(other.turn)
    await screens_of(visits.answers.follow("ann", thread, "en", FLAT_FEET))
    end = await visits.answers.finish("ann", thread, "en", FLAT_FEET)
    assert end.busy is False
    assert "$110" in html(end.turn)
    again = await visits.show("ann", thread, "en")
    assert again.turn == end.turn
    assert again.past == ""
    assert len(assistant.exchanges(thread, "ann")) == 1


async def test_a_page_that_left_finds_its_message_where_the_model_died(
    visits: Visits, model: ScriptedModel
) -> None:
    model.will_say(reading("chat"), ModelUnavailable("down"))
    thread = await asked(visits, "hello")
    leaving = visits.ask(FLAT_FEET, "ann", thread, "en")
    await anext(leaving)
    await leaving.aclose()
    await asyncio.sleep(0.2)
    shown = await visits.show("ann", thread, "en")
    assert (shown.box, shown.busy) == (FLAT_FEET, False)
    assert "cannot answer right now" in html(shown.notice)
    assert "hello" in html(shown.past)
    assert (await visits.show("ann", thread, "en")).notice == ""


async def test_stop_stops_whoever_watches(visits: Visits, model: ScriptedModel) -> None:
    model.will_say(READ_FLAT_FEET, "word " * 300 + ".")
    model.gap = 0.05
    watching = visits.ask(FLAT_FEET, "ann", "", "en")
    thread = html((await anext(watching)).thread)
    while "Nike Structure" not in html((await anext(watching)).turn):
        pass
    screen = await visits.answers.stop("ann", thread, FLAT_FEET, "en")
    assert "Stopped" in html(screen.notice)
    assert screen.box == FLAT_FEET
    assert model.left_early == 1
    assert [s.notice for s in await screens_of(watching)][-1] == screen.notice
    nothing = await visits.answers.stop("ann", thread, FLAT_FEET, "en")
    assert (nothing.notice, nothing.busy) == (None, False)


async def test_a_tab_that_comes_back_shows_what_another_said(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(reading("chat"), reading("chat"))
    thread = await asked(visits, "hello")
    seen = html((await visits.show("ann", thread, "en")).seen)
    same = await visits.resume("ann", thread, "en", seen=seen, asking="")
    assert same == Screen()
    await asked(visits, "good morning", thread=thread)
    after = await visits.resume("ann", thread, "en", seen=seen, asking="")
    assert "good morning" in html(after.turn)


async def test_a_quiet_line_says_what_is_happening(visits: Visits, model: ScriptedModel) -> None:
    model.will_say(reading("search", ("stability", "feature", "=", "stability")))
    model.otherwise = "word " * 20
    model.gap = 0.02
    screens = await screens_of(visits.ask("stability shoes", "ann", "", "en"))
    lines = [re.findall(r'class="sg-status">([^<]*)<', screen.turn or "") for screen in screens]
    told = list(dict.fromkeys(line[0] for line in lines if line))
    assert told[0] == "One moment…"
    assert "searching 6 shoes" in told or "comparing 3 and writing the answer" in told
    assert lines[-1] == []


async def test_each_step_of_a_turn_is_told(assistant: Assistant, model: ScriptedModel) -> None:
    model.will_say(reading("search", ("stability", "feature", "=", "stability")))
    model.otherwise = "Nothing."
    events = [e async for e in assistant.chat("有支撑的跑鞋", shopper_id="ann")]
    told = [event.text for event in events if isinstance(event, StatusEvent)]
    assert told[:2] == ["正在读您的消息", "正在 6 款鞋里找"]
    assert told[2].startswith("正在比较 3 款")


# what opens above the page -----------------------------------------------------------------------


async def test_a_citation_opens_its_record_with_the_cited_values_lit(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    reply = assistant.exchanges(thread, "ann")[0].reply
    shown = await visits.show("ann", thread, "en")
    assert f'data-act="cited" data-fact="{reply.turn_id}" data-value="1"' in html(shown.turn)
    opened = await visits.act(act("cited", reply.turn_id, "1"), "ann", "en", thread=thread)
    sheet = html(opened.sheet)
    lit = re.findall(r'class="sg-lit" data-field="([^"]*)"', sheet)
    cited = {c.source.rpartition("#")[2] for c in reply.citations if "#" in c.source}
    assert "price" in lit
    assert "arch_support" in lit
    assert set(lit) <= {"price", *cited}
    assert "weight_g" in re.findall(r'data-field="([^"]*)"', sheet)
    assert "supported inner side" in sheet  # the shop's advice
    assert "said then" not in sheet
    closed = await visits.act(act("close_sheet"), "ann", "en", thread=thread)
    assert closed.sheet == ""
    other = await visits.act(act("cited", reply.turn_id, "1"), "bob", "en", thread=thread)
    assert other.sheet is None
    assert "not in the catalogue any more" in html(other.notice)


async def test_a_reason_opens_its_record(visits: Visits) -> None:
    source = "product:nike-structure#arch_support"
    opened = await visits.act(act("record", source), "ann", "zh")
    assert "耐克 支撑跑鞋" in html(opened.sheet)
    assert 'class="sg-lit" data-field="arch_support"' in html(opened.sheet)
    advice = await visits.act(act("record", "advice:flat-feet"), "ann", "en")
    assert "supported inner side" in html(advice.sheet)
    gone = await visits.act(act("record", "product:no-such#price"), "ann", "en")
    assert gone.sheet is None
    assert "not in the catalogue" in html(gone.notice)


async def test_products_are_put_side_by_side(visits: Visits, model: ScriptedModel) -> None:
    ids = "nike-structure\nasics-kayano\nanta-kt"
    opened = await visits.act(act("compare", value=ids), "ann", "en")
    sheet = html(opened.sheet)
    for price in ("$110", "$165", "$60"):
        assert price in sheet
    assert sheet.count('<th scope="col">') == 3
    assert 'class="sg-lone"' in sheet  # the one that is not stability
    assert "Alike in" in sheet
    assert model.asked == []
    one = await visits.act(act("compare", value="nike-structure\nnike-structure"), "ann", "en")
    assert one.sheet is None
    many = "\n".join(["nike-structure", "nike-pegasus", "asics-kayano", "asics-excite", "anta-kt"])
    five = await visits.act(act("compare", value=many), "ann", "en")
    assert five.sheet is None


async def test_a_comparison_by_hand_weighs_what_is_wanted(
    visits: Visits, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    ids = "nike-pegasus\nnike-structure"
    opened = await visits.act(act("compare", value=ids), "ann", "en", thread=thread)
    verdict = re.search(r'class="sg-verdict"[^>]*>(.*?)</p>', html(opened.sheet))
    assert verdict is not None
    assert 'class="sg-number">2<' in verdict[1]


async def test_a_record_that_was_changed_since_is_told(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    turn = assistant.exchanges(thread, "ann")[0].reply.turn_id
    index = assistant.indexes.open("shoes")
    cheaper = index.get("nike-structure").model_copy(update={"sale_price": Decimal(99)})
    assistant.indexes.replace(
        build_index(
            [cheaper, *(p for p in index.products if p.id != cheaper.id)],
            name="shoes", embedder=HashingEmbedder(), source="tests",
            now=START + timedelta(hours=1), advice=index.advice,
        )
    )  # fmt: skip
    opened = await visits.act(act("cited", turn, "1"), "ann", "en", thread=thread)
    assert "said then: $110" in html(opened.sheet)
    assert "$99" in html(opened.sheet)


# conversations -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "passing"])
async def test_conversations_are_listed_found_opened_and_deleted(
    visits: Visits, assistant: Assistant, model: ScriptedModel, kept: bool
) -> None:
    if kept:
        assistant.memory.give_consent("ann")
    model.will_say(READ_FLAT_FEET, ANSWER, reading("chat"))
    shoes = await asked(visits)
    hello = await asked(visits, "<b>hello</b> there")
    shown = await visits.show("ann", hello, "en")
    names = re.findall(r'<span dir="auto">([^<]*)</span>', html(shown.threads))
    assert names == [
        "&lt;b&gt;hello&lt;/b&gt; there",
        "Running shoes, price up to $120, flat feet",
    ]
    assert html(shown.threads).count('aria-current="true"') == 1
    found = await visits.find("ann", hello, "BEST for", "en")
    assert shoes in html(found.threads)
    assert hello not in html(found.threads)
    nothing = await visits.find("ann", hello, "no such words", "en")
    assert "None of your conversations has that." in html(nothing.threads)
    opened = await visits.act(act("open_thread", shoes), "ann", "en", thread=hello)
    assert opened.thread == shoes
    assert FLAT_FEET in html(opened.turn)
    asking = await visits.act(act("ask_delete_thread", shoes), "ann", "en", thread=shoes)
    assert "Delete this conversation?" in html(asking.threads)
    assert len(assistant.exchanges(shoes, "ann")) == 1
    gone = await visits.act(act("delete_thread", shoes), "ann", "en", thread=shoes)
    assert gone.thread == ""
    assert "is deleted" in html(gone.notice)
    assert "sg-welcome" in html(gone.turn)
    assert shoes not in html(gone.threads)
    with pytest.raises(UnknownThread):
        assistant.exchanges(shoes, "ann")


async def test_nobody_opens_or_deletes_what_is_another_s(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(READ_FLAT_FEET, ANSWER)
    thread = await asked(visits)
    assert await visits.find("bob", "", "flat", "en") == Screen(threads="")
    opened = await visits.act(act("open_thread", thread), "bob", "en")
    assert (opened.thread, opened.past) == ("", "")
    told = await visits.act(act("delete_thread", thread), "bob", "en")
    assert "sg-error" in html(told.notice)
    assert len(assistant.exchanges(thread, "ann")) == 1


async def test_what_was_learnt_in_a_deleted_conversation_stays(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    assistant.memory.give_consent("ann")
    model.will_say(reading("search", ("flat feet", "body", "=", "flat feet")))
    model.otherwise = "Nothing."
    thread = await asked(visits, "I have flat feet")
    assert assistant.memory.facts("ann")
    with assistant.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(TurnRow)) == 1
    await visits.act(act("delete_thread", thread), "ann", "en", thread="")
    assert assistant.memory.facts("ann")
    with assistant.database.reading() as session:
        for table in (ThreadRow, TurnRow, EventRow):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert "thread deleted" in str(assistant.memory.export("ann")["audit"])


async def test_a_talk_that_waits_for_a_person_is_not_deleted(
    visits: Visits, assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(reading("person"))
    thread = await asked(visits, "let me talk to a human")
    told = await visits.act(act("delete_thread", thread), "ann", "en", thread=thread)
    assert "A person of the shop" in html(told.notice)
    assert len(assistant.exchanges(thread, "ann")) == 1


async def test_no_other_conversation_is_opened_while_one_is_answered(
    visits: Visits, model: ScriptedModel
) -> None:
    model.will_say(reading("chat"))
    first = await asked(visits, "hello")
    model.will_say(READ_FLAT_FEET, ANSWER)
    asking = visits.ask(FLAT_FEET, "ann", "", "en")
    thread = html((await anext(asking)).thread)
    told = await visits.act(act("open_thread", first), "ann", "en", thread=thread)
    assert told.thread is None
    assert "still being answered" in html(told.notice)
    assert (await screens_of(asking))[-1].busy is False


async def test_more_than_the_shop_allows_is_told(visits: Visits, model: ScriptedModel) -> None:
    async def count(shopper: str) -> None:
        raise TooManyRequests(f"{shopper}: in 17 seconds.", wait=17)

    screen = await visits.answers.begin("hello", "ann", "", "zh", count=count)
    assert "一时答不过来" in html(screen.notice)
    assert (screen.box, screen.turn) == ("hello", None)
    assert model.asked == []


async def test_a_server_that_was_started_anew_gives_the_message_back(
    visits: Visits, model: ScriptedModel
) -> None:
    model.will_say(reading("chat"))
    thread = await asked(visits, "hello")
    end = await visits.answers.finish("ann", thread, "en", "what the old server was asked")
    assert end.box == "what the old server was asked"
    assert "went wrong" in html(end.notice)
    assert await visits.answers.finish("ann", thread, "en", "") == Screen()
