"""The rankings that are compared on one catalogue: plain parts, their plain fusion, and ours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evals.retrieval.relevance import POOL, PlainVectors, PlainWords, plain_fusion
from retrieval.embedding import Vectors
from retrieval.held import HeldValues
from retrieval.hybrid import fuse
from retrieval.lexical import LexicalBuilder, LexicalIndex, fields_of
from retrieval.product import Product
from retrieval.vocabulary import Vocabulary

VECTORS, WORDS, PLAIN = "vectors, flat", "BM25, one bag of stems", "plain fusion of both (k = 60)"
OUR_WORDS, OURS = "our word index", "our hybrid"
SYSTEMS = (VECTORS, WORDS, PLAIN, OUR_WORDS, OURS)


class Systems:
    """All rankings over one catalogue.

    Args:
        products: of the catalogue.
        vectors: theirs, in their order.
    """

    def __init__(self, products: Sequence[Product], vectors: Vectors) -> None:
        self._ids = [product.id for product in products]
        self._mask = np.ones(len(products), dtype=bool)
        self._plain_words = PlainWords(products)
        self._plain_vectors = PlainVectors(vectors)
        self._words = word_index(products)

    def rank(self, query: str, vector: Vectors) -> dict[str, list[str]]:
        """The ids that each system finds, best first."""
        dense = self._plain_vectors.search(vector)
        plain = self._plain_words.search(query)
        lexical = self._words.search(query, POOL, self._mask)
        rows = {
            VECTORS: dense[0].tolist(),
            WORDS: plain,
            PLAIN: plain_fusion([plain, dense[0].tolist()]),
            OUR_WORDS: lexical[0].tolist(),
            OURS: fuse(dense, lexical)[0].tolist(),
        }
        return {name: [self._ids[row] for row in rows[name]] for name in SYSTEMS}


def word_index(products: Sequence[Product]) -> LexicalIndex:
    """Our word index over products."""
    vocabulary = Vocabulary(HeldValues.of(products))
    builder = LexicalBuilder()
    for product in products:
        builder.add(fields_of(product, vocabulary))
    return builder.build()
