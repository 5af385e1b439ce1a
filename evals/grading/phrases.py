"""What the grader knows of language: compiled from ``phrases.yaml`` and ``orders.yaml``."""

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
    needs: tuple[tuple[str, ...], ...]
    superlatives: tuple[Order, ...]
    comparatives: tuple[Order, ...]
    criteria: tuple[Order, ...]

    def found(self, name: str, text: str) -> re.Match[str] | None:
        """Where the pattern of that name first stands in a text in lower case."""
        return self.patterns[name].search(text)


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """The files, read once."""
    data, orders = _read("phrases.yaml"), _read("orders.yaml")
    patterns = {k: v for k, v in (data | orders).items() if isinstance(v, str)}
    for name in ("policies", "out_of_stock"):
        patterns[name] = "|".join(data[name])
    return Phrases(
        {name: re.compile(value) for name, value in patterns.items()},
        frozenset(data["generic"]),
        frozenset(data["telling_of_kind"]),
        tuple(data["telling"]),
        frozenset(data["purpose_fields"]),
        tuple(tuple(scale) for scale in data["scales"]),
        tuple(tuple(words) for words in data["needs"]),
        _orders(orders["superlatives"], orders["parts"]),
        _orders(orders["comparatives"], orders["parts"]),
        _orders(orders["criteria"], orders["parts"]),
    )


def unhedged(text: str) -> str:
    """A text in lower case without words that look like a denial and are none: "not only"."""
    return phrases().patterns["negation_is_none"].sub(" ", text)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(files("evals.grading").joinpath(name).read_text("utf-8"))
    return found


def _orders(rows: list[dict[str, Any]], parts: Mapping[str, str]) -> tuple[Order, ...]:
    return tuple(
        Order(re.compile(_whole(row["words"], parts)), row["field"], row["order"]) for row in rows
    )


def _whole(ways: list[str], parts: Mapping[str, str]) -> str:
    """The ways to say a thing as one expression, its shorthand written out."""
    body = "|".join(ways)
    for short, written in parts.items():
        body = body.replace(short, written)
    return f"(?:{body})"
