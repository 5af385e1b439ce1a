"""A linear model of sessions with a closed form.

After Choi, Kim, Lee, Shim and Lee, "Session-aware Linear Item-Item Models for Session-based
Recommendation" (WWW 2021): ridge regression of what comes later in a session, and of the whole
session, on what came before. A product may predict itself, since shoppers go back to it.
"""

from __future__ import annotations

from math import exp
from typing import Self

import numpy as np
from scipy import linalg, sparse

from assistant.profile.sequence.counts import followed, together
from assistant.profile.sequence.item_weights import KEPT, ItemWeights
from assistant.profile.sequence.sessions import SessionLog

DENSE_PRODUCTS = 20_000
"""A dense square of this side in single precision takes 1.6 GB, and solving needs three."""

_STEPS = 8


class Linear(ItemWeights):
    """Weights that solve a ridge regression, kept for 100 products each.

    Args:
        ridge: added to the diagonal.
        together: how much the whole session counts against what comes later in it.
        near: after how many steps a follower counts 1/e of the very next one.
        reach: see ``ItemWeights``.
        half_life: days after which a session counts half.
    """

    def __init__(
        self,
        ridge: float = 20.0,
        together: float = 0.5,
        near: float = 0.5,
        reach: float = 1.0,
        half_life: float = 14.0,
    ) -> None:
        super().__init__(reach)
        self.ridge, self.together, self.near = ridge, together, near
        self.half_life = half_life

    def fit(self, log: SessionLog) -> Self:
        """Solves for all products at once.

        Raises:
            ValueError: there are more products than a dense square is made for; the counting
                models have no such limit.
        """
        if len(log.products) > DENSE_PRODUCTS:
            raise ValueError(f"{len(log.products)} products: at most {DENSE_PRODUCTS}.")
        share, rest, near = self.together, 1 - self.together, self.near
        both = together(log, self.half_life) * share
        after = followed(log, _STEPS, lambda step: step * exp((1 - step) / near), self.half_life)
        # What was seen before a moment, with what else was seen before it.
        beside = followed(log, _STEPS, lambda step: exp(-step / near), self.half_life)
        own = np.bincount(log.seen, log.weights(self.half_life)[log.owner], len(log.products))
        left = (both + (beside + beside.T) * rest).toarray().astype(np.float32)
        left[np.diag_indices_from(left)] += self.ridge + rest * own
        right = (both + after * rest).toarray().astype(np.float32)
        weights = linalg.solve(left, right, assume_a="sym", overwrite_a=True, overwrite_b=True)
        for row in weights:
            if len(row) > KEPT:
                row[np.argpartition(row, -KEPT)[:-KEPT]] = 0.0
        return self.keep(sparse.csr_array(np.maximum(weights, 0)))
