"""An address in a message, part by part, each in the shopper's own words."""

from __future__ import annotations

import re

from retrieval.text import has_cjk
from tools.orders.order import Address
from tools.orders.reading.chinese_addresses import after_lead, read_chinese
from tools.orders.reading.countries import is_city, is_country

UNSAID = "-"
"""The country of an address that names none."""

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
_STATE = re.compile(r"^[A-Z]{2,3}$")
_END = re.compile(
    r"(?:\s*(?:please|thanks|thank you|instead|谢谢|麻烦了?|吧|好吗))+\W*$", re.IGNORECASE
)
_SENTENCE_END = re.compile(
    r"[!?](?:\s|$)|\.(?=\s+(?:[A-Z][a-z]+\s+[a-z]|I\b|[a-z]{2})|\s*$)|[。！？；;]"
)


def read_address(message: str) -> Address | None:
    """The address that a message gives; None where street, city or postcode is missing.

    Args:
        message: the shopper's.

    Returns:
        The address in the shopper's words; its country is ``UNSAID`` where none is named.
    """
    # An address is short; a text that is not one must not take long to read.
    text = message[:_LONGEST]
    if not has_cjk(text):
        return _western(text, UNSAID)
    named, rest = after_lead(text)
    return read_chinese(text, UNSAID) or _western(rest, named or UNSAID)


def in_country_of(address: Address, before: Address | None) -> Address:
    """An address whose country is not said lies in that of the one it replaces.

    Args:
        address: as it was read.
        before: the one that it replaces; None where there is none, so that it stays open.
    """
    if address.country != UNSAID or before is None:
        return address
    return address.model_copy(update={"country": before.country})


def without_address(text: str, address: Address | None) -> str:
    """A message without the address that it gives: a street's number is no order's.

    Args:
        text: the message.
        address: as it was read in it; None where it gives none.
    """
    for part in address.model_dump().values() if address else ():
        if part and part != UNSAID:
            whole = rf"(?<![A-Za-z0-9]){re.escape(part)}(?![A-Za-z0-9])"
            text = re.sub(whole, " ", text)
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
    if rest and is_country(rest[-1]):
        named = rest.pop()
    postcode = ""
    rest, named = _until_postcode(rest, named)
    for place in range(len(rest) - 1, -1, -1):
        if match := _ZIP.search(rest[place].upper()):
            postcode = rest[place][match.start() : match.end()]
            left = rest[place][: match.start()] + " " + rest[place][match.end() :]
            words = left.split()
            if words and is_country(words[-1]) and not _STATE.match(words[-1]) and not named:
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
    where = named or country
    city = rest[0] if rest else named if is_city(named) else ""
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
            if after and is_country(after[0]):
                named = after[0]
            return parts[: place + 1], named
    return parts, named
