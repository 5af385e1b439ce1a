"""How well a system reads what a shopper wants: precision, recall, strength, polarity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evals.checks.matching import match_labels, same_value
from evals.measures.count import Count
from evals.running.observed import SeenWish
from evals.suite.conversation import AnyLabel, Label


def count_wishes(labels: Sequence[Label | AnyLabel], wishes: Sequence[SeenWish]) -> Iterator[Count]:
    """What one message's reading adds to the figures of all.

    Args:
        labels: the wishes that the message states.
        wishes: those that were read out of it.
    """
    matched = match_labels(labels, wishes)
    found = len(matched.found)
    yield Count("precision", found, found + len(matched.spurious))
    yield Count("recall", found, found + len(matched.missed))
    yield Count("strength", found - len(matched.wrong_strength), found)
    yield _polarity(labels, matched.found, wishes)


def _polarity(
    labels: Sequence[Label | AnyLabel],
    found: Sequence[tuple[Label, SeenWish]],
    wishes: Sequence[SeenWish],
) -> Count:
    """Exclusions read as such, of those said and those made up out of wishes for the thing."""
    said = [label for label in labels if not label.optional and _excludes(label)]
    right = sum(label.op == "!=" for label, _ in found)
    single = [reading for label in labels for reading in _readings(label)]
    turned = sum(
        wish.op == "!=" and not _labelled(single, wish, "!=") and _labelled(single, wish, "=")
        for wish in wishes
    )
    return Count("polarity", min(right, len(said)), len(said) + turned)


def _readings(label: Label | AnyLabel) -> Sequence[Label]:
    return label.any if isinstance(label, AnyLabel) else (label,)


def _excludes(label: Label | AnyLabel) -> bool:
    return all(reading.op == "!=" for reading in _readings(label))


def _labelled(labels: Iterable[Label], wish: SeenWish, op: str) -> bool:
    return any(
        label.field == wish.field and label.op == op and same_value(label.value, wish.value)
        for label in labels
    )
