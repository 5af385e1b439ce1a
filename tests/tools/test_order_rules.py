"""What the shop's rules allow, what they refuse, and that money always adds up."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from order_shop import AWAY, HOME, NOW, line, order, the_account, the_order, variants

from tools.orders.change import (
    CancelOrder,
    Change,
    ChangeAccountAddress,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    ReturnItems,
)
from tools.orders.desk import Moved, Offer, Refused, Why
from tools.orders.order import (
    Account,
    Item,
    Line,
    Order,
    Payment,
    PaymentMethod,
    Requested,
    Status,
    Swap,
)
from tools.orders.rules import OrderRules, Plan

ANN = the_account("ann")


def plan(change: Change, rules: OrderRules | None = None, *, of: Order | None = None) -> Plan:
    held = of or the_order(change.order_id)  # type: ignore[union-attr]
    return (rules or OrderRules()).plan_order(
        change, held, the_account(held.account_id), variants, NOW
    )


def swap(*pairs: str) -> tuple[Swap, ...]:
    return tuple(
        Swap(item_id=old, new_item_id=new) for old, new in (pair.split(">") for pair in pairs)
    )


def balance(account: Account, id: str) -> Decimal | None:
    method = account.method(id)
    assert method is not None
    return method.balance


def test_a_cancelled_order_gives_back_what_was_paid() -> None:
    change = CancelOrder(order_id="#A-1", reason="no longer needed")
    done = plan(change)
    assert done.offer == Offer(
        change=change,
        order_id="#A-1",
        version=1,
        status=Status.CANCELLED,
        moved=(Moved(method_id="ann-visa", amount=Decimal("-13.75"), at_once=False),),
    )
    assert done.order is not None
    assert (done.order.version, done.order.paid) == (2, 0)
    assert done.order.cancel_reason == "no longer needed"
    assert done.account == ANN


def test_a_gift_card_is_refunded_at_once() -> None:
    done = plan(CancelOrder(order_id="#A-5", reason="ordered by mistake"))
    assert done.offer.moved == (Moved(method_id="ann-gift", amount=Decimal("-6.50"), at_once=True),)
    assert balance(done.account, "ann-gift") == Decimal("56.50")


def test_what_was_moved_to_another_way_of_paying_goes_back_from_there() -> None:
    first = plan(ChangePayment(order_id="#A-1", method_id="ann-gift"))
    assert first.offer.moved == (
        Moved(method_id="ann-gift", amount=Decimal("13.75"), at_once=True),
        Moved(method_id="ann-visa", amount=Decimal("-13.75")),
    )
    assert first.order is not None
    assert balance(first.account, "ann-gift") == Decimal("36.25")
    cancel = CancelOrder(order_id="#A-1", reason="no longer needed")
    done = OrderRules().plan_order(cancel, first.order, first.account, variants, NOW)
    assert [(m.method_id, m.amount) for m in done.offer.moved] == [("ann-gift", Decimal("-13.75"))]
    assert balance(done.account, "ann-gift") == 50
    assert done.order is not None
    assert done.order.paid == 0


def test_items_are_exchanged_line_by_line_at_their_own_prices() -> None:
    change = ChangeItems(
        order_id="#A-1", swaps=swap("pen-b>pen-r", "mug-s>mug-l"), method_id="ann-paypal"
    )
    done = plan(change)
    assert done.order is not None
    assert done.order.lines == (line("mug-l"), line("pen-r"))
    assert done.order.status is Status.ITEMS_CHANGED
    assert [item.id for item in done.offer.items] == ["pen-r", "mug-l"]
    assert done.offer.moved == (
        Moved(method_id="ann-paypal", amount=Decimal("3.00"), at_once=True),
    )
    assert done.order.payments[-1] == Payment(amount=Decimal("3.00"), method_id="ann-paypal")


def test_of_two_alike_one_is_changed_and_a_chain_means_two_lines() -> None:
    two = order("#T", "ann", Status.PENDING, "ann-visa", "mug-s", "mug-s")
    one = plan(ChangeItems(order_id="#T", swaps=swap("mug-s>mug-l"), method_id="ann-visa"), of=two)
    assert one.order is not None
    assert one.order.lines == (line("mug-l"), line("mug-s"))
    mixed = order("#T", "ann", Status.PENDING, "ann-visa", "mug-s", "mug-m")
    chain = ChangeItems(
        order_id="#T", swaps=swap("mug-s>mug-m", "mug-m>mug-l"), method_id="ann-visa"
    )
    done = plan(chain, of=mixed)
    assert done.order is not None
    assert done.order.lines == (line("mug-m"), line("mug-l"))


def test_nothing_moves_where_the_price_is_the_same() -> None:
    done = plan(ChangeItems(order_id="#A-1", swaps=swap("mug-s>mug-m"), method_id="ann-visa"))
    assert done.offer.moved == ()
    assert done.order is not None
    assert len(done.order.payments) == 1


def test_a_return_is_refunded_when_the_goods_are_back() -> None:
    change = ReturnItems(order_id="#A-2", item_ids=("mug-s", "mug-s"), method_id="ann-gift")
    done = plan(change)
    assert done.offer.moved == (
        Moved(method_id="ann-gift", amount=Decimal("-21.00"), at_once=True, later=True),
    )
    assert done.account == ANN
    assert done.order is not None
    assert done.order.payments == the_order("#A-2").payments
    assert done.order.requested == Requested(item_ids=("mug-s", "mug-s"), method_id="ann-gift")
    assert done.order.status is Status.RETURN_REQUESTED


def test_no_more_is_given_back_than_was_paid() -> None:
    cheap = the_order("#A-2").model_copy(
        update={"payments": (Payment(amount=Decimal(9), method_id="ann-visa"),)}
    )
    change = ReturnItems(order_id="#A-2", item_ids=("mug-s",), method_id="ann-visa")
    assert plan(change, of=cheap).offer.moved[0].amount == -9


def test_an_exchange_settles_the_difference_later() -> None:
    change = ExchangeItems(order_id="#A-2", swaps=swap("mug-s>mug-l"), method_id="ann-gift")
    done = plan(change)
    assert done.offer.moved[0].amount == Decimal("4.25")
    assert done.offer.moved[0].later
    assert done.account == ANN
    assert done.order is not None
    assert done.order.lines == the_order("#A-2").lines
    assert done.order.requested == Requested(
        item_ids=("mug-s",),
        new_item_ids=("mug-l",),
        method_id="ann-gift",
        difference=Decimal("4.25"),
    )


def test_an_address_changes_as_long_as_nothing_is_sent() -> None:
    for status in (Status.PENDING, Status.ITEMS_CHANGED):
        held = the_order("#A-1").model_copy(update={"status": status})
        done = plan(ChangeAddress(order_id="#A-1", address=AWAY), of=held)
        assert done.order is not None
        assert (done.order.address, done.order.status, done.order.version) == (AWAY, status, 2)


CANCEL = CancelOrder(order_id="#A-1", reason="no longer needed")
REFUSED: list[tuple[Change, Why]] = [
    (CancelOrder(order_id="#A-3", reason="no longer needed"), Why.STATUS),
    (CancelOrder(order_id="#A-4", reason="no longer needed"), Why.STATUS),
    (CancelOrder(order_id="#A-1", reason="found it cheaper"), Why.REASON),
    (ChangeAddress(order_id="#A-2", address=AWAY), Why.STATUS),
    (ChangeAddress(order_id="#A-1", address=HOME), Why.SAME_ADDRESS),
    (ChangePayment(order_id="#A-1", method_id="ann-visa"), Why.SAME_METHOD),
    (ChangePayment(order_id="#A-1", method_id="bob-visa"), Why.METHOD),
    (ChangePayment(order_id="#B-1", method_id="bob-gift"), Why.BALANCE),
    (ChangePayment(order_id="#A-3", method_id="ann-gift"), Why.STATUS),
    (ChangeItems(order_id="#A-2", swaps=swap("mug-s>mug-l"), method_id="ann-visa"), Why.STATUS),
    (ChangeItems(order_id="#A-1", swaps=swap("pen-g>pen-r"), method_id="ann-visa"), Why.ITEM),
    (
        ChangeItems(
            order_id="#A-1", swaps=swap("mug-s>mug-l", "mug-s>mug-m"), method_id="ann-visa"
        ),
        Why.ITEM,
    ),
    (ChangeItems(order_id="#A-1", swaps=swap("mug-s>mug-s"), method_id="ann-visa"), Why.SAME_ITEM),
    (
        ChangeItems(order_id="#A-1", swaps=swap("mug-s>pen-r"), method_id="ann-visa"),
        Why.OTHER_PRODUCT,
    ),
    (
        ChangeItems(order_id="#A-1", swaps=swap("mug-s>mug-x"), method_id="ann-visa"),
        Why.UNAVAILABLE,
    ),
    (ChangeItems(order_id="#A-1", swaps=swap("pen-b>pen-g"), method_id="ann-gift"), Why.BALANCE),
    (ChangeItems(order_id="#A-1", swaps=swap("mug-s>mug-l"), method_id="x"), Why.METHOD),
    (ReturnItems(order_id="#A-1", item_ids=("mug-s",), method_id="ann-visa"), Why.STATUS),
    (ReturnItems(order_id="#A-2", item_ids=("pen-b", "pen-b"), method_id="ann-visa"), Why.ITEM),
    (ReturnItems(order_id="#A-2", item_ids=("pen-b",), method_id="ann-paypal"), Why.METHOD),
    (ReturnItems(order_id="#A-6", item_ids=("mug-s",), method_id="ann-visa"), Why.TOO_LATE),
    (ExchangeItems(order_id="#A-6", swaps=swap("mug-s>mug-l"), method_id="ann-visa"), Why.TOO_LATE),
    (ExchangeItems(order_id="#A-2", swaps=swap("pen-b>pen-g"), method_id="ann-gift"), Why.BALANCE),
    (ExchangeItems(order_id="#A-2", swaps=swap("pen-b>pen-b"), method_id="x"), Why.SAME_ITEM),
]  # fmt: skip


@pytest.mark.parametrize(("change", "why"), REFUSED)
def test_a_rule_that_stands_against_it_is_named(change: Change, why: Why) -> None:
    with pytest.raises(Refused) as refused:
        plan(change)
    assert refused.value.why is why


@pytest.mark.parametrize(
    "second",
    [
        CANCEL,
        ChangeItems(order_id="#A-1", swaps=swap("mug-m>mug-s"), method_id="ann-visa"),
        ChangePayment(order_id="#A-1", method_id="ann-paypal"),
    ],
)
def test_items_are_changed_once_and_then_not_cancelled(second: Change) -> None:
    first = plan(ChangeItems(order_id="#A-1", swaps=swap("mug-s>mug-m"), method_id="ann-visa"))
    assert first.order is not None
    with pytest.raises(Refused, match="status"):
        plan(second, of=first.order)


def test_a_shop_may_let_items_change_again() -> None:
    rules = OrderRules(change_items_once=False)
    first = plan(
        ChangeItems(order_id="#A-1", swaps=swap("mug-s>mug-m"), method_id="ann-visa"), rules
    )
    again = ChangeItems(order_id="#A-1", swaps=swap("mug-m>mug-l"), method_id="ann-visa")
    done = plan(again, rules, of=first.order)
    assert done.order is not None
    assert done.order.lines[0] == line("mug-l")


def test_the_last_day_of_a_return_counts() -> None:
    rules = OrderRules(return_days=30)
    last = the_order("#A-6").model_copy(update={"delivered": NOW - timedelta(days=30)})
    assert rules.returnable(last, NOW).item_ids == ("mug-s",)
    assert rules.returnable(last, NOW).until == "2026-03-01"
    assert rules.returnable(last, NOW + timedelta(days=1)).item_ids == ()
    assert rules.returnable(last, NOW + timedelta(days=1)).until == "2026-03-01"


def test_what_cannot_be_dated_is_not_taken_back() -> None:
    undated = the_order("#A-2").model_copy(update={"delivered": None})
    change = ReturnItems(order_id="#A-2", item_ids=("mug-s",), method_id="ann-visa")
    with pytest.raises(Refused) as refused:
        plan(change, of=undated)
    assert refused.value.why is Why.NO_DATE
    assert OrderRules().returnable(undated, NOW).item_ids == ()
    without = OrderRules(return_days=None)
    assert plan(change, without, of=undated).order is not None
    assert len(without.returnable(undated, NOW).item_ids) == 3


def test_only_what_is_delivered_can_be_returned() -> None:
    for id in ("#A-1", "#A-3", "#A-4"):
        assert OrderRules().returnable(the_order(id), NOW).item_ids == ()


def test_a_gift_card_of_unknown_balance_takes_no_money() -> None:
    account = ANN.model_copy(
        update={"payment_methods": (PaymentMethod(id="ann-gift", kind="gift_card"),)}
    )
    with pytest.raises(Refused, match="method"):
        OrderRules().plan_order(
            CancelOrder(order_id="#A-5", reason="no longer needed"),
            the_order("#A-5"),
            account,
            variants,
            NOW,
        )


def test_an_accounts_address_is_its_own() -> None:
    change = ChangeAccountAddress(address=AWAY)
    done = OrderRules().plan_account(change, ANN)
    assert (done.order, done.account.address) == (None, AWAY)
    with pytest.raises(Refused, match="same_address"):
        OrderRules().plan_account(change, done.account)


_CENTS = st.integers(min_value=0, max_value=50_000).map(lambda n: Decimal(n) / 100)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_money_is_conserved_whatever_is_changed(data: Any) -> None:
    """After each change what was paid less what was given back is what the order costs, and what
    left gift cards is what they paid.
    """
    items = [
        Item(
            id=f"p{p}-v{v}",
            product_id=f"p{p}",
            title="Thing",
            price=data.draw(_CENTS),
            available=data.draw(st.booleans()),
        )
        for p in range(3)
        for v in range(3)
    ]
    gifts = [
        PaymentMethod(id=f"gift-{n}", kind="gift_card", balance=data.draw(_CENTS)) for n in (0, 1)
    ]
    others = PaymentMethod(id="visa", kind="card"), PaymentMethod(id="paypal", kind="wallet")
    methods = (*gifts, *others)
    account = Account(id="ann", payment_methods=methods)
    bought = data.draw(st.lists(st.sampled_from(items), min_size=1, max_size=4))
    lines = tuple(
        Line(item_id=i.id, product_id=i.product_id, title=i.title, price=i.price) for i in bought
    )
    total = sum((i.price for i in bought), Decimal(0))
    by = data.draw(st.sampled_from(methods)).id
    held = Order(
        id="O",
        account_id="ann",
        status=data.draw(st.sampled_from([Status.PENDING, Status.DELIVERED])),
        currency="USD",
        address=HOME,
        lines=lines,
        payments=(Payment(amount=total, method_id=by),),
        delivered=NOW,
    )
    rules = OrderRules(change_items_once=data.draw(st.booleans()))
    ids = st.sampled_from([i.id for i in items])
    swaps = st.lists(st.builds(Swap, item_id=ids, new_item_id=ids), min_size=1, max_size=3).map(
        tuple
    )
    method = st.sampled_from([m.id for m in methods])
    order_id = st.just("O")
    changes = st.one_of(
        st.builds(CancelOrder, order_id=order_id, reason=st.sampled_from(rules.reasons)),
        st.builds(ChangePayment, order_id=order_id, method_id=method),
        st.builds(ChangeItems, order_id=order_id, swaps=swaps, method_id=method),
        st.builds(ExchangeItems, order_id=order_id, swaps=swaps, method_id=method),
        st.builds(
            ReturnItems,
            order_id=order_id,
            item_ids=st.lists(ids, min_size=1, max_size=3).map(tuple),
            method_id=method,
        ),
    )
    for _ in range(6):
        try:
            done = rules.plan_order(
                data.draw(changes),
                held,
                account,
                lambda id: [i for i in items if i.product_id == id],
                NOW,
            )
        except Refused:
            continue
        after = done.order
        assert after is not None
        assert after.version == held.version + 1
        cost = Decimal(0) if after.status is Status.CANCELLED else after.total
        assert after.paid == cost
        moved = [m for m in done.offer.moved if not m.later]
        assert after.paid - held.paid == sum((m.amount for m in moved), Decimal(0))
        for m in account.payment_methods:
            by_card = after.paid_by().get(m.id, 0) - held.paid_by().get(m.id, 0)
            new = done.account.method(m.id)
            assert new is not None
            if m.balance is None:
                assert new.balance is None
            else:
                assert new.balance is not None
                assert new.balance >= 0
                assert m.balance - new.balance == by_card
        held, account = after, done.account
