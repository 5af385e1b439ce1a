"""A message cut into its parts, each of which asks or tells one thing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from assistant.policy.common import word_lists
from assistant.reply import Language
from retrieval.spelling import Speller
from retrieval.text import has_cjk

_STARTS = (
    r"(?:who|whose|what|whats|what's|when|where|how|which|why|can|could|do|does|did|is|are|will|would|"
    r"should|may|must|am|has|have(?= you)|any(?= \w+)|if)"
)
_STOP_EN = re.compile(
    r"(?<=[?!;])\s*|(?<=\.)\s+|\n+"
    rf"|[,:–—]?\s+(?:and|but|or|also|plus|&)\s+(?:also |then |if so,? |)(?={_STARTS}\b)"
    rf"|[,:–—]\s*(?={_STARTS}\b)",
    re.IGNORECASE,
)
_STOP_ZH = re.compile(r"(?<=[？?。！!；;])|\n+|[，,、]|\s+")
_ASKS_EN = re.compile(
    rf"\?|^\W*(?:so |ok |hi |hello |hey |and |but |please )*{_STARTS}\b"
    r"|\b(?:can|could|do|will|would) (?:you|i|we)\b",
    re.I,
)
_ASKS_ZH = re.compile(
    r"[？?]|[吗么嘛呢不](?:[呀啊]?)$|多少|多久|几[天次点个张件双码月年]|怎么|如何|咋|谁|哪|什么|啥"
    r"|([\u4e00-\u9fff])不\1|有[^，。]{1,12}没有?$|是[^，。]{1,12}还是|是否|能不能|可不可以|可以不|有没有|要不要|是不是|会不会|算不算|管不管|收不收|退不退|换不换"
)
# "When you hang a lamp, do you …": what comes before the comma only says when.
_WHILE_EN = re.compile(r"^\W*(?:so |and |but |also )*(?:when|if|once|after|since|as)\b[^?]*$", re.I)
# Written without their apostrophes; "its" and "ill" are words of their own.
_CONTRACTED = (
    ("whens", "when is"), ("whats", "what is"), ("hows", "how is"), ("wheres", "where is"),
    ("whos", "who is"), ("im", "i'm"), ("ive", "i've"), ("theyre", "they're"), ("dont", "don't"),
    ("doesnt", "doesn't"), ("didnt", "didn't"), ("cant", "can't"), ("wont", "won't"),
    ("isnt", "isn't"), ("havent", "haven't"), ("hasnt", "hasn't"), ("u", "you"), ("ur", "your"),
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A piece of a message.

    Attributes:
        text: in the shopper's words.
        asks: whether it asks something.
    """

    text: str
    asks: bool


def parts_of(message: str, language: Language) -> list[Part]:
    """The parts of a message in their order, misspelt words put right; at least one.

    Args:
        message: the shopper's.
        language: that it is written in.
    """
    text = mended(message) if language == "en" else message
    stop, asks = (_STOP_ZH, _ASKS_ZH) if language == "zh" else (_STOP_EN, _ASKS_EN)
    pieces = [piece.strip(" ,，、") for piece in stop.split(text)]
    pieces = [piece for piece in pieces if piece]
    if language == "zh":
        pieces = _joined(pieces)
    parts = [Part(piece, asks.search(piece) is not None) for piece in pieces]
    for at, (part, after) in enumerate(pairwise(parts)):
        if language == "en" and after.asks and _WHILE_EN.match(part.text):
            parts[at] = Part(part.text, False)
    return parts or [Part(text, True)]


def asking_parts(message: str, language: Language) -> list[str]:
    """The parts of a message that ask something; none where it only tells.

    Args:
        message: the shopper's.
        language: that it is written in.
    """
    return [part.text for part in parts_of(message, language) if part.asks]


def _joined(pieces: Sequence[str]) -> list[str]:
    """Chinese pieces of a letter or two stand with the one before: they say nothing alone."""
    joined: list[str] = []
    for piece in pieces:
        goes_on = bool(joined) and not has_cjk(joined[-1]) and joined[-1][-1] not in "?？。！!;；"
        if joined and (len(piece) <= 2 or goes_on):
            joined[-1] += f" {piece}"
        else:
            joined.append(piece)
    return joined


def mended(message: str) -> str:
    """An English message with words that nobody writes replaced by the nearest word of service.

    Args:
        message: the shopper's.
    """
    for short, whole in _CONTRACTED:
        message = re.sub(rf"(?i)\b{short}\b", whole, message)
    return re.sub(r"[A-Za-z]{5,}", _meant, message)


def _meant(match: re.Match[str]) -> str:
    meant = _speller().mend(match.group().lower())
    # A word that is one too is left: only its neighbours could tell.
    return meant.word if meant is not None and meant.sure else match.group()


@cache
def _speller() -> Speller:
    return Speller(word_lists()["service"].split())
