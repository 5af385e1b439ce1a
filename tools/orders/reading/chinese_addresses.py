"""An address in Chinese, part by part, each in the shopper's own words."""

from __future__ import annotations

import re

from tools.orders.order import Address
from tools.orders.reading.countries import country_at_end, country_at_start, is_city

_LEAD = re.compile(
    r"^.*(?:地址|[寄送发][到往去]|改[成为到寄]|换成|搬[到去]|是|：|:)(?:了|一?下)?", re.DOTALL
)
_POSTCODE_LABEL = r"(?:邮编|邮政编码|郵編|郵遞區號|邮递区号)(?:是|为|：|:)?\s*"
_LABELLED = re.compile(
    rf"{_POSTCODE_LABEL}(?P<code>[A-Za-z]{{0,2}}\d[A-Za-z\d]{{1,5}}(?:[ -]\d[A-Za-z\d]{{1,3}})?)"
)
# In China and Singapore; elsewhere other lengths may stand alone too, after the street.
_SIX = re.compile(r"(?<![\dA-Za-z-])(?P<code>\d{6})(?![\dA-Za-z-])")
_ABROAD = re.compile(r"(?<![\dA-Za-z-])(?P<code>\d{3}-\d{4}|\d{5,6}|\d{3})(?=\W*$)(?![\dA-Za-z-])")
_CITY = re.compile(
    r"(?P<region>[\u4e00-\u9fff]{2,8}?(?:省|自治区))?\s*"
    r"(?P<city>[\u4e00-\u9fff]{2,7}?市|^(?:北京|上海|天津|重庆|重慶))"
)
_CITY_ABROAD = re.compile(
    r"(?P<region>[\u4e00-\u9fff]{2,8}?(?:省|州|[都道府县縣](?=[\u4e00-\u9fff]{1,6}市)))?\s*"
    r"(?P<city>[\u4e00-\u9fff]{1,7}?(?:市|都|府|县|縣))"
)
_CITY_APART = re.compile(r"(?P<region>)(?P<city>[\u4e00-\u9fff]{2,12})[\s，,]+")
_SENTENCE = re.compile(r"[。；;！!？?\n]")
_COMMA = re.compile(r"[，,、]")
_POLITE = re.compile(
    r"(?:\s*(?:谢谢|多谢|麻烦(?:了|你|您)*|拜托(?:了)?|可以吗|好吗|行吗|吧|了))+\s*$"
)
# House, stairs, floor, room: what goes on with an address after its street.
_DOOR = re.compile(r"\d|(?:大厦|大廈|大楼|大樓|小区|社區|花园|花園|公寓|广场|廣場|中心)$")
# A person, a telephone, an order, or what else is to be done is no part of it.
_NO_DOOR = re.compile(
    r"[退换換改寄送买買要给給我收]|取消|订单|訂單|电话|電話|手机|手機|\d{7}|[A-Za-z]-?\d{4}"
)
_LONGEST_DOOR = 24
_REFUSED = re.compile(r"(?:不是|不要|别|別)[^，。,]{0,6}$")
_STREET = re.compile(r"\d|[一二三四五六七八九十百]+[号號]")
_LONGEST_STREET = 100


def read_chinese(text: str, country: str) -> Address | None:
    """The address in Chinese that a text gives; None where a part is missing.

    Args:
        text: the shopper's.
        country: taken where the text names none.
    """
    code = _LABELLED.search(text) or _SIX.search(text)
    rest = _without(text, code)
    named, rest = _named(_after_lead(rest))
    if code is None and named:
        code = _ABROAD.search(rest)
        rest = _without(rest, code)
    where = named or country
    found = _town(rest, named)
    if code is None or not where or found is None:
        return None
    region, city, rest = found
    line1, line2 = _street(rest)
    if not line1:
        return None
    try:
        return Address(
            line1=line1,
            line2=line2,
            city=city,
            region=region,
            country=where,
            postcode=code["code"],
        )
    except ValueError:
        return None


def after_lead(text: str) -> tuple[str, str]:
    """A country that is named in Chinese before an address in other letters, and that address.

    "改寄到美国 12 Oak St, Denver, CO 80202" gives 美国 and what follows.

    Args:
        text: the shopper's.
    """
    return _named(_after_lead(text))


def _after_lead(text: str) -> str:
    """What follows on the words that lead to an address; nothing where they refuse it."""
    lead = _LEAD.search(text)
    if lead is None:
        return text
    return "" if _REFUSED.search(lead.group()) else text[lead.end() :]


def _without(text: str, part: re.Match[str] | None) -> str:
    """A text without a part; what stood on both sides of it stays apart."""
    return text if part is None else f"{text[: part.start()]}，{text[part.end() :]}"


def _named(text: str) -> tuple[str, str]:
    """The country that an address names before or behind all else, and the rest of it."""
    text = text.strip(" ，,：:、")
    if first := country_at_start(text):
        rest = text[len(first) :].strip(" ，,：:、")
        return first, rest.removeprefix("省")
    if last := country_at_end(text):
        return last, text[: -len(last)].strip(" ，,：:、（(")
    return "", text


def _town(text: str, named: str) -> tuple[str, str, str] | None:
    """Region, city and what follows."""
    if named and is_city(named):
        return "", named.removeprefix("中国").removeprefix("中國") or named, text
    patterns = (_CITY,) if not named or named.startswith(("中国", "中國", "中华")) else ()
    for pattern in patterns or (_CITY_ABROAD, _CITY_APART):
        if match := pattern.search(text):
            return match["region"] or "", match["city"], text[match.end() :]
    return None


def _street(text: str) -> tuple[str, str]:
    """Street and house, and what leads on from there to a door; empty where no street is named."""
    text = _SENTENCE.split(text.strip(" ，,、"), maxsplit=1)[0]
    first, *more = [_POLITE.sub("", part).strip() for part in _COMMA.split(text)]
    if not _STREET.search(first) or len(first) > _LONGEST_STREET:
        return "", ""
    rooms = []
    for part in more:
        if not _DOOR.search(part) or _NO_DOOR.search(part) or len(part) > _LONGEST_DOOR:
            break
        rooms.append(part)
    return first, "，".join(rooms)
