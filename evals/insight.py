"""How much of a week's wishes a shop gets to see, by its size and by what is left of the budget.

``python -m evals.insight`` draws weeks of made-up shoppers, each with three of forty wishes that
are as common as 1, 1/2, 1/3 and so on, and lets them out with the real mechanism.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from statistics import mean

from assistant.insight.kinds import MOST_OF_ONE
from assistant.insight.noise import laplace_threshold
from assistant.insight.releases import DELTA
from assistant.settings import Settings

_WISHES, _OF_ONE, _TOP = 40, 3, 10
_SIZES, _WEEKS, _SEED = (100, 300, 1_000, 3_000, 10_000), 20, 7


@dataclass(frozen=True)
class Seen:
    """What comes out of a week, as means over weeks.

    Attributes:
        threshold: the least figure that is shown.
        shown: of the ten commonest wishes.
        error: mean relative error of those; None where none is shown.
    """

    threshold: int
    shown: float
    error: float | None


def seen(shoppers: int, *, share: float, seed: int = _SEED, weeks: int = _WEEKS) -> Seen:
    """What a shop sees of its commonest wishes.

    Args:
        shoppers: a week.
        share: of the week's budget that is spent on it.
        seed: of the shoppers; the noise is the system's.
        weeks: that are drawn.
    """
    draw = random.Random(seed)  # noqa: S311 (made-up shoppers)
    epsilon = Settings.model_fields["insight_epsilon"].default
    fewest = Settings.model_fields["insight_fewest"].default
    shown, errors, threshold = [], [], 0
    for _ in range(weeks):
        counts = _week(shoppers, draw)
        out = laplace_threshold(
            counts,
            epsilon=epsilon * share,
            delta=DELTA * share,
            most=MOST_OF_ONE,
            at_most=1,
            fewest=fewest,
        )
        top = [wish for wish, _ in counts.most_common(_TOP)]
        found = [wish for wish in top if wish in out.counts]
        errors += [abs(out.counts[wish] - counts[wish]) / counts[wish] for wish in found]
        shown.append(len(found))
        threshold = out.threshold
    return Seen(threshold, mean(shown), mean(errors) if errors else None)


def _week(shoppers: int, draw: random.Random) -> Counter[str]:
    wishes = [f"wish {number}" for number in range(_WISHES)]
    common = [1 / (number + 1) for number in range(_WISHES)]
    counts: Counter[str] = Counter()
    for _ in range(shoppers):
        counts.update(set(draw.choices(wishes, common, k=_OF_ONE)))
    return counts


def main() -> None:
    """Prints the table."""
    print("| shoppers a week | budget spent | shown from | of the ten commonest | error |")
    print("|---|---|---|---|---|")
    for shoppers in _SIZES:
        for share in (1.0, 0.5, 0.25):
            found = seen(shoppers, share=share)
            error = "–" if found.error is None else f"{found.error:.1%}"
            print(
                f"| {shoppers:,} | {share:.0%} | {found.threshold} | {found.shown:.1f} | {error} |"
            )


if __name__ == "__main__":
    main()
