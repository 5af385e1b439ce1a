"""Wishes as terms that are counted: in the catalogue's words, numbers rounded to a few steps."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence

from assistant.need import Wish
from retrieval.conditions import Scalar
from retrieval.index import CatalogueIndex
from retrieval.text import normalise, simplified, stopwords, tokens

Part = tuple[str, str, Scalar]
"""Field, operator and value of a wish."""

_STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
_LONGEST_WORDING = 40
# A longer number, wished for exactly, may be one of somebody's.
_MOST_DIGITS = 5
# Nothing that may be a number of somebody, an address or a link.
_PERSONAL = re.compile(r"\d{3}|@|://|www\.")


def part_of(wish: Wish, index: CatalogueIndex, *, stricter: bool = False) -> Part | None:
    """A wish in the catalogue's words; None where it has a word that is the shopper's alone.

    Bounds are rounded, so that few terms count many wishes. A number that is wished for itself
    stays as it is: 280 g are no 200 g.

    Args:
        wish: of a need.
        index: the catalogue.
        stricter: whether a bound is rounded to what fewer products meet. What meets no wish then
            meets none of what is counted for it either; else the term says less than the wish.
    """
    value = wish.value
    if wish.sort is not None or isinstance(value, list):
        return None
    if isinstance(value, bool):
        return wish.field, wish.op, value
    if isinstance(value, int | float):
        if wish.op in ("=", "!="):
            return (wish.field, wish.op, value) if _short(value) else None
        looser_up = wish.op in ("<", "<=")
        return wish.field, wish.op, rounded(float(value), up=looser_up != stricter)
    if wish.field == "need":
        return (wish.field, wish.op, value) if index.advice.get(value) is not None else None
    known = value in index.vocabulary.values(wish.field)
    return (wish.field, wish.op, value) if known else None


def rounded(value: float, *, up: bool) -> float:
    """A number at one of the steps 1, 1.5, 2, 3, 5, 7 of its power of ten.

    Args:
        value: what a shopper named.
        up: whether to the next step at or above it, or else at or below.
    """
    if value == 0 or not math.isfinite(value):
        return 0.0
    size = abs(value)
    power = 10.0 ** math.floor(math.log10(size))
    up = up if value > 0 else not up
    # A step that differs from the number only by how machines add is that number.
    near = [step * power for step in _STEPS if math.isclose(step * power, size, rel_tol=1e-9)]
    beyond = [step * power for step in _STEPS if (step * power >= size) == up]
    found = near[0] if near else min(beyond) if up else max(beyond)
    return math.copysign(float(f"{found:.6g}"), value)


def _short(value: float) -> bool:
    return sum(sign.isdigit() for sign in f"{abs(value):.12g}") <= _MOST_DIGITS


def term_of(parts: Iterable[Part]) -> str:
    """Parts of one wish or of several as a term, the same whatever their order."""
    unique = sorted({json.dumps(part, ensure_ascii=False) for part in parts})
    return f"[{','.join(unique)}]"


def parts_in(term: str) -> list[Part]:
    """The parts that a term was made of."""
    return [(field, op, value) for field, op, value in json.loads(term)]


def grouped(text: str) -> tuple[str, str] | None:
    """What different wordings of a wish have in common, and this wording, tidied.

    Args:
        text: the shopper's words for something.

    Returns:
        None where they are too long to name a thing, or may name a person or an address.
    """
    wording = simplified(normalise(text)).strip(" .,;:!?\"'()。，；：！？“”（）")
    if not wording or len(wording) > _LONGEST_WORDING or _PERSONAL.search(wording):
        return None
    stems = _stems(wording)
    return (" ".join(stems), wording) if stems else None


def _stems(text: str) -> Sequence[str]:
    carried = stopwords()
    return list(dict.fromkeys(t.stem for t in tokens(text) if t.stem not in carried))
