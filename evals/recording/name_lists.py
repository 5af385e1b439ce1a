"""Given names and surnames of many countries, as Faker keeps them, and how ordinary a word is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

import faker.providers.person as person
from faker.providers.person.zh_CN import Provider as Chinese
from wordfreq import zipf_frequency

_LISTS = ("first_names", "first_names_male", "first_names_female", "first_names_unisex")
# Surnames that are words which stand before "先生" or "女士" as often: "男士和女士".
_WORDS_TOO = frozenset("都和于向那来有为给由但从时应当单常全都计原相平方安")


@cache
def given_names() -> frozenset[str]:
    """Given names in Latin letters, of lower case."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for name in _LISTS:
            names = getattr(provider, name, ())
            if isinstance(names, Iterable):
                found.update(str(n).lower() for n in names)
    return frozenset(name for name in found if name[:1].isalpha() and name[:1] < "Ā")


@cache
def chinese_surnames() -> frozenset[str]:
    """Surnames of one character and of two."""
    return frozenset(Chinese.last_names)


@cache
def certain_surnames() -> frozenset[str]:
    """Surnames that are seldom another word."""
    return chinese_surnames() - _WORDS_TOO


def how_ordinary(word: str, language: str) -> float:
    """How often a word is met with, on the logarithmic scale of wordfreq: "the" is 7.7."""
    return zipf_frequency(word.lower(), language)
