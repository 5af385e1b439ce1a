"""The numbers of each graded conversation, kept beside a run's results.

Grading takes the suites and the catalogues. What was counted then is enough to hold two runs
against each other later, wherever their folders are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

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
            against those of the old ones.
        passed: whether every check passed, and a simulated shopper got what they want.
        checks: by name, how many turns passed it and how many had it.
        failed: the checks that failed.
        shares: by figure, the numerator and the denominator over all turns, and of the whole.
        values: by figure, the value of each turn that has one.
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
    checks: dict[str, tuple[int, int]] = Field(default_factory=dict)
    failed: list[FailedTurnCheck] = Field(default_factory=list)
    shares: dict[str, tuple[float, float]] = Field(default_factory=dict)
    values: dict[str, list[float]] = Field(default_factory=dict)


def graded_line(graded: GradedConversation) -> GradedLine:
    """What is kept of a graded conversation."""
    conversation, record = graded.conversation, graded.record
    checks: dict[str, tuple[int, int]] = {}
    failed: list[FailedTurnCheck] = []
    shares: dict[str, tuple[float, float]] = {}
    values: dict[str, list[float]] = {}
    for turn in graded.turns:
        for check in turn.checks:
            passed, made = checks.get(check.name, (0, 0))
            checks[check.name] = passed + check.passed, made + 1
            if not check.passed:
                failed.append(FailedTurnCheck(turn=turn.number, check=check.name, told=check.told))
        for key, value in turn_values(turn):
            values.setdefault(key, []).append(float(value))
    of_turns = (count for turn in graded.turns for count in share_counts(turn))
    for key, numerator, denominator in (*of_turns, *graded.shares):
        before = shares.get(key, (0.0, 0.0))
        shares[key] = before[0] + float(numerator), before[1] + float(denominator)
    return GradedLine(
        system=record.system,
        conversation=conversation.id,
        digest=record.digest,
        checked=checked_digest(conversation),
        attempt=record.attempt,
        language=conversation.language,
        tags=conversation.tags,
        group=conversation.group,
        passed=graded.passed,
        checks=checks,
        failed=failed,
        shares=shares,
        values=values,
    )


def checked_digest(conversation: Conversation) -> str:
    """Tells two versions of a conversation apart by what is expected of the answers."""
    expected: list[Mapping[str, Any]] = [
        turn.expect.model_dump(mode="json", exclude_none=True) for turn in conversation.turns
    ]
    text = json.dumps(expected, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
