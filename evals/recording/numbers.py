"""Numbers, addresses of the network and secrets that lead to a person.

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
from evals.recording.shop_words import ShopWords

# Where numbers without the code of a country may be from.
_REGIONS = ("CN", "US", "GB")
# What an address of e-mail may have, letters of any alphabet but Chinese among it.
_NO_HAN = r"[^\s@\x00-\x24&()*,/:-?\[-^`{-\x7f㐀-鿿，。；：！？、（）【】《》“”‘’]"
_IS = r"\s*(?:\bis\b|\bwas\b|是|为|[:=#])?\s*"
_IS_SAID = r"\s*(?:\bis\b|\bwas\b|是|为|[:=#])\s*"
_CODE = r"([A-Za-z0-9][A-Za-z0-9_/-]{2,})"

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
    ("email", rf"({_NO_HAN}+\s?@\s?{_NO_HAN}+\.[a-z]{{2,}})"),
    (
        "email",
        rf"({_NO_HAN}+\s*[\[(]\s*at\s*[\])]\s*{_NO_HAN}+"
        rf"(?:\s*[\[(]\s*dot\s*[\])]\s*{_NO_HAN}+)*)",
    ),
    ("email", rf"({_NO_HAN}+\s+at\s+{_NO_HAN}+\s+dot\s+[a-z]{{2,}})"),
    ("link", r"((?:https?://|www\.)[^\s，。；！？、（）【】《》“”\"'<>]+)"),
    (
        "link",
        r"\b((?:[a-z0-9-]+\.)+(?:com|net|org|cn|io|de|uk|co|shop|me|ly|app|eu)/[^\s，。；！？、]+)",
    ),
    ("link", r"(?<![\d.])((?:\d{1,3}\.){3}\d{1,3})(?![\d.])"),
    ("handle", r"(?<![\w@])(@[a-z]\w{2,})"),
    (
        "handle",
        r"(?:微信号?|\b(?:wechat|weixin|vx|whatsapp|telegram|instagram|ig|snapchat|qq)\b|QQ号?)"
        r"\s*(?:\bid\b|号|账号|\bhandle\b)?" + _IS_SAID + r"(@?[a-z0-9][\w.-]{2,})",
    ),
    ("handle", r"(?:微信号|QQ号?|\bwechat\s+id\b)\s*(@?[a-z0-9][\w.-]{3,})"),
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
    ("card", r"(?<![\w-])(\d{4}(?:[ -]\d{4}){3})(?![\w-])"),
    ("card", r"(?<![\w-])(3\d{3}[ -]\d{6}[ -]\d{5})(?![\w-])"),
    ("id", r"(?<![\w-])(\d{3}-\d{2}-\d{4})(?![\w-])"),
    ("id", r"\b([A-CEGHJ-PR-TW-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D])\b"),
    ("id", r"\b([A-Z]{1,2}\d{6}\s?\([0-9A]\))"),
    (
        "id",
        r"(?:\b(?:passport|national\s+insurance|social\s+security|ssn|driv(?:er'?s|ing)\s+licen[cs]e|"
        r"id\s+card|national\s+id)\b(?:\s+(?:number|no\.?))?|护照|身份证|社保|驾照)(?:号码?|卡)?"
        + _IS
        + r"((?=[A-Z -]*\d)[A-Z0-9][A-Z0-9 -]{4,}[A-Z0-9])\b",
    ),
    (
        "order",
        r"\b(?:order|tracking|parcel|shipment|invoice|booking|reference|ticket|case|customer|"
        r"member(?:ship)?|account|loyalty|rma|return|confirmation|card|serial)\s*"
        r"(?:(?:number|no|nr|id|code)\b\.?" + _IS + r"|#)\s*#?\s*" + _CODE,
    ),
    ("order", r"\b(?:order|tracking|invoice|booking|ref)\s*:\s*#?" + _CODE),
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
        + r"|\b(?:call|text|ring|reach)\s+me\s+(?:on|at)\s+"
        + r"|(?:电话|手机号|座机|联系方式)(?:号码|码)?"
        + _IS
        + r")(\+?\(?\d[\d ()./-]{4,}\d)",
    ),
    ("number", r"(?<!\d)((?:\d ){8,}\d)(?!\d)"),
    ("number", r"([零〇一二三四五六七八九幺]{7,})"),
    (
        "birthday",
        r"(?:\b(?:born(?:\s+on)?|birthday|birth\s*date|date\s+of\s+birth|dob)\b|生日|出生日期|出生)"
        r"[^\d\n]{0,12}?"
        r"((?:\d{4}\s?年\s?)?\d{1,2}\s?月\s?\d{1,2}\s?[日号]?|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
        r"|(?:\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
        r"[a-z]*\.?\s+\d{1,4}(?:st|nd|rd|th)?(?:,?\s+\d{4})?)",
    ),
    (
        "birthday",
        r"\bborn\s+(?:on\s+)?((?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s+\d{1,2}"
        r"(?:st|nd|rd|th)?,?\s+\d{4})",
    ),
)
# A Chinese character ends a number as a space does, so that words are those of ASCII.
_PATTERNS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE | re.ASCII)) for kind, pattern in _WRITTEN
)
_IBAN = re.compile(
    r"\b([A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?)\b", re.IGNORECASE | re.ASCII
)
_SPACED = re.compile(r"(?<![\w.,-])(\d(?:[ .-]?\d){11,18})(?![\w-])", re.ASCII)
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
            if kind in ("order", "phone", "number") and _is_money(text, start, end):
                continue
            yield Identity(kind, start, end)
    yield from _accounts(text)
    yield from _phones(text)
    for match in _SPACED.finditer(text):
        if luhn.is_valid(re.sub(r"\D", "", match.group())) and not words.has(match.group()):
            yield Identity("card", *match.span())
    yield from _long_numbers(text, words)


def _fit(code: str, words: ShopWords) -> bool:
    """Whether what stands behind a word like "order number" can be one."""
    return any(c.isdigit() for c in code) and not words.has(code)


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


def _phones(text: str) -> Iterator[Identity]:
    for region in _REGIONS:
        for found in phonenumbers.PhoneNumberMatcher(text, region):
            groups = re.findall(r"\d+", found.raw_string)
            listed = len(groups) > 3 and all(len(group) < 4 for group in groups)
            said_so = found.raw_string.startswith(("+", "(", "0"))
            listed = listed or _LISTS_FOLLOW.search(text[: found.start]) is not None
            if (said_so or not listed) and not _is_money(text, found.start, found.end):
                yield Identity("phone", found.start, found.end)


def _long_numbers(text: str, words: ShopWords) -> Iterator[Identity]:
    for match in _TOKEN.finditer(text):
        token = match.group()
        if not _LONG.search(token) or words.has(token):
            continue
        if token.isdigit() and _is_money(text, *match.span()):
            continue
        kind: Kind = "number"
        if ric.is_valid(token):
            kind = "id"
        elif token.isdigit() and 13 <= len(token) <= 19 and luhn.is_valid(token):
            kind = "card"
        yield Identity(kind, *match.span())


def _is_money(text: str, start: int, end: int) -> bool:
    if sum(c.isdigit() for c in text[start:end]) > _LONGEST_PRICE:
        return False
    return bool(_MONEY_BEFORE.search(text[:start]) or _MONEY_AFTER.match(text, end))
