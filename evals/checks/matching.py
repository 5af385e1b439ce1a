"""What a system read, held against what a careful reader noted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from evals.running.observed import SeenWish
from evals.suite.conversation import AnyLabel, Label
from evals.suite.predicates import plain_value, read_number

# "Under 120" is < to one reader and <= to another: no shopper means the difference.
_SAME_SIDE = {"<": "<=", ">": ">=", "contains": "="}
_MONEY = frozenset({"price"})
_SAME_AMOUNT = 0.01
_CONVERTED = 0.005  # relative: half a unit of an amount of a hundred


@dataclass
class Matched:
    """The outcome of one turn.

    Attributes:
        found: required labels with the wish that met each.
        missed: required labels that nothing met.
        spurious: wishes that no label allows.
    """

    found: list[tuple[Label, SeenWish]] = field(default_factory=list)
    missed: list[Label | AnyLabel] = field(default_factory=list)
    spurious: list[SeenWish] = field(default_factory=list)

    @property
    def wrong_strength(self) -> list[tuple[Label, SeenWish]]:
        """What was read, but as a must where it is a preference, or the other way.

        A superlative orders and filters nothing, so it has no strength.
        """
        return [
            (label, wish)
            for label, wish in self.found
            if label.strength != wish.strength and label.op not in ("asc", "desc")
        ]


def match_labels(labels: Sequence[Label | AnyLabel], wishes: Sequence[SeenWish]) -> Matched:
    """Pairs labels with wishes, one to one.

    An optional label, and every further reading of an ``any`` label, excuses a wish without
    counting for it.
    """
    result = Matched()
    left = list({_key(wish): wish for wish in _single(wishes)}.values())
    excused: list[Label] = []
    # What has but one reading takes its wish first.
    for label in sorted(labels, key=lambda item: isinstance(item, AnyLabel)):
        readings = label.any if isinstance(label, AnyLabel) else (label,)
        if label.optional:
            excused += readings
            continue
        pair = _take(readings, left)
        if pair is None:
            result.missed.append(label)
            continue
        result.found.append(pair)
        excused += [reading for reading in readings if reading is not pair[0]]
    for reading in excused:
        _take((reading,), left)
    result.spurious = left
    return result


def same_wish(label: Label, wish: SeenWish) -> bool:
    """Whether a wish says what the label says, its strength aside."""
    return (
        label.field == wish.field
        and _side(label.op) == _side(wish.op)
        and (
            same_value(label.value, wish.value)
            or (label.field in _MONEY and _rounded(label.value, wish.value))
        )
    )


def same_value(labelled: object, seen: object) -> bool:
    """Whether two values are one, case aside: a size, a year or a code is never nearly another."""
    return plain_value(labelled) == plain_value(seen)


def _rounded(labelled: object, seen: object) -> bool:
    """Whether an amount is another in whole units or in cents.

    Only what came of a conversion has a fraction of a unit to round: 800 yuan are 111.11 dollars.
    A budget in round units is that and no other.
    """
    a, b = read_number(labelled), read_number(seen)
    if a is None or b is None or a.is_integer():
        return False
    if abs(a - b) < _SAME_AMOUNT:
        return True
    return b.is_integer() and abs(a - b) <= min(1.0, _CONVERTED * a)


def told_label(label: Label | AnyLabel) -> str:
    """A label for a reader."""
    if isinstance(label, AnyLabel):
        return " or ".join(told_label(reading) for reading in label.any)
    return f"{label.field} {label.op}" + ("" if label.value is None else f" {label.value}")


def told_wish(wish: SeenWish) -> str:
    """A wish for a reader."""
    return f"{wish.field} {wish.op}" + ("" if wish.value is None else f" {wish.value}")


def _take(readings: Sequence[Label], left: list[SeenWish]) -> tuple[Label, SeenWish] | None:
    for reading in readings:
        fitting = [wish for wish in left if same_wish(reading, wish)]
        if fitting:
            # Of two that differ in strength alone, the right one.
            wish = next((w for w in fitting if w.strength == reading.strength), fitting[0])
            left.remove(wish)
            return reading, wish
    return None


def _single(wishes: Iterable[SeenWish]) -> Iterable[SeenWish]:
    """A wish for one of several values, as a wish for each."""
    for wish in wishes:
        if isinstance(wish.value, list):
            for value in wish.value:
                yield wish.model_copy(update={"value": value})
        else:
            yield wish


def _key(wish: SeenWish) -> tuple[str, str, str]:
    return wish.field, _side(wish.op), plain_value(wish.value)


def _side(op: str) -> str:
    return _SAME_SIDE.get(op, op)
