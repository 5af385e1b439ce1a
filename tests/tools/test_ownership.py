"""Whose an order is, however its number is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_shop import ANN, BOB, the_account, the_order

from tools.orders.desk import Asker
from tools.orders.ownership import may_see, number_of, seen_of, shown_of


@pytest.mark.parametrize(
    "written", ["#W-10", "w-10", " W-10 ", "# w-10", "Ｗ-１０", "＃W-10", "W - 1 0", "##w-10"]
)
def test_a_number_is_read_however_it_is_written(written: str) -> None:
    assert number_of(written) == "w-10"


@pytest.mark.parametrize(
    "written", ["", "#", "   ", "W-10\0", "W-10\u200b", "W-\ud800", "w" * 129, "ﷺ" * 100]
)
def test_what_can_be_no_number_is_none(written: str) -> None:
    assert number_of(written) == ""


@given(st.text())
def test_a_number_stays_what_it_is(written: str) -> None:
    assert number_of(number_of(written)) == number_of(written)


def test_an_order_is_its_accounts_and_whose_who_has_proven_it() -> None:
    mine = the_order("#A-1")
    assert may_see(ANN, mine)
    assert may_see(Asker(proven=frozenset({"a-1"})), mine)
    for other in (
        BOB,
        Asker(),
        Asker(account_id=""),
        Asker(account_id="ANN"),
        Asker(account_id="ann "),
        Asker(proven=frozenset({"", "#", "A-2", "B-1", "ann"})),
    ):
        assert not may_see(other, mine)


def test_who_has_proven_an_order_sees_no_more_of_the_account() -> None:
    mine, account = the_order("#A-5"), the_account("ann")
    guest = Asker(proven=frozenset({"#A-5"}))
    assert shown_of(ANN, mine, account) == account
    shown = shown_of(guest, mine, account)
    assert [(m.id, m.balance) for m in shown.payment_methods] == [("ann-gift", None)]
    assert (shown.email, shown.first_name, shown.address) == ("", "", None)
    assert [m.balance for m in seen_of(guest, mine, account).payment_methods] == [50]
