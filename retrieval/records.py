"""The products themselves: JSON lines on disk, parsed when one is read."""

from __future__ import annotations

import mmap
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from retrieval.errors import IndexBroken
from retrieval.postings import mapped
from retrieval.product import Product

_PRODUCTS, _STARTS = "products.jsonl", "products.starts.npy"
# Parsed products that are kept: the whole of a small shop, the asked-for part of a great one.
_KEPT = 20_000
Progress = Callable[[int], None]
"""Called now and then with how many products are written."""


class Records:
    """Products by row. A row keeps its number; what is added stands in a tail in memory.

    Args:
        lines: one product's JSON after another.
        starts: where each begins, and the end, shape (rows + 1,).
        folder: where the files lie; None for records in memory.
    """

    def __init__(
        self, lines: bytes | mmap.mmap, starts: NDArray[np.int64], folder: Path | None = None
    ) -> None:
        self._lines = lines
        self._starts = starts
        self._base = len(starts) - 1
        self._tail: list[Product] = []
        self._parsed: OrderedDict[int, Product] = OrderedDict()
        self.folder = folder

    @classmethod
    def of(cls, products: Sequence[Product]) -> Records:
        """Records in memory."""
        lines = [_line(product) for product in products]
        starts = np.zeros(len(lines) + 1, dtype=np.int64)
        np.cumsum([len(line) for line in lines], out=starts[1:])
        records = cls(b"".join(lines), starts)
        records._parsed.update(enumerate(products[:_KEPT]))
        return records

    @classmethod
    def write(
        cls, folder: Path, products: Iterable[Product], progress: Progress | None = None
    ) -> Records:
        """Writes products into a folder, one at a time, and opens them."""
        starts = [0]
        with (folder / _PRODUCTS).open("wb") as file:
            for count, product in enumerate(products, start=1):
                starts.append(starts[-1] + file.write(_line(product)))
                if progress and count % 1_000 == 0:
                    progress(count)
        np.save(folder / _STARTS, np.asarray(starts, dtype=np.int64))
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Records:
        """Opens what ``write`` or ``save`` wrote.

        Raises:
            IndexBroken: a file is missing or cut short.
        """
        try:
            starts = mapped(folder / _STARTS)
            with (folder / _PRODUCTS).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        except (OSError, ValueError, EOFError) as error:
            raise IndexBroken(f"{_PRODUCTS} of the index cannot be read.") from error
        if not len(starts) or int(starts[-1]) != size:
            raise IndexBroken(f"{_PRODUCTS} of the index is cut short.")
        return cls(lines, starts, folder)

    def __len__(self) -> int:
        return self._base + len(self._tail)

    def __getitem__(self, row: int) -> Product:
        if row >= self._base:
            return self._tail[row - self._base]
        if row < 0:
            raise IndexError(row)
        found = self._parsed.get(row)
        if found is None:
            found = self._parse(row)
            self._parsed[row] = found
            # Two readers may both do this: either product is the right one.
            while len(self._parsed) > _KEPT:
                try:
                    self._parsed.popitem(last=False)
                except KeyError:
                    break
        return found

    def _parse(self, row: int) -> Product:
        start, end = int(self._starts[row]), int(self._starts[row + 1])
        try:
            return Product.model_validate_json(self._lines[start:end])
        except ValidationError as error:
            raise IndexBroken(f"Row {row} of {_PRODUCTS} cannot be read.") from error

    def stream(self) -> Iterator[Product]:
        """All products in order, each parsed anew and not kept."""
        for row in range(self._base):
            yield self._parsed.get(row) or self._parse(row)
        yield from list(self._tail)

    def add(self, product: Product) -> int:
        """Appends a product; returns its row."""
        self._tail.append(product)
        return len(self) - 1

    def save(self, folder: Path, size: int | None = None) -> None:
        """Writes base and tail into a folder; nothing where they lie there already.

        Args:
            folder: a folder.
            size: rows from here on are left out; the writer may be adding them meanwhile.
        """
        count = (len(self) if size is None else size) - self._base
        if self.folder == folder and not count:
            return
        tail = [_line(product) for product in self._tail[:count]]
        with (folder / _PRODUCTS).open("wb") as file:
            file.write(self._lines)
            file.writelines(tail)
        ends = int(self._starts[-1]) + np.cumsum([len(line) for line in tail], dtype=np.int64)
        np.save(folder / _STARTS, np.concatenate([self._starts, ends]))


def _line(product: Product) -> bytes:
    return product.model_dump_json(exclude_defaults=True).encode() + b"\n"
