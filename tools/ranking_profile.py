"""What is known of a shopper, as shares of a ranking's score."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.conditions import Condition
from retrieval.errors import BadCondition
from retrieval.index import CatalogueIndex
from tools.leaning import Leaning
from tools.ranking_parts import POINTS, Part, Points, Share, price_bounds, price_fit, whole
from tools.ranking_weights import RankingWeights

NEGATIVE = frozenset({"!=", "not_in"})


@dataclasses.dataclass(frozen=True)
class OpenLeaning:
    """A leaning that a search leaves open.

    Attributes:
        meets: what of the whole catalogue meets its condition, shape (rows,).
    """

    leaning: Leaning
    meets: Mask

    @property
    def condition(self) -> Condition:
        """The leaning's."""
        return self.leaning.condition

    @property
    def strength(self) -> float:
        """The leaning's."""
        return self.leaning.strength


def left_open(
    index: CatalogueIndex, leanings: Sequence[Leaning], stated: Sequence[Condition]
) -> list[OpenLeaning]:
    """The leanings that a search leaves open: on what it states, the statement alone counts.

    Of a kind that is asked for, the shopper may yet like one kind within it better. What the
    catalogue has no field for is left out: a profile outlives a catalogue.
    """
    fields = {_field(condition) for condition in stated} - {"category"}
    found: list[OpenLeaning] = []
    for leaning in leanings:
        if _field(leaning.condition) in fields:
            continue
        try:
            meets = index.columns.mask([leaning.condition])
        except BadCondition:
            continue
        found.append(OpenLeaning(leaning, meets))
    return found


def _field(condition: Condition) -> str:
    """A condition's field, however it is written."""
    return condition.field.removeprefix("attributes.").casefold()


def known(
    rows: NDArray[np.int64],
    prices: NDArray[np.float64],
    leanings: Sequence[OpenLeaning],
    weights: RankingWeights,
) -> list[Share]:
    """What each leaning adds to each row, or takes away where it is a dislike.

    Of the leanings on one field the strongest that is met counts; together they stay within the
    weight of the part. A leaning on the price says what the shopper usually pays.

    Args:
        rows: of the hits.
        prices: of the hits.
        leanings: what is known, as ``left_open`` gives it.
        weights: of the parts.
    """
    paid = [one.leaning for one in leanings if _is_price(one.condition)]
    liked: dict[str, list[tuple[Leaning, Mask]]] = defaultdict(list)
    disliked: dict[str, list[tuple[Leaning, Mask]]] = defaultdict(list)
    for one in sorted(leanings, key=lambda one: -one.strength):
        if _is_price(one.condition):
            continue
        met, field = one.meets[rows], _field(one.condition)
        if one.condition.op in NEGATIVE:
            disliked[field].append((one.leaning, ~met))
        else:
            liked[field].append((one.leaning, met))
    shares = list(_weighed(liked, weights.profile))
    shares += _weighed(disliked, -weights.profile)
    return shares + _usual_price(paid, prices, weights)


def _weighed(by_field: dict[str, list[tuple[Leaning, Mask]]], weight: float) -> list[Share]:
    most = sum(group[0][0].strength for group in by_field.values())
    shares: list[Share] = []
    for group in by_field.values():
        open_still = np.ones(len(group[0][1]), dtype=bool)
        for leaning, holds in group:
            worth = leaning.strength / max(1.0, most)
            counted = holds & open_still
            open_still &= ~holds
            points = whole(weight, worth * counted.astype(np.float64))
            shares.append(_share("profile", points, leaning))
    return shares


def _usual_price(
    paid: Sequence[Leaning], prices: NDArray[np.float64], weights: RankingWeights
) -> list[Share]:
    if not paid:
        return []
    strongest = max(paid, key=lambda one: one.strength)
    least, most = price_bounds([one.condition for one in paid])
    fit = price_fit(prices, least, most) / POINTS
    return [_share("price", whole(weights.price * strongest.strength, fit), strongest)]


def _is_price(condition: Condition) -> bool:
    return price_bounds([condition]) != (None, None)


def _share(part: Part, points: Points, leaning: Leaning) -> Share:
    return Share(
        part,
        points,
        source=leaning.source,
        text=leaning.text,
        condition=leaning.condition,
    )
