"""A fact's value as the shopper reads it, the values to choose from, and what a typed one means."""

from __future__ import annotations

import re

from assistant.errors import BadInput
from assistant.profile.facts import ProfileFact
from retrieval.advice import Advice
from retrieval.fields import key
from retrieval.text import normalise
from retrieval.vocabulary import Term
from ui.names import Names

# A longer list helps nobody to choose, and is sent with each turn.
_MOST_CHOICES = 80
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def value_text(fact: ProfileFact, names: Names) -> str:
    """The value alone: ``flat feet``, ``$120``.

    Args:
        fact: of a profile.
        names: what things are called in the page's language.
    """
    if fact.op in ("<=", ">="):
        try:
            return names.value(fact.field, float(fact.value))
        except ValueError:
            return fact.value
    return names.trait(fact.field, fact.value)


def fact_text(fact: ProfileFact, names: Names) -> str:
    """The value with what is said of it: ``up to $120``, ``not Nike``. Args as ``value_text``."""
    return names.texts.ops[fact.op].format(value=value_text(fact, names))


def choices(field: str, names: Names) -> list[str]:
    """The values that the shop knows for a field, in the page's language.

    Args:
        field: of a profile.
        names: what things are called in the page's language.
    """
    if names.index is None:
        return []
    vocabulary = names.index.vocabulary
    known = [entry.name(names.language) for entry in _traits(field, names)]
    known += [
        vocabulary.display(Term(field, value), names.language) for value in vocabulary.values(field)
    ]
    return sorted(set(known))[:_MOST_CHOICES]


def meant(typed: str, fact: ProfileFact, names: Names) -> str:
    """What a typed correction means, as a profile holds it; the words themselves where the shop
    has none such.

    Args:
        typed: by the shopper, in either language.
        fact: that is corrected.
        names: of the shop.

    Raises:
        BadInput: a number is needed and there is none.
    """
    if typed == value_text(fact, names):
        return fact.value
    if fact.op in ("<=", ">="):
        number = _NUMBER.search(typed)
        if number is None:
            raise BadInput(names.texts.memory.needs_number, field="value")
        return number[0].replace(",", ".")
    if names.index is None:
        return typed
    said = normalise(typed)
    for entry in _traits(fact.field, names):
        if any(said == normalise(word) for words in entry.words.values() for word in words):
            return entry.name("en")
    if fact.field not in names.index.vocabulary.fields():
        return typed
    found = {
        term.value
        for term in names.index.vocabulary.resolve(typed, [fact.field])
        if term.field == fact.field
    }
    if len(found) != 1:
        return typed
    value = found.pop()
    return value if isinstance(value, str) else key(value)


def _traits(field: str, names: Names) -> list[Advice]:
    book = names.index.advice if names.index else ()
    return [entry for entry in book if entry.trait and entry.field == field]
