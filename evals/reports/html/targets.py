"""What a row's target asks, and whether a figure keeps it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from evals.measures.figures import Figure
from evals.measures.rows import Row

_TARGET = re.compile(r"(?P<op>[≥≤]?)\s*(?P<number>[\d,]+(?:\.\d+)?)")
_NEAR = 1e-9


@dataclass(frozen=True)
class Target:
    """A bound that a figure is to keep.

    Attributes:
        op: at least, at most, or exactly.
    """

    op: Literal["≥", "≤", "="]
    number: float

    @classmethod
    def of(cls, row: Row) -> Target | None:
        """The target of a row, where it has one that is a number."""
        match = _TARGET.match(row.target)
        if match is None:
            return None
        op: Literal["≥", "≤", "="] = "="
        if match["op"]:
            op = "≥" if match["op"] == "≥" else "≤"
        return cls(op, float(match["number"].replace(",", "")))

    def met(self, figure: Figure, row: Row) -> bool | None:
        """Whether a row's figure keeps it; None where there is no value.

        A gap keeps it where its interval does: no sample's gap is nought to the last digit.
        """
        value = figure.value
        if value is None:
            return None
        if row.kind == "gap" and figure.low is not None and figure.high is not None:
            return figure.low <= self.number <= figure.high
        match self.op:
            case "≥":
                return value >= self.number - _NEAR
            case "≤":
                return value <= self.number + _NEAR
        return abs(value - self.number) <= _NEAR
