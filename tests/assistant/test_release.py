"""A wish that a shopper takes away by hand: the rest is searched for anew without a model."""

from collections.abc import AsyncGenerator

import pytest
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.errors import UnknownThread, UnknownWish
from assistant.http.threads import said
from assistant.reply import Reply, ReplyEvent, TurnEvent

ASKED = "Running shoes under $120 for flat feet, not Asics"
READ = reading(
    "search",
    ("Running shoes", "category", "=", "running shoes"),
    ("under $120", "price", "<=", "120"),
    ("flat feet", "body", "=", "flat feet"),
    ("not Asics", "brand", "!=", "Asics"),
)


async def ended(events: AsyncGenerator[TurnEvent, None]) -> Reply:
    replies = [event.reply async for event in events if isinstance(event, ReplyEvent)]
    assert len(replies) == 1
    return replies[0]


async def asked(assistant: Assistant, model: ScriptedModel) -> Reply:
    model.will_say(READ)
    model.otherwise = "Nothing."
    reply = await assistant.reply(ASKED, shopper_id="ann", thread_id="t")
    model.otherwise = None
    assert [product.id for product in reply.products] == ["nike-structure"]
    return reply


def wish_id(reply: Reply, field: str) -> str:
    return next(wish.id for wish in reply.need.wishes() if wish.field == field)


async def test_the_rest_is_searched_for_without_a_model(
    assistant: Assistant, model: ScriptedModel
) -> None:
    before = await asked(assistant, model)
    calls = len(model.asked)
    reply = await ended(
        assistant.release(wish_id(before, "brand"), shopper_id="ann", thread_id="t")
    )
    assert len(model.asked) == calls
    assert {product.id for product in reply.products} == {"nike-structure", "asics-excite"}
    assert [wish.quote for wish in reply.released] == ["Asics"]
    assert reply.need.exclude == ()
    assert "not Asics" in reply.text
    assert "2 (before: 1)" in reply.text
    assert reply.citations
    assert reply.profile_changes == []


async def test_its_ranking_is_that_of_the_same_message_without_the_wish(
    assistant: Assistant, model: ScriptedModel
) -> None:
    before = await asked(assistant, model)
    reply = await ended(
        assistant.release(wish_id(before, "price"), shopper_id="ann", thread_id="t")
    )
    model.will_say(
        reading(
            "search",
            ("Running shoes", "category", "=", "running shoes"),
            ("flat feet", "body", "=", "flat feet"),
            ("not Asics", "brand", "!=", "Asics"),
        )
    )
    model.otherwise = "Nothing."
    same = await assistant.reply("Running shoes for flat feet, not Asics", shopper_id="bob")
    assert [(p.id, p.score) for p in reply.products] == [(p.id, p.score) for p in same.products]


async def test_it_is_kept_as_a_turn_without_a_message(
    assistant: Assistant, model: ScriptedModel
) -> None:
    before = await asked(assistant, model)
    await ended(assistant.release(wish_id(before, "price"), shopper_id="ann", thread_id="t"))
    exchanges = assistant.exchanges("t", "ann")
    assert [exchange.message for exchange in exchanges] == [ASKED, ""]
    assert [m.sender for m in said(exchanges)] == ["shopper", "bot", "bot"]
    model.will_say(reading("search", ("Nike", "brand", "=", "Nike")))
    model.otherwise = "Nothing."
    after = await assistant.reply("only Nike please", shopper_id="ann", thread_id="t")
    assert after.need.find("price") == []


async def test_with_the_last_wish_gone_it_asks_what_is_wanted(
    assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(reading("search", ("Nike", "brand", "=", "Nike")))
    model.otherwise = "Nothing."
    reply = await assistant.reply("something by Nike", shopper_id="ann", thread_id="t")
    reply = await ended(assistant.release(reply.need.must[0].id, shopper_id="ann", thread_id="t"))
    assert reply.need.empty
    assert reply.intent == "clarify"
    assert reply.choices
    assert not reply.unanswered


async def test_a_comparison_is_made_anew(assistant: Assistant, model: ScriptedModel) -> None:
    model.will_say(reading("compare", ("flat feet", "body", "=", "flat feet")))
    model.otherwise = "Nothing."
    reply = await assistant.reply(
        "Compare the Nike Structure 25 and the Asics Kayano 31 for flat feet",
        shopper_id="ann",
        thread_id="t",
    )
    assert reply.comparison is not None
    again = await ended(assistant.release(wish_id(reply, "need"), shopper_id="ann", thread_id="t"))
    assert again.comparison is not None
    assert again.comparison.products == reply.comparison.products


async def test_chinese_talk_goes_on_in_chinese(assistant: Assistant, model: ScriptedModel) -> None:
    model.will_say(
        reading("search", ("耐克", "brand", "=", "耐克"), ("120美元以内", "price", "<=", "120"))
    )
    model.otherwise = "没有。"
    reply = await assistant.reply("120美元以内的耐克跑鞋", shopper_id="ann", thread_id="t")
    reply = await ended(assistant.release(wish_id(reply, "price"), shopper_id="ann", thread_id="t"))
    assert reply.language == "zh"
    assert "已去掉“120美元以内”" in reply.text


async def test_what_is_not_wanted_cannot_be_taken_away(
    assistant: Assistant, model: ScriptedModel
) -> None:
    before = await asked(assistant, model)
    with pytest.raises(UnknownWish):
        await ended(assistant.release("0" * 16, shopper_id="ann", thread_id="t"))
    with pytest.raises(UnknownThread):
        await ended(assistant.release(wish_id(before, "price"), shopper_id="bob", thread_id="t"))
    assert len(assistant.exchanges("t", "ann")) == 1
