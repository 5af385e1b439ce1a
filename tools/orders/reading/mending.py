"""Misspelt words of a request, put right before it is read."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA
from wordfreq import zipf_frequency

_WORD = re.compile(r"[A-Za-z]{4,}")
_REQUESTS = (
    "cancel", "cancelled", "canceled", "cancellation", "return", "returned", "refund", "refunded",
    "exchange", "exchanged", "replace", "change", "changed", "address", "payment", "delivery",
    "delivered", "deliver", "order", "orders", "ordered", "parcel", "package", "tracking", "where",
    "mistake", "accident", "bought", "received", "arrived", "shipped", "shipping", "paypal",
)  # fmt: skip
# A word that is met this often is none that is misspelt; the scale is wordfreq's.
_COMMON = 2.5
_LONG = 8


def mended(text: str) -> str:
    """The text with misspelt words of requests put right; all others stay.

    Args:
        text: the shopper's, in simplified characters.
    """
    return _WORD.sub(lambda match: _mended(match.group()), text)


@lru_cache(maxsize=2_000)
def _mended(word: str) -> str:
    small = word.lower()
    if small in _REQUESTS or zipf_frequency(small, "en") >= _COMMON:
        return word
    most = 2 if len(small) >= _LONG else 1
    near = [(OSA.distance(small, known, score_cutoff=most), known) for known in _REQUESTS]
    distance, best = min(near)
    return best if distance <= most else word
