"""What a shop's rules add to a ranking. They order what fits and never bring in what does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.index import CatalogueIndex
from retrieval.rules import ShopRule
from retrieval.text import has_cjk, normalise, tokens
from tools.ranking_parts import Points, Share, whole
from tools.ranking_weights import RankingWeights


def rules_for(
    index: CatalogueIndex, query: str, fitting: Mask, today: date | None
) -> list[ShopRule]:
    """The rules that a search calls for.

    Args:
        index: the catalogue, with its rules.
        query: the words that are searched for.
        fitting: what meets the search's conditions.
        today: None where the day is not known; rules with dates then rest.
    """
    return [
        rule
        for rule in index.rules
        if rule.holds_on(today)
        and all(c.field in index.columns.fields for c in (*rule.which, *rule.when.where))
        and _says(query, rule.when.words.values())
        and _narrowed(index, rule, fitting)
    ]


def _says(query: str, words: Iterable[Sequence[str]]) -> bool:
    phrases = [phrase for group in words for phrase in group]
    small = normalise(query)
    stems = f" {' '.join(token.stem for token in tokens(small))} "
    return not phrases or any(
        normalise(phrase) in small
        if has_cjk(phrase)
        else f" {' '.join(token.stem for token in tokens(normalise(phrase)))} " in stems
        for phrase in phrases
    )


def _narrowed(index: CatalogueIndex, rule: ShopRule, fitting: Mask) -> bool:
    """Whether all that fits is what the rule is for."""
    return not rule.when.where or not bool(np.any(fitting & ~index.columns.mask(rule.when.where)))


def rule_shares(
    index: CatalogueIndex,
    rows: NDArray[np.int64],
    rules: Sequence[ShopRule],
    weights: RankingWeights,
) -> list[Share]:
    """What boosting and burying add; of several rules on one product, the strongest of a kind.

    Args:
        index: the catalogue.
        rows: of the hits.
        rules: that the search calls for.
        weights: of the parts.
    """
    shares: list[Share] = []
    for effect, weight in (("boost", weights.rules), ("bury", -weights.rules)):
        open_still = np.ones(len(rows), dtype=bool)
        for rule in sorted((r for r in rules if r.effect == effect), key=lambda r: -r.strength):
            counted = index.columns.mask(rule.which)[rows] & open_still
            open_still &= ~counted
            points = whole(weight, rule.strength * counted.astype(np.float64))
            shares.append(_share(rule, points))
    return shares


def pin_shares(
    index: CatalogueIndex,
    rows: NDArray[np.int64],
    rules: Sequence[ShopRule],
    scores: Points,
    level: Points,
    weights: RankingWeights,
) -> tuple[list[Share], NDArray[np.bool_]]:
    """What pinned products need to come first among those that meet the same wishes.

    Args:
        index: the catalogue.
        rows: of the hits.
        rules: that the search calls for.
        scores: without the pins, shape (hits,).
        level: how much of the wishes each hit meets.
        weights: a pin adds at least what a boost would.

    Returns:
        A share for each rule that pins, and which hits are pinned.
    """
    pinned = np.zeros(len(rows), dtype=bool)
    shares: list[Share] = []
    # The weakest first: each next one is put above the ones before.
    top = scores.copy()
    for rule in sorted((r for r in rules if r.effect == "pin"), key=lambda r: r.strength):
        which = index.columns.mask(rule.which)[rows]
        points = np.zeros(len(rows), dtype=np.int64)
        for same in np.unique(level[which]):
            peers = level == same
            chosen = np.flatnonzero(which & peers)
            others = top[peers & ~which]
            above = int(others.max()) + 1 - int(top[chosen].min()) if len(others) else 0
            # As much for each of them, so that they keep their order among themselves.
            points[chosen] = max(above, int(whole(weights.rules, [rule.strength])[0]))
        top = top + points
        pinned |= which
        shares.append(_share(rule, points))
    return shares, pinned


def _share(rule: ShopRule, points: Points) -> Share:
    return Share("rules", points, source=f"rule:{rule.id}", text=dict(rule.reason))
