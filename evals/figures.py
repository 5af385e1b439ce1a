"""Figures of a sample of conversations, each with the interval that it is uncertain by.

Turns of one conversation hang together, so conversations are drawn, not turns (a cluster
bootstrap; Davison and Hinkley, *Bootstrap Methods and their Application*, section 3.8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

_DRAWS = 2000
_LEVEL = 0.95
Counts = tuple[float, float]
Numbers = NDArray[np.float64]


class Figure(BaseModel):
    """One number of a report.

    Attributes:
        value: None where there was nothing to measure.
        low, high: the bounds of the 95 % interval.
        numerator, denominator: of a share; None for a median and the like.
        count: how many turns or things were measured.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    count: int = 0


def share(by_conversation: Mapping[str, Sequence[Counts]], *, seed: int) -> Figure:
    """A share: all numerators over all denominators.

    Where everything or nothing counts, drawing again says nothing of what was not seen, so the
    bound is Clopper and Pearson's, with conversations for the trials: the cautious choice.

    Args:
        by_conversation: (numerator, denominator) of each turn.
        seed: of the draws.
    """
    sums = [
        (sum(num for num, _ in counts), sum(den for _, den in counts))
        for counts in by_conversation.values()
    ]
    sums = [(num, den) for num, den in sums if den > 0]
    if not sums:
        return Figure()
    table = np.asarray(sums, dtype=np.float64)
    num, den = (float(total) for total in table.sum(axis=0))
    low, high = _interval(_drawn_shares(table, seed))
    unseen = ((1 - _LEVEL) / 2) ** (1 / len(sums))
    if num == den:
        low = min(low, unseen)
    elif num == 0:
        high = max(high, 1 - unseen)
    return Figure(
        value=num / den, low=low, high=high, numerator=num, denominator=den, count=round(den)
    )


def quantile(by_conversation: Mapping[str, Sequence[float]], *, at: float, seed: int) -> Figure:
    """A quantile of all turns' values: 0.5 is the median.

    Args:
        by_conversation: the values of each conversation's turns.
        at: from 0 to 1.
        seed: of the draws.
    """
    groups = [np.asarray(values, dtype=np.float64) for values in by_conversation.values() if values]
    if not groups:
        return Figure()
    values = np.concatenate(groups)
    owner = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    order = np.argsort(values, kind="stable")
    values, owner = values[order], owner[order]
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), size=_DRAWS)
    low, high = _interval(_drawn_quantiles(values, times[:, owner], at))
    return Figure(value=float(np.quantile(values, at)), low=low, high=high, count=len(values))


def _drawn_quantiles(values: Numbers, times: NDArray[np.int64], at: float) -> Numbers:
    """The quantile of each draw, without writing a value as often as it was drawn.

    Args:
        values: sorted, of shape (n,).
        times: how often each was drawn, of shape (draws, n).
        at: from 0 to 1.
    """
    up_to = times.cumsum(axis=1)
    rank = at * (up_to[:, -1] - 1)
    lower = np.floor(rank)
    below, above = (
        values[(up_to <= place[:, None]).sum(axis=1)] for place in (lower, np.ceil(rank))
    )
    drawn: Numbers = below + (above - below) * (rank - lower)
    return drawn


def _drawn_shares(table: Numbers, seed: int) -> Numbers:
    rng = np.random.default_rng(seed)
    rows = rng.integers(len(table), size=(_DRAWS, len(table)))
    totals = table[rows].sum(axis=1)
    shares: Numbers = totals[:, 0] / totals[:, 1]  # every row has a denominator above 0
    return shares


def _interval(drawn: Numbers) -> tuple[float, float]:
    outside = (1 - _LEVEL) / 2
    low, high = np.quantile(drawn, [outside, 1 - outside])
    return float(low), float(high)
