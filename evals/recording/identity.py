"""What in a text says who somebody is, and where it stands."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal[
    "name", "email", "phone", "card", "account", "id", "order", "number", "address", "link",
    "handle", "secret", "birthday",
]  # fmt: skip

# Letters, digits and signs of full width, which read as the common ones.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}


class Identity(NamedTuple):
    """One thing that says who somebody is.

    Attributes:
        start, end: where it stands.
    """

    kind: Kind
    start: int
    end: int


_HAN = re.compile("[㐀-鿿]")


def without_han(text: str) -> str:
    """The text with spaces for Chinese characters, beside which a word begins or ends too."""
    return _HAN.sub(" ", text)


def narrow(text: str) -> str:
    """The text with characters of full width as the common ones; its length stays."""
    return text.translate(_NARROW)
