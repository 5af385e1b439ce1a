"""What a change is about, as it stands in the database: the order, its account, whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from assistant.orders.book import account_in, find_account, find_order, order_in, variants_in
from assistant.orders.tables import AccountRow, OrderRow
from tools.orders.change import Change, ChangeAccountAddress
from tools.orders.desk import Asker, NoSuchOrder, Refused, Why
from tools.orders.order import Account, Order
from tools.orders.ownership import may_see, number_of, seen_of
from tools.orders.rules import OrderRules, Plan


@dataclass(frozen=True)
class Standing:
    """An order or an account that the asker may change, with the rows behind it.

    Attributes:
        order, order_row: None where the account itself is to be changed.
        account: whole.
        usable: the account as far as the asker may use it.
        who: the asker, as the books name them.
    """

    order: Order | None
    order_row: OrderRow | None
    account: Account
    account_row: AccountRow
    usable: Account
    who: str

    @property
    def subject(self) -> str:
        """What is changed, as the books name it."""
        return f"account:{self.account.id}" if self.order is None else f"order:{self.order.id}"


def own_order(
    session: Session, asker: Asker, order_id: str, *, lock: bool = False
) -> tuple[OrderRow, Order]:
    """An order of the asker's.

    Raises:
        NoSuchOrder: there is none, or it is somebody else's.
    """
    row = find_order(session, order_id, lock=lock)
    if row is not None:
        order = order_in(row)
        if may_see(asker, order):
            return row, order
    raise NoSuchOrder("There is no such order.")


def standing(session: Session, asker: Asker, change: Change, *, lock: bool) -> Standing:
    """What a change is about.

    Args:
        session: of the transaction.
        asker: who wants it changed.
        change: what is wanted.
        lock: whether it is written in this transaction. The order is locked before its account,
            everywhere, so that two writers never wait for each other.

    Raises:
        NoSuchOrder: there is none, or it is somebody else's.
        Refused: an account is to be changed, and nobody is signed in.
    """
    if isinstance(change, ChangeAccountAddress):
        if asker.account_id is None:
            raise Refused(Why.NOT_SIGNED_IN)
        row = find_account(session, asker.account_id, lock=lock)
        if row is None:
            raise NoSuchOrder("The shop has no account of yours.")
        account = account_in(row)
        return Standing(None, None, account, row, account, who_of(asker, None))
    order_row, order = own_order(session, asker, change.order_id, lock=lock)
    row = account_row_of(session, order, lock=lock)
    account = account_in(row)
    usable = seen_of(asker, order, account)
    return Standing(order, order_row, account, row, usable, who_of(asker, order))


def account_row_of(session: Session, order: Order, *, lock: bool = False) -> AccountRow:
    """The account behind an order."""
    row = find_account(session, order.account_id, lock=lock)
    if row is None:
        raise NoSuchOrder("There is no such order.")
    return row


def plan_of(
    session: Session, rules: OrderRules, change: Change, found: Standing, now: datetime
) -> Plan:
    """What a change would do with what there is.

    Raises:
        Refused: a rule stands against it.
    """
    if isinstance(change, ChangeAccountAddress):
        return rules.plan_account(change, found.account)
    assert found.order is not None
    variants = partial(variants_in, session)
    return rules.plan_order(change, found.order, found.usable, variants, now)


def account_after(found: Standing, plan: Plan) -> Account:
    """The whole account after a plan, which may have seen a part of its ways of paying."""
    if found.order is None:
        return plan.account
    after = {method.id: method for method in plan.account.payment_methods}
    methods = tuple(after.get(method.id, method) for method in found.account.payment_methods)
    return found.account.model_copy(update={"payment_methods": methods})


def who_of(asker: Asker, order: Order | None) -> str:
    """The asker as the books name them: the account, or the order that they have proven."""
    if asker.account_id is not None:
        return f"account:{asker.account_id}"
    return "nobody" if order is None else f"order:{number_of(order.id)}"
