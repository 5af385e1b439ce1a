"""Measures of a ranking, and the plain parts that ours is held against."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from retrieval.embedding import Vectors
from retrieval.hybrid import Ranking
from retrieval.product import Product
from retrieval.text import normalise, tokens

CUT = 10
POOL = 100
# The constant of Cormack, Clarke and Büttcher (2009).
PLAIN_K = 60
RESAMPLES = 10_000

Judgments = Mapping[str, Mapping[str, int]]
Floats = NDArray[np.float64]


def read_judgments(path: Path) -> dict[str, dict[str, int]]:
    """Ratings from 0 to 3 by query and product id, of the queries that have a relevant product."""
    found: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["query"], {})[row["docid"]] = int(row["rating"])
    return {query: rated for query, rated in found.items() if any(rated.values())}


def ndcg(ranked: Sequence[str], rated: Mapping[str, int], cut: int = CUT) -> float:
    """Normalised discounted cumulative gain: gain 2^rating - 1, discount log2, unjudged 0."""
    discounts = 1.0 / np.log2(np.arange(2, cut + 2))
    gains = np.asarray([2.0 ** rated.get(one, 0) - 1.0 for one in ranked[:cut]])
    ideal = np.sort([2.0**rating - 1.0 for rating in rated.values()])[::-1][:cut]
    return float(gains @ discounts[: len(gains)] / (ideal @ discounts[: len(ideal)]))


def reciprocal_rank(ranked: Sequence[str], wanted: str) -> float:
    """1 over the place of the wanted product, 0 where it is not found."""
    return 1.0 / (ranked.index(wanted) + 1) if wanted in ranked else 0.0


def interval(differences: Sequence[float], seed: int) -> tuple[float, float, float]:
    """The mean of paired differences and its bootstrap interval of 95 %."""
    values = np.asarray(differences)
    random = np.random.default_rng(seed)
    means = values[random.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def plain_fusion(rankings: Sequence[Sequence[int]]) -> list[int]:
    """Reciprocal rank fusion as it is glued together everywhere: equal parts, k = 60."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, row in enumerate(ranking):
            scores[row] = scores.get(row, 0.0) + 1.0 / (PLAIN_K + 1 + place)
    return sorted(scores, key=lambda row: (-scores[row], row))


class PlainWords:
    """BM25 over all of a product's text as one bag of stems."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._bm25 = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
        self._bm25.index([_stems(_text(p)) for p in products], show_progress=False)

    def search(self, query: str, k: int = POOL) -> list[int]:
        """Rows with any of the query's stems, best first."""
        known = [term for term in _stems(query) if term in self._bm25.vocab_dict]
        if not known:
            return []
        return _best(np.asarray(self._bm25.get_scores(known), dtype=np.float64), k, floor=0.0)


class PlainVectors:
    """Exact inner products."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def search(self, query: Vectors, k: int = POOL) -> Ranking:
        """Rows by their similarity to a query's vector, best first."""
        scores = self._vectors @ query
        rows = np.asarray(_best(scores.astype(np.float64), k, floor=-np.inf), dtype=np.int64)
        return rows, scores[rows].astype(np.float32)


def _best(scores: Floats, k: int, *, floor: float) -> list[int]:
    order = np.lexsort((np.arange(len(scores)), -scores))[:k]
    return [int(row) for row in order if scores[row] > floor]


def _stems(text: str) -> list[str]:
    return [token.stem for token in tokens(normalise(text))]


def _text(product: Product) -> str:
    parts = [product.title, product.title_zh or "", product.brand or "", *product.category]
    for name in product.attributes:
        for value in product.values(name):
            if value is not False:
                named = name.replace("_", " ")
                number = f"{value:g}" if isinstance(value, float) else value
                parts.append(named if value is True else str(number))
    return " ".join([*parts, product.description])
