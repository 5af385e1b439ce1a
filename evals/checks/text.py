"""What the text says, and what the reply makes of the message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from evals.checks.check import Check, check
from evals.checks.wording import Shop, language_of_text, says_no
from evals.running.observed import Observed
from evals.suite.conversation import AnyLabel, Expect, Label

_FEWEST_CHOICES = 2
_MOST_CHOICES = 4
_ENDS_ASKING = re.compile(r"[?？]\W*$")


def answered(observed: Observed) -> Check:
    """Whether there is any text."""
    return check("answered", bool(observed.text.strip()), "the reply is empty")


def said(expect: Expect, observed: Observed, shop: Shop) -> Iterator[Check]:
    """Intent, language, mood, questions back, and what the text must and must not say."""
    if expect.intent is not None and observed.intent is not None:
        passed = observed.intent in expect.intent
        yield check("intent", passed, f"{observed.intent}, not {' or '.join(expect.intent)}")
    if expect.language is not None:
        language = language_of_text(observed.text, shop)
        yield check("language", language == expect.language, f"the text is in {language}")
    for name in ("sentiment", "urgency", "handoff"):
        wanted, came = getattr(expect, name), getattr(observed, name)
        if wanted is not None and came is not None:
            yield check(name, wanted == came, f"{came}, not {wanted}")
    if expect.asks is not None:
        yield _asked(expect.asks, observed)
    if expect.stands_in_the_way is not None:
        yield _hindered(expect, expect.stands_in_the_way, observed, shop)
    if expect.said is not None:
        missed = [p for p in expect.said if not _found(p, observed.text)]
        yield check("said", not missed, f"the text has no {', '.join(missed)}")
    if expect.not_said is not None:
        hits = [p for p in expect.not_said if _found(p, observed.text)]
        yield check("not_said", not hits, f"the text has {', '.join(hits)}")


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def _asked(wanted: bool, observed: Observed) -> Check:
    count = len(observed.choices)
    asks = _ENDS_ASKING.search(observed.text) is not None
    if wanted:
        passed = _FEWEST_CHOICES <= count <= _MOST_CHOICES
        return check("asks", passed, f"offers {count} choices, not 2 to 4")
    return check("asks", not count and not asks, "asks back")


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
