"""The language that a catalogue is written in."""

from __future__ import annotations

from collections.abc import Iterable

from retrieval.embedding import Language
from retrieval.text import count_cjk

__all__ = ["Language", "language_of_catalogue"]

# Chinese titles hold model numbers and brands in Latin letters; English ones hardly any Chinese.
_CHINESE_CHARACTERS = 2
_SHARE = 0.5


def language_of_catalogue(titles: Iterable[str]) -> Language:
    """The language of most of the titles.

    Args:
        titles: of a sample of products; none counts as English.
    """
    chinese = total = 0
    for title in titles:
        total += 1
        chinese += count_cjk(title) >= _CHINESE_CHARACTERS
    return "zh" if total and chinese / total >= _SHARE else "en"
