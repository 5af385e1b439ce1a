"""Learns the weights of ``retrieval/lexical/weights.py`` and ``retrieval/hybrid.py``.

``python -m evals.retrieval.learn_ranking`` draws weights at random around plain ones, scores each
draw on the judged queries of chorus_icecat, and takes the mean of the best draws, which is steadier
than the best one. The same is done on four fifths of the queries and measured on the last fifth
(repeated): that figure is what other queries may expect.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from evals.retrieval.embedder import shop_embedder
from evals.retrieval.relevance import CUT, POOL, PlainVectors, read_judgments
from evals.retrieval.systems import word_index
from evals.retrieval.work import SEED, Work
from retrieval.held import HeldValues
from retrieval.lexical import fields_of
from retrieval.lexical.query import Group
from retrieval.lexical.weights import FIELDS
from retrieval.product import Product
from retrieval.vocabulary import Vocabulary

Floats = NDArray[np.float64]

_NAMES = tuple(FIELDS)
# Plain weights and length normalisations to draw around.
_PLAIN: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "title": (3.0, 0.6),
        "kind": (1.5, 0.3),
        "brand": (2.0, 0.3),
        "category": (2.0, 0.3),
        "numbers": (1.0, 0.0),
        "words": (0.3, 0.5),
        "purpose": (0.6, 0.5),
        "characters": (0.5, 0.0),
        "attributes": (0.8, 0.7),
        "description": (5.0, 0.8),
    }
)
_WEIGHTS = tuple(_PLAIN[name][0] for name in _NAMES)
_NORMS = tuple(_PLAIN[name][1] for name in _NAMES)
_SPREAD, _NORM_SPREAD = 0.7, 0.2
# Ranges of k1, the words' weight, the constant of places, what a similarity counts.
_RANGES = ((0.3, 2.5), (1.0, 4.0), (5.0, 60.0), (0.03, 0.6))
_BEST_SHARE, _BEST_LEAST = 0.02, 20
_FOLDS, _REPEATS = 5, 5


@dataclass(frozen=True)
class Weights:
    """What is learnt.

    Attributes:
        fields, norms: weight and length normalisation of each field.
        k1: saturation.
        words: weight of the lexical places against the dense ones.
        rank_k: constant of places.
        similarity: what a similarity of 1 counts beside all words.
    """

    fields: Floats
    norms: Floats
    k1: float
    words: float
    rank_k: float
    similarity: float

    @classmethod
    def of(cls, vector: Floats) -> Weights:
        """From the numbers that are drawn and averaged: logarithms but for the norms."""
        size = len(_NAMES)
        k1, words, rank_k, similarity = np.exp(vector[2 * size :]).tolist()
        fields, norms = np.exp(vector[:size]), vector[size : 2 * size]
        return cls(fields, norms, k1, words, rank_k, similarity)


def drawn(random: np.random.Generator) -> Floats:
    """One draw."""
    fields = np.log(_WEIGHTS) + random.normal(0.0, _SPREAD, len(_NAMES))
    norms = np.clip(_NORMS + random.normal(0.0, _NORM_SPREAD, len(_NAMES)), 0.0, 1.0)
    norms[_NAMES.index("numbers")] = 0.0
    rest = [random.uniform(np.log(low), np.log(high)) for low, high in _RANGES]
    return np.concatenate([fields, norms, rest])


@dataclass(frozen=True)
class TermCounts:
    """Where a term stands: rows, and counts and relative lengths of each field there."""

    rows: NDArray[np.int64]
    counts: Floats
    lengths: Floats
    rarity: float


class Query:
    """One judged query with all that its products' scores are made of."""

    def __init__(
        self,
        groups: Sequence[Group],
        counts: Mapping[str, TermCounts],
        dense: tuple[NDArray[np.int64], NDArray[np.float32]],
        rated: Mapping[int, int],
    ) -> None:
        terms = {term for group in groups for way in group.ways for term in way.terms}
        rows = np.unique(np.concatenate([dense[0], *(counts[term].rows for term in terms)]))
        self._groups, self._counts = groups, counts
        self._at = {term: np.searchsorted(rows, counts[term].rows) for term in terms}
        self._places = np.full(len(rows), np.inf)
        self._places[np.searchsorted(rows, dense[0])] = np.arange(len(dense[0]))
        self._similar = np.zeros(len(rows))
        self._similar[np.searchsorted(rows, dense[0])] = dense[1]
        self._gains = np.asarray([2.0 ** rated.get(int(row), 0) - 1.0 for row in rows])
        self._discounts = 1.0 / np.log2(np.arange(2, CUT + 2))
        ideal = np.sort([2.0**rating - 1.0 for rating in rated.values()])[::-1][:CUT]
        self._ideal = float(ideal @ self._discounts[: len(ideal)])
        self._whole = sum(
            max(way.weight * sum(counts[t].rarity for t in way.terms) for way in group.ways)
            for group in groups
        )

    def ndcg(self, weights: Weights) -> float:
        """The measure under some weights."""
        words = self._words(weights)
        best = np.argsort(-words, kind="stable")[:POOL]
        best = best[words[best] > 0]
        places = np.full(len(words), np.inf)
        places[best] = np.arange(len(best))
        k, parts = weights.rank_k + 1.0, 1.0 + weights.words
        score = (weights.words * k / (k + places) + k / (k + self._places)) / parts
        held = np.where(np.isfinite(places), words, 0.0) / (self._whole or 1.0)
        score += (held + weights.similarity * self._similar) / (1.0 + weights.similarity)
        gains = self._gains[np.argsort(-score, kind="stable")[:CUT]]
        return float(gains @ self._discounts[: len(gains)]) / self._ideal

    def _words(self, weights: Weights) -> Floats:
        total = np.zeros(len(self._gains))
        for group in self._groups:
            best = np.zeros(len(total))
            for way in group.ways:
                given = np.zeros(len(total))
                for term in way.terms:
                    found = self._counts[term]
                    norm = 1.0 - weights.norms + weights.norms * found.lengths
                    count = (found.counts / np.maximum(norm, 1e-9)) @ weights.fields
                    given[self._at[term]] += found.rarity * count / (weights.k1 + count)
                np.maximum(best, given * way.weight, out=best)
            total += best
        return total


def prepared(work: Work) -> list[Query]:
    """The judged queries."""
    products = work.products()
    index, dense = word_index(products), PlainVectors(work.vectors())
    rows = {product.id: row for row, product in enumerate(products)}
    judgments = read_judgments(work.source.parent / "judgments_dev.csv")
    read = {query: index.read(query) for query in judgments}
    terms = {t for groups in read.values() for g in groups for way in g.ways for t in way.terms}
    counts = _counts(products, index.lengths.average, {term: index.rarity(term) for term in terms})
    return [
        Query(
            read[query],
            counts,
            dense.search(work.embedder.query(query)),
            {rows[product]: rating for product, rating in rated.items()},
        )
        for query, rated in judgments.items()
    ]


def _counts(
    products: Sequence[Product], average: Mapping[str, float], rarity: Mapping[str, float]
) -> dict[str, TermCounts]:
    vocabulary = Vocabulary(HeldValues.of(products))
    found: dict[str, list[tuple[int, Floats, Floats]]] = {term: [] for term in rarity}
    for row, product in enumerate(products):
        fields = fields_of(product, vocabulary)
        lengths = np.asarray([len(fields.get(n, ())) / average.get(n, 1.0) for n in _NAMES])
        here: dict[str, Floats] = {}
        for place, name in enumerate(_NAMES):
            for term in fields.get(name, ()):
                if term in rarity:
                    here.setdefault(term, np.zeros(len(_NAMES)))[place] += 1.0
        for term, counted in here.items():
            found[term].append((row, counted, lengths))
    return {
        term: TermCounts(
            np.asarray([row for row, _, _ in rows], dtype=np.int64),
            np.stack([counted for _, counted, _ in rows]),
            np.stack([lengths for _, _, lengths in rows]),
            rarity[term],
        )
        for term, rows in found.items()
    }


def chosen(draws: Floats, scores: Floats) -> Floats:
    """The mean of the best draws; scores of shape (draws, queries)."""
    mean = scores.mean(axis=1)
    count = max(_BEST_LEAST, int(len(draws) * _BEST_SHARE))
    best: Floats = draws[np.argsort(-mean)[:count]].mean(axis=0)
    return best


def held_out(queries: Sequence[Query], draws: Floats, scores: Floats, seed: int) -> Floats:
    """The measure of each query under weights that were chosen without it."""
    total = np.zeros(len(queries))
    for repeat in range(_REPEATS):
        fold = np.random.default_rng([seed, repeat]).permutation(len(queries)) % _FOLDS
        for number in range(_FOLDS):
            weights = Weights.of(chosen(draws, scores[:, fold != number]))
            for place in np.flatnonzero(fold == number).tolist():
                total[place] += queries[place].ndcg(weights)
    return total / _REPEATS


def main() -> None:
    """Learns and prints, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("build/retrieval"), help="kept data")
    parser.add_argument("--draws", type=int, default=10_000)
    arguments = parser.parse_args()
    began = time.perf_counter()
    queries = prepared(Work(arguments.work, arguments.data, shop_embedder(), print))
    random = np.random.default_rng(SEED)
    draws = np.stack([drawn(random) for _ in range(arguments.draws)])
    scores = np.asarray([[q.ndcg(weights) for q in queries] for weights in map(Weights.of, draws)])
    weights = Weights.of(chosen(draws, scores))
    result = {
        "fields": {
            n: [w, b] for n, w, b in zip(_NAMES, weights.fields, weights.norms, strict=True)
        },
        "k1": weights.k1,
        "words": weights.words,
        "rank_k": weights.rank_k,
        "similarity": weights.similarity,
        "on all queries": float(np.mean([query.ndcg(weights) for query in queries])),
        "held out": float(held_out(queries, draws, scores, SEED).mean()),
        "seconds": time.perf_counter() - began,
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
