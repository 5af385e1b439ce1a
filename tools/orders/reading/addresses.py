"""An address in a message, part by part, each in the shopper's own words."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from retrieval.text import has_cjk, normalise
from tools.orders.order import Address

_LEAD = re.compile(
    r"\baddress(?:\s+\w+){0,4}?\s*(?:to|is|as|:)"
    r"|\b(?:deliver|ship|send|redirect|forward|change|update|set|switch)(?:ed|ing)?\b[^,:.]{0,40}?\b(?:to|at)\b"
    r"|\b(?:new|correct|right)\s+(?:one|address)\s*(?:is|:)"
    r"|\b(?:live|moved|living|now)\s+(?:at|in|to)\b|\b(?:to|it's|its|is|at|be)\s*:?(?=\s+\S{0,24}\d)|^",
    re.IGNORECASE,
)
_SECOND = re.compile(
    r"^(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|building|bldg|#|c/o|level)\b|^#?\d+[a-z]?$|\bfloor$",
    re.IGNORECASE,
)
_STREET = re.compile(r"\d")
# Britain, the United States, the Netherlands, China, most of Europe, Australia, Canada.
_ZIP = re.compile(
    r"(?<![\w#])(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{5}(?:-\d{4})?|\d{4} ?[A-Z]{2}|\d{6}|\d{4}"
    r"|[A-Z]\d[A-Z] ?\d[A-Z]\d)(?!\w)"
)
_LONGEST, _MOST_LEADS = 400, 12
# "Not to 5 Elm Street".
_REFUSED = re.compile(r"\b(?:not|no|never|instead\s+of|rather\s+than|don't)\s*$", re.IGNORECASE)
_CHINESE_REFUSED = re.compile(r"别写|不是|不要")
_STATE = re.compile(r"^[A-Z]{2,3}$")
_END = re.compile(
    r"(?:\s*(?:please|thanks|thank you|instead|谢谢|麻烦了?|吧|好吗))+\W*$", re.IGNORECASE
)
_SENTENCE_END = re.compile(
    r"[!?](?:\s|$)|\.(?=\s+(?:[A-Z][a-z]+\s+[a-z]|I\b|[a-z]{2})|\s*$)|[。！？；;]"
)
_CHINESE = re.compile(
    r"(?P<region>[\u4e00-\u9fff]{2,8}?(?:省|自治区))?(?P<city>[\u4e00-\u9fff]{2,7}?市)"
    r"(?P<line1>[^，。,;；！!\d]{1,40}\d[^，。,;；！!\s]{0,40})"
)
_CHINESE_LEAD = re.compile(r"^.*(?:地址|寄到|送到|发到|改成|改为|换成|改到|是|：|:)")
_CHINESE_ZIP = re.compile(r"(?<!\d)\d{6}(?!\d)")


def read_address(message: str, *, country: str = "") -> Address | None:
    """The address that a message gives; None where street, city or postcode is missing.

    Args:
        message: the shopper's.
        country: taken where the message names none: that of the address it replaces.
    """
    # An address is short; a text that is not one must not take long to read.
    text = message[:_LONGEST]
    if has_cjk(text) and (found := _chinese(text)):
        return found
    return _western(text, country)


def without_address(text: str, address: Address | None) -> str:
    """A message without the address that it gives: a street's number is no order's.

    Args:
        text: the message.
        address: as it was read in it; None where it gives none.
    """
    for part in address.model_dump().values() if address else ():
        whole = re.escape(part) if has_cjk(part) else rf"(?<!\w){re.escape(part)}(?!\w)"
        text = re.sub(whole, " ", text) if part else text
    return text


def _western(message: str, country: str) -> Address | None:
    text = _END.sub("", " ".join(message.split()))
    leads = [lead for lead in _LEAD.finditer(text) if not _REFUSED.search(text[: lead.start()])]
    read = [_parts(text[lead.end() :].lstrip(" :"), country) for lead in leads[:_MOST_LEADS]]
    found = [address for address in read if address is not None]
    # The nearest lead leaves the fewest words that are no part of the address.
    return min(found, key=lambda address: len(address.line1), default=None)


def _parts(text: str, country: str) -> Address | None:
    text = _SENTENCE_END.split(text, maxsplit=1)[0]
    parts = [part.strip(" .") for part in re.split(r"[,，\n]", text)]
    parts = [part for part in parts if part]
    # A house may have a name before its street: "Acme House, 19 Mill Road".
    named_house = len(parts) > 3 and _STREET.search(parts[1]) and not _ZIP.search(parts[1].upper())
    if len(parts) < 2 or not (_STREET.search(parts[0]) or named_house):
        return None
    line1, rest = parts[0], parts[1:]
    line2 = []
    if not _STREET.search(line1):
        line2.append(rest.pop(0))
    while rest and _SECOND.search(rest[0]):
        line2.append(rest.pop(0))
    named = ""
    if rest and _is_country(rest[-1]):
        named = rest.pop()
    postcode = ""
    rest, named = _until_postcode(rest, named)
    for place in range(len(rest) - 1, -1, -1):
        if match := _ZIP.search(rest[place].upper()):
            postcode = rest[place][match.start() : match.end()]
            left = rest[place][: match.start()] + " " + rest[place][match.end() :]
            words = left.split()
            if words and _is_country(words[-1]) and not _STATE.match(words[-1]) and not named:
                named = words.pop()
            rest[place] = " ".join(words)
            break
    rest = [part for part in rest if part]
    region = ""
    if rest:
        *before, last = rest[-1].split()
        if _STATE.match(last) and (before or len(rest) > 1):
            region = last
            rest[-1] = " ".join(before)
            rest = [part for part in rest if part]
        elif len(rest) > 1:
            region = rest.pop()
    city = rest[0] if rest else ""
    where = named or country
    if not (city and postcode and where) or any(c.isdigit() for c in city):
        return None
    try:
        return Address(
            line1=line1,
            line2=", ".join([*line2, *rest[1:]]),
            city=city,
            region=region,
            country=where,
            postcode=postcode,
        )
    except ValueError:
        return None


def _until_postcode(parts: list[str], named: str) -> tuple[list[str], str]:
    """The parts up to the one with the postcode, and the country, where it stands behind that."""
    for place, part in enumerate(parts):
        if _ZIP.search(part.upper()):
            after = parts[place + 1 : place + 2]
            if after and _is_country(after[0]):
                named = after[0]
            return parts[: place + 1], named
    return parts, named


def _chinese(message: str) -> Address | None:
    postcode = _CHINESE_ZIP.search(message)
    if postcode is None:
        return None
    text = message[: postcode.start()] + message[postcode.end() :]
    text = re.sub(r"邮编(?:是|为|：|:)?|邮政编码(?:是|为|：|:)?", "", text)
    text = _CHINESE_LEAD.sub("", text, count=1) if _CHINESE_LEAD.search(text) else text
    text = re.sub(r"^中国", "", text.strip(" ，,：:"))
    match = _CHINESE.search(text)
    if match is None or _CHINESE_REFUSED.search(match["line1"]):
        return None
    return Address(
        line1=match["line1"].strip(),
        city=match["city"],
        region=match["region"] or "",
        country="中国",
        postcode=postcode.group(),
    )


def _is_country(text: str) -> bool:
    return normalise(text).removeprefix("the ") in _countries()


@cache
def _countries() -> frozenset[str]:
    names = {"usa", "us", "u.s.", "u.s.a.", "uk", "u.k.", "england", "scotland", "wales"}
    for language in ("en", "de", "fr", "zh"):
        territories = Locale(language).territories
        names |= {normalise(name) for code, name in territories.items() if code.isalpha()}
    return frozenset(names)
