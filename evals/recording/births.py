"""Dates of birth, in digits and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.recording.identity import Identity

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_UNITS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
_DAY = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|(?:(?:twenty|thirty)[\s-])?(?:{_UNITS})|tenth|eleventh|twelfth|thirteenth|"
    r"fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_SMALL = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|oh|hundred|thousand|and)"
)
_YEAR = (
    rf"(?:(?:19|20)\d{{2}}|['’]\d{{2}}|(?:nineteen|twenty|two\s+thousand)(?:[\s-]+{_SMALL}){{0,4}})"
)
_DATE = (
    rf"(?:(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+(?:of\s+)?{_YEAR})?|{_MONTH}\s+(?:the\s+)?{_DAY}\b(?:,?\s+{_YEAR})?|"
    rf"{_MONTH}\s+(?:of\s+)?{_YEAR}|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\d{{1,2}}/\d{{1,2}}\b)"
)
_HAN_DIGIT = "[〇零一二三四五六七八九十廿卅\\d]"
_HAN_DATE = (
    rf"(?:(?:{_HAN_DIGIT}{{2,4}}\s?年\s?)?(?:农历|阴历|阳历)?{_HAN_DIGIT}{{1,3}}\s?月\s?(?:初)?{_HAN_DIGIT}{{1,3}}\s?[日号]?"
    rf"|{_HAN_DIGIT}{{2,4}}\s?年\s?{_HAN_DIGIT}{{1,3}}\s?月(?:份)?|(?:19|20)\d{{2}}\s?年|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}})"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:born|birthday|birth\s*date|date\s+of\s+birth|d\.?o\.?b\.?|b-?day)\b(?:\s+(?:is|was|on|of|in|falls|the|party|date)\b|[\s,:=(-])*({_DATE})",
        rf"\bborn\s+(?:in|on|back\s+in)\s+({_YEAR})",
        rf"\b({_DATE})\s*(?:is|was)\s+(?:my|his|her)\s+(?:\w+\s+)?birthday",
        rf"(?:生日|出生日期|出生年月|出生|生于|生辰|诞辰)(?:[是为在:，,\s]|农历|阴历|阳历)*({_HAN_DATE})",
        rf"({_HAN_DATE})(?:出生|生的|生人|的?生日|生(?![日意活产气]))",
    )
)


def find_births(text: str) -> Iterator[Identity]:
    """Every date that a text gives as somebody's birth.

    Args:
        text: with characters of common width.
    """
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield Identity("birthday", *match.span(1))
