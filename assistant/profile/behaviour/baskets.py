"""What is usual in a shop's baskets, from the events of many shoppers to the folder that serves.

Learnt as it was measured: habits of the earlier part of the time, the weights on the baskets after
it, and then the habits once more, of all the time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from assistant.profile.behaviour.basket_weights import learn_weights
from assistant.profile.behaviour.events import Done, Event
from assistant.profile.behaviour.next_basket import PARTS, basket_parts
from assistant.profile.behaviour.shop_habits import ShopHabits, learn_habits
from assistant.profile.behaviour.visits import Visits, visits_of
from assistant.profile.sequence.folder import SequenceModelDamaged, read_folder, write_folder
from assistant.profile.sequence.sessions import BREAK

LEAST_BASKETS, LEAST_SHOPPERS = 500, 50
"""With fewer baskets, or of fewer shoppers, nothing is learnt of them."""

# A table has a row and a column for each category.
_MOST_CATEGORIES = 1_000
_MOST_LESSONS = 3_000
# Of the baskets in the order of time, those before are for the first habits.
_EARLIER = 0.75
_SEED = 7

_ARRAYS = ("popular", "errands", "hold", "hours", "weekdays", "lately", "company")

KindOf = Callable[[str], str | None]
"""The most special category of a product; None where it has none."""


@dataclass(frozen=True)
class BasketHabits:
    """What is usual, and how much each sign of a next basket counts.

    Attributes:
        habits: of the shop.
        weights: of the parts of a next basket.
    """

    habits: ShopHabits
    weights: Mapping[str, float]

    def save(self, folder: Path) -> None:
        """Writes it, so that a reader finds the old one or the new one, whole."""
        arrays = {name: getattr(self.habits, name) for name in _ARRAYS}
        told = {"categories": list(self.habits.categories), "weights": dict(self.weights)}
        write_folder(folder, arrays, json.dumps(told, ensure_ascii=False))


def load_baskets(folder: Path) -> BasketHabits:
    """What was saved.

    Raises:
        SequenceModelDamaged: there is none, or its files are not what was written.
    """
    arrays, text = read_folder(folder)
    try:
        told = json.loads(text)
        tables: dict[str, Any] = {name: arrays[name] for name in _ARRAYS}
        habits = ShopHabits(tuple(told["categories"]), **tables)
        return BasketHabits(habits, {name: float(told["weights"][name]) for name in PARTS})
    except (KeyError, TypeError, ValueError) as error:
        raise SequenceModelDamaged(f"No habits can be read from {folder}: {error}") from error


def purchases(
    events: Iterable[Event | Done], kind_of: KindOf, pause: timedelta = BREAK
) -> list[tuple[float, list[str]]]:
    """The visits at which a shopper bought something: when they began, and the categories.

    Args:
        events: of one shopper, in any order.
        kind_of: the category of a product.
        pause: the silence that ends a visit.
    """
    found: list[tuple[float, list[str]]] = []
    last = -np.inf
    bought = sorted(
        (event.seconds, event.product_id)
        for event in events
        if event.type == "purchase" and event.product_id is not None
    )
    for time, product in bought:
        kind = kind_of(product)
        if kind is None:
            continue
        if time - last > pause.total_seconds():
            found.append((time, []))
        found[-1][1].append(kind)
        last = time
    return found


def learn_baskets(events: Iterable[Event], kind_of: KindOf) -> BasketHabits | None:
    """Learns what is usual; None where there are too few baskets, or of too few shoppers.

    Args:
        events: of all shoppers, in any order.
        kind_of: the category of a product.
    """
    by_shopper: dict[str, list[Event]] = {}
    for event in events:
        if event.type == "purchase":
            by_shopper.setdefault(event.shopper_id, []).append(event)
    bought = [purchases(by_shopper[shopper], kind_of) for shopper in sorted(by_shopper)]
    bought = [visits for visits in bought if visits]
    if len(bought) < LEAST_SHOPPERS or sum(map(len, bought)) < LEAST_BASKETS:
        return None
    categories = _commonest(bought)
    numbers = {name: number for number, name in enumerate(categories)}
    shoppers = [visits_of(visits, numbers) for visits in bought]
    habits = learn_habits(shoppers, categories)
    return BasketHabits(habits, _weights(shoppers, categories))


def _commonest(bought: Iterable[list[tuple[float, list[str]]]]) -> list[str]:
    """The categories that most shoppers bought, by name."""
    shoppers: dict[str, int] = {}
    for visits in bought:
        for name in {name for _, names in visits for name in names}:
            shoppers[name] = shoppers.get(name, 0) + 1
    ordered = sorted(shoppers, key=lambda name: (-shoppers[name], name))
    return sorted(ordered[:_MOST_CATEGORIES])


def _weights(shoppers: list[Visits], categories: list[str]) -> dict[str, float]:
    times = np.concatenate([visits.times for visits in shoppers])
    border = float(np.quantile(times, _EARLIER)) if len(times) else 0.0
    early = learn_habits([visits.before(border) for visits in shoppers], categories)
    later = [
        (visits, number)
        for visits in shoppers
        for number in range(int(np.searchsorted(visits.times, border)), visits.count)
    ]
    random = np.random.default_rng(_SEED)
    drawn = random.choice(len(later), min(_MOST_LESSONS, len(later)), replace=False)
    return learn_weights(
        (
            (basket_parts(visits, float(visits.times[number]), early), visits.bought(number))
            for visits, number in (later[place] for place in np.sort(drawn).tolist())
        ),
        seed=_SEED,
    )
