"""The rows of a report: what each figure is called, and what the project sets itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evals.measures.figures import Made
from evals.measures.ranking import DEPTH

Kind = Made | Literal["median", "p95"]


@dataclass(frozen=True)
class Row:
    """One row of a report.

    Attributes:
        key: of the figure.
        title: for a reader.
        kind: a share of things; a mean of scores from 0 to 1; a mean of other numbers; a quantile
            over turns, of which one without an answer takes more than any that has one; or the
            gap between English and Chinese, in shares.
        target: what the project sets itself, as words; empty where nothing is set.
        unit: of a mean or a quantile.
        higher_is_better: None where neither direction is.
        sliced: whether the tables of slices have it.
        answered: whether it looks at turns with an answer alone, so that a system which answers
            fewer may look better by what it leaves out.
    """

    key: str
    title: str
    kind: Kind = "share"
    target: str = ""
    unit: str = ""
    higher_is_better: bool | None = True
    sliced: bool = False
    answered: bool = False

    @property
    def figure(self) -> str:
        """The key that the figures have it under."""
        return f"{self.key}:p95" if self.kind == "p95" else self.key

    @property
    def digits(self) -> int:
        """How many digits behind the point its values are told with."""
        return {"share": 3, "score": 3, "gap": 3, "mean": 2, "median": 0, "p95": 0}[self.kind]


def pass_row(k: int) -> Row:
    """The row of what passes all of ``k`` attempts, which a report of more attempts than one has.

    Args:
        k: at least one.
    """
    title = "conversations that pass every check"
    if k > 1:
        title += f" in all of {k} attempts"
    target = {1: "≥ 0.90", 4: "≥ 0.80"}.get(k, "")
    return Row(f"pass^{k}", title, "score", target, sliced=k == 1)


PAIRED = ("pass^1", "passed", "constraints", "recall", "grounded", "ndcg")
"""Figures whose gap between the languages is told, over groups that have both."""

_QUALITY: tuple[Row, ...] = (
    pass_row(1),
    Row("passed", "turns that pass every check", sliced=True),
    Row(
        "fit",
        "recommend turns with a product, every one meeting every hard wish",
        target="≥ 0.97",
    ),
    Row("constraints", "hard wishes met, product by product", sliced=True, answered=True),
    Row("precision", "facts: precision", target="≥ 0.98"),
    Row("recall", "facts: recall", target="≥ 0.92", sliced=True),
    Row("polarity", "polarity right on exclusions", target="≥ 0.97"),
    Row("grounded", "claims that the records bear out", target="1.00", sliced=True,
        answered=True),
    Row("recorded", "products, prices, numbers that equal the record", target="1.00",
        answered=True),
    Row("unsupported", "sentences with an unsupported claim", target="0",
        higher_is_better=False, answered=True),
    Row("cited", "citations that the records bear out, and markers with one", answered=True),
    Row("pick", "correct pick on superlatives", target="≥ 0.98"),
    Row("honest", "not sold or impossible, answered honestly", target="≥ 0.98"),
    Row("language", "reply language right", target="≥ 0.99"),
    Row("need", "need after the turn right"),
    Row("strength", "facts: must and prefer told apart"),
    Row("short", "recommend turns of at most 90 words or 160 characters", answered=True),
    Row("answered", "turns with an answer"),
    Row("handoff_precision", "handoffs: precision", answered=True),
    Row("handoff_recall", "handoffs: recall"),
)  # fmt: skip

_RETRIEVAL: tuple[Row, ...] = (
    Row("ndcg", f"products given: nDCG@{DEPTH}", "score", sliced=True),
    Row("mrr", "products given: MRR of the first right one", "score"),
    Row("found", f"products given: recall@{DEPTH}, of as many as can be shown", "score"),
)  # fmt: skip

_ASKING: tuple[Row, ...] = (
    Row("asked", "answers that ask back", higher_is_better=None, answered=True),
    Row("gain", "bits by which an answer to a question narrows the choice", "mean",
        unit="bits", answered=True),
    Row("resolved", "questions after which the products are right", answered=True),
)  # fmt: skip

_SHOPPERS: tuple[Row, ...] = (
    Row("success", "simulated shoppers who get what they want", sliced=True),
    Row("gave_up", "simulated shoppers who give up", higher_is_better=False),
    Row("messages", "messages to a simulated shopper's success", "mean",
        higher_is_better=False),
    Row("questions", "questions asked of a simulated shopper", "mean", higher_is_better=None),
    Row("violated", "wishes that an accepted product violates", "mean",
        higher_is_better=False),
)  # fmt: skip

_SERVICE: tuple[Row, ...] = (
    Row("end_state", "orders that end as the shopper wants them", target="≥ 0.85"),
    Row("wrong_write", "conversations with a write that nobody wanted", target="0",
        higher_is_better=False),
)  # fmt: skip

_GROUPS: tuple[Row, ...] = (
    Row("consistent", "groups that are given the same products throughout"),
    Row("overlap", "products shared by two wordings of a group (Jaccard)", "score"),
    *(
        Row(f"gap:{row.key}", f"English less Chinese, paired: {row.title}", "gap",
            higher_is_better=None)
        for row in (*_QUALITY, *_RETRIEVAL)
        if row.key in PAIRED
    ),
)  # fmt: skip

_COST: tuple[Row, ...] = (
    Row("calls", "LLM calls a turn, median", "median", "≤ 2", higher_is_better=False),
    Row("prompt", "prompt tokens a turn, median", "median", "≤ 1,800",
        higher_is_better=False),
    Row("uncached", "prompt tokens not from the cache, median", "median", "≤ 300",
        higher_is_better=False),
    Row("completion", "completion tokens a turn, median", "median", higher_is_better=False),
    Row("cached", "prompt tokens from the cache after the first turn", target="≥ 0.6",
        answered=True),
    Row("cost", "price of a thousand turns, by its tokens", "mean", higher_is_better=False,
        answered=True),
    Row("first_text", "first text, median", "median", unit="ms", higher_is_better=False),
    Row("first_text", "first text, 95th percentile", "p95", unit="ms",
        higher_is_better=False),
    Row("total", "whole turn, median", "median", unit="ms", higher_is_better=False,
        sliced=True),
    Row("total", "whole turn, 95th percentile", "p95", unit="ms", higher_is_better=False),
)  # fmt: skip


ROWS: tuple[Row, ...] = (
    *_QUALITY, *_RETRIEVAL, *_ASKING, *_SHOPPERS, *_SERVICE, *_GROUPS, *_COST,
)  # fmt: skip
SLICED = frozenset(row.key for row in ROWS if row.sliced)
"""Keys of the rows that the tables of slices have."""
_MADE: dict[str, Made] = {
    row.key: row.kind for row in ROWS if row.kind != "median" and row.kind != "p95"
}


def made(key: str) -> Made:
    """How a figure is made of what was counted; one without a row is a share."""
    return "score" if key.startswith("pass^") else _MADE.get(key, "share")
