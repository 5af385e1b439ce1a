"""Running text cut into sentences, in both languages."""

from __future__ import annotations

import re

# After these a full stop ends no sentence.
_ABBREVIATED = re.compile(
    r"\b(?:e\.g|i\.e|etc|approx|no|nr|st|mr|mrs|ms|dr|vs|incl|excl|max|min|a\.m|p\.m|art|sec|tel|"
    r"u\.s|u\.k)\.$",
    re.IGNORECASE,
)
_END = re.compile(
    r"[.!?]+[\"”’')\]]*(?=\s+[\"“‘'(\[]?[A-Z0-9À-Þ\u4e00-\u9fff])|[。！？]+[”』」）]*"
)
# Longer ones are cut, at a blank where there is one: nobody reads more as one quotation.
LONGEST = 600


def sentences_of(text: str) -> list[str]:
    """The sentences of a paragraph, their stops with them; joined they give the text again.

    Args:
        text: with single spaces.
    """
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if _ABBREVIATED.search(text, start, match.end()):
            continue
        found.append(text[start : match.end()])
        start = match.end()
    found.append(text[start:])
    whole = [piece for sentence in found for piece in _cut(sentence.strip())]
    return [sentence for sentence in whole if sentence]


def _cut(sentence: str) -> list[str]:
    pieces = []
    while len(sentence) > LONGEST:
        at = sentence.rfind(" ", LONGEST // 2, LONGEST)
        at = at if at > 0 else LONGEST
        pieces.append(sentence[:at].strip())
        sentence = sentence[at:].strip()
    return [*pieces, sentence]
