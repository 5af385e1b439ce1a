"""The order in which products that fit are offered, as a sum that can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from retrieval.columns import Mask
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex, Hit
from retrieval.product import Product

# What each part can add at most. Wishes outweigh relevance, and either what is known of the
# shopper or what others think.
WEIGHTS = {"relevance": 1.0, "wishes": 1.5, "profile": 0.4, "rating": 0.5}
# How many average reviews a product's own are weighed against, so that one 5.0 proves little.
_PRIOR_REVIEWS = 25


class Sort(BaseModel):
    """An extreme that comes before every other order."""

    model_config = ConfigDict(frozen=True)

    field: str
    direction: Literal["asc", "desc"]


class Ranked(BaseModel):
    """A product with what its place rests on.

    Attributes:
        score: the sum of ``parts``.
        parts: what relevance, wishes met and rating add.
        met, missed: the preferences that the record meets and does not.
    """

    model_config = ConfigDict(frozen=True)

    product: Product
    score: float
    parts: dict[str, float]
    met: tuple[Condition, ...] = ()
    missed: tuple[Condition, ...] = ()


def rank(
    hits: Sequence[Hit],
    index: CatalogueIndex,
    *,
    prefer: Sequence[Condition] = (),
    traits: Sequence[Condition] = (),
    sort: Sort | None = None,
) -> list[Ranked]:
    """Orders hits by relevance, preferences met and rating; by an extreme first where asked.

    Args:
        hits: products that meet every condition.
        index: the catalogue that they come from.
        prefer: conditions that had better be met.
        traits: conditions that follow from what is known of the shopper.
        sort: a field whose least or greatest values come first; what lacks the field comes last.
    """
    masks = [(condition, index.columns.mask([condition])) for condition in prefer]
    known = [index.columns.mask([condition]) for condition in traits]
    best = max((hit.score for hit in hits), default=0.0)
    mean = _mean_rating(index)
    ranked = [_rank_one(hit, masks, known, best, mean) for hit in hits]
    ranked.sort(key=lambda r: -r.score)
    if sort is not None:
        ranked.sort(key=lambda r: _sort_key(r.product, sort))
    return ranked


def _rank_one(
    hit: Hit,
    masks: Sequence[tuple[Condition, Mask]],
    known: Sequence[Mask],
    best: float,
    mean: float,
) -> Ranked:
    met = tuple(condition for condition, mask in masks if mask[hit.row])
    missed = tuple(condition for condition, mask in masks if not mask[hit.row])
    parts = {"relevance": WEIGHTS["relevance"] * (hit.score / best if best > 0 else 0.0)}
    if masks:
        parts["wishes"] = WEIGHTS["wishes"] * len(met) / len(masks)
    if known:
        parts["profile"] = WEIGHTS["profile"] * sum(bool(m[hit.row]) for m in known) / len(known)
    parts["rating"] = WEIGHTS["rating"] * _rating(hit.product, mean) / 5
    return Ranked(
        product=hit.product, score=sum(parts.values()), parts=parts, met=met, missed=missed
    )


def _rating(product: Product, mean: float) -> float:
    count = product.rating_count or 0
    if product.rating is None:
        return mean
    return (product.rating * count + mean * _PRIOR_REVIEWS) / (count + _PRIOR_REVIEWS)


def _mean_rating(index: CatalogueIndex) -> float:
    ratings = index.columns.numbers("rating", index.columns.live)
    return float(ratings.mean()) if len(ratings) else 0.0


def _sort_key(product: Product, sort: Sort) -> tuple[bool, float]:
    value = field_number(product, sort.field)
    if value is None:
        return (True, 0.0)
    return (False, value if sort.direction == "asc" else -value)


def field_number(product: Product, field: str) -> float | None:
    """The number that a record has for a field, or None."""
    if field == "price":
        return float(product.effective_price)
    if field == "rating":
        return product.rating
    if field == "rating_count":
        return None if product.rating_count is None else float(product.rating_count)
    value = product.attributes.get(field)
    return value if isinstance(value, float) and not isinstance(value, bool) else None
