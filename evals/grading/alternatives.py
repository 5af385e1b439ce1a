"""One regular expression for many words, as a tree of what they begin with.

A plain alternation is tried word by word at every place of a text; of a catalogue's names, brands
and values that took most of the time of grading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

_END = ""
NONE = r"(?!)"


def one_of(words: Iterable[str]) -> str:
    """An expression for any of some words, the longest that fits first; nothing where none are.

    Args:
        words: as they stand in a text.
    """
    return one_of_parts([re.escape(c) for c in word] for word in words)


def one_of_parts(words: Iterable[Sequence[str]]) -> str:
    """The same for words given as parts, each an expression of its own that cannot be empty."""
    tree: dict[str, Any] = {}
    for word in words:
        at = tree
        for part in word:
            at = at.setdefault(part, {})
        if at is not tree:
            at[_END] = {}
    return _written(tree) if tree else NONE


def _written(tree: dict[str, Any]) -> str:
    ways = [part + _written(rest) for part, rest in tree.items() if part != _END]
    if not ways:
        return ""
    body = ways[0] if len(ways) == 1 else "|".join(ways)
    if _END in tree:
        return f"(?:{body})?"
    return body if len(ways) == 1 else f"(?:{body})"
