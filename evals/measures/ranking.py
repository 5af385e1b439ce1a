"""Measures of ranked lists, as retrieval has them.

nDCG: Järvelin and Kekäläinen, *Cumulated gain-based evaluation of IR techniques*, 2002, with the
gain 2^grade - 1 and the discount log2(place + 1) of Burges et al., *Learning to rank using
gradient descent*, 2005. Recall is of as many as can be shown, as BEIR's capped recall (Thakur et
al., 2021): where fifty products fit, the three that a reply shows can all be right. scikit-learn's
``ndcg_score`` wants the whole catalogue's scores for each turn, which a reply does not have.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

DEPTH = 3
"""Products of a reply that are looked at: as many as the assistant shows."""


def ndcg(grades: Sequence[int], ideal: Sequence[int], *, k: int = DEPTH) -> float:
    """The discounted gain of a list, as a share of the best that can be had.

    Args:
        grades: of the products given, in their order; 0 is irrelevant.
        ideal: the highest grades that the catalogue has, falling, ``k`` of them where it has as
            many.
        k: how many places count.

    Raises:
        ValueError: the ideal has no gain.
    """
    best = _discounted(ideal[:k])
    if best <= 0:
        raise ValueError("nothing in the catalogue is relevant")
    return _discounted(grades[:k]) / best


def reciprocal_rank(right: Sequence[bool]) -> float:
    """1 over the place of the first product that is right; 0 where none is.

    Args:
        right: of the products given, in their order.
    """
    return next((1 / place for place, good in enumerate(right, start=1) if good), 0.0)


def capped_recall(right: Sequence[bool], relevant: int, *, k: int = DEPTH) -> float:
    """The share that was found of the relevant products, or of ``k`` where there are more.

    Args:
        right: of the products given, in their order, each once.
        relevant: how many the catalogue has.
        k: how many places count.

    Raises:
        ValueError: there is no relevant product.
    """
    if relevant < 1:
        raise ValueError("nothing in the catalogue is relevant")
    return sum(right[:k]) / min(k, relevant)


def _discounted(grades: Sequence[int]) -> float:
    return sum(
        ((1 << grade) - 1) / math.log2(place + 1) for place, grade in enumerate(grades, start=1)
    )
