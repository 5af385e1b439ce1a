"""Variety among the first products: what is like those above it gives way a little."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retrieval.product import Product
from retrieval.text import has_cjk, normalise
from tools.ranking_parts import Points, whole

# Among so many first products, chosen from so many that come next.
_FIRST, _AMONG = 5, 50
# Two titles are nearly the same where they share so many of their words.
_NEARLY = 0.6
# How alike two products are that share a title, a brand, a kind; the whole is bounded by one.
_TITLE, _BRAND, _KIND = 1.0, 0.5, 0.2


def likeness(a: Product, b: Product) -> float:
    """How alike two products are to a shopper's eye, from 0 to 1."""
    return _likeness(a, b, _words(a), _words(b))


def _words(product: Product) -> frozenset[str]:
    """The words of a title; a Chinese one's pairs of characters, as it has no spaces."""
    title = normalise(product.title)
    if not has_cjk(title):
        return frozenset(title.split())
    return frozenset(title[at : at + 2] for at in range(len(title) - 1))


def _likeness(a: Product, b: Product, ours: frozenset[str], theirs: frozenset[str]) -> float:
    shared = len(ours & theirs) / max(1, len(ours | theirs))
    alike = _TITLE * (shared >= _NEARLY)
    alike += _BRAND * (a.brand is not None and a.brand == b.brand)
    alike += _KIND * (a.category[-1:] == b.category[-1:] and bool(a.category))
    return min(1.0, alike)


def variety_points(products: Sequence[Product], scores: Points, weight: float) -> Points:
    """What is taken from products that are like ones above them.

    The first five are chosen one by one, each time the one with the best score less the likeness
    to what is chosen already (maximal marginal relevance, Carbonell and Goldstein 1998).

    Args:
        products: best first.
        scores: theirs, falling.
        weight: the most that is taken.

    Returns:
        Points of 0 or below, shape (products,).
    """
    taken = np.zeros(len(products), dtype=np.int64)
    # Who is further behind than variety can take stays where they are.
    last = int(scores[min(len(products), _FIRST) - 1]) - int(whole(weight, [1.0])[0])
    left = list(range(min(int(np.count_nonzero(scores >= last)), _AMONG)))
    words = [_words(products[at]) for at in left]
    alike = np.zeros(len(left))
    for _ in range(min(_FIRST, len(left))):
        penalty = whole(-weight, alike)
        best = max(left, key=lambda at: (int(scores[at] + penalty[at]), -at))
        taken[best] = penalty[best]
        left.remove(best)
        last = int(scores[best] + taken[best])
        for at in left:
            like = _likeness(products[at], products[best], words[at], words[best])
            alike[at] = max(alike[at], like)
    penalty = whole(-weight, alike)
    for at in left:
        # Who was passed over says so in its score; the others stay as they are.
        if scores[at] > last:
            taken[at] = penalty[at]
    return taken
