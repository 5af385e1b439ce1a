"""A figure against the same figure of another run, where only the figures are known."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import Literal

from evals.measures.figures import Figure

Verdict = Literal["better", "worse", "differs", "within noise"]


@dataclass(frozen=True)
class Change:
    """How far a figure has moved.

    Attributes:
        difference: this run's value less the baseline's.
        low, high: of the difference, about 95 %.
        verdict: ``within noise`` where the interval has zero in it; ``differs`` beyond it where
            neither way is the better one.
    """

    difference: float
    low: float
    high: float
    verdict: Verdict


def change(now: Figure, before: Figure, *, higher_is_better: bool | None) -> Change | None:
    """The difference of two figures of runs that are taken for independent of each other.

    The interval is put together from both figures' own (the MOVER of Zou and Donner,
    *Construction of confidence limits about effect measures*, Statistics in Medicine 27, 2008,
    section 2). Runs of the same conversations hang together, so it is rather too wide:
    ``shopguide compare`` pairs the conversations and sees smaller differences.

    Args:
        now: of this run.
        before: of the baseline run.
        higher_is_better: None where neither way is.
    """
    if now.value is None or now.low is None or now.high is None:
        return None
    if before.value is None or before.low is None or before.high is None:
        return None
    difference = now.value - before.value
    low = difference - hypot(now.value - now.low, before.high - before.value)
    high = difference + hypot(now.high - now.value, before.value - before.low)
    verdict: Verdict = "within noise"
    if low > 0 or high < 0:
        verdict = "differs"
        if higher_is_better is not None:
            verdict = "better" if (difference > 0) == higher_is_better else "worse"
    return Change(difference, low, high, verdict)
