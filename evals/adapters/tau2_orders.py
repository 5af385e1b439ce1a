"""tau2-bench's retail tasks through our order tools: is the shop left as tau2's own tools leave it?

::

    python -m evals.adapters.tau2_orders FOLDER [--reference PYTHON]

FOLDER holds tau2's ``db.json`` and ``tasks_train.json``. PYTHON is one that has ``inspect-evals``;
its tools give the wanted states, as ``evals.adapters.tau2_environment`` does without it. The
actions of a task are carried out as the user whom it signs in: our tools take no identity.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from langchain_core.tools import StructuredTool
from sqlalchemy import select

from assistant.database.connection import Database
from assistant.orders.book import account_in, order_in
from assistant.orders.intake import put_in
from assistant.orders.sql_desk import SqlDesk
from assistant.orders.tables import AccountRow, OrderRow
from evals.adapters.tau2_books import address_of, books_of, tau2_order, tau2_user, to_the_cent
from evals.adapters.tau2_environment import Tau2Environment, ToolRefused
from evals.adapters.tau2_retail import Retail, read_retail
from evals.adapters.tau2_tasks import Action, Task, read_tasks
from retrieval.errors import ShopGuideError
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
from tools.orders.desk import Asker, Moved, Offer
from tools.orders.order import Line, Order, PaymentMethod, Swap
from tools.orders.rules import OrderRules, Pair
from tools.orders.tools import order_tools

NOW = datetime(2024, 5, 15, 15, 0, tzinfo=UTC)

Changed = Mapping[str, Mapping[str, Any]]
"""Users and orders that are no longer as they were, by table and id."""

SHOP_RULES = OrderRules(return_days=None)
"""Our shop's rules, with tau2's setting: no limit of time for a return."""


class Tau2Rules(OrderRules):
    """Our rules with two oddities of tau2's, which no shop would want."""

    def lines_after(self, order: Order, pairs: Any) -> tuple[Line, ...]:
        """Every changed item takes the price and the options of the last of the new ones."""
        last = pairs[-1][1]
        alike: list[Pair] = [
            (place, item.model_copy(update={"price": last.price, "options": last.options}))
            for place, item in pairs
        ]
        return super().lines_after(order, alike)

    def settled(self, method: PaymentMethod, difference: Decimal) -> list[Moved]:
        """A difference of nothing is booked as well, as a refund."""
        return super().settled(method, difference) or [
            Moved(method_id=method.id, amount=difference)
        ]


TAU2_RULES = Tau2Rules(return_days=None)


@dataclass
class Replayed:
    """What became of a task.

    Attributes:
        changed: what it left otherwise than it was, in tau2's shape.
        refused: the actions that our tools refused, and why.
        asker: as whom.
        calls: how many calls of our tools there were.
    """

    changed: Changed
    asker: str | None
    refused: list[str] = field(default_factory=list)
    calls: int = 0


class Replay:
    """tau2's shop in our order desk, as often as it takes.

    Args:
        shop: tau2's records.
        folder: for databases.
    """

    def __init__(self, shop: Retail, folder: Path) -> None:
        self._shop = shop
        self._folder = folder
        self._start = folder / "start.sqlite3"
        with closing(Database(f"sqlite:///{self._start}")) as database:
            imported = put_in(database, books_of(shop))
            assert not imported.bad, imported.bad[0]

    def task(self, task: Task, rules: OrderRules) -> Replayed:
        """Carries out the reference actions of a task in a shop of its own."""
        path = self._folder / "task.sqlite3"
        for left in self._folder.glob("task.sqlite3*"):
            left.unlink()
        shutil.copyfile(self._start, path)
        actions = [a for a in task.criteria.actions or () if a.requestor == "assistant"]
        user_id = signed_in(self._shop, actions)
        asker = Asker(account_id=user_id)
        with closing(Database(f"sqlite:///{path}")) as database:
            ids = (f"audit-{number}" for number in range(10_000))
            desk = SqlDesk(database, rules, now=lambda: NOW, new_id=lambda: next(ids))
            tools = {tool.name: tool for tool in order_tools(desk, asker)}
            refused, calls = [], 0
            for number, action in enumerate(actions):
                try:
                    calls += _carry_out(tools, action, f"{task.id}-{number}")
                except ShopGuideError as error:
                    calls += 1
                    refused.append(f"{action.name}: {error.sentence}")
            return Replayed(self._changed(database), user_id, refused, calls)

    def _changed(self, database: Database) -> Changed:
        """All users and orders are read back from the tables, whoever was signed in."""
        with database.reading() as session:
            accounts = [account_in(row) for row in session.scalars(select(AccountRow))]
            orders = [order_in(row) for row in session.scalars(select(OrderRow))]
        users = {a.id: tau2_user(a, self._shop.users[a.id]) for a in accounts}
        written = {order.id: tau2_order(order) for order in orders}
        assert (users.keys(), written.keys()) == (self._shop.users.keys(), self._shop.orders.keys())
        return {
            "users": {i: u.model_dump() for i, u in users.items() if u != self._shop.users[i]},
            "orders": {i: o.model_dump() for i, o in written.items() if o != self._shop.orders[i]},
        }


def signed_in(shop: Retail, actions: Iterable[Action]) -> str | None:
    """The user whom a task signs in: found by its first action that names one; None where none."""
    for action in actions:
        arguments = action.arguments
        if action.name.startswith("find_user_id"):
            try:
                return str(Tau2Environment(shop).call(action.name, arguments))
            except ToolRefused:
                continue
        if "user_id" in arguments:
            return str(arguments["user_id"])
        if arguments.get("order_id") in shop.orders:
            return shop.orders[arguments["order_id"]].user_id
    return None


def wanted_here(shop: Retail, task: Task) -> Changed:
    """What the tools of ``tau2_environment`` leave otherwise than it was."""
    environment = Tau2Environment(shop)
    for action in task.criteria.actions or ():
        try:
            environment.call(action.name, action.arguments)
        except ToolRefused:
            continue
    changed = environment.changed()
    return {
        "users": {id: environment.user(id).model_dump() for id in changed["users"]},
        "orders": {id: environment.order(id).model_dump() for id in changed["orders"]},
    }


def wanted_there(folder: Path, python: Path) -> dict[str, Changed]:
    """What tau2's own tools leave, by task.

    Args:
        folder: of tau2's files.
        python: of an environment with ``inspect-evals``.
    """
    script = Path(__file__).with_name("tau2_reference.py")
    files = [folder / "db.json", folder / "tasks_train.json"]
    run = subprocess.run(  # noqa: S603
        [python, script, *files], check=True, capture_output=True, text=True, timeout=600
    )
    states = [json.loads(line) for line in run.stdout.splitlines()]
    return {s["task"]: {"users": s["users"], "orders": s["orders"]} for s in states}


def same(left: Changed, right: Changed) -> bool:
    """Whether two states are one, amounts to the cent."""
    return bool(to_the_cent(left) == to_the_cent(right))


def change_of(action: Action) -> Change | None:
    """What a writing tool of tau2's asks for, as a change; None for one that only reads."""
    given = action.arguments
    order_id = given.get("order_id", "")
    match action.name:
        case "cancel_pending_order":
            return CancelOrder(order_id=order_id, reason=given["reason"])
        case "modify_pending_order_address":
            return ChangeAddress(order_id=order_id, address=address_of(given))
        case "modify_user_address":
            return ChangeAccountAddress(address=address_of(given))
        case "modify_pending_order_payment":
            return ChangePayment(order_id=order_id, method_id=given["payment_method_id"])
        case "modify_pending_order_items":
            return ChangeItems(
                order_id=order_id, swaps=_swaps(given), method_id=given["payment_method_id"]
            )
        case "exchange_delivered_order_items":
            return ExchangeItems(
                order_id=order_id, swaps=_swaps(given), method_id=given["payment_method_id"]
            )
        case "return_delivered_order_items":
            return ReturnItems(
                order_id=order_id,
                item_ids=tuple(given["item_ids"]),
                method_id=given["payment_method_id"],
            )
    return None


def _swaps(given: Mapping[str, Any]) -> tuple[Swap, ...]:
    return tuple(
        Swap(item_id=old, new_item_id=new)
        for old, new in zip(given["item_ids"], given["new_item_ids"], strict=True)
    )


def _carry_out(tools: Mapping[str, StructuredTool], action: Action, key: str) -> int:
    """Calls our tools for an action.

    Returns:
        How many calls it took; none for what has nothing to do with orders, or finds out who is
        asking, which is no tool's business here.
    """
    change = change_of(action)
    if change is not None:
        offer: Offer = tools["offer_change"].invoke({"change": change})
        tools["write_change"].invoke({"offer": offer, "key": key, "quote": "yes"})
        return 2
    match action.name:
        case "get_order_details":
            tools["order_details"].invoke({"order_id": action.arguments["order_id"]})
        case "get_user_details":
            tools["account_details"].invoke({})
        case "get_product_details":
            tools["product_variants"].invoke({"product_id": action.arguments["product_id"]})
        case _:
            return 0
    return 1


def report(folder: Path, python: Path | None) -> Iterator[str]:
    """The figures, line by line."""
    shop = read_retail(folder / "db.json")
    tasks = read_tasks(folder / "tasks_train.json")
    there = wanted_there(folder, python) if python else None
    with tempfile.TemporaryDirectory(prefix="tau2-orders-") as made:
        replay = Replay(shop, Path(made))
        for name, rules in (("with tau2's oddities", TAU2_RULES), ("our rules", SHOP_RULES)):
            equal: Counter[str] = Counter()
            differing, writing, refused, calls = [], 0, [], 0
            for task in tasks:
                done = replay.task(task, rules)
                calls += done.calls
                refused += [f"{task.id}: {why}" for why in done.refused]
                here = wanted_here(shop, task)
                writing += any(here.values())
                equal["tau2_environment"] += same(done.changed, here)
                if there is not None:
                    equal["inspect-evals"] += same(done.changed, there[task.id])
                if not same(done.changed, here if there is None else there[task.id]):
                    differing.append(task.id)
            figures = ", ".join(f"{n} of {len(tasks)} as {who}" for who, n in equal.items())
            yield f"{name}: {figures}; {writing} tasks write, {calls} calls of our tools"
            yield f"  differing: {', '.join(differing) or 'none'}"
            yield from (f"  refused: task {line}" for line in refused)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description="tau2's tasks through our order tools.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reference", type=Path, help="a Python that has inspect-evals")
    options = parser.parse_args()
    for line in report(options.folder, options.reference):
        print(line, flush=True)


if __name__ == "__main__":
    main()
