"""The state of tau2-bench's retail shop in one conversation, and the tools that only read it."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeVar

from pydantic import ConfigDict, validate_call

from evals.adapters.arithmetic import calculate
from evals.adapters.tau2_retail import (
    Item,
    Order,
    PaymentMethod,
    Retail,
    RetailProduct,
    User,
    as_json,
)

Record = TypeVar("Record")
checked = validate_call(config=ConfigDict(strict=True))
"""Refuses arguments of other names or types than a tool has."""


class ToolRefused(Exception):
    """A call that the shop does not carry out, and why."""


class RetailState:
    """One conversation's shop. What is changed is copied first: the records stay as they were.

    Args:
        records: the shop as the conversation finds it.
    """

    def __init__(self, records: Retail) -> None:
        self._records = records
        self._users: dict[str, User] = {}
        self._orders: dict[str, Order] = {}

    def digest(self) -> str:
        """Of the whole state, as tau2 computes it: SHA-256 of the records as sorted JSON.

        No record comes or goes, so that what was written of the unchanged ones is used again.
        """
        changed: dict[str, Mapping[str, User | Order]] = {
            "orders": self._orders,
            "users": self._users,
        }
        digest = hashlib.sha256()
        for place, (table, written) in enumerate(self._records.written.items()):
            now = changed.get(table, {})
            entries = (
                f"{json.dumps(id)}: {as_json(now[id]) if id in now else text}"
                for id, text in written.items()
            )
            digest.update(f'{", " if place else "{"}"{table}": {{{", ".join(entries)}}}'.encode())
        digest.update(b"}")
        return digest.hexdigest()

    def changed(self) -> dict[str, list[str]]:
        """The ids of the users and orders that are no longer as they were."""
        records = self._records
        return {
            "users": sorted(id for id, user in self._users.items() if user != records.users[id]),
            "orders": sorted(
                id for id, order in self._orders.items() if order != records.orders[id]
            ),
        }

    @checked
    def calculate(self, expression: str) -> str:
        """The value of a sum, to the cent."""
        try:
            return str(round(calculate(expression), 2))
        except ValueError as error:
            raise ToolRefused(str(error)) from error

    @checked
    def transfer_to_human_agents(self, summary: str) -> str:
        """Passes the customer on."""
        return "Transfer successful"

    @checked
    def find_user_id_by_email(self, email: str) -> str:
        """The id of the customer with an address of e-mail, whatever its case."""
        return self._find(lambda user: _folded(user.email) == _folded(email))

    @checked
    def find_user_id_by_name_zip(self, first_name: str, last_name: str, zip: str) -> str:
        """The id of the customer of a name, whatever its case, and a postal code."""
        wanted = (_folded(first_name), _folded(last_name), zip)
        return self._find(
            lambda user: (
                (_folded(user.name.first_name), _folded(user.name.last_name), user.address.zip)
                == wanted
            )
        )

    @checked
    def get_user_details(self, user_id: str) -> User:
        """A customer."""
        return self.user(user_id)

    @checked
    def get_order_details(self, order_id: str) -> Order:
        """An order."""
        return self.order(order_id)

    @checked
    def get_product_details(self, product_id: str) -> RetailProduct:
        """A type of product with all its variants."""
        return found_in(self._records.products, product_id, "product")

    @checked
    def get_item_details(self, item_id: str) -> Item:
        """A variant."""
        for product in self._records.products.values():
            if item_id in product.variants:
                return product.variants[item_id]
        raise ToolRefused(f"there is no item {item_id}")

    @checked
    def list_all_product_types(self) -> str:
        """The names of all types of product with their ids, as JSON."""
        products = self._records.products.values()
        return json.dumps({p.name: p.product_id for p in products}, sort_keys=True)

    def _find(self, fits: Callable[[User], bool]) -> str:
        for id, user in self._records.users.items():
            if fits(self._users.get(id, user)):
                return id
        raise ToolRefused("no user is found")

    def user(self, user_id: str) -> User:
        """A user as it is now, to be read or changed."""
        if user_id not in self._users:
            found = found_in(self._records.users, user_id, "user")
            self._users[user_id] = found.model_copy(deep=True)
        return self._users[user_id]

    def order(self, order_id: str, *statuses: str) -> Order:
        """An order as it is now, to be read or changed; of one of the statuses, if any is given."""
        if order_id not in self._orders:
            found = found_in(self._records.orders, order_id, "order")
            self._orders[order_id] = found.model_copy(deep=True)
        order = self._orders[order_id]
        if statuses and order.status not in statuses:
            raise ToolRefused(f"the order {order_id} is {order.status}, not {statuses[0]}")
        return order

    def method(self, user_id: str, method_id: str) -> PaymentMethod:
        """A way to pay of a user, as it is now."""
        return found_in(self.user(user_id).payment_methods, method_id, "payment method")


def found_in(records: Mapping[str, Record], id: str, what: str) -> Record:
    """The record of an id.

    Raises:
        ToolRefused: there is none; ``what`` says of what.
    """
    if id not in records:
        raise ToolRefused(f"there is no {what} {id}")
    return records[id]


def _folded(text: str) -> str:
    """Without case and accents."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()
