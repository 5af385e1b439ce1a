"""Made-up shoppers whose tastes are known: what they like, what they said and what they did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from assistant.profile.behaviour.events import Event, EventType
from assistant.profile.facts import Evidence, ProfileFact
from retrieval.fields import VARIANT_FIELDS, values_of, variants_of
from retrieval.index import CatalogueIndex
from retrieval.product import Product

# A field that can be a matter of taste has so many values, and tells most products apart.
_FEWEST, _MOST_VALUES = 3, 40
_NO_TASTE = frozenset({"id", "currency", "availability", "on_sale", "price", "rating", "sku",
                       "rating_count", "size", "gender"})  # fmt: skip
_OTHER_FIELDS, _LIKED = 2, 3
# How wide a band of prices pleases, in logarithms: half or double pleases hardly at all.
_PRICE_WIDTH = 0.35
_SEEN, _DAYS = 8, 120
_SHARPNESS = 6.0
# What comes of a look at something, by how well it pleases: the rest is only viewed.
_STEPS: tuple[tuple[EventType, float], ...] = (("purchase", 0.75), ("cart", 0.6), ("click", 0.4))


@dataclass(frozen=True)
class Taste:
    """What one shopper likes.

    Attributes:
        liked: by field, how much each liked value pleases, from 0 to 1.
        weights: how much each field, and ``price``, counts; their sum is one.
        price: what they like to pay.
    """

    liked: Mapping[str, Mapping[str, float]]
    weights: Mapping[str, float]
    price: float

    def pleases(self, product: Product) -> float:
        """How well a product pleases, from 0 to 1."""
        held = _values(product)
        of_price = math.log(float(product.effective_price) / self.price) / _PRICE_WIDTH
        pleasure = self.weights["price"] * math.exp(-(of_price**2) / 2)
        for field, liked in self.liked.items():
            pleasure += self.weights[field] * max(
                (liked.get(value, 0.0) for value in held.get(field, ())), default=0.0
            )
        return pleasure


@dataclass(frozen=True)
class Shopper:
    """A made-up shopper with a history."""

    taste: Taste
    facts: Sequence[ProfileFact]
    events: Sequence[Event]


def taste_fields(index: CatalogueIndex) -> list[str]:
    """The fields of a catalogue that can be a matter of taste, in the order of the alphabet."""
    values: dict[str, set[str]] = {}
    for product in index.products:
        for field, held in _values(product).items():
            values.setdefault(field, set()).update(held)
    return sorted(field for field, held in values.items() if _FEWEST <= len(held) <= _MOST_VALUES)


def made_up(
    index: CatalogueIndex,
    fields: Sequence[str],
    rng: np.random.Generator,
    *,
    number: int,
    looks: int,
    said: int,
    now: datetime,
) -> Shopper:
    """A shopper with a random taste, and what they would say and do.

    Args:
        index: the shop.
        fields: as ``taste_fields`` gives them.
        rng: for all that is random.
        number: the shopper's.
        looks: how often they looked at something.
        said: how many things they said of their taste, at most.
        now: the time; what they did lies in the months before.
    """
    products = list(index.products)
    taste = _taste(products, fields, rng)
    id = f"shopper-{number}"
    return Shopper(taste, _facts(taste, id, said, rng, now), _events(products, taste, id, looks,
                                                                    rng, now))  # fmt: skip


def _taste(products: Sequence[Product], fields: Sequence[str], rng: np.random.Generator) -> Taste:
    always = [field for field in ("brand", "color") if field in fields]
    others = [field for field in fields if field not in always]
    few = min(_OTHER_FIELDS, len(others))
    chosen = [*always, *(str(f) for f in rng.choice(others, few, replace=False))]
    liked: dict[str, dict[str, float]] = {}
    for field in chosen:
        values = sorted({v for p in products for v in _values(p).get(field, ())})
        count = int(rng.integers(1, min(_LIKED, len(values) - 1) + 1))
        picked = rng.choice(len(values), count, replace=False)
        strengths = np.sort(rng.uniform(0.4, 1.0, count))[::-1] / 1.0
        strengths[0] = 1.0
        liked[field] = {values[int(at)]: float(s) for at, s in zip(picked, strengths, strict=True)}
    shares = rng.dirichlet(np.full(len(chosen) + 1, 2.0))
    prices = np.array([float(product.effective_price) for product in products])
    price = float(np.quantile(prices, rng.uniform(0.1, 0.9)))
    return Taste(liked, dict(zip([*chosen, "price"], shares.tolist(), strict=True)), price)


def _facts(
    taste: Taste, id: str, said: int, rng: np.random.Generator, now: datetime
) -> list[ProfileFact]:
    """The strongest likings, as they were said some time ago."""
    likings = [
        (taste.weights[field] * strength, field, value)
        for field, liked in taste.liked.items()
        for value, strength in liked.items()
    ]
    facts: list[ProfileFact] = []
    for number, (_, field, value) in enumerate(sorted(likings, reverse=True)[:said]):
        time = now - timedelta(days=float(rng.uniform(1, _DAYS)))
        words = Evidence(quote=value, thread_id="t", turn_id=f"{number}", time=time)
        facts.append(
            ProfileFact(
                id=f"{id}-{number}",
                shopper_id=id,
                field=field,
                op="=",
                value=value,
                confidence=0.7,
                evidence=(words,),
                first_seen=time,
                last_seen=time,
            )
        )
    return facts


def _events(
    products: Sequence[Product],
    taste: Taste,
    id: str,
    looks: int,
    rng: np.random.Generator,
    now: datetime,
) -> list[Event]:
    """Looks at what pleases most of a random few; what pleases much is bought more often."""
    pleasure = np.array([taste.pleases(product) for product in products])
    events: list[Event] = []
    for number in range(looks):
        time = now - timedelta(days=float(rng.uniform(0, _DAYS)))
        seen = rng.choice(len(products), min(_SEEN, len(products)), replace=False)
        pulls: NDArray[np.float64] = np.exp(_SHARPNESS * pleasure[seen])
        at = int(rng.choice(seen, p=pulls / pulls.sum()))
        kinds: list[EventType] = ["view"]
        kinds += [kind for kind, enough in _STEPS if pleasure[at] * rng.uniform(0.6, 1.4) > enough]
        for kind in kinds:
            events.append(
                Event(
                    event_id=f"{id}-{number}-{kind}",
                    shopper_id=id,
                    type=kind,
                    product_id=products[at].id,
                    time=time,
                )
            )
    return events


def _values(product: Product) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    for field, value in values_of(product):
        if field not in _NO_TASTE and field not in VARIANT_FIELDS and isinstance(value, str):
            held.setdefault(field, set()).add(value)
    for variant in variants_of(product):
        if "color" in variant:
            held.setdefault("color", set()).add(str(variant["color"]))
    return held
