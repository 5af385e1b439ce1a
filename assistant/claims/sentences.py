"""A text as sentences, and a sentence as the clauses that its claims are judged in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.evidence import Evidence
from assistant.language import language_of

BLANK = "\u0000"
"""Stands for each character that has been judged already."""

MARKER = re.compile(r"\[(\d{1,3})\]|［(\d{1,3})］|【(\d{1,3})】")
LINK = re.compile(r"https?:|www\.|!?\[[^\]]*\]\(|<[a-z/!]", re.IGNORECASE)

_SENTENCE = re.compile(r"(?:(?<=[。！？!?；])|(?<=[.!?])\s+(?=[^a-z])|\n+)")
# A full stop after one of these ends no sentence: names of products hold many of them.
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:Mt|Mr|Mrs|Ms|Dr|St|Jr|Sr|Co|Inc|Ltd|Vol|No|Nr|vs|approx|incl|[A-Z])\.$"
)
_CLAUSE = re.compile(
    r"[;；,，。]|\b(?:while|whereas|but|and|though|although)\b|而(?!且|异|言|已|是)|但|并且|同时"
    r"|，?另外",
    re.IGNORECASE,
)
_LIST_RIGHT = re.compile(r"(?:\s|\band\b)*(?:US|EU|UK)?[$€£¥￥]?\s*\d", re.IGNORECASE)
_BARE_RIGHT = re.compile(r"\s*\d")
_COORDINATION = re.compile(rf"[\s{BLANK},，、&]*(?:and|or|nor|as well as|和|与|及|以及"
    rf"|跟)?[\s{BLANK}]*"
                           r"(?:both\s+|the\s+)*", re.IGNORECASE)  # fmt: skip


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, end marks kept; decimal points and abbreviations cut nothing."""
    sentences: list[str] = []
    for part in _SENTENCE.split(text):
        if not part or not part.strip():
            continue
        piece = part.strip()
        if sentences and _ABBREVIATED.search(sentences[-1]):
            sentences[-1] += f" {piece}"
        else:
            sentences.append(piece)
    return sentences


def with_markers(sentence: str, evidence: Evidence) -> str:
    """The sentence with a number after the first name of each product that has none yet."""
    for product in evidence.products:
        marker = evidence.marker(product)
        if marker in sentence:
            names = (product.title, product.title_zh or product.title)
            told = any(product.id in m.product_ids for m in evidence.index.titles.find(sentence))
            if len(evidence.products) > 1 and not (told or any(n in sentence for n in names)):
                title = evidence.title(product)
                if language_of(sentence) == "zh":  # "首选是 [1]": a number alone says little
                    sentence = sentence.replace(marker, f"{title} {marker}", 1)
            continue
        for name in (product.title_zh, product.title):
            at = sentence.find(name) if name else -1
            if name and at >= 0:
                end = at + len(name)
                sentence = f"{sentence[:end]} {marker}{sentence[end:]}"
                break
    return sentence


def clause_spans(text: str, places: Sequence[int]) -> list[tuple[int, int]]:
    """Where the clauses of a sentence stand.

    Lists of numbers and of product names are not taken apart: what is said of a list is said of
    each member.

    Args:
        text: the sentence, names blanked.
        places: where products are named, in order.
    """
    cuts = [
        match.start()
        for match in _CLAUSE.finditer(text)
        if not _in_numbers(text, match) and not _in_names(text, match.start(), places)
    ]
    return list(zip([0, *cuts], [*cuts, len(text)], strict=True))


def blank(text: str, start: int, end: int) -> str:
    """The text with a part blanked, at the same length."""
    return text[:start] + BLANK * (end - start) + text[end:]


def _in_numbers(text: str, match: re.Match[str]) -> bool:
    if match.group() in (",", "，"):
        return _LIST_RIGHT.match(text, match.end()) is not None
    left = text[: match.start()].rstrip(" ,，")
    return left[-1:].isdigit() and _BARE_RIGHT.match(text, match.end()) is not None


def _in_names(text: str, at: int, places: Sequence[int]) -> bool:
    before = [place for place in places if place <= at]
    after = [place for place in places if place > at]
    if not before or not after:
        return False
    left = before[-1]
    while left < len(text) and text[left] == BLANK:
        left += 1
    return left <= after[0] and _COORDINATION.fullmatch(text, left, after[0]) is not None
