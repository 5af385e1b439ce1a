"""What kind of fact a question asks for, and whether a sentence bears one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml

from retrieval.embedding import Language
from retrieval.policies.notions import CARRIER, COUNTRY, names_in_clause, plain


class Kind(StrEnum):
    """A kind of fact that questions ask for."""

    DURATION = "duration"
    AMOUNT = "amount"
    PAYER = "payer"
    PLACE = "place"
    CLOCK = "clock"
    TIME = "time"
    COUNT = "count"
    WAY = "way"


# Longer ones run over what is asked about: "who pays if I send them back to".
_LONGEST_ASK = 24
_NAMED_PLACE = re.compile(r"\b(?:in|at|to|from|near)\s+(?:the\s+)?(?:\d+\s+)?[A-Z][a-z]")


@dataclass(frozen=True)
class _Words:
    """How facts of each kind are asked for, and what bears them."""

    bears: Mapping[Kind, re.Pattern[str]]
    asks: Mapping[str, Sequence[tuple[Kind, re.Pattern[str]]]]


@cache
def _words() -> _Words:
    text = files("assistant.policy").joinpath("facts_asked.yaml").read_text(encoding="utf-8")
    written = yaml.safe_load(text)
    asks = {
        language: [
            (Kind(kind), re.compile(words if language == "zh" else rf"(?<![a-z])(?:{words})"))
            for kind, words in rows
        ]
        for language, rows in written["asks"].items()
    }
    return _Words({Kind(k): re.compile(p) for k, p in written["bears"].items()}, asks)


def kinds_asked(question: str, language: Language) -> frozenset[Kind]:
    """The kinds of facts that a question asks for; none where yes or no answers it."""
    small = plain(question)
    found = [kind for kind, words in _words().asks[language] if words.search(small)]
    # "How long" is also how, "by when" also when: the first, more particular kind counts.
    if re.match(r"\W*when\b", small) and re.search(r"charge|billed|debited|taken", small):
        found = [Kind.TIME]
    if Kind.DURATION in found:
        # "At most how many days?" asks for the days.
        found = [kind for kind in found if kind is not Kind.COUNT]
    particular = [kind for kind in found if kind not in (Kind.TIME, Kind.WAY)]
    return frozenset(particular[:2] or found[:1])


def kind_spans(question: str, language: Language) -> list[tuple[int, int]]:
    """Where the words stand that ask for a kind of fact."""
    small = plain(question)
    return [
        (match.start(), match.end())
        for _, words in _words().asks[language]
        for match in words.finditer(small)
        if match.end() - match.start() <= _LONGEST_ASK
    ]


def bears(text: str, kind: Kind) -> bool:
    """Whether a sentence has a fact of a kind in it."""
    if kind is Kind.PLACE and any(
        name.startswith((COUNTRY, CARRIER)) for name in names_in_clause(text)
    ):
        return True
    if kind is Kind.PLACE and _NAMED_PLACE.search(text):
        return True
    return _words().bears[kind].search(plain(text)) is not None


def figures(text: str, kind: Kind) -> frozenset[str]:
    """The facts of a kind that a sentence has, written so that equal ones are equal."""
    if kind not in (Kind.DURATION, Kind.AMOUNT, Kind.COUNT, Kind.CLOCK):
        return frozenset()
    return frozenset(
        re.sub(r"[\s\-–]+", "", match.group())
        for match in _words().bears[kind].finditer(plain(text))
    )
