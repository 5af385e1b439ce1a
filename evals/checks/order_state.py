"""Whether orders stand as they must after a turn, and nothing was written that nobody wanted.

Nothing of the reply is looked at: what counts is what the desk has. Whatever no turn says is
changed must be exactly as it was, each order, the account, and the money of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from evals.checks.check import Check, check, untold
from evals.checks.order_parts import PARTS, contains, held, line_of, meets, told
from evals.running.observed import Books, Observed, SeenOrders
from evals.suite.conversation import Conversation, Expect
from evals.suite.orders import OrderAfter
from tools.orders.order import Account, Order, Status


def order_checks(
    conversation: Conversation, expects: Sequence[Expect], observed: Observed
) -> Iterator[Check]:
    """The checks of a turn of a conversation with an account.

    ``orders`` and ``account_address`` are what the turn itself expects; ``no_wrong_write`` is what
    every turn must keep: each part of each order is as it was, or as a turn up to this one has it.
    Of a turn without an answer what it expects has failed already; a wrong write it may be too.

    Args:
        conversation: there are no checks where it has no account.
        expects: of the turns up to this one.
        observed: what came of this one.
    """
    if conversation.account is None:
        return
    expect, seen = expects[-1], observed.orders
    answered = observed.error is None
    if seen is None:
        # A system without a desk can write nothing; one that did not get so far tells it later.
        yield from untold(expect, "orders", "account_address") if answered else ()
        return
    if answered and expect.orders is not None:
        faults = list(_missing(expect.orders, seen))
        yield check("orders", not faults, "; ".join(faults))
    if answered and expect.account_address is not None:
        faults = list(_other_address(expect.account_address, seen))
        yield check("account_address", not faults, "; ".join(faults))
    wrong = list(wrong_writes(expects, seen))
    yield check("no_wrong_write", not wrong, "; ".join(wrong))


def end_state_faults(expects: Sequence[Expect], seen: SeenOrders) -> list[str]:
    """What of the last state is not as all turns together want it, one clause each.

    Args:
        expects: of all turns; the later word holds.
        seen: after the last.
    """
    wanted: dict[str, OrderAfter] = {}
    for expect in expects:
        for number, after in (expect.orders or {}).items():
            wanted[number] = wanted[number].below(after) if number in wanted else after
    address = next((e.account_address for e in reversed(expects) if e.account_address), None)
    at_last = Expect(orders=wanted or None, account_address=address)
    return [
        *_missing(wanted, seen),
        *(_other_address(address, seen) if address else ()),
        *wrong_writes([at_last], seen),
    ]


def wrong_writes(expects: Sequence[Expect], seen: SeenOrders) -> Iterator[str]:
    """Parts of orders and of accounts that are neither as they were nor as a turn wants them.

    Args:
        expects: of the turns up to this one.
        seen: after it.
    """
    before = {order.id: order for order in seen.initial.orders}
    now = {order.id: order for order in seen.after.orders}
    for number in sorted(before.keys() ^ now.keys()):
        yield f"{number} came or went"
    for number in sorted(before.keys() & now.keys()):
        wanted = [e.orders[number] for e in expects if e.orders and number in e.orders]
        yield from _wrong_parts(before[number], now[number], wanted)
        yield from _wrong_money(now[number])
    addresses = [expect.account_address for expect in expects if expect.account_address]
    yield from _wrong_accounts(seen, addresses)


def _missing(wanted: Mapping[str, OrderAfter], seen: SeenOrders) -> Iterator[str]:
    """What is wanted and is not so."""
    orders = {order.id: order for order in seen.after.orders}
    for number, after in wanted.items():
        for name in PARTS:
            if getattr(after, name) is not None and not meets(name, orders[number], after):
                yield f"{number}: {name} is {told(name, orders[number])}"


def _other_address(wanted: Sequence[str], seen: SeenOrders) -> Iterator[str]:
    for account in seen.after.accounts:
        if contains(account.address, wanted):
            return
    yield "the account has another address"


def _wrong_parts(before: Order, now: Order, wanted: Sequence[OrderAfter]) -> Iterator[str]:
    for name in PARTS:
        same = held(name, before) == held(name, now)
        allowed = same or any(meets(name, now, after) for after in wanted)
        if not allowed and not _follows(name, before, now, wanted):
            yield f"{before.id}: {name} became {told(name, now)}"
    for name in ("account_id", "currency", "placed", "delivered", "shipments"):
        if getattr(before, name) != getattr(now, name):
            yield f"{before.id}: {name} has changed"


def _follows(name: str, before: Order, now: Order, wanted: Sequence[OrderAfter]) -> bool:
    """Whether a change that no turn speaks of goes with one that a turn wants."""
    cancelled = any(after.status is Status.CANCELLED for after in wanted)
    if name == "paid_with":
        return cancelled and now.status is Status.CANCELLED
    if any(getattr(after, name) is not None for after in wanted):
        return False
    if name == "cancel_reason":
        return cancelled and now.status is Status.CANCELLED
    if name == "settled_with":
        back = any(meets("returning", now, after) for after in wanted)
        return back and held(name, now) in before.paid_by()
    return False


def _wrong_money(order: Order) -> Iterator[str]:
    """A cancelled order costs nobody anything; any other one has been paid what its items cost."""
    if order.status is Status.CANCELLED:
        for id, amount in order.paid_by().items():
            if amount:
                yield f"{order.id}: it is cancelled, and {id} still bears {amount}"
    elif order.paid != order.total:
        yield f"{order.id}: {order.paid} is paid for what costs {order.total}"


def _wrong_accounts(seen: SeenOrders, addresses: Sequence[Sequence[str]]) -> Iterator[str]:
    before = {account.id: account for account in seen.initial.accounts}
    now = {account.id: account for account in seen.after.accounts}
    if before.keys() != now.keys():
        yield "an account came or went"
    for id in before.keys() & now.keys():
        was, came = before[id], now[id]
        address = came.address
        if address != was.address and not any(contains(address, texts) for texts in addresses):
            yield f"the account's address became {line_of(address)}"
        if _but_for_what_may_change(was) != _but_for_what_may_change(came):
            yield "the account has changed"
            continue
        for method in came.payment_methods:
            due = _balance_due(was, method.id, seen)
            if method.balance != due:
                yield f"{method.id} has {method.balance}, and {due} adds up"


def _but_for_what_may_change(account: Account) -> Account:
    methods = tuple(m.model_copy(update={"balance": None}) for m in account.payment_methods)
    return account.model_copy(update={"address": None, "payment_methods": methods})


def _balance_due(was: Account, method_id: str, seen: SeenOrders) -> Decimal | None:
    """What a gift card had, less what the orders have come to cost it; None of anything else."""
    method = was.method(method_id)
    if method is None or method.balance is None:
        return None
    return method.balance - (
        _borne(seen.after, was.id, method_id) - _borne(seen.initial, was.id, method_id)
    )


def _borne(books: Books, account_id: str, method_id: str) -> Decimal:
    own = [order for order in books.orders if order.account_id == account_id]
    return sum((order.paid_by().get(method_id, Decimal(0)) for order in own), Decimal(0))
