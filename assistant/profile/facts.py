"""Facts of a shopper's profile: what lasts beyond one purchase, with the words that say so."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field


class Evidence(BaseModel):
    """Words of the shopper that a fact rests on, with where they stand."""

    model_config = ConfigDict(frozen=True)

    quote: str
    thread_id: str
    turn_id: str
    time: datetime


class ProfileFact(BaseModel):
    """One thing known of a shopper.

    Attributes:
        field: such as ``foot_type``, ``size``, ``brand``.
        op: ``=`` for what is so or liked, ``!=`` for what is disliked; a bound for a habit of
            spending.
        strength: whether products must meet it, or had better.
        origin: ``dialogue``, or ``shopper`` where it was corrected by hand.
        confidence: from 0 to 1, when it was last seen; it fades from then on.
        pinned: whether the shopper said that it holds for good: it does not fade, and only they
            change it.
        evidence: the shopper's words, oldest first; the last are what it was last seen in.
        ended: when it stopped to hold; such a fact is history and is not used.
        ended_by: the fact that took its place, if one did.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    shopper_id: str
    field: str
    op: Literal["=", "!=", "<=", ">="]
    value: str
    strength: Literal["must", "prefer"] = "prefer"
    origin: Literal["dialogue", "shopper"] = "dialogue"
    confidence: float
    pinned: bool = False
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    first_seen: datetime
    last_seen: datetime
    ended: datetime | None = None
    ended_by: str | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def quote(self) -> str:
        """The words that it was last seen in."""
        return self.evidence[-1].quote

    @computed_field  # type: ignore[prop-decorator]
    @property
    def thread_id(self) -> str:
        """Where those words stand."""
        return self.evidence[-1].thread_id

    @computed_field  # type: ignore[prop-decorator]
    @property
    def turn_id(self) -> str:
        """The turn of those words."""
        return self.evidence[-1].turn_id
