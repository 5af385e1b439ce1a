"""What a reply claims, and whether a record bears it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "product",
    "brand",
    "price",
    "number",
    "rating",
    "count",
    "size",
    "attribute",
    "stock",
    "superlative",
    "policy",
    "unknown",
]


@dataclass(frozen=True)
class Claim:
    """One claim of a text.

    Attributes:
        kind: what is claimed.
        text: the words that claim it.
        sentence: the sentence that they stand in.
        product_id: of which product, where it is one.
        supported: whether the records bear it out.
        told: for a person, what the records say.
    """

    kind: Kind
    text: str
    sentence: str
    product_id: str | None
    supported: bool
    told: str
