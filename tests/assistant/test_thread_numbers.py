"""A message of a thread keeps its number, also when a case with staff's messages is deleted."""

from datetime import timedelta

import httpx
from conftest import START
from hypothesis import given
from hypothesis import strategies as st
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.desk.cases import StaffMessage
from assistant.http.threads import said
from assistant.reply import Reply
from assistant.server import create_http
from assistant.settings import Settings
from assistant.thread import Exchange

HUMAN = "Please let me talk to a human"


async def test_what_is_written_after_a_deleted_case_keeps_its_number(
    assistant: Assistant, settings: Settings, model: ScriptedModel
) -> None:
    desk = assistant.desk
    assistant.memory.give_consent("ann")

    async def case(*written: str) -> None:
        model.will_say(reading("person"))
        reply = await assistant.reply(HUMAN, shopper_id="ann", thread_id="t")
        assert reply.handoff is not None
        assert reply.handoff.case_id is not None
        desk.take(reply.handoff.case_id, "Mei")
        for text in written:
            desk.write(reply.handoff.case_id, "Mei", text)
        desk.close(reply.handoff.case_id, "Mei")

    await case("Hello.", "All is well.")
    today = desk._now
    desk._now = lambda: today() + timedelta(days=20)
    await case("Hello again.")
    model.will_say(reading("chat"))
    await assistant.reply("hello", shopper_id="ann", thread_id="t")

    transport = httpx.ASGITransport(create_http(assistant, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

        async def thread(after: int) -> list[tuple[int, str]]:
            query: dict[str, str | int] = {"shopper_id": "ann", "after": after}
            answer = (await client.get("/api/threads/t", params=query)).json()
            return [(one["number"], one["text"]) for one in answer["messages"]]

        before = await thread(0)
        assert [number for number, _ in before] == list(range(1, 10))
        desk._now = lambda: today() + timedelta(days=35)
        assert desk.purge() == 1
        after = await thread(0)
        texts = [text for _, text in after]
        assert "Hello." not in texts
        assert "Hello again." in texts
        assert after == [one for one in before if one[1] not in ("Hello.", "All is well.")]
        # Whoever asks for what is new gets it.
        model.will_say(reading("chat"))
        await assistant.reply("hello", shopper_id="ann", thread_id="t")
        assert [number for number, _ in await thread(before[-1][0])] == [10, 11]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.sets(st.integers(0, 11)))
def test_numbers_stand_whichever_cases_are_deleted(wrote: list[int], deleted: set[int]) -> None:
    # After turn n staff wrote so many messages; each such gap is a case of its own.
    exchanges = [
        Exchange(
            number=number,
            message=f"m{number}",
            reply=Reply(
                thread_id="t", turn_id=f"u{number}", text=f"r{number}", language="en",
                intent="smalltalk",
            ),
            time=START,
        )
        for number in range(1, len(wrote) + 1)
    ]  # fmt: skip
    staff = [
        StaffMessage(name="Mei", text=f"s{turn}-{place}", time=START, after_turn=turn + 1)
        for turn, count in enumerate(wrote)
        for place in range(count)
    ]
    kept = [one for one in staff if one.after_turn - 1 not in deleted]
    gone = [one.after_turn for one in staff if one.after_turn - 1 in deleted]
    before = {one.text: one.number for one in said(exchanges, staff)}
    after = [(one.text, one.number) for one in said(exchanges, kept, gone)]
    assert sorted(before.values()) == list(range(1, len(before) + 1))
    assert [number for _, number in after] == sorted(number for _, number in after)
    assert dict(after) == {
        text: number for text, number in before.items() if text in {one[0] for one in after}
    }
    assert len(after) == len(before) - len(gone)
