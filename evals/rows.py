"""The rows of a report: what each figure is called, and what the project sets itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Row:
    """One row of a report.

    Attributes:
        key: of the figure.
        title: for a reader.
        kind: a share of things, or a quantile over turns.
        target: what the project sets itself, as words; empty where nothing is set.
        unit: of a quantile.
    """

    key: str
    title: str
    kind: Literal["share", "median", "p95"] = "share"
    target: str = ""
    unit: str = ""


ROWS: tuple[Row, ...] = (
    Row(
        "fit", "recommend turns with a product, every one meeting every hard wish", target="≥ 0.97"
    ),
    Row("precision", "facts: precision", target="≥ 0.98"),
    Row("recall", "facts: recall", target="≥ 0.92"),
    Row("polarity", "polarity right on exclusions", target="≥ 0.97"),
    Row("recorded", "products, prices, numbers that equal the record", target="1.00"),
    Row("unsupported", "sentences with an unsupported claim", target="0"),
    Row("pick", "correct pick on superlatives", target="≥ 0.98"),
    Row("honest", "not sold or impossible, answered honestly", target="≥ 0.98"),
    Row("language", "reply language right", target="≥ 0.99"),
    Row("need", "need after the turn right"),
    Row("strength", "facts: must and prefer told apart"),
    Row("short", "recommend turns of at most 90 words or 160 characters"),
    Row("answered", "turns with an answer"),
    Row("calls", "LLM calls a turn, median", "median", "≤ 2"),
    Row("prompt", "prompt tokens a turn, median", "median", "≤ 1,800"),
    Row("uncached", "prompt tokens not from the cache, median", "median", "≤ 300"),
    Row("completion", "completion tokens a turn, median", "median"),
    Row("cached", "prompt tokens from the cache after the first turn", target="≥ 0.6"),
    Row("first_text", "first text, median", "median", unit="ms"),
    Row("first_text", "first text, 95th percentile", "p95", unit="ms"),
    Row("total", "whole turn, median", "median", unit="ms"),
    Row("total", "whole turn, 95th percentile", "p95", unit="ms"),
)
