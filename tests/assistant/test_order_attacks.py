"""Two thousand tries at somebody else's orders, through each desk: nothing is seen or changed."""

import json
import random
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from order_shop import AWAY, NOW, desk_over, filled, order
from pydantic import BaseModel
from served import served

from assistant.database.connection import Database
from assistant.orders.http_desk import HttpDesk
from assistant.orders.http_line import HttpLine
from assistant.orders.intake import OrderFile, put_in
from assistant.orders.reference_server import create_reference_server
from assistant.orders.sql_desk import SqlDesk
from assistant.orders.tables import AccountRow, OrderAuditRow, OrderRow
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
from tools.orders.desk import Asker, Offer, OrderDesk, OrderPage, Written
from tools.orders.order import Account, Order, Status, Swap
from tools.orders.rules import OrderRules
from tools.orders.tools import order_tools

TRIES = 2_000
_VICTIM = "ann"
_TARGETS = [f"#A-{n}" for n in range(1, 40)]
_STATUSES = (Status.PENDING, Status.DELIVERED)
_ATTACKERS = [
    Asker(account_id="bob"),
    Asker(account_id="bob", proven=frozenset({"#B-1"})),
    Asker(proven=frozenset({"#B-1", "#B-2"})),
    Asker(),
    Asker(proven=frozenset({"", "#", " ", "*", "%", "a-", "A-_"})),
    *(
        Asker(account_id=id)
        for id in (
            "",
            "ANN",
            "ann ",
            " ann",
            "ａｎｎ",
            "ann\0",
            "ann' OR '1'='1",
            "%",
            "an_",
            "null",
        )
    ),
]

_FORMS: list[Callable[[str], str]] = [
    str,
    str.lower,
    lambda id: id.lstrip("#"),
    lambda id: f"##{id} ",
    lambda id: " ".join(id),
    lambda id: id.replace("-", "\u200b-"),
    lambda id: "".join(chr(ord(s) + 0xFEE0) if "!" <= s <= "~" else s for s in id),
    lambda id: "".join(chr(0x0660 + int(s)) if s.isdigit() else s for s in id),
    lambda id: unicodedata.normalize("NFD", id),
    lambda id: f"{id}' OR '1'='1",
    lambda id: f"{id}; DROP TABLE orders",
    lambda id: f'{id}" OR ""="',
    lambda id: id.replace("#", "%23"),
    lambda id: f"../orders/{id}",
    lambda id: f"#B-1&order_id={id}&account_id=ann",
    lambda id: f"{id}\0",
    lambda id: f"#B-1\n{id}",
    lambda id: id[:-1] + "%",
    lambda id: id[:-1] + "_",
]


class Trusting(SqlDesk):
    """An order system that asks nobody who they are: whatever is named, it hands out."""

    def order(self, asker: Asker, order_id: str) -> Order:
        return super().order(self._owner(order_id), order_id)

    def orders(self, asker: Asker) -> OrderPage:
        return super().orders(Asker(account_id=_VICTIM))

    def account(self, asker: Asker) -> Account | None:
        return super().account(Asker(account_id=_VICTIM))

    def methods(self, asker: Asker, order_id: str) -> Account:
        return super().methods(self._owner(order_id), order_id)

    def offer(self, asker: Asker, change: Change) -> Offer:
        return super().offer(self._owner_of(change), change)

    def write(self, asker: Asker, offer: Offer, *, key: str, quote: str) -> Written:
        return super().write(self._owner_of(offer.change), offer, key=key, quote=quote)

    def _owner_of(self, change: Change) -> Asker:
        if isinstance(change, ChangeAccountAddress):
            return Asker(account_id=_VICTIM)
        return self._owner(change.order_id)

    def _owner(self, order_id: str) -> Asker:
        return Asker(
            account_id=super().order(Asker(proven=frozenset({order_id})), order_id).account_id
        )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'shop.sqlite3'}")) as opened:
        filled(opened)
        guessable = [
            order(id, _VICTIM, status, "ann-visa", "mug-s", "pen-b", delivered=NOW)
            for id, status in zip(
                _TARGETS[6:], [Status.PENDING, Status.DELIVERED] * 20, strict=False
            )
        ]
        put_in(opened, OrderFile(orders=[("", o) for o in guessable]))
        yield opened


@pytest.fixture(params=["sql", "http", "trusting"])
def desk(request: pytest.FixtureRequest, database: Database) -> Iterator[OrderDesk]:
    if request.param == "sql":
        yield desk_over(database)
        return
    held = desk_over(database)
    if request.param == "trusting":
        ids = iter(range(10**9))
        held = Trusting(
            database,
            OrderRules(),
            now=lambda: NOW + timedelta(seconds=1),
            new_id=lambda: f"a-{next(ids)}",
        )
    with ExitStack() as stack:
        url = stack.enter_context(served(create_reference_server(held, "key")))
        line = stack.enter_context(closing(HttpLine(url, "key")))
        yield HttpDesk(line, sleep=lambda seconds: None)


def victims(database: Database) -> str:
    """All that is the victim's, as text, and that no audit speaks of it."""
    with database.reading() as session:
        orders = session.scalars(
            sa.select(OrderRow).where(OrderRow.account_id == _VICTIM).order_by(OrderRow.id)
        )
        account = session.get_one(AccountRow, _VICTIM)
        audits = session.scalars(sa.select(OrderAuditRow.subject))
        held = [json.dumps(row.record, sort_keys=True) for row in (*orders, account)]
        held += [s for s in audits if s.startswith(("order:#A", "account:ann"))]
    return "\n".join(held)


def attempt(rng: random.Random, desk: OrderDesk, real: SqlDesk) -> tuple[str, Any]:
    """One try, through the tools that a turn has: its name, and what came of it."""
    asker = rng.choice(_ATTACKERS)
    target = rng.choice(_TARGETS)
    id = rng.choice(_FORMS)(target)
    swaps = (Swap(item_id="mug-s", new_item_id="mug-l"),)
    method = rng.choice(["ann-visa", "ann-gift", "bob-visa", "bob-gift"])
    changes: list[Change] = [
        CancelOrder(order_id=id, reason="no longer needed"),
        ChangeAddress(order_id=id, address=AWAY),
        ChangePayment(order_id=id, method_id=method),
        ChangeItems(order_id=id, swaps=swaps, method_id=method),
        ReturnItems(order_id=id, item_ids=("mug-s",), method_id=method),
        ExchangeItems(order_id=id, swaps=swaps, method_id=method),
    ]
    if asker.account_id != "bob":
        changes.append(ChangeAccountAddress(address=AWAY))
    change = rng.choice(changes)
    tools = {tool.name: tool for tool in order_tools(desk, asker)}
    name = rng.choice(
        ["find_orders", "account_details", "order_details", "order_methods", "returnable_items"]
        + ["offer_change", "write_change"] * 3
    )
    arguments: dict[str, Any] = {}
    if name in ("order_details", "order_methods", "returnable_items"):
        arguments = {"order_id": id}
    elif name == "offer_change":
        arguments = {"change": change}
    elif name == "write_change":
        # At best the attacker knows, to the cent, what the owner would be offered.
        try:
            plain = change.model_copy(update={"order_id": target})
            offer = real.offer(Asker(account_id=_VICTIM), plain)
            offer = offer.model_copy(update={"change": rng.choice([change, plain])})
        except ShopGuideError:
            offer = Offer(change=change, order_id=target, version=1)
        arguments = {"offer": offer, "key": f"k-{rng.random()}", "quote": "yes"}
    try:
        return name, tools[name].invoke(arguments)
    except (ShopGuideError, ValueError):
        return name, None


def is_victims(found: Any) -> bool:
    """Whether something of the victim's is in what came back."""
    if isinstance(found, BaseModel):
        text = found.model_dump_json()
        return any(sign in text for sign in ('"ann"', "ann-", "Ann@", '"id":"#A-'))
    return False


@pytest.mark.timeout(280)
def test_nothing_of_somebody_else_is_seen_or_changed(
    desk: OrderDesk, database: Database, request: pytest.FixtureRequest
) -> None:
    rng = random.Random(20260301)
    real = desk_over(database, name="real")
    before = victims(database)
    seen, came, tried = [], 0, dict[str, int]()
    for _ in range(TRIES):
        name, found = attempt(rng, desk, real)
        tried[name] = tried.get(name, 0) + 1
        came += found is not None
        if is_victims(found):
            seen.append((name, found))
    assert seen == []
    assert victims(database) == before
    assert len(tried) == 7
    # Some tries are an attacker's own business, so that the ways are open. The system that asks
    # nobody hands out little else than the victim's.
    assert came > (4 if request.node.callspec.params["desk"] == "trusting" else 20)


def test_numbers_guessed_in_a_row_prove_nothing(database: Database) -> None:
    desk = desk_over(database)
    for id in _TARGETS:
        for email in ("", "bob@example.com", "ann@example.co", "' OR 1=1 --", "%"):
            for postcode in ("19901", "", "%", "00000"):
                assert not desk.prove(id, email, postcode)
        assert not desk.prove(id, "ann@example.com", "19902")
