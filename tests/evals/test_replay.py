"""Real conversations recorded, held again with another model, and held against what was said."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_model import ScriptedModel, reading
from tiny_engine import TEXT, UNDERSTOOD, tiny_engine

from assistant.app import Assistant
from assistant.reply import ReplyEvent
from evals.comparing.comparison import Comparison
from evals.suite.files import load_suite

Command = Callable[..., tuple[int, str, str]]
_MESSAGES = ("My name is Anna, running shoes please", "something for marathons")


@pytest.fixture
async def recorded(
    assistant: Assistant, model: ScriptedModel, command: Command, tmp_path: Path
) -> Path:
    """A suite of one conversation of a shopper who has agreed to be remembered."""
    assistant.memory.give_consent("anna")
    for message in _MESSAGES:
        model.will_say(UNDERSTOOD, TEXT)
        events = assistant.chat(message, shopper_id="anna", thread_id="first")
        assert isinstance([event async for event in events][-1], ReplyEvent)
        model.queue.clear()  # where records alone answered
    out = tmp_path / "recorded.jsonl"
    status, _, err = command("record", "--out", out)
    assert status == 0, err
    return out


def _compared(command: Command, *arguments: object) -> Comparison:
    status, out, err = command("compare", *arguments, "--json")
    assert status == 0, err
    return Comparison.model_validate_json(out)


def test_a_replay_is_held_against_what_was_said(
    recorded: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [line] = load_suite(recorded)
    assert line.turns[0].say == "My name is [name], running shoes please"
    with tiny_engine() as url:
        a, b = tmp_path / "a", tmp_path / "b"
        status, _, err = command("eval", recorded, "--llm", url, "--out", a)
        assert status in (0, 1), err
        # Another model takes the messages for questions of policy.
        other = reading("policy")
        monkeypatch.setattr("tiny_engine.UNDERSTOOD", other)
        status, _, err = command("eval", recorded, "--llm", url, "--out", b)
        assert status in (0, 1), err
    same = _compared(command, recorded, a)
    assert (same.a.system, same.paired, same.changed) == ("recorded", 1, [])
    alike = {item.aspect: item.same.value for item in same.agreement}
    assert alike == {"answered": 1, "intent": 1, "products": 1, "pick": 1, "need": 1}
    assert same.changed_answers == []
    differs = _compared(command, a, b)
    assert differs.paired == 1
    changes = differs.newly_failing + differs.newly_passing + differs.changed_answers
    [change] = changes
    assert change.conversation == line.id
    assert [turn.number for turn in change.turns] == [2]
    assert {"intent", "products"} <= set(change.turns[0].aspects)
    assert {item.aspect: item.same.value for item in differs.agreement}["intent"] == 0.5
    status, told, _ = command("compare", recorded, b)
    assert status == 0
    assert "### Answered otherwise: 1" in told
    assert "Anna" not in told + json.dumps(same.model_dump(mode="json"))


def test_a_recorded_suite_without_a_run_of_it_is_told(
    recorded: Path, command: Command, tmp_path: Path
) -> None:
    status, out, err = command("compare", recorded, tmp_path / "none")
    assert (status, out) == (2, "")
    assert "no folder of a run" in err
    plain = tmp_path / "plain.jsonl"
    line = {"id": "x", "language": "en", "turns": [{"say": "hi"}]}
    plain.write_text(json.dumps(line), encoding="utf-8")
    status, _, err = command("compare", plain, tmp_path)
    assert status == 2
    assert "has no recorded answers" in err
