"""Facts of a shopper's profile: what lasts beyond one purchase, with the words that say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.reply import ProfileChange
from retrieval.advice import AdviceBook
from tools.reading.fact import Fact
from tools.reading.subject import speaks_of_others

# How sure a first mention makes, and how far each repetition goes towards certainty.
_FIRST, _CLOSER = 0.7, 0.5
# Fields of which a person has one value at a time.
_ONE_VALUE = frozenset({"size"})


class ProfileFact(BaseModel):
    """One thing known of a shopper.

    Attributes:
        field: such as ``foot_type``, ``size``, ``brand``.
        op: ``=`` for what is so or liked, ``!=`` for what is disliked.
        quote: the shopper's words, from ``thread_id`` and ``turn_id``.
        confidence: from 0 to 1.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    shopper_id: str
    field: str
    op: Literal["=", "!="]
    value: str
    quote: str
    thread_id: str
    turn_id: str
    confidence: float
    first_seen: datetime
    last_seen: datetime


def learn(
    facts: Sequence[Fact],
    known: Sequence[ProfileFact],
    *,
    message: str,
    advice: AdviceBook,
    shopper_id: str,
    thread_id: str,
    turn_id: str,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[list[ProfileFact], list[ProfileChange]]:
    """What a turn's facts add to a profile.

    Bodies, sizes and refused brands last; prices, colours and occasions do not. A wish for
    somebody else says nothing of the shopper.

    Returns:
        The facts to write (new ones, and known ones seen again) and what changed.
    """
    if speaks_of_others(message):
        return [], []
    written: list[ProfileFact] = []
    changes: list[ProfileChange] = []
    for fact in facts:
        trait = _trait(fact, advice)
        if trait is None:
            continue
        field, op, value = trait
        same = next(
            (k for k in known if (k.field, k.op, k.value) == (field, op, value)),
            None,
        )
        older = next((k for k in known if k.field == field and field in _ONE_VALUE), None)
        base = same or older
        confidence = _FIRST if same is None else 1 - (1 - same.confidence) * _CLOSER
        learnt = ProfileFact(
            id=base.id if base else new_id(),
            shopper_id=shopper_id,
            field=field,
            op=op,
            value=value,
            quote=fact.quote,
            thread_id=thread_id,
            turn_id=turn_id,
            confidence=round(confidence, 4),
            first_seen=same.first_seen if same else now,
            last_seen=now,
        )
        written.append(learnt)
        changes.append(
            ProfileChange(
                op="strengthen" if same else "replace" if older else "add",
                fact=learnt.model_dump(
                    mode="json", include={"id", "field", "op", "value", "quote", "confidence"}
                ),
            )
        )
    return written, changes


def _trait(fact: Fact, advice: AdviceBook) -> tuple[str, Literal["=", "!="], str] | None:
    """The lasting part of a fact: field, sign and value; None where nothing of it lasts."""
    if fact.sort is not None:
        return None
    if fact.field == "need":
        entry = advice.get(str(fact.value))
        return (entry.field, "=", entry.name("en")) if entry and entry.trait else None
    if fact.field == "size" and fact.op == "=":
        return ("size", "=", str(fact.value))
    if fact.field == "brand" and fact.op == "!=":
        return ("brand", "!=", str(fact.value))
    return None
