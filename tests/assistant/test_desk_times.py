"""Times as staff read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.desk.showing import texts
from assistant.desk.times import Times

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def told(
    language: Literal["en", "zh"] = "en", zone: str = "Europe/Berlin", now: datetime = NOW
) -> Times:
    words = texts(language)
    return Times(now, zone, language, words["just_now"], words["yesterday"])


@pytest.mark.parametrize(
    ("before", "en", "zh"),
    [
        ({"seconds": 5}, "just now", "刚刚"),
        ({"minutes": 1}, "1 minute ago", "1分钟前"),
        ({"minutes": 59}, "59 minutes ago", "59分钟前"),
        ({"minutes": 95}, "95 minutes ago", "95分钟前"),
        ({"hours": 3}, "3 hours ago", "3小时前"),
        ({"days": 2}, "2 days ago", "2天前"),
    ],
)
def test_how_long_ago(before: dict[str, int], en: str, zh: str) -> None:
    time = NOW - timedelta(**before)
    assert told("en").ago(time) == en
    assert told("zh").ago(time) == zh


@pytest.mark.parametrize(
    ("time", "en", "zh"),
    [
        (datetime(2026, 3, 2, 8, 5, tzinfo=UTC), "09:05", "09:05"),
        # Yesterday in UTC is today in the shop.
        (datetime(2026, 3, 1, 23, 30, tzinfo=UTC), "00:30", "00:30"),
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), "yesterday 13:00", "昨天 13:00"),
        (datetime(2026, 2, 3, 12, 0, tzinfo=UTC), "3 Feb 13:00", "2月3日 13:00"),
        (datetime(2025, 2, 3, 12, 0, tzinfo=UTC), "3 Feb 2025 13:00", "2025年2月3日 13:00"),
    ],
)
def test_the_clock_is_the_shops(time: datetime, en: str, zh: str) -> None:
    assert told("en").clock(time) == en
    assert told("zh").clock(time) == zh


def test_without_a_zone_it_is_utc() -> None:
    assert told(zone="").exact(NOW) == "2026-03-02 09:30"
    assert told().exact(NOW) == "2026-03-02 10:30"


@given(st.timedeltas(timedelta(0), timedelta(days=3000)))
def test_a_wait_is_never_told_as_nothing_and_hours_are_right_to_a_third(wait: timedelta) -> None:
    said = told().lasting(NOW - wait)
    match = re.fullmatch(r"(\d+) (minute|hour|day|week|month|year)s?", said)
    assert match is not None
    units = {"minute": 1, "hour": 60, "day": 1440, "week": 10080, "month": 43830, "year": 525960}
    minutes = int(match[1]) * units[match[2]]
    assert minutes >= 1
    assert abs(minutes - max(wait.total_seconds() / 60, 1)) <= max(1, minutes * 0.51)
