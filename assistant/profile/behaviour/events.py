"""What a shopper did in the shop, as the shop's own pages report it."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

EventType = Literal["view", "search", "click", "cart", "purchase", "rate", "return"]

# The longest id of a product is 200 characters. Control characters have no place in an id, and
# PostgreSQL keeps no text with a zero byte.
_Id = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
_Words = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class Event(BaseModel):
    """One thing that a shopper did.

    What depends on the catalogue or on the time of day is checked by
    ``assistant.profile.behaviour.event_intake``.

    Attributes:
        event_id: the shop's own id; the same id of the same shopper is the same event.
        product_id: of the shop's catalogue; every type but ``search`` has one.
        query: the words of a search.
        value: stars from 1 to 5 of a rating, or how many were bought.
        time: when it happened, with its zone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_id: _Id
    shopper_id: _Id
    session_id: _Id | None = None
    type: EventType
    product_id: _Id | None = None
    query: _Words | None = None
    # Strict: a truth value or a text is no number of stars.
    value: Annotated[float, Field(strict=True, allow_inf_nan=False)] | None = None
    time: AwareDatetime

    @property
    def seconds(self) -> float:
        """When it happened, in seconds since 1970."""
        return self.time.timestamp()


class Done(NamedTuple):
    """What of an event tells of taste, as each turn reads hundreds of them.

    They were checked when they came, and are not again.
    """

    event_id: str
    type: EventType
    product_id: str | None
    query: str | None
    value: float | None
    seconds: float
