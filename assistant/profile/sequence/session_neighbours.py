"""Nearest sessions: what others saw who saw the same. To compare with, not to serve.

They read whole sessions of other shoppers while they answer, so nothing that a shopper is shown
comes from here. Three forms:

- plain, a cosine of sets: Jannach and Ludewig, "When Recurrent Neural Networks meet the
  Neighborhood for Session-Based Recommendation" (RecSys 2017);
- weighted by position, with rare products up: Ludewig and Jannach, "Evaluation of Session-based
  Recommendation Algorithms" (UMUAI 2018), there V-SkNN;
- with decay of positions, of age and around the shared product: Garg, Gupta, Malhotra, Vig and
  Shroff, "Sequence and Time Aware Neighborhood for Session-based Recommendations" (SIGIR 2019),
  there STAN.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from assistant.profile.sequence.counts import visits
from assistant.profile.sequence.scoring import Scored, summed
from assistant.profile.sequence.sessions import Numbers, SessionLog

_DAY = 86_400
Weights = NDArray[np.float64]


class SessionNeighbours:
    """Plain nearest sessions, and what its two refinements share.

    Args:
        neighbours: how many sessions speak.
        sample: of the sessions that share a product, how many of the newest are looked at.
    """

    def __init__(self, neighbours: int = 100, sample: int = 1000) -> None:
        self.neighbours, self.sample = neighbours, sample

    def fit(self, log: SessionLog) -> Self:
        """Keeps all sessions, the newest first."""
        newest = np.argsort(-log.times, kind="stable")
        table = visits(log)[newest]
        table.sort_indices()
        self._starts, self._products = table.indptr, table.indices
        self._times, self._lengths = log.times[newest], np.diff(table.indptr)
        by_product = table.T.tocsr()
        by_product.sort_indices()
        self._where, self._sessions = by_product.indptr, by_product.indices
        self._rarity = np.log(len(newest) / np.maximum(1, np.diff(self._where)))
        self._last = self._last_places(log, newest)
        # Of each product, what it counts in the session asked about: all 0 between questions.
        self._asked = np.zeros(len(log.products))
        return self

    def scores(self, seen: Numbers, now: float) -> Scored:
        """What the nearest sessions saw."""
        weights = self._place_weights(len(seen))
        self._asked[seen] = weights  # of a product seen twice, the later place
        unique = np.unique(seen)
        sessions = self._candidates(unique)
        session, entry = self._entries(sessions)
        values = self._asked[self._products[entry]]
        shared = np.bincount(session, values, len(sessions)).astype(np.float64)
        near = self._similarity(shared, self._asked[unique], sessions, now)
        kept = np.argsort(-near, kind="stable")[: self.neighbours]
        session, entry = self._entries(sessions[kept])
        value = near[kept][session] * self._entry_weights(session, entry, seen)
        self._asked[seen] = 0
        return summed(self._products[entry].astype(np.int64), value)

    def kept_bytes(self) -> int:
        """The sessions, by session and by product."""
        arrays = (self._starts, self._products, self._times, self._lengths, self._where)
        more = (self._sessions, self._rarity, self._last, self._asked)
        return int(sum(array.nbytes for array in (*arrays, *more)))

    def _place_weights(self, count: int) -> Weights:
        """What each place of the session asked about counts."""
        return np.ones(count)

    def _similarity(
        self, shared: Weights, asked: Weights, sessions: Numbers, now: float
    ) -> Weights:
        """How near each session is, from the sum of the weights it shares."""
        near: Weights = shared / np.sqrt(self._lengths[sessions] * float(asked @ asked))
        return near

    def _entry_weights(self, session: Numbers, entry: Numbers, seen: Numbers) -> Weights:
        """What each product of a near session counts."""
        return np.ones(len(entry))

    def _candidates(self, products: Numbers) -> Numbers:
        """The newest sessions that share a product."""
        spans = [self._sessions[self._where[p] : self._where[p + 1]] for p in products]
        return np.unique(np.concatenate(spans))[: self.sample].astype(np.int64)

    def _entries(self, sessions: Numbers) -> tuple[Numbers, Numbers]:
        """All entries of some sessions: the session's place in the list, and where it stands."""
        lengths = self._lengths[sessions]
        session = np.repeat(np.arange(len(sessions)), lengths)
        begin = np.cumsum(lengths) - lengths
        return session, np.arange(len(session)) + (self._starts[sessions] - begin)[session]

    def _last_places(self, log: SessionLog, newest: Numbers) -> Numbers:
        """For each entry, where in its session the product was last seen."""
        place = np.arange(len(log.seen)) - log.starts[log.owner]
        rank = np.empty(len(newest), np.int64)
        rank[newest] = np.arange(len(newest))
        size = len(log.products)
        keys = rank[log.owner] * size + log.seen
        order = np.lexsort((place, keys))
        last = np.flatnonzero(np.diff(keys[order], append=-1))
        return np.asarray(place[order][last], dtype=np.int64)


class WeightedNeighbours(SessionNeighbours):
    """Later products count more, and rare products are brought up.

    Args:
        rarity: how much a product's rarity adds.
        neighbours: see ``SessionNeighbours``.
        sample: see ``SessionNeighbours``.
    """

    def __init__(self, neighbours: int = 100, sample: int = 1000, rarity: float = 1.0) -> None:
        super().__init__(neighbours, sample)
        self.rarity = rarity

    def _place_weights(self, count: int) -> Weights:
        return np.asarray((np.arange(1, count + 1) / count) ** 2)

    def _similarity(
        self, shared: Weights, asked: Weights, sessions: Numbers, now: float
    ) -> Weights:
        return shared / len(asked)

    def _entry_weights(self, session: Numbers, entry: Numbers, seen: Numbers) -> Weights:
        back = np.full(len(self._asked), np.inf)
        back[seen] = np.arange(len(seen), 0, -1)
        nearest = np.full(int(session.max()) + 1, np.inf)
        np.minimum.at(nearest, session, back[self._products[entry]])
        rare: Weights = 1 + self.rarity * self._rarity[self._products[entry]]
        weights: Weights = rare / nearest[session] ** 2
        return weights


class TimedNeighbours(SessionNeighbours):
    """Decay of places in the session, of age, and around the product that is shared.

    Args:
        reach: after how many steps back a product counts 1/e.
        days: after how many days a session counts 1/e.
        around: how far from the last shared product another one counts 1/e.
        neighbours: see ``SessionNeighbours``.
        sample: see ``SessionNeighbours``.
    """

    def __init__(
        self,
        neighbours: int = 500,
        sample: int = 2500,
        reach: float = 1.02,
        days: float = 5.0,
        around: float = 2.05,
    ) -> None:
        super().__init__(neighbours, sample)
        self.reach, self.days, self.around = reach, days, around

    def _place_weights(self, count: int) -> Weights:
        return np.exp((np.arange(count) + 1 - count) / self.reach)

    def _similarity(
        self, shared: Weights, asked: Weights, sessions: Numbers, now: float
    ) -> Weights:
        age = (now - self._times[sessions]) / (self.days * _DAY)
        return super()._similarity(shared, asked, sessions, now) * np.exp(-age)

    def _entry_weights(self, session: Numbers, entry: Numbers, seen: Numbers) -> Weights:
        common = self._asked[self._products[entry]] > 0
        star = np.zeros(int(session.max()) + 1)
        np.maximum.at(star, session[common], self._last[entry][common])
        return np.exp(-np.abs(self._last[entry] - star[session]) / self.around)
