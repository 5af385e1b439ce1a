"""Which of the two languages a text is in."""

from __future__ import annotations

import re

from assistant.reply import Language
from retrieval.text import count_cjk

# Order numbers, model names and e-mail addresses belong to neither language.
_NO_WORD = re.compile(r"[\x21-\x7e]*[\d@][\x21-\x7e]*")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]+")
# A Chinese character carries about as much as this share of an English word.
_WORD_PER_CHARACTER = 0.6


def language_of(text: str, *, otherwise: Language = "en") -> Language:
    """The main language of a text: names of either language are rarely the most of it.

    Args:
        text: a message or a sentence.
        otherwise: for a text without words ("42?").
    """
    text = _NO_WORD.sub(" ", text)
    chinese = count_cjk(text) * _WORD_PER_CHARACTER
    latin = len(_LATIN_WORD.findall(text))
    if not chinese and not latin:
        return otherwise
    return "zh" if chinese >= latin * 0.5 else "en"
