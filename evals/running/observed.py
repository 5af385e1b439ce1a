"""What is seen of a system from outside: what came of each message."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from evals.suite.conversation import Conversation
from tools.orders.order import Account, Order


class SeenWish(BaseModel):
    """A wish that a system says it holds.

    Attributes:
        op: ``asc`` and ``desc`` are superlatives, with no value.
        quote: the shopper's words that it rests on, where the system tells.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    op: str
    value: bool | float | str | list[bool | float | str] | None = None
    strength: Literal["must", "prefer"] = "must"
    quote: str = ""


class SeenCall(BaseModel):
    """A tool that was called."""

    model_config = ConfigDict(frozen=True)

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class SeenCitation(BaseModel):
    """What a marker of the text is said to stand for: ``product:ID#field`` or ``advice:ID``."""

    model_config = ConfigDict(frozen=True)

    marker: str
    source: str
    value: str


class SeenOffer(BaseModel):
    """A product as a shopper sees it beside the text."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    price: float
    currency: str


class SeenUsage(BaseModel):
    """What a turn cost at the language model; tokens as its server counts them.

    Attributes:
        failed: calls that gave nothing that could be used.
    """

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    failed: int = 0


class SeenTiming(BaseModel):
    """Milliseconds from sending the message, on the evaluator's clock.

    Attributes:
        first_text_ms: until the first text that a shopper could read; None where there was none.
        total_ms: until the answer was whole.
    """

    first_text_ms: float | None = None
    total_ms: float = 0.0


class Books(BaseModel):
    """All that an order desk has at one moment.

    Attributes:
        audits: what each audit record is of, ``order:`` or ``account:`` and an id, by its id.
    """

    accounts: list[Account]
    orders: list[Order]
    audits: dict[str, str] = Field(default_factory=dict)


class SeenOrders(BaseModel):
    """What became of the orders, as the evaluator reads it out of the desk.

    Attributes:
        initial: as the conversation began.
        after: as they are after the turn.
    """

    initial: Books
    after: Books


class Observed(BaseModel):
    """What came of one message. None means that the system does not tell such a thing.

    Attributes:
        text: what the shopper reads.
        language: what the system takes the language to be; the text itself is graded.
        products: ids of the products that are given, in their order.
        pick: the id of the one that is recommended above the others.
        facts: the wishes that it read out of this message.
        need: the wishes that it holds after the turn.
        unmatched: fields of wishes that it could not match to the catalogue.
        choices: what it offers with a question back.
        handoff: whether it passes the shopper on to a person.
        offers: the products as they are shown beside the text.
        citations: what the text rests on.
        tools: the calls of the turn, in their order.
        profile: what is known of the shopper after the turn.
        confirmation: whether an offer waits for the shopper's yes.
        orders: how they are; None where the conversation has none, or the system has no desk.
        timed: whether usage and timing are told; a run of another program may have none.
        error: why there is no answer; such a turn has failed, and counts as slower than any answer.
    """

    text: str = ""
    language: str | None = None
    intent: str | None = None
    products: list[str] = Field(default_factory=list)
    pick: str | None = None
    facts: list[SeenWish] | None = None
    need: list[SeenWish] | None = None
    unmatched: list[str] | None = None
    choices: list[str] = Field(default_factory=list)
    sentiment: str | None = None
    urgency: str | None = None
    handoff: bool | None = None
    offers: list[SeenOffer] | None = None
    citations: list[SeenCitation] | None = None
    tools: list[SeenCall] | None = None
    profile: list[SeenWish] | None = None
    confirmation: bool | None = None
    orders: SeenOrders | None = None
    usage: SeenUsage = Field(default_factory=SeenUsage)
    timing: SeenTiming = Field(default_factory=SeenTiming)
    timed: bool = True
    error: str | None = None


class System(Protocol):
    """Something that answers messages. One instance serves many conversations at once."""

    @property
    def name(self) -> str:
        """A short name for reports."""
        ...

    async def begin(self, conversation: Conversation) -> None:
        """Makes ready for a conversation, whatever was said before; its clock does not run yet.

        Args:
            conversation: says the catalogue, the rates of exchange, and who is known.

        Raises:
            ShopGuideError: it cannot be held. The runner marks all its turns as failed.
        """
        ...

    async def answer(self, conversation: Conversation, turn: int, message: str) -> Observed:
        """Answers one message.

        Args:
            conversation: says the catalogue and the rates of exchange. Its labels are for the
                grader: a system that looks at them cheats.
            turn: from 1.
            message: the shopper's.

        Raises:
            ShopGuideError: there is no answer. The runner marks the turn as failed.
        """
        ...
