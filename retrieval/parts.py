"""All that an index keeps of its products: one structure for each way of asking."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.column_store import ColumnStore
from retrieval.dense.keeper import Keeper
from retrieval.dense.protocol import VectorIndex
from retrieval.embedding import Vectors
from retrieval.errors import IndexBroken
from retrieval.lexical import LexicalIndex, fields_of
from retrieval.postings import Postings
from retrieval.product import Product
from retrieval.records import Records
from retrieval.titles import title_stems
from retrieval.vocabulary import Vocabulary

VECTORS, _WORDS = "vectors", "words"


@dataclass
class Parts:
    """Records, columns, title words, vectors and word index of the same rows.

    One writer may add while others read: see ``Postings``.
    """

    records: Records
    columns: ColumnStore
    titles: Postings
    dense: VectorIndex
    lexical: LexicalIndex

    def add(self, product: Product, vector: Vectors, vocabulary: Vocabulary) -> int:
        """Appends a product; returns its row.

        Args:
            product: any product.
            vector: of its text, shape (dimensions,), of length one.
            vocabulary: gives the other words for its values.
        """
        row = len(self.records)
        self.dense.add(vector.reshape(1, -1))
        self.lexical.add(row, fields_of(product, vocabulary))
        self.titles.add(row, sorted(title_stems(product)))
        self.records.add(product)
        return self.columns.add(product)

    def fold(self, folder: Path, rows: int | None = None) -> None:
        """Writes all parts into a folder, with what was added folded into their bases.

        Args:
            folder: a folder.
            rows: those from here on are left out: the writer may be adding them meanwhile, and
                all parts must hold the same.
        """
        rows = self.columns.size if rows is None else rows
        self.records.save(folder, rows)
        self.columns.save(folder, rows)
        self.titles.extended(rows).save(folder, "titles")
        for name, part in ((VECTORS, self.dense), (_WORDS, self.lexical)):
            (folder / name).mkdir(exist_ok=True)
            part.extended(rows).save(folder / name)

    @classmethod
    def load(cls, folder: Path, keeper: Keeper) -> Parts:
        """Reads what ``fold`` wrote, mapped into memory.

        Raises:
            IndexBroken: a file is missing or cut short, or the parts do not fit together.
        """
        parts = cls(
            records=Records.load(folder),
            columns=ColumnStore.load(folder),
            titles=Postings.load(folder, "titles"),
            dense=keeper.load(folder / VECTORS),
            lexical=LexicalIndex.load(folder / _WORDS),
        )
        sizes = {len(parts.records), parts.columns.size, len(parts.dense)}
        if len(sizes) != 1:
            raise IndexBroken(f"The parts of the index {folder.parent.name} do not fit together.")
        return parts

    def vector(self, row: int) -> Vectors:
        """The vector of a row, shape (dimensions,)."""
        vectors: Vectors = self.dense.vectors(np.asarray([row]))
        found: Vectors = vectors[0]
        return found
