"""Counts of what was seen together and of what followed what.

All are sparse: memory grows with the pairs that occur, never with the square of the products.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from assistant.profile.sequence.sessions import Numbers, SessionLog, distinct

_PAIRS_AT_ONCE = 4_000_000

Table = Any
"""A sparse array of shape (products, products) in rows; its library has no types."""


def visits(log: SessionLog) -> Table:
    """Which session saw which product, shape (sessions, products): 1 or nothing."""
    shape = (len(log.times), len(log.products))
    table = sparse.csr_array((np.ones(len(log.seen)), (log.owner, log.seen)), shape=shape)
    table.data[:] = 1.0
    return table


def together(log: SessionLog, half_life: float | None = None) -> Table:
    """In how many sessions two products were both seen; on the diagonal, each one."""
    table = visits(log)
    weighted = sparse.diags_array(log.weights(half_life)) @ table
    return (table.T @ weighted).tocsr()


def followed(
    log: SessionLog, steps: int, weight: Callable[[int], float], half_life: float | None = None
) -> Table:
    """How often one product (row) was followed by another (column).

    Args:
        log: the sessions.
        steps: how far apart, at most, two visits may be to count.
        weight: what a pair that many steps apart counts; 1 step is the very next.
        half_life: days after which a session counts half; None: never.
    """
    size = len(log.products)
    owner, by_session = log.owner, log.weights(half_life)
    total = sparse.csr_array((size, size))
    for step in range(1, steps + 1):
        same = np.flatnonzero(owner[:-step] == owner[step:])
        if not len(same):
            break
        values = by_session[owner[same]] * weight(step)
        pairs = (log.seen[same], log.seen[same + step])
        total = total + sparse.csr_array((values, pairs), shape=(size, size))
    return total.tocsr()


def supported(log: SessionLog, least: int) -> Table:
    """Which pairs were seen together, each within a session, by enough different shoppers.

    Returns:
        1 at such a pair, shape (products, products), the diagonal included.
    """
    size = len(log.products)
    table = visits(log)[np.argsort(log.shoppers, kind="stable")]
    shoppers = np.sort(log.shoppers)
    widths = np.diff(table.indptr).astype(np.int64)
    total = sparse.csr_array((size, size))
    for first, last in _batches(shoppers, widths**2):
        width, whose = widths[first:last], shoppers[first:last] - shoppers[first]
        entries = slice(*table.indptr[[first, last]])
        items = table.indices[entries].astype(np.int64)
        # Each entry of a session meets every entry of the same session.
        times = np.repeat(width, width)
        left = np.repeat(items, times)
        begins = np.repeat(np.repeat(table.indptr[first:last] - table.indptr[first], width), times)
        within = np.arange(len(left)) - np.repeat(np.cumsum(times) - times, times)
        keys = (np.repeat(np.repeat(whose, width), times) * size + left) * size
        once = distinct(keys + items[begins + within]) % (size * size)
        total = total + sparse.csr_array(
            (np.ones(len(once)), (once // size, once % size)), shape=(size, size)
        )
    total = total.tocsr()
    total.data = (total.data >= least).astype(np.float64)
    total.eliminate_zeros()
    return total


def _batches(shoppers: Numbers, pairs: Numbers) -> Iterator[tuple[int, int]]:
    """Spans of sessions, in the order of shoppers, that hold whole shoppers and few pairs."""
    if not len(shoppers):
        return
    borders = np.flatnonzero(np.diff(shoppers, prepend=-1, append=-1))
    done = np.concatenate([[0], np.cumsum(pairs)])
    first = 0
    for border, following in zip(borders[1:], [*borders[2:], None], strict=True):
        if following is None or done[following] - done[first] > _PAIRS_AT_ONCE:
            yield first, int(border)
            first = int(border)


def strongest(table: Table, most: int) -> Table:
    """Each row's highest entries above 0, at most that many; of equals the first columns."""
    table = table.tocsr()
    table.sum_duplicates()
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    order = np.lexsort((table.indices, -table.data, row))
    place = np.arange(len(order)) - table.indptr[row[order]]
    kept = np.sort(order[(place < most) & (table.data[order] > 0)])
    return sparse.csr_array((table.data[kept], (row[kept], table.indices[kept])), shape=table.shape)


def scaled_rows(table: Table, by: NDArray[np.float64]) -> Table:
    """Each row times its number."""
    return (sparse.diags_array(by) @ table).tocsr()
