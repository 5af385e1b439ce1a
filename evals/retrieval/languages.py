"""Search across languages: labelled queries on a Chinese and on two English catalogues.

Prints success@5 (is a product that answers the query among the first five?) of plain fusion
(k = 60) of BM25 and vectors on the query as written, and of the same fusion with the query put
into the catalogue's language and Chinese products into the embedding model's.
Run ``python -m evals.retrieval.languages --data ../shared/data``.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import bm25s
import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.app import default_embedder
from assistant.settings import Settings
from evals.retrieval.tables import markdown
from retrieval.embedding import Embedder, Vectors, dense_text
from retrieval.held import HeldValues
from retrieval.importing import import_catalogue
from retrieval.lexical import LexicalBuilder, fields_of
from retrieval.product import Product
from retrieval.text import search_terms
from retrieval.translation import GlossingEmbedder, Thesaurus, Translator, language_of_catalogue
from retrieval.vocabulary import Vocabulary

_FIRST = 5
_POOL = 200
_K = 60

Rows = NDArray[np.int64]
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
    with gzip.open(data / name / "products.yaml.gz", "rt", encoding="utf-8") as file:
        rows = yaml.load(file, Loader=yaml.CSafeLoader)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "products.jsonl"
        with path.open("w", encoding="utf-8") as lines:
            for row in rows:
                shown = {"title": row["name"], "price": row["price"], "style": row.get("style")}
                shown |= {key: row[key] for key in ("id", "category", "description")}
                lines.write(json.dumps(shown) + "\n")
        return import_catalogue(path)[0]


class Shelf:
    """A catalogue whose products are embedded and cut into words.

    Args:
        name: the catalogue's.
        data: the folder of all catalogues.
        cache: keeps the vectors.
    """

    def __init__(self, name: str, data: Path, cache: Path) -> None:
        self._name = name
        self._cache = cache
        self.products = catalogue_products(name, data)
        self.ids = [product.id for product in self.products]
        vocabulary = Vocabulary(HeldValues.of(self.products))
        self.fields = [fields_of(product, vocabulary) for product in self.products]

    def vectors(self, embedder: Embedder, kind: str) -> Vectors:
        """The vectors of the products; ``kind`` names what the embedder does with their texts."""
        texts = [dense_text(product) for product in self.products]
        digest = hashlib.sha256("\n".join([embedder.name, *texts]).encode()).hexdigest()[:12]
        path = self._cache / f"{self._name}-{kind}-{digest}.npy"
        if not path.exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            np.save(path, embedder.documents(texts))
        vectors: Vectors = np.load(path)
        return vectors

    def joined(self, *rankings: Rows) -> Ranking:
        """Reciprocal rank fusion."""
        scores = np.zeros(len(self.ids))
        for rows in rankings:
            scores[rows] += 1.0 / (_K + 1.0 + np.arange(len(rows)))
        return [self.ids[row] for row in np.argsort(-scores, kind="stable")[:_POOL]]


def plain_search(shelf: Shelf, embedder: Embedder) -> Search:
    """BM25 as a library has it, joined with vectors by rank; the query stays as it is."""
    bm25 = bm25s.BM25(method="lucene")
    documents = [[term for terms in fields.values() for term in terms] for fields in shelf.fields]
    bm25.index(documents, show_progress=False)
    vectors = shelf.vectors(embedder, "written")

    def search(query: str) -> Ranking:
        known = [term for term in search_terms(query) if term in bm25.vocab_dict]
        scores = bm25.get_scores(known) if known else np.zeros(len(shelf.ids))
        rows = np.argsort(-scores, kind="stable")[:_POOL]
        return shelf.joined(rows[scores[rows] > 0], _nearest(vectors, embedder.query(query)))

    return search


def translating_search(shelf: Shelf, embedder: GlossingEmbedder, thesaurus: Thesaurus) -> Search:
    """The word index and vectors joined by rank; query and products in languages that fit."""
    builder = LexicalBuilder()
    for fields in shelf.fields:
        builder.add(fields)
    index = builder.build()
    language = language_of_catalogue(product.title for product in shelf.products)
    translator = Translator(language, index.knows, thesaurus)
    everything = np.ones(len(shelf.ids), dtype=bool)
    vectors = shelf.vectors(embedder, "glossed")

    def search(query: str) -> Ranking:
        put = translator.translate(query)
        rows, _ = index.search(query, _POOL, everything, put.alternatives if put else ())
        text = put.text if put and language in embedder.reads else query
        return shelf.joined(rows, _nearest(vectors, embedder.query(text)))

    return search


def main() -> None:
    """Runs the queries and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "shopguide")
    given = parser.parse_args()
    embedder, thesaurus = default_embedder(Settings()), Thesaurus()
    glossing = GlossingEmbedder(embedder, thesaurus)
    queries = labelled_queries()
    found: dict[str, tuple[bool, bool]] = {}
    for name in dict.fromkeys(query.catalogue for query in queries):
        shelf = Shelf(name, given.data, given.cache)
        plain = plain_search(shelf, embedder)
        ours = translating_search(shelf, glossing, thesaurus)
        for query in queries:
            if query.catalogue == name:
                found[query.id] = (query.met(plain(query.query)), query.met(ours(query.query)))
    print(table(queries, found))
    missed = [query for query in queries if query.split == "dev" and not found[query.id][1]]
    for query in missed:
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


def _nearest(vectors: Vectors, query: Vectors) -> Rows:
    return np.argsort(-(vectors @ query), kind="stable")[:_POOL]


if __name__ == "__main__":
    main()
