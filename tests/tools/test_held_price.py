"""Numbers that go on from the price that was said before."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index import CatalogueIndex
from tools.reading.fact import Fact, ModelReading
from tools.reading.held_price import answered_price
from tools.reading.reader import Reader

NOTHING = ModelReading(action="search")
YUAN = Fact(field="price", op="<=", value=80.0, quote="no more than 560 yuan")
DOLLARS = Fact(field="price", op="<=", value=80.0, quote="80美元以内")
AROUND = (
    Fact(field="price", op=">=", value=80.0, quote="around $100"),
    Fact(field="price", op="<=", value=120.0, quote="around $100"),
)
FROM = Fact(field="price", op=">=", value=60.0, quote="from 60 dollars")


@pytest.fixture(scope="module")
def reader(demo_index: CatalogueIndex) -> Reader:
    return Reader(demo_index, {"CNY": Decimal(7)})


def _prices(reader: Reader, message: str, *held: Fact) -> set[tuple[str, object]]:
    facts = reader.read(message, NOTHING, held=held).facts
    return {(f.op, f.value) for f in facts if f.field == "price"}


@pytest.mark.parametrize(
    "message",
    ["fine, up to 770", "那770以内吧", "make it 770", "770 at most, and in blue", "加到770"],
)
def test_a_bare_number_keeps_the_currency(reader: Reader, message: str) -> None:
    assert _prices(reader, message, YUAN) == {("<=", 110.0)}
    assert _prices(reader, message.replace("770", "110"), DOLLARS) == {("<=", 110.0)}


def test_a_named_currency_is_the_one_that_is_meant(reader: Reader) -> None:
    assert _prices(reader, "up to 110 dollars", YUAN) == {("<=", 110.0)}
    assert _prices(reader, "最多770元", DOLLARS) == {("<=", 110.0)}


@pytest.mark.parametrize(
    "message",
    ["ok, 110 then", "110?", "how about 110", "那就110吧", "110也行", "hmm, 110 would be fine"],
)
def test_a_number_alone_takes_the_place_of_the_bound(reader: Reader, message: str) -> None:
    assert _prices(reader, message, DOLLARS) == {("<=", 110.0)}
    assert _prices(reader, message, FROM) == {(">=", 110.0)}
    assert _prices(reader, message, *AROUND) == {(">=", 88.0), ("<=", 132.0)}


def test_the_new_limit_may_name_its_currency(reader: Reader) -> None:
    assert _prices(reader, "ok, 770 yuan then", DOLLARS) == {("<=", 110.0)}
    assert _prices(reader, "那770元吧", DOLLARS) == {("<=", 110.0)}


@pytest.mark.parametrize(
    "message",
    [
        "ok, 43 then",
        "那43吧",
        "the 2nd then",
        "ok, 2 then",
        "3000 then",
        "110 pairs",
        "那两双吧",
        "ok then",
    ],
)
def test_sizes_counts_and_far_numbers_are_no_answer(reader: Reader, message: str) -> None:
    assert _prices(reader, message, DOLLARS) == set()


def test_without_a_price_before_a_number_alone_says_nothing(reader: Reader) -> None:
    assert _prices(reader, "ok, 110 then") == set()
    assert _prices(reader, "那110吧") == set()


@given(st.text(max_size=80))
def test_no_text_breaks_it(demo_index: CatalogueIndex, text: str) -> None:
    answer = answered_price(text, [DOLLARS], {}, demo_index)
    assert answer is None or 0 <= answer.span.start < answer.span.end <= len(text)
