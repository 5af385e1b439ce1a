"""Numbers that bound something: prices, weights, ratings, with the words that bound them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tools.reading.currencies import SIGN, any_word, read_currency
from tools.reading.currencies import currency_of as currency_of
from tools.reading.numbers import NUMBER, Number, read_number
from tools.reading.quotes import Span

Bound = Literal["<=", ">=", "<", ">", "~"]

_UNITS: Mapping[str, tuple[str, Decimal]] = {
    "g": ("g", Decimal(1)), "gram": ("g", Decimal(1)), "grams": ("g", Decimal(1)),
    "克": ("g", Decimal(1)), "kg": ("g", Decimal(1000)), "kgs": ("g", Decimal(1000)),
    "kilos": ("g", Decimal(1000)), "公斤": ("g", Decimal(1000)), "千克": ("g", Decimal(1000)),
    "oz": ("g", Decimal("28.35")), "ounces": ("g", Decimal("28.35")),
    "mm": ("mm", Decimal(1)), "毫米": ("mm", Decimal(1)), "cm": ("mm", Decimal(10)),
    "厘米": ("mm", Decimal(10)), "公分": ("mm", Decimal(10)), "millimeters": ("mm", Decimal(1)),
    "millimetres": ("mm", Decimal(1)),
    "stars": ("star", Decimal(1)), "star": ("star", Decimal(1)), "星": ("star", Decimal(1)),
    "分": ("star", Decimal(1)), "颗星": ("star", Decimal(1)),
    "reviews": ("count", Decimal(1)), "ratings": ("count", Decimal(1)),
    "条评价": ("count", Decimal(1)), "条评论": ("count", Decimal(1)),
    "个评价": ("count", Decimal(1)), "人评价": ("count", Decimal(1)),
}  # fmt: skip
_VAGUE = r"(?P<vague>\s*(?:多|出头|来)(?!余))?"
_AMOUNT = re.compile(
    rf"(?P<sign>{SIGN})?\s*(?P<number>{NUMBER})(?P<kilo>k\b)?{_VAGUE}"
    rf"(?:\s*(?:-|(?P<plus>\+))?\s*(?:(?P<unit>{any_word(_UNITS)})|(?P<after>{SIGN})))?(?!\s*\d)",
    re.IGNORECASE,
)
_AT_MOST_BEFORE = re.compile(
    r"(?:\b(?:under|below|beneath|(?<!no\s)(?<!not\s)less\s+than|up\s+to|at\s+(?:the\s+)?(?:very\s+)?most|"
    r"max(?:imum)?(?:\s+(?:of|is))?|(?:no|not)\s+(?:more|higher|greater)\s+than|within|"
    r"(?:cheaper|lighter|lower|smaller)\s+than|capped?\s+(?:at|of)|(?:cap|limit|ceiling)(?:\s+(?:is|of|at))?|"
    r"(?:budget|budget['’]s)(?:\s+(?:is|of|around))?(?:\s+(?:about|only|just))?|(?:can\s+)?(?:only\s+)?spend|afford|pay|"
    r"(?:i|we)(?:['’]ve|\s+have)?\s+(?:only\s+)?(?:got|have)(?:\s+(?:only|about))?|"
    r"(?:make|raise|increase|up|bump|change|lower|cut|push|bring|set|put)\s+(?:it|that|this|the\s+(?:budget|price|limit)|my\s+budget)(?:\s+(?:up|down))?(?:\s+to)?|"
    r"(?:go|stretch|come)\s+(?:up|down)?\s*to|(?:can|could|may|might|would|will|willing\s+to|able\s+to|happy\s+to)\s+(?:also\s+|even\s+|still\s+|maybe\s+)?(?:go|stretch|do|manage)(?:\s+(?:up|down|as\s+(?:high|far)\s+as|to))*|not\s+over|(?:don['’]t|won['’]t|can['’]t|cannot|not)\s+(?:go|pay)\s+(?:over|above|beyond))\s*:?"
    r"|<=?|≤|低于|不超过|不高于|不大于|不多于|小于|少于|轻于|不到|未满|(?:最多|最高|顶多|至多|撑死)(?:只?能?)?[花出给用]?|上限(?:是|为)?"
    r"|预算(?:就|只有|只|也就|是|在|为|有|大概|大约|差不多|一共|控制在|最多|[:：])*|控制在|(?:别|不要|不能|不想|不可以?)(?:花)?(?:超过?|高于|多于)"
    r"|手里(?:就|只)?有|只有|(?:可以|能|能够)(?:接受)?(?:到|去到|上到)|(?:加|提|涨|放宽|提高|降|降低|改|升|调|上调|下调|增加|减|缩)(?:到|成|为|至))\s*$",
    re.IGNORECASE,
)
_AT_MOST_AFTER = re.compile(
    r"\s*(?:or\s+(?:less|under|below|cheaper|lower|lighter)|max(?:imum)?\b|tops\b|at\s+(?:the\s+)?most|"
    r"(?:budget|limit)\b|to\s+spend\b|and\s+(?:under|below|less)"
    r"|(?:块钱?|元)?(?:以内|以下|之内|之下|内(?![里部侧])|封顶|的?预算|打住|到顶))",
    re.IGNORECASE,
)
_AT_LEAST_BEFORE = re.compile(
    r"(?:\b(?:over|above|more\s+than|at\s+(?:the\s+)?least|min(?:imum)?(?:\s+of)?|from|starting\s+(?:at|from)|upwards\s+of|"
    r"(?:higher|greater|heavier|better)\s+than|(?:no|not)\s+(?:less|lower|fewer)\s+than|north\s+of|rated|exceed(?:ing|s)?|beyond)"
    r"|>=?|≥|超过|高于|大于|多于|至少|起码|不低于|不少于|不小于|最低|最少)\s*$",
    re.IGNORECASE,
)
_AT_LEAST_AFTER = re.compile(
    r"\s*(?:or\s+(?:more|above|over|higher|better|up)|and\s+(?:up|above|over|higher)|\+|plus\b|以上|之上|往上|起(?![来跑]))",
    re.IGNORECASE,
)
# "Over $100 is too much", "100以上太贵了": the sum itself is refused, and what is above it.
_DEAR_AFTER = re.compile(
    r"\s*(?:or\s+(?:more|above)|and\s+(?:up|above)|\+|以上|之上|往上|的)*\s*(?:(?:is|are|['’]s|would\s+be|seems?|feels?|sounds?)\s+(?:\w+\s+){0,2}?"
    r"(?:too\s+(?:much|expensive|pricey|dear|high|steep|rich)|more\s+than\s+(?:i|we)\b|(?:out\s+of|over|above|beyond|outside)\s+(?:of\s+)?(?:my|our)\s+(?:budget|range|limit|means|reach)|a\s+no\b|out\b(?!\s+of))"
    r"|(?:(?:对我来说|对我|我|就|都|也|有点|有些|真的|实在|还是|感觉|觉得)*(?:太[贵多高](?!不|吗|么)|贵了|超(?:出)?(?:我的?)?预算|接受不了|买不起|不(?:要|行|考虑|接受|想要?|看|买)了?(?=\s*(?:$|[,.;!，。；！啊]))|免谈)))",
    re.IGNORECASE,
)
# "Under $50 is too cheap", "50以下的不要".
_MEAN_AFTER = re.compile(
    r"\s*(?:or\s+(?:less|below|under)|以下|以内|之下|的)*\s*(?:(?:is|are|['’]s|would\s+be|seems?|feels?|sounds?)\s+(?:\w+\s+){0,2}?(?:too\s+(?:little|cheap|low)|a\s+no\b)"
    r"|(?:就|都|也|有点|真的|实在|感觉|觉得)*(?:太便宜|太低|太少|不(?:要|行|考虑|接受)了?(?=\s*(?:$|[,.;!，。；！啊]))))",
    re.IGNORECASE,
)
# "don't want to spend more than", "nothing over", "不想超过": more, refused, is at most.
_NEGATED_MORE = re.compile(
    r"(?:不|别|勿|\b(?:no|not|never|nothing|none|without|cannot)\b|\w*n['’]?t\b)[^,.;!?，。；！？]{0,30}$",
    re.IGNORECASE,
)
_BARRED = re.compile(
    r"(?:\b(?:nothing|none|not|no|never|n['’]t\s+go)|别|不要|不能|不可以?|不想|勿)\s*$",
    re.IGNORECASE,
)
_AROUND_BEFORE = re.compile(
    r"(?:\b(?:around|about|approximately|approx\.?|roughly|near(?:ly)?|close\s+to|circa|some|say)|~|≈|大约|大概|约|差不多|将近|接近)\s*$",
    re.IGNORECASE,
)
_AROUND_AFTER = re.compile(
    r"\s*(?:or\s+(?:so|thereabouts)\b|ish\b|-ish\b|give\s+or\s+take|左右|上下|附近|差不多)",
    re.IGNORECASE,
)
_RANGE_JOIN = re.compile(r"^\s*(?:-|–|—|~|～|to|and|through|到|至|和|跟)\s*$", re.IGNORECASE)
_WEAK_JOIN = re.compile(r"and|和|跟", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:\b(?:between|from|range\s+of)|在)\s*$", re.IGNORECASE)
_BETWEEN_AFTER = re.compile(r"\s*(?:之间|这个?区间|range\b)", re.IGNORECASE)
_NO_AMOUNT_BEFORE = re.compile(
    r"(?:\b(?:size|eu|us|uk|number|no\.?|option|item|top|the)|第|#|[码号]|美码|欧码|英码|\[)\s*$",
    re.IGNORECASE,
)
# "I'm over 60", "kids under 12": ages, not sums.
_PEOPLE_BEFORE = re.compile(
    r"\b(?:i['’]?m|i\s+am|aged?|people|persons?|anyone|folks|adults|runners|s?he['’]?s|s?he\s+is|kids?|"
    r"children|boys|girls|who(?:['’]s|\s+is|\s+are)?|(?:i|s?he|who)\s+weighs?|体重(?:是|有|大概)?|身高(?:是|有)?|年龄)\s*(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_OTHER_UNIT_AFTER = re.compile(
    r"\s*-?(?:码|号|双(?![肩面层色])|款|个|件|只(?![要想看能有买考喜爱接穿])|条(?!纹)|天(?!然|气|蓝|天)|小时|分钟|公里|英里|米(?!色)|年(?!轻)|岁|月(?!子)|次(?!日)|步(?![行态道])|人(?![字造体工])|斤|折(?!叠)|周(?![末边年])|寸|升(?!级)|瓦|度(?![假过])|毫升|"
    r"hours?|hrs?\b|h\b|km|k\b|miles?|meters?|metres?|days?|years?|yrs?|yo\b|y/o|months?|minutes?|mins?\b|weeks?|pairs?|"
    r"shoes?|options?|times?|people|of\s+(?:them|these|those|my|our|your|his|her|their|the|us)\b|am\b|pm\b|%|percent|st\b|nd\b|rd\b|th\b|lbs?\b|"
    r"inch|(?<=\d)in\b|(?<=-)in\b|in(?=\s*(?:$|[.,;:!?)，。]|(?:long|wide|tall|deep|high|thick|across|screens?|displays?|or\s+(?:more|less))\b))|ft\b|feet|gb|tb|mb|hz|w\b|v\b|ml\b|mah|o['’]clock)",
    re.IGNORECASE,
)
# "I have 2 kids", "from 3 friends": such a word makes a bound only of a sum that no noun follows.
_WEAK_BOUND = re.compile(
    r"(?:\b(?:got|have|from|make|making|around|about|some|say|near(?:ly)?|within|do|manage)|(?<!预算)只有|手里(?:就|只)?有)\s*(?:only\s*|about\s*)?$",
    re.IGNORECASE,
)
_NO_NOUN_AFTER = re.compile(
    r"\s*(?:$|[^\w\s]|(?:to|for|in|on|and|but|or|so|max|tops|budget|total|left|is|at|with|please|only|right|now|this|as|altogether|if|because|here|available|per|all|each)\b|[\u4e00-\u9fff])",
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
        bound: how it bounds; ``~`` for "around" and for a bare amount of money.
        currency: an ISO 4217 code, a raw ``$`` or ``¥``, or None where none is named.
        unit: ``g``, ``mm``, ``star``, ``count`` (of reviews) or None.
        span: the words, bounding ones included.
    """

    value: Decimal
    high: Decimal | None
    bound: Bound
    currency: str | None
    unit: str | None
    span: Span


def read_amounts(message: str) -> list[Amount]:
    """The amounts that a message states as a bound, a range, or a sum of money.

    A number that only counts, orders or sizes ("the 2nd", "size 42", "8 hours") is none.
    """
    found: list[Amount] = []
    matches = [(m, n) for m in _AMOUNT.finditer(message) if (n := read_number(m["number"]))]
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
    if not _RANGE_JOIN.match(joined) or _OTHER_UNIT_AFTER.match(message, high.end()):
        return None
    unit, currency = high["unit"] or low["unit"], _currency(high) or _currency(low)
    between = _left(_BETWEEN, message, low.start())
    after = _BETWEEN_AFTER.match(message, high.end())
    if _WEAK_JOIN.search(joined) and not between and not after:
        return None
    sure = between or after or _says_price(message, low)
    if unit is None and currency is None and not sure:
        return None
    if not currency and _left(_NO_AMOUNT_BEFORE, message, low.start()):
        return None
    a, b = _value(low, first, unit), _value(high, second, unit)
    if high["kilo"] and not low["kilo"] and a * 1000 < b:
        a *= 1000
    if b <= a:
        return None
    opening = between or _left(_AT_MOST_BEFORE, message, low.start())
    start = opening.start() if opening else low.start()
    end = after.end() if after else high.end()
    return Amount(a, b, "~", currency, _unit(unit), _trim(message, start, end))


def _single(message: str, match: re.Match[str], number: Number) -> Amount | None:
    unit, currency = match["unit"], _currency(match)
    at, end = match.start(), match.end()
    plain = unit is None and currency is None
    if not currency and _left(_NO_AMOUNT_BEFORE, message, at):
        return None
    if plain and (number.counts or _OTHER_UNIT_AFTER.match(message, end)):
        return None  # "一双", "under 30 minutes"
    bound, start, end = _bound(message, match)
    if plain and _only_counts(message, start, match, number):
        return None
    if currency is None and _left(_PEOPLE_BEFORE, message, start):
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
        if currency is None and high is None and not _says_price(message, match):
            return None
        bound = "~"
    stars = number.value <= 5 and _STARS.search(message) is not None
    if plain and (_left(_RATED, message, at) or stars):
        unit, bound = "star", "<=" if bound == "<=" else ">="
    span = _trim(message, start, end)
    return Amount(_value(match, number, unit), high, bound, currency, _unit(unit), span)


def _only_counts(message: str, start: int, match: re.Match[str], number: Number) -> bool:
    """Whether a bare number behind a weak word counts things: "I have 2 kids"."""
    if not _WEAK_BOUND.search(message, start, match.start()) or _says_price(message, match):
        return False
    few = number.value < _LEAST_WEAK_SUM
    return few or not _NO_NOUN_AFTER.match(message, match.end())


def _bound(message: str, match: re.Match[str]) -> tuple[Bound | None, int, int]:
    """How a number is bounded, and from where to where the words of it reach."""
    at, end = match.start(), match.end()
    most, least = _left(_AT_MOST_BEFORE, message, at), _left(_AT_LEAST_BEFORE, message, at)
    around = _AROUND_AFTER.match(message, end)
    more = _AT_LEAST_AFTER.match(message, match.start("plus") if match["plus"] else end)
    less = _AT_MOST_AFTER.match(message, end)
    roughly = _left(_AROUND_BEFORE, message, at)
    if not most and (dear := _DEAR_AFTER.match(message, end)):
        return "<=", least.start() if least else at, dear.end()
    if not least and (mean := _MEAN_AFTER.match(message, end)) and (most or less):
        return ">=", most.start() if most else at, mean.end()
    if most and (_BUDGET.search(most.group()) or roughly):
        # A budget is a limit, unless it is said to be "around 500" or "500 and more".
        if around or (roughly and not less):
            return "~", most.start(), around.end() if around else end
        if more:
            return ">=", most.start(), more.end()
    if most and least and most.start() > least.start():
        least = None
    if most and _BARRED.search(message, max(0, most.start() - _REACH), most.start()):
        return ">=", most.start(), end  # "nothing below 4", "别低于100"
    if most and not (least and least.start() <= most.start()):
        return "<=", most.start(), less.end() if less else end
    if least:
        refused = _left(_NEGATED_MORE, message, least.start())
        if refused and "不" not in least.group() and "no" not in least.group().lower():
            return "<=", refused.start(), end
        return ">=", least.start(), more.end() if more else end
    if less:
        return "<=", roughly.start() if roughly else at, less.end()
    if more:
        return ">=", at, max(end, more.end())
    if roughly:
        further = _left(_AT_MOST_BEFORE, message, roughly.start())
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


def _unit(written: str | None) -> str | None:
    return None if written is None else _UNITS[written.lower()][0]


def _value(match: re.Match[str], number: Number, unit: str | None) -> Decimal:
    value = number.value * 1000 if match["kilo"] else number.value
    return value * (_UNITS[unit.lower()][1] if unit else 1)


def _trim(message: str, start: int, end: int) -> Span:
    while start < end and message[start].isspace():
        start += 1
    while end > start and message[end - 1].isspace():
        end -= 1
    return Span(start, end)
