"""Which parts of a message ask about products rather than wish for some."""

from __future__ import annotations

import re

from tools.reading.quotes import Span

_ASKS = re.compile(
    r"^\W*(?:(?:and|so|ok(?:ay)?|but|hm+|also|well|then|please|sorry|hi|hello|thanks)\b\W*)*(?:(?:what|how)\s+about\b|(?:is|are|was|does|do|did|can|could|has|have|will|would|what|what['’]s|how|which|where|when|why|who|any)\b|tell\s+me|i\s+wonder|i['’]d\s+like\s+to\s+know)"
    r"|[吗么嘛?？]|多少|多重|多高|多大|几(?:个|种|码)|怎么样|如何|是不是|有没有|能不能|会不会|可不可以|是否|好不好|行不行|耐不耐|防不防|透不透|哪",
    re.IGNORECASE,
)
# "Anything like it in white?": wishes for others, in the form of a question.
_SEEKS = re.compile(
    r"\b(?:similar|alternatives?|instead|something|anything|else|others?|like\s+(?:it|this|that|these|the)|show\s+me|find\s+me|recommend|suggest|looking\s+for|i\s+(?:want|need)|give\s+me)\b"
    r"|类似|差不多的|别的|其[他它]的?|替代|换(?:一|个)|推荐|给我|我要|我想|想要|想买|找",
    re.IGNORECASE,
)
_MINE = re.compile(r"\b(?:i|my|me|i['’](?:m|ve))\b|我", re.IGNORECASE)
_END = re.compile(r"[.;!?。；！？\n]+|[,，]\s*(?=(?:but|so|and\s+i|i)\b|我|但)")
_COMPARES = re.compile(
    r"\b(?:compare|comparison|versus|vs\.?|differ(?:ence|ences|ent|s)?|side\s+by\s+side)\b|比较一?下|对比|比一?[比下]|区别|差别|不同|差异"
    r"|怎么选|如何选|选哪|哪(?:一?[个双款件种])(?:更|比较|好|最|适合|性价比)|哪个好|相比|PK"
    r"|\bwhich\s+(?:one\s+|of\s+(?:them|these|those|the\s+two)\s+)?(?:is|are|would\s+be|should\s+i|do\s+you)\b|\b(?:better|best|prefer)\b",
    re.IGNORECASE,
)


def asking_parts(message: str) -> list[Span]:
    """The sentences of a message that ask about something at hand.

    Args:
        message: as the shopper wrote it.
    """
    parts: list[Span] = []
    start = 0
    for end in [*(m.end() for m in _END.finditer(message)), len(message)]:
        text = message[start:end]
        if text.strip() and _ASKS.search(text) and not _SEEKS.search(text):
            parts.append(Span(start, end))
        start = end
    return parts


def speaks_of_self(message: str, part: Span, span: Span) -> bool:
    """Whether the words before a span in its sentence are about the shopper: "I have flat feet"."""
    return _MINE.search(message, part.start, span.start) is not None


def compares(message: str) -> bool:
    """Whether a message asks to hold products against each other."""
    return _COMPARES.search(message) is not None
