"""How much each part of a ranking can add at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

LEARNT: Final = ("relevance", "wishes", "profile", "rating", "stock", "price")
"""The parts whose weights may be learnt; rules and variety are the shop's to decide."""

# A learnt weight stays within these multiples of its default: events tell what sells, and what is
# asked for must go on counting most.
_LEAST, _MOST = 0.5, 2.0


class RankingWeights(BaseModel):
    """The most that a part can add to a score; ``profile`` and ``rules`` can take as much away.

    Attributes:
        relevance: fit to the words of the query.
        wishes: preferences met.
        profile: what is known of the shopper.
        rating: other shoppers' ratings, few of them weighed against the average.
        stock: how much of what is wanted is there now.
        price: fit to the budget, or to what the shopper usually pays.
        rules: what the shop itself puts forward or back.
        variety: the most that is taken from what is like the products above it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    relevance: float = Field(default=1.0, gt=0)
    wishes: float = Field(default=1.5, gt=0)
    profile: float = Field(default=0.8, gt=0)
    rating: float = Field(default=0.5, gt=0)
    stock: float = Field(default=0.1, gt=0)
    price: float = Field(default=0.2, gt=0)
    rules: float = Field(default=0.5, gt=0)
    variety: float = Field(default=0.1, ge=0)

    def learnt(self, weights: Mapping[str, float]) -> RankingWeights:
        """These weights with some of them replaced, each kept within its bounds.

        Args:
            weights: of parts that may be learnt; others are passed over.
        """
        held: dict[str, float] = self.model_dump()
        for name in LEARNT:
            if name in weights:
                least, most = self.bounds(name)
                held[name] = round(min(max(weights[name], least), most), 4)
        return RankingWeights.model_validate(held)

    @staticmethod
    def bounds(part: str) -> tuple[float, float]:
        """The least and the greatest weight that may be learnt for a part."""
        usual = float(getattr(DEFAULT_WEIGHTS, part))
        return _LEAST * usual, _MOST * usual


DEFAULT_WEIGHTS: Final = RankingWeights()
