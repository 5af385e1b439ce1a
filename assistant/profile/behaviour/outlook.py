"""What a shopper's behaviour tells: tastes, timing, what may come next, related interests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import BaseModel

from assistant.profile.behaviour.affinity import affinities
from assistant.profile.behaviour.affinity_shape import Affinity
from assistant.profile.behaviour.baskets import BasketHabits, purchases
from assistant.profile.behaviour.event_store import EventStore
from assistant.profile.behaviour.events import Event
from assistant.profile.behaviour.learnt import Learnt, LearntFolder
from assistant.profile.behaviour.next_basket import DEFAULT_WEIGHTS, next_basket
from assistant.profile.behaviour.rhythm import CategoryEvent, Timing, timings
from assistant.profile.behaviour.shares import LatestShares
from assistant.profile.behaviour.shop_habits import ShopHabits
from assistant.profile.behaviour.visits import visits_of
from assistant.profile.interests.graph import interest_graph
from assistant.profile.interests.related import related_interests
from assistant.profile.interests.words import node_name, path_sentence
from assistant.profile.memory import Memory
from assistant.profile.sequence.model import SequenceModel
from assistant.reply import Language
from retrieval.index import CatalogueIndex

_MOST_EVENTS = 2_000
_MOST_SEEN, _MOST_NEXT, _MOST_RELATED = 20, 10, 8


class CategoryTiming(BaseModel):
    """When a shopper has to do with a category.

    Attributes:
        timing: rhythm, trend and season, each null where there is too little to say it.
    """

    category: str
    timing: Timing


class NextCategory(BaseModel):
    """A category that may be bought next; ``score`` is the sum of ``parts``."""

    category: str
    score: float
    parts: dict[str, float]


class Related(BaseModel):
    """Something new that lies near, with the way there as a sentence."""

    kind: str
    name: str
    path: str
    products: tuple[str, ...]


class Outlook(BaseModel):
    """All of it, for one shopper and catalogue."""

    tastes: list[Affinity]
    timings: list[CategoryTiming]
    next_categories: list[NextCategory]
    next_products: list[str]
    related: list[Related]


class Outlooks:
    """Works them out anew each time they are asked for: nothing of it is stored.

    Args:
        memory: has the facts.
        events: has the behaviour.
        learnt: what many shoppers' events have taught.
        now: the time of day.
        shares: what catalogues hold.
    """

    def __init__(
        self,
        memory: Memory,
        events: EventStore,
        learnt: LearntFolder,
        now: Callable[[], datetime],
        shares: LatestShares,
    ) -> None:
        self._shares = shares
        self._memory = memory
        self._events = events
        self._learnt = learnt
        self._now = now

    def of(self, shopper_id: str, index: CatalogueIndex, language: Language) -> Outlook:
        """What is known of a shopper's behaviour in a catalogue.

        Args:
            shopper_id: whose.
            index: the catalogue.
            language: of the sentences.
        """
        now = self._now()
        learnt = self._learnt.of(index.name)
        facts = self._memory.facts(shopper_id)
        events = self._events.recent(shopper_id, _MOST_EVENTS, catalog=index.name)
        done = [event for event in events if event.product_id and event.product_id in index]
        graph = interest_graph(facts, events, index, now)
        related = [
            Related(
                kind=interest.kind,
                name=node_name(interest.node, index, language),
                path=path_sentence(interest.path, index, language, graph.quotes),
                products=interest.examples,
            )
            for interest in related_interests(graph, _MOST_RELATED, "category")
        ]
        return Outlook(
            tastes=list(affinities(events, index, now, self._shares.of(index)).items),
            timings=[
                CategoryTiming(category=name, timing=timing)
                for name, timing in timings(_by_category(done, index), now.timestamp()).items()
            ],
            next_categories=_next_categories(done, index, now, learnt),
            next_products=_next_products(done, index, learnt.following),
            related=related,
        )


def _kind_of(product_id: str, index: CatalogueIndex) -> str | None:
    """The most special category of a product."""
    path = index.get(product_id).category
    return path[-1] if path else None


def _by_category(done: Sequence[Event], index: CatalogueIndex) -> list[CategoryEvent]:
    return [
        CategoryEvent(kind, event.time.timestamp(), purchase=event.type == "purchase")
        for event in done
        if event.product_id and (kind := _kind_of(event.product_id, index)) is not None
    ]


def _seen(done: Sequence[Event]) -> list[str]:
    """What was looked at last, in the order in which it was."""
    return [event.product_id for event in done if event.product_id][:_MOST_SEEN][::-1]


def _next_products(
    done: Sequence[Event], index: CatalogueIndex, following: SequenceModel | None
) -> list[str]:
    seen = _seen(done)
    if following is None or not seen:
        return []
    return [id for id, _ in following.next_products(seen, _MOST_NEXT, new_only=True) if id in index]


def _next_categories(
    done: Sequence[Event], index: CatalogueIndex, now: datetime, learnt: Learnt
) -> list[NextCategory]:
    """By what the shopper buys; of one who has not bought yet, by what others looked at next."""
    bought = purchases(done, lambda id: _kind_of(id, index))
    if not bought:
        return _looked_at_next(done, index, learnt.following)
    kinds = sorted({kind for _, named in bought for kind in named})
    baskets = learnt.baskets or BasketHabits(ShopHabits.unlearnt(kinds), DEFAULT_WEIGHTS)
    habits = baskets.habits.with_categories(kinds)
    visits = visits_of(bought, {kind: number for number, kind in enumerate(habits.categories)})
    return [
        NextCategory(category=one.category, score=one.score, parts=dict(one.parts))
        for one in next_basket(visits, now.timestamp(), habits, baskets.weights)
    ]


def _looked_at_next(
    done: Sequence[Event], index: CatalogueIndex, following: SequenceModel | None
) -> list[NextCategory]:
    seen = _seen(done)
    if following is None or not seen:
        return []
    ranked = following.next_categories(
        seen, lambda id: index.get(id).category if id in index else (), _MOST_NEXT
    )
    return [
        NextCategory(category=path[-1], score=share, parts={"following": share})
        for path, share in ranked
    ]
