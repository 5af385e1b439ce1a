"""When staff are there, and when they are there next."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from assistant.reply import Language

_LONGEST = 400  # days that are looked ahead for the next opening
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = get_args(Day)
Span = tuple[time, time]


def _span(written: object) -> Span:
    """``09:00-18:00``; ``24:00`` is the end of the day."""
    if isinstance(written, tuple):
        return written
    try:
        begins, ends = str(written).split("-")
        end = time.max if ends.strip() == "24:00" else time.fromisoformat(ends.strip())
        span = (time.fromisoformat(begins.strip()), end)
    except ValueError as error:
        raise ValueError(f"{written!r} is no span such as 09:00-18:00") from error
    if span[0] >= span[1] or span[0].tzinfo or span[1].tzinfo:
        raise ValueError(f"{written!r} must end after it begins, on the same day")
    return span


class Hours(BaseModel):
    """The shop's hours.

    Attributes:
        time_zone: of the hours, such as ``Europe/Berlin``; None means always open.
        week: spans by weekday; a day that is left out is closed.
        holidays: days on which nobody is there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_zone: str | None = None
    week: dict[Day, tuple[Annotated[Span, BeforeValidator(_span)], ...]] = Field(
        default_factory=dict
    )
    holidays: frozenset[date] = frozenset()

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"there is no time zone {name!r}") from error
        return name

    def open_at(self, now: datetime) -> bool:
        """Whether somebody is there.

        Args:
            now: with its zone.
        """
        if self.time_zone is None:
            return True
        local = now.astimezone(ZoneInfo(self.time_zone))
        return any(b <= local.time() < e for b, e in self._spans(local.date()))

    def opens(self, now: datetime) -> datetime | None:
        """When somebody is there next, in the shop's zone; None where that is never."""
        if self.time_zone is None or self.open_at(now):
            return now
        zone = ZoneInfo(self.time_zone)
        local = now.astimezone(zone)
        for days in range(_LONGEST):
            day = local.date() + timedelta(days=days)
            for begins, _ in sorted(self._spans(day)):
                opening = datetime.combine(day, begins, tzinfo=zone)
                if opening > local:
                    return opening
        return None

    def _spans(self, day: date) -> tuple[Span, ...]:
        if day in self.holidays:
            return ()
        return self.week.get(DAYS[day.weekday()], ())


def said_opening(opening: datetime, language: Language) -> str:
    """An opening as a shopper reads it: weekday, date, time and zone."""
    pattern, locale = (
        ("y年M月d日EEEE HH:mm", "zh") if language == "zh" else ("EEEE, d MMMM, HH:mm", "en")
    )
    zone = opening.tzinfo
    name = zone.key if isinstance(zone, ZoneInfo) else "UTC"
    return f"{format_datetime(opening, pattern, tzinfo=zone, locale=locale)} ({name})"
