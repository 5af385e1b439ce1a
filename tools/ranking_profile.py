"""What is known of a shopper, as shares of a ranking's score."""

from __future__ import annotations

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


def left_open(
    index: CatalogueIndex, leanings: Sequence[Leaning], stated: Sequence[Condition]
) -> list[Leaning]:
    """The leanings that a search leaves open: on what it states, the statement alone counts.

    Of a kind that is asked for, the shopper may yet like one kind within it better. What the
    catalogue has no field for is left out: a profile outlives a catalogue.
    """
    fields = {condition.field for condition in stated} - {"category"}
    return [
        leaning
        for leaning in leanings
        if leaning.condition.field not in fields and _known(index, leaning.condition)
    ]


def _known(index: CatalogueIndex, condition: Condition) -> bool:
    try:
        index.columns.mask([condition])
    except BadCondition:
        return False
    return True


def known(
    index: CatalogueIndex,
    rows: NDArray[np.int64],
    prices: NDArray[np.float64],
    leanings: Sequence[Leaning],
    weights: RankingWeights,
) -> list[Share]:
    """What each leaning adds to each row, or takes away where it is a dislike.

    Of the leanings on one field the strongest that is met counts; together they stay within the
    weight of the part. A leaning on the price says what the shopper usually pays.

    Args:
        index: the catalogue.
        rows: of the hits.
        prices: of the hits.
        leanings: what is known, as ``left_open`` gives it.
        weights: of the parts.
    """
    paid = [leaning for leaning in leanings if _is_price(leaning.condition)]
    liked: dict[str, list[tuple[Leaning, Mask]]] = defaultdict(list)
    disliked: dict[str, list[tuple[Leaning, Mask]]] = defaultdict(list)
    for leaning in sorted(leanings, key=lambda one: -one.strength):
        if leaning in paid:
            continue
        met = index.columns.mask([leaning.condition])[rows]
        if leaning.condition.op in NEGATIVE:
            disliked[leaning.condition.field].append((leaning, ~met))
        else:
            liked[leaning.condition.field].append((leaning, met))
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
