"""OpenAI evals' samples, in and out."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evals.adapters.openai_evals import NO_IDEAL, read_samples, sample_of
from evals.adapters.patterns import pattern_of
from evals.suite.conversation import Conversation, Expect, Recorded, TurnSpec
from retrieval.errors import BadInput

_WHOLE = Conversation.model_validate(
    {
        "id": "zh-1",
        "language": "zh",
        "tags": ["price"],
        "rates": {"CNY": "7.1"},
        "group": "g",
        "turns": [
            {"say": "便宜的鞋", "recorded": {"text": "有两双。", "products": ["a"]}},
            {
                "say": "第二双多少钱",
                "expect": {
                    "intent": ["product_question"],
                    "said": [pattern_of(["¥ 75", "75"], cased=True), "元"],
                    "not_said": ["USD"],
                },
                "recorded": {"text": "75 元。"},
            },
        ],
    }
)


def _read(tmp_path: Path, *lines: object) -> tuple[list[Conversation], list[str]]:
    path = tmp_path / "s.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    conversations, lost = read_samples(path)
    return conversations, [str(one) for one in lost]


def _sample(*messages: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"input": [{"role": role, "content": text} for role, text in messages], **more}


def test_a_conversation_is_a_sample(tmp_path: Path) -> None:
    sample, kept = sample_of(_WHOLE)
    assert sample["input"] == [
        {"role": "user", "content": "便宜的鞋"},
        {"role": "assistant", "content": "有两双。"},
        {"role": "user", "content": "第二双多少钱"},
    ]
    assert sample["ideal"] == ["¥ 75", "75"]
    assert kept == {"intent": 1, "said": 1, "not_said": 1}
    assert _read(tmp_path, sample) == ([_WHOLE], [])


def test_a_goal_comes_back(tmp_path: Path) -> None:
    goal = {"opening": "Hi, shoes?", "wishes": [{"say": "under 90", "means": ["price<=90"]}]}
    conversation = Conversation.model_validate({"id": "g", "language": "en", "goal": goal})
    sample, kept = sample_of(conversation)
    assert kept == {"goal": 1, NO_IDEAL: 1}
    assert _read(tmp_path, sample) == ([conversation], [])


def test_a_pattern_that_is_no_text_is_no_ideal(tmp_path: Path) -> None:
    expect = Expect(said=(r"\d+", "any case"))
    conversation = Conversation(id="x", language="en", turns=(TurnSpec(say="hi", expect=expect),))
    sample, kept = sample_of(conversation)
    assert "ideal" not in sample
    assert kept == {"said": 1, NO_IDEAL: 1}
    assert _read(tmp_path, sample) == ([conversation], [])


@pytest.mark.parametrize("ideal", ["Paris (France)", ["Paris (France)", "Lutetia"]])
def test_an_ideal_is_looked_for_as_it_is_written(tmp_path: Path, ideal: object) -> None:
    [conversation], lost = _read(tmp_path, _sample(("user", "Capital?"), ideal=ideal))
    [pattern] = conversation.turns[0].expect.said or ()
    assert re.search(pattern, "It is Paris (France).", re.IGNORECASE)
    assert not re.search(pattern, "it is paris (france).", re.IGNORECASE)
    assert (conversation.id, lost) == ("s-1", [])


def test_a_prompt_may_be_a_text(tmp_path: Path) -> None:
    [conversation], _ = _read(tmp_path, {"input": "有什么鞋?"})
    assert (conversation.turns[0].say, conversation.language) == ("有什么鞋?", "zh")
    assert conversation.turns[0].expect == Expect()


def test_what_is_lost_is_named(tmp_path: Path) -> None:
    line = _sample(("system", "Be kind."), ("user", "a"), ("assistant", "b"), ("assistant", "c"))
    line["input"][1]["name"] = "ada"
    [conversation], lost = _read(tmp_path, "", line | {"choice": "A"})
    assert conversation.turns == (TurnSpec(say="a", recorded=Recorded(text="b")),)
    where = f"{tmp_path / 's.jsonl'}, line 2: "
    assert sorted(lost) == [
        f"{where}a message of the assistant.",
        f"{where}a message of the system.",
        f"{where}the key choice.",
        f"{where}the key name of a message.",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nonsense", "not JSON"),
        ({"ideal": "x"}, "input"),
        (_sample(("user", "")), "content"),
        (_sample(("robot", "x")), "role"),
        (_sample(("system", "x")), "no message is a user's"),
        (_sample(("user", "x"), shopguide={"turns": [{"expect": {"said": ["("]}}]}), "said"),
        (_sample(("user", "x"), shopguide={"catalog": 3}), "catalog"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: object, told: str) -> None:
    with pytest.raises(BadInput, match=re.escape(told)) as caught:
        _read(tmp_path, _sample(("user", "fine")), line)
    assert f"{tmp_path / 's.jsonl'}, line 2: " in caught.value.sentence
