"""What lines of other tools need to become conversations: an id, a language, a rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.language import language_of
from evals.suite.conversation import Conversation, Expect, Recorded, TurnSpec
from evals.suite.files import told
from retrieval.errors import BadInput

_BAD_IN_ID = re.compile(r"[^\w.:@+-]+")
_LONGEST_ID = 90
_OF_ONE_TURN = {"id", "tags", "turns"}


def fresh_id(wanted: str, taken: Iterable[str], *, otherwise: str) -> str:
    """An id that a suite can have, and that is not taken.

    Args:
        wanted: what it is made from.
        taken: the ids that are there.
        otherwise: where nothing is left of ``wanted``.
    """
    slug = (_BAD_IN_ID.sub("-", text).strip("-")[:_LONGEST_ID] for text in (wanted, otherwise))
    base = next(filter(None, slug), "line")
    taken, number, id = set(taken), 1, base
    while id in taken:
        number += 1
        id = f"{base}-{number}"
    return id


class KeptTurn(BaseModel):
    """What a line keeps of a turn for ShopGuide alone."""

    model_config = ConfigDict(extra="allow")

    expect: Expect = Expect()
    recorded: Recorded | None = None


def with_said(expect: Expect, said: Sequence[str], not_said: Sequence[str] = ()) -> Expect:
    """The checks with more patterns that must and must not be met, before those there are."""
    more: dict[str, Any] = {}
    if said:
        more["said"] = (*said, *(expect.said or ()))
    if not_said:
        more["not_said"] = (*not_said, *(expect.not_said or ()))
    return expect.model_copy(update=more)


def conversation_from(
    rest: Mapping[str, Any], *, id: str, tags: Sequence[str], turns: Sequence[TurnSpec], where: str
) -> Conversation:
    """A conversation of what was read.

    Args:
        rest: what it has beside the others; a goal takes the place of the turns.
        id, tags: its own.
        turns: at least one.
        where: file and line.

    Raises:
        BadInput: something of it is none of a suite's.
    """
    data = {"language": language_of(" ".join(turn.say for turn in turns)), **rest}
    goal = data.get("goal")
    if isinstance(goal, Mapping):
        data["goal"] = {**goal, "opening": turns[0].say}
    spoken = () if goal is not None else tuple(turns)
    try:
        return Conversation.model_validate({**data, "id": id, "tags": tuple(tags), "turns": spoken})
    except ValidationError as error:
        raise BadInput(f"{where}: {told(error)}.", field="input") from error


def rest_of(conversation: Conversation) -> dict[str, Any]:
    """What a conversation has beside its id, tags and turns."""
    return conversation.model_dump(mode="json", exclude_defaults=True, exclude=_OF_ONE_TURN)


def rest_of_turn(expect: Expect, recorded: Recorded | None) -> dict[str, Any]:
    """What a turn expects, and what was once answered; empty where there is neither."""
    rest: dict[str, Any] = {}
    if expected := expect.model_dump(mode="json", exclude_defaults=True):
        rest["expect"] = expected
    if recorded is not None:
        rest["recorded"] = recorded.model_dump(mode="json", exclude_defaults=True)
    return rest
