"""What a measure gives: counts that are added up, and values that are kept."""

from __future__ import annotations

from typing import NamedTuple


class Count(NamedTuple):
    """A part of a share or of a mean.

    Attributes:
        key: of the figure.
        numerator: what is right, or a sum.
        denominator: of how many; a count of none says nothing.
    """

    key: str
    numerator: float
    denominator: float = 1.0


class Value(NamedTuple):
    """One turn's value, of which quantiles are taken; infinite where the turn has no answer."""

    key: str
    value: float
