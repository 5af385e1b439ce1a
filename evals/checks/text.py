"""What the text says, and what the reply makes of the message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import regex

from evals.checks.asking import asks_back
from evals.checks.check import Check, check, untold
from evals.checks.wording import Shop, language_of_text, says_no
from evals.running.observed import Observed
from evals.suite.conversation import AnyLabel, Expect, Label

_FEWEST_CHOICES = 2
_MOST_CHOICES = 4
_SECONDS = 1.0
"""For one pattern on one text: a suite's "(a+)+$" must not hold up the grading of all others."""


def answered(observed: Observed) -> Check:
    """Whether there is any text."""
    return check("answered", bool(observed.text.strip()), "the reply is empty")


def said(expect: Expect, observed: Observed, shop: Shop) -> Iterator[Check]:
    """Intent, language, mood, questions back, and what the text must and must not say."""
    if observed.intent is None:
        yield from untold(expect, "intent")
    elif expect.intent is not None:
        passed = observed.intent in expect.intent
        yield check("intent", passed, f"{observed.intent}, not {' or '.join(expect.intent)}")
    if expect.language is not None:
        language = language_of_text(observed.text, shop)
        yield check("language", language == expect.language, f"the text is in {language}")
    for name in ("sentiment", "urgency", "handoff", "confirmation"):
        wanted, came = getattr(expect, name), getattr(observed, name)
        if came is None:
            yield from untold(expect, name)
        elif wanted is not None:
            yield check(name, wanted == came, f"{came}, not {wanted}")
    if expect.asks is not None:
        yield _asked(expect.asks, observed)
    if expect.stands_in_the_way is not None:
        yield _hindered(expect, expect.stands_in_the_way, observed, shop)
    if expect.said is not None:
        faults = list(_faults(expect.said, observed.text, wanted=True))
        yield check("said", not faults, "; ".join(faults))
    if expect.not_said is not None:
        faults = list(_faults(expect.not_said, observed.text, wanted=False))
        yield check("not_said", not faults, "; ".join(faults))


def _faults(patterns: Iterable[str], text: str, *, wanted: bool) -> Iterator[str]:
    """What is wrong with a text; a pattern that comes to no end has been neither met nor kept."""
    for pattern in patterns:
        try:
            found = regex.search(pattern, text, regex.IGNORECASE, timeout=_SECONDS) is not None
        except TimeoutError:
            yield f"{pattern} was given up after {_SECONDS:g} s"
        else:
            if found != wanted:
                yield f"the text has {'no ' if wanted else ''}{pattern}"


def _asked(wanted: bool, observed: Observed) -> Check:
    if wanted:
        count = len(observed.choices)
        passed = _FEWEST_CHOICES <= count <= _MOST_CHOICES
        return check("asks", passed, f"offers {count} choices, not 2 to 4")
    return check("asks", not asks_back(observed), "asks back")


def _hindered(expect: Expect, fields: tuple[str, ...], observed: Observed, shop: Shop) -> Check:
    unnamed = [
        field
        for field in fields
        if not shop.names_field(observed.text, field, _asked_of(expect, field))
    ]
    passed = not unnamed and says_no(observed.text)
    told = f"does not name {', '.join(unnamed)}" if unnamed else "does not say that nothing fits"
    return check("stands_in_the_way", passed, told)


def _asked_of(expect: Expect, field: str) -> list[Any]:
    """The values that the labels of a turn ask of a field."""
    labels: list[Label] = []
    for label in (*(expect.facts or ()), *(expect.need or ())):
        labels += label.any if isinstance(label, AnyLabel) else (label,)
    values: list[Any] = [label.value for label in labels if label.field == field]
    for predicate in expect.products.predicates if expect.products else ():
        values += predicate.values if predicate.field == field else ()
    return [value for value in values if value is not None]
