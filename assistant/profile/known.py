"""What a turn may use of a profile: current facts, and what they and behaviour lean towards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile

from assistant.profile.behaviour.affinity import MOST_EVENTS, affinities, leanings_of_behaviour
from assistant.profile.behaviour.event_store import EventStore
from assistant.profile.behaviour.events import Done
from assistant.profile.behaviour.learnt import LearntFolder
from assistant.profile.behaviour.shares import LatestShares
from assistant.profile.fading import confidence_at, still_counts
from assistant.profile.leanings import leanings_of_facts
from assistant.profile.memory import Memory
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from tools.leaning import Leaning
from tools.lookup_profile import KnownFact, KnownShopper

_LATELY = timedelta(days=14)
_MOST_SEEN, _MOST_FOLLOWING, _FOLLOWING = 20, 20, 0.4


class Profiles:
    """See ``tools.lookup_profile.ProfileReader``.

    Args:
        memory: has the facts.
        events: has the behaviour.
        now: the time of day.
        learnt: what many shoppers' events have taught.

    Attributes:
        shares: what catalogues hold, counted once for each snapshot.
    """

    def __init__(
        self, memory: Memory, events: EventStore, now: Callable[[], datetime], learnt: LearntFolder
    ) -> None:
        self._memory = memory
        self._events = events
        self._now = now
        self._learnt = learnt
        self.shares = LatestShares()

    def known_of(self, shopper_id: str, index: CatalogueIndex) -> KnownShopper:
        """The facts that have not faded, and what the shopper leans towards in a catalogue.

        Args:
            shopper_id: who is asking.
            index: the catalogue that is searched.
        """
        now = self._now()
        facts = [fact for fact in self._memory.facts(shopper_id) if still_counts(fact, now)]
        shares = self.shares.of(index)
        recent = self._events.done(shopper_id, MOST_EVENTS, catalog=index.name)
        behaviour = affinities(recent, index, now, shares)
        said = leanings_of_facts(facts, index, now)
        # What was said of a field counts, not what was done before it was said.
        fields = {leaning.condition.field for leaning in said}
        done = [
            leaning
            for leaning in leanings_of_behaviour(behaviour, index, shares=shares)
            if leaning.condition.field not in fields
        ]
        return KnownShopper(
            facts=[
                KnownFact(
                    field=fact.field,
                    value=fact.value,
                    op=fact.op,
                    quote=fact.quote,
                    confidence=round(confidence_at(fact, now), 4),
                )
                for fact in facts
            ],
            leanings=[*said, *done, *self._following(recent, index, now)],
        )

    def _following(
        self, recent: Sequence[Done], index: CatalogueIndex, now: datetime
    ) -> list[Leaning]:
        """What others went on to from what was looked at lately."""
        model = self._learnt.of(index.name).following
        if model is None:
            return []
        since = (now - _LATELY).timestamp()
        lately = takewhile(lambda done: done.seconds > since, recent)
        seen = list(islice((done.product_id for done in lately if done.product_id), _MOST_SEEN))
        if not seen:
            return []
        # Newest first; the model wants the order in which they were looked at.
        following = model.next_products(seen[::-1], _MOST_FOLLOWING, new_only=True)
        ids = [id for id, _ in following if id in index]
        if not ids:
            return []
        condition = Condition(field="id", op="in", value=ids)
        return [
            Leaning(
                condition=condition,
                strength=_FOLLOWING,
                text={
                    "en": "looked at after what you looked at",
                    "zh": "看过您看过的商品的人也看了它",
                },
                source="behaviour:next",
            )
        ]
