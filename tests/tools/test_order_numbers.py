"""The numbers in a message that may be an order's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.orders.order import Address, Line, Order, Status
from tools.orders.reading.order_numbers import (
    asked_number,
    bare,
    coded_number,
    labelled_number,
    order_numbers,
    own_order,
)

HOME = Address(line1="1 Long Road", city="Leeds", country="United Kingdom", postcode="LS1 1AA")
LINE = Line(item_id="lamp", product_id="lamp", title="Lamp", price="10")

PREFIXES = st.from_regex(r"[A-Za-z]{1,3}-?", fullmatch=True)
DIGITS = st.from_regex(r"[0-9]{4,12}", fullmatch=True)
CODES = st.builds(lambda prefix, digits: prefix + digits, PREFIXES, DIGITS)
NUMBERS = st.one_of(DIGITS, CODES)
LABELS = st.sampled_from(
    ["order ", "order number ", "my order no. ", "order id: ", "order is ", "Order #", "#", "# ",
     "订单", "订单号是", "我的订单号：", "单号", "订单号为"]
)  # fmt: skip
# No letter, digit or sign that would make the number part of something longer.
AROUND = st.sampled_from(
    ["", "please cancel ", "where is it? ", "请问", "取消", "(", "帮我查一下"],
)
BEHIND = st.sampled_from(["", ".", "?", " please", " and return the lamp", "到哪了", "，谢谢", ")"])


def order(id: str) -> Order:
    return Order(
        id=id, account_id="ann", status=Status.PENDING, currency="USD", address=HOME, lines=(LINE,)
    )


@given(AROUND, LABELS, NUMBERS, BEHIND)
def test_a_number_that_is_called_an_order_s_is_read(
    before: str, label: str, number: str, behind: str
) -> None:
    text = f"{before}{label}{number}{behind}"
    assert bare(labelled_number(text) or "") == bare(number)
    assert bare(asked_number(text) or "") == bare(number)


@given(AROUND, CODES, BEHIND)
def test_a_number_with_letters_is_read_without_a_label(before: str, code: str, behind: str) -> None:
    text = f"{before}{code}{behind}"
    assert coded_number(text) == code
    assert asked_number(text) == code


@given(
    st.lists(CODES, min_size=1, max_size=5, unique_by=lambda code: re.sub(r"\D", "", code)),
    st.data(),
)
def test_an_own_order_is_found_however_its_number_is_written(
    codes: list[str], data: st.DataObject
) -> None:
    orders = [order(code) for code in codes]
    code = data.draw(st.sampled_from(codes))
    written = data.draw(
        st.sampled_from(
            [
                code,
                code.lower(),
                code.upper(),
                f"#{code}",
                code.replace("-", ""),
                re.sub(r"\D", "", code),
            ]
        )
    )
    text = f"{data.draw(AROUND)}{written}{data.draw(BEHIND)}"
    found = own_order(text, orders)
    assert found is not None
    assert found[0] == code
    assert found[1] in text


def test_digits_that_two_orders_have_are_neither_s() -> None:
    orders = [order("A-55012"), order("B-55012")]
    assert own_order("cancel 55012", orders) is None
    assert own_order("cancel B55012", orders) == ("B-55012", "B55012")


@pytest.mark.parametrize(
    "text",
    [
        "a size 43 please",
        "anna1234@example.com",
        "under 1299.9900",
        "the Pegasus 41 in black",
        "in 5 days",
        "我要42码的",
        "order 2 pairs",
        "Kayano31000",
        "",
    ],
)
def test_what_is_no_order_s_number(text: str) -> None:
    assert labelled_number(text) is None
    assert coded_number(text) is None
    assert asked_number(text) is None


def test_what_was_asked_for_may_be_shorter() -> None:
    assert labelled_number("order 123") is None
    assert asked_number("order 123") == "123"
    assert asked_number("SHOP-123") == "SHOP-123"
    assert coded_number("SHOP-1234") is None


@given(st.text(max_size=300))
def test_every_number_is_in_the_text(text: str) -> None:
    for number in order_numbers(text):
        assert number.text in text
        assert re.search(r"\d", number.text)
    for read in (labelled_number, coded_number, asked_number):
        found = read(text)
        assert found is None or found in text


@given(st.text(alphabet="order#-1a 订单号", max_size=2000))
def test_no_text_takes_long(text: str) -> None:
    assert sum(len(number.text) for number in order_numbers(text)) <= len(text)
