"""What a week's budget of privacy buys: figures with noise, drawn once and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.errors import BudgetSpent, NothingCounted
from assistant.insight.counting import week_of
from assistant.insight.kinds import FREE, MOST_OF_ONE, Kind
from assistant.insight.noise import Mechanism, laplace_threshold
from assistant.insight.tables import CountRow, ReleaseRow, WeekRow

DELTA = 1e-6
"""The chance, in a week, that something comes out which noise does not hide."""
EARLY_SHARE, MOST_EARLY = 0.25, 2
"""What a look into a running week spends, and how often: the last figures keep half."""
# Shares are added up as machines do.
_TOLERANCE = 1e-9
_SEPARATOR = "\t"


@dataclass(frozen=True)
class Figure:
    """For about how many shoppers a term holds.

    Attributes:
        wording: of free text.
    """

    kind: Kind
    term: str
    shoppers: int
    wording: str = ""


@dataclass(frozen=True)
class Release:
    """Figures that are out; see ``ReleaseRow``."""

    week: date
    number: int
    time: datetime
    final: bool
    epsilon: float
    delta: float
    scale: float
    threshold: int
    tallies: int
    figures: tuple[Figure, ...]

    def of(self, kind: Kind) -> list[Figure]:
        """The figures of a kind, the largest first."""
        found = [figure for figure in self.figures if figure.kind is kind]
        return sorted(found, key=lambda figure: (-figure.shoppers, figure.term))


@dataclass(frozen=True)
class Budget:
    """How a week's budget stands.

    Attributes:
        epsilon: that a week has.
        spent: of it so far.
        looks_left: how often one may still look before the week is over.
    """

    week: date
    epsilon: float
    spent: float
    looks_left: int


class Releases:
    """Lets figures out, and has those that are.

    The unit that is protected is all that one shopper, as the server knows them, adds to the counts
    of one week, Monday to Sunday in UTC: of the budget ``epsilon`` each look into the running week
    spends ``EARLY_SHARE``, and what is left goes into the last figures when the week is over. Then
    the counts that they were drawn from are deleted. Nothing is drawn twice: whoever looks again
    sees what was drawn.

    Args:
        database: where counts and releases are.
        epsilon: the budget of a week.
        fewest: the smallest group that is shown; also how many had to say a free text.
        now: the time of day.
        mechanism: adds the noise.
    """

    def __init__(
        self,
        database: Database,
        *,
        epsilon: float,
        fewest: int,
        now: Callable[[], datetime],
        mechanism: Mechanism = laplace_threshold,
    ) -> None:
        self._database = database
        self._epsilon = epsilon
        self._fewest = fewest
        self._now = now
        self._mechanism = mechanism

    def budget(self) -> Budget:
        """How the running week's budget stands."""
        week = week_of(self._now())
        with self._database.reading() as session:
            return self._budget(week, _rows(session, week))

    def look(self) -> Release:
        """Lets the running week's figures out before it is over.

        Raises:
            BudgetSpent: that was done as often as it can be.
            NothingCounted: no count is written of the week yet; nothing is spent.
        """
        now = self._now()
        week = week_of(now)
        try:
            with self._database.writing() as session:
                before = _rows(session, week)
                if self._budget(week, before).looks_left < 1:
                    raise BudgetSpent("This week's budget for early looks is spent.")
                if session.get(WeekRow, week.isoformat()) is None:
                    raise NothingCounted("Nothing is counted of this week yet: nothing was spent.")
                share = self._epsilon * EARLY_SHARE
                return self._draw(session, week, before, now, epsilon=share, final=False)
        except IntegrityError as error:
            raise BudgetSpent("Somebody else has just looked: see what they got.") from error

    def finish(self) -> list[Release]:
        """Lets the last figures of every week that is over out, and deletes their counts."""
        now = self._now()
        current = week_of(now).isoformat()
        done = []
        with self._database.reading() as session:
            over = session.scalars(
                select(WeekRow.week).where(WeekRow.week < current).order_by(WeekRow.week)
            ).all()
        for monday in over:
            with self._database.writing() as session:
                # Whoever was first has deleted it.
                if session.get(WeekRow, monday, with_for_update=True) is None:
                    continue
                week = date.fromisoformat(monday)
                before = _rows(session, week)
                left = self._epsilon - sum(row.epsilon for row in before)
                if left > self._epsilon * _TOLERANCE:
                    done.append(self._draw(session, week, before, now, epsilon=left, final=True))
                session.execute(delete(CountRow).where(CountRow.week == monday))
                session.execute(delete(WeekRow).where(WeekRow.week == monday))
                self._database.scrubber.mark(session)
            # Exact counts must not stand on in the files below, either.
            self._database.scrubber.scrub_soon()
        return done

    def weeks(self) -> list[date]:
        """The weeks of which figures are out, the latest first."""
        with self._database.reading() as session:
            found = session.scalars(
                select(ReleaseRow.week).distinct().order_by(ReleaseRow.week.desc())
            )
            return [date.fromisoformat(week) for week in found]

    def of(self, week: date) -> Release | None:
        """The last figures that are out of a week; None where none are."""
        with self._database.reading() as session:
            rows = _rows(session, week)
        return _release(rows[-1]) if rows else None

    def cost(self, week: date) -> tuple[float, float]:
        """What all figures that are out of a week have spent together: its epsilon and delta.

        Each look and the last figures draw on the same counts, so that their costs add up.
        """
        with self._database.reading() as session:
            rows = _rows(session, week)
        return sum(row.epsilon for row in rows), sum(row.delta for row in rows)

    def finals(self, *, count: int) -> list[Release]:
        """The last figures of the weeks that are over, oldest first.

        Args:
            count: of how many weeks at most.
        """
        with self._database.reading() as session:
            rows = session.scalars(
                select(ReleaseRow)
                .where(ReleaseRow.final)
                .order_by(ReleaseRow.week.desc())
                .limit(count)
            ).all()
        return [_release(row) for row in reversed(rows)]

    def _budget(self, week: date, before: list[ReleaseRow]) -> Budget:
        spent = sum(row.epsilon for row in before)
        share = self._epsilon * EARLY_SHARE
        affordable = int((self._epsilon - spent) / share + _TOLERANCE) if share else 0
        reserve = round(1 / EARLY_SHARE) - MOST_EARLY
        return Budget(week, self._epsilon, spent, max(0, affordable - reserve))

    def _draw(
        self,
        session: Session,
        week: date,
        before: list[ReleaseRow],
        now: datetime,
        *,
        epsilon: float,
        final: bool,
    ) -> Release:
        monday = week.isoformat()
        held = session.get(WeekRow, monday)
        tallies = held.tallies if held is not None else 1
        rows = session.scalars(select(CountRow).where(CountRow.week == monday)).all()
        noisy = self._mechanism(
            {f"{row.kind}{_SEPARATOR}{row.term}": row.shoppers for row in rows},
            epsilon=epsilon,
            delta=DELTA * epsilon / self._epsilon,
            most=MOST_OF_ONE * tallies,
            at_most=tallies,
            fewest=self._fewest,
        )
        wordings = {(row.kind, row.term): row.wording for row in rows}
        row = ReleaseRow(
            week=monday,
            number=len(before) + 1,
            time=now,
            final=final,
            epsilon=noisy.epsilon,
            delta=noisy.delta,
            scale=noisy.scale,
            threshold=noisy.threshold,
            tallies=tallies,
            figures=[
                self._figure(key, count, wordings) for key, count in sorted(noisy.counts.items())
            ],
        )
        session.add(row)
        session.flush()
        return _release(row)

    def _figure(self, key: str, count: int, wordings: dict[tuple[str, str], str]) -> dict[str, Any]:
        kind, _, term = key.partition(_SEPARATOR)
        # Of free text the first few were not counted.
        uncounted = self._fewest - 1 if Kind(kind) in FREE else 0
        return {
            "kind": kind,
            "term": term,
            "wording": wordings[kind, term],
            "shoppers": count + uncounted,
        }


def _rows(session: Session, week: date) -> list[ReleaseRow]:
    return list(
        session.scalars(
            select(ReleaseRow)
            .where(ReleaseRow.week == week.isoformat())
            .order_by(ReleaseRow.number)
        )
    )


def _release(row: ReleaseRow) -> Release:
    return Release(
        week=date.fromisoformat(row.week),
        number=row.number,
        time=row.time,
        final=row.final,
        epsilon=row.epsilon,
        delta=row.delta,
        scale=row.scale,
        threshold=row.threshold,
        tallies=row.tallies,
        figures=tuple(
            Figure(Kind(one["kind"]), one["term"], one["shoppers"], one["wording"])
            for one in row.figures
        ),
    )
