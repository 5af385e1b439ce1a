"""Tests of promptfoo as JSON Lines, in and out.

``shopguide convert suite.jsonl --from suite --to promptfoo --out tests.jsonl``
``shopguide convert tests.jsonl --from promptfoo --to suite --out suite.jsonl``

A turn is a test: its message is the variable ``message``, and the turns of a conversation have
the same ``metadata.conversationId``, by which promptfoo holds them together. ``said``,
``not_said`` and ``budget.total_ms`` are assertions. All else of a suite promptfoo cannot check;
it is kept under ``metadata.shopguide``, so that nothing is lost on the way back.

On the way in, an assertion that no check of a suite stands for is lost, and named with its line
and type; so are variables beside the message, and settings of promptfoo's own. Source of the
format: promptfoo's pages on test cases, deterministic metrics and chat threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
from evals.adapters.promptfoo_asserts import Assertion, Checks, Unmapped, assertions_of
from evals.adapters.templates import filled, quoted
from evals.suite.conversation import Budget, Conversation, Expect, TurnSpec
from retrieval.errors import BadInput

MESSAGE = "message"


class Metadata(BaseModel):
    """What a line is filtered and grouped by.

    Attributes:
        conversation: lines of one conversation have the same.
        shopguide: what only a suite has.
    """

    model_config = ConfigDict(extra="allow")

    conversation: str | int | None = Field(default=None, alias="conversationId")
    tags: str | list[str] = Field(default_factory=list)
    shopguide: KeptTurn = KeptTurn()


class Test(BaseModel):
    """One line."""

    __test__ = False  # it is no test of pytest's
    model_config = ConfigDict(extra="allow")

    description: str = ""
    variables: dict[str, Any] = Field(alias="vars")
    assertions: list[Assertion] = Field(default_factory=list, alias="assert")
    metadata: Metadata = Field(default_factory=lambda: Metadata())


def as_tests(conversation: Conversation) -> tuple[list[dict[str, Any]], Counter[str]]:
    """A conversation as tests.

    Returns:
        The tests; and of each kind of check, how many turns have one that promptfoo does not
        check.
    """
    kept: Counter[str] = Counter()
    tests: list[dict[str, Any]] = []
    whole = rest_of(conversation)
    if conversation.goal is not None:
        kept["goal"] += 1
        return [_test(conversation, 1, conversation.goal.opening, [], whole)], kept
    for number, turn in enumerate(conversation.turns, start=1):
        expect = turn.expect
        budget = expect.budget
        assertions, said, not_said = assertions_of(
            expect.said or (), expect.not_said or (), budget.total_ms if budget else None
        )
        # An empty list of patterns is still a check that is there.
        left = expect.model_copy(
            update={
                "said": tuple(said) if said or expect.said == () else None,
                "not_said": tuple(not_said) if not_said or expect.not_said == () else None,
                "budget": budget and budget.model_copy(update={"total_ms": None}),
            }
        )
        if left.budget is not None and not left.budget.model_dump(exclude_none=True):
            left = left.model_copy(update={"budget": None})
        rest = rest_of_turn(left, turn.recorded)
        kept.update(rest.get("expect", {}).keys())
        ours = (whole if number == 1 else {}) | rest
        tests.append(_test(conversation, number, turn.say, assertions, ours))
    return tests, kept


def read_tests(path: Path, *, variable: str | None = None) -> tuple[list[Conversation], list[Lost]]:
    """Reads tests as conversations.

    Args:
        path: JSON Lines.
        variable: the one that holds the message. None takes ``message``, or the only text.

    Returns:
        The conversations in the order of their first turns; and what is lost.

    Raises:
        BadInput: a line is malformed, or has no message; the sentence names file and line.
    """
    lost: list[Lost] = []
    found: dict[tuple[str, int], _Found] = {}
    for number, test in read_lines(path, Test):
        where = f"{path}, line {number}"
        lost += _lost(test, variable, where)
        expect, unmapped = _expected(test)
        lost += [Lost(where, what) for what in unmapped]
        for place, message in enumerate(_messages(test, variable, where)):
            given = test.metadata.conversation
            key = (str(given), -1) if given not in (None, "") else (str(number), place)
            if key not in found:
                wanted = test.description if key[1] >= 0 else str(given)
                found[key] = _Found(where, wanted, f"{path.stem}-{number}")
            recorded = test.metadata.shopguide.recorded
            found[key].turns.append(TurnSpec(say=message, expect=expect, recorded=recorded))
            found[key].rest |= test.metadata.shopguide.model_extra or {}
            found[key].tags |= dict.fromkeys(_tags(test.metadata))
    conversations: dict[str, Conversation] = {}
    for one in found.values():
        id = fresh_id(one.wanted, conversations, otherwise=one.otherwise)
        conversations[id] = conversation_from(
            one.rest, id=id, tags=list(one.tags), turns=one.turns, where=one.where
        )
    return list(conversations.values()), lost


@dataclass
class _Found:
    """A conversation whose turns are being read.

    Attributes:
        where: file and line of its first turn.
        wanted, otherwise: what its id is made from.
    """

    where: str
    wanted: str
    otherwise: str
    turns: list[TurnSpec] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)


def _expected(test: Test) -> tuple[Expect, list[str]]:
    """What a turn must come to, and the assertions that it cannot say."""
    checks, unmapped = Checks(), []
    for assertion in test.assertions:
        try:
            checks.add(assertion, test.variables)
        except Unmapped as why:
            unmapped.append(f"the assertion {assertion.type} ({why})")
    expect = with_said(test.metadata.shopguide.expect, checks.said, checks.not_said)
    if checks.total_ms is not None:
        budget = (expect.budget or Budget()).model_copy(update={"total_ms": checks.total_ms})
        expect = expect.model_copy(update={"budget": budget})
    return expect, unmapped


def _test(
    conversation: Conversation,
    number: int,
    message: str,
    assertions: list[dict[str, Any]],
    ours: dict[str, Any],
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"conversationId": conversation.id}
    if conversation.tags:
        metadata["tags"] = list(conversation.tags)
    metadata["shopguide"] = ours
    test: dict[str, Any] = {
        "description": f"{conversation.id}, turn {number}",
        "vars": {MESSAGE: quoted(message)},
    }
    if assertions:
        test["assert"] = assertions
    return {**test, "metadata": metadata}


def _messages(test: Test, variable: str | None, where: str) -> list[str]:
    """The message; several where promptfoo makes a test of each."""
    name = _variable(test, variable)
    value = test.variables.get(name) if name is not None else None
    texts = value if isinstance(value, list) else [value]
    messages = [filled(text, test.variables) for text in texts if isinstance(text, str)]
    if not messages or len(messages) != len(texts) or not all(messages):
        names = ", ".join(sorted(test.variables)) or "none"
        raise BadInput(
            f"{where}: no variable is the message (there is: {names}); --message-var names it.",
            field="input",
        )
    return [message for message in messages if message]


def _variable(test: Test, variable: str | None) -> str | None:
    if variable is not None or MESSAGE in test.variables:
        return variable or MESSAGE
    texts = [name for name, value in test.variables.items() if isinstance(value, str | list)]
    return texts[0] if len(texts) == 1 else None


def _lost(test: Test, variable: str | None, where: str) -> Iterator[Lost]:
    message = _variable(test, variable)
    for name in test.variables:
        if name != message:
            yield Lost(where, f"the variable {name}, which is not said")
    for name in test.model_extra or {}:
        yield Lost(where, f"the setting {name}")
    for name, value in (test.metadata.model_extra or {}).items():
        if not isinstance(value, str | int | float):
            yield Lost(where, f"the metadata {name}")


def _tags(metadata: Metadata) -> Iterator[str]:
    yield from [metadata.tags] if isinstance(metadata.tags, str) else metadata.tags
    for name, value in (metadata.model_extra or {}).items():
        if isinstance(value, str | int | float):
            yield f"{name}:{value}"
