"""What the benchmarks measure on, prepared once and kept in a folder."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from evals.retrieval.catalogue import synthetic_products
from evals.retrieval.synthetic import perturbed_vectors
from evals.retrieval.tables import Say
from retrieval.embedding import Embedder, Vectors, dense_text
from retrieval.importing import import_catalogue
from retrieval.product import Product

SEED = 20_261_124
QUERIES = 240
MADE = "made by perturbing the real products and vectors of chorus_icecat (seeded)"


class Work:
    """The folder of prepared data.

    Args:
        folder: where it is kept, by embedding model; what is there already is not made again.
        data: the folder of the data sets.
        embedder: makes the real vectors and those of the queries.
        say: told what is being done.
    """

    def __init__(self, folder: Path, data: Path, embedder: Embedder, say: Say) -> None:
        self.folder = folder / re.sub(r"[^\w.-]", "-", embedder.name)
        self.data = data
        self.embedder = embedder
        self._say = say
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def source(self) -> Path:
        """The catalogue file as the shop would import it."""
        return self.data / "chorus_icecat" / "products.jsonl.gz"

    def products(self) -> list[Product]:
        """The real products, cleaned by the import."""
        path = self.folder / "products.jsonl"
        if not path.exists():
            self._say(f"reading {self.source.name}")
            products, _ = import_catalogue(self.source)
            _write(path, (p.model_dump_json(exclude_defaults=True) for p in products))
        return read_products(path)

    def vectors(self) -> Vectors:
        """The real products' vectors, embedded at the first call (minutes)."""
        path = self.folder / "vectors.npy"
        if not path.exists():
            texts = [dense_text(product) for product in self.products()]
            self._say(f"embedding {len(texts)} products, once")
            np.save(path, self.embedder.documents(texts))
        vectors: Vectors = np.load(path)
        return vectors

    def keep(self, vectors: Mapping[str, Vectors]) -> None:
        """Keeps vectors that were made elsewhere, by product id, where they are all there."""
        path, products = self.folder / "vectors.npy", self.products()
        if not path.exists() and all(product.id in vectors for product in products):
            np.save(path, np.stack([vectors[product.id] for product in products]))

    def queries(self) -> tuple[list[str], Vectors]:
        """Texts and vectors of queries: those of the judged ones, then fragments of titles."""
        texts_path, path = self.folder / "queries.json", self.folder / "queries.npy"
        if not path.exists():
            with (self.source.parent / "judgments_dev.csv").open(
                encoding="utf-8", newline=""
            ) as file:
                judged = sorted({row["query"] for row in csv.DictReader(file)})
            titles = [product.title for product in self.products()]
            texts = query_texts(judged, titles, QUERIES, SEED)
            texts_path.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
            np.save(path, np.stack([self.embedder.query(text) for text in texts]))
        return json.loads(texts_path.read_text(encoding="utf-8")), np.load(path)

    def catalogue(self, count: int) -> Path:
        """The folder of a catalogue of so many products, made at the first call.

        It has the vectors, ``prices.npy``, ``texts.jsonl`` (what is embedded of each), the queries
        and ``real.jsonl``, from which ``catalogue_products`` makes its products again.
        """
        folder = self.folder / f"catalogue-{count}"
        done = folder / "MADE"
        if not done.exists():
            self._say(f"making a catalogue of {count:,} products")
            folder.mkdir(exist_ok=True)
            perturbed_vectors(self.vectors(), count, SEED, folder)
            products = self.products()
            _write(
                folder / "real.jsonl", (p.model_dump_json(exclude_defaults=True) for p in products)
            )
            prices = np.empty(count)

            def texts() -> Iterator[str]:
                for row, product in enumerate(synthetic_products(products, count, SEED)):
                    prices[row] = float(product.effective_price)
                    yield json.dumps(dense_text(product), ensure_ascii=False)

            _write(folder / "texts.jsonl", texts())
            np.save(folder / "prices.npy", prices)
            query_words, query_vectors = self.queries()
            (folder / "queries.json").write_text(
                json.dumps(query_words, ensure_ascii=False), encoding="utf-8"
            )
            np.save(folder / "queries.npy", query_vectors)
            done.touch()
        return folder


def catalogue_products(folder: Path, count: int) -> Iterator[Product]:
    """The products of a catalogue that ``Work.catalogue`` made."""
    return synthetic_products(read_products(folder / "real.jsonl"), count, SEED)


def query_texts(judged: Sequence[str], titles: Sequence[str], count: int, seed: int) -> list[str]:
    """Queries of shoppers, filled up to ``count`` with two to four words in a row from titles."""
    random = np.random.default_rng(seed)
    texts = list(judged[:count])
    while len(texts) < count:
        words = titles[int(random.integers(len(titles)))].split()
        length = min(len(words), int(random.integers(2, 5)))
        start = int(random.integers(len(words) - length + 1))
        texts.append(" ".join(words[start : start + length]))
    return texts


def read_products(path: Path) -> list[Product]:
    """Products from lines of JSON."""
    with path.open(encoding="utf-8") as lines:
        return [Product.model_validate_json(line) for line in lines]


def _write(path: Path, lines: Iterator[str]) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
    partial.replace(path)
