"""How far a search must go to find what exact search finds: measured when an index is built.

The queries are made up from the vectors themselves: near a row, between two rows, at a distance
as a few words of a shopper are from a product's text, and far from everything. One half of them
sets the figures, the other half measures the recall that is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.dense.exact import nearest, recall
from retrieval.dense.graph import Graph
from retrieval.dense.lists import Lists
from retrieval.dense.protocol import Rows
from retrieval.dense.store import VectorStore
from retrieval.dense.tuning import Tuning

SHARES = (1.0, 0.1, 0.01, 0.001)
_QUERIES = 120
_K = 10
_WANTED = 0.993
_SAFETY = 1.15
"""Words of shoppers lie farther from products than what is made up from products, and so need a
wider margin."""
_CODES_COMPARED = 2_000
_MIXED = 1_000
_KINDS = 5
_NEAR = 0.8
_FAR = 0.5
_WIDTHS = (128, 256, 512, 1024)


@dataclass(frozen=True)
class Shared:
    """A mask that is the same for every query."""

    mask: Mask

    def __call__(self, rows: slice) -> NDArray[np.bool_]:
        """Which of these rows may be found."""
        return self.mask[None, rows]

    def of(self, query: int) -> Mask:
        """The mask of one query."""
        return self.mask


@dataclass(frozen=True)
class Beyond:
    """Masks that leave out the lists nearest to each query: the hard case.

    Attributes:
        ranks: shape (queries, lists), 0 for the nearest list.
        list_of_rows: by row.
        hidden: how many lists are left out.
    """

    ranks: NDArray[np.int64]
    list_of_rows: NDArray[np.int32]
    hidden: int

    def __call__(self, rows: slice) -> NDArray[np.bool_]:
        """Which of these rows may be found."""
        allowed: NDArray[np.bool_] = self.ranks[:, self.list_of_rows[rows]] >= self.hidden
        return allowed

    def of(self, query: int) -> Mask:
        """The mask of one query."""
        mask: Mask = self.ranks[query][self.list_of_rows] >= self.hidden
        return mask


@dataclass(frozen=True)
class Trial:
    """Queries, masks, and what is right."""

    queries: NDArray[np.float32]
    masks: dict[str, Shared | Beyond]
    right: dict[str, tuple[Rows, NDArray[np.float32]]]


def made_up_queries(store: VectorStore, count: int, seed: int) -> NDArray[np.float32]:
    """Queries of five kinds in turn, shape (count, dimensions), of length one.

    A row with even noise; two rows mixed; a row with much noise that varies as the rows do; such
    noise alone; even noise alone.
    """
    random = np.random.default_rng(seed)
    rows = random.integers(len(store), size=(2, count))
    one, other = store.vectors(rows[0]), store.vectors(rows[1])
    even = _unit(random.standard_normal(one.shape, dtype=np.float32))
    others = store.vectors(random.integers(len(store), size=_MIXED))
    weights = random.standard_normal((count, len(others)), dtype=np.float32)
    alike = _unit(weights @ (others - others.mean(axis=0)) + 1e-3 * even)
    made = np.select(
        [(np.arange(count) % _KINDS == kind)[:, None] for kind in range(_KINDS)],
        [
            _NEAR * one + np.sqrt(1 - _NEAR**2) * even,
            one + other + 1e-3 * even,
            _FAR * one + np.sqrt(1 - _FAR**2) * alike,
            alike,
            even,
        ],
    )
    return _unit(made.astype(np.float32))


def trial(store: VectorStore, structure: Lists | Graph, seed: int) -> Trial:
    """Queries and masks for an index, with what exact search finds."""
    queries = made_up_queries(store, _QUERIES, seed)
    drawn = np.random.default_rng([seed, 1]).random(len(store))
    masks: dict[str, Shared | Beyond] = {_name(share): Shared(drawn < share) for share in SHARES}
    if isinstance(structure, Lists) and structure.index.nlist > 8:
        near = structure.near(queries)
        ranks = np.argsort(np.argsort(-near, axis=1), axis=1)
        of_rows = structure.list_of_rows()
        for part in (50, 8):
            hidden = max(1, structure.index.nlist // part)
            masks[f"without the nearest {hidden} lists"] = Beyond(ranks, of_rows, hidden)
    return Trial(queries, masks, nearest(store, queries, masks, _K))


def tuned_lists(lists: Lists, store: VectorStore, tuning: Tuning, tried: Trial) -> Tuning:
    """The probes, margin and error that find what exact search finds."""
    fit = _sets_figures(tried)
    error = _code_error(lists, store, tried.queries[fit], tuning.seed)
    hard = [name for name, mask in tried.masks.items() if isinstance(mask, Beyond)]
    if not hard:
        probes = dict.fromkeys(SHARES, lists.index.nlist)
        return tuning.model_copy(update={"error": error, "probes": probes})
    near = lists.near(tried.queries)
    ranks = np.argsort(np.argsort(-near, axis=1), axis=1)
    of_rows = lists.list_of_rows()

    def by_list(name: str, table: NDArray[np.float32] | NDArray[np.int64]) -> NDArray[np.float64]:
        rows = tried.right[name][0]
        held = np.take_along_axis(table, of_rows[rows].astype(np.int64), axis=1)
        return np.where(rows >= 0, held, np.nan)[fit]

    gains = [tried.right[name][1][fit] - by_list(name, near) for name in hard]
    margin = _SAFETY * float(np.nanquantile(np.concatenate(gains), _WANTED))
    probes = {}
    for share in SHARES:
        worst = tried.right[_name(share)][1][fit][:, -1:]
        reached = by_list(_name(share), near) > worst - margin
        rank = np.where(reached, -1.0, by_list(_name(share), ranks))
        needed = np.nan_to_num(np.nanquantile(rank, _WANTED), nan=0.0) + 1
        probes[share] = int(np.clip(needed, lists.index.nlist // 32 + 1, lists.index.nlist))
    return tuning.model_copy(update={"probes": probes, "margin": margin, "error": error})


def tuned_graph(graph: Graph, store: VectorStore, tuning: Tuning, tried: Trial) -> Tuning:
    """The width of the walk that finds what exact search finds."""
    fit = np.flatnonzero(_sets_figures(tried))
    error = _code_error(graph, store, tried.queries[fit], tuning.seed)
    right = tried.right[_name(1.0)][0]
    for width in _WIDTHS:
        wider = Graph(graph.index, width=width, error=error)
        reached = [
            recall(wider.search(tried.queries[i], _K, None, store)[0], right[i]) for i in fit
        ]
        if np.mean(reached) >= _WANTED:
            break
    return tuning.model_copy(update={"width": width, "error": error})


def held_out_recall(structure: Lists | Graph, store: VectorStore, tried: Trial) -> dict[str, float]:
    """recall@10 by mask, on the queries that set none of the figures."""
    kept = np.flatnonzero(~_sets_figures(tried))
    measured = {}
    for name, (right, _) in tried.right.items():
        reached = []
        for query in kept:
            mask = tried.masks[name].of(int(query))
            k = min(_K, int(np.count_nonzero(mask)))
            found = structure.search(tried.queries[query], k, mask, store)[0] if k else right[:0, 0]
            reached.append(recall(found, right[query]))
        measured[name] = round(float(np.mean(reached)), 4)
    return measured


def _code_error(
    structure: Lists | Graph, store: VectorStore, queries: NDArray[np.float32], seed: int
) -> float:
    random = np.random.default_rng([seed, 2])
    rows = np.unique(random.integers(len(store), size=_CODES_COMPARED))
    vectors = store.vectors(rows)
    errors = []
    for query in queries:
        found, codes = structure.codes(query, rows)
        errors.append(vectors[np.searchsorted(rows, found)] @ query - codes)
    return float(max(0.0, np.quantile(np.concatenate(errors), _WANTED)))


def _sets_figures(tried: Trial) -> NDArray[np.bool_]:
    """Every other query of each kind."""
    sets: NDArray[np.bool_] = np.arange(len(tried.queries)) // _KINDS % 2 == 0
    return sets


def _name(share: float) -> str:
    return f"{share:.1%} of the rows"


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
