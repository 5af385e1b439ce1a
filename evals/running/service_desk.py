"""The orders of one conversation: a desk of its own, over a database that nobody else has."""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from assistant.database.connection import Database
from assistant.orders.book import account_in, order_in
from assistant.orders.demo import item_of
from assistant.orders.intake import OrderFile, put_in
from assistant.orders.opening import rules_of
from assistant.orders.sql_desk import SqlDesk
from assistant.orders.tables import AccountRow, OrderAuditRow, OrderRow
from assistant.settings import Settings
from evals.running.observed import Books, SeenOrders
from evals.suite.conversation import Conversation
from evals.suite.orders import KnownAccount, PastOrder
from retrieval.errors import BadInput
from retrieval.product import Product
from tools.orders.order import Account, Address, Item, Order, Payment, Shipment, Status

_SOMEBODY_ELSE = "somebody-else"
_SENT = (Status.PROCESSED, Status.DELIVERED)


class ServiceDesks:
    """Opens desks. A database with all variants of a catalogue is made once, and copied for each.

    Args:
        folder: for the databases; nobody else's.
        settings: of the shop: why an order may be cancelled, and until when things come back.
        now: the time of day.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._now = now
        self._stocked: dict[str, tuple[Path, Mapping[str, Item]]] = {}
        # Alembic keeps what it is at in one place for the whole process.
        self._one_at_a_time = threading.Lock()

    def open(
        self, conversation: Conversation, owner: str, products: Iterable[Product]
    ) -> ServiceDesk:
        """A desk with the account and the orders of a conversation, and all variants for sale.

        Args:
            conversation: with an account.
            owner: the account's id: the shopper's, or of a guest the one that they ordered under.
            products: of the catalogue that the conversation asks.

        Raises:
            BadInput: an order has what the catalogue has not.
        """
        with self._one_at_a_time:
            if conversation.catalog not in self._stocked:
                self._stocked[conversation.catalog] = self._stock(products)
        stocked, items = self._stocked[conversation.catalog]
        now = self._now()
        data = _file(conversation, owner, items, now)
        path = self._folder / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(stocked, path)
        database = Database(f"sqlite:///{path}")
        put_in(database, data)
        desk = SqlDesk(
            database, rules_of(self._settings), now=self._now, new_id=lambda: uuid.uuid4().hex
        )
        return ServiceDesk(database, desk)

    def _stock(self, products: Iterable[Product]) -> tuple[Path, Mapping[str, Item]]:
        path = self._folder / f"{uuid.uuid4().hex}.db"
        items = {v.sku: item_of(product, v) for product in products for v in product.variants}
        database = Database(f"sqlite:///{path}")
        put_in(database, OrderFile(items=[(item.id, item) for item in items.values()]))
        # One file has all of it before it is copied.
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return path, items


class ServiceDesk:
    """The desk of one conversation.

    Args:
        database: of this desk alone.
        desk: over it.
    """

    def __init__(self, database: Database, desk: SqlDesk) -> None:
        self.desk = desk
        self._database = database
        self._initial = self._books()

    def seen(self) -> SeenOrders:
        """The orders as they are, beside those that the conversation began with."""
        return SeenOrders(initial=self._initial, after=self._books())

    def close(self) -> None:
        """Lets the database go, with all that is in it."""
        file = self._database.file
        self._database.close()
        if file is not None:
            for path in file.parent.glob(f"{file.name}*"):
                path.unlink(missing_ok=True)

    def _books(self) -> Books:
        # Past the desk, which shows nobody more than is theirs.
        with self._database.reading() as session:
            accounts = session.scalars(select(AccountRow).order_by(AccountRow.id))
            orders = session.scalars(select(OrderRow).order_by(OrderRow.id))
            audits = session.scalars(select(OrderAuditRow).order_by(OrderAuditRow.id))
            return Books(
                accounts=[account_in(row) for row in accounts],
                orders=[order_in(row) for row in orders],
                audits={row.id: row.subject for row in audits},
            )


def _file(
    conversation: Conversation, owner: str, items: Mapping[str, Item], now: datetime
) -> OrderFile:
    assert conversation.account is not None
    known = conversation.account
    accounts = [_account(known, owner)]
    if any(order.another for order in conversation.orders):
        accounts.append(_account(known, _SOMEBODY_ELSE, email="somebody.else@example.com"))
    orders = [
        _order(
            order,
            _SOMEBODY_ELSE if order.another else owner,
            order.address or known.address,
            items,
            now,
            tracking=f"SGX{70_000_417 + 1_009 * place}",
        )
        for place, order in enumerate(conversation.orders)
    ]
    return OrderFile(
        accounts=[(account.id, account) for account in accounts],
        orders=[(order.id, order) for order in orders],
    )


def _account(known: KnownAccount, id: str, *, email: str | None = None) -> Account:
    return Account(
        id=id,
        first_name=known.first_name,
        last_name=known.last_name,
        email=known.email if email is None else email,
        address=known.address,
        payment_methods=known.payment_methods,
    )


def _order(
    past: PastOrder,
    account_id: str,
    address: Address,
    items: Mapping[str, Item],
    now: datetime,
    *,
    tracking: str,
) -> Order:
    strange = [sku for sku in past.skus if sku not in items]
    if strange:
        raise BadInput(f"The catalogue has no variant {strange[0]}.", field="orders")
    lines = [items[sku].as_line() for sku in past.skus]
    paid = Payment(amount=sum(line.price for line in lines), method_id=past.paid_with)
    cancelled = past.status is Status.CANCELLED
    sent = Shipment(tracking_ids=past.tracking or (tracking,), item_ids=past.skus)
    return Order(
        id=past.number,
        account_id=account_id,
        status=past.status,
        currency="USD",
        address=address,
        lines=tuple(lines),
        shipments=(sent,) if past.status in _SENT else (),
        payments=(paid, paid.model_copy(update={"refund": True})) if cancelled else (paid,),
        placed=_before(now, past.placed),
        delivered=None if past.delivered is None else _before(now, past.delivered),
        cancel_reason=past.cancel_reason,
    )


def _before(now: datetime, days: int) -> datetime:
    return (now - timedelta(days=days, hours=1)).replace(second=0, microsecond=0)
