"""Countries and regions as shoppers name them."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from retrieval.text import has_cjk, normalise, simplified

_SHORT = {
    "usa": "US", "us": "US", "u.s.": "US", "u.s.a.": "US", "uk": "GB", "u.k.": "GB",
    "england": "GB", "scotland": "GB", "wales": "GB", "hong kong": "HK", "macau": "MO",
    "macao": "MO", "香港": "HK", "澳门": "MO", "中国香港": "HK", "中国澳门": "MO", "中国台湾": "TW",
    "中华人民共和国": "CN", "阿联酋": "AE",
}  # fmt: skip
# Where an address names no town besides.
_CITIES = frozenset({"SG", "HK", "MO", "MC", "GI", "VA"})
_LANGUAGES = ("en", "de", "fr", "zh", "zh_Hant")


def is_country(text: str) -> bool:
    """Whether a text is the name of a country or region, in any language that shops write in."""
    return _code(text) is not None


def is_city(text: str) -> bool:
    """Whether a text is the name of a country or region that is one town."""
    return _code(text) in _CITIES


def country_at_start(text: str) -> str:
    """The Chinese name of a country or region that a text begins with; empty where none is."""
    match = _chinese_name().match(simplified(text))
    return text[: match.end()] if match else ""


def country_at_end(text: str) -> str:
    """The Chinese name of a country or region that stands apart at the end of a text."""
    match = _chinese_last().search(simplified(text))
    return text[match.start(1) :] if match else ""


def _code(text: str) -> str | None:
    return _codes().get(normalise(simplified(text)).removeprefix("the "))


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in _LANGUAGES:
        territories = Locale.parse(language).territories
        # The other codes are of continents.
        named = {code: name for code, name in territories.items() if code.isalpha()}
        codes |= {normalise(simplified(name)): code for code, name in named.items()}
    return codes | _SHORT


@cache
def _either() -> str:
    names = sorted((name for name in _codes() if has_cjk(name)), key=len, reverse=True)
    return "|".join(map(re.escape, names))


@cache
def _chinese_name() -> re.Pattern[str]:
    return re.compile(_either())


@cache
def _chinese_last() -> re.Pattern[str]:
    return re.compile(rf"[\s，,、。；;（(]({_either()})$")
