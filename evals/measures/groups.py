"""Conversations that say the same: whether they are given the same, and equally good, answers."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from evals.measures.figures import Figure, Sample
from evals.measures.graded import GradedConversation
from evals.measures.resampling import Numbers
from evals.measures.slices import Asked

_Given = frozenset[str] | None  # None where there is no answer

_BOTH = {"en", "zh"}


class Groups:
    """What was given at the end of each conversation of a group.

    The members of a group are compared within one attempt, which all of them were held in with
    the same seed.
    """

    def __init__(self) -> None:
        self._given: dict[str, dict[int, list[tuple[str, _Given]]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def add(self, graded: GradedConversation) -> None:
        """Adds a conversation; one without a group has nothing to be compared with."""
        conversation = graded.conversation
        if conversation.group is None:
            return
        last = graded.turns[-1].observed if graded.turns else None
        given = None
        if last is not None and last.error is None:
            given = frozenset(map(sys.intern, last.products))
        members = self._given[conversation.group][graded.record.attempt]
        members.append((conversation.language, given))

    def figures(self, language: str | None, *, seed: int) -> dict[str, Figure]:
        """How alike the answers within a group are, as figures; groups are drawn.

        ``consistent`` is the share of groups, attempt by attempt, in which every conversation
        ends with the same products in whatever order. ``overlap`` is the mean over all pairs of
        the products that both were given, as a share of those that either was (Jaccard); of two
        that are given nothing it is 1, of one without an answer 0.

        Args:
            language: of the members that are looked at; None looks at all.
            seed: of the draws.
        """
        consistent, overlaps, attempts = [], [], []
        for of_attempts in self._given.values():
            held = [
                [given for spoken, given in members if language in (None, spoken)]
                for members in of_attempts.values()
            ]
            held = [members for members in held if len(members) > 1]
            if held:
                consistent.append(float(sum(map(_all_alike, held))))
                overlaps.append(float(sum(map(_overlap, held))))
                attempts.append(float(len(held)))
        sample = Sample(len(attempts))
        sample.add_sums("consistent", "share", np.array(consistent), np.array(attempts))
        sample.add_sums("overlap", "score", np.array(overlaps), np.array(attempts))
        return sample.figures(seed=seed)


def gaps(
    conversations: Sequence[Asked],
    sums: Mapping[str, tuple[Numbers, Numbers]],
    *,
    seed: int,
) -> dict[str, Figure]:
    """English less Chinese: the mean over groups that have both, each group a pair.

    Within a group each conversation weighs the same, and so does each group among all.

    Args:
        conversations: of a run.
        sums: by figure, the numerator and the denominator of each conversation.
        seed: of the draws; groups are drawn.
    """
    found: dict[str, Figure] = {}
    for key, (numerators, denominators) in sums.items():
        members: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for conversation, num, den in zip(conversations, numerators, denominators, strict=True):
            if conversation.group is not None and den > 0:
                members[conversation.group][conversation.language].append(num / den)
        pairs = [(held["en"], held["zh"]) for held in members.values() if held.keys() >= _BOTH]
        differences = np.array([np.mean(en) - np.mean(zh) for en, zh in pairs], dtype=np.float64)
        sample = Sample(len(differences))
        sample.add_sums(f"gap:{key}", "gap", differences, np.ones(len(differences)))
        found |= sample.figures(seed=seed)
    return found


def _all_alike(given: Sequence[_Given]) -> bool:
    return given[0] is not None and all(other == given[0] for other in given)


def _overlap(given: Sequence[_Given]) -> float:
    pairs = list(combinations(given, 2))
    return sum(_jaccard(a, b) for a, b in pairs) / len(pairs)


def _jaccard(a: _Given, b: _Given) -> float:
    if a is None or b is None:
        return 0.0
    return len(a & b) / len(a | b) if a or b else 1.0
