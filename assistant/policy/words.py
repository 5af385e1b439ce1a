"""The words of a question beyond the notions that it names: what it asks about, and goods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import jieba.posseg
from wordfreq import zipf_frequency

from assistant.policy.common import word_lists
from assistant.reply import Language
from retrieval.policies.notions import COUNTRY, Mention, plain
from retrieval.text import has_cjk, stem
from retrieval.translation.thesaurus import shop_words
from retrieval.words import lexicon

Spans = Sequence[tuple[int, int]]
"""Places in a text: from and to, in characters."""

# Parts of speech, as jieba marks them, whose words may name something.
_NAMING = ("n", "v", "eng", "j", "i", "l", "s", "b", "x")
_MEANS = re.compile(r"\b(?:by|via) (?:an? )?(\w+(?: \w+)?)")
_PARTICLES = "吗么嘛呢吧啊呀的了"
_KNOWN = 3.8
"""Zipf frequency of a word that everybody writes."""


@dataclass(frozen=True)
class Words:
    """The words of a text that no notion has read.

    Attributes:
        named: what they name besides goods, each once.
        goods: those that name goods of any trade: a rule for all goods answers for them too.
        places: those of ``named`` that say where.
        means: those of ``named`` that say how: "by drone".
    """

    named: tuple[str, ...]
    goods: tuple[str, ...]
    places: frozenset[str]
    means: frozenset[str]


def words_of(text: str, language: Language, read: Spans, mentions: Sequence[Mention]) -> Words:
    """The words of a text beyond what was read of it already.

    Args:
        text: the shopper's.
        language: of it.
        read: where notions, goods of the shop and words that ask stand.
        mentions: the notions.
    """
    found = _words_zh(text, read) if language == "zh" else _words_en(text, read, mentions)
    # "By drone" says how, not what.
    means = {word for said in _MEANS.findall(plain(text)) for word in said.split()}
    goods = [word for word in found if _is_goods(word) and word not in means]
    named = [word for word in found if word not in goods]
    places = frozenset(word for word in named if _is_place(word, text))
    how = frozenset(word for word in named if word in means)
    return Words(tuple(dict.fromkeys(named)), tuple(goods), places, how)


def _words_en(text: str, spans: Spans, mentions: Sequence[Mention]) -> list[str]:
    common, _ = _common()
    small = plain(text)
    countries = [m.start for m in mentions if m.notion.name.startswith(COUNTRY)]
    found = []
    for match in re.finditer(r"[a-z][a-z'-]+|[\u3400-\u9fff]+", small):
        word = match.group().strip("'-")
        if any(start < match.end() and match.start() < end for start, end in spans):
            continue
        bare = word.partition("'")[0]
        if len(word) < 3 or {word, bare, word.replace("'", "")} & common or _says_how(word):
            continue
        # "Toronto, Canada": the country says where.
        if any(0 < at - match.end() <= 2 for at in countries):
            continue
        found.append(word)
    return found


def _says_how(word: str) -> bool:
    """Whether it is an adverb of a known word, which names nothing: "finally", not "supply"."""
    root = word.removesuffix("ly")
    return root != word and len(root) > 3 and zipf_frequency(root, "en") >= _KNOWN


def _words_zh(text: str, spans: Spans) -> list[str]:
    _, common = _common()
    found, end = [], 0
    for word, flag in jieba.posseg.cut(plain(text)):
        start, end = end, end + len(word)
        written = word.strip().rstrip(_PARTICLES)
        read = sum(max(0, min(b, end) - max(a, start)) for a, b in spans)
        if 2 * read > len(word):
            continue
        latin = not has_cjk(written)
        if (len(written) < 2 and not latin) or written in common or not written.isalnum():
            continue
        if latin and (len(written) < 2 or written.isdigit()):
            continue
        if flag.startswith(_NAMING) and not all(c in common for c in written):
            found.append(written)
    return found


def _is_place(word: str, text: str) -> bool:
    if has_cjk(word):
        return any(pair.flag in ("ns", "nr", "nz") for pair in jieba.posseg.cut(word))
    return (
        re.search(rf"(?i)\b(?:in|near|at|around|to) (?:\w+ )?{re.escape(word)}", text) is not None
    )


def _is_goods(word: str) -> bool:
    """Whether a word names goods of any trade: a rule for all goods answers for them too."""
    return word in _goods() or stem(word) in _goods()


@cache
def _goods() -> frozenset[str]:
    groups = [*lexicon().get("category", ()), *shop_words()]
    names = {name.lower() for group in groups for name in group}
    own = word_lists()["goods"].split()
    single = {name for name in (*names, *own) if " " not in name}
    return frozenset(single | {stem(name) for name in single if not has_cjk(name)})


@cache
def _common() -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(word_lists()["en"].split()), frozenset(word_lists()["zh"].split())
