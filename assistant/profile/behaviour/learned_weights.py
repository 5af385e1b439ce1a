"""The weights of the ranking, learnt from what shoppers chose after a search.

Learning is work for a quiet hour: it replays searches over the events of all shoppers and writes
one small file, numbers and counts only. An answer reads that file and nothing else.

A search is followed by a choice: what was clicked, put in the cart or bought in the same session
before the next search. The choice is held against others among the first of the ranking; a
logistic regression on the differences of their parts says how much each part tells a choice from
what was passed over (pairwise learning to rank, Joachims 2002). Shoppers see first what stands
first, which favours the weights that are in use: another reason to keep what is learnt in bounds.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from sklearn.linear_model import LogisticRegression

from assistant.profile.behaviour.events import Event
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from tools.leaning import Leaning
from tools.ranking import Ranked, rank
from tools.ranking_weights import DEFAULT_WEIGHTS, LEARNT, RankingWeights

LEAST_CHOICES, LEAST_SHOPPERS = 500, 50
"""With fewer positive choices, or of fewer shoppers, the weights stay as they are."""

AFTER_A_SEARCH = timedelta(minutes=30)
"""So long after a search a choice may still be of it, whatever the session."""

_CHOSEN = frozenset({"click", "cart", "purchase"})
# So many that were passed over, from so many that the ranking puts first. Were only the very first
# taken, whatever part put them there would seem to speak against every choice.
_FIRST, _OTHERS = 50, 10
_POOL = 100
_PLAIN = DEFAULT_WEIGHTS.model_copy(update={"variety": 0.0})
_STOCKED = Condition(field="in_stock", op="=", value=True)

log = structlog.get_logger(__name__)

Leanings = Callable[[Sequence[Event], datetime], Sequence[Leaning]]
"""What a shopper's events before a moment lean towards."""


class LearnedWeights(BaseModel):
    """Weights with what they rest on.

    Attributes:
        catalog: the catalogue that they are for.
        weights: the defaults where there was too little to learn from.
        learned: when.
        choices: how many choices they rest on.
        shoppers: of how many shoppers.
    """

    model_config = ConfigDict(frozen=True)

    catalog: str
    weights: RankingWeights
    learned: datetime
    choices: int
    shoppers: int

    @property
    def enough(self) -> bool:
        """Whether there was enough to learn from."""
        return _enough(self.choices, self.shoppers)

    @property
    def needed(self) -> str:
        """How much would be enough."""
        return f"{LEAST_CHOICES} of {LEAST_SHOPPERS}"

    def save(self, path: Path) -> None:
        """Writes the file whole or not at all, so that an answer never reads half of it."""
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        os.replace(partial, path)


def read_weights(path: Path) -> RankingWeights:
    """The weights of a file; the defaults where there is none, or it cannot be read."""
    try:
        held = LearnedWeights.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return DEFAULT_WEIGHTS
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        log.warning("weights_unreadable", file=path.name, why=str(error).splitlines()[0])
        return DEFAULT_WEIGHTS
    # A file may have been edited by hand: what was never learnt stays bounded all the same.
    return DEFAULT_WEIGHTS.learnt(held.weights.model_dump())


def learn_weights(
    events: Iterable[Event],
    index: CatalogueIndex,
    *,
    now: datetime,
    leanings: Leanings = lambda events, moment: (),
) -> LearnedWeights:
    """Learns how much each part of the ranking should count in a catalogue.

    Args:
        events: of all shoppers, in any order.
        index: the catalogue.
        now: the time, for the file.
        leanings: what a shopper's earlier events lean towards; without it the profile's own
            weight is not learnt.
    """
    parts: list[NDArray[np.float64]] = []
    counts: list[int] = []
    choices = 0
    shoppers: set[str] = set()
    for search, chosen, before in _searches(events):
        known = leanings(before, search.time)
        found = _replay(index, search.query or "", known, chosen)
        for better, others in found:
            choices += 1
            shoppers.add(search.shopper_id)
            parts += [_parts(better) - _parts(other) for other in others]
            counts += [len(others)] * len(others)
    weights = DEFAULT_WEIGHTS
    if _enough(choices, len(shoppers)):
        weights = _fitted(np.array(parts), np.array(counts, dtype=np.float64))
    return LearnedWeights(
        catalog=index.name, weights=weights, learned=now, choices=choices, shoppers=len(shoppers)
    )


def _enough(choices: int, shoppers: int) -> bool:
    return choices >= LEAST_CHOICES and shoppers >= LEAST_SHOPPERS


def _searches(events: Iterable[Event]) -> Iterator[tuple[Event, set[str], list[Event]]]:
    """Each search that a choice followed: what was chosen, and what the shopper did before.

    A choice belongs to the last search of its session. Where its session has none (a search by the
    assistant is of a conversation, which the shop's pages know nothing of), it belongs to the
    shopper's last search, if that was within ``AFTER_A_SEARCH``.
    """
    by_shopper: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_shopper[event.shopper_id].append(event)
    for shopper in sorted(by_shopper):
        own = sorted(by_shopper[shopper], key=lambda e: (e.time, e.event_id))
        by_session: dict[str, tuple[int, Event, set[str]]] = {}
        found: list[tuple[int, Event, set[str]]] = []
        for at, event in enumerate(own):
            if event.type == "search" and event.query:
                found.append((at, event, set()))
                if event.session_id is not None:
                    by_session[event.session_id] = found[-1]
            elif event.type in _CHOSEN and event.product_id:
                search = by_session.get(event.session_id or "")
                if found and (search is None or found[-1][0] > search[0]):
                    # The last one of all may be of a conversation beside the shop's pages.
                    recent = event.time - found[-1][1].time <= AFTER_A_SEARCH
                    search = found[-1] if recent else search
                if search is not None:
                    search[2].add(event.product_id)
        for at, searched, chosen in found:
            if chosen:
                yield searched, chosen, own[:at]


def _replay(
    index: CatalogueIndex, query: str, known: Sequence[Leaning], chosen: set[str]
) -> list[tuple[Ranked, list[Ranked]]]:
    """Each choice that the search finds, with those that were passed over."""
    hits = index.search(query, [_STOCKED], k=_POOL)
    ranked = rank(hits, index, where=[_STOCKED], leanings=known, weights=_PLAIN)
    passed = [one for one in ranked if one.product.id not in chosen][:_FIRST]
    others = passed[:: max(1, len(passed) // _OTHERS)][:_OTHERS]
    return [(one, others) for one in ranked if one.product.id in chosen and others]


def _parts(ranked: Ranked) -> NDArray[np.float64]:
    held = ranked.parts
    return np.array([held.get(name, 0.0) for name in LEARNT])


def _fitted(parts: NDArray[np.float64], counts: NDArray[np.float64]) -> RankingWeights:
    """Weights by which choices stand above what was passed over.

    Args:
        parts: differences in points under the default weights, shape (pairs, parts).
        counts: of how many pairs the choice of each is; shape (pairs,).
    """
    varied = np.flatnonzero(np.abs(parts).sum(axis=0) > 0)
    if not len(varied):
        return DEFAULT_WEIGHTS
    kept = parts[:, varied]
    fitted = LogisticRegression(fit_intercept=False).fit(
        np.vstack([kept, -kept]),
        np.repeat([1, 0], len(kept)),
        sample_weight=np.tile(1.0 / counts, 2),
    )
    times = np.maximum(fitted.coef_[0], 0.0)
    usual = np.array([getattr(DEFAULT_WEIGHTS, LEARNT[at]) for at in varied])
    if not np.any(times):
        return DEFAULT_WEIGHTS
    # Only the proportions are learnt: together the parts count as much as before.
    times *= usual.sum() / (usual * times).sum()
    learnt = {LEARNT[at]: float(w) for at, w in zip(varied, usual * times, strict=True)}
    return DEFAULT_WEIGHTS.learnt(learnt)
