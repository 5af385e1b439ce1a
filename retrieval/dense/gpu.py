"""The vectors on a graphics card, where there is one."""

from __future__ import annotations

import threading
from typing import Any

import faiss
import numpy as np
import structlog
from numpy.typing import NDArray

from retrieval.columns import Mask
from retrieval.dense.protocol import Rows, Scores
from retrieval.dense.store import VectorStore
from retrieval.dense.structure import Structure, survivors

_MOST_ASKED = 2048
"""Rows that FAISS gives from a card at once."""


class OnCard:
    """All rows compared on the card; where a mask leaves too few, what is below it searches.

    FAISS passes a filter to a card only in some builds, and in others leaves it out without a
    word. So rows are asked for without it, more of them the more it hides, and then filtered: as
    every row was compared, the ``k`` best of those left are the best of all.

    Args:
        card: an exact index over the first rows, the same as the other's.
        below: what searches in memory.
    """

    def __init__(self, card: Any, below: Structure) -> None:
        self.index = below.index
        self._card = card
        self._below = below
        self._one_at_a_time = threading.Lock()

    def __len__(self) -> int:
        return len(self._below)

    def search(
        self, query: NDArray[np.float32], k: int, mask: Mask | None, store: VectorStore
    ) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows that the mask leaves, scored by the store's vectors."""
        rows = survivors(self._asked, query, k, mask, len(self), _MOST_ASKED)
        if rows is None:
            return self._below.search(query, k, mask, store)
        return store.best(query, rows, k)

    def _asked(self, query: NDArray[np.float32], count: int) -> Rows:
        with self._one_at_a_time:
            found: Rows = self._card.search(query.reshape(1, -1), count)[1][0]
        return found


def on_card(below: Structure, store: VectorStore) -> Structure:
    """The structure with its rows on a card too; itself where there is no card or no room."""
    if not faiss.get_num_gpus() or not len(below):
        return below
    try:
        config = faiss.GpuIndexFlatConfig()
        config.useFloat16 = True
        card = faiss.GpuIndexFlatIP(faiss.StandardGpuResources(), store.dimensions, config)
        for start, vectors in store.blocks():
            card.add(vectors[: max(0, len(below) - start)])
    except RuntimeError as error:
        structlog.get_logger().warning("card_not_used", reason=str(error))
        return below
    return OnCard(card, below)
