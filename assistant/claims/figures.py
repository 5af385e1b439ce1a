"""A number as it stands in a sentence: its value, currency, and what stands beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.claims.findings import Clause
from assistant.claims.sentences import BLANK
from tools.reading.amounts import currency_of
from tools.reading.units import unit_after

NUMBER = re.compile(r"(?<![A-Za-z0-9.])(?:US|HK)?[$€£¥￥₹]?\s?\d[\d,]*(?:\.\d+)?")
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "$": "$", "¥": "¥", "￥": "¥"}
CURRENCY_AFTER = re.compile(
    r"\s*(?:(?P<USD>usd\b|(?:us\s+)?dollars?\b|bucks\b|美元|美金|刀)|(?P<EUR>eur(?:os?)?\b|欧元)"
    r"|(?P<GBP>gbp\b|pounds?\b|英镑)|(?P<INR>inr\b|rupees?\b|卢比)"
    r"|(?P<CNY>cny\b|rmb\b|yuan\b|人民币|元|块)|(?P<JPY>jpy\b|yen\b|日元)|(?P<HKD>hkd\b|港币"
    r"|港元))",
    re.IGNORECASE,
)
_CURRENCY_BEFORE = re.compile(r"\b(USD|EUR|GBP|CNY|RMB|INR|JPY|HKD)\s*$", re.IGNORECASE)
_SIZE_BEFORE = re.compile(
    r"\b(?:sizes?|eu)\b[^.;,]{0,12}$|尺[码寸]\D{0,6}$|码数\D{0,4}$", re.IGNORECASE
)
_SIZE_AFTER = re.compile(r"\s*(?:码|号(?!码))")
_SIZE_LIST = re.compile(
    r"\b(?:sizes?|eu)\b[\d\s,.\-–—&/]*(?:(?:and|or|to|through|from|in|are|is|stock|available"
    r"|include|also|:)"
    r"[\d\s,.\-–—&/]*)*$|(?:尺[码寸]|码数"
    r"|现货)[\d\s、,，和到至有为是:：.]*(?:[\d.]+[码号、,，和到至\s]+)*$",
    re.IGNORECASE,
)
_SIZE_LIST_AFTER = re.compile(r"[\d\s、,，和到至.\-–/码]*(?:码|号)")
_BLANKS = re.compile(rf"{BLANK}+")


@dataclass(frozen=True)
class Figure:
    """A number as it stands in a clause.

    Attributes:
        value: the number.
        written: as it stands in the text, its sign of currency aside.
        before, after: the clause to its left and right.
        start, end: where it stands in the sentence.
        currency: an ISO code where it is a sum of money, else None.
        is_size: whether it is said to be a size.
    """

    value: float
    written: str
    before: str
    after: str
    start: int
    end: int
    currency: str | None
    is_size: bool


def read_figure(match: re.Match[str], clause: Clause, catalogue: str) -> Figure | None:
    """The figure at a match of ``NUMBER`` within a clause; None for a stray sign.

    Args:
        match: in the whole sentence.
        clause: that it stands in.
        catalogue: the catalogue's currency.
    """
    text = match.string
    number = re.search(r"\d[\d,]*(?:\.\d+)?", match.group())
    if number is None:
        return None
    written = number.group().rstrip(",")
    end = match.start() + number.start() + len(written)
    before = _BLANKS.sub(" ", text[clause.start : match.start()])
    after = _BLANKS.sub(" ", text[end : clause.end])
    sign = next((_SIGNS[c] for c in match.group() if c in _SIGNS), None)
    named = CURRENCY_AFTER.match(after)
    led = _CURRENCY_BEFORE.search(before)
    code = named.lastgroup if named else sign
    if led and not code:
        code = {"RMB": "CNY"}.get(led[1].upper(), led[1].upper())
    currency = currency_of(code, catalogue) if code else None
    is_size = (
        bool(_SIZE_AFTER.match(after) or _SIZE_BEFORE.search(before) or _SIZE_LIST.search(before)
             or (_SIZE_LIST_AFTER.match(after) and "," not in after[:1]))
        and currency is None
        and unit_after(after, 0) is None
    )  # fmt: skip
    value = float(written.replace(",", ""))
    return Figure(value, written, before, after, match.start(), end, currency, is_size)
