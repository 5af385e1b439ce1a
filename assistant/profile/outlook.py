"""What a shopper's behaviour tells: tastes, timing, what may come next, related interests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import BaseModel

from assistant.profile.affinity import affinities
from assistant.profile.affinity_shape import Affinity
from assistant.profile.event_store import EventStore
from assistant.profile.events import Event
from assistant.profile.graph import interest_graph
from assistant.profile.interest_words import node_name, path_sentence
from assistant.profile.interests import related_interests
from assistant.profile.learnt import LearntFolder
from assistant.profile.memory import Memory
from assistant.profile.next_basket import next_basket
from assistant.profile.rhythm import CategoryEvent, Timing, timings
from assistant.profile.shop_habits import ShopHabits
from assistant.profile.visits import visits_of
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
    """

    def __init__(
        self,
        memory: Memory,
        events: EventStore,
        learnt: LearntFolder,
        now: Callable[[], datetime],
    ) -> None:
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
        facts = self._memory.facts(shopper_id)
        events = self._events.recent(shopper_id, _MOST_EVENTS)
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
            tastes=list(affinities(events, index, now).items),
            timings=[
                CategoryTiming(category=name, timing=timing)
                for name, timing in timings(_by_category(done, index), now.timestamp()).items()
            ],
            next_categories=_next_categories(done, index, now),
            next_products=self._next_products(done, index),
            related=related,
        )

    def _next_products(self, done: Sequence[Event], index: CatalogueIndex) -> list[str]:
        model = self._learnt.of(index.name).following
        seen = [event.product_id for event in done if event.product_id][:_MOST_SEEN]
        if model is None or not seen:
            return []
        following = model.next_products(seen[::-1], _MOST_NEXT, new_only=True)
        return [id for id, _ in following if id in index]


def _kind_of(event: Event, index: CatalogueIndex) -> str | None:
    """The most special category of an event's product."""
    path = index.get(event.product_id).category if event.product_id else ()
    return path[-1] if path else None


def _by_category(done: Sequence[Event], index: CatalogueIndex) -> list[CategoryEvent]:
    return [
        CategoryEvent(kind, event.time.timestamp(), purchase=event.type == "purchase")
        for event in done
        if (kind := _kind_of(event, index)) is not None
    ]


def _next_categories(
    done: Sequence[Event], index: CatalogueIndex, now: datetime
) -> list[NextCategory]:
    bought = [
        (event.time.timestamp(), [kind])
        for event in done
        if event.type == "purchase" and (kind := _kind_of(event, index)) is not None
    ]
    kinds = sorted({kind for _, named in bought for kind in named})
    if not kinds:
        return []
    visits = visits_of(bought, {kind: number for number, kind in enumerate(kinds)})
    return [
        NextCategory(category=one.category, score=one.score, parts=one.parts)
        for one in next_basket(visits, now.timestamp(), ShopHabits.unlearnt(kinds))
    ]
