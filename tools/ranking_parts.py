"""What adds up to a product's score: relevance, wishes, rating, stock and price.

Everything is counted in whole points, ten thousand to one, so that sums are exact.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from retrieval.conditions import Condition
from retrieval.fields import key
from retrieval.index import CatalogueIndex, Hit
from retrieval.product import Availability, Product, Variant
from tools.ranking_weights import RankingWeights

Part = Literal[
    "relevance", "wishes", "profile", "rating", "stock", "price", "rules", "variety", "wishes_first"
]
POINTS = 10_000
Points = NDArray[np.int64]

# How many average reviews a product's own are weighed against, so that one 5.0 proves little.
_PRIOR_REVIEWS = 25
# What a stated wish adds over one that follows from advice.
_STATED, _DERIVED = 2, 1
# How much of a thing that can only be ordered in advance is there.
_THERE: dict[Availability, float] = {
    "in_stock": 1.0, "preorder": 0.5, "backorder": 0.5, "out_of_stock": 0.0,
}  # fmt: skip


class Point(BaseModel):
    """One reason for a product's place, with what it adds.

    Attributes:
        points: what it adds to the score, to four decimals; below 0 for what it takes away.
        source: what it rests on: ``product:ID#field``, ``profile:…``, ``behaviour:…``,
            ``rule:ID``, ``search:query`` or ``ranking:…``.
        text: why, by language; empty where the part itself says it.
        condition: what the record meets, of a wish.
    """

    model_config = ConfigDict(frozen=True)

    part: Part
    points: float
    source: str
    text: dict[str, str] = Field(default_factory=dict)
    condition: Condition | None = None


@dataclasses.dataclass(frozen=True)
class Share:
    """What one reason adds to each of the hits.

    Attributes:
        points: in whole points, shape (hits,).
        source: of all of them; None where it is a field of each product's own record.
        field: that field.
    """

    part: Part
    points: Points
    source: str | None = None
    field: str = ""
    text: dict[str, str] = dataclasses.field(default_factory=dict)
    condition: Condition | None = None

    def point(self, at: int, product: Product) -> Point:
        """The reason as one product has it."""
        return Point(
            part=self.part,
            points=int(self.points[at]) / POINTS,
            source=self.source or f"product:{product.id}#{self.field}",
            text=self.text,
            condition=self.condition,
        )


def whole(weight: float, shares: Sequence[float] | NDArray[np.float64]) -> Points:
    """Shares of a weight, from -1 to 1, as whole points."""
    return np.rint(weight * POINTS * np.asarray(shares, dtype=np.float64)).astype(np.int64)


def relevance(hits: Sequence[Hit], weights: RankingWeights) -> Share:
    """How well each hit fits the query's words, over the one that fits best."""
    best = max((hit.score for hit in hits), default=0.0)
    shares = [hit.score / best if best > 0 else 0.0 for hit in hits]
    return Share("relevance", whole(weights.relevance, shares), source="search:query")


def wishes(
    index: CatalogueIndex,
    rows: NDArray[np.int64],
    prefer: Sequence[Condition],
    derived: Sequence[Condition],
    weights: RankingWeights,
) -> tuple[list[Share], Points]:
    """The preferences met, and how much of the wishes each row meets.

    Args:
        index: the catalogue.
        rows: of the hits.
        prefer: conditions that had better hold.
        derived: those of them that nobody stated: they follow from advice, and add half as much.
        weights: of the parts.

    Returns:
        A share for each preference; and a level by hit. It grows with every stated wish that is
        met, and of those who meet as many with every derived one: no number of derived ones makes
        up for a stated wish.
    """
    size = [_DERIVED if condition in derived else _STATED for condition in prefer]
    stated = np.zeros(len(rows), dtype=np.int64)
    advised = np.zeros(len(rows), dtype=np.int64)
    shares: list[Share] = []
    for at, (condition, counts) in enumerate(zip(prefer, size, strict=True)):
        met = index.columns.mask([condition])[rows].astype(np.int64)
        # Who says a thing twice has one wish.
        if condition not in prefer[:at]:
            if counts == _STATED:
                stated += met
            else:
                advised += met
        worth = whole(weights.wishes, [counts / sum(size)])[0]
        shares.append(Share("wishes", worth * met, field=condition.field, condition=condition))
    return shares, stated * (len(prefer) + 1) + advised


def rating(hits: Sequence[Hit], index: CatalogueIndex, weights: RankingWeights) -> Share:
    """What others think, weighed against the catalogue's mean where they are few."""
    ratings = index.columns.numbers("rating", index.columns.live)
    mean = float(ratings.mean()) if len(ratings) else 0.0
    shares = [_rating(hit.product, mean) / 5 for hit in hits]
    return Share("rating", whole(weights.rating, shares), field="rating")


def _rating(product: Product, mean: float) -> float:
    count = product.rating_count or 0
    if product.rating is None:
        return mean
    return (product.rating * count + mean * _PRIOR_REVIEWS) / (count + _PRIOR_REVIEWS)


def stock(hits: Sequence[Hit], wanted: Sequence[Condition], weights: RankingWeights) -> Share:
    """How much of what is wanted is there: of the sizes and colours asked for, else of all.

    Args:
        hits: the products.
        wanted: all conditions of the search.
        weights: of the parts.
    """
    asked: dict[str, set[str]] = {}
    for condition in wanted:
        if condition.field in ("size", "color") and condition.op in ("=", "in"):
            values = condition.value if isinstance(condition.value, list) else [condition.value]
            asked.setdefault(condition.field, set()).update(key(value) for value in values)
    shares = [_there(hit.product, asked) for hit in hits]
    return Share("stock", whole(weights.stock, shares), field="availability")


def _there(product: Product, asked: dict[str, set[str]]) -> float:
    share = _THERE[product.availability]
    if not product.variants:
        return share
    wanted = [v for v in product.variants if _is_asked(v, asked)] or product.variants
    return share * sum(_THERE[v.availability] for v in wanted) / len(wanted)


def _is_asked(variant: Variant, asked: dict[str, set[str]]) -> bool:
    values = {"size": variant.size, "color": variant.color}
    return all(key(values[name] or "") in wanted for name, wanted in asked.items())


def price_bounds(conditions: Sequence[Condition]) -> tuple[float | None, float | None]:
    """The least and the greatest price that conditions name; None where they name none."""
    least, most = [], []
    for condition in conditions:
        value = condition.value
        if condition.field != "price" or not isinstance(value, float | int):
            continue
        if condition.op in (">", ">="):
            least.append(float(value))
        elif condition.op in ("<", "<="):
            most.append(float(value))
        elif condition.op == "=":
            least.append(float(value))
            most.append(float(value))
    return (max(least, default=None), min(most, default=None))


def price_fit(prices: NDArray[np.float64], least: float | None, most: float | None) -> Points:
    """How well prices fit a band, in points of a weight of one.

    All within fit alike: who says "under 100" does not ask for 99. Outside, the fit falls
    straight to nothing at half as much again, or at half the least.
    """
    fit = np.ones(len(prices))
    if most is not None:
        over = (prices - most) / (max(most, 0.01) / 2)
        fit = np.minimum(fit, 1 - np.clip(over, 0, 1))
    if least is not None:
        under = (least - prices) / (max(least, 0.01) / 2)
        fit = np.minimum(fit, 1 - np.clip(under, 0, 1))
    return whole(1.0, fit)
