"""What was done last is taken back: the talk, the need and the profile are as they were before."""

import threading
from collections.abc import AsyncGenerator

import pytest
from scripted_model import ScriptedModel, reading
from sqlalchemy import func, select

from assistant.app import Assistant
from assistant.database.tables import EventRow, TurnRow
from assistant.desk.staff import Staff
from assistant.errors import MessageSettled, ThreadBusy, UnknownThread, UnknownTurn
from assistant.feedback.feedback import Feedback
from assistant.profile.facts import ProfileFact
from assistant.reply import Reply, ReplyEvent, TurnEvent

NIKE = reading("search", ("Nike", "brand", "=", "Nike"))
FLAT = reading("search", ("flat feet", "body", "=", "flat feet"))


async def said(
    assistant: Assistant, model: ScriptedModel, message: str, read: dict[str, object]
) -> Reply:
    model.will_say(read)
    model.otherwise = "Nothing."
    return await assistant.reply(message, shopper_id="ann", thread_id="t")


async def taken_away(assistant: Assistant, field: str) -> Reply:
    """Takes the wish on a field away by hand."""
    need = assistant.exchanges("t", "ann")[-1].reply.need
    events: AsyncGenerator[TurnEvent, None] = assistant.release(
        need.find(field)[0].id, shopper_id="ann", thread_id="t"
    )
    [reply] = [event.reply async for event in events if isinstance(event, ReplyEvent)]
    return reply


async def taken_back(assistant: Assistant, turn_id: str, shopper: str = "ann") -> str:
    return await assistant.take_back(turn_id, shopper_id=shopper, thread_id="t")


def known(assistant: Assistant) -> list[ProfileFact]:
    return assistant.memory.facts("ann", history=True)


def held(assistant: Assistant) -> list[tuple[str, str, int, float]]:
    facts = [fact for fact in known(assistant) if fact.ended is None]
    return [(fact.field, fact.value, len(fact.evidence), fact.confidence) for fact in facts]


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "passing"])
async def test_the_talk_is_as_it_was(
    assistant: Assistant, model: ScriptedModel, kept: bool
) -> None:
    if kept:
        assistant.memory.give_consent("ann")
    first = await said(assistant, model, "Nike shoes", NIKE)
    before = assistant._store.thread("t", "ann")
    second = await said(assistant, model, "for flat feet", FLAT)
    assistant.give_feedback("t", second.turn_id, "ann", Feedback(thumb="up", time=assistant.now()))
    assert second.need.find("need")
    assert await taken_back(assistant, second.turn_id) == "for flat feet"
    assert [e.reply.turn_id for e in assistant.exchanges("t", "ann")] == [first.turn_id]
    after = assistant._store.thread("t", "ann")
    assert before is not None
    assert after is not None
    assert after.model_copy(update={"before": before.before, "begun": before.begun}) == before
    third = await said(
        assistant, model, "under $120", reading("search", ("under $120", "price", "<=", "120"))
    )
    assert {wish.field for wish in third.need.must} == {"brand", "category", "price"}
    assert [e.number for e in assistant.exchanges("t", "ann")] == [1, 2]
    assert await taken_back(assistant, third.turn_id) == "under $120"


async def test_only_the_last_message_goes(assistant: Assistant, model: ScriptedModel) -> None:
    first = await said(assistant, model, "Nike shoes", NIKE)
    second = await said(assistant, model, "for flat feet", FLAT)
    with pytest.raises(UnknownTurn):
        await taken_back(assistant, first.turn_id)
    with pytest.raises(UnknownThread):
        await taken_back(assistant, second.turn_id, "bob")
    await taken_back(assistant, second.turn_id)
    with pytest.raises(UnknownTurn):
        await taken_back(assistant, second.turn_id)
    assert len(assistant.exchanges("t", "ann")) == 1


async def test_the_first_message_leaves_an_empty_talk(
    assistant: Assistant, model: ScriptedModel
) -> None:
    first = await said(assistant, model, "Nike shoes", NIKE)
    await taken_back(assistant, first.turn_id)
    assert assistant.exchanges("t", "ann") == []
    again = await said(assistant, model, "for flat feet", FLAT)
    assert again.need.find("brand") == []


async def test_wishes_taken_away_after_it_go_with_it(
    assistant: Assistant, model: ScriptedModel
) -> None:
    await said(assistant, model, "Nike shoes", NIKE)
    second = await said(assistant, model, "for flat feet", FLAT)
    await taken_away(assistant, "brand")
    await taken_away(assistant, "need")
    await taken_back(assistant, second.turn_id)
    [left] = assistant.exchanges("t", "ann")
    state = assistant._store.thread("t", "ann")
    assert state is not None
    assert state.need == left.reply.need


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "passing"])
async def test_wishes_are_put_back_the_last_one_first(
    assistant: Assistant, model: ScriptedModel, kept: bool
) -> None:
    if kept:
        assistant.memory.give_consent("ann")
    first = await said(assistant, model, "Nike shoes", NIKE)
    second = await said(assistant, model, "for flat feet", FLAT)
    facts = held(assistant)
    states = [assistant._store.thread("t", "ann")]
    away = [await taken_away(assistant, "brand")]
    states.append(assistant._store.thread("t", "ann"))
    away.append(await taken_away(assistant, "need"))
    # What was taken away after it would come back with it.
    with pytest.raises(UnknownTurn):
        await taken_back(assistant, away[0].turn_id)
    for reply, before in zip(reversed(away), reversed(states), strict=True):
        assert await taken_back(assistant, reply.turn_id) == ""
        after = assistant._store.thread("t", "ann")
        assert before is not None
        assert after is not None
        assert after.model_copy(update={"begun": before.begun}) == before
    assert held(assistant) == facts
    assert [e.reply.turn_id for e in assistant.exchanges("t", "ann")] == [
        first.turn_id,
        second.turn_id,
    ]
    with pytest.raises(UnknownTurn):
        await taken_back(assistant, away[1].turn_id)
    # The message can still be taken back, and after it nothing.
    await taken_away(assistant, "brand")
    assert await taken_back(assistant, second.turn_id) == "for flat feet"
    with pytest.raises(UnknownTurn):
        await taken_back(assistant, first.turn_id)


async def test_a_wish_is_not_put_back_after_the_next_message(
    assistant: Assistant, model: ScriptedModel
) -> None:
    await said(assistant, model, "Nike shoes", NIKE)
    away = await taken_away(assistant, "brand")
    after = await said(assistant, model, "for flat feet", FLAT)
    with pytest.raises(UnknownTurn):
        await taken_back(assistant, away.turn_id)
    await taken_back(assistant, after.turn_id)
    left = assistant.exchanges("t", "ann")
    assert [(e.message, bool(e.reply.need.find("brand"))) for e in left] == [
        ("Nike shoes", True),
        ("", False),
    ]


async def test_what_it_taught_goes(assistant: Assistant, model: ScriptedModel) -> None:
    assistant.memory.give_consent("ann")
    reply = await said(assistant, model, "I have flat feet, Nike please", FLAT)
    assert held(assistant)
    assert reply.profile_changes
    await taken_back(assistant, reply.turn_id)
    assert known(assistant) == []
    with assistant.database.reading() as session:
        for table in (EventRow, TurnRow):
            assert session.scalar(select(func.count()).select_from(table)) == 0


async def test_what_other_words_support_stays(assistant: Assistant, model: ScriptedModel) -> None:
    assistant.memory.give_consent("ann")
    await said(assistant, model, "I have flat feet", FLAT)
    before = held(assistant)
    again = await said(assistant, model, "as I said, I have flat feet", FLAT)
    assert held(assistant) != before
    await taken_back(assistant, again.turn_id)
    assert held(assistant) == before


async def test_what_it_replaced_holds_again(assistant: Assistant, model: ScriptedModel) -> None:
    assistant.memory.give_consent("ann")
    await said(assistant, model, "I wear size 42", reading("chat"))
    before = held(assistant)
    second = await said(assistant, model, "I wear size 43 now", reading("chat"))
    assert held(assistant) != before
    assert [change.op for change in second.profile_changes] == ["replace"]
    await taken_back(assistant, second.turn_id)
    assert held(assistant) == before
    assert [fact.ended for fact in known(assistant)] == [None]


async def test_what_the_shopper_put_right_by_hand_stays(
    assistant: Assistant, model: ScriptedModel
) -> None:
    assistant.memory.give_consent("ann")
    await said(assistant, model, "I wear size 42", reading("chat"))
    second = await said(assistant, model, "I wear size 43 now", reading("chat"))
    fact = assistant.memory.facts("ann")[0]
    assistant.memory.correct("ann", fact.id, value="44", pinned=None)
    await taken_back(assistant, second.turn_id)
    assert [(field, value) for field, value, _, _ in held(assistant)] == [("size", "44")]


async def test_what_the_shopper_pinned_stays(assistant: Assistant, model: ScriptedModel) -> None:
    assistant.memory.give_consent("ann")
    reply = await said(assistant, model, "I have flat feet", FLAT)
    fact = assistant.memory.facts("ann")[0]
    assistant.memory.correct("ann", fact.id, value=None, pinned=True)
    await taken_back(assistant, reply.turn_id)
    assert [fact.pinned for fact in assistant.memory.facts("ann")] == [True]


async def test_what_a_person_of_the_shop_has_stays(
    assistant: Assistant, model: ScriptedModel
) -> None:
    Staff(assistant.database, now=assistant.now).put("Anna", "correct horse battery")
    reply = await said(assistant, model, "let me talk to a human", reading("person"))
    with pytest.raises(MessageSettled):
        await taken_back(assistant, reply.turn_id)
    assert len(assistant.exchanges("t", "ann")) == 1


async def test_not_while_a_message_is_answered(assistant: Assistant, model: ScriptedModel) -> None:
    first = await said(assistant, model, "Nike shoes", NIKE)
    model.will_say(FLAT)
    events = assistant.chat("for flat feet", shopper_id="ann", thread_id="t")
    await anext(events)
    with pytest.raises(ThreadBusy):
        await taken_back(assistant, first.turn_id)
    assert [event async for event in events]


@pytest.mark.parametrize("gone", ["taken back", "deleted"])
async def test_what_goes_at_the_moment_of_agreeing_is_not_kept(
    assistant: Assistant, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    reply = await said(assistant, model, "Nike shoes", NIKE)
    agreeing = threading.Thread(target=assistant.memory.give_consent, args=["ann"])

    def agrees_before(name: str) -> None:
        do = getattr(assistant._store, name)

        def done(*arguments: object) -> object:
            agreeing.start()
            agreeing.join(0.5)  # it would be done by then, were it not for the transaction
            return do(*arguments)

        monkeypatch.setattr(assistant._store, name, done)

    if gone == "deleted":
        agrees_before("drop_passing")
        await assistant.delete_thread("t", shopper_id="ann")
    else:
        agrees_before("pass_back")
        await taken_back(assistant, reply.turn_id)
    agreeing.join()
    assert assistant.memory.consent("ann") is not None
    assert assistant.threads.of("ann") == []
    with assistant.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(TurnRow)) == 0
