"""What a text on service speaks of, in either language: returns, customs, Norway, PayPal.

Questions and clauses are read by the same words, so that "can they go back" meets "returned", and
a question in one language a clause in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

import babel
import yaml

from retrieval.text import simplified

Role = Literal["topic", "thing", "aside"]
Routing = Literal["always", "asked", ""]
COUNTRY, PAYMENT, CARRIER = "country:", "pay:", "carrier:"
"""How the names of countries, ways to pay and carriers begin; what follows is which."""
A_COUNTRY, A_CARD, WORLDWIDE = "a_country", "a_card", "worldwide"
UNION, EUROPE, NORTH_AMERICA = "eu", "europe", "north_america"
_CARDS = frozenset({"visa", "mastercard", "amex", "discover", "jcb", "maestro", "diners"})
_MEMBERS = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split(" ")
)
_EUROPEAN = _MEMBERS | frozenset("GB CH NO IS LI MC AD SM VA AL BA ME MK RS XK MD UA BY".split(" "))
_NORTH = frozenset({"US", "CA", "MX"})
# Names that are words of another meaning, and the ways people write countries beside the official.
_NO_COUNTRY = frozenset(
    {"jersey", "turkey", "chad", "guinea", "georgia", "jordan", "mali", "约旦", "美国"}
)
_ALSO = {
    "US": ("usa", "u\\.s\\.a?\\.?", "america", "(?:the )?states", "美国(?!运通)", "美国境内"),
    "GB": ("uk", "u\\.k\\.", "england", "britain", "great britain", "scotland", "wales", "英国"),
    "AE": ("uae", "dubai", "迪拜"),
    "CN": ("mainland china", "中国大陆", "大陆", "国内"),
    "TR": ("türkiye", "turkey(?! leg)"),
    "CZ": ("czech republic",),
    "NL": ("holland", "the netherlands"),
    "KR": ("south korea", "korea", "韩国"),
    "HK": ("hong kong", "香港"),
    "MO": ("macau", "macao", "澳门"),
    "TW": ("taiwan", "台湾"),
    "RU": ("russia", "俄罗斯"),
}


@dataclass(frozen=True)
class Notion:
    """Something that questions and clauses speak of.

    Attributes:
        name: of it.
        role: ``topic`` may be told by a heading or a file, ``thing`` must be named, ``aside``
            need not be.
        route: whether its words alone make a message a question of service.
        covered_by: notions that speak of this one too.
        words: finds it, in lower case and simplified characters.
    """

    name: str
    role: Role
    route: Routing
    covered_by: frozenset[str]
    words: re.Pattern[str]


@dataclass(frozen=True)
class Mention:
    """Where a text speaks of a notion; places are those of the plain text."""

    notion: Notion
    start: int
    end: int


def plain(text: str) -> str:
    """The text as notions are looked for in it: lower case, simplified, plain apostrophes.

    Places in it are those of the text.
    """
    small = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return simplified(small).replace("’", "'").replace("‘", "'").replace("\n", " ")


def mentions_in(text: str) -> tuple[Mention, ...]:
    """Everything that a text speaks of, overlaps included.

    Args:
        text: a clause's, a heading's, a question's, as written.
    """
    small = plain(text)
    found = [
        Mention(notion, match.start(), match.end())
        for notion in notions().values()
        for match in notion.words.finditer(small)
        if match.end() > match.start()
    ]
    found += _countries_in(text, small)
    return tuple(found)


def names_in(text: str) -> frozenset[str]:
    """The names of all that a text speaks of, and of the groups that it belongs to."""
    names = {mention.notion.name for mention in mentions_in(text)}
    if any(name.startswith(COUNTRY) for name in names):
        names.add(A_COUNTRY)
    if any(name.removeprefix(PAYMENT) in _CARDS for name in names if name.startswith(PAYMENT)):
        names.add(A_CARD)
    return frozenset(names)


@lru_cache(maxsize=20_000)
def names_in_clause(text: str) -> frozenset[str]:
    """``names_in`` of what a shop wrote, remembered; never of what a shopper did."""
    return names_in(text)


@cache
def notions() -> Mapping[str, Notion]:
    """All notions but countries, by their names."""
    named = _read("service_names.yaml")
    found = {name: _notion(name, entry) for name, entry in _read("service_words.yaml").items()}
    for kind, prefix in (("payments", PAYMENT), ("carriers", CARRIER)):
        for name, entry in named[kind].items():
            whole = prefix + name
            rest = {"role": "thing", "route": "" if kind == "carriers" else "asked"}
            found[whole] = _notion(whole, entry | rest)
    return found


def _read(name: str) -> dict[str, Any]:
    text = files("retrieval.policies").joinpath(name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _notion(name: str, entry: Mapping[str, Any]) -> Notion:
    english = str(entry.get("en", "")).replace("~", "[a-z]*")
    parts = [rf"(?<![a-z])(?:{english})(?![a-z])"] if english else []
    parts += [f"(?:{entry['zh']})"] if entry.get("zh") else []
    return Notion(
        name,
        entry["role"],
        entry.get("route", ""),
        frozenset(entry.get("covered_by", ())),
        re.compile("|".join(parts)),
    )


def _countries_in(text: str, small: str) -> Iterator[Mention]:
    words, codes = _countries()
    for match in words.finditer(small):
        yield Mention(_country(codes[match.lastgroup or ""]), match.start(), match.end())
    # "us" is a word, "US" a country.
    for match in re.finditer(r"(?<![A-Za-z])US(?![A-Za-z])", text):
        yield Mention(_country("US"), match.start(), match.end())
    for match in re.finditer(r"(?<![A-Za-z])(?:EU|European Union)(?![A-Za-z])|欧盟", text):
        yield Mention(_group(UNION), match.start(), match.end())


def cities_in(text: str) -> tuple[Mention, ...]:
    """The cities that a text names, each as a mention of its country.

    Args:
        text: a shopper's: of a shop's, a city says where that is.
    """
    pattern = _cities()
    return tuple(
        Mention(_country(match.lastgroup or ""), match.start(), match.end())
        for match in pattern.finditer(plain(text))
    )


@cache
def _cities() -> re.Pattern[str]:
    groups = []
    for code, names in _read("service_names.yaml")["cities"].items():
        latin = "|".join(name for name in names.split("|") if name.isascii())
        other = "|".join(name for name in names.split("|") if not name.isascii())
        groups.append(rf"(?P<{code}>(?<![a-z])(?:{latin})(?![a-z])|{other})")
    return re.compile("|".join(groups))


@cache
def _countries() -> tuple[re.Pattern[str], dict[str, str]]:
    ways: dict[str, list[str]] = {}
    for language in ("en", "zh"):
        for code, name in babel.Locale(language).territories.items():
            small = name.lower()
            known = len(code) == 2 and code.isalpha() and len(small) > 1
            if known and small not in _NO_COUNTRY:
                ways.setdefault(code, []).append(re.escape(small))
    for code, others in _ALSO.items():
        ways.setdefault(code, []).extend(others)
    parts, codes = [], {}
    for code, names in ways.items():
        longest = sorted(names, key=len, reverse=True)
        latin = [name for name in longest if name.isascii() or name[0] < "\u3400"]
        other = [name for name in longest if name not in latin]
        body = "|".join([rf"(?<![a-z])(?:{'|'.join(latin)})(?![a-z])"] * bool(latin) + other)
        parts.append(f"(?P<c_{code}>{body})")
        codes[f"c_{code}"] = code
    return re.compile("|".join(parts)), codes


@cache
def _country(code: str) -> Notion:
    groups = {WORLDWIDE}
    groups |= {UNION} if code in _MEMBERS else set()
    groups |= {EUROPE} if code in _EUROPEAN else set()
    groups |= {NORTH_AMERICA} if code in _NORTH else set()
    return Notion(COUNTRY + code, "thing", "", frozenset(groups), re.compile("(?!)"))


def country_notion(name: str) -> Notion:
    """The notion of a country by its name, ``country:NO``."""
    return _country(name.removeprefix(COUNTRY))


@cache
def _group(name: str) -> Notion:
    return Notion(name, "thing", "", frozenset({WORLDWIDE}), re.compile("(?!)"))
