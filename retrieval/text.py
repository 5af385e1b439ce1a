"""Text as both search and vocabulary see it: normalised, cut into words, stemmed."""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import jieba
import opencc
import Stemmer
from bm25s.stopwords import STOPWORDS_EN_PLUS

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PIECE = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:[.'’\-/°][^\W_{_CJK}]+)*°?")
_CJK_ONE = re.compile(rf"[{_CJK}]")
_POSSESSIVE = re.compile(r"['’]s$|['’]$")
TEXTS_KEPT = 32
"""How many texts a finder remembers what it found in: those of a turn or two, and no more, since
they are shoppers' words."""
# One stemmer a thread: PyStemmer's objects are not thread-safe.
_local = threading.local()

jieba.setLogLevel(logging.WARNING)


@dataclass(frozen=True)
class Token:
    """A word of a text.

    Attributes:
        stem: what it is compared by.
        start, end: where it stands in the text, in characters.
        cjk: whether it is Chinese.
    """

    stem: str
    start: int
    end: int
    cjk: bool


@cache
def stopwords() -> frozenset[str]:
    """The stems of English words that carry a sentence and name nothing."""
    return frozenset(stem(word) for word in STOPWORDS_EN_PLUS)


def normalise(text: str) -> str:
    """Compatibility form, lower case, single spaces: equal for what a shopper takes as equal."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def lowered(text: str) -> str:
    """Lower case of the same length as the text, so that positions in it keep."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, one for one, so that positions keep."""
    return "".join(_simplified(c) if c > "\u3400" else c for c in text)


@lru_cache(maxsize=20_000)
def _simplified(character: str) -> str:
    changed = str(_converter().convert(character))
    return changed if len(changed) == 1 else character


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def has_cjk(text: str) -> bool:
    """Whether any character of the text is Chinese."""
    return _CJK_ONE.search(text) is not None


def count_cjk(text: str) -> int:
    """How many characters of the text are Chinese."""
    return len(_CJK_ONE.findall(text))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English stem of a word in lower case, without a possessive."""
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    return str(stemmer.stemWord(_POSSESSIVE.sub("", word)))


def tokens(text: str) -> Iterator[Token]:
    """The words of a text that is already normalised or at least in lower case.

    English words are stemmed and keep inner points, hyphens and slashes (``gel-kayano``,
    ``1/2``); Chinese runs are cut by jieba in search mode, so that a long word also gives its
    parts.
    """
    for match in _PIECE.finditer(text):
        piece = match.group()
        if has_cjk(piece):
            for word, start, end in jieba.tokenize(piece, mode="search"):
                yield Token(word, match.start() + start, match.start() + end, True)
        else:
            yield Token(stem(piece), match.start(), match.end(), False)


def search_terms(text: str) -> list[str]:
    """The terms that BM25 counts: stems, and the parts of compounds beside the whole."""
    found: list[str] = []
    for token in tokens(normalise(text)):
        found.append(token.stem)
        if not token.cjk:
            parts = re.split(r"[.'’\-/°]", token.stem)
            if len(parts) > 1:
                found.extend(stem(part) for part in parts if part)
    return found
