"""What the assistant answers with: the Reply of the interface, and the events of a stream."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from assistant.comparing.table import ComparisonTable
from assistant.need import Need, Wish
from tools.reading.fact import Fact
from tools.toolbox import ToolCall

Language = Literal["en", "zh"]
Intent = Literal[
    "recommend",
    "compare",
    "product_question",
    "policy",
    "order",
    "clarify",
    "not_in_catalogue",
    "handoff",
    "smalltalk",
    "refuse",
]


class Reason(BaseModel):
    """Why a product is offered: a sentence and the record that it rests on.

    Attributes:
        part: the part of the ranking that it is; None where it adds nothing to the score.
        points: what it adds to the score; those of all reasons make up the whole score.
    """

    text: str
    source: str
    met: bool = True
    part: str | None = None
    points: float = 0.0


class OfferedProduct(BaseModel):
    """A product in a reply, with its effective price.

    Attributes:
        score: what its place rests on, the sum of its reasons' points; None where products were
            not ranked.
    """

    id: str
    title: str
    price: float
    currency: str
    list_price: float | None = None
    rating: float | None = None
    rating_count: int | None = None
    image_url: str | None = None
    url: str | None = None
    score: float | None = None
    reasons: list[Reason] = Field(default_factory=list)


class Citation(BaseModel):
    """What a marker of the text stands for: ``product:ID#field``, ``advice:ID`` or
    ``order:NUMBER#field``.
    """

    marker: str
    source: str
    value: str


class ProfileChange(BaseModel):
    """A change of the shopper's profile that the turn made."""

    op: Literal["add", "strengthen", "replace", "end"]
    fact: dict[str, Any]


HandoffStatus = Literal["waiting", "person", "message_taken", "ended"]


class Handoff(BaseModel):
    """Why a person should take over, and what they should know.

    Attributes:
        status: ``waiting`` for a person; ``person``, who has the talk: the bot says nothing;
            ``message_taken`` where nobody is there until the shop opens; ``ended``.
        case_id: of the case at the desk.
    """

    reason: str
    summary: str
    status: HandoffStatus = "waiting"
    case_id: str | None = None


class Confirmation(BaseModel):
    """A change that waits for the shopper's yes. Nothing of it has happened.

    Attributes:
        id: of the offer.
        text: exactly what would be done, in money too.
        change: its kind: ``cancel``, ``address``, ``payment``, ``items``, ``return``, ``exchange``
            or ``account_address``.
    """

    id: str
    text: str
    change: str


class UsageReport(BaseModel):
    """What the turn cost at the language model.

    Attributes:
        llm_failures: calls that gave nothing that could be used; rules and records spoke instead.
    """

    llm_calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    llm_failures: int = 0


class Reply(BaseModel):
    """The whole answer to one message.

    Attributes:
        need: what holds after the message.
        released: wishes that the shopper took away by hand; there was no message then.
        facts: what the message itself states, those included that ask and wish for nothing.
        comparison: the table where products were compared.
        choices: answers to a question that is asked back.
        unanswered: whether nothing was found, nothing is known of it, or something is asked back.
    """

    thread_id: str
    turn_id: str
    text: str
    language: Language
    intent: Intent
    sentiment: Literal["positive", "neutral", "negative"] = "neutral"
    urgency: Literal["low", "normal", "high"] = "normal"
    products: list[OfferedProduct] = Field(default_factory=list)
    citations: list[Citation] = Field(default_factory=list)
    need: Need = Field(default_factory=Need)
    released: list[Wish] = Field(default_factory=list)
    facts: list[Fact] = Field(default_factory=list)
    pick: str | None = None
    choices: list[str] = Field(default_factory=list)
    comparison: ComparisonTable | None = None
    confirmation: Confirmation | None = None
    profile_changes: list[ProfileChange] = Field(default_factory=list)
    actions: list[ToolCall] = Field(default_factory=list)
    handoff: Handoff | None = None
    unanswered: bool = False
    usage: UsageReport = Field(default_factory=UsageReport)
    timing_ms: dict[str, float] = Field(default_factory=dict)


class StatusEvent(BaseModel):
    """What the assistant is doing."""

    event: Literal["status"] = "status"
    text: str


class DeltaEvent(BaseModel):
    """A part of the text that has passed its checks."""

    event: Literal["delta"] = "delta"
    text: str


class ProductEvent(BaseModel):
    """A product that the answer offers."""

    event: Literal["product"] = "product"
    product: OfferedProduct


class ReplyEvent(BaseModel):
    """The end of a turn that is durable."""

    event: Literal["reply"] = "reply"
    reply: Reply


TurnEvent = StatusEvent | DeltaEvent | ProductEvent | ReplyEvent
