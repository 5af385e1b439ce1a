"""Rows of the tables, in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Row:
    """One figure held against its goal.

    Attributes:
        figure: what was measured, on what.
        value: None where it was left out.
        goal: what the project sets itself; None where nothing is set.
        better: whether the value should be at most or at least the goal.
        unit: of value and goal, behind the number.
        note: how it was measured, or why it was left out.
        comparable: whether what the goal takes for granted holds; where not, it is not met.
    """

    figure: str
    value: float | None
    goal: float | None = None
    better: Literal["lower", "higher"] = "lower"
    unit: str = ""
    note: str = ""
    comparable: bool = True

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is no goal or no value."""
        if self.goal is None or self.value is None:
            return None
        reached = self.value <= self.goal if self.better == "lower" else self.value >= self.goal
        return reached and self.comparable


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, its first column to the left."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def goals_table(rows: Sequence[Row]) -> str:
    """Figures, what they came to, their goals."""
    signs = {"lower": "≤", "higher": "≥"}
    answers = {True: "yes", False: "**no**", None: ""}
    return markdown(
        ("figure", "measured", "goal", "met", "how"),
        [
            (
                row.figure,
                "left out" if row.value is None else written(row.value, row.unit),
                "" if row.goal is None else f"{signs[row.better]} {written(row.goal, row.unit)}",
                answers[row.met],
                row.note,
            )
            for row in rows
        ],
    )


def written(value: float, unit: str = "") -> str:
    """A number as a reader wants it: three digits that count, or whole from a hundred on."""
    digits = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".strip()


def percent(share: float) -> str:
    """A share of the catalogue: ``0.001`` gives ``0.1 %``."""
    return f"{share * 100:g} %"


Say = Callable[[str], None]
"""Takes a line for whoever waits: what is being done now."""
