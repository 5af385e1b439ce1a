"""Numbers and secrets that lead to a person.

Prices, sizes and names of models are numbers too. What is taken for an identity is therefore
known by its form and its check digits (cards: Luhn; accounts: IBAN; the national id of China), by
the word before it ("order number"), or by its mere length: seven digits in a row that are neither
money nor the catalogue's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
from stdnum import iban, luhn
from stdnum.cn import ric

from evals.recording.identity import Identity, Kind
from evals.recording.name_lists import how_ordinary
from evals.recording.shop_words import ShopWords

# Where numbers without the code of a country may be from.
_REGIONS = ("CN", "US", "GB")
# Those of the most people, whose numbers are long enough to be no prices.
_MORE_REGIONS = (
    *(
        "IN",
        "ID",
        "BR",
        "NG",
        "PK",
        "BD",
        "MX",
        "JP",
        "DE",
        "FR",
        "IT",
        "ES",
        "TR",
        "KR",
        "VN",
        "PH",
    ),
    *("EG", "ZA", "KE", "GH", "CA", "AU", "NL", "PL", "TW", "MY", "TH", "IE", "NZ", "RU", "UA"),
)
_LONG_ENOUGH = 9  # digits
_LOCATOR = range(5, 9)  # characters
_RARE = 3.0  # of wordfreq's scale
_IS = r"\s*(?:\bis\b|\bwas\b|是|为|[:=#])?\s*"
_IS_SAID = r"\s*(?:\bis\b|\bwas\b|是|为|[:=#])\s*"
_CODE = r"([A-Za-z0-9][A-Za-z0-9_/-]{2,})"

_DIGIT_WORDS = "zero|oh|o|nil|one|two|three|four|five|six|seven|eight|nine|double|triple"

_MONEY_BEFORE = re.compile(
    r"(?:[$€£¥₩₹₫฿₽]|\b(?:usd|eur|gbp|cny|rmb|jpy|krw|vnd|idr|inr|rp|rs|hk|nt)\.?\$?)\s?$", re.I
)
_MONEY_AFTER = re.compile(
    r"\s?(?:[$€£¥₩₹₫฿₽元块圆円万]|(?:美元|美金|欧元|日元|韩元|港币|人民币)|(?:usd|eur|gbp|cny|rmb|jpy|krw|"
    r"vnd|idr|inr|dollars?|bucks|euros?|pounds?|yuan|yen|won|rupees?|rupiah|dong)\b)",
    re.I,
)
_LISTS_FOLLOW = re.compile(
    r"(?:\b(?:prices?|budgets?|sizes?|between|under|over|around|costs?)|预算|价格|价位|尺码|鞋码)\W{0,3}(?:\w+\W)?$",
    re.IGNORECASE,
)
_LONGEST_PRICE = 9  # digits
_FEWEST = 7  # digits of a number that leads to somebody

_WRITTEN: tuple[tuple[Kind, str], ...] = (
    (
        "secret",
        r"(?:\b(?:password|passcode|pin(?:\s+code)?|otp|(?:verification|security)\s+code)\b|密码|验证码|安全码)"
        + _IS_SAID
        + r"([^\s，。；！？]{3,})",
    ),
    ("secret", r"\b(?:cvv|cvc)2?\b\s*(?:code|number)?" + _IS + r"(\d{3,4})\b"),
    (
        "card",
        r"(?:\b(?:exp(?:iry|ires|iration)?|valid\s+(?:thru|until|to))\b\.?(?:\s+date)?|有效期)"
        + _IS
        + r"至?\s*(\d{1,2}\s?[/-]\s?(?:20)?\d{2})\b",
    ),
    ("card", r"(?<![\w-])(\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,4})?)(?![\w-])"),
    ("card", r"(?<![\w-])(\d{6}[ -]\d{10,13})(?![\w-])"),
    (
        "card",
        r"(?:\b(?:ending|ends)\s+(?:in|with)|\blast\s+(?:four|4)(?:\s+digits)?(?:\s+(?:is|are))?|尾号)"
        + _IS
        + r"(\d{4})(?!\d)",
    ),
    ("account", r"\b(?:sort\s*code|routing\s+number|bsb)\b" + _IS + r"(\d[\d -]{4,8}\d)(?!\d)"),
    ("card", r"(?<![\w-])(3\d{3}[ -]\d{6}[ -]\d{5})(?![\w-])"),
    (
        "order",
        r"\b(?:order|tracking|parcel|shipment|invoice|booking|reference|ticket|case|customer|"
        r"member(?:ship)?|account|loyalty|rma|return|confirmation|card|serial)\s*"
        r"(?:(?:number|no|nr|id|code)\b\.?" + _IS + r"|#)\s*#?\s*" + _CODE,
    ),
    ("order", r"\b(?:order|tracking|invoice|booking|ref)\s*:\s*#?" + _CODE),
    (
        "order",
        r"(?<!\bto\s)(?<!\bi\s)(?<!\bwe\s)\b(?:order|purchase|parcel|package|shipment|delivery|invoice|ticket|case|return|"
        r"refund|tracking|reference)\s+(?:(?:is|was)\s+)?#?((?=[A-Z]{0,4}-?\d)[A-Z]{0,4}-?\d{5,})\b(?!\s*(?:pairs|units|pieces|"
        r"pcs|km|steps)\b)",
    ),
    (
        "order",
        r"\b(?:booking|reservation|confirmation|pnr|record\s+locator|e-?ticket)\s*(?:(?:code|reference|ref|number|no|id)\b\.?)?"
        + _IS
        + r"((?-i:[A-Z0-9]{5,8}))\b",
    ),
    ("order", r"\bflight\s*(?:(?:number|no)\b\.?)?" + _IS + r"((?-i:[A-Z][A-Z0-9])\s?\d{2,4})\b"),
    ("order", r"(?:预订|预定|订座|票|确认)(?:编号|号码|号|码)" + _IS + r"([A-Z0-9]{5,16})"),
    ("order", r"航班(?:号)?" + _IS + r"([A-Z][A-Z0-9]\s?\d{2,4})(?!\d)"),
    (
        "order",
        r"(?:单子|包裹|购买|退款)(?:编号|单号|号码|号)?"
        + _IS
        + r"((?=[A-Z0-9-]*\d{4})[A-Z0-9][A-Z0-9-]{4,})(?![\d元块])",
    ),
    ("order", r"\b(?:my|the|this|about)\s+order\s+#?((?=[A-Z0-9-]*\d{4})[A-Z0-9-]{4,})"),
    (
        "order",
        r"(?:订单|单号|快递|运单|物流|会员卡?|账号|账户|客户|发票|退货单|卡号)(?:编号|单号|号码|号)?"
        + _IS
        + r"((?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{3,})",
    ),
    ("order", r"(?<![\w#])(#[A-Z-]{0,6}\d{5,})\b"),
    (
        "phone",
        r"(?:\b(?:phone|mobile|cell|telephone|tel)(?:\s+(?:number|no\.?))?"
        + _IS_SAID
        + r"|\b(?:call|text|ring|reach|whatsapp|message|sms)\s+(?:me|him|her|us)"
        + r"\s*(?:on|at|@|:)?\s+"
        + r"|(?:电话|手机号?|座机|联系方式|号码)(?:号码|码)?"
        + _IS
        + r")(\+?\(?\d[\d ()./-]{4,}\d)",
    ),
    (
        "phone",
        r"\b(?:my|his|her|our|the)\s+(?:\w+\s+)?(?:number|no\.|digits|whatsapp|contact)\s*(?:\bis\b|\bare\b|[:=])\s*"
        r"(\+?\(?\d{2,}[ ()./-]{0,2}\d{2,}(?:[ ()./-]{0,2}\d{2,})*)(?!\d)",
    ),
    ("number", rf"\b((?:{_DIGIT_WORDS})(?:[\s,-]+(?:{_DIGIT_WORDS})){{6,}})\b"),
    ("number", r"(?<!\d)((?:\d ){8,}\d)(?!\d)"),
    ("number", r"([零〇一二三四五六七八九幺]{7,})"),
)
# A Chinese character ends a number as a space does, so that words are those of ASCII.
_PATTERNS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE | re.ASCII)) for kind, pattern in _WRITTEN
)
_IBAN = re.compile(
    r"\b([A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?)\b", re.IGNORECASE | re.ASCII
)
_SOME_DIGITS = re.compile(r"(?:\d\D{0,3}){7}")
_SPACED = re.compile(r"(?<![\w.,-])(\d(?:[ .-]?\d){12,18})(?![\w-])", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[_/-][A-Za-z0-9]+)*")
_LONG = re.compile(rf"\d{{{_FEWEST},}}")


def find_numbers(text: str, words: ShopWords) -> Iterator[Identity]:
    """Every such thing in a text; some may stand in one another.

    Args:
        text: with characters of common width.
        words: the shop's, which stay.
    """
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if kind in ("order", "handle") and not _fit(match.group(1), words):
                continue
            if kind in ("order", "phone", "number") and is_money(text, start, end):
                continue
            if kind == "phone" and sum(c.isdigit() for c in match.group(1)) < _FEWEST:
                continue
            yield Identity(kind, start, end)
    yield from _accounts(text)
    yield from _phones(text, words)
    for match in _SPACED.finditer(text):
        groups = re.findall(r"\d+", match.group())
        if luhn.is_valid("".join(groups)) and _is_far(groups) and not words.has(match.group()):
            yield Identity("card", *match.span())
    yield from _long_numbers(text, words)


def _fit(code: str, words: ShopWords) -> bool:
    """Whether what stands behind a word like "order number" can be one."""
    if words.has(code):
        return False
    # An airline's locator may have letters alone.
    locator = code.isupper() and len(code) in _LOCATOR and how_ordinary(code, "en") < _RARE
    return locator or any(c.isdigit() for c in code)


def _accounts(text: str) -> Iterator[Identity]:
    for match in _IBAN.finditer(text):
        # Spaces let it run on into the words behind it.
        for end in range(match.end(), match.start() + 14, -1):
            if end < len(text) and text[end].isalnum():
                continue
            if iban.is_valid(text[match.start() : end].rstrip(" -")):
                yield Identity("account", match.start(), end)
                break
        else:
            digits = sum(c.isdigit() for c in match.group())
            if digits >= 10 and match.group().isupper():
                yield Identity("account", *match.span())


def _phones(text: str, words: ShopWords) -> Iterator[Identity]:
    if not _SOME_DIGITS.search(text):
        return
    for region in (*_REGIONS, *_MORE_REGIONS):
        for found in phonenumbers.PhoneNumberMatcher(text, region):
            groups = re.findall(r"\d+", found.raw_string)
            if words.has(found.raw_string) or (region in _MORE_REGIONS and not _is_far(groups)):
                continue
            listed = len(groups) > 3 and all(len(group) < 4 for group in groups)
            said_so = found.raw_string.startswith(("+", "(", "0"))
            listed = listed or _LISTS_FOLLOW.search(text[: found.start]) is not None
            if (said_so or not listed) and not is_money(text, found.start, found.end):
                yield Identity("phone", found.start, found.end)


def _is_far(groups: list[str]) -> bool:
    """Whether digits can be a number of any country, and not sizes, prices or years in a row."""
    if sum(map(len, groups)) < _LONG_ENOUGH:
        return False
    return len(groups) == 1 or any(not group.endswith("00") for group in groups)


def _long_numbers(text: str, words: ShopWords) -> Iterator[Identity]:
    for match in _TOKEN.finditer(text):
        token = match.group()
        if not _LONG.search(token) or words.has(token):
            continue
        if token.isdigit() and is_money(text, *match.span()):
            continue
        kind: Kind = "number"
        if ric.is_valid(token):
            kind = "id"
        elif token.isdigit() and 13 <= len(token) <= 19 and luhn.is_valid(token):
            kind = "card"
        yield Identity(kind, *match.span())


def is_money(text: str, start: int, end: int) -> bool:
    """Whether the number at a place of a text is an amount of money."""
    if sum(c.isdigit() for c in text[start:end]) > _LONGEST_PRICE:
        return False
    return bool(_MONEY_BEFORE.search(text[:start]) or _MONEY_AFTER.match(text, end))
