"""What staff see of a case, and what shoppers see of staff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from assistant.desk.rules import Trigger
from assistant.desk.tables import CaseMessageRow, CaseRow
from assistant.need import Need
from assistant.reply import HandoffStatus, Language, Reply
from prompts import phrases
from retrieval.index import CatalogueIndex

CaseStatus = Literal["waiting", "person", "returned", "closed"]
_ORDER_KEYS = ("order_id", "order_number")
# It is called with a number that somebody claims, whether or not the order is theirs.
_CLAIMS = frozenset({"prove_order"})


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Standing(_Frozen):
    """How things stand with the open case of a thread.

    Attributes:
        staff: who has taken it over.
    """

    id: str
    status: CaseStatus
    staff: str | None
    after_hours: bool

    @property
    def told(self) -> HandoffStatus:
        """The status as a shopper is told."""
        if self.status == "waiting":
            return "message_taken" if self.after_hours else "waiting"
        return "person" if self.status == "person" else "ended"


class CaseMessage(_Frozen):
    """Something that was said in a case; see ``CaseMessageRow``."""

    number: int
    speaker: Literal["shopper", "bot", "person"]
    name: str | None
    text: str
    time: datetime


class StaffMessage(_Frozen):
    """What a person of the shop wrote to a shopper.

    Attributes:
        after_turn: how many turns the thread had when it was written.
    """

    name: str
    text: str
    time: datetime
    after_turn: int


class Case(_Frozen):
    """A case; see ``CaseRow``."""

    id: str
    thread_id: str
    shopper_id: str
    language: Language
    status: CaseStatus
    trigger: Trigger
    urgency: Literal["low", "normal", "high"]
    sentiment: Literal["positive", "neutral", "negative"]
    wishes: list[str]
    tried: list[dict[str, Any]]
    orders: list[str]
    staff: str | None
    remembered: bool
    after_hours: bool
    opened: datetime
    waiting_since: datetime
    updated: datetime
    closed: datetime | None


def case_of(row: CaseRow) -> Case:
    """A case as it is kept."""
    return Case.model_validate(row)


def standing_of(row: CaseRow) -> Standing:
    """How things stand with a case."""
    return Standing.model_validate(row)


def message_of(row: CaseMessageRow) -> CaseMessage:
    """A message as it is kept."""
    return CaseMessage.model_validate(row)


def tried_in(replies: Iterable[tuple[int, Reply]], index: CatalogueIndex) -> list[dict[str, Any]]:
    """What the assistant did in each turn: its tools, and titles of the products that it showed.

    Args:
        replies: with the numbers of their turns.
        index: the catalogue; a product that is not in it any more goes by the reply's title.
    """
    tried = []
    for number, reply in replies:
        tools = list(
            dict.fromkeys(call.tool for call in reply.actions if call.tool != "parse_query")
        )
        products = [p.title for p in reply.products]
        if tools or products:
            tried.append({"turn": number, "tools": tools, "products": products})
    return tried


def orders_in(replies: Iterable[Reply]) -> list[str]:
    """The ids of the shopper's own orders that tools were called with, as they first came."""
    named = (
        str(call.arguments[key])
        for reply in replies
        for call in reply.actions
        if call.tool not in _CLAIMS
        for key in _ORDER_KEYS
        if call.arguments.get(key)
    )
    return list(dict.fromkeys(named))


def more_urgent(
    one: Literal["low", "normal", "high"], other: Literal["low", "normal", "high"]
) -> Literal["low", "normal", "high"]:
    """The more urgent of two."""
    order: Sequence[Literal["low", "normal", "high"]] = ("low", "normal", "high")
    return max(one, other, key=order.index)


def wished(need: Need, language: str) -> list[str]:
    """What a shopper wants, in their own words.

    Args:
        need: of the thread.
        language: of the words about it.
    """
    fixed = phrases("zh" if language == "zh" else "en")
    said = [
        fixed["not_wanted"].format(quote=wish.quote) if wish.op == "!=" else wish.quote
        for wish in need.wishes()
    ]
    return list(dict.fromkeys(said))
