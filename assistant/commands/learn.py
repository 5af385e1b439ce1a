"""``shopguide learn``: ranking weights, next products and baskets, from all shoppers' events."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

from assistant.app import learnt_folder
from assistant.commands.console import Steps, say
from assistant.commands.shop import check_catalogue, open_indexes
from assistant.database.connection import Database
from assistant.profile.behaviour.affinity import affinities, leanings_of_behaviour
from assistant.profile.behaviour.baskets import LEAST_BASKETS, LEAST_SHOPPERS, learn_baskets
from assistant.profile.behaviour.event_store import EventStore
from assistant.profile.behaviour.events import Event
from assistant.profile.behaviour.learned_weights import learn_weights
from assistant.profile.behaviour.learnt import LearntFiles
from assistant.profile.behaviour.shares import Shares
from assistant.profile.sequence.model import train_from_events
from assistant.settings import Settings
from tools.leaning import Leaning

# The last so many are read: tastes of long ago tell little, and all of them may not fit in memory.
_MOST_EVENTS = 500_000


def learn(settings: Settings) -> None:
    """Learns from the events that are stored, and prints what came of it.

    Args:
        settings: say which catalogue, and where the database is.

    Raises:
        UnknownCatalogue: there is no such catalogue.
    """
    check_catalogue(settings)
    with Steps() as steps:
        index = open_indexes(settings, steps).open(settings.catalog)
        with closing(Database(settings.database_url)) as database:
            events = EventStore(database.engine).latest(_MOST_EVENTS, catalog=settings.catalog)
        events = [
            event for event in events if event.product_id is None or event.product_id in index
        ]
        shares = Shares(index)

        def leanings(before: Sequence[Event], moment: datetime) -> Sequence[Leaning]:
            done = affinities(before, index, moment, shares)
            return leanings_of_behaviour(done, index, shares=shares)

        def kind_of(product_id: str) -> str | None:
            path = index.get(product_id).category
            return path[-1] if path else None

        steps.show(0, 0, "learning next products")
        model = train_from_events(events)
        steps.show(1, 1, "learning next products")
        steps.show(0, 0, "learning next baskets")
        baskets = learn_baskets(events, kind_of)
        steps.show(1, 1, "learning next baskets")
        steps.show(0, 0, "learning ranking weights")
        weights = learn_weights(events, index, now=datetime.now(UTC), leanings=leanings)
        steps.show(1, 1, "learning ranking weights")
    files = LearntFiles(learnt_folder(settings), settings.catalog)
    files.folder.mkdir(parents=True, exist_ok=True)
    model.save(files.following)
    if baskets is not None:
        baskets.save(files.baskets)
    weights.save(files.weights)
    say(f"Next products: {len(model.products)} products, from {len(events):,} events.")
    if baskets is not None:
        say(f"Next baskets: {len(baskets.habits.categories)} categories.")
    else:
        say(
            f"Next baskets: fewer than {LEAST_BASKETS} baskets of {LEAST_SHOPPERS} shoppers: "
            "each shopper's own past speaks alone."
        )
    if weights.enough:
        told = ", ".join(f"{name} {w:.2f}" for name, w in weights.weights.model_dump().items())
        of = f"{weights.choices} choices of {weights.shoppers} shoppers"
        say(f"Ranking weights, from {of}: {told}")
    else:
        say(
            f"Ranking weights: {weights.choices} choices of {weights.shoppers} shoppers after a "
            f"search are too few ({weights.needed}): the defaults stay."
        )
