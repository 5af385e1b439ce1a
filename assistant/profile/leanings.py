"""What a profile's facts speak for, as conditions that a ranking can weigh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from assistant.profile.dialogue.contradiction import trait_entry
from assistant.profile.dialogue.statements import value_in
from assistant.profile.facts import ProfileFact
from assistant.profile.fading import confidence_at, still_counts
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.vocabulary import Term
from tools.leaning import Leaning

_LANGUAGES = ("en", "zh")
# A taste speaks less for a product than what the body needs or what never fits.
_SCALE = {"must": 1.0, "prefer": 0.8}
_TEXTS = {
    "trait": {"en": "you have told us of {name}", "zh": "您说过您的情况：{name}"},
    "size": {"en": "you wear size {name}", "zh": "您穿{name}码"},
    "gender": {"en": "you shop for {name}", "zh": "您选{name}"},
    "price": {"en": "you usually spend at most {name}", "zh": "您平时花费不超过{name}"},
    "=": {"en": "you like {name}", "zh": "您喜欢{name}"},
    "!=": {"en": "you avoid {name}", "zh": "您不喜欢{name}"},
    "use": {"en": "you told us of {name}", "zh": "您常用于{name}"},
}
# What goods are for, or where they are used: said of what one does rather than likes.
_DOING = frozenset({"use", "terrain", "activity", "purpose"})


def leanings_of_facts(
    facts: Sequence[ProfileFact], index: CatalogueIndex, now: datetime
) -> list[Leaning]:
    """What the facts that still count speak for, in conditions that the catalogue can tell.

    Args:
        facts: of one shopper.
        index: the catalogue.
        now: the time, with its zone; older facts speak more softly.
    """
    leanings: list[Leaning] = []
    for fact in facts:
        if not still_counts(fact, now):
            continue
        strength = min(1.0, confidence_at(fact, now) * _SCALE[fact.strength])
        for condition, text in _conditions(fact, index):
            leanings.append(
                Leaning(
                    condition=condition,
                    strength=strength,
                    text=text,
                    source=f"profile:{fact.id}",
                )
            )
    return leanings


def _conditions(
    fact: ProfileFact, index: CatalogueIndex
) -> Iterator[tuple[Condition, dict[str, str]]]:
    entry = trait_entry(fact.field, fact.value, index.advice)
    if entry is not None:
        names = {language: entry.name(language) for language in _LANGUAGES}
        for condition in entry.require:
            if condition.field in index.columns.fields:
                yield condition, _text("trait", names)
        return
    if fact.field not in index.columns.fields:
        return
    if fact.op in ("<=", ">="):
        bound = _number(fact.value)
        if bound is not None:
            amount = f"{fact.value} {index.currency}" if fact.field == "price" else fact.value
            yield (
                Condition(field=fact.field, op=fact.op, value=bound),
                _text("price", dict.fromkeys(_LANGUAGES, amount)),
            )
        return
    value = value_in(index, fact.field, fact.value)
    if value is None:
        return
    term = Term(fact.field, value)
    names = {language: index.vocabulary.display(term, language) for language in _LANGUAGES}
    kind: str = fact.op
    if fact.op == "=" and fact.field in ("size", "gender"):
        kind = fact.field
    elif fact.op == "=" and fact.field in _DOING:
        kind = "use"
    yield Condition(field=fact.field, op=fact.op, value=value), _text(kind, names)


def _text(kind: str, names: dict[str, str]) -> dict[str, str]:
    return {language: _TEXTS[kind][language].format(name=names[language]) for language in names}


def _number(written: str) -> float | None:
    try:
        return float(written)
    except ValueError:
        return None
