"""Dense and lexical rankings joined into one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ranking = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Rows, best first, and their scores."""

# Chosen by evals/retrieval/learn_ranking.py, on held-out queries. Words count more than meaning:
# who types a word wants it, and meaning orders what has the words and helps where none is known.
WORDS = 2.25
"""How many times the lexical ranking counts as much as the dense one."""
RANK_K = 20.0
"""Places are counted from here: the smaller, the more the first ones stand out."""
SIMILARITY = 0.15
"""What a similarity of 1 counts beside a product that has all words of the query."""
_PLACES = 0.5


def fuse(dense: Ranking, lexical: Ranking) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """One ranking of two: half by places, half by scores.

    Places alone lose how much better the first is than the second; scores alone depend on the
    embedding model. Reciprocal rank fusion is that of Cormack, Clarke and Büttcher (2009), with
    a weight for each ranking.

    Args:
        dense: rows by the similarity of their vectors, from -1 to 1.
        lexical: rows by words, scores from 0 to 1: the share of the query that they answer.

    Returns:
        The rows of either, best first, ties by row, and scores from 0 to 1: 1 for a row that is
        first in both, equal to the query and with all its words.
    """
    rows = np.union1d(dense[0], lexical[0]).astype(np.int64)
    scores = np.zeros(len(rows), dtype=np.float64)
    for (found, given), weight, counts in ((dense, 1.0, SIMILARITY), (lexical, WORDS, 1.0)):
        at = np.searchsorted(rows, found)
        places = (RANK_K + 1.0) / (RANK_K + 1.0 + np.arange(len(found)))
        scores[at] += _PLACES * weight / (1.0 + WORDS) * places
        share = np.clip(given.astype(np.float64), 0.0, 1.0)
        scores[at] += (1.0 - _PLACES) * counts / (1.0 + SIMILARITY) * share
    order = np.lexsort((rows, -scores))
    return rows[order], scores[order]
