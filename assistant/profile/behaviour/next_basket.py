"""Which categories a shopper will buy next: a weighted sum of parts that can be shown.

Each part is between 0 and 1 and comes from the shopper's own visits or from what is usual in the
shop. A shopper without visits gets what is popular.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from assistant.profile.behaviour.shop_habits import ShopHabits
from assistant.profile.behaviour.visits import Numbers, Visits, errand

PARTS = (
    "habit",  # how often, held to what all do
    "stock_up",  # the same, the more the longer the last visit is ago
    "errand",  # how often it was what the visit was for
    "quick_trip",  # the same, the more the shorter the last visit is ago
    "lately",  # how often in the last weeks
    "last_visits",  # how often in the last few visits
    "due",  # whether the usual gap has passed
    "hour",  # what all buy at this hour
    "own_hour",  # what the shopper buys at this hour
    "weekday",
    "own_weekday",
    "trend",  # what all buy more of than they used to
    "company",  # what goes with what the shopper buys
    "popular",
)
# Learnt by ``learn_weights`` on the households of the benchmark before its test period, then
# rounded; a shop with events of its own learns its own.
DEFAULT_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "habit": 0.0,
        "stock_up": 0.04,
        "errand": 0.51,
        "quick_trip": 0.0,
        "lately": 0.07,
        "last_visits": 0.0,
        "due": 0.01,
        "hour": 0.14,
        "own_hour": 0.02,
        "weekday": 0.17,
        "own_weekday": 0.01,
        "trend": 0.01,
        "company": 0.02,
        "popular": 0.0,
    }
)

_DAY = 86_400.0
_HABIT_DAYS = 150.0  # half-life of a habit
_LATELY_DAYS = 21.0  # half-life of what was bought lately
_AWAY_DAYS = 3.0  # after so long a visit is rather for all the household needs
_FADING_VISITS = 0.9
_PRIOR = 2.0  # visits as all make them, added to the few of the last weeks
_OWN_PRIOR = 3.0  # the same, of one hour or weekday
_HOURS = 2.0  # standard deviation: a visit at 17 h says something about 19 h
_RAREST = 1e-4  # shares below it are all alike
_LIFT = 2.0  # four times as often as usual, or a quarter, is the most that counts


@dataclass(frozen=True)
class Ranked:
    """A category with what speaks for it.

    Attributes:
        score: the sum of ``parts``.
        parts: of each part, its weight times its value.
    """

    category: str
    score: float
    parts: Mapping[str, float]


def next_basket(
    visits: Visits,
    now: float,
    habits: ShopHabits,
    weights: Mapping[str, float] = DEFAULT_WEIGHTS,
    k: int = 10,
) -> list[Ranked]:
    """The categories most likely to be bought now, best first.

    Args:
        visits: of the shopper, numbered as ``habits.categories`` are; later ones are not read.
        now: in seconds since 1970 on the shop's clock.
        habits: of the shop.
        weights: of the parts.
        k: how many are wanted.
    """
    parts = weighed(basket_parts(visits, now, habits), weights)
    scores = parts.sum(axis=1)
    best = np.argsort(-scores, kind="stable")[: max(k, 0)]
    return [
        Ranked(
            habits.categories[place],
            float(scores[place]),
            dict(zip(PARTS, parts[place].tolist(), strict=True)),
        )
        for place in best.tolist()
    ]


def weighed(parts: Numbers, weights: Mapping[str, float]) -> Numbers:
    """Parts times their weights; a part without a weight does not count."""
    return np.asarray(parts * np.array([weights.get(name, 0.0) for name in PARTS]))


def basket_parts(visits: Visits, now: float, habits: ShopHabits) -> Numbers:
    """The parts of each category, each between 0 and 1.

    Returns:
        A row for each category, a column for each part.
    """
    past = visits.before(now)
    count = len(habits.categories)
    hour, weekday = int(now % _DAY // 3600), int(now // _DAY) % 7
    age = (now - past.times) / _DAY
    fading = 0.5 ** (age / _HABIT_DAYS)
    recent = 0.5 ** (age / _LATELY_DAYS)
    latest = _FADING_VISITS ** np.arange(past.count - 1, -1, -1, dtype=np.float64)
    apart = (past.times % _DAY / 3600 - now % _DAY / 3600 + 12) % 24 - 12
    near = np.exp(-((apart / _HOURS) ** 2) / 2)
    same_day = (past.times // _DAY % 7 == weekday).astype(np.float64)
    aim = errand(past.sizes)

    def total(of_visit: Numbers) -> Numbers:
        sums = np.bincount(past.category, of_visit[past.visit], minlength=count)
        return sums.astype(np.float64)

    bought = total(np.ones(past.count))
    weight = fading.sum() + habits.hold
    habit = (total(fading) + habits.hold * habits.popular) / weight
    errands = (total(fading * aim) + habits.hold * habits.errands) / weight
    away = float(np.tanh(age[-1] / _AWAY_DAYS)) if past.count else 1.0

    def own(of_visit: Numbers) -> Numbers:
        """How much more often on such visits than on all, of this shopper."""
        share = (total(of_visit * aim) + _OWN_PRIOR * errands) / (of_visit.sum() + _OWN_PRIOR)
        return _lift(share / errands)

    columns = (
        _share(habit),
        _share(habit) * away,
        _share(errands),
        _share(errands) * (1 - away),
        _share((total(recent * aim) + _PRIOR * habits.errands) / (recent.sum() + _PRIOR)),
        _share((total(latest * aim) + habits.errands) / (latest.sum() + 1)),
        _due(past, bought, now),
        _lift(habits.hours[hour]),
        own(near),
        _lift(habits.weekdays[weekday]),
        own(same_day),
        _lift(habits.lately),
        _share(_company(habit, bought, habits)),
        _share(habits.popular),
    )
    return np.stack(columns, axis=1)


def _share(share: Numbers) -> Numbers:
    """A share on a scale of tens: a thousandth and a hundredth differ as a tenth and all."""
    logs = np.log10(np.clip(share, _RAREST, 1))
    return np.asarray(np.clip(1 - logs / np.log10(_RAREST), 0, 1))


def _lift(ratio: Numbers) -> Numbers:
    """As often as usual is the middle."""
    return np.clip(np.log2(np.maximum(ratio, 1e-9)) / _LIFT, -1, 1) / 2 + 0.5


def _due(past: Visits, bought: Numbers, now: float) -> Numbers:
    """Time since the last purchase against the mean gap; the middle where there is no gap yet.

    Just bought is 0, the usual gap the middle, long after it 1.
    """
    due = np.full(len(bought), 0.5)
    if not past.count:
        return due
    first, last = np.full(len(bought), np.inf), np.full(len(bought), -np.inf)
    np.minimum.at(first, past.category, past.times[past.visit])
    np.maximum.at(last, past.category, past.times[past.visit])
    known = (bought >= 2) & (last > first)
    gap = (last[known] - first[known]) / (bought[known] - 1)
    waited = np.maximum((now - last[known]) / gap, 1e-6)
    due[known] = 0.5 + np.tanh(np.log(waited)) / 2
    return due


def _company(habit: Numbers, bought: Numbers, habits: ShopHabits) -> Numbers:
    """How often each goes with what the shopper buys, the usual things counting most."""
    pull = np.where(bought > 0, habit, 0.0)
    if not pull.any():
        return habits.popular
    return np.asarray(pull @ habits.company / pull.sum())
