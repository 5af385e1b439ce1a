"""The order desk over the shop's own database, SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.errors import StoreUnavailable
from assistant.orders.book import (
    account_in,
    digest,
    find_account,
    find_order,
    order_in,
    variants_in,
)
from assistant.orders.keys import check_key
from assistant.orders.proof import Proof
from assistant.orders.standing import (
    Standing,
    account_after,
    account_row_of,
    own_order,
    plan_of,
    standing,
    who_of,
)
from assistant.orders.tables import AccountRow, OrderAuditRow, OrderChangeRow, OrderRow
from tools.orders.change import Change
from tools.orders.desk import (
    Asker,
    Offer,
    OrderPage,
    OrdersUnavailable,
    OutcomeUnknown,
    Refused,
    Returnable,
    Why,
    Written,
)
from tools.orders.order import Account, Item, Order
from tools.orders.ownership import may_see, number_of, shown_of
from tools.orders.planning import Plan
from tools.orders.rules import OrderRules

MOST_ORDERS = 50
_LONGEST_QUOTE = 4_000
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class SqlDesk:
    """Orders in the shop's database. What its methods give and raise, ``OrderDesk`` says.

    Args:
        database: where they are.
        rules: the shop's.
        now: the time of day.
        new_id: a fresh id for an audit record.
    """

    def __init__(
        self,
        database: Database,
        rules: OrderRules,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._database = database
        self._rules = rules
        self._now = now
        self._new_id = new_id

    def account(self, asker: Asker) -> Account | None:
        """The account of who is signed in."""
        if asker.account_id is None:
            return None
        with self._reading() as session:
            row = find_account(session, asker.account_id)
            return None if row is None else account_in(row)

    def orders(self, asker: Asker) -> OrderPage:
        """The asker's orders, newest first."""
        with self._reading() as session:
            proven = [find_order(session, id) for id in sorted(asker.proven)]
            rows = {row.id: row for row in proven if row is not None}
            if asker.account_id is not None and asker.account_id.isprintable():
                own = (
                    select(OrderRow)
                    .where(OrderRow.account_id == asker.account_id)
                    .order_by(OrderRow.placed.desc().nulls_last(), OrderRow.id.desc())
                    .limit(MOST_ORDERS + 1)
                )
                rows |= {row.id: row for row in session.scalars(own)}
            found = [order_in(row) for row in rows.values()]
        # Held again, whatever the query gave.
        orders = sorted((o for o in found if may_see(asker, o)), key=_age, reverse=True)
        return OrderPage(orders=tuple(orders[:MOST_ORDERS]), more=len(orders) > MOST_ORDERS)

    def order(self, asker: Asker, order_id: str) -> Order:
        """One order of the asker's."""
        with self._reading() as session:
            return own_order(session, asker, order_id)[1]

    def methods(self, asker: Asker, order_id: str) -> Account:
        """The account behind an order. Who is not signed in sees no balance of a gift card."""
        with self._reading() as session:
            _, order = own_order(session, asker, order_id)
            return shown_of(asker, order, account_in(account_row_of(session, order)))

    def variants(self, product_id: str) -> Sequence[Item]:
        """The variants of a product."""
        with self._reading() as session:
            return variants_in(session, product_id)

    def reasons(self) -> Sequence[str]:
        """The reasons for cancelling."""
        return self._rules.reasons

    def returnable(self, asker: Asker, order_id: str) -> Returnable:
        """What can be sent back, and until when."""
        return self._rules.returnable(self.order(asker, order_id), self._now())

    def offer(self, asker: Asker, change: Change) -> Offer:
        """What a change would do."""
        with self._reading() as session:
            found = standing(session, asker, change, lock=False)
            return plan_of(session, self._rules, change, found, self._now()).offer

    def prove(self, order_id: str, email: str, postcode: str) -> bool:
        """Whether the three belong together. Whichever is wrong, the same is done and answered.

        One row comes back whether or not there is such an order, and no record is read whole:
        that takes so long that the time would tell which numbers there are.
        """
        wanted = OrderRow.number == number_of(order_id)
        account_id = select(OrderRow.account_id).where(wanted).scalar_subquery()
        held_email = AccountRow.record["email"].as_string()
        held_postcode = OrderRow.record["address"]["postcode"].as_string()
        with self._reading() as session:
            held = session.execute(
                select(
                    select(held_email).where(AccountRow.id == account_id).scalar_subquery(),
                    select(held_postcode).where(wanted).scalar_subquery(),
                )
            ).one()
        return Proof(email, postcode).holds(held[0] or "", held[1] or "")

    def became(self, asker: Asker, offer: Offer, *, key: str) -> Written | None:
        """What became of a change: here it was made, or it was not."""
        return self.made(asker, key)

    def made(self, asker: Asker, key: str) -> Written | None:
        """What was made under a key on behalf of this asker; None where nothing was."""
        check_key(key)
        with self._reading() as session:
            row = session.get(OrderChangeRow, key)
            if row is None:
                return None
            written = Written.model_validate(row.outcome)
        if row.asker != who_of(asker, written.order):
            return None
        return written.model_copy(update={"repeated": True})

    def write(self, asker: Asker, offer: Offer, *, key: str, quote: str) -> Written:
        """Makes a change: the new state, the key and the audit, all or none.

        Raises:
            BadInput: the key can be none.
        """
        check_key(key)
        try:
            return self._write(asker, offer, key, quote)
        except IntegrityError:
            # The same key was used for another order at this moment; by now it can be read.
            try:
                return self._write(asker, offer, key, quote)
            except IntegrityError as error:
                raise _unavailable() from error

    def _write(self, asker: Asker, offer: Offer, key: str, quote: str) -> Written:
        written: Written | None = None
        try:
            with self._database.writing() as session:
                written = self._decide(session, asker, offer, key, quote)
        except StoreUnavailable as error:
            if written is None:
                raise _unavailable() from error
            sentence = "The database went away as the change was written: it may have been made."
            raise OutcomeUnknown(sentence) from error
        return written

    def _decide(
        self, session: Session, asker: Asker, offer: Offer, key: str, quote: str
    ) -> Written:
        # Locked before the key is looked up: the second of two with one key waits here.
        found = standing(session, asker, offer.change, lock=True)
        agreed = digest(offer)
        before = session.get(OrderChangeRow, key)
        if before is not None:
            if (before.asker, before.agreed) != (found.who, agreed):
                raise Refused(Why.KEY)
            return Written.model_validate(before.outcome).model_copy(update={"repeated": True})
        now = self._now()
        plan = plan_of(session, self._rules, offer.change, found, now)
        if plan.offer != offer:
            raise Refused(Why.STALE)
        account = account_after(found, plan)
        _put(found, plan, account)
        written = Written(
            key=key,
            audit_id=self._new_id(),
            order=plan.order,
            address=account.address if plan.order is None else None,
        )
        session.add(
            OrderAuditRow(
                id=written.audit_id,
                key=key,
                time=now,
                asker=found.who,
                subject=found.subject,
                kind=offer.change.kind,
                offer=offer.model_dump(mode="json"),
                before=digest(found.order, found.account),
                after=digest(plan.order, account),
                quote=_storable(quote),
            )
        )
        outcome = written.model_dump(mode="json")
        session.add(
            OrderChangeRow(key=key, asker=found.who, agreed=agreed, outcome=outcome, time=now)
        )
        session.flush()
        return written

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        try:
            with self._database.reading() as session:
                yield session
        except StoreUnavailable as error:
            raise _unavailable() from error


def _put(found: Standing, plan: Plan, account: Account) -> None:
    if account != found.account:
        found.account_row.record = account.model_dump(mode="json")
    if plan.order is not None and found.order_row is not None:
        found.order_row.version = plan.order.version
        found.order_row.record = plan.order.model_dump(mode="json")


def _storable(quote: str) -> str:
    """Words as any database takes them."""
    return quote[:_LONGEST_QUOTE].encode("utf-8", "replace").decode().replace("\0", "")


def _age(order: Order) -> tuple[datetime, str]:
    return (order.placed or _LONG_AGO, order.id)


def _unavailable() -> OrdersUnavailable:
    return OrdersUnavailable("The orders cannot be read or written.")
