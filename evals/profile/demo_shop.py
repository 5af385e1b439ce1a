"""The demo shop in memory, for what is measured of its ranking."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import as_file, files

from retrieval.advice import load_advice
from retrieval.building import build_index
from retrieval.catalogues import DEMO
from retrieval.embedding import Embedder, HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.words import load_words

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def demo_index(embedder: Embedder | None = None) -> CatalogueIndex:
    """The demo shop with its words and advice.

    Args:
        embedder: makes the vectors; None: one of words alone, which needs no weights.
    """
    with as_file(files("retrieval.demo")) as folder:
        lines = (folder / "products.jsonl").read_text(encoding="utf-8").splitlines()
        return build_index(
            [Product.model_validate_json(line) for line in lines],
            name=DEMO,
            embedder=embedder or HashingEmbedder(),
            source=DEMO,
            now=NOW,
            words=load_words(folder / "words.yaml"),
            advice=load_advice(folder / "advice.yaml"),
        )
