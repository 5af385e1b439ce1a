"""What is known to please a shopper, as a ranking can weigh it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from retrieval.conditions import Condition


class Leaning(BaseModel):
    """A condition that a shopper's profile speaks for.

    Attributes:
        condition: what a product must meet to please.
        strength: how much it counts, above 0, at most 1; a faded or doubtful fact counts less.
        text: why, in one short clause by language (``en``, ``zh``), for the shopper to read.
        source: what it rests on: ``profile:FACT_ID`` or ``behaviour:FIELD``.
    """

    model_config = ConfigDict(frozen=True)

    condition: Condition
    strength: float = Field(gt=0, le=1)
    text: dict[str, str] = Field(default_factory=dict)
    source: str
