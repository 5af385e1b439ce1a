"""The shape of a shopper's tastes, as ``assistant.profile.behaviour.affinity`` works them out."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from assistant.profile.behaviour.events import EventType
from retrieval.conditions import Scalar

PRICE_BAND = "price_band"
BANDS = ("low", "middle", "high")
NAMED_EVENTS = 5


class Affinity(BaseModel):
    """How much a shopper leans to a value.

    Attributes:
        field: a product field, an attribute, or ``price_band``.
        value: as the catalogue writes it; ``low``, ``middle`` or ``high`` for a price band.
        score: from -1 to 1, above 0 where they like it.
        lift: how many times as common it is in what they like as in the catalogue; in what they
            dislike where the score is below 0.
        confidence: from 0 to 1, by how much evidence there is and on how many products it rests.
        products: how many different products or searches it rests on.
        shown_by: the kind of event that says most of it.
        events: the ids of up to five events that it rests on, the weightiest first.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    value: Scalar
    score: float = Field(ge=-1, le=1)
    lift: float = Field(ge=0)
    confidence: float = Field(ge=0, le=1)
    products: int = Field(ge=1)
    shown_by: EventType
    events: tuple[str, ...] = Field(max_length=NAMED_EVENTS)


class Affinities(BaseModel):
    """All that a shopper leans to or from.

    Attributes:
        items: the strongest first, whether for or against.
        kinds: the most special categories of what they like, with their part of it, the greatest
            first; None stands for products without a category.
    """

    model_config = ConfigDict(frozen=True)

    items: tuple[Affinity, ...] = ()
    kinds: tuple[tuple[str | None, float], ...] = ()

    def of(self, field: str) -> list[Affinity]:
        """The affinities of a field, the strongest first."""
        return [item for item in self.items if item.field == field]
