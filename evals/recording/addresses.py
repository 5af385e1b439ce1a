"""Streets with a number, postcodes, coordinates and Chinese addresses.

A shoe is for the road and has a number too ("公路跑鞋42号"), so that a road alone is no address: it
has a name of its own, of words that the shop does not use, and its number stands right at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.recording.identity import Identity, without_han
from evals.recording.shop_words import ShopWords

_TYPES = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Place|Pl|Square|Sq|"
    "Terrace|Close|Crescent|Cres|Parkway|Pkwy|Highway|Hwy|Row|Mews|Gardens|Grove|Hill|Walk"
)
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|"
    "ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_UK = r"[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’.-]*"
_TAIL = (
    r"(?:,?\s+(?:[Aa]pt|[Aa]partment|[Uu]nit|[Ss]uite|[Ss]te|[Ff]lat|[Ff]loor|#)\.?\s*\w+)?"
    rf"(?:,\s*{_CAPITAL}(?:\s+{_CAPITAL}){{0,3}})*"
    rf"(?:,?\s+(?:{_STATES})\s+\d{{5}}(?:-\d{{4}})?|,?\s+{_UK}|,?\s+\d{{5}}\b)?"
)
_STREET = re.compile(
    rf"(?<![\w.])\d{{1,5}}[A-Za-z]?(?:-\d+)?,?\s+((?:{_CAPITAL}\s+){{1,4}})(?:{_TYPES})\b\.?(?P<tail>{_TAIL})"
)
_SAID_STREET = re.compile(
    r"(?:\b(?:address(?:\s+is)?|live\s+(?:at|on|in)|(?:deliver|ship|send|post)(?:ed)?(?:\s+(?:it|this|them))?\s+to|"
    rf"based\s+at)\b\s*:?\s*)(?P<street>\d{{1,5}}[a-z]?(?:-\d+)?,?\s+(?:[^\W\d][\w'’.-]*\s+){{1,4}}(?:{_TYPES})\b\.?)",
    re.IGNORECASE,
)
# In small letters: only with a word that is seldom anything else, and with what a name may have.
_SMALL_STREET = re.compile(
    r"(?<![\w.$€£¥])(?P<street>\d{1,5}[a-z]?,?\s+(?P<name>(?:[^\W\d_][\w'’-]*\s+){1,3})"
    r"(?:street|st|avenue|ave|boulevard|blvd|lane|road|rd|drive|crescent|terrace|mews|parkway)\b)"
    r"(?=(?P<behind>\W*\w*))",
    re.IGNORECASE,
)
_NO_STREET = frozenset(
    "the a an on in at of for to and or per by with my your this that every each from than "
    "more less km kms k mile miles m meter meters metre metres minute minutes min mins hour "
    "hours h day days week weeks month months year years time times pair pairs mm cm inch "
    "inches kg g lb lbs oz usd eur gbp dollar dollars euro euros pound pounds bucks percent "
    "people men women kids star stars off speed gear i we you it is are am run walk long wide "
    "big small mostly only along down up no not".split()
)
_COORDINATES = (
    re.compile(
        r"(?<![\w.])([-+]?\d{1,2}\.\d{4,}\s*[,;/ ]\s*[-+]?\d{1,3}\.\d{4,}|"
        r"\d{1,2}(?:\.\d+)?\s?°\s?[NS]?\s*[,;/ ]\s*\d{1,3}(?:\.\d+)?\s?°\s?[EW]?)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?(?:[\"″”]|''))?\s?[NSEW]"
        r"(?:[\s,]+\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?(?:[\"″”]|''))?\s?[NSEW])?)"
    ),
    re.compile(r"(?:东经|西经|北纬|南纬)\s*(\d{1,3}(?:\.\d+)?\s?[度°]?(?:\s?\d{1,2}\s?[分′'])?)"),
)

_STREET_FIRST = re.compile(
    rf"\b((?:{_CAPITAL}\s+){{1,3}})(?:Street|Road|Avenue|Lane|Square)\s+\d{{1,4}}[A-Za-z]?\b(?P<tail>{_TAIL})"
)
_GERMAN = re.compile(
    r"\b[A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|str\.|weg|platz|allee|gasse)\s+\d+\s?[a-z]?\b"
    r"(?:,?\s+\d{5}(?:\s+[A-ZÄÖÜ]\w+)?)?"
)
_OTHERS = (
    _GERMAN,
    re.compile(r"\bP\.?\s?O\.?\s?Box\s+\d+", re.IGNORECASE),
    re.compile(rf"\b{_UK}\b"),
    re.compile(rf",\s*((?:{_STATES})\s+\d{{5}}(?:-\d{{4}})?)\b"),
    re.compile(
        r"\b(?:zip|zip\s*code|post\s?code|postal\s+code)\b\s*(?:is\b|:)?\s*"
        r"((?=[A-Z ]*\d)[A-Z0-9]{2,5}(?:[ -]?[A-Z0-9]{2,4})?)\b",
        re.IGNORECASE,
    ),
)

_POSTCODE = re.compile(r"(?:邮编|邮政编码)\s*(?:是|:)?\s*(\d{6})(?!\d)")

# What stands before a Chinese address and is no part of it.
_PART = "(?:(?![我你您他她它在住到寄送发是的为给去来址从往于至：:])[㐀-鿿])"
_AREA = f"(?:{_PART}{{2,8}}?(?:省|自治区|市|区|县|镇|乡|街道))"
_HOUSE = (
    r"(?:[一-鿿]{0,8}?(?:\d+|[一二三四五六七八九十]+|[A-Za-z]\d*)"
    r"(?:号楼|号院|栋|幢|座|单元|层|楼|室|房|户))"
)
_ROADS = re.compile(
    rf"{_AREA}{{0,4}}(?P<road>{_PART}{{1,6}}(?:路|街|大道|胡同|巷|弄|里))"
    rf"\s?\d+(?:弄\d+)?(?:-\d+)?号?(?P<house>{_HOUSE}*)"
)
_ESTATES = re.compile(
    rf"{_AREA}{{0,4}}{_PART}{{1,8}}(?:小区|花园|公寓|大厦|家园|新村)\d+(?:号楼|栋|幢|座|单元|号)?{_HOUSE}*"
    rf"|\d+(?:号楼|栋|幢)(?:\d+单元)?(?:\d+(?:室|号|房)?)?"
)
# Roads that are no address: what one runs on.
_GENERIC = re.compile(
    r"(?:公|马|山|土|小|走|跑|上|赶|夜|铁|越野|石子|砂石|柏油|水泥|塑胶)路$|(?:逛|步行)街$|(?:公|这|那|哪)里$"
)
_SAID_HERE = re.compile(
    r"(?:地址|住址|寄到|送到|发到|寄往|快递到|家住|住在)(?:是|为|[:：])?\s*(?P<place>[^\s，。；！？,;!?]{4,60})"
)
_NAMES_PLACE = re.compile(r"路|街|道|巷|弄|号|栋|幢|室|小区|花园|公寓|大厦|村|镇|区|县|市|省")


def find_addresses(text: str, words: ShopWords) -> Iterator[Identity]:
    """Every address in a text; some may stand in one another.

    Args:
        text: with characters of common width.
        words: the shop's, of which no street is made.
    """
    latin = without_han(text)
    for pattern in (_STREET, _STREET_FIRST):
        for match in pattern.finditer(latin):
            if match["tail"] or not words.has_any(match.group(1)):
                yield Identity("address", *match.span())
    for match in _SAID_STREET.finditer(latin):
        yield Identity("address", *match.span("street"))
    for match in _SMALL_STREET.finditer(latin):
        name = match["name"].lower().split()
        if not _NO_STREET.intersection(name) and not words.has_any(match["name"] + match["behind"]):
            yield Identity("address", *match.span("street"))
    for pattern in _COORDINATES:
        for match in pattern.finditer(text):
            yield Identity("address", *match.span(1))
    for pattern in _OTHERS:
        for match in pattern.finditer(latin):
            span = match.span(1) if match.lastindex else match.span()
            if not words.has(text[slice(*span)]):
                yield Identity("address", *span)
    for match in _POSTCODE.finditer(text):
        yield Identity("address", *match.span(1))
    for match in _ROADS.finditer(text):
        numbered = match.group().endswith("号") or match["house"]
        if numbered and not _GENERIC.search(match["road"]):
            yield Identity("address", *match.span())
    for match in _ESTATES.finditer(text):
        yield Identity("address", *match.span())
    for match in _SAID_HERE.finditer(text):
        place = match["place"]
        marks = _NAMES_PLACE.findall(place)
        if len(marks) > 1 or (marks and re.search(r"\d", place)):
            yield Identity("address", *match.span("place"))
