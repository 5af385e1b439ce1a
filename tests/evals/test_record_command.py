"""``shopguide record``: kept conversations as a suite, replayed and held against what was said."""

import json
import os
import shutil
import stat
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant, indexes_folder
from assistant.feedback.feedback import Feedback, Thumb
from assistant.reply import Reply, ReplyEvent
from assistant.settings import Settings
from evals.suite.conversation import Conversation
from evals.suite.files import load_suite

_WANTS = reading("search", ("running shoes", "category", "=", "Running shoes"))
_ANSWER = "The Nike Structure 25 costs $110."
_SECRETS = ("Anna", "Schmidt", "anna@example.com", "13800138000", "shopper-7", "thread-", "2026")
Record = Callable[..., tuple[int, str, str]]
Talk = Callable[..., Awaitable[list[Reply]]]


@pytest.fixture
def record(command: Record) -> Record:
    """Runs ``shopguide record``."""
    return partial(command, "record")


@pytest.fixture
def talk(assistant: Assistant, model: ScriptedModel) -> Talk:
    """Holds a conversation in which every message is understood and answered alike."""

    async def call(shopper: str, thread: str, *messages: str) -> list[Reply]:
        replies = []
        for message in messages:
            model.will_say(_WANTS, _ANSWER)
            async for event in assistant.chat(message, shopper_id=shopper, thread_id=thread):
                if isinstance(event, ReplyEvent):
                    replies.append(event.reply)
            model.queue.clear()  # where records alone answered
        return replies

    return call


async def test_a_conversation_becomes_a_line_without_who_spoke(
    assistant: Assistant, talk: Talk, record: Record, tmp_path: Path
) -> None:
    assistant.memory.give_consent("shopper-7")
    said = (
        "I'm Anna Schmidt (anna@example.com, 13800138000), I want running shoes under 120",
        "any other running shoes? Thanks, Anna",
    )
    first, second = await talk("shopper-7", "thread-1", *said)
    await talk("nobody", "thread-2", "running shoes for a stranger")
    out = tmp_path / "recorded.jsonl"
    status, told, warned = record("--out", out)
    assert status == 0, warned
    assert "1 conversation with 2 messages. Replaced: 2 names, 1 e-mail" in told
    assert "A person should read it before it is shared" in warned
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    text = out.read_text(encoding="utf-8")
    assert not [secret for secret in _SECRETS if secret in text]
    [line] = load_suite(out)
    assert line.catalog == "shoes"
    assert line.tags == ("recorded",)
    assert [turn.say for turn in line.turns] == [
        "I'm [name] ([e-mail], [phone]), I want running shoes under 120",
        "any other running shoes? Thanks, [name]",
    ]
    recorded = line.turns[0].recorded
    assert recorded is not None
    assert recorded.intent == first.intent
    assert recorded.products == tuple(product.id for product in first.products)
    assert recorded.pick == first.pick
    assert {label.field for label in recorded.need} >= {"category"}
    assert recorded.text == first.text
    assert [turn.expect.model_dump(exclude_none=True) for turn in line.turns] == [
        {"language": "en"}, {"language": "en"}
    ]  # fmt: skip
    assert second.products


async def test_what_was_known_goes_along_without_what_ails(
    assistant: Assistant, talk: Talk, record: Record, tmp_path: Path
) -> None:
    assistant.memory.give_consent("shopper-7")
    await talk("shopper-7", "thread-1", "I have flat feet, I'm a size 42 and I always wear Asics")
    known = {fact.field for fact in assistant.memory.facts("shopper-7")}
    assert {"foot_type", "size"} <= known
    await talk("shopper-7", "thread-2", "running shoes")
    await talk("shopper-7", "thread-3", "running shoes for my flat feet")
    out = tmp_path / "recorded.jsonl"
    fields = {}
    for thread in ("thread-1", "thread-2", "thread-3"):
        assert record("--out", out, "--thread", thread, "--force")[0] == 0
        [line] = load_suite(out)
        assert line.shopper is not None
        fields[thread] = {fact.field for fact in line.shopper.facts}
    assert fields["thread-1"] == set()  # all of it was learnt there
    assert fields["thread-2"] == known - {"foot_type"}
    assert fields["thread-3"] == known
    assert record("--out", out, "--thread", "thread-3", "--force", "--strangers")[0] == 0
    assert load_suite(out)[0].shopper is None


async def test_which_are_recorded(
    assistant: Assistant, talk: Talk, record: Record, tmp_path: Path
) -> None:
    for number in range(3):
        assistant.memory.give_consent(f"s{number}")
        await talk(f"s{number}", f"t{number}", f"running shoes number {number}")
    assistant.memory.erase("s1")
    out = tmp_path / "recorded.jsonl"
    assert record("--out", out)[0] == 0
    lines = load_suite(out)
    assert {line.turns[0].say for line in lines} == {
        "running shoes number 0", "running shoes number 2"
    }  # fmt: skip
    assert len({line.id for line in lines}) == 2
    assert record("--out", out, "--limit", 1, "--force")[0] == 0
    assert [line.turns[0].say for line in load_suite(out)] == ["running shoes number 2"]
    for none in (("--catalog", "other"), ("--thread", "t1"), ("--since", 1)):
        status, told, err = record("--out", out, "--force", *none)
        assert (status, told) == (1, "")
        assert "There is no such conversation" in err
    assert len(load_suite(out)) == 1  # what was there is still there
    days = (datetime.now(UTC) - datetime(2026, 3, 1, tzinfo=UTC)) / timedelta(days=1)
    assert record("--out", out, "--since", days, "--force")[0] == 0


async def test_what_was_answered_may_be_expected(
    assistant: Assistant, talk: Talk, record: Record, tmp_path: Path
) -> None:
    assistant.memory.give_consent("s")
    [reply] = await talk("s", "t", "running shoes, the cheapest")
    out = tmp_path / "recorded.jsonl"
    assert record("--out", out, "--expect")[0] == 0
    [line] = load_suite(out)
    expect = line.turns[0].expect
    assert expect.intent == (reply.intent,)
    assert expect.need is not None
    assert len(expect.need) == len(reply.need.wishes())
    assert (None if expect.pick is None else expect.pick.ids) == (
        None if reply.pick is None else (reply.pick,)
    )


async def test_a_file_that_is_there_is_kept(
    assistant: Assistant, talk: Talk, record: Record, tmp_path: Path
) -> None:
    assistant.memory.give_consent("s")
    await talk("s", "t", "running shoes")
    out = tmp_path / "recorded.jsonl"
    out.write_text("mine", encoding="utf-8")
    status, _, err = record("--out", out)
    assert (status, out.read_text(encoding="utf-8")) == (2, "mine")
    assert "--force writes over it" in err
    assert record("--out", tmp_path / "none" / "file.jsonl")[0] == 2
    assert record("--out", tmp_path)[0] == 2
    assert record("--out", out, "--force")[0] == 0
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]
    Conversation.model_validate(json.loads(out.read_text(encoding="utf-8")))


async def test_a_catalogue_that_is_gone_is_told(
    assistant: Assistant, talk: Talk, record: Record, tmp_path: Path, settings: Settings
) -> None:
    assistant.memory.give_consent("s")
    await talk("s", "t", "I'm Anna, running shoes")
    shutil.rmtree(indexes_folder(settings) / "shoes")
    out = tmp_path / "recorded.jsonl"
    status, _, err = record("--out", out)
    assert status == 0
    assert "The catalogue shoes is gone" in err
    assert load_suite(out)[0].turns[0].say == "I'm [name], running shoes"


async def test_what_shoppers_thought_goes_along(
    assistant: Assistant, talk: Talk, record: Record, tmp_path: Path
) -> None:
    for shopper in ("ann", "ben", "eve"):
        assistant.memory.give_consent(shopper)
    first, second = await talk("ann", "t1", "running shoes", "others?")
    [third] = await talk("ben", "t2", "running shoes, please")
    await talk("eve", "t3", "trail shoes")

    def think(shopper: str, reply: Reply, thumb: Thumb, reason: str | None = None) -> None:
        feedback = Feedback(thumb=thumb, reason=reason, time=datetime.now(UTC))
        assistant.give_feedback(reply.thread_id, reply.turn_id, shopper, feedback)

    think("ann", first, "up")
    think("ann", second, "down", "too dear; write to ann@example.com")
    think("ben", third, "up", "thanks")

    def recorded(thumb: str) -> dict[str, Conversation]:
        out = tmp_path / f"{thumb}.jsonl"
        status, _, err = record("--out", out, "--feedback", thumb)
        assert status == 0, err
        return {line.turns[0].say: line for line in load_suite(out)}

    assert set(recorded("any")) == {"running shoes", "running shoes, please"}
    assert set(recorded("up")) == {"running shoes", "running shoes, please"}
    down = recorded("down")
    assert set(down) == {"running shoes"}
    line = down["running shoes"]
    assert line.tags == ("recorded", "thumb-down", "thumb-up")
    thoughts = [turn.recorded for turn in line.turns]
    assert [t.thumb for t in thoughts if t] == ["up", "down"]
    assert thoughts[1] is not None
    assert thoughts[1].reason == "too dear; write to [e-mail]"
    assert record("--out", tmp_path / "x.jsonl", "--feedback", "sideways")[0] == 2


async def test_only_who_agreed_to_tests_is_recorded(
    assistant: Assistant, talk: Talk, record: Record, tmp_path: Path
) -> None:
    assistant.memory.give_consent("old", notice="2026-11")
    await talk("old", "t1", "running shoes")
    assistant.memory.give_consent("own", notice="shop-terms-3")
    await talk("own", "t2", "trail shoes")
    out = tmp_path / "recorded.jsonl"
    status, _, err = record("--out", out)
    assert status == 1
    assert "a notice that speaks of tests" in err
    assert not out.exists()
    assert record("--out", out, "--notice", "shop-terms-3")[0] == 0
    assert [line.turns[0].say for line in load_suite(out)] == ["trail shoes"]
