"""A shopper's tastes, worked out from what they did last each time they are asked for.

For a value that a product may have (a brand, a colour, a third of the prices), ``x`` is the weight
of what was liked and has it, ``n`` the weight of all that was liked, ``b`` how common the value is
among products of the same kinds. Chance alone gives ``e = n b`` with a standard deviation of
``s = sqrt(b (1 - b) sum(w^2))``. The score is what is beyond both, shrunk towards none where there
is little, and where all of it rests on few products::

    score = max(0, x - e - 1.64 s) / (x + PRIOR) * d / (d + 1)         d: different products

The same of what was disliked is taken off. What everybody has (laces) is so no taste.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from assistant.profile.behaviour.affinity_shape import (
    BANDS,
    NAMED_EVENTS,
    PRICE_BAND,
    Affinities,
    Affinity,
)
from assistant.profile.behaviour.events import Done, Event, EventType
from assistant.profile.behaviour.leanings import leanings_of_behaviour as leanings_of_behaviour
from assistant.profile.behaviour.likings import Liking, Part, likings
from assistant.profile.behaviour.shares import NO_TASTE, Numbers, Shares, Trait
from retrieval.conditions import Scalar
from retrieval.fields import key
from retrieval.index import CatalogueIndex

MOST_EVENTS = 400
"""What was done longest ago has faded, and reading it would cost every turn."""
_BAND_PLACES = MappingProxyType({band: place for place, band in enumerate(BANDS)})
# In views: so much must be seen until the evidence weighs as much as the doubt.
_PRIOR = 4.0
_DOUBT = 1.64
# What is left of equal sums of numbers that are not exact.
_NOTHING = 1e-9
# Reading a query costs a tenth of a millisecond: only the latest are read.
_MOST_QUERIES = 12
# How many values are held against the catalogue, and among how many kinds of product.
_MOST_VALUES, _MOST_KINDS = 80, 3


class _Side:
    """All that was liked, or all that was disliked, as lists of the same length.

    Attributes:
        likings: what it rests on.
        weights: how much each of the values of a liking is told.
        numbers: the values of each, as ``Shares.number`` gives them.
        values: the same, as the catalogue writes them.
        kinds: the weight and the sum of squared weights of products by their kind.
        named: the same of searches, by the field that they named.
    """

    def __init__(self) -> None:
        self.likings: list[Liking] = []
        self.weights: list[float] = []
        self.numbers: list[Numbers] = []
        self.values: list[Mapping[Trait, Scalar]] = []
        self.kinds: dict[str | None, list[float]] = defaultdict(_nothing)
        self.named: dict[str, list[float]] = defaultdict(_nothing)

    def add(
        self, liking: Liking, weight: float, numbers: Numbers, values: Mapping[Trait, Scalar]
    ) -> None:
        """Takes in that a liking has values."""
        self.likings.append(liking)
        self.weights.append(weight)
        self.numbers.append(numbers)
        self.values.append(values)


def affinities(
    events: Iterable[Event | Done],
    index: CatalogueIndex,
    now: datetime,
    shares: Shares | None = None,
) -> Affinities:
    """What a shopper leans to, by what they did.

    Args:
        events: theirs, in any order; the latest ``MOST_EVENTS`` count.
        index: the catalogue; products that it holds no more say nothing.
        now: the time of day.
        shares: counts of the same snapshot, where they are kept from one time to the next.
    """
    shares = shares or Shares(index)
    liked, disliked = _Side(), _Side()
    # Sums of numbers depend on their order in the last place: here it is always the same.
    told = sorted(
        likings(events, now, most=MOST_EVENTS),
        key=lambda liking: (-abs(liking.weight), liking.product_id or "", liking.query or ""),
    )
    _add_products(told, liked, disliked, shares)
    _add_searches(told, liked, index, shares)
    scored = dict(_scored(liked, shares))
    for trait, against in _scored(disliked, shares):
        pro = scored.get(trait)
        score = (pro.score if pro else 0.0) - against.score
        said_by = pro if pro and score > 0 else against
        scored[trait] = said_by.model_copy(update={"score": score})
    items = sorted(
        (item for item in scored.values() if item.score),
        key=lambda item: (-abs(item.score), item.field, str(item.value)),
    )
    total = sum(weight for weight, _ in liked.kinds.values())
    kinds = sorted(
        ((kind, sums[0] / total) for kind, sums in liked.kinds.items()),
        key=lambda each: (-each[1], each[0] or ""),
    )
    return Affinities(items=tuple(items), kinds=tuple(kinds))


def _add_products(told: Sequence[Liking], liked: _Side, disliked: _Side, shares: Shares) -> None:
    for liking in told:
        tasted = shares.tasted(liking.product_id) if liking.product_id is not None else None
        if tasted is None or not liking.weight:
            continue
        side, weight = (liked if liking.weight > 0 else disliked), abs(liking.weight)
        sums = side.kinds[tasted.kind]
        sums[0] += weight
        sums[1] += weight**2
        side.add(liking, weight, tasted.numbers, tasted.traits)


def _add_searches(
    told: Sequence[Liking], liked: _Side, index: CatalogueIndex, shares: Shares
) -> None:
    """Each word of the catalogue's that was searched for."""
    vocabulary = index.vocabulary
    read = [liking for liking in told if liking.query is not None][:_MOST_QUERIES]
    for liking in read:
        for mention in vocabulary.find(liking.query or ""):
            for term in mention.terms:
                if term.field in NO_TASTE or term.value is False:
                    continue
                weight = liking.weight / len(mention.terms)
                trait = (term.field, key(term.value))
                number = np.array([shares.number(trait)], np.int64)
                liked.add(liking, weight, number, {trait: term.value})
                sums = liked.named[term.field]
                sums[0] += weight
                sums[1] += weight**2


def _scored(side: _Side, shares: Shares) -> Iterator[tuple[Trait, Affinity]]:
    if not side.likings:
        return
    # A shopper has thousands of pairs of a liking and a value: they are added up all at once.
    owners = np.repeat(np.arange(len(side.likings)), [len(each) for each in side.numbers])
    numbers, places = np.unique(np.concatenate(side.numbers), return_inverse=True)
    weights = np.bincount(places, np.asarray(side.weights)[owners]).astype(np.float64)
    kinds = _main_kinds(side)
    told = sorted(
        (-abs(part.weight), part.event_id, owner)
        for owner, liking in enumerate(side.likings)
        for part in liking.parts
    )
    by_type = [_by_type(liking.parts) for liking in side.likings]
    for trait, place in _weightiest(numbers, weights, shares):
        weight = float(weights[place])
        expected = variance = 0.0
        for kind, (among, squares) in kinds:
            share = _share(trait, kind, shares)
            expected += share * among
            variance += share * (1 - share) * squares
        if trait[0] in side.named:
            among, squares = side.named[trait[0]]
            share = _share(trait, None, shares)
            expected += share * among
            variance += share * (1 - share) * squares
        beyond = weight - expected - _DOUBT * math.sqrt(variance)
        if beyond <= _NOTHING:
            continue
        holders = owners[places == place].tolist()
        sure = 1 / (weight + _PRIOR) * len(holders) / (len(holders) + 1)
        yield (
            trait,
            Affinity(
                field=trait[0],
                value=side.values[holders[0]][trait],
                score=beyond * sure,
                lift=weight / expected,
                confidence=weight * sure,
                products=len(holders),
                shown_by=_main_type([by_type[owner] for owner in holders]),
                events=_main_events(told, frozenset(holders)),
            ),
        )


def _weightiest(
    numbers: Numbers, weights: NDArray[np.float64], shares: Shares
) -> list[tuple[Trait, int]]:
    """The values that weigh most, of equals the first by name, with their places."""
    least = (
        -np.partition(-weights, _MOST_VALUES)[_MOST_VALUES] if len(weights) > _MOST_VALUES else 0
    )
    ordered = sorted(
        (-float(weights[place]), shares.trait(int(numbers[place])), place)
        for place in np.flatnonzero(weights >= least).tolist()
    )
    return [(trait, place) for _, trait, place in ordered[:_MOST_VALUES]]


def _main_kinds(side: _Side) -> list[tuple[str | None, tuple[float, float]]]:
    """The kinds that weigh most; the others together are held against the whole catalogue."""
    ordered = sorted(side.kinds.items(), key=lambda each: (-each[1][0], each[0] or ""))
    main = [(kind, (sums[0], sums[1])) for kind, sums in ordered[:_MOST_KINDS]]
    rest = [sums for _, sums in ordered[_MOST_KINDS:]]
    if rest:
        main.append((None, (sum(sums[0] for sums in rest), sum(sums[1] for sums in rest))))
    return main


def _share(trait: Trait, kind: str | None, shares: Shares) -> float:
    name, value = trait
    if name == PRICE_BAND:
        bands = shares.bands(kind)
        return bands.shares[_BAND_PLACES[value]] if bands else 1 / 3
    # Which kinds of product are liked is asked of the whole catalogue.
    return shares.share(name, value, None if name == "category" else kind)


def _by_type(parts: Sequence[Part]) -> Mapping[EventType, float]:
    weights: dict[EventType, float] = {}
    for _, type, weight in parts:
        weights[type] = weights.get(type, 0.0) + abs(weight)
    return weights


def _main_type(told: Sequence[Mapping[EventType, float]]) -> EventType:
    """The type of event that weighs most in some likings together."""
    weights: dict[EventType, float] = {}
    for of_one in told:
        for type, weight in of_one.items():
            weights[type] = weights.get(type, 0.0) + weight
    return max(sorted(weights), key=lambda type: weights[type])


def _main_events(
    told: Sequence[tuple[float, str, int]], holders: frozenset[int]
) -> tuple[str, ...]:
    """The weightiest events of some likings.

    Args:
        told: of all events, the weightiest first: the id, and last the place of the liking.
        holders: the places of those likings.
    """
    best: dict[str, None] = {}
    for _, event, owner in told:
        if owner in holders:
            best[event] = None
            if len(best) == NAMED_EVENTS:
                break
    return tuple(best)


def _nothing() -> list[float]:
    return [0.0, 0.0]
