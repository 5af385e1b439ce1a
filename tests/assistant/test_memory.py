"""A shopper's say over the profile, against turns that run at the same time."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from conftest import START
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.errors import BadInput, UnknownFact, UnknownThread
from assistant.profile.dialogue.learning import Learnt
from assistant.profile.fact_rows import fact_row
from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.forgetting import without_facts
from assistant.profile.memory import Memory
from assistant.reply import Reply

GOOD = "The Nike Structure 25 [1] costs $110 and has stability support."
WISH = reading("search", ("flat feet", "body", "=", "flat feet"))


def known(id: str, field: str, op: str, value: str, **more: object) -> ProfileFact:
    said = Evidence(quote=value, thread_id="t", turn_id="u", time=START)
    return ProfileFact.model_validate(
        {
            "id": id,
            "shopper_id": "ann",
            "field": field,
            "op": op,
            "value": value,
            "confidence": 0.8,
            "evidence": (said,),
            "first_seen": START,
            "last_seen": START,
            **more,
        }
    )


def put(assistant: Assistant, *facts: ProfileFact) -> Memory:
    assistant.memory.give_consent("ann")
    with assistant.database.writing() as session:
        session.add_all(map(fact_row, facts))
    return assistant.memory


async def during_a_turn(
    assistant: Assistant, model: ScriptedModel, message: str, act: Callable[[], object]
) -> object:
    """Does something while an answer is being written, and gives the reply."""
    model.gap = 0.02
    model.will_say(WISH)
    model.otherwise = GOOD
    turn = asyncio.ensure_future(assistant.reply(message, shopper_id="ann", thread_id="t"))
    await until_writing(model)
    await asyncio.to_thread(act)
    return await turn


async def until_writing(model: ScriptedModel) -> None:
    """Waits until the model is asked for the answer."""
    async with asyncio.timeout(5):
        while len(model.asked) < 2:  # noqa: ASYNC110 (the scripted model has no event)
            await asyncio.sleep(0.005)


async def test_a_fact_deleted_during_a_turn_stays_deleted(
    assistant: Assistant, model: ScriptedModel
) -> None:
    memory = put(assistant, known("f", "brand", "!=", "Nike"))
    await during_a_turn(
        assistant, model, "no Nike, with flat feet", lambda: memory.delete_fact("ann", "f")
    )
    assert "f" not in {fact.id for fact in memory.facts("ann", history=True)}


async def test_learning_switched_off_during_a_turn_counts(
    assistant: Assistant, model: ScriptedModel
) -> None:
    memory = put(assistant)
    reply = await during_a_turn(
        assistant, model, "I have flat feet", lambda: memory.set_learning("ann", on=False)
    )
    assert memory.facts("ann") == []
    assert reply.profile_changes == []  # type: ignore[attr-defined]
    (exchange,) = assistant.exchanges("t", "ann")
    assert exchange.reply.profile_changes == []


@pytest.mark.parametrize("agrees", [False, True])
async def test_a_turn_under_way_at_an_erasure_is_kept_nowhere(
    assistant: Assistant, model: ScriptedModel, agrees: bool
) -> None:
    def erase() -> None:
        if agrees:
            assistant.memory.give_consent("ann")
        assistant.memory.erase("ann")

    await during_a_turn(assistant, model, "I have flat feet", erase)
    with pytest.raises(UnknownThread):
        assistant.exchanges("t", "ann")


async def test_a_deleted_fact_leaves_the_answers_it_led_to(
    assistant: Assistant, model: ScriptedModel
) -> None:
    memory = put(assistant, known("size-of-ann", "size", "=", "43"))
    model.will_say(WISH)
    model.otherwise = GOOD
    reply = await assistant.reply("shoes for flat feet", shopper_id="ann", thread_id="t")
    assert "size-of-ann" in reply.model_dump_json()
    learnt = [change.fact["id"] for change in reply.profile_changes]
    for id in ("size-of-ann", *learnt):
        memory.delete_fact("ann", id)
    (exchange,) = assistant.exchanges("t", "ann")
    kept = exchange.reply.model_dump_json()
    for id in ("size-of-ann", *learnt):
        assert id not in kept
    assert "you wear size 43" not in kept
    for product in exchange.reply.products:
        assert sum(r.points for r in product.reasons) == pytest.approx(product.score, abs=1e-6)
    assert exchange.message == "shoes for flat feet"  # the talk itself is the shopper's


def test_only_what_speaks_of_the_fact_goes() -> None:
    reply = {
        "profile_changes": [{"op": "add", "fact": {"id": "a"}}, {"op": "add", "fact": {"id": "b"}}],
        "products": [
            {"reasons": [{"text": "x", "source": "profile:a", "points": 0.2}, {"source": "q"}]}
        ],
        "actions": [
            {"arguments": {"leanings": [{"source": "profile:a"}, {"source": "profile:b"}]}}
        ],
    }
    before = json.dumps(reply)
    after = without_facts(reply, {"a"})
    assert json.dumps(reply) == before
    assert [change["fact"]["id"] for change in after["profile_changes"]] == ["b"]
    assert after["products"][0]["reasons"][0] == {
        "text": "…",
        "source": "profile:deleted",
        "points": 0.2,
    }
    assert after["actions"][0]["arguments"]["leanings"] == [{"source": "profile:b"}]


def test_a_correction_ends_what_cannot_stand_beside_it(assistant: Assistant) -> None:
    memory = put(
        assistant, known("hates", "brand", "!=", "Anta"), known("likes", "brand", "=", "Asics")
    )
    corrected = memory.correct("ann", "hates", value="ASICS", pinned=None)
    current = {(fact.op, fact.value) for fact in memory.facts("ann")}
    assert current == {("!=", "ASICS")}
    ended = {f.id: f.ended_by for f in memory.facts("ann", history=True) if f.ended}
    assert ended == {"hates": corrected.id, "likes": corrected.id}


def test_a_correction_to_what_is_known_is_refused(assistant: Assistant) -> None:
    memory = put(assistant, known("one", "brand", "=", "Nike"), known("two", "brand", "=", "Asics"))
    with pytest.raises(BadInput):
        memory.correct("ann", "two", value="nike", pinned=None)
    assert {fact.value for fact in memory.facts("ann")} == {"Nike", "Asics"}


def test_a_fact_of_another_one_is_out_of_reach(assistant: Assistant) -> None:
    memory = put(assistant, known("one", "brand", "=", "Nike"))
    memory.give_consent("bob")
    for act in (
        lambda: memory.correct("bob", "one", value="Asics", pinned=None),
        lambda: memory.correct("bob", "one", value=None, pinned=True),
        lambda: memory.delete_fact("bob", "one"),
    ):
        with pytest.raises(UnknownFact):
            act()
    (fact,) = memory.facts("ann")
    assert (fact.value, fact.pinned) == ("Nike", False)


async def test_others_are_answered_while_the_database_is_locked(
    assistant: Assistant, model: ScriptedModel
) -> None:
    assistant.memory.give_consent("ann")
    locked, free = threading.Event(), threading.Event()

    def hold() -> None:
        with assistant.database.writing():
            locked.set()
            free.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(5)
    model.will_say(WISH)
    model.otherwise = GOOD
    turn = asyncio.ensure_future(assistant.reply("flat feet", shopper_id="ann"))
    await until_writing(model)
    longest, ends = 0.0, time.monotonic() + 0.6
    while (before := time.monotonic()) < ends:
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - before)
    assert not turn.done()  # it waits for the lock
    free.set()
    holder.join()
    assert (await turn).products
    assert longest < 0.25


def test_a_consent_that_fails_keeps_the_talk(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = assistant._store
    state = store.begin("t", "ann", "shoes")
    reply = Reply(thread_id="t", turn_id="u", text="-", language="en", intent="smalltalk")
    store.commit_turn(
        state.model_copy(update={"turns": 1}),
        message="hello",
        reply=reply,
        learn=lambda known: Learnt(),
        now=START + timedelta(minutes=1),
    )
    with monkeypatch.context() as broken:
        broken.setattr(Memory, "note", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            assistant.memory.give_consent("ann")
    assert assistant.memory.consent("ann") is None
    assert [exchange.message for exchange in assistant.exchanges("t", "ann")] == ["hello"]
