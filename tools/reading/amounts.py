"""Numbers that bound something: prices, weights, ratings, with the words that bound them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tools.reading.quotes import Span

Bound = Literal["<=", ">=", "<", ">", "~"]

_CHINESE_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_CN = "零一二两三四五六七八九十百千万"

# Symbols and words by the currency they mean. "$" and "¥" belong to several: see currency_of.
_CURRENCIES: Mapping[str, str] = {
    "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD", "buck": "USD",
    "美元": "USD", "美金": "USD", "美刀": "USD", "刀": "USD",
    "cny": "CNY", "rmb": "CNY", "yuan": "CNY", "人民币": "CNY", "元": "CNY", "块钱": "CNY",
    "块": "CNY",
    "eur": "EUR", "€": "EUR", "euro": "EUR", "euros": "EUR", "欧元": "EUR",
    "gbp": "GBP", "£": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP", "英镑": "GBP",
    "jpy": "JPY", "yen": "JPY", "日元": "JPY",
    "inr": "INR", "₹": "INR", "rupee": "INR", "rupees": "INR", "卢比": "INR",
    "hkd": "HKD", "hk$": "HKD", "港币": "HKD", "港元": "HKD",
}  # fmt: skip
_DOLLARS = frozenset({"USD", "CAD", "AUD", "HKD", "SGD", "NZD", "TWD", "MXN"})
_UNITS: Mapping[str, tuple[str, Decimal]] = {
    "g": ("g", Decimal(1)), "gram": ("g", Decimal(1)), "grams": ("g", Decimal(1)),
    "克": ("g", Decimal(1)), "kg": ("g", Decimal(1000)), "公斤": ("g", Decimal(1000)),
    "oz": ("g", Decimal("28.35")), "ounces": ("g", Decimal("28.35")),
    "mm": ("mm", Decimal(1)), "毫米": ("mm", Decimal(1)), "cm": ("mm", Decimal(10)),
    "厘米": ("mm", Decimal(10)), "millimeters": ("mm", Decimal(1)),
    "stars": ("star", Decimal(1)), "star": ("star", Decimal(1)), "星": ("star", Decimal(1)),
    "分": ("star", Decimal(1)),
}  # fmt: skip


def _any(words: Mapping[str, object]) -> str:
    return "|".join(
        rf"{re.escape(w)}(?![a-z])" if w[-1].isascii() and w[-1].isalpha() else re.escape(w)
        for w in sorted(words, key=len, reverse=True)
    )


_SIGN = rf"(?:{_any(_CURRENCIES)}|\$|[¥￥])"
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|[{_CN}]{{1,7}})"
_AMOUNT = re.compile(
    rf"(?P<sign>{_SIGN})?\s*(?P<number>{_NUMBER})(?P<kilo>k\b)?"
    rf"(?:\s*-?\s*(?:(?P<unit>{_any(_UNITS)})|(?P<after>{_SIGN}))(?!\s*\d))?",
    re.IGNORECASE,
)
_AT_MOST_BEFORE = re.compile(
    r"(?:\b(?:under|below|less\s+than|up\s+to|at\s+(?:the\s+)?most|max(?:imum)?(?:\s+of)?|"
    r"(?:no|not)\s+more\s+than|within|cheaper\s+than|lighter\s+than|budget(?:\s+(?:is|of))?(?:\s+about)?|"
    r"(?:can\s+)?spend|afford|lower\s+than|not\s+over)\s*:?|<=?|≤"
    r"|低于|不超过|不高于|不大于|小于|少于|最多|最高|预算(?:是|在|为|大概|大约|差不多)?|控制在|别超过|不要超过|轻于)\s*$",
    re.IGNORECASE,
)
_AT_MOST_AFTER = re.compile(
    r"\s*(?:or\s+(?:less|under|below|cheaper)|max(?:imum)?\b|tops\b|budget\b|and\s+(?:under|below)"
    r"|以内|以下|之内|之下|内(?!里)|封顶|的?预算|不到)",
    re.IGNORECASE,
)
_AT_LEAST_BEFORE = re.compile(
    r"(?:\b(?:over|above|more\s+than|at\s+least|min(?:imum)?(?:\s+of)?|from|starting\s+at|"
    r"higher\s+than|rated)|>=?|≥|超过|高于|大于|多于|至少|不低于|不少于|最低)\s*$",
    re.IGNORECASE,
)
_AT_LEAST_AFTER = re.compile(
    r"\s*(?:or\s+(?:more|above|over|higher|better)|and\s+(?:up|above|over)|\+|plus\b|以上|之上|起)",
    re.IGNORECASE,
)
# "don't want to spend more than", "nothing over", "不想超过": more, refused, is at most.
_NEGATED_MORE = re.compile(
    r"(?:不|别|勿|\b(?:no|not|never|nothing|none|without|cannot)\b|n['’]?t\b)[^,.;!?，。；！？]{0,30}$",
    re.IGNORECASE,
)
_AROUND_BEFORE = re.compile(
    r"(?:\b(?:around|about|approximately|approx\.?|roughly|near(?:ly)?|circa)|~|≈|大约|大概|约|差不多)\s*$",
    re.IGNORECASE,
)
_AROUND_AFTER = re.compile(r"\s*(?:or\s+so\b|ish\b|-ish\b|左右|上下|差不多)", re.IGNORECASE)
_RANGE_JOIN = re.compile(r"^\s*(?:-|–|—|~|to|and|到|至)\s*$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s*$", re.IGNORECASE)
_SIZE_BEFORE = re.compile(
    r"(?:\b(?:size|eu|us|uk|number|no\.?|top|the)|第|#|码|\[)\s*$", re.IGNORECASE
)
_OTHER_UNIT_AFTER = re.compile(
    r"\s*-?(?:码|号|双|款|个|件|只|条|天|小时|公里|年|岁|月|次|hours?|h\b|km|k\b|miles?|days?|years?|"
    r"months?|minutes?|weeks?|pairs?|shoes?|options?|times?|am\b|pm\b|%|percent|st\b|nd\b|rd\b|th\b|"
    r"inch|gb|tb|mb|hz|w\b|v\b|mah)",
    re.IGNORECASE,
)
_BUDGET_BEFORE = re.compile(r"(?:budget(?:\s+(?:is|of))?|预算(?:是|在|为)?)\s*$", re.IGNORECASE)
_REACH = 60
# More sums than this in one message are no budget, and cost time to read.
_MOST_AMOUNTS = 20
_BUDGET = re.compile(r"budget|预算", re.IGNORECASE)
_RATED = re.compile(r"(?:\brat(?:ed|ing)s?\b|评分|评价|星级)[^,.;，。；]{0,14}$", re.IGNORECASE)
# "around 100" is taken as a fifth to either side.
AROUND = Decimal("0.2")


@dataclass(frozen=True)
class Amount:
    """A number with what bounds it.

    Attributes:
        value: the number, in ``unit`` or ``currency``.
        high: the upper end of a range, else None.
        bound: how it bounds; ``~`` for "around" and for a bare amount of money.
        currency: an ISO 4217 code, a raw ``$`` or ``¥``, or None where none is named.
        unit: ``g``, ``mm``, ``star`` or None.
        span: the words, bounding ones included.
    """

    value: Decimal
    high: Decimal | None
    bound: Bound
    currency: str | None
    unit: str | None
    span: Span


def currency_of(written: str | None, catalogue: str) -> str:
    """Which currency was meant, seen from a catalogue that has one.

    A bare number is in the catalogue's; ``$`` and ``¥`` are the catalogue's where that is one of
    those they stand for, otherwise US dollars and yuan.
    """
    if written is None:
        return catalogue
    if written == "$":
        return catalogue if catalogue in _DOLLARS else "USD"
    if written == "¥":
        return catalogue if catalogue in {"CNY", "JPY"} else "CNY"
    return written


def read_amounts(message: str) -> list[Amount]:
    """The amounts that a message states as a bound, a range, or a sum of money.

    A number that only counts, orders or sizes ("the 2nd", "size 42", "8 hours") is none.
    """
    found: list[Amount] = []
    matches = [m for m in _AMOUNT.finditer(message) if _number(m["number"]) is not None]
    skip = -1
    for position, match in enumerate(matches):
        if position == skip:
            continue
        following = matches[position + 1] if position + 1 < len(matches) else None
        amount = _range(message, match, following)
        if amount is not None:
            skip = position + 1
        else:
            amount = _single(message, match)
        if amount is not None:
            found.append(amount)
        if len(found) == _MOST_AMOUNTS:
            break
    return found


def _range(message: str, low: re.Match[str], high: re.Match[str] | None) -> Amount | None:
    if high is None or not _RANGE_JOIN.match(message[low.end() : high.start()]):
        return None
    unit, currency = high["unit"] or low["unit"], _currency(high) or _currency(low)
    joined_by_and = "and" in message[low.end() : high.start()].lower()
    between = _left(_BETWEEN, message, low.start())
    budget = _left(_BUDGET_BEFORE, message, low.start())
    if (joined_by_and and not between) or _OTHER_UNIT_AFTER.match(message, high.end()):
        return None
    if unit is None and currency is None and not between and not _says_price(message, low):
        return None
    first, second = _value(low, unit), _value(high, unit)
    if second <= first:
        return None
    opening = between or budget
    start = opening.start() if opening else low.start()
    return Amount(first, second, "~", currency, _unit(unit), _trim(message, start, high.end()))


def _single(message: str, match: re.Match[str]) -> Amount | None:
    unit, currency = match["unit"], _currency(match)
    if _left(_SIZE_BEFORE, message, match.start()) and not currency:
        return None
    if unit is None and currency is None and _OTHER_UNIT_AFTER.match(message, match.end()):
        return None
    bound, start, end = _bound(message, match)
    if bound is None:
        if currency is None and not _says_price(message, match):
            return None
        bound = "~"
    if match["number"][0] in _CN and unit is None and currency is None and len(match["number"]) < 2:
        return None  # "一双", "两款": a count
    if unit is None and currency is None and _left(_RATED, message, match.start()):
        unit, bound = "star", "<=" if bound == "<=" else ">="
    return Amount(
        _value(match, unit), None, bound, currency, _unit(unit), _trim(message, start, end)
    )


def _bound(message: str, match: re.Match[str]) -> tuple[Bound | None, int, int]:
    """How a number is bounded, and from where to where the words of it reach."""
    at, end = match.start(), match.end()
    most, least = _left(_AT_MOST_BEFORE, message, at), _left(_AT_LEAST_BEFORE, message, at)
    around = _AROUND_AFTER.match(message, end)
    more = _AT_LEAST_AFTER.match(message, end)
    if most and _BUDGET.search(most.group()):
        # A budget is a limit, unless it is said to be "around 500" or "500 and more".
        if around:
            return "~", most.start(), around.end()
        if more:
            return ">=", most.start(), more.end()
    if most:
        return "<=", most.start(), end
    if least:
        refused = _left(_NEGATED_MORE, message, least.start())
        return ("<=", refused.start(), end) if refused else (">=", least.start(), end)
    if less := _AT_MOST_AFTER.match(message, end):
        return "<=", at, less.end()
    if more:
        return ">=", at, more.end()
    if roughly := _left(_AROUND_BEFORE, message, at):
        return "~", roughly.start(), end
    if around:
        return "~", at, around.end()
    return None, at, end


def _left(pattern: re.Pattern[str], message: str, end: int) -> re.Match[str] | None:
    """A match that ends where the number begins; far words bound nothing, and cost time."""
    return pattern.search(message, max(0, end - _REACH), end)


def _says_price(message: str, match: re.Match[str]) -> bool:
    around = message[max(0, match.start() - 12) : match.start()].lower()
    return bool(re.search(r"price|cost|budget|价格|价位|预算|价钱", around))


def _currency(match: re.Match[str]) -> str | None:
    written = (match["sign"] or match["after"] or "").lower()
    if not written:
        return None
    if written == "$":
        return "$"
    if written in {"¥", "￥"}:
        return "¥"
    return _CURRENCIES[written]


def _unit(written: str | None) -> str | None:
    return None if written is None else _UNITS[written.lower()][0]


def _value(match: re.Match[str], unit: str | None) -> Decimal:
    number = _number(match["number"])
    assert number is not None
    if match["kilo"]:
        number *= 1000
    return number * (_UNITS[unit.lower()][1] if unit else 1)


def _number(written: str) -> Decimal | None:
    if written[0] not in _CN:
        return Decimal(written.replace(",", ""))
    return _chinese_number(written)


def _chinese_number(written: str) -> Decimal | None:
    """ "两百" is 200, "一千五" is 1500, "十二" is 12; None where it is no number."""
    total, digit, last_unit = 0, None, 0
    for character in written:
        if character in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[character]
            if digit == 0:
                last_unit = 0
        else:
            unit = _CHINESE_UNITS[character]
            if unit == 10_000:
                total = (total + (digit or 0)) * unit
            else:
                total += (1 if digit is None else digit) * unit
            last_unit, digit = unit, None
    if digit is not None:
        total += digit * (last_unit // 10 if last_unit > 10 else 1)
    return Decimal(total) if total else None


def _trim(message: str, start: int, end: int) -> Span:
    while start < end and message[start].isspace():
        start += 1
    while end > start and message[end - 1].isspace():
        end -= 1
    return Span(start, end)
