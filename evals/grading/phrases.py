"""What the grader knows of language: compiled from ``phrases.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Order:
    """Words for an order of products.

    Attributes:
        words: finds them.
        field: ``price``, ``weight``, ``rating``, ``rating_count``; empty for what no record tells.
        order: ``asc`` where the least comes first.
    """

    words: re.Pattern[str]
    field: str
    order: str


@dataclass(frozen=True)
class Phrases:
    """Patterns by name, and the few lists beside them."""

    patterns: Mapping[str, re.Pattern[str]]
    generic: frozenset[str]
    telling_of_kind: frozenset[str]
    telling: tuple[str, ...]
    purpose_fields: frozenset[str]
    scales: tuple[tuple[str, ...], ...]
    superlatives: tuple[Order, ...]
    comparatives: tuple[Order, ...]

    def found(self, name: str, text: str) -> re.Match[str] | None:
        """Where the pattern of that name first stands in a text in lower case."""
        return self.patterns[name].search(text)


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """The file, read once."""
    data = yaml.safe_load(files("evals.grading").joinpath("phrases.yaml").read_text("utf-8"))
    return Phrases(
        {name: re.compile(value) for name, value in data.items() if isinstance(value, str)},
        frozenset(data["generic"]),
        frozenset(data["telling_of_kind"]),
        tuple(data["telling"]),
        frozenset(data["purpose_fields"]),
        tuple(tuple(scale) for scale in data["scales"]),
        _orders(data["superlatives"]),
        _orders(data["comparatives"]),
    )


def _orders(rows: list[dict[str, Any]]) -> tuple[Order, ...]:
    return tuple(Order(re.compile(row["words"]), row["field"], row["order"]) for row in rows)
