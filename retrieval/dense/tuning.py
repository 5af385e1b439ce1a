"""What was measured when an index was built, and how its searches go by it."""

from __future__ import annotations

from typing import Any, Literal

import faiss
from pydantic import BaseModel, ConfigDict

Kind = Literal["flat", "ivf", "hnsw"]
Quantisation = Literal["none", "sq8", "pq"]

FLAT_UP_TO = 20_000
"""Rows that are scored one by one in half a millisecond: nothing is gained by dividing them."""
_USUAL: dict[Kind, Quantisation] = {"flat": "none", "ivf": "pq", "hnsw": "sq8"}
_MOST_SUBSPACES = 512


class Tuning(BaseModel):
    """How an index is built and searched.

    Attributes:
        kind: what holds the rows.
        quantisation: what their codes are; what is found by codes is scored by the vectors.
        built_for: how many rows there were when it was trained and measured.
        asked_kind: what was asked for, which holds when the catalogue outgrows the index.
        asked_quantisation: the same.
        lists: how many the rows are divided into.
        width: candidates held while a graph is walked.
        probes: how many lists are searched at first, by the share of rows that the mask leaves.
        margin: by how much a row can be nearer to a query than the middle of its list, measured
            where the nearest lists are masked out: no list beyond it is left unsearched.
        error: by how much a row can be nearer than its code says.
        recall: recall@10 against exact search on queries made up for it, by share and for masks
            that leave out what is nearest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    quantisation: Quantisation
    built_for: int
    seed: int
    asked_kind: Kind | Literal["auto"] = "auto"
    asked_quantisation: Quantisation | Literal["auto"] = "auto"
    lists: int = 1
    width: int = 128
    probes: dict[float, int] = {}
    margin: float = 2.0
    error: float = 0.0
    recall: dict[str, float] = {}

    def probes_at(self, share: float) -> int:
        """How many lists to search first where a mask leaves this share of the rows."""
        fitting = [lists for measured, lists in self.probes.items() if measured <= share]
        return fitting[0] if fitting else self.lists


def chosen(
    rows: int, kind: Kind | Literal["auto"], quantisation: Quantisation | Literal["auto"], seed: int
) -> Tuning:
    """The kind and codes for so many rows, where they are left open.

    A graph is never chosen by itself. Walked as far as the recall of lists asks for, it took
    longer than they did with a filter and without (100,000 rows of 384 dimensions: 2.0 against
    0.3 ms, 2.4 against 0.6 ms at a tenth of the rows), with three times the memory.

    Raises:
        ValueError: product quantisation of a graph, which is not offered.
    """
    asked_kind, asked_quantisation = kind, quantisation
    if kind == "auto":
        kind = "flat" if rows <= FLAT_UP_TO else "ivf"
    if quantisation == "auto":
        quantisation = _USUAL[kind]
    if kind == "hnsw" and quantisation == "pq":
        raise ValueError("A graph is kept with quantisation none or sq8.")
    lists = 1
    if kind == "ivf":
        lists = max(1, min(rows // 40, 2 ** (rows.bit_length() // 2)))
    return Tuning(
        kind=kind,
        quantisation=quantisation,
        asked_kind=asked_kind,
        asked_quantisation=asked_quantisation,
        built_for=rows,
        seed=seed,
        lists=lists,
    )


def empty_index(tuning: Tuning, dimensions: int) -> Any:
    """The FAISS index that the tuning asks for, not trained.

    Product quantisation gives four bits to each dimension (each two, where there are many), as
    its codes are then compared in the processor's registers, 32 rows at once.
    """
    codes = {"none": "SQfp16", "sq8": "SQ8"}
    if tuning.quantisation == "pq":
        many = dimensions > _MOST_SUBSPACES and dimensions % 2 == 0
        codes["pq"] = f"PQ{dimensions // 2 if many else dimensions}x4fs"
    before = "HNSW32" if tuning.kind == "hnsw" else f"IVF{tuning.lists}"
    index = faiss.index_factory(
        dimensions, f"{before},{codes[tuning.quantisation]}", faiss.METRIC_INNER_PRODUCT
    )
    if tuning.kind != "hnsw":
        index.by_residual = tuning.quantisation != "none"
        index.cp.seed = tuning.seed
        index.cp.niter = 8
        index.cp.min_points_per_centroid = 1
    if tuning.quantisation == "pq":
        index.pq.cp.seed = tuning.seed
        index.pq.cp.min_points_per_centroid = 1
    return index
