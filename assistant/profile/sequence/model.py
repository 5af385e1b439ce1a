"""The model that serves: what a shopper looks at next, from counts over all sessions.

It holds weights between products, each resting on several shoppers, and no session: what one
shopper is answered never reads what another one did.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Self

import numpy as np

from assistant.profile.behaviour.events import Event
from assistant.profile.sequence.folder import Arrays, read_folder, write_folder
from assistant.profile.sequence.scoring import Scored, best, summed
from assistant.profile.sequence.sessions import (
    BREAK,
    Numbers,
    Session,
    SessionLog,
    distinct,
    log_of,
    numbers_of,
    sessions_from_events,
)
from assistant.profile.sequence.walk import Walk, WalkSettings

Category = tuple[str, ...]

_POPULAR = 200
"""How many popular products stand in where nothing known was seen."""

# Popular products come behind all that follows from what was seen.
_BEHIND = 1e-6
# Of so many of the best products the categories are summed up.
_FOR_CATEGORIES = 100


class SequenceModel:
    """Next products and next categories.

    Made by ``fit``, ``train_from_events`` or ``load``.

    Attributes:
        products: the ids that it knows.
        settings: how it was trained.
    """

    products: tuple[str, ...]
    settings: WalkSettings

    def __init__(
        self, products: tuple[str, ...], walk: Walk, popular: Scored, settings: WalkSettings
    ) -> None:
        self.products = products
        self.settings = settings
        self._walk = walk
        self._popular = popular
        self._numbers = {product: number for number, product in enumerate(products)}

    @classmethod
    def fit(cls, sessions: Iterable[Session], settings: WalkSettings | None = None) -> Self:
        """Learns from sessions; the same sessions give the same model, in any order.

        Products that fewer than ``settings.support`` different shoppers saw are left out.
        """
        settings = settings or WalkSettings()
        return cls.fit_log(_without_rare(log_of(sessions), settings.support), settings)

    @classmethod
    def fit_log(cls, log: SessionLog, settings: WalkSettings) -> Self:
        """Learns from sessions that are numbered already, and keeps all their products."""
        weights = log.weights(settings.half_life)[log.owner]
        counts = np.bincount(log.seen, weights, len(log.products))
        popular = best((np.arange(len(counts)), counts / max(counts.sum(), 1.0)), _POPULAR)
        return cls(log.products, Walk(settings).fit(log), popular, settings)

    def next_products(
        self, seen_ids: Sequence[str], k: int = 20, *, new_only: bool = False
    ) -> list[tuple[str, float]]:
        """Products that may come next, best first.

        Args:
            seen_ids: products in the order in which they were looked at; unknown ones are passed
                over. Where none is known, popular products are given.
            k: how many, at most.
            new_only: whether to leave out those just seen, to which shoppers often go back.

        Returns:
            Ids and scores above 0, to be compared within one answer.
        """
        seen = numbers_of(seen_ids, self._numbers)
        scored = self.scores(seen)
        if new_only:
            fresh = ~np.isin(scored[0], seen)
            scored = scored[0][fresh], scored[1][fresh]
        items, values = best(scored, k)
        return [(self.products[i], float(v)) for i, v in zip(items, values, strict=True)]

    def next_categories(
        self,
        seen_ids: Sequence[str],
        category_of: Callable[[str], Sequence[str]],
        k: int = 5,
        *,
        depth: int | None = None,
    ) -> list[tuple[Category, float]]:
        """Categories that may come next, best first: the shares of the 100 best products.

        Args:
            seen_ids: see ``next_products``.
            category_of: the path of a product's category; empty where it has none, which counts
                for no category.
            k: how many, at most.
            depth: how many parts of the path tell categories apart; None: all.

        Returns:
            Paths and shares that add up to 1 over all categories.
        """
        totals: dict[Category, float] = {}
        for product, score in self.next_products(seen_ids, _FOR_CATEGORIES):
            if path := tuple(category_of(product))[:depth]:
                totals[path] = totals.get(path, 0.0) + score
        whole = sum(totals.values())
        ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
        return [(path, total / whole) for path, total in ranked[:k]]

    def scores(self, seen: Numbers, now: float = 0.0) -> Scored:
        """What may come next by number; see ``scoring.Scorer``. Nothing seen is allowed."""
        popular = self._popular[0], self._popular[1] * _BEHIND
        if not len(seen):
            return popular
        items, values = self._walk.scores(seen, now)
        return summed(np.concatenate([items, popular[0]]), np.concatenate([values, popular[1]]))

    def kept_bytes(self) -> int:
        """How much it holds in memory besides the ids."""
        return self._walk.kept_bytes() + self._popular[0].nbytes + self._popular[1].nbytes

    def save(self, folder: Path) -> str:
        """Writes the model, so that a reader finds the old one or the new one, whole.

        Returns:
            Its checksum (SHA-256): the same model has the same.
        """
        arrays: Arrays = {
            "starts": self._walk.starts,
            "columns": self._walk.columns,
            "values": self._walk.values,
            "popular": self._popular[0].astype(np.int64),
            "popular_values": self._popular[1],
        }
        described = {
            "settings": self.settings.model_dump(mode="json"),
            "products": list(self.products),
        }
        return write_folder(folder, arrays, json.dumps(described, ensure_ascii=False))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads a model.

        Raises:
            SequenceModelDamaged: there is none, or its files are not what was written.
        """
        arrays, text = read_folder(folder)
        described = json.loads(text)
        settings = WalkSettings.model_validate(described["settings"])
        walk = Walk(settings)
        walk.set_table(arrays["starts"], arrays["columns"], arrays["values"])
        popular = arrays["popular"], arrays["popular_values"]
        return cls(tuple(described["products"]), walk, popular, settings)


def train_from_events(
    events: Iterable[Event], settings: WalkSettings | None = None, pause: timedelta = BREAK
) -> SequenceModel:
    """Learns from what a shop's pages reported.

    Args:
        events: in any order, of shoppers who agreed to it.
        settings: how to count.
        pause: the silence that ends a session without an id.
    """
    return SequenceModel.fit(sessions_from_events(events, pause), settings)


def _without_rare(log: SessionLog, support: int) -> SessionLog:
    """Without the products that too few shoppers saw."""
    size = len(log.products)
    pairs = distinct(log.shoppers[log.owner] * size + log.seen)
    enough = np.bincount(pairs % size, minlength=size) >= support if size else np.zeros(0, bool)
    kept = enough[log.seen]
    lengths = np.bincount(log.owner[kept], minlength=len(log.times))
    return SessionLog(
        products=tuple(p for p, good in zip(log.products, enough, strict=True) if good),
        seen=(np.cumsum(enough) - 1)[log.seen[kept]].astype(np.int64),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        times=log.times,
        shoppers=log.shoppers,
    )
