"""Which facts cannot both be so."""

from __future__ import annotations

from itertools import product

from assistant.profile.dialogue.statements import Op
from retrieval.advice import Advice, AdviceBook
from retrieval.conditions import Condition
from retrieval.fields import key

ONE_VALUE = frozenset({"size", "gender", "price"})
"""Fields of which a person has one value at a time."""


def contradict(field: str, one: tuple[Op, str], other: tuple[Op, str], advice: AdviceBook) -> bool:
    """Whether two statements on one field exclude each other.

    Liking and disliking do; two sizes, unless one is a number and one a letter, as those of shoes
    and of shirts; and two needs of one kind whose advice asks for values that no product has
    together, such as wide and narrow feet.

    Args:
        field: the field of both.
        one, other: operator and value of each.
        advice: the shop's.
    """
    if one == other:
        return False
    (op, value), (op2, value2) = one, other
    if key(value) == key(value2) and {op, op2} == {"=", "!="}:
        return True
    if "!=" in (op, op2):
        return False
    if field in ONE_VALUE:
        return field != "size" or _is_number(value) == _is_number(value2)
    entries = [_entry(field, text, advice) for text in (value, value2)]
    if entries[0] is None or entries[1] is None or entries[0] is entries[1]:
        return False
    return any(_disjoint(a, b) for a, b in product(entries[0].require, entries[1].require))


def trait_entry(field: str, value: str, advice: AdviceBook) -> Advice | None:
    """The advice that a profile's fact names; None where it is a value of the catalogue."""
    return _entry(field, value, advice)


def _entry(field: str, value: str, advice: AdviceBook) -> Advice | None:
    return next((e for e in advice if e.trait and e.field == field and e.name("en") == value), None)


def _disjoint(one: Condition, other: Condition) -> bool:
    if one.field != other.field or not {one.op, other.op} <= {"=", "in"}:
        return False
    return _values(one).isdisjoint(_values(other))


def _values(condition: Condition) -> set[str]:
    value = condition.value
    return {key(v) for v in (value if isinstance(value, list) else [value])}


def _is_number(value: str) -> bool:
    return any(character.isdigit() for character in value)
