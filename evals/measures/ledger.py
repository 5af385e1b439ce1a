"""What is counted of a run as it goes by: numbers alone, so that ten thousand conversations fit."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from evals.measures.count import Count, Value
from evals.measures.resampling import Numbers, Owners


class Sums(NamedTuple):
    """Parts of a share or of a mean.

    Attributes:
        key: of the figure.
        rows: which row each part belongs to.
        numerators, denominators: of each.
    """

    key: str
    rows: Owners
    numerators: Numbers
    denominators: Numbers


class Kept(NamedTuple):
    """Values, and the row that each belongs to."""

    key: str
    rows: Owners
    values: Numbers


class Ledger:
    """Numbers by figure and row; a row is a turn, or a conversation."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[array[int], array[float], array[float]]] = {}
        self._values: dict[str, tuple[array[int], array[float]]] = {}

    def add(self, row: int, count: Count) -> None:
        """Adds a part of a share or of a mean; a part of nothing is left out."""
        if count.denominator == 0:
            return
        if count.key not in self._sums:
            self._sums[count.key] = array("L"), array("d"), array("d")
        rows, numerators, denominators = self._sums[count.key]
        rows.append(row)
        numerators.append(count.numerator)
        denominators.append(count.denominator)

    def keep(self, row: int, value: Value) -> None:
        """Keeps a value as it is."""
        if value.key not in self._values:
            self._values[value.key] = array("L"), array("d")
        rows, values = self._values[value.key]
        rows.append(row)
        values.append(value.value)

    def sums(self) -> Iterator[Sums]:
        """All parts, figure by figure."""
        for key, (rows, numerators, denominators) in self._sums.items():
            yield Sums(key, _places(rows), np.array(numerators), np.array(denominators))

    def values(self) -> Iterator[Kept]:
        """All values, figure by figure."""
        for key, (rows, values) in self._values.items():
            yield Kept(key, _places(rows), np.array(values))


def _places(rows: array[int]) -> Owners:
    return np.array(rows).astype(np.intp)
