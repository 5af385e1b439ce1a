"""Numbers that bound something: prices, weights, ratings, with the words that bound them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tools.reading.bounding_words import (
    AROUND_AFTER,
    AROUND_BEFORE,
    AT_LEAST_AFTER,
    AT_LEAST_BEFORE,
    AT_MOST_AFTER,
    AT_MOST_BEFORE,
    BARRED,
    BETWEEN,
    BETWEEN_AFTER,
    DEAR_AFTER,
    MEAN_AFTER,
    NEGATED_MORE,
    NO_AMOUNT_BEFORE,
    NO_NOUN_AFTER,
    OTHER_UNIT_AFTER,
    PEOPLE_BEFORE,
    RANGE_JOIN,
    WEAK_BOUND,
    WEAK_JOIN,
)
from tools.reading.currencies import SIGN, any_word, read_currency
from tools.reading.currencies import currency_of as currency_of
from tools.reading.numbers import NUMBER, Number, read_number
from tools.reading.quotes import Span
from tools.reading.units import goes_on, measure, measuring_words

Bound = Literal["<=", ">=", "<", ">", "~", "="]

_COUNTED: Mapping[str, str] = {
    **dict.fromkeys("stars star 星 分 颗星".split(), "star"),
    **dict.fromkeys("reviews ratings 条评价 条评论 个评价 人评价".split(), "count"),
}
_WORDS = dict.fromkeys([*_COUNTED, *measuring_words()])
# Letters that surely are a unit only where nothing stands between them and the number: "16in".
_ATTACHED = r"(?<=\d)(?:in|w|v)(?![a-z])"
_VAGUE = r"(?P<vague>\s*(?:多|出头|来)(?!余))?"
_AMOUNT = re.compile(
    rf"(?P<sign>{SIGN})?\s*(?P<number>{NUMBER})(?P<kilo>k\b)?{_VAGUE}"
    rf"(?:\s*(?:-|(?P<plus>\+))?\s*(?:(?P<unit>{any_word(_WORDS)}|{_ATTACHED})|(?P<after>{SIGN})))?(?!\s*\d)",
    re.IGNORECASE,
)
_LEAST_WEAK_SUM = 10
_REACH = 60
# More sums than this in one message are no budget, and cost time to read.
_MOST_AMOUNTS = 20
_BUDGET = re.compile(r"budget|预算", re.IGNORECASE)
_PRICE = re.compile(r"price|cost|budget|价格|价位|预算|价钱", re.IGNORECASE)
_RATED = re.compile(r"(?:\brat(?:ed|ing)s?\b|评分|评价|星级)[^,.;，。；]{0,14}$", re.IGNORECASE)
_STARS = re.compile(r"\bstars?\b|\brated\b|评分|星", re.IGNORECASE)
# "around 100" is taken as a fifth to either side.
AROUND = Decimal("0.2")


@dataclass(frozen=True)
class Amount:
    """A number with what bounds it.

    Attributes:
        value: the number, in ``unit`` or ``currency``.
        high: the upper end of a range, else None.
        bound: how it bounds; ``~`` for "around" and for a bare amount of money, ``=`` for a bare
            measure.
        currency: an ISO 4217 code, a raw ``$`` or ``¥``, or None where none is named.
        unit: of a measure, as ``units.measure`` calls it (``g``, ``mm``, ``ml``); ``star``,
            ``count`` (of reviews) or None.
        span: the words, bounding ones included.
    """

    value: Decimal
    high: Decimal | None
    bound: Bound
    currency: str | None
    unit: str | None
    span: Span


def read_amounts(message: str) -> list[Amount]:
    """The amounts that a message states as a bound, a range, a sum of money or a measure.

    A number that only counts, orders or sizes ("the 2nd", "size 42", "8 pairs") is none.
    """
    found: list[Amount] = []
    matches = [
        (m, n)
        for m in _AMOUNT.finditer(message)
        if (n := read_number(m["number"]))
        and not (m["unit"] and goes_on(m["unit"], message, m.end("unit")))
    ]
    skip = -1
    for position, (match, number) in enumerate(matches):
        if position == skip:
            continue
        following = matches[position + 1] if position + 1 < len(matches) else None
        amount = _range(message, match, number, following)
        if amount is not None:
            skip = position + 1
        else:
            amount = _single(message, match, number)
        if amount is not None:
            found.append(amount)
        if len(found) == _MOST_AMOUNTS:
            break
    return found


def _range(
    message: str,
    low: re.Match[str],
    first: Number,
    following: tuple[re.Match[str], Number] | None,
) -> Amount | None:
    if following is None:
        return None
    high, second = following
    joined = message[low.end() : high.start()]
    if not RANGE_JOIN.match(joined) or OTHER_UNIT_AFTER.match(message, high.end()):
        return None
    unit, currency = high["unit"] or low["unit"], _currency(high) or _currency(low)
    between = _left(BETWEEN, message, low.start())
    after = BETWEEN_AFTER.match(message, high.end())
    if WEAK_JOIN.search(joined) and not between and not after:
        return None
    sure = between or after or _says_price(message, low)
    if unit is None and currency is None and not sure:
        return None
    if not currency and _left(NO_AMOUNT_BEFORE, message, low.start()):
        return None
    a, b = _value(low, first, unit), _value(high, second, unit)
    if high["kilo"] and not low["kilo"] and a * 1000 < b:
        a *= 1000
    if b <= a:
        return None
    opening = between or _left(AT_MOST_BEFORE, message, low.start())
    start = opening.start() if opening else low.start()
    end = after.end() if after else high.end()
    return Amount(a, b, "~", currency, _unit(unit), _trim(message, start, end))


def _single(message: str, match: re.Match[str], number: Number) -> Amount | None:
    unit, currency = match["unit"], _currency(match)
    at, end = match.start(), match.end()
    plain = unit is None and currency is None
    if not currency and _left(NO_AMOUNT_BEFORE, message, at):
        return None
    if plain and (number.counts or OTHER_UNIT_AFTER.match(message, end)):
        return None  # "一双", "under 30 minutes"
    bound, start, end = _bound(message, match)
    if plain and _only_counts(message, start, match, number):
        return None
    if currency is None and _left(PEOPLE_BEFORE, message, start):
        return None
    high = number.high
    if match["vague"] and "来" not in match["vague"]:
        # "一百多" is less than two hundred, "一百出头" not much more than a hundred.
        high = number.value * (1 + AROUND) if "出头" in match["vague"] else None
        high = number.value + number.step if high is None else high
    if high is not None and bound not in ("<=", ">="):
        if plain and bound is None and not _says_price(message, match) and number.step < 100:
            return None
        bound = "~"
    elif high is not None:
        number, high = Number(high if bound == "<=" else number.value), None
    if bound is None:
        if _measures(unit):
            bound = "="
        elif currency is None and high is None and not _says_price(message, match):
            return None
        else:
            bound = "~"
    stars = number.value <= 5 and _STARS.search(message) is not None
    if plain and (_left(_RATED, message, at) or stars):
        unit, bound = "star", "<=" if bound == "<=" else ">="
    span = _trim(message, start, end)
    return Amount(_value(match, number, unit), high, bound, currency, _unit(unit), span)


def _only_counts(message: str, start: int, match: re.Match[str], number: Number) -> bool:
    """Whether a bare number behind a weak word counts things: "I have 2 kids"."""
    weak = WEAK_BOUND.search(message, start, match.start())
    if weak is None or _says_price(message, match):
        return False
    noun = weak["holds"] and not NO_NOUN_AFTER.match(message, match.end())
    return bool(noun) or number.value < _LEAST_WEAK_SUM


def _bound(message: str, match: re.Match[str]) -> tuple[Bound | None, int, int]:
    """How a number is bounded, and from where to where the words of it reach."""
    at, end = match.start(), match.end()
    most, least = _left(AT_MOST_BEFORE, message, at), _left(AT_LEAST_BEFORE, message, at)
    around = AROUND_AFTER.match(message, end)
    more = AT_LEAST_AFTER.match(message, match.start("plus") if match["plus"] else end)
    less = AT_MOST_AFTER.match(message, end)
    roughly = _left(AROUND_BEFORE, message, at)
    if not most and (dear := DEAR_AFTER.match(message, end)):
        return "<=", least.start() if least else at, dear.end()
    if not least and (mean := MEAN_AFTER.match(message, end)) and (most or less):
        return ">=", most.start() if most else at, mean.end()
    if most and (_BUDGET.search(most.group()) or roughly):
        # A budget is a limit, unless it is said to be "around 500" or "500 and more".
        if around or (roughly and not less):
            return "~", most.start(), around.end() if around else end
        if more:
            return ">=", most.start(), more.end()
    if most and least and most.start() > least.start():
        least = None
    if most and BARRED.search(message, max(0, most.start() - _REACH), most.start()):
        return ">=", most.start(), end  # "nothing below 4", "别低于100"
    if most and not (least and least.start() <= most.start()):
        return "<=", most.start(), less.end() if less else end
    if least:
        refused = _left(NEGATED_MORE, message, least.start())
        if refused and "不" not in least.group() and "no" not in least.group().lower():
            return "<=", refused.start(), end
        return ">=", least.start(), more.end() if more else end
    if less:
        return "<=", roughly.start() if roughly else at, less.end()
    if more:
        return ">=", at, max(end, more.end())
    if roughly:
        further = _left(AT_MOST_BEFORE, message, roughly.start())
        budget = further if further and _BUDGET.search(further.group()) else None
        return "~", budget.start() if budget else roughly.start(), around.end() if around else end
    if around:
        return "~", at, around.end()
    return None, at, end


def _left(pattern: re.Pattern[str], message: str, end: int) -> re.Match[str] | None:
    """A match that ends where the number begins; far words bound nothing, and cost time."""
    return pattern.search(message, max(0, end - _REACH), end)


def _says_price(message: str, match: re.Match[str]) -> bool:
    return bool(_PRICE.search(message, max(0, match.start() - 12), match.start()))


def _currency(match: re.Match[str]) -> str | None:
    return read_currency(match["sign"] or match["after"])


def _measures(unit: str | None) -> bool:
    """Whether a written unit measures something, and does not count stars or reviews."""
    return unit is not None and unit.lower() not in _COUNTED


def _unit(written: str | None) -> str | None:
    if written is None:
        return None
    return _COUNTED.get(written.lower()) or measure(written)[0]


def _value(match: re.Match[str], number: Number, unit: str | None) -> Decimal:
    value = number.value * 1000 if match["kilo"] else number.value
    if unit is None or not _measures(unit):
        return value
    return value * Decimal(str(measure(unit)[1]))


def _trim(message: str, start: int, end: int) -> Span:
    while start < end and message[start].isspace():
        start += 1
    while end > start and message[end - 1].isspace():
        end -= 1
    return Span(start, end)
