"""Messages that want something said of a product: "confirm that it is waterproof", "承认吧".

They ask, whatever their form: what they want said is no wish, and the record answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.index import CatalogueIndex
from retrieval.text import simplified
from tools.reading.fact import Fact, ParsedQuery

_BEFORE_VERB = (
    r"(?:^|[.!?,;:]\s*|\b(?:please|just|simply|now|then|and|so|must|to|you|on|should|only)\s+)"
)
_SAY = r"(?:confirm|admit|say|promise|guarantee|assure|swear|agree|acknowledge|verify|state)"
# What stands before the product: "tell me that the …", "你就说…".
_FORWARD = re.compile(
    rf"{_BEFORE_VERB}(?:{_SAY}(?:\s+(?:to|with)\s+(?:me|us)|\s+me|\s+us)?|tell\s+(?:me|us|them|him|her))"
    r"\s+(?:(?!\b(?:which|what|how|where|something|anything|like|others?|similar|about|more|than|instead)\b)"
    r"[^.?!,;:，。]){0,30}$"
    r"|(?:^|[，。！？,.!?;；\s]|你|您|就|直接|快|请|赶紧|必须|得|给我|帮我)(?:就|都|也|再|给我|帮我|得|要|必须)*"
    r"(?:确认|承认|保证|说|告诉我|同意|答应我?|肯定|担保)(?:一?下)?我?[，,：:]?[^，。？！,.]{0,8}$",
    re.IGNORECASE,
)
# What stands after it: "…, so say it", "…，承认吧", or that it is so, is it not.
_BACKWARD = re.compile(
    rf"(?:[.,;!?]\s*|\b(?:so|just|please|and|then|now)\s+){_SAY}(?:\s+(?:it|so|that|this|yes))?\s*(?:[.!,]|$)"
    r"|[,;.\s](?:right|correct|true|yes|(?:is|are|does|do|has|have)n['’]?t\s+(?:it|they|he|she))\s*\?"
    r"|(?:对|是|没错|真的|是真的)吧|对不对|没错吧"
    r"|(?:^|[，。,！!？?])你?(?:就|快|直接|请|赶紧|也)*(?:承认|确认|保证|回[复答个]?|说)(?:一?下)?"
    r"[“\"]?[是对]?[”\"]?(?:就行|就好|吧|呗)?(?:[。！!，,]|$)",
    re.IGNORECASE,
)
_POINTED = re.compile(
    r"\b(?:it|its|they|these|those|this|the\s+(?:first|second|third|last)(?:\s+one)?)\b"
    r"|[这那第][一二三]?[款双个]|它",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"\b(?:or|versus|vs|than)\b|还是|哪[个款双]|比", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.?!。？！\n]+(?:\.(?=\d)[^.?!。？！\n]+)*")


def as_asked(message: str, parsed: ParsedQuery, index: CatalogueIndex) -> ParsedQuery:
    """The reading of a message that presses for a word on a product, with what it wants said as
    asked, and not as wished; any other reading as it is.

    Args:
        message: the shopper's.
        parsed: its reading; its products are those meant.
        index: the catalogue.
    """
    text = simplified(message)
    if not parsed.products or (parsed.compares and _CHOICE.search(text)):
        return parsed
    titles = index.titles.find(message)
    if len(titles) > 1 and _CHOICE.search(text):
        return parsed
    for title in titles:
        if _presses(text, title.start, title.end):
            meant = tuple(id for id in parsed.products if id in title.product_ids)
            return _turned(text, title.start, parsed, meant or parsed.products)
    if not titles:
        for match in _POINTED.finditer(text):
            if _presses(text, match.start(), match.end()):
                return _turned(text, match.start(), parsed, parsed.products)
    return parsed


def _presses(text: str, start: int, end: int) -> bool:
    """Whether a word is wanted on what stands there."""
    return bool(_FORWARD.search(text[:start]) or _BACKWARD.search(text[end:]))


def _turned(text: str, at: int, parsed: ParsedQuery, products: tuple[str, ...]) -> ParsedQuery:
    """What the sentence of the product states, asked; what others state stays a wish."""
    said = next((m.group() for m in _SENTENCE.finditer(text) if m.start() <= at < m.end()), text)
    asked = tuple(fact for fact in parsed.facts if simplified(fact.quote) in said)
    return parsed.model_copy(
        update={
            "facts": tuple(_without(parsed.facts, asked)),
            "asked": (*parsed.asked, *asked),
            "products": products,
            "action": "details",
            "compares": False,
        }
    )


def _without(facts: tuple[Fact, ...], asked: tuple[Fact, ...]) -> Iterator[Fact]:
    return (fact for fact in facts if fact not in asked)
