"""What a part of the benchmarks hands back, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.retrieval.tables import Row, Say

_FACTORS = {"k": 1_000, "m": 1_000_000}


@dataclass(frozen=True)
class Report:
    """One part's results.

    Attributes:
        rows: figures held against goals.
        text: further tables, in Markdown, with the words that they need.
        raw: everything measured, for JSON.
    """

    rows: Sequence[Row] = ()
    text: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """How much is measured, and with what.

    Attributes:
        sizes: products of the made catalogues; the peers are compared on the first.
        queries: of each store at each filter in each round.
        rounds: how often the comparison with the peers is done.
        peers_python: the interpreter that has the peers; None leaves them out.
        keep_index: our index of a made catalogue is used as it lies there, though the program has
            changed since.
        say: told what is being done.
    """

    sizes: Sequence[int]
    queries: int
    rounds: int
    peers_python: str | None
    keep_index: bool
    say: Say


def size(text: str) -> int:
    """A number of products: ``20000``, ``100k``, ``1m``.

    Raises:
        ValueError: it is none.
    """
    factor = _FACTORS.get(text[-1:].lower(), 1)
    number = int(text[:-1] if factor > 1 else text) * factor
    if number < 1:
        raise ValueError(text)
    return number
