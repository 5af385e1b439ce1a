"""What came out otherwise in one run than in the other, conversation by conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from evals.comparing.answers import ASPECTS, held_together, turn_change
from evals.comparing.comparison import Agreement, Aspect, ConversationChange, SeenAnswer, TurnChange
from evals.measures.figures import share
from evals.reports.graded_lines import GradedLine


@dataclass(frozen=True)
class BothAnswers:
    """One message with both answers."""

    say: str
    a: SeenAnswer
    b: SeenAnswer
    number: int
    recorded: bool = False


class ToldChanges(TypedDict):
    """The part of a ``Comparison`` that is of single conversations."""

    newly_failing: list[ConversationChange]
    newly_failing_count: int
    newly_passing: list[ConversationChange]
    newly_passing_count: int
    changed_answers: list[ConversationChange]
    changed_answers_count: int
    agreement: list[Agreement]


class Changes:
    """What came out otherwise.

    Args:
        listed: how many conversations of a kind are kept with their answers; all are counted.
    """

    def __init__(self, listed: int) -> None:
        self._listed = listed
        self._failing: list[ConversationChange] = []
        self._passing: list[ConversationChange] = []
        self._changed: list[ConversationChange] = []
        self._counts = [0, 0, 0]
        self._alike: dict[Aspect, dict[str, tuple[float, float]]] = defaultdict(dict)

    def add(
        self,
        a: GradedLine | None,
        b: GradedLine,
        turns: Iterable[BothAnswers],
        *,
        note: str = "",
    ) -> None:
        """Takes one attempt at a conversation.

        Args:
            a: None where the answers were recorded, and not checked.
            b: of the run after.
            turns: those that both have, with both answers.
            note: what a reader must know of it.
        """
        changes: list[TurnChange] = []
        differs = False
        for turn in turns:
            aspects: list[Aspect] = []
            for aspect, same in held_together(turn.a, turn.b, recorded=turn.recorded):
                alike = self._alike[aspect].get(b.cluster, (0.0, 0.0))
                self._alike[aspect][b.cluster] = alike[0] + same, alike[1] + 1
                if not same:
                    aspects.append(aspect)
            differs = differs or bool(aspects)
            checked = a is not None
            change = turn_change(turn.number, turn.say, turn.a, turn.b, aspects, checked=checked)
            if change is not None:
                changes.append(change)
        if a is not None and a.passed != b.passed:
            kind = 1 if b.passed else 0
        elif differs:
            kind = 2
        else:
            return
        self._counts[kind] += 1
        kept = (self._failing, self._passing, self._changed)[kind]
        if len(kept) < self._listed:
            kept.append(
                ConversationChange(
                    conversation=b.conversation,
                    attempt=b.attempt,
                    language=b.language,
                    tags=b.tags,
                    passed_a=None if a is None else a.passed,
                    passed_b=b.passed,
                    turns=changes,
                    note=note,
                )
            )

    def told(self, *, seed: int) -> ToldChanges:
        """The part of a comparison that it is."""
        return {
            "newly_failing": self._failing,
            "newly_failing_count": self._counts[0],
            "newly_passing": self._passing,
            "newly_passing_count": self._counts[1],
            "changed_answers": self._changed,
            "changed_answers_count": self._counts[2],
            "agreement": [
                Agreement(
                    aspect=aspect,
                    same=share(
                        {cluster: [c] for cluster, c in self._alike[aspect].items()}, seed=seed
                    ),
                )
                for aspect in ASPECTS
                if aspect in self._alike
            ],
        }
