"""The machine's work by day: answers, how long they took, calls, failures and tokens of the model.

It is kept as sums of all shoppers and shown without noise; times only of days with enough answers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from assistant.database.connection import Database
from assistant.insight.tables import MachineRow
from assistant.reply import Reply

ANSWERS, CALLS, FAILURES = "answers", "llm_calls", "llm_failures"
PROMPT, CACHED, COMPLETION = "prompt_tokens", "cached_tokens", "completion_tokens"
TOTAL, FIRST_TEXT = "total_ms", "first_text_ms"
# Times are kept by steps of a tenth: a quantile of them is right within 5 %.
_STEP = 1.1

Work = Counter[tuple[str, int]]
"""Amounts by figure and step."""


def work_of(reply: Reply) -> Work:
    """What a turn made the machine do.

    Args:
        reply: the answer.
    """
    usage = reply.usage
    work: Work = Counter(
        {
            (ANSWERS, 0): 1,
            (CALLS, 0): usage.llm_calls,
            (FAILURES, 0): usage.llm_failures,
            (PROMPT, 0): usage.prompt_tokens,
            (CACHED, 0): usage.cached_tokens,
            (COMPLETION, 0): usage.completion_tokens,
        }
    )
    for figure, name in ((TOTAL, "total"), (FIRST_TEXT, "first_text")):
        if name in reply.timing_ms:
            work[figure, step_of(reply.timing_ms[name])] += 1
    return work


def step_of(milliseconds: float) -> int:
    """The step of a time; everything below a millisecond is the first."""
    return max(0, math.ceil(math.log(max(milliseconds, 1.0), _STEP) - 1e-9))


def time_at(step: int) -> float:
    """The time in the middle of a step, in milliseconds."""
    return float(_STEP ** (step - 0.5))


@dataclass
class Day:
    """What the machine did on one day.

    Attributes:
        day: in UTC.
        sums: by figure.
        times: by figure, how often each step.
    """

    day: date
    sums: dict[str, int] = field(default_factory=dict)
    times: dict[str, dict[int, int]] = field(default_factory=dict)

    def quantile(self, figure: str, share: float) -> float | None:
        """Seconds within which a share of the answers came; None where there were none.

        Args:
            figure: ``TOTAL`` or ``FIRST_TEXT``.
            share: from 0 to 1.
        """
        steps = self.times.get(figure, {})
        wanted, passed = share * sum(steps.values()), 0
        for step in sorted(steps):
            passed += steps[step]
            if passed >= wanted:
                return time_at(step) / 1000
        return None


def days_until(database: Database, now: datetime, *, count: int) -> list[Day]:
    """The last days on which the machine did something, oldest first.

    Args:
        database: where they are.
        now: the time of day.
        count: how many days back.
    """
    first = (now.astimezone(UTC).date() - timedelta(days=count - 1)).isoformat()
    with database.reading() as session:
        rows = session.scalars(
            select(MachineRow).where(MachineRow.day >= first).order_by(MachineRow.day)
        ).all()
    return list(_days(rows).values())


def _days(rows: Iterable[MachineRow]) -> Mapping[str, Day]:
    days: dict[str, Day] = {}
    for row in rows:
        day = days.setdefault(row.day, Day(date.fromisoformat(row.day)))
        if row.figure in (TOTAL, FIRST_TEXT):
            day.times.setdefault(row.figure, {})[row.step] = row.amount
        else:
            day.sums[row.figure] = row.amount
    return days
