"""The kinds of things that are counted, and how much of one shopper counts in a week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What is counted."""

    TALKS = "talks"
    UNHELPED = "unhelped"
    NEEDS = "needs"
    MISSING = "missing"
    UNFIT = "unfit"
    QUESTIONS = "questions"
    HANDOFFS = "handoffs"
    THUMBS = "thumbs"


BOUNDS: Mapping[Kind, int] = MappingProxyType(
    {
        Kind.TALKS: 1,
        Kind.UNHELPED: 1,
        Kind.NEEDS: 3,
        Kind.MISSING: 1,
        Kind.UNFIT: 1,
        Kind.QUESTIONS: 1,
        Kind.HANDOFFS: 1,
        Kind.THUMBS: 1,
    }
)
"""How many different terms of each kind one shopper counts for in a week: the first that come."""

MOST_OF_ONE = sum(BOUNDS.values())
"""How many counts one shopper can move by one in a week: what the noise has to hide."""

FREE = frozenset({Kind.MISSING})
"""Kinds whose terms are shoppers' own words, and no words of the catalogue or of this program."""


@dataclass(frozen=True)
class Counted:
    """One thing that a turn counts for.

    Attributes:
        kind: of thing.
        term: what is counted: of ``FREE`` kinds what different wordings have in common.
        wording: of ``FREE`` kinds, as the shopper put it.
    """

    kind: Kind
    term: str
    wording: str = ""
