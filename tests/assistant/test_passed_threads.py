"""A talk at the desk whose thread has passed from memory, as with a restart of the server."""

from collections.abc import Callable, Iterator
from datetime import datetime

import httpx
import pytest
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.database.connection import Database
from assistant.errors import UnknownThread
from assistant.http.threads import ThreadAnswer
from assistant.reply import Reply
from assistant.server import create_http
from assistant.settings import Settings
from retrieval.folder import IndexFolder
from ui.reading import Reading
from ui.talk import Talks

HUMAN = "Please let me talk to a human"
ANSWER = "We have mended it."


@pytest.fixture
def restarted(
    assistant: Assistant,
    settings: Settings,
    indexes: IndexFolder,
    model: ScriptedModel,
    now: Callable[[], datetime],
) -> Iterator[Assistant]:
    """The shop after a restart: the database is the same, the memory is empty."""
    made = Assistant(
        settings,
        indexes=indexes,
        database=Database(settings.database_url),
        model=model,
        now=now,
    )
    yield made
    made.database.close()


async def chat(assistant: Assistant, model: ScriptedModel, text: str, kind: str) -> Reply:
    model.will_say(reading(kind))  # type: ignore[arg-type]
    return await assistant.reply(text, shopper_id="ann", thread_id="t")


async def at_the_desk(assistant: Assistant, model: ScriptedModel) -> str:
    """A guest's talk of two turns that Anna has taken; the id of the case."""
    over = (await chat(assistant, model, HUMAN, "person")).handoff
    assert over is not None
    assert over.case_id is not None
    await chat(assistant, model, "hello", "chat")
    assistant.desk.take(over.case_id, "Anna")
    return over.case_id


async def thread_of(assistant: Assistant, settings: Settings, after: int) -> ThreadAnswer:
    transport = httpx.ASGITransport(create_http(assistant, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        query: dict[str, str | int] = {"shopper_id": "ann", "after": after}
        answer = await client.get("/api/threads/t", params=query)
    assert answer.status_code == 200, answer.text
    return ThreadAnswer.model_validate(answer.json())


async def test_the_staffs_answer_is_got_and_numbers_go_on(
    assistant: Assistant, restarted: Assistant, settings: Settings, model: ScriptedModel
) -> None:
    case = await at_the_desk(assistant, model)
    before = await thread_of(assistant, settings, 0)
    restarted.desk.write(case, "Anna", ANSWER)
    new = await thread_of(restarted, settings, before.messages[-1].number)
    assert [(m.sender, m.text) for m in new.messages] == [("person", ANSWER)]
    assert new.speaker == "person"
    whole = await thread_of(restarted, settings, 0)
    assert [(m.number, m.sender, m.text) for m in whole.messages[:-1]] == [
        (m.number, m.sender, m.text) for m in before.messages
    ]
    # What the shopper writes then is numbered after it, and what was said is there still.
    await restarted.reply("Thank you!", shopper_id="ann", thread_id="t")
    new = await thread_of(restarted, settings, whole.messages[-1].number)
    assert [m.text for m in new.messages] == ["Thank you!"]
    after = await thread_of(restarted, settings, 0)
    assert [m.number for m in after.messages] == list(range(1, 7))
    talk = await Talks(restarted, Reading()).read("t", "ann")
    assert [(view.message, view.people) for view in talk.turns()] == [
        (HUMAN, []),
        ("hello", [("Anna", ANSWER)]),
        ("Thank you!", []),
    ]


async def test_it_is_got_when_the_case_is_closed_too(
    assistant: Assistant, restarted: Assistant, settings: Settings, model: ScriptedModel
) -> None:
    case = await at_the_desk(assistant, model)
    restarted.desk.write(case, "Anna", ANSWER)
    restarted.desk.close(case, "Anna")
    found = await thread_of(restarted, settings, 4)
    assert [m.text for m in found.messages] == [ANSWER]
    assert found.speaker == "bot"
    talk = await Talks(restarted, Reading()).read("t", "ann")
    assert not any(view.editable for view in talk.turns())


async def test_numbers_go_on_from_turns_after_the_case_was_closed(
    assistant: Assistant,
    restarted: Assistant,
    settings: Settings,
    model: ScriptedModel,
) -> None:
    case = await at_the_desk(assistant, model)
    assistant.desk.write(case, "Anna", ANSWER)
    assistant.desk.close(case, "Anna")
    for text in ("hello", "hello again"):
        await chat(assistant, model, text, "chat")
    last = (await thread_of(assistant, settings, 0)).messages[-1].number
    again = (await chat(restarted, model, HUMAN, "person")).handoff
    assert again is not None
    assert again.case_id is not None
    restarted.desk.take(again.case_id, "Anna")
    restarted.desk.write(again.case_id, "Anna", "Here again.")
    new = await thread_of(restarted, settings, last)
    assert [m.text for m in new.messages if m.sender == "person"] == ["Here again."]


async def test_after_it_was_given_back_messages_are_taken_back_and_handed_over_anew(
    assistant: Assistant, restarted: Assistant, model: ScriptedModel
) -> None:
    case = await at_the_desk(assistant, model)
    restarted.desk.give_back(case, "Anna")
    await chat(restarted, model, "kept from staff", "chat")
    last = await chat(restarted, model, "taken back", "chat")
    assert await restarted.take_back(last.turn_id, shopper_id="ann", thread_id="t") == "taken back"
    await chat(restarted, model, HUMAN, "person")
    said = [m.text for m in restarted.desk.messages(case) if m.speaker == "shopper"]
    assert said == [HUMAN, "hello", "kept from staff", HUMAN]


async def test_it_is_nobody_elses(
    assistant: Assistant, restarted: Assistant, model: ScriptedModel
) -> None:
    case = await at_the_desk(assistant, model)
    restarted.desk.close(case, "Anna")
    with pytest.raises(UnknownThread):
        restarted.exchanges("t", "bob")
    with pytest.raises(UnknownThread):
        await restarted.reply("hello", shopper_id="bob", thread_id="t")


async def test_a_thread_that_another_server_deletes_does_not_come_back(
    assistant: Assistant, restarted: Assistant, model: ScriptedModel
) -> None:
    assistant.memory.give_consent("ann")
    await chat(assistant, model, "a secret", "chat")
    model.will_say(reading("chat"))
    events = restarted.chat("the second", shopper_id="ann", thread_id="t")
    await anext(events)
    await assistant.delete_thread("t", shopper_id="ann")
    with pytest.raises(UnknownThread):
        assert [event async for event in events] == []
    assert assistant.threads.of("ann") == []


async def test_one_that_has_passed_goes_on_for_a_shopper_who_agrees_then(
    assistant: Assistant, restarted: Assistant, settings: Settings, model: ScriptedModel
) -> None:
    case = await at_the_desk(assistant, model)
    restarted.desk.give_back(case, "Anna")
    restarted.memory.give_consent("ann")
    await chat(restarted, model, "the third", "chat")
    found = await thread_of(restarted, settings, 0)
    assert [m.text for m in found.messages if m.sender == "shopper"] == [
        HUMAN,
        "hello",
        "the third",
    ]
