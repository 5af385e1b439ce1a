"""Misspelt words of a request, put right before it is read."""

from __future__ import annotations

import re
from functools import cache

from retrieval.spelling import Speller

_WORD = re.compile(r"[A-Za-z]{4,}")
_REQUESTS = (
    "cancel", "cancelled", "canceled", "cancellation", "return", "returned", "refund", "refunded",
    "exchange", "exchanged", "replace", "change", "changed", "address", "payment", "delivery",
    "delivered", "deliver", "order", "orders", "ordered", "parcel", "package", "tracking", "where",
    "mistake", "accident", "bought", "received", "arrived", "shipped", "shipping", "paypal",
)  # fmt: skip


def mended(text: str) -> str:
    """The text with misspelt words of requests put right; all others stay.

    Args:
        text: the shopper's, in simplified characters.
    """
    return _WORD.sub(lambda match: _mended(match.group()), text)


def _mended(word: str) -> str:
    meant = _speller().mend(word.lower())
    # A word that is one too is left: only its neighbours could tell.
    return meant.word if meant is not None and meant.sure else word


@cache
def _speller() -> Speller:
    return Speller(_REQUESTS)
