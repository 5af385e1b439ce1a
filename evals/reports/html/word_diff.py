"""Which words of two texts are not in the other."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

Pieces = list[tuple[str, bool]]

# A Chinese character is a word here: the texts are looked at, not read out.
_WORD = re.compile(r"[㐀-鿿]|[$€£¥]?[^\W_㐀-鿿]+(?:[.'’-][^\W_㐀-鿿]+)*|\s+|.", re.DOTALL)
_MOST = 1500  # words; longer texts take the matcher long, and are read by nobody


def word_diff(a: str, b: str) -> tuple[Pieces, Pieces]:
    """Both texts in pieces, each with whether it is in this text alone.

    Args:
        a, b: the texts; of very long ones nothing is marked.
    """
    words_a, words_b = _WORD.findall(a), _WORD.findall(b)
    if max(len(words_a), len(words_b)) > _MOST:
        return [(a, False)], [(b, False)]
    pieces: tuple[Pieces, Pieces] = [], []
    matcher = SequenceMatcher(None, words_a, words_b, autojunk=False)
    for kind, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        for found, words in zip(pieces, (words_a[a_from:a_to], words_b[b_from:b_to]), strict=True):
            if words:
                found.append(("".join(words), kind != "equal"))
    return pieces
