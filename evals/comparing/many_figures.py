"""What is beyond noise when many figures are looked at, of which some go astray by chance.

The chance of even one false alarm among all of them is held to 5 %: a single one sends a shop
looking for a fault that is not there. The figures have a lot to do with each other (a wrong pick
is a wrong product too), so that Holm's correction, which knows nothing of that, would hide what
is found. Here each way of swapping the runs is a whole comparison in which there is nothing to be
found; how far its furthest figure strays says how far chance goes (the step-down minP of Westfall
and Young, *Resampling-Based Multiple Testing*, 1993; as in Ge, Dudoit and Speed, *Resampling-based
multiple testing for microarray data analysis*, 2003, box 4). What hardly changed strays little
there as well, and hides nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.comparing.comparison import Verdict
from evals.comparing.noise import Apart
from evals.measures.resampling import Numbers

_ALPHA = 0.05
_DECIMALS = 10  # what two sums differ in beyond is rounding


@dataclass(frozen=True)
class Corrected:
    """What is to be thought of a figure among others.

    Attributes:
        p: with regard to all of them.
    """

    p: float
    verdict: Verdict


def judge(figures: Sequence[Apart], higher_is_better: Sequence[bool | None]) -> list[Corrected]:
    """What to think of each of several figures.

    Args:
        figures: all that are looked at, of the same swaps.
        higher_is_better: of each; None where neither direction is.
    """
    if not figures:
        return []
    # Of each swap, how often another one strays as far, in each figure.
    strays = np.column_stack([_tail(figure, figure.by_chance) for figure in figures])
    furthest = strays.min(axis=1)
    found = []
    for figure, p, higher in zip(
        figures, _step_down(figures, strays), higher_is_better, strict=True
    ):
        verdict: Verdict
        if p > _ALPHA:
            # Had every cluster changed, and all one way: would it be beyond noise?
            least = 2.0 ** (1 - figure.clusters)
            enough = least <= _ALPHA and float((furthest <= least).mean()) <= _ALPHA
            verdict = "within noise" if enough else "too few to tell"
        elif higher is None:
            verdict = "differs"
        else:
            verdict = "better" if (figure.b > figure.a) == higher else "worse"
        found.append(Corrected(p, verdict))
    return found


def _tail(figure: Apart, differences: Numbers) -> Numbers:
    """How often chance strays as far as some differences; one that tells nothing strays most."""
    all_ways, far = (
        np.nan_to_num(values, nan=np.inf).round(_DECIMALS)
        for values in (figure.all_ways, differences)
    )
    nearer = np.searchsorted(np.sort(all_ways), far, side="left")
    tail: Numbers = 1 - nearer / len(all_ways)
    return tail


def _step_down(figures: Sequence[Apart], strays: Numbers) -> list[float]:
    """The corrected p of each figure: of the furthest first, then among those that are left."""
    alone = np.array([_tail(f, np.abs([f.b - f.a]))[0] for f in figures])
    order = np.argsort(alone, kind="stable")
    left = np.minimum.accumulate(strays[:, order[::-1]], axis=1)[:, ::-1]
    corrected = np.empty(len(figures))
    highest = 0.0
    for rank, i in enumerate(order):
        p = (1 + int((left[:, rank] <= alone[i]).sum())) / (1 + len(strays))
        highest = max(highest, p, figures[i].p)
        corrected[i] = highest
    return [float(p) for p in corrected]
