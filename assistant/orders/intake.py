"""Accounts, items and orders on their way into the shop's database, each held against the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from assistant.database.connection import Database
from assistant.database.tables import Base
from assistant.errors import BadInput
from assistant.orders.book import account_row, item_row, order_in, order_row
from assistant.orders.tables import AccountRow, ItemRow, OrderRow
from tools.orders.order import Account, Item, Order, PaymentKind
from tools.orders.ownership import number_of

Record = TypeVar("Record", bound=BaseModel)
_PARTS = ("accounts", "items", "orders")


@dataclass(frozen=True)
class BadRow:
    """A row that is left out: where it is, and what is wrong with it, as one plain sentence."""

    place: str
    reason: str


@dataclass
class OrderFile:
    """What a file holds, checked as far as it can be without the database."""

    accounts: list[tuple[str, Account]] = field(default_factory=list)
    items: list[tuple[str, Item]] = field(default_factory=list)
    orders: list[tuple[str, Order]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True)
class Imported:
    """How many rows came in, and which did not."""

    accounts: int
    items: int
    orders: int
    bad: tuple[BadRow, ...]


def read_orders(path: Path) -> OrderFile:
    """Reads a file of orders: a JSON object with ``accounts``, ``items`` and ``orders``.

    Raises:
        BadInput: the file cannot be read, or is of another shape.
    """
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.", field="file") from error
    except json.JSONDecodeError as error:
        sentence = f"{path.name}, line {error.lineno}: not JSON ({error.msg})."
        raise BadInput(sentence, field="file") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path.name} is not JSON in UTF-8.", field="file") from error
    if not isinstance(data, dict) or not all(isinstance(data.get(p, []), list) for p in _PARTS):
        sentence = f"{path.name} must be an object with the lists accounts, items and orders."
        raise BadInput(sentence, field="file")
    unknown = sorted(set(data) - set(_PARTS))
    if unknown:
        raise BadInput(f"{path.name} has the unknown part {unknown[0][:80]!r}.", field="file")
    return checked(data)


def checked(data: Mapping[str, list[Any]]) -> OrderFile:
    """The good rows of data, and what is wrong with the others."""
    file = OrderFile()
    file.accounts = _rows(data, "accounts", Account, _account_fault, file.bad)
    file.items = _rows(data, "items", Item, lambda item: None, file.bad)
    file.orders = _rows(data, "orders", Order, _order_fault, file.bad)
    return file


def put_in(database: Database, file: OrderFile) -> Imported:
    """Puts accounts, items and orders in, or in place of those of the same id; all at once.

    An order that is changed by this grows a version, so that no offer made before is carried out.

    Raises:
        StoreUnavailable: the database cannot be written; nothing is in.
    """
    bad = list(file.bad)
    with database.writing() as session:
        _put(session, AccountRow, [account_row(account) for _, account in file.accounts])
        _put(session, ItemRow, [item_row(item, i) for i, (_, item) in enumerate(file.items)])
        session.flush()
        orders = 0
        for place, order in file.orders:
            reason = _put_order(session, order)
            if reason:
                bad.append(BadRow(place, reason))
            else:
                orders += 1
    return Imported(len(file.accounts), len(file.items), orders, tuple(bad))


def is_empty(database: Database) -> bool:
    """Whether there are no accounts, orders or items at all."""
    with database.reading() as session:
        return not any(
            session.execute(select(table).limit(1)).first()
            for table in (AccountRow.id, OrderRow.id, ItemRow.id)
        )


def _put(session: Session, table: type[Base], rows: Sequence[Any]) -> None:
    """Puts rows in; those that are new without a look at each of them."""
    known = set(session.scalars(select(inspect(table).primary_key[0])))
    session.add_all(row for row in rows if row.id not in known)
    for row in rows:
        if row.id in known:
            session.merge(row)


def _put_order(session: Session, order: Order) -> str | None:
    """Why an order cannot come in; None where it did."""
    account = session.get(AccountRow, order.account_id)
    if account is None:
        return f"There is no account {order.account_id!r}."
    known = {m.id for m in Account.model_validate(account.record).payment_methods}
    strange = [p.method_id for p in order.payments if p.method_id not in known]
    if strange:
        return f"The account {order.account_id!r} has no way of paying {strange[0]!r}."
    row = session.scalar(select(OrderRow).where(OrderRow.number == number_of(order.id)))
    if row is None:
        session.add(order_row(order))
        return None
    if row.id != order.id:
        return f"Its number cannot be told from that of the order {row.id!r}."
    held = order_in(row)
    if held.account_id != order.account_id:
        return "It is another account's already."
    if order.model_copy(update={"version": held.version}) != held:
        order = order.model_copy(update={"version": max(order.version, held.version + 1)})
        session.merge(order_row(order))
    return None


def _rows(
    data: Mapping[str, list[Any]],
    part: str,
    kind: type[Record],
    fault: Callable[[Record], str | None],
    bad: list[BadRow],
) -> list[tuple[str, Record]]:
    good: dict[str, tuple[str, Record]] = {}
    for number, raw in enumerate(data.get(part, ()), start=1):
        id = raw.get("id") if isinstance(raw, dict) else None
        place = f"{part} {number}" + (f" ({id[:80]})" if isinstance(id, str) and id else "")
        try:
            record = kind.model_validate(raw)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(step) for step in first["loc"])
            bad.append(BadRow(place, f"{where}: {first['msg']}." if where else f"{first['msg']}."))
            continue
        key = number_of(record.id) if isinstance(record, Order) else str(record.id)  # type: ignore[attr-defined]
        reason = fault(record) or ("The id is there twice." if key in good else None)
        if reason:
            bad.append(BadRow(place, reason))
        else:
            good[key] = (place, record)
    return list(good.values())


def _account_fault(account: Account) -> str | None:
    if not account.id.isprintable():
        return "id: must have visible characters, and no others."
    ids = [method.id for method in account.payment_methods]
    if len(set(ids)) != len(ids):
        return "payment_methods: an id is there twice."
    for method in account.payment_methods:
        if (method.kind is PaymentKind.GIFT_CARD) != (method.balance is not None):
            return f"payment_methods: a gift card has a balance, nothing else has ({method.id})."
    return None


def _order_fault(order: Order) -> str | None:
    if not number_of(order.id):
        return "id: can be no order's number."
    if any(amount < 0 for amount in (order.paid, *_totals(order))):
        return "payments: more is given back than was paid."
    return None


def _totals(order: Order) -> Iterable[Decimal]:
    """What is borne after each payment: at no moment below 0."""
    total = Decimal(0)
    for payment in order.payments:
        total = total + (-payment.amount if payment.refund else payment.amount)
        yield total
