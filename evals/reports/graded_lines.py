"""The numbers of each graded conversation, kept beside a run's results.

Grading takes the suites and the catalogues. What was counted then is enough to hold two runs
against each other later, wherever their folders are.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from evals.measures.clusters import cluster_of
from evals.measures.grade import share_counts, turn_values
from evals.measures.graded import GradedConversation
from evals.suite.conversation import Conversation

GRADED = "graded.jsonl"


class FailedTurnCheck(BaseModel):
    """A check that failed.

    Attributes:
        turn: from 1.
        told: what is wrong, in words.
    """

    turn: int
    check: str
    told: str = ""


class GradedLine(BaseModel):
    """One graded conversation of one system.

    Attributes:
        digest: of what was asked, as its record has it.
        checked: a digest of what was expected, so that numbers of mended checks are not held
            against those of the old ones; and of the catalogue where its state is known, for
            the same answer may be right of one and wrong of another.
        passed: whether every check passed, and a simulated shopper got what they want.
        broken_off: why whoever played the shopper broke off; such a line judges no system.
        checks: by name, how many turns passed it and how many had it.
        failed: the checks that failed.
        shares: by figure, the numerator and the denominator over all turns, and of the whole.
        values: by figure, the value of each turn that has one; None for a turn without an answer,
            which takes more than any that has one.
    """

    system: str
    conversation: str
    digest: str
    checked: str
    attempt: int = 1
    language: str
    tags: tuple[str, ...] = ()
    group: str | None = None
    passed: bool
    broken_off: str | None = None
    checks: dict[str, tuple[int, int]] = Field(default_factory=dict)
    failed: list[FailedTurnCheck] = Field(default_factory=list)
    shares: dict[str, tuple[float, float]] = Field(default_factory=dict)
    values: dict[str, list[float | None]] = Field(default_factory=dict)

    @property
    def cluster(self) -> str:
        """What the conversation hangs together with."""
        return cluster_of(self.conversation, self.group)


def graded_line(graded: GradedConversation, *, catalog: str = "") -> GradedLine:
    """What is kept of a graded conversation.

    Args:
        graded: with its checks.
        catalog: the state of its catalogue; empty where it is not known, or its name says it.
    """
    conversation, record = graded.conversation, graded.record
    checks: dict[str, tuple[int, int]] = {}
    failed: list[FailedTurnCheck] = []
    shares: dict[str, tuple[float, float]] = {}
    values: dict[str, list[float | None]] = {}
    for turn in graded.turns:
        for check in turn.checks:
            passed, made = checks.get(check.name, (0, 0))
            checks[check.name] = passed + check.passed, made + 1
            if not check.passed:
                failed.append(FailedTurnCheck(turn=turn.number, check=check.name, told=check.told))
        for key, value in turn_values(turn):
            values.setdefault(key, []).append(float(value) if math.isfinite(value) else None)
    of_turns = (count for turn in graded.turns for count in share_counts(turn))
    for key, numerator, denominator in (*of_turns, *graded.shares):
        before = shares.get(key, (0.0, 0.0))
        shares[key] = before[0] + float(numerator), before[1] + float(denominator)
    return GradedLine(
        system=record.system,
        conversation=conversation.id,
        digest=record.digest,
        checked=checked_digest(conversation, catalog=catalog),
        attempt=record.attempt,
        language=conversation.language,
        tags=conversation.tags,
        group=conversation.group,
        passed=graded.passed,
        broken_off=graded.broken_off,
        checks=checks,
        failed=failed,
        shares=shares,
        values=values,
    )


def checked_digest(conversation: Conversation, *, catalog: str = "") -> str:
    """Tells two versions of a conversation apart by what its answers are held against.

    Args:
        conversation: with what is expected of the answers.
        catalog: the state of its catalogue; empty where it is not known, or its name says it.
    """
    expected: list[Mapping[str, Any] | str] = [
        turn.expect.model_dump(mode="json", exclude_none=True) for turn in conversation.turns
    ]
    if catalog:
        expected.append(catalog)
    text = json.dumps(expected, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
