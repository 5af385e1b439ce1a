"""Texts into vectors, behind one small interface."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.product import Product

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors.

    Attributes:
        name: which model it is, its hash included; an index is only read with the one it was
            built with.
        dimensions: length of a vector.
    """

    name: str
    dimensions: int

    def documents(self, texts: Sequence[str]) -> Vectors:
        """Product texts as an array of shape (texts, dimensions), rows of length one."""
        ...

    def query(self, text: str) -> Vectors:
        """A query as an array of shape (dimensions,), of length one."""
        ...


class SentenceEmbedder:
    """A sentence-transformers model from a folder, loaded at its first use.

    Args:
        folder: where the model lies.
        name: how the model is called in an index's manifest; the weights' hash is added.
        max_tokens: texts are cut there; product texts say what matters first.
    """

    def __init__(self, folder: Path, *, name: str, dimensions: int, max_tokens: int = 128) -> None:
        self.name = name
        self.dimensions = dimensions
        self._folder = folder
        self._max_tokens = max_tokens
        self._model: SentenceTransformer | None = None
        self._lock = threading.Lock()

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.documents``."""
        return self._encode(list(texts))

    def query(self, text: str) -> Vectors:
        """See ``Embedder.query``."""
        vector: Vectors = self._encode([text])[0]
        return vector

    def load(self) -> None:
        """Loads the model now, so that the first shopper does not wait for it."""
        with self._lock:
            if self._model is None:
                # Importing torch takes seconds, and commands that embed nothing need none of it.
                from sentence_transformers import SentenceTransformer

                self._model = SentenceTransformer(
                    str(self._folder), device=None, local_files_only=True
                )
                self._model.max_seq_length = self._max_tokens

    def _encode(self, texts: list[str]) -> Vectors:
        self.load()
        model = self._model
        assert model is not None
        with self._lock:  # a torch module is not made for several threads at once
            vectors = model.encode(
                texts,
                batch_size=32,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)


class HashingEmbedder:
    """Vectors from hashed words: needs no weights, knows no meaning. For tests and trials."""

    def __init__(self, dimensions: int = 64) -> None:
        self.dimensions = dimensions
        self.name = f"hashing-{dimensions}"

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


def dense_text(product: Product) -> str:
    """What of a product is embedded: what it is first, how it is described last."""
    parts = [product.title, product.brand or "", " > ".join(product.category)]
    parts += [f"{name.replace('_', ' ')}: {_written(product, name)}" for name in product.attributes]
    parts.append(product.description)
    return ". ".join(part for part in parts if part)


def _written(product: Product, name: str) -> str:
    values = product.values(name)
    return ", ".join(
        ("yes" if v else "no") if isinstance(v, bool) else f"{v:g}" if isinstance(v, float) else v
        for v in values
    )
