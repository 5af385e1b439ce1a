"""Numbers, sums and what bounds them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.reading.amounts import read_amounts
from tools.reading.numbers import read_number


@pytest.mark.parametrize(
    ("message", "low", "high", "bound", "currency"),
    [
        ("below a hundred bucks", 100, None, "<=", "USD"),
        ("一百出头", 100, 120, "~", None),
        ("两三百块", 200, 300, "~", "CNY"),
        ("一两百美元", 100, 200, "~", "USD"),
        ("不到一百美元", 100, None, "<=", "USD"),
        ("budget of 1.5k yuan", 1500, None, "<=", "CNY"),
        ("1.5万以内", 15000, None, "<=", None),
        ("between 60 and 90 dollars", 60, 90, "~", "USD"),
        ("80~120之间", 80, 120, "~", None),
        ("my budget is $120 max", 120, None, "<=", "$"),
        ("nothing below $50", 50, None, ">=", "$"),
        ("别低于100", 100, None, ">=", None),
        ("make it 120 pounds", 120, None, "<=", "GBP"),
        ("加到800元", 800, None, "<=", "CNY"),
        ("100刀", 100, None, "~", "USD"),
        ("ninety-five dollars max", 95, None, "<=", "USD"),
        ("150 or less", 150, None, "<=", None),
        ("650 yuan is all we have", 650, None, "<=", "CNY"),
        ("90 euros is the most I can pay", 90, None, "<=", "EUR"),
        ("$85 is my absolute limit", 85, None, "<=", "$"),
        ("I only have 70 pounds", 70, None, "<=", "GBP"),
        ("兜里就剩350块", 350, None, "<=", "CNY"),
        ("身上只有90美元", 90, None, "<=", "USD"),
        ("600块就是上限了", 600, None, "<=", "CNY"),
        ("我只想花80欧元", 80, None, "<=", "EUR"),
        ("95 dollars is a fair price", 95, None, "~", "USD"),
        ("大概600块吧", 600, None, "~", "CNY"),
    ],
)
def test_sums(message: str, low: int, high: int | None, bound: str, currency: str | None) -> None:
    (amount,) = read_amounts(message)
    assert (amount.value, amount.high, amount.bound) == (low, high, bound)
    assert amount.currency == currency


@pytest.mark.parametrize(
    "message",
    [
        "I'm over 60",
        "kids under 12",
        "第二双",
        "size 42",
        "US 9",
        "under 30 minutes",
        "手头有3双",
        "I only have 2 pairs",
    ],
)
def test_no_sums(message: str) -> None:
    assert read_amounts(message) == []


_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """A number from 20 to 9999 as it is spoken."""
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + name
        gap = not digit
    return text


@given(st.integers(min_value=20, max_value=9_999))
def test_numbers_round_trip(number: int) -> None:
    for written in (str(number), f"{number:,}", chinese(number)):
        found = read_number(written)
        assert found is not None
        assert found.value == Decimal(number)
