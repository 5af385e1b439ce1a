"""Counts turns in memory and writes the sums down now and then, apart from any turn."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from assistant.asked import Asked
from assistant.database.connection import Database
from assistant.desk.rules import Trigger
from assistant.insight.kinds import Counted
from assistant.insight.machine import Work, work_of
from assistant.insight.tables import CountRow, MachineRow, ReleaseRow, WeekRow
from assistant.insight.tally import Amount, Tally, Term
from assistant.insight.turns import counts_of, thumb_of
from assistant.reply import Intent, Reply


def week_of(moment: datetime) -> date:
    """The Monday of a moment's week, in UTC."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


class Counting:
    """Counts the turns of one process.

    Sums are written every minute or so, not with each turn: neither the order of the rows nor their
    time tells whose turn it was. What was not written when the process dies is not counted.

    Args:
        database: where sums go.
        now: the time of day.
        fewest: how many shoppers must say a free text before it is kept.
        shoppers: whether anything about shoppers is counted at all.
    """

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime],
        fewest: int,
        shoppers: bool = True,
    ) -> None:
        self._database = database
        self._now = now
        self._fewest = fewest
        self._shoppers = shoppers
        self._on = False
        self._week = date.min
        self._tally: Tally | None = None
        # How often the bound on one shopper holds in a week, as counted here and as written.
        self._weights: dict[date, int] = {}
        self._written: dict[date, int] = {}
        self._grown: defaultdict[date, dict[Term, Amount]] = defaultdict(dict)
        self._work: defaultdict[date, Work] = defaultdict(Counter)
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def begin(self) -> None:
        """Counts from now on. A program that answers one message and ends counts nothing."""
        self._on = True

    def turn(self, asked: Asked, reply: Reply, trigger: Trigger | None) -> None:
        """Counts a finished turn.

        Args:
            asked: the message, with its thread before the turn.
            reply: the answer.
            trigger: the rule that hands the talk to a person now; None where none does.
        """
        if not self._on:
            return
        now, work = self._now(), work_of(reply)
        counts = counts_of(asked, reply, trigger) if self._shoppers else []
        with self._lock:
            self._work[now.astimezone(UTC).date()] += work
            self._take(now, asked.thread.shopper_id, counts)

    def thumb(self, shopper_id: str, thumb: str, intent: Intent) -> None:
        """Counts what a shopper thinks of an answer.

        Args:
            shopper_id: who, as the server settled it.
            thumb: ``up`` or ``down``.
            intent: of the answer.
        """
        if not (self._on and self._shoppers):
            return
        with self._lock:
            self._take(self._now(), shopper_id, [thumb_of(thumb, intent)])

    def flush(self) -> None:
        """Writes down what was counted since the last time, all or nothing.

        Raises:
            StoreUnavailable: the database cannot be written; the next flush tries again.
        """
        with self._writing:
            with self._lock:
                self._let_go()
                grown, self._grown = self._grown, defaultdict(dict)
                work, self._work = self._work, defaultdict(Counter)
                weights = {
                    week: weight
                    for week, weight in self._weights.items()
                    if week in grown or weight != self._written.get(week)
                }
            if not weights and not work:
                return
            try:
                with self._database.writing() as session:
                    for week, weight in sorted(weights.items()):
                        before = self._written.get(week, 0)
                        _write_week(session, week, grown.get(week, {}), before, weight)
                    for day in sorted(work):
                        _write_work(session, day, work[day])
            except BaseException:
                with self._lock:
                    for week, amounts in grown.items():
                        self._grow(week, amounts)
                    for day, amount in work.items():
                        self._work[day] += amount
                raise
            self._written.update(weights)

    def _let_go(self) -> None:
        """Drops the tally of a week that is over, salt and all."""
        self._week = max(self._week, week_of(self._now()))
        if self._tally is not None and self._tally.week < self._week:
            self._tally = None

    def _take(self, now: datetime, shopper_id: str, counts: list[Counted]) -> None:
        if not counts:
            return
        tally = self._this_week(now)
        self._grow(tally.week, tally.take(shopper_id, counts))
        self._weights[tally.week] = tally.weight

    def _this_week(self, now: datetime) -> Tally:
        # A clock that is put back must not make shoppers new in a week that was counted before.
        self._week = max(self._week, week_of(now))
        if self._tally is None or self._tally.week < self._week:
            self._tally = Tally(self._week, fewest=self._fewest)
        return self._tally

    def _grow(self, week: date, amounts: dict[Term, Amount]) -> None:
        for term, amount in amounts.items():
            held = self._grown[week].setdefault(term, Amount(0, amount.wording))
            held.shoppers += amount.shoppers


def _write_week(
    session: Session, week: date, amounts: dict[Term, Amount], before: int, weight: int
) -> None:
    """Adds amounts to a week's sums; what comes when its last figures are out is dropped.

    Args:
        session: of the transaction.
        week: which.
        amounts: by how much its terms grow.
        before: the weight of this process's tally as it was last written.
        weight: as it is now.
    """
    monday = week.isoformat()
    if session.scalar(select(exists().where(ReleaseRow.week == monday, ReleaseRow.final))):
        return
    row = session.get(WeekRow, monday, with_for_update=True)
    if row is None:
        row = WeekRow(week=monday, tallies=0)
        session.add(row)
    # A database that was restored meanwhile may not have what was written before.
    row.tallies = max(row.tallies + weight - before, weight)
    for (kind, term), amount in amounts.items():
        count = session.get(CountRow, (monday, kind.value, term), with_for_update=True)
        if count is None:
            count = CountRow(
                week=monday, kind=kind.value, term=term, wording=amount.wording, shoppers=0
            )
            session.add(count)
        count.shoppers += amount.shoppers


def _write_work(session: Session, day: date, work: Work) -> None:
    for (figure, step), amount in sorted(work.items()):
        if not amount:
            continue
        key = (day.isoformat(), figure, step)
        row = session.get(MachineRow, key, with_for_update=True)
        if row is None:
            row = MachineRow(day=key[0], figure=figure, step=step, amount=0)
            session.add(row)
        row.amount += amount
