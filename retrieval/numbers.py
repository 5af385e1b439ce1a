"""A field's numbers by row."""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_COMPARE: Mapping[str, Callable[[Floats, float], NDArray[np.bool_]]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)


class NumberColumn:
    """Numbers of the rows that have one; those added later in a tail.

    Args:
        rows: ascending.
        values: as long.
    """

    def __init__(self, rows: NDArray[np.int32], values: Floats) -> None:
        self.rows = rows
        self.values = values
        # Every row from the first on has a number: rows are places then.
        self._full = not len(rows) or int(rows[-1]) == len(rows) - 1
        self._more_rows = array("i")
        self._more_values = array("d")

    def add(self, row: int, value: float) -> None:
        """Adds the number of a new row, which is greater than every row so far."""
        self._more_values.append(value)
        self._more_rows.append(row)

    def _tail(self, size: int) -> tuple[NDArray[np.int32], Floats]:
        count = len(self._more_rows)
        rows = np.asarray(self._more_rows[:count], dtype=np.int32)
        values = np.asarray(self._more_values[:count], dtype=np.float64)
        known = rows < size
        return rows[known], values[known]

    def mask(self, op: str, bound: float, size: int) -> NDArray[np.bool_]:
        """Which rows below ``size`` have a number that ``op`` holds for; op is < <= > or >=."""
        compare = _COMPARE[op]
        found = np.zeros(size, dtype=bool)
        hits = compare(self.values, bound)
        if self._full:
            found[: len(hits)] = hits
        else:
            found[self.rows[hits]] = True
        if self._more_rows:
            rows, values = self._tail(size)
            found[rows[compare(values, bound)]] = True
        return found

    def by_row(self, size: int) -> Floats:
        """The numbers of rows below ``size``, NaN where a row has none. Not to be written."""
        if self._full and len(self.values) == size:
            return self.values
        column = np.full(size, np.nan)
        column[self.rows] = self.values
        rows, values = self._tail(size)
        column[rows] = values
        return column

    def at(self, rows: NDArray[np.int64], size: int) -> Floats:
        """The numbers of some rows below ``size``, NaN where a row has none."""
        found = np.full(len(rows), np.nan)
        for held, values in ((self.rows, self.values), self._tail(size)):
            if len(held):
                places = np.minimum(np.searchsorted(held, rows), len(held) - 1)
                known = held[places] == rows
                found[known] = values[places[known]]
        return found

    def among(self, mask: NDArray[np.bool_]) -> Floats:
        """The numbers of the rows that a mask has, in no order that matters."""
        of_base = mask[: len(self.values)] if self._full else mask[self.rows]
        rows, values = self._tail(len(mask))
        return np.concatenate([self.values[of_base], values[mask[rows]]])

    def extended(self, size: int) -> NumberColumn:
        """The numbers of rows below ``size``, none in a tail."""
        rows, values = self._tail(size)
        return NumberColumn(
            np.concatenate([self.rows, rows]), np.concatenate([self.values, values])
        )
