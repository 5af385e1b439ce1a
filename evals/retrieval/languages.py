"""Search across languages: labelled queries on a Chinese and on two English catalogues.

Prints success@5 (is a product that answers the query among the first five?) of plain fusion
(k = 60) of BM25 and vectors on the query as written, and of the shop's own search.
Run ``python -m evals.retrieval.languages --data ../shared/data``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import bm25s
import numpy as np
from pydantic import BaseModel, ConfigDict

from assistant.app import default_embedder
from assistant.settings import Settings
from evals.retrieval.report import Options, Report
from evals.retrieval.tables import Row, markdown
from evals.retrieval.work import Work
from retrieval.building import build_index
from retrieval.embedding import Embedder, dense_text
from retrieval.held import HeldValues
from retrieval.importing import import_catalogue
from retrieval.lexical import fields_of
from retrieval.product import Product
from retrieval.text import search_terms
from retrieval.translation import GlossingEmbedder
from retrieval.translation.encoder import Encoder
from retrieval.vocabulary import Vocabulary

GOAL = 0.9
_FIRST = 5
_POOL = 200
_K = 60

Ranking = list[str]
"""Ids of products, best first."""
Search = Callable[[str], Ranking]


class LabelledQuery(BaseModel):
    """A query, and the products that answer it as a reader of the whole catalogue judged.

    Attributes:
        split: ``dev`` may be looked at when something is chosen, ``held`` only measures.
        language: the query's.
        note: what makes it hard.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    split: str
    catalogue: str
    query: str
    language: str
    relevant: frozenset[str]
    note: str

    @property
    def group(self) -> str:
        """Which way it crosses."""
        to = "Chinese" if self.catalogue == "litemall_zh" else "English"
        return f"{'Chinese' if self.language == 'zh' else 'English'} on {to}"

    def met(self, ranking: Ranking) -> bool:
        """Whether a product that answers the query is among the first five."""
        return not self.relevant.isdisjoint(ranking[:_FIRST])


def labelled_queries() -> list[LabelledQuery]:
    """The sixty queries."""
    text = files("evals.retrieval").joinpath("queries_zh.jsonl").read_text(encoding="utf-8")
    return [LabelledQuery.model_validate_json(line) for line in text.splitlines()]


def catalogue_products(name: str, data: Path) -> list[Product]:
    """The products of a catalogue, through the import."""
    if name == "litemall_zh":
        return import_catalogue(data / name / "goods.json", default_currency="CNY")[0]
    if name == "dummyjson":
        return import_catalogue(data / name / "products.json")[0]
    return import_catalogue(data / name / "products.yaml.gz")[0]


def plain_search(products: Sequence[Product], embedder: Encoder) -> Search:
    """BM25 as a library has it, joined with vectors by rank; texts and queries as written."""
    vocabulary = Vocabulary(HeldValues.of(products))
    bm25 = bm25s.BM25(method="lucene")
    documents = [
        [term for terms in fields_of(product, vocabulary).values() for term in terms]
        for product in products
    ]
    bm25.index(documents, show_progress=False)
    vectors = embedder.documents([dense_text(product) for product in products])

    def search(query: str) -> Ranking:
        known = [term for term in search_terms(query) if term in bm25.vocab_dict]
        scores = bm25.get_scores(known) if known else np.zeros(len(products))
        words = np.argsort(-scores, kind="stable")[:_POOL]
        nearest = np.argsort(-(vectors @ embedder.query(query)), kind="stable")[:_POOL]
        joined = np.zeros(len(products))
        for rows in (words[scores[words] > 0], nearest):
            joined[rows] += 1.0 / (_K + 1.0 + np.arange(len(rows)))
        return [products[row].id for row in np.argsort(-joined, kind="stable")[:_FIRST]]

    return search


def our_search(products: Sequence[Product], embedder: Embedder) -> Search:
    """The index as a shop runs it."""
    index = build_index(
        products, name="languages", embedder=embedder, source="evals", now=datetime.now(UTC)
    )
    return lambda query: [hit.product.id for hit in index.search(query, k=_FIRST)]


def measured(data: Path, embedder: GlossingEmbedder) -> dict[str, tuple[bool, bool]]:
    """By a query's id, whether plain fusion and our search succeeded."""
    queries = labelled_queries()
    found: dict[str, tuple[bool, bool]] = {}
    for name in dict.fromkeys(query.catalogue for query in queries):
        products = catalogue_products(name, data)
        plain, ours = plain_search(products, embedder.model), our_search(products, embedder)
        for query in queries:
            if query.catalogue == name:
                found[query.id] = (query.met(plain(query.query)), query.met(ours(query.query)))
    return found


def run(work: Work, options: Options) -> Report:
    """Success@5 over all sixty queries, and by group."""
    found = measured(work.data, default_embedder(Settings()))
    queries = labelled_queries()
    shares = [sum(found[q.id][system] for q in queries) / len(queries) for system in (0, 1)]
    kept = [query for query in queries if query.split == "held"]
    held = sum(found[query.id][1] for query in kept) / len(kept)
    row = Row(
        "success@5 of 60 labelled queries across languages",
        shares[1],
        GOAL,
        better="higher",
        note=f"plain fusion {shares[0]:.3f}; of the half that nothing was chosen by, {held:.3f}",
    )
    return Report([row], table(queries, found), {"found": found})


def main() -> None:
    """Runs the queries and prints the table, and which of the open half were missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    found = measured(parser.parse_args().data, default_embedder(Settings()))
    queries = labelled_queries()
    print(table(queries, found))
    for query in queries:
        if query.split == "dev" and not found[query.id][1]:
            print(f"missed: {query.id} {query.query} ({query.note})")


def table(queries: Sequence[LabelledQuery], found: Mapping[str, tuple[bool, bool]]) -> str:
    """Success@5 by group and part.

    Args:
        queries: all of them.
        found: by a query's id, whether plain fusion and our search succeeded.
    """
    rows = []
    for group in (*dict.fromkeys(query.group for query in queries), "all"):
        for part in ("dev", "held", "both"):
            of = [q for q in queries if group in (q.group, "all") and part in (q.split, "both")]
            shares = [sum(found[q.id][system] for q in of) / len(of) for system in (0, 1)]
            rows.append((group, part, str(len(of)), *(f"{share:.3f}" for share in shares)))
    return markdown(("queries", "part", "n", "plain fusion", "shopguide"), rows)


if __name__ == "__main__":
    main()
