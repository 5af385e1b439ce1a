"""Numbers as shoppers write them: 1,200, 1.5k, "two hundred", 一百五, 两三百, 1.5万."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
CHINESE = "零一二两三四五六七八九十百千万"
_ONES = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split(" "),
        start=1,
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(" "), start=2
    )
}
_SCALES = {"hundred": 100, "thousand": 1000, "grand": 1000}
_SMALL = "|".join([*_ONES, *_TENS])
_SCALE = "|".join(_SCALES)
_ENGLISH = (
    rf"(?<![a-z])(?:(?:an?|(?:a\s+)?couple(?:\s+of)?|{_SMALL})[\s-]+(?:{_SCALE})|{_SMALL})"
    rf"(?:(?:[\s-]+and)?[\s-]+(?:{_SMALL}|{_SCALE}))*(?![a-z])"
)
# A pattern for any number; to be compiled without regard to letter case.
NUMBER = (
    rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?[百千万]?(?![{CHINESE}])|\d+(?:\.\d+)?"
    rf"|[{CHINESE}]{{1,7}}|{_ENGLISH})"
)
# Longer runs of figures are telephone or order numbers.
_LONGEST = 16
# "两三百", "七八十": two digits that follow each other share a unit.
_SPREAD = re.compile(r"([一二两三四五六七八])([二两三四五六七八九])([十百千万])$")


@dataclass(frozen=True)
class Number:
    """A number.

    Attributes:
        value: its value, or the lower end of a spread.
        high: the upper end of a spread ("两三百"), else None.
        step: the last decimal place that was named, what "一百多" may exceed it by.
        counts: whether it is so short that it only counts things: "一双", "one".
    """

    value: Decimal
    high: Decimal | None = None
    step: Decimal = Decimal(1)
    counts: bool = False


def read_number(written: str) -> Number | None:
    """The number that a text is, or None where it is none."""
    text = written.strip().lower()
    if not text:
        return None
    if text[0].isascii() and text[0].isdigit():
        return _figures(text) if len(text) <= _LONGEST else None
    if text[0] in CHINESE:
        return _chinese(text)
    return _english(text)


def _figures(text: str) -> Number:
    unit = _UNITS.get(text[-1], 1)
    value = Decimal(text.rstrip("百千万").replace(",", "")) * unit
    step = Decimal(unit)
    while value and step < value and value % (step * 10) == 0:
        step *= 10
    return Number(value, step=step)


def _chinese(text: str) -> Number | None:
    if spread := _SPREAD.fullmatch(text):
        low, high = _DIGITS[spread[1]], _DIGITS[spread[2]]
        if high == low + 1:
            unit = _UNITS[spread[3]]
            return Number(Decimal(low * unit), Decimal(high * unit), Decimal(unit))
    total, digit, last_unit = 0, None, 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
            if digit == 0:
                last_unit = 0
            continue
        unit = _UNITS[character]
        if unit == 10_000:
            total = (total + (digit or 0)) * unit
        else:
            total += (1 if digit is None else digit) * unit
        last_unit, digit = unit, None
    step = last_unit or 1
    if digit is not None:
        step = last_unit // 10 if last_unit > 10 else 1
        total += digit * step
    return Number(Decimal(total), step=Decimal(step), counts=len(text) < 2) if total else None


def _english(text: str) -> Number | None:
    total = current = 0
    for word in re.split(r"[\s-]+", text):
        if word in _ONES or word in _TENS:
            current += _ONES.get(word, 0) + _TENS.get(word, 0)
        elif word == "couple":
            current = 2
        elif word in _SCALES:
            current = (current or 1) * _SCALES[word]
            if _SCALES[word] == 1000:
                total, current = total + current, 0
    value = total + current
    if not value:
        return None
    step = 10 ** (len(str(value)) - len(str(value).rstrip("0")))
    return Number(Decimal(value), step=Decimal(step), counts=value < 10)
