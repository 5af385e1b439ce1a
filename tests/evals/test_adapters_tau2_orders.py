"""tau2-bench's tasks through our order tools."""

from pathlib import Path
from typing import Any

import pytest
from tau2_shop import ADDRESS, shop

from evals.adapters.tau2_books import books_of, tau2_order, tau2_user
from evals.adapters.tau2_orders import (
    SHOP_RULES,
    TAU2_RULES,
    Replay,
    Replayed,
    same,
    wanted_here,
)
from evals.adapters.tau2_retail import Retail, read_retail
from evals.adapters.tau2_tasks import Task, read_tasks
from tools.orders.rules import OrderRules

_FOLDER = Path(__file__).parents[3] / "shared" / "data" / "tau2_retail"
_ELSEWHERE = {**ADDRESS, "address1": "9 New Street"}


def task(*actions: tuple[str, dict[str, Any]]) -> Task:
    return Task.model_validate(
        {
            "id": "t",
            "user_scenario": {"instructions": "…"},
            "evaluation_criteria": {
                "actions": [{"name": name, "arguments": given} for name, given in actions]
            },
        }
    )


def replayed(rules: OrderRules, tmp_path: Path, *actions: tuple[str, dict[str, Any]]) -> Replayed:
    done = Replay(shop(), tmp_path).task(task(*actions), rules)
    assert done.asker == "ada_1"
    return done


def test_a_shop_goes_through_our_books_and_back() -> None:
    check_back_and_forth(shop())


def check_back_and_forth(records: Retail) -> None:
    file = books_of(records)
    assert {o.id: tau2_order(o) for _, o in file.orders} == records.orders
    assert {a.id: tau2_user(a, records.users[a.id]) for _, a in file.accounts} == records.users


ONE: list[tuple[str, dict[str, Any]]] = [
    ("cancel_pending_order", {"order_id": "#G", "reason": "no longer needed"}),
    ("modify_pending_order_address", {"order_id": "#P", **_ELSEWHERE}),
    ("modify_user_address", {"user_id": "ada_1", **_ELSEWHERE}),
    ("modify_pending_order_payment", {"order_id": "#G", "payment_method_id": "pal_1"}),
    (
        "modify_pending_order_items",
        {
            "order_id": "#P",
            "item_ids": ["mug-s"],
            "new_item_ids": ["mug-l"],
            "payment_method_id": "gift_1",
        },
    ),
    (
        "return_delivered_order_items",
        {"order_id": "#D", "item_ids": ["pen-b", "mug-s"], "payment_method_id": "card_1"},
    ),
    (
        "exchange_delivered_order_items",
        {
            "order_id": "#D",
            "item_ids": ["mug-s", "mug-s"],
            "new_item_ids": ["mug-l", "mug-l"],
            "payment_method_id": "pal_1",
        },
    ),
]


@pytest.mark.parametrize("rules", [SHOP_RULES, TAU2_RULES], ids=["ours", "tau2"])
@pytest.mark.parametrize("action", ONE, ids=lambda action: action[0])
def test_each_kind_of_change_ends_as_tau2s(
    rules: OrderRules, tmp_path: Path, action: tuple[str, dict[str, Any]]
) -> None:
    done = replayed(rules, tmp_path, action)
    assert done.refused == []
    wanted = wanted_here(shop(), task(action))
    assert any(wanted.values())
    assert same(done.changed, wanted)


def test_two_items_at_once_keep_their_own_prices_in_our_shop(tmp_path: Path) -> None:
    """tau2 writes the last new item's price and options to both; a shop would lose money by it."""
    action = (
        "modify_pending_order_items",
        {
            "order_id": "#P",
            "item_ids": ["mug-s", "pen-b"],
            "new_item_ids": ["mug-l", "pen-r"],
            "payment_method_id": "card_1",
        },
    )
    wanted = wanted_here(shop(), task(action))
    ours = replayed(SHOP_RULES, tmp_path, action)
    assert [item["price"] for item in ours.changed["orders"]["#P"]["items"]] == [14.75, 4.0]
    assert not same(ours.changed, wanted)
    folder = tmp_path / "tau2"
    folder.mkdir()
    assert same(replayed(TAU2_RULES, folder, action).changed, wanted)


def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    action = ("cancel_pending_order", {"order_id": "#D", "reason": "no longer needed"})
    done = replayed(SHOP_RULES, tmp_path, action)
    assert done.refused == ["cancel_pending_order: The change is refused: status delivered"]
    assert done.changed == {"users": {}, "orders": {}}


def test_a_task_acts_as_its_user_alone(tmp_path: Path) -> None:
    actions = [
        ("get_user_details", {"user_id": "somebody_else"}),
        ("cancel_pending_order", {"order_id": "#P", "reason": "no longer needed"}),
    ]
    done = Replay(shop(), tmp_path).task(task(*actions), SHOP_RULES)
    assert done.asker == "somebody_else"
    assert done.refused == ["cancel_pending_order: There is no such order."]


@pytest.mark.skipif(
    not _FOLDER.exists(), reason="tau2-bench's retail data is not beside the checkout"
)
@pytest.mark.timeout(280)
def test_tau2s_own_tasks_end_as_its_tools_leave_them(tmp_path: Path) -> None:
    records = read_retail(_FOLDER / "db.json")
    check_back_and_forth(records)
    replay = Replay(records, tmp_path)
    tasks = read_tasks(_FOLDER / "tasks_train.json")
    unlike = [
        task.id
        for task in tasks
        if not same(replay.task(task, TAU2_RULES).changed, wanted_here(records, task))
    ]
    assert (len(tasks), unlike) == (74, [])
