"""The order in which products that fit are offered, as a sum that can be read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from retrieval.columns import Mask
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex, Hit
from retrieval.product import Product
from retrieval.rules import ShopRule
from tools.leaning import Leaning
from tools.ranking_parts import (
    POINTS,
    Point,
    Points,
    Share,
    price_bounds,
    price_fit,
    rating,
    relevance,
    stock,
    whole,
    wishes,
)
from tools.ranking_profile import OpenLeaning, known, left_open
from tools.ranking_weights import DEFAULT_WEIGHTS, RankingWeights
from tools.shop_rules import pin_shares, rule_shares
from tools.variety import variety_points
from tools.wishes_first import held_back, order_of

_NAMED = frozenset({"brand", "title", "title_zh", "id"})


class Sort(BaseModel):
    """An extreme that comes before every other order."""

    model_config = ConfigDict(frozen=True)

    field: str
    direction: Literal["asc", "desc"]


class Ranked(BaseModel):
    """A product with what its place rests on.

    Attributes:
        score: the sum of ``points``.
        points: every reason with what it adds; those that add nothing are left out.
        met, missed: the preferences that the record meets and does not.
    """

    model_config = ConfigDict(frozen=True)

    product: Product
    score: float
    points: tuple[Point, ...] = ()
    met: tuple[Condition, ...] = ()
    missed: tuple[Condition, ...] = ()

    @property
    def parts(self) -> dict[str, float]:
        """What each part adds: relevance, wishes, profile and so on."""
        sums: dict[str, int] = {}
        for point in self.points:
            sums[point.part] = sums.get(point.part, 0) + round(point.points * POINTS)
        return {part: points / POINTS for part, points in sums.items()}


def rank(
    hits: Sequence[Hit],
    index: CatalogueIndex,
    *,
    where: Sequence[Condition] = (),
    prefer: Sequence[Condition] = (),
    derived: Sequence[Condition] = (),
    leanings: Sequence[Leaning] = (),
    opened: Sequence[OpenLeaning] | None = None,
    rules: Sequence[ShopRule] = (),
    brought: Collection[int] = (),
    sort: Sort | None = None,
    weights: RankingWeights = DEFAULT_WEIGHTS,
) -> list[Ranked]:
    """Orders hits by what was asked, then by what is known and what the shop puts forward.

    What was asked is never overruled: whoever meets more of the stated wishes and stands above
    without the profile and the rules, stands above with them; of those who meet as many, whoever
    meets more of what advice derives from them. Where an extreme is asked for, its values
    come before every score.

    Args:
        hits: products that meet every condition.
        index: the catalogue that they come from.
        where: the conditions that all of them meet.
        prefer: conditions that had better be met.
        derived: those of ``prefer`` that follow from advice and were not stated.
        leanings: what is known of the shopper.
        opened: in place of ``leanings``, those that ``left_open`` has gone through already.
        rules: the shop's, that the search calls for.
        brought: rows of hits that only the profile or the rules have brought in.
        sort: a field whose least or greatest values come first; what lacks the field comes last.
        weights: how much each part can add.
    """
    if not hits:
        return []
    rows = np.array([hit.row for hit in hits], dtype=np.int64)
    prices = np.array([float(hit.product.effective_price) for hit in hits])
    stated = [*where, *prefer]
    met, level = wishes(index, rows, prefer, derived, weights)
    asked = [relevance(hits, weights), *met, rating(hits, index, weights)]
    asked.append(stock(hits, stated, weights))
    least, most = price_bounds(stated)
    if least is not None or most is not None:
        fit = price_fit(prices, least, most) / POINTS
        asked.append(Share("price", whole(weights.price, fit), field="price"))
    base = _total(asked, len(hits))
    vary = 0.0 if sort is not None or any(c.field in _NAMED for c in stated) else weights.variety
    known_open = left_open(index, leanings, stated) if opened is None else opened
    gains = known(rows, prices, known_open, weights)
    gains += rule_shares(index, rows, rules, weights)
    pins, pinned = pin_shares(index, rows, rules, base + _total(gains, len(hits)), level, weights)
    gains += pins
    before = base
    if gains:
        found = ~np.isin(rows, np.fromiter(brought, dtype=np.int64))
        before = _without_gains(hits, base, level, found, vary)
    last = _last_shares(hits, before, base + _total(gains, len(hits)), level, pinned, vary)
    shares = [*asked, *gains, *last]
    scores = _total(shares, len(hits))
    ranked = [
        _ranked(int(at), hits[int(at)].product, int(scores[at]), shares)
        for at in order_of(scores, level, pinned)
    ]
    if sort is not None:
        ranked.sort(key=lambda r: _sort_key(r.product, sort))
    return ranked


def _without_gains(
    hits: Sequence[Hit], base: Points, level: Points, found: Mask, vary: float
) -> Points:
    """The scores that there would be without the profile and the rules.

    What only they have brought in would not be there, and takes no place from the others' variety.

    Args:
        found: which hits would be there; the others come last.
    """
    before = np.full(len(hits), np.iinfo(np.int64).min // 2, dtype=np.int64)
    at = np.flatnonzero(found)
    own, nobody = base[at], np.zeros(len(at), dtype=bool)
    last = _last_shares([hits[i] for i in at.tolist()], own, own, level[at], nobody, vary)
    before[at] = own + _total(last, len(at))
    return before


def _last_shares(
    hits: Sequence[Hit],
    before: Points,
    scores: Points,
    level: Points,
    pinned: Mask,
    vary: float,
) -> list[Share]:
    """What variety takes, and what keeps those who meet more wishes above, of all other parts."""
    held = held_back(before, scores, level)
    varied = np.zeros(len(hits), dtype=np.int64)
    if vary:
        order = order_of(scores + held, level, pinned)
        products = [hits[int(at)].product for at in order]
        varied[order] = variety_points(products, (scores + held)[order], vary)
        # Who is pinned stays first.
        varied[pinned] = 0
        held = held_back(before, scores + varied, level)
    return [
        Share("variety", varied, source="ranking:variety"),
        Share("wishes_first", held, source="ranking:wishes_first"),
    ]


def _total(shares: Sequence[Share], size: int) -> Points:
    return sum((share.points for share in shares), np.zeros(size, dtype=np.int64))


def _ranked(at: int, product: Product, score: int, shares: Sequence[Share]) -> Ranked:
    wished = [s for s in shares if s.part == "wishes" and s.condition is not None]
    return Ranked(
        product=product,
        score=score / POINTS,
        points=tuple(share.point(at, product) for share in shares if share.points[at]),
        met=tuple(s.condition for s in wished if s.condition and s.points[at]),
        missed=tuple(s.condition for s in wished if s.condition and not s.points[at]),
    )


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
