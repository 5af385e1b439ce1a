"""The tables of insight. None has an id of a shopper, of a thread or of a turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from assistant.database.tables import Base


class WeekRow(Base):
    """A week that is counted, until its last figures are out.

    Attributes:
        week: its Monday in UTC, such as ``2026-11-30``.
        tallies: how many processes counted in it, each of which bounds shoppers by itself; one
            that was full is two.
    """

    __tablename__ = "insight_weeks"
    week: Mapped[str] = mapped_column(primary_key=True)
    tallies: Mapped[int]


class CountRow(Base):
    """How many shoppers a term counts in a week; deleted when the week's last figures are out.

    Attributes:
        kind: of ``assistant.insight.kinds.Kind``.
        wording: of free text, as most of the first who said it put it.
        shoppers: of free text, those beyond the first who are needed for it to be kept.
    """

    __tablename__ = "insight_counts"
    week: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    wording: Mapped[str]
    shoppers: Mapped[int]


class ReleaseRow(Base):
    """Figures that were let out, with noise. They are shown again as they are, never drawn anew.

    Attributes:
        number: of the release in its week, from 1.
        final: whether it is the week's last one, drawn when the week was over.
        epsilon, delta: what it spent of the week's budget.
        scale: of the noise.
        threshold: the least noisy count that was let out.
        tallies: how many processes counted.
        figures: ``kind``, ``term``, ``wording`` and ``shoppers`` of each.
    """

    __tablename__ = "insight_releases"
    week: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime]
    final: Mapped[bool]
    epsilon: Mapped[float]
    delta: Mapped[float]
    scale: Mapped[float]
    threshold: Mapped[int]
    tallies: Mapped[int]
    figures: Mapped[list[dict[str, Any]]]


class MachineRow(Base):
    """Work of the machine on a day: sums, and times by steps; about no shopper.

    Attributes:
        day: in UTC, such as ``2026-11-30``.
        figure: what is summed up, of ``assistant.insight.machine``.
        step: of a time; 0 for a plain sum.
    """

    __tablename__ = "insight_machine"
    day: Mapped[str] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
