"""Samples of OpenAI evals as JSON Lines, in and out.

``shopguide convert suite.jsonl --from suite --to openai-evals --out samples.jsonl``
``shopguide convert samples.jsonl --from openai-evals --to suite --out suite.jsonl``

A sample is ``{"input": [{"role", "content"}…], "ideal": …}``, of which the class ``Includes``
asks whether the last answer holds any of the ideals, as they are written. A conversation is one
sample: its messages, with what was once answered between them where that is recorded, and as
ideals what the last turn must say, where that is one plain text or any of several. All else of a
suite such an eval cannot check; it is kept under ``shopguide``, so that nothing is lost on the
way back.

On the way in, the system's message and other keys of a sample are lost, and named. A sample
without an ideal, as for an eval that a model grades, becomes a turn that expects nothing. Source
of the format: ``docs/build-eval.md`` and ``evals/elsuite/basic`` of openai/evals.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evals.adapters.foreign import (
    KeptTurn,
    conversation_from,
    fresh_id,
    rest_of,
    rest_of_turn,
    with_said,
)
from evals.adapters.jsonl import read_lines
from evals.adapters.lost import Lost
from evals.adapters.patterns import parted, pattern_of, texts_of
from evals.suite.conversation import Conversation, Expect, Recorded, TurnSpec
from retrieval.errors import BadInput

NO_IDEAL = "no ideal"


class Message(BaseModel):
    """One message of a prompt."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "assistant"]
    content: str = Field(min_length=1)


class Ours(BaseModel):
    """What only a suite has.

    Attributes:
        turns: for each turn, what is expected beside the ideals, and what was answered once.
    """

    model_config = ConfigDict(extra="allow")

    id: str | None = None
    tags: list[str] = Field(default_factory=list)
    turns: list[KeptTurn] = Field(default_factory=list)


class Sample(BaseModel):
    """One line."""

    model_config = ConfigDict(extra="allow")

    input: list[Message] | str = Field(min_length=1)
    ideal: str | list[str] | None = None
    shopguide: Ours = Ours()


def sample_of(conversation: Conversation) -> tuple[dict[str, Any], Counter[str]]:
    """A conversation as a sample.

    Returns:
        The sample; and of each kind of check, how many turns have one that the eval does not
        check. ``goal`` is counted for a simulated shopper, ``NO_IDEAL`` where it checks nothing.
    """
    kept: Counter[str] = Counter()
    ours: dict[str, Any] = {"id": conversation.id} | rest_of(conversation)
    if conversation.tags:
        ours["tags"] = list(conversation.tags)
    messages: list[dict[str, str]] = []
    rests = []
    ideals: list[str] = []
    for turn in conversation.turns:
        messages.append({"role": "user", "content": turn.say})
        left = turn.expect
        if turn is conversation.turns[-1]:
            ideals, left = _ideals(turn.expect)
        elif turn.recorded is not None and turn.recorded.text:
            messages.append({"role": "assistant", "content": turn.recorded.text})
        rest = rest_of_turn(left, turn.recorded)
        kept.update(rest.get("expect", {}).keys())
        rests.append(rest)
    if conversation.goal is not None:
        kept["goal"] += 1
        messages.append({"role": "user", "content": conversation.goal.opening})
    if any(rests):
        ours["turns"] = rests
    sample: dict[str, Any] = {"input": messages}
    if ideals:
        sample["ideal"] = ideals
    else:
        kept[NO_IDEAL] += 1
    return {**sample, "shopguide": ours}, kept


def read_samples(path: Path) -> tuple[list[Conversation], list[Lost]]:
    """Reads samples as conversations.

    Args:
        path: JSON Lines.

    Raises:
        BadInput: a line is malformed, or nobody asks anything in it; the sentence names file and
            line.
    """
    lost: list[Lost] = []
    found: dict[str, Conversation] = {}
    for number, sample in read_lines(path, Sample):
        where = f"{path}, line {number}"
        wanted = sample.shopguide.id or f"{path.stem}-{number}"
        id = fresh_id(wanted, found, otherwise=f"sample-{number}")
        found[id] = _conversation(sample, id, where, lost)
    return list(found.values()), lost


def _conversation(sample: Sample, id: str, where: str, lost: list[Lost]) -> Conversation:
    turns = _turns(sample, where, lost)
    ours = sample.shopguide
    for place, kept in enumerate(ours.turns[: len(turns)]):
        turn = turns[place].model_copy(update={"expect": kept.expect})
        if kept.recorded is not None:
            turn = turn.model_copy(update={"recorded": kept.recorded})
        turns[place] = turn
    if ideals := _texts(sample.ideal):
        expect = with_said(turns[-1].expect, [pattern_of(ideals, cased=True)])
        turns[-1] = turns[-1].model_copy(update={"expect": expect})
    lost += [Lost(where, f"the key {name}") for name in sample.model_extra or {}]
    rest = ours.model_extra or {}
    return conversation_from(rest, id=id, tags=ours.tags, turns=turns, where=where)


def _turns(sample: Sample, where: str, lost: list[Lost]) -> list[TurnSpec]:
    """The user's messages, each with the answer that follows it in the prompt."""
    if isinstance(sample.input, str):
        return [TurnSpec(say=sample.input)]
    turns: list[TurnSpec] = []
    for message in sample.input:
        for name in message.model_extra or {}:
            lost.append(Lost(where, f"the key {name} of a message"))
        if message.role == "user":
            turns.append(TurnSpec(say=message.content))
        elif message.role == "assistant" and turns and turns[-1].recorded is None:
            recorded = Recorded(text=message.content)
            turns[-1] = turns[-1].model_copy(update={"recorded": recorded})
        else:
            lost.append(Lost(where, f"a message of the {message.role}"))
    if not turns:
        raise BadInput(f"{where}: no message is a user's.", field="input")
    return turns


def _ideals(expect: Expect) -> tuple[list[str], Expect]:
    """What an answer must hold any of, and what else is expected.

    One pattern can be ideals; ``Includes`` heeds the case, so that it must, too.
    """
    for place, pattern in enumerate(expect.said or ()):
        body, cased = parted(pattern)
        texts = texts_of(body) if cased else None
        if texts:
            assert expect.said is not None
            rest = expect.said[:place] + expect.said[place + 1 :]
            return texts, expect.model_copy(update={"said": rest or None})
    return [], expect


def _texts(ideal: str | list[str] | None) -> list[str]:
    return [text for text in ([ideal] if isinstance(ideal, str) else ideal or []) if text]
