"""The embedding model that everything here is measured with: the shop's own."""

from __future__ import annotations

from assistant.app import default_embedder
from assistant.settings import Settings
from retrieval.embedding import Embedder


def shop_embedder() -> Embedder:
    """The embedder that a shop with these settings has."""
    return default_embedder(Settings())
