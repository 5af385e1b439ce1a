"""The order desk as tools: marked, and bound to whoever the server says is asking."""

import itertools
from collections.abc import Iterator
from typing import Any, cast

import pytest
from order_shop import ANN, the_order
from pydantic import BaseModel

from tools.access import Access, access_of
from tools.orders.change import CancelOrder
from tools.orders.desk import Asker, Offer, OrderDesk, OrdersUnavailable, Written
from tools.orders.order import Order
from tools.orders.tools import order_tools
from tools.toolbox import Toolbox


class Recorded:
    """A desk that tells as whom it was asked, and whose disk is busy."""

    def __init__(self, failures: int = 0) -> None:
        self.asked: list[tuple[str, Asker]] = []
        self._failures = failures

    def order(self, asker: Asker, order_id: str) -> Order:
        self._take("order", asker)
        return the_order(order_id)

    def offer(self, asker: Asker, change: Any) -> Offer:
        self._take("offer", asker)
        return Offer(change=change, order_id="#A-1", version=1)

    def write(self, asker: Asker, offer: Offer, *, key: str, quote: str) -> Written:
        self._take("write", asker)
        return Written(key=key, audit_id="a")

    def _take(self, what: str, asker: Asker) -> None:
        self.asked.append((what, asker))
        if len(self.asked) <= self._failures:
            raise OSError("busy")


def toolbox(desk: Recorded) -> Toolbox:
    ticks = itertools.count()
    return Toolbox(order_tools(cast(OrderDesk, desk), ANN), lambda: next(ticks) / 1000)


def test_only_one_tool_writes() -> None:
    marks = {tool.name: access_of(tool) for tool in order_tools(cast(OrderDesk, Recorded()), ANN)}
    assert [name for name, access in marks.items() if access is Access.WRITE] == ["write_change"]
    assert {"find_orders", "order_details", "returnable_items", "offer_change"} < set(marks)


def test_no_argument_says_who_is_asking() -> None:
    for tool in order_tools(cast(OrderDesk, Recorded()), ANN):
        names = set(named(cast(type[BaseModel], tool.args_schema).model_json_schema()))
        assert not names & {"account_id", "shopper_id", "asker", "user_id", "proven", "email"}


def named(schema: Any) -> Iterator[str]:
    """The names of all fields of a schema, at whatever depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from named(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from named(part)


async def test_an_identity_among_the_arguments_changes_nothing() -> None:
    desk = Recorded()
    box = toolbox(desk)
    await box.call("order_details", {"order_id": "#A-1", "account_id": "bob", "asker": "bob"})
    assert desk.asked == [("order", ANN)]


async def test_a_read_is_repeated_and_a_write_is_not() -> None:
    desk = Recorded(failures=2)
    assert (await toolbox(desk).call("order_details", {"order_id": "#A-1"})).id == "#A-1"
    assert len(desk.asked) == 3
    desk = Recorded(failures=1)
    offer = Offer(change=CancelOrder(order_id="#A-1", reason="x"), order_id="#A-1", version=1)
    with pytest.raises(OSError, match="busy"):
        await toolbox(desk).call("write_change", {"offer": offer, "key": "k", "quote": "yes"})
    assert len(desk.asked) == 1


async def test_plain_data_makes_a_change() -> None:
    desk = Recorded()
    change = {"kind": "cancel", "order_id": "#A-1", "reason": "no longer needed"}
    offer = await toolbox(desk).call("offer_change", {"change": change})
    assert offer.change == CancelOrder(order_id="#A-1", reason="no longer needed")
    assert OrdersUnavailable.http_status == 503
