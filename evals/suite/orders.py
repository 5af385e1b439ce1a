"""What a suite says of a shopper's orders: how they stand before, and how they must stand after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from evals.suite.strict import Strict, Words
from tools.orders.order import Address, PaymentKind, PaymentMethod, Status
from tools.orders.ownership import number_of

_LONGEST_AGO = 36_500


def _several(data: object) -> object:
    """One may be written for a list of one."""
    return [data] if isinstance(data, str) else data


Several = Annotated[tuple[Words, ...], BeforeValidator(_several), Field(min_length=1)]
"""One or several; each must be so."""


class KnownAccount(Strict):
    """Whose the orders of a conversation are. The account's id is the shopper's.

    Attributes:
        payment_methods: a gift card has a balance, nothing else has.
    """

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    address: Address
    payment_methods: tuple[PaymentMethod, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _usable(self) -> KnownAccount:
        for id, count in Counter(method.id for method in self.payment_methods).items():
            if count > 1:
                raise ValueError(f"the way of paying {id!r} is there twice")
        for method in self.payment_methods:
            if (method.kind is PaymentKind.GIFT_CARD) != (method.balance is not None):
                raise ValueError(f"a gift card has a balance, nothing else has ({method.id})")
        return self


class PastOrder(Strict):
    """An order that there is before the conversation, paid in full at the catalogue's prices.

    Attributes:
        number: as the shopper knows it.
        skus: variants of the catalogue; two of a kind are named twice.
        paid_with: the id of one of the account's ways of paying.
        placed, delivered: whole days before the conversation.
        tracking: numbers of the parcel; what is on its way or delivered has one by itself.
        cancel_reason: of a cancelled one.
        address: where it goes, if not to the account's.
        another: it is somebody else's, and nothing of it may come to light.
    """

    number: str = Field(min_length=1, max_length=128)
    status: Status
    skus: tuple[Words, ...] = Field(min_length=1)
    paid_with: str
    placed: int = Field(default=2, ge=0, le=_LONGEST_AGO)
    delivered: int | None = Field(default=None, ge=0, le=_LONGEST_AGO)
    tracking: tuple[Words, ...] = ()
    cancel_reason: Words | None = None
    address: Address | None = None
    another: bool = False

    @model_validator(mode="after")
    def _possible(self) -> PastOrder:
        if self.status in (Status.RETURN_REQUESTED, Status.EXCHANGE_REQUESTED):
            raise ValueError(f"a conversation does not begin with the status {self.status.value}")
        if not number_of(self.number):
            raise ValueError(f"{self.number!r} can be no order's number")
        if (self.status is Status.DELIVERED) != (self.delivered is not None):
            raise ValueError("delivered is there with the status delivered, and only with it")
        if self.delivered is not None and self.delivered > self.placed:
            raise ValueError("it is delivered before it is placed")
        if (self.status is Status.CANCELLED) != (self.cancel_reason is not None):
            raise ValueError("cancel_reason is there with the status cancelled, and only with it")
        return self


class OrderAfter(Strict):
    """How one order must stand. A key that is absent must be as it was before the conversation.

    What follows by itself need not be said: the money of a cancelled order goes back, and a way
    of paying bears what the items cost.

    Attributes:
        status: where it stands.
        items: the variants in it, in any order.
        paid_with: the ways of paying that have borne anything of it, by their ids.
        address: texts that its address must contain; the rest of it is the shopper's affair.
        cancel_reason: why it was cancelled; absent, any reason will do.
        returning: variants that are to be sent back for money.
        exchanging_for: variants that are to come for ``returning``.
        settled_with: the way of paying that a return or an exchange goes over; absent, one that
            the order was paid with.
    """

    status: Status | None = None
    items: Several | None = None
    paid_with: Several | None = None
    address: Several | None = None
    cancel_reason: Words | None = None
    returning: Several | None = None
    exchanging_for: Several | None = None
    settled_with: Words | None = None

    @model_validator(mode="after")
    def _says_something(self) -> OrderAfter:
        said = self.model_dump(exclude_none=True)
        if not said:
            raise ValueError("says nothing of the order")
        if self.exchanging_for is not None and self.returning is None:
            raise ValueError("exchanging_for needs returning: what goes back for it")
        if self.settled_with is not None and self.returning is None:
            raise ValueError("settled_with is of a return or an exchange")
        return self

    def below(self, later: OrderAfter) -> OrderAfter:
        """What holds when something is said of the order later."""
        update = later.model_dump(exclude_none=True)
        if later.status is Status.CANCELLED:
            update.setdefault("paid_with", None)  # all of it goes back
        return self.model_copy(update=update)


def order_faults(
    account: KnownAccount | None,
    orders: tuple[PastOrder, ...],
    *,
    guest: bool,
    simulated: bool,
) -> Iterator[str]:
    """What cannot be of an account and its orders, one sentence each.

    Args:
        account: of the conversation.
        orders: of the conversation.
        guest: whether the shopper is not signed in.
        simulated: whether the shopper pursues a goal.
    """
    if account is None:
        if orders or guest:
            yield "orders and guest need an account: whose the orders are"
        return
    if simulated:
        yield "a simulated shopper has no orders"
    if guest and not account.email:
        yield "a guest proves an order by e-mail too, and the account has none"
    numbers = Counter(number_of(order.number) for order in orders)
    yield from (f"the order {id} is there twice" for id, count in numbers.items() if count > 1)
    known = {method.id for method in account.payment_methods}
    for order in orders:
        if order.paid_with not in known:
            yield f"the order {order.number} is paid with {order.paid_with}, which is unknown"


def expected_order_faults(
    expected: dict[str, OrderAfter],
    account: KnownAccount | None,
    orders: tuple[PastOrder, ...],
) -> Iterator[str]:
    """What cannot be of the orders that a turn expects, one sentence each.

    Args:
        expected: by the order's number, as ``PastOrder`` writes it.
        account: of the conversation.
        orders: of the conversation.
    """
    numbers = {order.number for order in orders}
    ways = {method.id for method in account.payment_methods} if account else set()
    for number, after in expected.items():
        if number not in numbers:
            yield f"there is no order {number}"
        settled = () if after.settled_with is None else (after.settled_with,)
        for way in (*(after.paid_with or ()), *settled):
            if way not in ways:
                yield f"the account has no way of paying {way}"
