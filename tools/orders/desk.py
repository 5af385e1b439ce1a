"""The order desk: the one interface behind which a shop puts its own order system."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from retrieval.errors import ShopGuideError
from tools.orders.change import Change
from tools.orders.order import Account, Address, Frozen, Item, Money, Order, Status


class Asker(Frozen):
    """On whose behalf the desk is asked. The server settles it, never a model or a message.

    Attributes:
        account_id: of a shopper who is signed in; None for anybody else.
        proven: ids of the orders that somebody without an account has proven to be theirs. They
            may do with these what their owner may, and see nothing else of the account.
    """

    account_id: str | None = None
    proven: frozenset[str] = frozenset()


class Moved(Frozen):
    """Money that a change moves: to the shop where ``amount`` is above 0, back where below.

    Attributes:
        at_once: whether it is there at once; otherwise after some days.
        later: whether it only moves when the goods are back.
    """

    method_id: str
    amount: Money
    at_once: bool = False
    later: bool = False


class Offer(Frozen):
    """What exactly a change would do. Nothing has happened yet.

    Attributes:
        change: what was asked for.
        order_id: whose status it changes; None where the account itself is changed.
        version: of the order when the offer was made. The desk refuses another one.
        status: of the order afterwards.
        moved: the money that it moves.
        items: the variants that come in place of others, in the order of the change's swaps.
    """

    change: Change
    order_id: str | None = None
    version: int = 0
    status: Status | None = None
    moved: tuple[Moved, ...] = ()
    items: tuple[Item, ...] = ()


class Written(Frozen):
    """A change that was made.

    Attributes:
        key: under which it was asked for. The same key never writes twice.
        audit_id: of the record that was left.
        order: as it stands now; None where the account was changed.
        repeated: whether it had been made under this key before.
    """

    key: str
    audit_id: str
    order: Order | None = None
    address: Address | None = None
    repeated: bool = False


class Why(StrEnum):
    """Why the desk refuses a change. What the shopper is told hangs on this alone."""

    STATUS = "status"
    """The order's status does not allow it."""
    REASON = "reason"
    """The shop does not take this reason for cancelling."""
    METHOD = "method"
    """The account has no such way of paying, or it may not be used for this."""
    SAME_METHOD = "same_method"
    BALANCE = "balance"
    """A gift card does not cover it."""
    ITEM = "item"
    """The order does not have the item, or not as often."""
    SAME_ITEM = "same_item"
    OTHER_PRODUCT = "other_product"
    UNAVAILABLE = "unavailable"
    TOO_LATE = "too_late"
    """The time in which things can be returned is over."""
    NO_DATE = "no_date"
    """It is not known when the order was delivered, so that this time cannot be told."""
    STALE = "stale"
    """The order, or what was to come instead, has changed since the offer was made."""
    SAME_ADDRESS = "same_address"
    NOT_SIGNED_IN = "not_signed_in"
    """Only who is signed in may change an account."""
    KEY = "key"
    """The idempotency key was used for another change. No shopper's doing."""


class Refused(ShopGuideError):
    """A rule of the shop stands against a change.

    Args:
        why: the rule.
        detail: the value at fault: an id, an amount, a day.
    """

    http_status = 409
    title = "Not possible"

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(f"The change is refused: {why.value} {detail}".strip())
        self.why = why
        self.detail = detail


class NoSuchOrder(ShopGuideError):
    """There is no such order, or it is not the asker's: the two are never told apart."""

    http_status = 404
    title = "No such order"


class OrdersUnavailable(ShopGuideError):
    """The order system does not answer. Nothing is known to have happened."""

    http_status = 503
    title = "Orders unavailable"


class OutcomeUnknown(OrdersUnavailable):
    """The order system went away during a write: it may have happened, or not.

    Asked again under the same key it is made at most once.
    """

    title = "Outcome unknown"


class OrderPage(Frozen):
    """The orders of an asker, newest first; ``more`` tells that older ones are left out."""

    orders: tuple[Order, ...] = ()
    more: bool = False


class Returnable(Frozen):
    """What can be sent back of an order.

    Attributes:
        item_ids: of the lines that can.
        until: the last day, ISO 8601; None where the shop sets no limit.
    """

    item_ids: tuple[str, ...] = Field(default=())
    until: str | None = None


class OrderDesk(Protocol):
    """Orders of one shop. Every method holds the asker against the order's owner, in code.

    Each raises ``OrdersUnavailable`` where the order system does not answer.
    """

    def account(self, asker: Asker) -> Account | None:
        """The account of who is signed in; of who has only proven orders, none."""
        ...

    def orders(self, asker: Asker) -> OrderPage:
        """The asker's orders, newest first, at most 50."""
        ...

    def order(self, asker: Asker, order_id: str) -> Order:
        """One order.

        Raises:
            NoSuchOrder: there is none, or it is somebody else's.
        """
        ...

    def methods(self, asker: Asker, order_id: str) -> Account:
        """The account behind an order as far as the asker may see it: all of it where they are
        signed in, else only the ways in which this order was paid, and no name or address.

        Raises:
            NoSuchOrder: as in ``order``.
        """
        ...

    def variants(self, product_id: str) -> Sequence[Item]:
        """The variants of a product; empty where it is not known."""
        ...

    def reasons(self) -> Sequence[str]:
        """The reasons for cancelling that the shop takes."""
        ...

    def returnable(self, asker: Asker, order_id: str) -> Returnable:
        """What of an order can be returned, and until when.

        Raises:
            NoSuchOrder: as in ``order``.
        """
        ...

    def offer(self, asker: Asker, change: Change) -> Offer:
        """What a change would do. Nothing is written.

        Raises:
            NoSuchOrder: as in ``order``.
            Refused: a rule stands against it.
        """
        ...

    def write(self, asker: Asker, offer: Offer, *, key: str, quote: str) -> Written:
        """Makes a change, once. Owner, state and rules are held against it again as it is written.

        Args:
            asker: on whose behalf.
            offer: what the shopper said yes to.
            key: idempotency key; the same one gives the first outcome and writes nothing.
            quote: the shopper's yes, word by word, for the audit.

        Raises:
            NoSuchOrder: as in ``order``.
            Refused: a rule stands against it by now, or it would do something else than the offer.
            OutcomeUnknown: the order system went away after it was asked.
        """
        ...

    def became(self, asker: Asker, offer: Offer, *, key: str) -> Written | None:
        """What became of a change that was asked for under a key; None where it was not made.

        Raises:
            OutcomeUnknown: it cannot be told, or not yet.
        """
        ...

    def prove(self, order_id: str, email: str, postcode: str) -> bool:
        """Whether an order with that number was placed under that e-mail for that postcode.

        The caller limits how often it may be asked.
        """
        ...
