"""Questions that the policies do not answer, as a list for staff to work off.

It is made of figures that are out, and of nothing else: what they speak of and how many shoppers
asked, with noise, and nothing for small groups.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.desk.tables import AnsweredRow
from assistant.errors import BadInput
from assistant.insight.counting import week_of
from assistant.insight.kinds import Kind
from assistant.insight.releases import Releases

_WEEKS = 12


@dataclass(frozen=True)
class Question:
    """A kind of question that no clause was found for.

    Attributes:
        term: what it speaks of: ``delivery/country:NO``.
        shoppers: about how many asked it in the last week in which it came out.
        week: that week's Monday.
        weeks: in how many of the last weeks it came out.
        staff: who has seen to it; None where it is open.
        done: when they said so, where somebody ever has.
    """

    term: str
    shoppers: int
    week: date
    weeks: int
    staff: str | None
    done: datetime | None

    @property
    def is_back(self) -> bool:
        """Whether it was seen to and has been asked again since."""
        return self.staff is None and self.done is not None


class OpenQuestions:
    """The list.

    Args:
        database: keeps what was seen to.
        releases: the figures that are out.
        now: the time of day.
    """

    def __init__(
        self, database: Database, releases: Releases, *, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._releases = releases
        self._now = now

    def all(self) -> list[Question]:
        """Every question of the last twelve weeks: the open ones first, then by who asked."""
        out: dict[str, list[tuple[int, date]]] = {}
        for week in self._releases.weeks()[:_WEEKS]:
            release = self._releases.of(week)
            for figure in release.of(Kind.QUESTIONS) if release is not None else ():
                out.setdefault(figure.term, []).append((figure.shoppers, week))
        with self._database.reading() as session:
            found = [
                _question(session.get(AnsweredRow, term), term, weeks)
                for term, weeks in out.items()
            ]
        return sorted(
            found, key=lambda one: (one.staff is not None, -one.week.toordinal(), -one.shoppers)
        )

    def mark(self, term: str, *, staff: str) -> None:
        """A member of staff has seen to a question.

        Raises:
            BadInput: no such question is out.
        """
        if all(one.term != term for one in self.all()):
            raise BadInput("There is no such question.", field="term")
        with self._database.writing() as session:
            self._forget(session, term)
            session.add(AnsweredRow(term=term, staff=staff, time=self._now()))

    def reopen(self, term: str) -> None:
        """It was not seen to, after all."""
        with self._database.writing() as session:
            self._forget(session, term)

    def _forget(self, session: Session, term: str) -> None:
        row = session.get(AnsweredRow, term)
        if row is not None:
            session.delete(row)
            session.flush()


def _question(row: AnsweredRow | None, term: str, weeks: list[tuple[int, date]]) -> Question:
    shoppers, last = weeks[0]
    # Who asked in the week itself may have asked before it was seen to.
    holds = row is not None and last <= week_of(row.time)
    return Question(
        term,
        shoppers,
        last,
        len(weeks),
        staff=row.staff if row is not None and holds else None,
        done=row.time if row is not None else None,
    )
