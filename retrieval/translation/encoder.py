"""A model below an embedder: it turns texts into vectors, and nobody said what it reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from retrieval.embedding import Vectors


class Encoder(Protocol):
    """What ``GlossingEmbedder`` asks of a model; see ``Embedder`` for each."""

    @property
    def name(self) -> str:
        """See ``Embedder.name``."""
        ...

    @property
    def dimensions(self) -> int:
        """See ``Embedder.dimensions``."""
        ...

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.documents``."""
        ...

    def query(self, text: str) -> Vectors:
        """See ``Embedder.query``."""
        ...

    def load(self) -> None:
        """Loads the model now."""
        ...
