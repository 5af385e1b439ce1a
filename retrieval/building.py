"""Builds an index: products are read one at a time, so that a million of them fit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path

import numpy as np

from retrieval.advice import AdviceBook
from retrieval.column_store import build_columns
from retrieval.dense import FaissKeeper, Keeper
from retrieval.embedding import Embedder, Vectors, dense_text
from retrieval.errors import BadInput
from retrieval.index import FORMAT_VERSION, CatalogueIndex
from retrieval.lexical import LexicalBuilder, LexicalIndex, fields_of
from retrieval.manifest import Manifest
from retrieval.meaning import Meaning
from retrieval.parts import Parts
from retrieval.postings import Postings, PostingsBuilder
from retrieval.product import Product
from retrieval.records import Records
from retrieval.rules import RuleBook
from retrieval.titles import title_stems
from retrieval.translation import language_of_catalogue
from retrieval.vocabulary import Vocabulary
from retrieval.words import Words

Progress = Callable[[int, int, str], None]
"""Called with what is done, the whole, and a word for it."""

_EMBED_AT_ONCE = 1_024
# Titles that tell the language of a catalogue.
_SAMPLE = 1_000
# Beyond this the vectors wait in a file for the vector index to be built.
_IN_MEMORY = 100_000


def build_index(
    products: Iterable[Product] | Records,
    *,
    name: str,
    embedder: Embedder,
    source: str,
    now: datetime,
    words: Words | None = None,
    advice: AdviceBook | None = None,
    rules: RuleBook | None = None,
    vectors: Vectors | None = None,
    keeper: Keeper | None = None,
    progress: Progress | None = None,
) -> CatalogueIndex:
    """Builds an index in memory.

    Args:
        products: at least one, of one currency, ids unique; or the records of a folder, which
            are then read from there, several times over, and never all at once.
        name: the catalogue's name.
        embedder: makes the vectors.
        source: where the products came from, for the manifest.
        now: the time of building, for the manifest.
        words: a shop's own words.
        advice: a shop's advice.
        rules: a shop's rules.
        keeper: where the vectors go; by default into files, by FAISS.
        vectors: of the products, shape (products, dimensions), where they are made already.
        progress: told how many texts are embedded.

    Raises:
        BadInput: there is no product.
    """
    records = products if isinstance(products, Records) else Records.of(list(products))
    if not len(records):
        raise BadInput("A catalogue needs at least one product.", field="file")
    columns = build_columns(records.stream())
    meaning = Meaning(columns.held, words)
    with tempfile.TemporaryDirectory(dir=records.folder) as folder:
        if vectors is None:
            vectors = _room(len(records), embedder.dimensions, Path(folder))
            lexical, titles = _read_texts(records, meaning.vocabulary, embedder, vectors, progress)
        else:
            lexical, titles = _read_texts(records, meaning.vocabulary, None, vectors, progress)
        dense = (keeper or FaissKeeper()).build(vectors, name=name)
        del vectors
    manifest = Manifest(
        format=FORMAT_VERSION,
        name=name,
        products=len(records),
        rows=len(records),
        currency=records[0].currency,
        language=language_of_catalogue(p.title for p in islice(records.stream(), _SAMPLE)),
        embedder=embedder.name,
        dimensions=embedder.dimensions,
        built=now,
        source=source,
        vectors=dense.describe(),
    )
    parts = Parts(records, columns, titles, dense, lexical)
    live = np.ones(len(records), dtype=bool)
    return CatalogueIndex(
        manifest, parts, live, embedder, words=words, advice=advice, rules=rules, meaning=meaning
    )


def _room(count: int, dimensions: int, folder: Path) -> Vectors:
    if count <= _IN_MEMORY:
        return np.empty((count, dimensions), dtype=np.float32)
    file = folder / "vectors.npy"
    room: Vectors = np.lib.format.open_memmap(
        file, mode="w+", dtype=np.float32, shape=(count, dimensions)
    )
    if hasattr(os, "posix_fallocate"):
        # A full disk is told now: writing into a mapped file that has no room kills the process.
        with file.open("r+b") as opened:
            os.posix_fallocate(opened.fileno(), 0, file.stat().st_size)
    return room


def _read_texts(
    records: Records,
    vocabulary: Vocabulary,
    embedder: Embedder | None,
    vectors: Vectors,
    progress: Progress | None,
) -> tuple[LexicalIndex, Postings]:
    """Word index and title words of the records; their vectors are put into ``vectors``."""
    words, titles = LexicalBuilder(), PostingsBuilder()
    done = 0
    stream = records.stream()
    while batch := list(islice(stream, _EMBED_AT_ONCE)):
        for row, product in enumerate(batch, start=done):
            words.add(fields_of(product, vocabulary))
            titles.add(row, sorted(title_stems(product)))
        if embedder is not None:
            vectors[done : done + len(batch)] = embedder.documents([dense_text(p) for p in batch])
        done += len(batch)
        if progress:
            progress(done, len(records), "products embedded")
    return words.build(), titles.build()
