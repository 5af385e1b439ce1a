from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.money import (
    Price,
    UnreadablePrice,
    exact_amount,
    format_price,
    parse_currency,
    parse_price,
)

UNDERSTOOD = [
    ("$1,299.00", "1299.00", "USD"),
    ("₹ 4,999", "4999", "INR"),
    ("₹4,99,999.00", "499999.00", "INR"),
    ("1.299,00 €", "1299.00", "EUR"),
    ("1.299 €", "1299", "EUR"),
    ("EUR 12", "12", "EUR"),
    ("usd12", "12", "USD"),
    ("RMB 399", "399", "CNY"),
    ("399元", "399", "CNY"),
    ("¥399元", "399", "CNY"),
    ("人民币399", "399", "CNY"),
    ("12.50", "12.50", None),
    ("12,50", "12.50", None),
    ("1,29", "1.29", None),
    ("1,299", "1299", None),
    ("1,234,567.89", "1234567.89", None),
    ("1.234.567,89", "1234567.89", None),
    ("1 299,00", "1299.00", None),
    ("CHF 1'299.50", "1299.50", "CHF"),
    ("0", "0", None),
    (".75", "0.75", None),
    ("１２９．９０", "129.90", None),
    ("  MRP: ₹4,999 ", "4999", "INR"),
    ("US$120", "120", "USD"),
    ("$120 CAD", "120", "CAD"),
    ("HK$ 980", "980", "HKD"),
    ("KWD 1.299", "1.299", "KWD"),
]
REFUSED = [
    *("", " ", "free", "N/A", "nan", "inf", "-5", "$-5", "-$5", "(5)", "−5", "1e9", "0x10"),
    *("$10 - $20", "10–20", "$10 to $20", "10至20元", "1.299", "$1.299", "1,2345", "1,2,3", "12."),
    *("5%", "10万", "399元起", "from $10", "12⁹⁹", "½", "٣٩٩", "¥399", "Rs. 4,999", "90 kr"),
    *("$5 €", "10 20", "1 2", "99999999999", "$", "abc", "12 abc", "1..2", "1,,2", "9" * 200),
]


@pytest.mark.parametrize(("text", "amount", "currency"), UNDERSTOOD)
def test_understood(text: str, amount: str, currency: str | None) -> None:
    assert parse_price(text) == Price(Decimal(amount), currency)


@pytest.mark.parametrize("text", REFUSED)
def test_refused_with_a_reason(text: str) -> None:
    with pytest.raises(UnreadablePrice) as caught:
        parse_price(text)
    assert caught.value.reason


@pytest.mark.parametrize(
    ("text", "hint", "currency"),
    [
        ("¥399", "CNY", "CNY"),
        ("￥399", "JPY", "JPY"),
        ("$9", "CAD", "CAD"),
        ("$9", "EUR", "USD"),
        ("Rs. 9", "INR", "INR"),
        ("9 kr", "SEK", "SEK"),
        ("9元", "HKD", "HKD"),
        ("9", "EUR", None),
    ],
)
def test_the_catalogue_settles_signs_of_several_currencies(
    text: str, hint: str, currency: str | None
) -> None:
    assert parse_price(text, currency=hint).currency == currency


def test_a_yuan_or_yen_sign_is_not_read_as_a_third_currency() -> None:
    with pytest.raises(UnreadablePrice, match="CNY or JPY"):
        parse_price("¥399", currency="USD")


def test_currency_names() -> None:
    assert parse_currency(" usd ") == "USD"
    assert parse_currency("人民币") == "CNY"
    assert parse_currency("€") == "EUR"
    for text in ("", "abc", "¥", "12", "USD EUR"):
        with pytest.raises(UnreadablePrice):
            parse_currency(text)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        (112, "USD", "en", "$112"),
        (112, "USD", "zh", "$112"),
        (112.5, "USD", "en", "$112.50"),
        (Decimal("112.00"), "USD", "en", "$112"),
        (399, "CNY", "zh", "¥399"),
        (4999, "INR", "en", "₹4,999"),
        (1299.9, "EUR", "en", "€1,299.90"),
        (90, "SEK", "en", "SEK\N{NO-BREAK SPACE}90"),
        (1.25, "USD", "tlh", "$1.25"),
    ],
)
def test_shown(amount: Decimal | float, currency: str, language: str, shown: str) -> None:
    assert format_price(amount, currency, language) == shown


@pytest.mark.parametrize(
    "number", [-1, float("nan"), float("inf"), 1e300, 10**400, 9999999999.99999]
)
def test_numbers_that_are_no_amounts(number: float) -> None:
    with pytest.raises(UnreadablePrice):
        exact_amount(number)


def test_a_float_becomes_the_amount_that_was_written() -> None:
    assert exact_amount(19.990000000000002) == Decimal("19.99")
    assert exact_amount(1.299) == Decimal("1.299")
    assert exact_amount(100) == Decimal(100)


CURRENCIES = st.sampled_from(
    [
        "USD",
        "EUR",
        "GBP",
        "CNY",
        "JPY",
        "INR",
        "CAD",
        "AUD",
        "HKD",
        "TWD",
        "SEK",
        "CHF",
        "BRL",
        "KRW",
    ]
)


@given(
    st.decimals(0, 9_999_999, places=2, allow_nan=False),
    CURRENCIES,
    st.sampled_from(["en", "zh"]),
)
def test_what_is_shown_reads_back(amount: Decimal, currency: str, language: str) -> None:
    shown = format_price(amount, currency, language)
    assert parse_price(shown, currency=currency) == Price(amount, currency)


PRICE_LIKE = st.text(alphabet="0123456789.,' -$€¥₹元RMBUSDINRkr%()eE１２⁹\u00a0至~", max_size=20)


@given(st.one_of(st.text(), PRICE_LIKE), st.sampled_from([None, "USD", "CNY", "EUR", "KWD", "???"]))
def test_any_text_is_understood_or_refused(text: str, currency: str | None) -> None:
    try:
        price = parse_price(text, currency=currency)
    except UnreadablePrice:
        return
    assert price.amount.is_finite()
    assert price.amount >= 0
    assert -price.amount.as_tuple().exponent <= 4  # type: ignore[operator]
