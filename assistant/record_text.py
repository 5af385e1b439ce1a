"""Texts of records as a shopper may see them: a catalogue's columns are written by many hands.

What a record has is data. Of it the assistant says by itself only values that name something (a
material, a use, a number); whole sentences, addresses and markup may be anybody's, a buyer's
review or an order to the assistant, and are never spoken as a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.messages import without_unseen
from retrieval.conditions import Scalar
from retrieval.product import Product
from retrieval.text import count_cjk

# A value names a thing in a few words; what is longer tells a story.
_MOST_WORDS, _MOST_CHARACTERS, _MOST_CJK = 5, 40, 14
_HIDDEN_PART = re.compile(r"<(script|style|template|iframe)\b[^>]*>.*?(?:</\1\s*>|$)", re.I | re.S)
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.S)
_TAG = re.compile(r"</?[a-z!?][^<>]*>?", re.IGNORECASE)
# A picture goes whole; of a link its words stay.
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)?")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)?")
_ADDRESS = re.compile(
    r"\b(?:(?:https?|ftp|file|javascript|data):\S*|www\.\S+)|\S+@\S+\.\w+", re.IGNORECASE
)
# Signs of a sentence, of markup or of code; a decimal point or a slash inside a value is none.
_TOLD = re.compile(r"[.!?:;](?:\s|$)|[。！？：；…\n<>{}=|`\"“”@#*\\]|://|\]\(|\[")


def plain_text(text: str) -> str:
    """A text without characters that nobody sees, markup, pictures and addresses.

    Args:
        text: of a record.
    """
    text = _COMMENT.sub(" ", _HIDDEN_PART.sub(" ", without_unseen(text)))
    text = _LINK.sub(r"\1", _PICTURE.sub(" ", _TAG.sub(" ", text)))
    return " ".join(_ADDRESS.sub(" ", text).split())


def names_something(value: Scalar) -> bool:
    """Whether a value of a record is one to say: a number, yes or no, or a short name.

    Args:
        value: as the record has it.
    """
    if not isinstance(value, str):
        return True
    if value != plain_text(value) or _TOLD.search(value):
        return False
    return (
        len(value.split()) <= _MOST_WORDS
        and len(value) <= _MOST_CHARACTERS
        and count_cjk(value) <= _MOST_CJK
    )


def shown_title(product: Product, language: str) -> str:
    """A product's title with nothing hidden in it; its id where nothing else is left.

    Args:
        product: the record.
        language: ``en`` or ``zh``.
    """
    return plain_text(product.title_in(language)) or product.id


def all_name_something(values: Iterable[Scalar]) -> bool:
    """Whether every value is one to say."""
    return all(names_something(value) for value in values)
