"""Models that keep, for each product, what to expect after it, and no session."""

from __future__ import annotations

import math
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assistant.profile.sequence.counts import (
    Table,
    followed,
    scaled_rows,
    strongest,
    together,
)
from assistant.profile.sequence.scoring import Scored, summed
from assistant.profile.sequence.sessions import Numbers, SessionLog

KEPT = 100
"""How many products are kept behind each one."""


class ItemWeights:
    """Rows of weights, one a product; what was seen last counts most.

    Args:
        reach: after how many steps back a product counts 1/e of the last; 0: only the last one.
    """

    def __init__(self, reach: float) -> None:
        self.reach = reach
        self.set_table(np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0))

    def set_table(self, starts: Numbers, columns: Numbers, values: NDArray[np.float64]) -> None:
        """Takes rows as compressed sparse rows."""
        self.starts = starts.astype(np.int64)
        self.columns = columns.astype(np.int32)
        self.values = values.astype(np.float32)

    def keep(self, table: Table, most: int = KEPT) -> Self:
        """Keeps the highest of each row."""
        table = strongest(table, most)
        self.set_table(table.indptr, table.indices, table.data)
        return self

    def scores(self, seen: Numbers, now: float) -> Scored:
        """Rows of what was seen, added up."""
        if self.reach <= 0:
            seen = seen[-1:]
        back = np.arange(len(seen))[::-1]
        decay = np.exp(-back / self.reach) if self.reach > 0 else np.ones(len(seen))
        spans = [slice(*self.starts[[i, i + 1]]) for i in seen]
        columns = np.concatenate([self.columns[span] for span in spans])
        values = [self.values[s] * d for s, d in zip(spans, decay / decay.sum(), strict=True)]
        return summed(columns, np.concatenate(values).astype(np.float64))

    def kept_bytes(self) -> int:
        """The rows."""
        return self.starts.nbytes + self.columns.nbytes + self.values.nbytes


class Popularity:
    """What most sessions saw, whatever was seen before."""

    def fit(self, log: SessionLog) -> Self:
        """Counts."""
        counts = np.bincount(log.seen, minlength=len(log.products))
        self._all: Scored = (np.arange(len(counts)), counts.astype(np.float64))
        return self

    def scores(self, seen: Numbers, now: float) -> Scored:
        """The counts."""
        return self._all

    def kept_bytes(self) -> int:
        """The counts."""
        return self._all[1].nbytes


class Markov(ItemWeights):
    """How often each product followed another.

    Args:
        steps: 1 counts only the very next product; more steps count less the farther they are.
        reach: see ``ItemWeights``.
    """

    def __init__(self, steps: int = 1, reach: float = 0.0) -> None:
        super().__init__(reach)
        self.steps = steps

    def fit(self, log: SessionLog) -> Self:
        """Counts; each row adds up to 1 before it is cut."""
        table = followed(log, self.steps, lambda step: 1 / step)
        sums = np.asarray(table.sum(axis=1))
        return self.keep(scaled_rows(table, 1 / np.maximum(sums, 1e-12)))


class ItemNeighbours(ItemWeights):
    """Products that share many sessions, as a cosine.

    Args:
        damping: added to each product's number of sessions, so that chance meetings of rare
            products count little.
        reach: see ``ItemWeights``.
    """

    def __init__(self, damping: float = 20.0, reach: float = 0.0) -> None:
        super().__init__(reach)
        self.damping = damping

    def fit(self, log: SessionLog) -> Self:
        """Counts and divides by the root of both sizes."""
        table = together(log)
        size = 1 / np.sqrt(np.maximum(table.diagonal() + self.damping, math.ulp(1.0)))
        return self.keep(scaled_rows(scaled_rows(table, size).T, size))
