"""The default: what was seen together and what followed, counted, with one more step."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy import sparse

from assistant.profile.sequence.counts import (
    Table,
    followed,
    scaled_rows,
    strongest,
    supported,
    together,
)
from assistant.profile.sequence.item_weights import KEPT, ItemWeights
from assistant.profile.sequence.sessions import SessionLog

# Pairs farther apart in a session than this weigh next to nothing.
_STEPS = 8

# Each row of two steps may reach 10,000 products before it is cut.
_ROWS_AT_ONCE = 2000


class WalkSettings(BaseModel):
    """How the counts are weighed. The defaults won on a validation split; see BENCHMARKS.md.

    Attributes:
        support: how many different shoppers must have seen two products together for the pair to
            count at all; what rests on fewer leaves no trace in the weights.
        together: how much of a weight is that two products were seen in one session, in whatever
            order; the rest is that the second came soon after the first.
        near: after how many steps a follower counts 1/e of the very next one.
        damping: sessions added to a product's own, so that rare products promise little.
        rarity: the power of its frequency that a product is divided by: 0 ranks by how likely it
            comes next, more brings up products that go with few others.
        detour: how much a path over a third product counts beside a direct one.
        reach: after how many steps back a product counts 1/e of the last one seen.
        half_life: days after which a session counts half; None: never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    support: int = Field(default=2, ge=1)
    together: float = Field(default=0.5, ge=0, le=1)
    near: float = Field(default=0.5, gt=0)
    damping: float = Field(default=1.0, ge=0)
    rarity: float = Field(default=0.2, ge=0, le=1)
    detour: float = Field(default=0.3, ge=0)
    reach: float = Field(default=0.7, ge=0)
    half_life: float | None = Field(default=14.0, gt=0)


class Walk(ItemWeights):
    """Weights from one product to others, kept for 100 of them.

    A weight is the damped share of a product's sessions in which the other was seen too, mixed
    with how often it came soon after. Where few sessions tell of a product, products two steps
    away stand in. Everything is sparse: there is no limit to the number of products but the
    memory for pairs that really occur.
    """

    def __init__(self, settings: WalkSettings) -> None:
        super().__init__(settings.reach)
        self.settings = settings

    def fit(self, log: SessionLog) -> Self:
        """Counts, keeps what enough shoppers bear out, weighs, goes one step on."""
        chosen = self.settings
        near = followed(
            log,
            _STEPS,
            lambda step: step * float(np.exp((1 - step) / chosen.near)),
            chosen.half_life,
        )
        both = together(log, chosen.half_life)
        visits = both.diagonal()
        counts = both * chosen.together + near * (1 - chosen.together)
        if chosen.support > 1:
            counts = counts * supported(log, chosen.support)
        size = np.maximum(visits + chosen.damping, np.finfo(np.float64).tiny)
        direct = scaled_rows(counts.tocsr(), 1 / size)
        if chosen.rarity:
            direct = scaled_rows(direct.T, size**-chosen.rarity).T
        return self.keep(_with_detours(strongest(direct, KEPT), chosen.detour))


def _with_detours(direct: Table, share: float) -> Table:
    """Adds paths of two steps and keeps the highest; to stay where one is makes no path."""
    if not share:
        return direct
    away = direct.copy()
    away.setdiag(0)
    away.eliminate_zeros()
    starts = range(0, direct.shape[0], _ROWS_AT_ONCE)
    spans = [slice(start, start + _ROWS_AT_ONCE) for start in starts]
    parts = [strongest(direct[span] + share * (away[span] @ away), KEPT) for span in spans]
    return sparse.vstack(parts, format="csr") if parts else direct
