"""Texts into vectors, behind one small interface."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.product import Product

Vectors = NDArray[np.float32]


Language = Literal["en", "zh"]


class Embedder(Protocol):
    """Turns texts into unit vectors; several threads may ask at once."""

    @property
    def name(self) -> str:
        """Which model it is, with its hash and all that shapes its vectors.

        An index is only read with the embedder of the name that it was built with.
        """
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def reads(self) -> frozenset[Language]:
        """The languages whose texts it takes as they are."""
        ...

    def documents(self, texts: Sequence[str]) -> Vectors:
        """Product texts as an array of shape (texts, dimensions), rows of length one."""
        ...

    def query(self, text: str) -> Vectors:
        """A query as an array of shape (dimensions,), of length one."""
        ...


class HashingEmbedder:
    """Vectors from hashed words: needs no weights, knows no meaning. For tests and trials."""

    def __init__(self, dimensions: int = 64) -> None:
        self.dimensions = dimensions
        self.name = f"hashing-{dimensions}"
        self.reads: frozenset[Language] = frozenset({"en", "zh"})

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.documents``."""
        return np.stack([self.query(text) for text in texts])

    def query(self, text: str) -> Vectors:
        """See ``Embedder.query``."""
        vector = np.zeros(self.dimensions, dtype=np.float32)
        for word in text.lower().split():
            digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
            number = int.from_bytes(digest, "little")
            vector[number % self.dimensions] += 1.0 if number >> 63 else -1.0
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            vector[0] = length = 1.0
        unit: Vectors = vector / np.float32(length)
        return unit


# How a description begins says most of it.
_WORDS_FIRST = 40


def dense_text(product: Product) -> str:
    """What of a product is embedded: what it is, how its description begins, its properties.

    Another text needs another ``FORMAT_VERSION``: vectors of both would not fit together.

    A model cuts the text after some hundred tokens, and data sheets can have a hundred
    properties, so that the description must not stand behind them all.
    """
    words = product.description.split()
    parts = [product.title, product.brand or "", " > ".join(product.category)]
    parts.append(" ".join(words[:_WORDS_FIRST]))
    parts += [f"{name.replace('_', ' ')}: {_written(product, name)}" for name in product.attributes]
    parts.append(" ".join(words[_WORDS_FIRST:]))
    return ". ".join(part for part in parts if part)


def _written(product: Product, name: str) -> str:
    values = product.values(name)
    return ", ".join(
        ("yes" if v else "no") if isinstance(v, bool) else f"{v:g}" if isinstance(v, float) else v
        for v in values
    )
