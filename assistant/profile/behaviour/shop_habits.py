"""What all shoppers of a shop have in common: learnt offline, and only from many of them.

At answer time nothing but these sums is read; no other shopper's events are. What fewer than
``FEWEST`` shoppers did is not in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.profile.behaviour.visits import Visits, errand

Numbers = npt.NDArray[np.float64]

FEWEST = 10
# How much a category's own past is worth against what all do, in visits, where it is not learnt.
_HOLD = 3.0
_HOLDS = (0.5, 40.0)
# Shoppers with fewer visits say little about how much shoppers differ.
_VISITS = 5
# Visits as all make them, added to the visits of an hour, of a weekday, of the last weeks.
_CALM = 50.0
_LATELY_DAYS = 28
_DAY = 86_400.0


@dataclass(frozen=True)
class ShopHabits:
    """What is usual in a shop.

    Attributes:
        categories: in the order of all arrays.
        popular: share of all visits in which each is bought.
        errands: the same, each visit weighted by how much a thing bought in it was its aim.
        hold: visits that the shop's share is worth against a shopper's own: small where shoppers
            differ much, as with cat food.
        hours: how often each is wanted at each of 24 hours over the whole day, 1 is as usual.
        weekdays: the same for each of 7 days.
        lately: how often each was wanted in the last four weeks over the whole time.
        company: ``company[a, b]``: the share of visits with a in which b was bought too.
        learnt: whether it stands on visits at all.
    """

    categories: tuple[str, ...]
    popular: Numbers
    errands: Numbers
    hold: Numbers
    hours: Numbers
    weekdays: Numbers
    lately: Numbers
    company: Numbers
    learnt: bool = True

    @classmethod
    def unlearnt(cls, categories: Sequence[str]) -> ShopHabits:
        """Of a shop without events: all alike."""
        count = len(categories)
        share = np.full(count, 1.0 / max(count, 1))
        return cls(
            tuple(categories),
            share,
            share,
            np.full(count, _HOLD),
            np.ones((24, count)),
            np.ones((7, count)),
            np.ones(count),
            np.zeros((count, count)),
            learnt=False,
        )

    def with_categories(self, names: Iterable[str]) -> ShopHabits:
        """The same with more categories, of which nothing is known but that they are rare."""
        more = sorted(set(names) - set(self.categories))
        if not more:
            return self
        old, new = len(self.categories), len(more)
        rarest = float(self.popular.min(initial=1.0 / new))
        aimed = float(self.errands.min(initial=1.0 / new))
        company = np.zeros((old + new, old + new))
        company[:old, :old] = self.company
        return ShopHabits(
            (*self.categories, *more),
            np.append(self.popular, np.full(new, rarest)),
            np.append(self.errands, np.full(new, aimed)),
            np.append(self.hold, np.full(new, _HOLD)),
            np.hstack([self.hours, np.ones((24, new))]),
            np.hstack([self.weekdays, np.ones((7, new))]),
            np.append(self.lately, np.ones(new)),
            company,
            learnt=self.learnt,
        )


def learn_habits(
    shoppers: Sequence[Visits], categories: Sequence[str], *, fewest: int = FEWEST
) -> ShopHabits:
    """Sums over all visits of all shoppers, for a job that runs now and then.

    Args:
        shoppers: the visits of each, their categories numbered as ``categories`` are.
        categories: of the shop.
        fewest: what was done by fewer shoppers is left out.
    """
    count = len(categories)
    visits = sum(shopper.count for shopper in shoppers)
    if not visits or not count:
        return ShopHabits.unlearnt(categories)
    owners = np.repeat(np.arange(len(shoppers)), [len(shopper.category) for shopper in shoppers])
    category = np.concatenate([shopper.category for shopper in shoppers])
    weight = np.concatenate([errand(shopper.sizes)[shopper.visit] for shopper in shoppers])
    lines = np.concatenate([shopper.times[shopper.visit] for shopper in shoppers])
    times = np.concatenate([shopper.times for shopper in shoppers])
    kept = _shoppers(category, owners, count) >= fewest
    known = kept[category]
    owners, category, weight, lines = (a[known] for a in (owners, category, weight, lines))
    popular = _sums(category, None, count, visits)
    errands = _sums(category, weight, count, visits)

    def lift(place: npt.NDArray[np.int64], moment: npt.NDArray[np.int64], size: int) -> Numbers:
        """Weight by place over what popularity gives.

        Where too few shoppers stand behind it, it is taken for nothing if many were to be
        expected, and else for usual.
        """
        flat = place * count + category
        seen = np.bincount(flat, weight, minlength=size * count).reshape(size, count)
        made = np.bincount(moment, minlength=size)[:, None]
        many = _shoppers(flat, owners, size * count).reshape(size, count) >= fewest
        told = np.where(many, seen, 0.0)
        lifted = (told + _CALM * errands) / (made + _CALM) / errands
        return np.where(many | (made * errands >= fewest), lifted, 1.0)

    since = times.max() - _LATELY_DAYS * _DAY
    return ShopHabits(
        tuple(categories),
        popular,
        errands,
        _hold(shoppers, popular, fewest),
        lift(_hour(lines), _hour(times), 24),
        lift(_weekday(lines), _weekday(times), 7),
        lift((lines > since).astype(np.int64), (times > since).astype(np.int64), 2)[1],
        _company(shoppers, kept, fewest),
    )


def _hour(times: Numbers) -> npt.NDArray[np.int64]:
    return (times % _DAY // 3600).astype(np.int64)


def _weekday(times: Numbers) -> npt.NDArray[np.int64]:
    return (times // _DAY).astype(np.int64) % 7


def _sums(
    category: npt.NDArray[np.int64], weight: Numbers | None, count: int, visits: int
) -> Numbers:
    """Share of visits; a tenth of a visit for each, so that nothing is impossible."""
    return np.asarray((np.bincount(category, weight, minlength=count) + 0.1) / (visits + 0.1))


def _shoppers(
    places: npt.NDArray[np.int64], owners: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.int64]:
    """How many different shoppers stand behind each place."""
    pairs = np.unique(places * (owners.max(initial=0) + 1) + owners)
    return np.bincount(pairs // (owners.max(initial=0) + 1), minlength=count)


def _hold(shoppers: Sequence[Visits], popular: Numbers, fewest: int) -> Numbers:
    """Strength of the prior of each category: beta-binomial, by the method of moments."""
    steady = [shopper for shopper in shoppers if shopper.count >= _VISITS]
    if len(steady) < fewest:
        return np.full(len(popular), _HOLD)
    counts = np.array([shopper.count for shopper in steady])
    rates = np.array([np.bincount(s.category, minlength=len(popular)) / s.count for s in steady])
    mean = rates.mean(axis=0)
    chance = mean * (1 - mean)
    between = rates.var(axis=0) - chance * (1 / counts).mean()
    hold = np.where(between > 0, chance / np.maximum(between, 1e-12) - 1, _HOLDS[1])
    many = (rates > 0).sum(axis=0) >= fewest
    return np.where(many, np.clip(hold, *_HOLDS), _HOLD)


def _company(shoppers: Sequence[Visits], kept: npt.NDArray[np.bool_], fewest: int) -> Numbers:
    """Shares of visits together, of pairs that enough shoppers bought in one visit."""
    count = len(kept)
    together, people = np.zeros((count, count)), np.zeros((count, count))
    for shopper in shoppers:
        bought = np.zeros((shopper.count, count))
        bought[shopper.visit, shopper.category] = 1
        mine = bought.T @ bought
        together += mine
        people += mine > 0
    alone = np.maximum(np.diag(together), 1)
    shares = np.where(people >= fewest, together / alone[:, None], 0.0)
    shares[~kept] = 0
    shares[:, ~kept] = 0
    np.fill_diagonal(shares, 0)
    return shares
