"""What a message asks of an order, with the words that it rests on."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from tools.orders.order import Address, Frozen


class Kind(StrEnum):
    """What is asked for. The first seven change something."""

    CANCEL = "cancel"
    RETURN = "return"
    SWAP = "swap"
    """Other variants: of a delivered order an exchange, of a pending one a change of its items."""
    ADDRESS = "address"
    ACCOUNT_ADDRESS = "account_address"
    PAYMENT = "payment"
    RETURNABLE = "returnable"
    STATUS = "status"
    LIST = "list"
    PAID = "paid"
    DETAILS = "details"

    @property
    def writes(self) -> bool:
        """Whether it asks for a change."""
        return self in _WRITES


_WRITES = frozenset(
    {Kind.CANCEL, Kind.RETURN, Kind.SWAP, Kind.ADDRESS, Kind.ACCOUNT_ADDRESS, Kind.PAYMENT}
)


class OrderRequest(Frozen):
    """A request as far as it is known. Nothing stands in it that the shopper did not say.

    Attributes:
        kind: what is asked for.
        order_id: the order that is meant, one of the shopper's own.
        unknown_order: a number that was given and is none of theirs.
        item_ids: the items of it, one for each line that is meant.
        spared: items that are named to be left as they are.
        denied: changes that are said not to be wanted.
        all_items: whether the whole order is meant.
        reason: why it should be cancelled; one of the shop's reasons, or ``other``.
        method_id: of the account's ways of paying, the one that is named.
        address: where it should be sent.
        told: the messages that the request was made in, for what should come instead.
        quotes: the shopper's words for each of these.
    """

    kind: Kind | None = None
    order_id: str | None = None
    unknown_order: str | None = None
    item_ids: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    denied: tuple[Kind, ...] = ()
    all_items: bool = False
    reason: str | None = None
    method_id: str | None = None
    address: Address | None = None
    told: tuple[str, ...] = ()
    quotes: dict[str, str] = Field(default_factory=dict)
