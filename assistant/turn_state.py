"""What the steps of a turn hand on to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from assistant.answering import Answer
from assistant.asked import Asked
from assistant.comparing.table import ComparisonTable
from assistant.desk.rules import Trigger
from assistant.evidence import Evidence
from assistant.llm.client import Usage
from assistant.need import Need
from assistant.ordering.dialogue import OrderTalk
from assistant.ordering.state import Ordering
from assistant.precautions import Precaution
from assistant.reply import Citation, Confirmation, Handoff, Intent, Reply
from tools.reading.fact import ParsedQuery
from tools.reading.mood import Mood
from tools.toolbox import Toolbox


@dataclass(frozen=True)
class Opened:
    """The sentence that an answer opens with, made from records, and what the model goes on from.

    Attributes:
        citations: what the sentence rests on.
        spoken: ids of the products that it says enough of.
        sheet: the facts that the model is given to go on from; None where all is said.
    """

    sentence: str
    citations: Sequence[Citation]
    spoken: Sequence[str]
    sheet: str | None


class TurnState(TypedDict, total=False):
    """What the steps of a turn hand on."""

    asked: Asked
    toolbox: Toolbox
    started: float
    timing: dict[str, float]
    usage: Usage
    parsed: ParsedQuery
    mood: Mood
    precaution: Precaution | None
    trigger: Trigger | None
    orders: OrderTalk | None
    on_orders: bool
    ordering: Ordering
    confirmation: Confirmation | None
    need: Need
    intent: Intent
    evidence: Evidence | None
    lead: list[str]
    cited: list[Citation]
    near: str | None
    opened: Opened | None
    comparison: ComparisonTable | None
    question: str | None
    choices: list[str]
    handoff: Handoff | None
    unanswered: bool
    answer: Answer
    reply: Reply
