"""Times as staff read them: how long ago, and when by the clock of the shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

from assistant.reply import Language

# A day of this year, and of an earlier one.
_DAYS: Mapping[Language, tuple[str, str]] = {
    "en": ("d MMM", "d MMM y"),
    "zh": ("M月d日", "y年M月d日"),
}
_MINUTE = timedelta(minutes=1)
# Up to here minutes tell more than an hour that is rounded.
_IN_MINUTES = timedelta(minutes=100)


@dataclass(frozen=True)
class Times:
    """Tells times on one page.

    Attributes:
        now: when the page is made.
        zone: of the shop, such as ``Europe/Berlin``; empty where it has set none.
        language: of the page.
        just_now: what is said of less than a minute ago.
        yesterday: how a time of yesterday is told, with ``{time}``.
    """

    now: datetime
    zone: str
    language: Language
    just_now: str
    yesterday: str

    def exact(self, time: datetime) -> str:
        """Date and time in the shop's zone: ``2026-03-01 12:00``."""
        return f"{self._here(time):%Y-%m-%d %H:%M}"

    def clock(self, time: datetime) -> str:
        """When something was said: the time alone today, with the day before that."""
        local, today = self._here(time), self._here(self.now).date()
        said = f"{local:%H:%M}"
        if local.date() == today:
            return said
        if local.date() == today - timedelta(days=1):
            return self.yesterday.format(time=said)
        this_year, earlier = _DAYS[self.language]
        pattern = this_year if local.year == today.year else earlier
        day = format_date(local, pattern, locale=self.language)
        return f"{day} {said}"

    def ago(self, time: datetime) -> str:
        """How long ago something was: ``5 minutes ago``."""
        passed = self.now - time
        return self.just_now if passed < _MINUTE else self._told(-passed, direction=True)

    def lasting(self, since: datetime) -> str:
        """For how long something has gone on: ``5 minutes``; never less than one."""
        return self._told(max(self.now - since, _MINUTE), direction=False)

    def _told(self, passed: timedelta, *, direction: bool) -> str:
        # A threshold that large keeps to minutes.
        threshold = 2.0 if abs(passed) < _IN_MINUTES else 0.85
        return format_timedelta(
            passed,
            granularity="minute",
            threshold=threshold,
            add_direction=direction,
            locale=self.language,
        )

    def _here(self, time: datetime) -> datetime:
        return time.astimezone(ZoneInfo(self.zone or "UTC"))
