"""tau2-bench's retail shop: its tools, the states that they leave, and grading by them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tau2_shop import ADDRESS, DATA, shop

from evals.adapters.arithmetic import calculate
from evals.adapters.first_person import first_person
from evals.adapters.tau2_catalogue import products_of
from evals.adapters.tau2_environment import TOOLS, Tau2Environment, ToolRefused
from evals.adapters.tau2_grade import grade_task
from evals.adapters.tau2_retail import read_retail
from evals.adapters.tau2_suite import conversation_of, said_pattern
from evals.adapters.tau2_tasks import Task, read_tasks
from evals.running.observed import SeenCall
from retrieval.errors import BadInput
from retrieval.product import Product
from tools.access import Access

SHOP = shop()
NEW_ADDRESS = ADDRESS | {"address1": "9 Hill Road"}
_CANCEL = ("cancel_pending_order", {"order_id": "#P", "reason": "no longer needed"})
_EXCHANGE = (
    "exchange_delivered_order_items",
    {
        "order_id": "#D",
        "item_ids": ["mug-s", "mug-s"],
        "new_item_ids": ["mug-l", "mug-l"],
        "payment_method_id": "gift_1",
    },
)
_READS = [
    ("get_order_details", {"order_id": "#P"}),
    ("get_user_details", {"user_id": "ada_1"}),
    ("get_product_details", {"product_id": "mug"}),
    ("get_item_details", {"item_id": "pen-r"}),
    ("find_user_id_by_email", {"email": "ada@example.COM"}),
    ("find_user_id_by_name_zip", {"first_name": "ada", "last_name": "Nunez", "zip": "19901"}),
    ("list_all_product_types", {}),
    ("calculate", {"expression": "(10.50 + 3.25) * 2"}),
    ("transfer_to_human_agents", {"summary": "wants a person"}),
]
_WRITES: list[tuple[str, dict[str, Any]]] = [
    _CANCEL,
    _EXCHANGE,
    ("cancel_pending_order", {"order_id": "#G", "reason": "ordered by mistake"}),
    (
        "modify_pending_order_items",
        {
            "order_id": "#P",
            "item_ids": ["mug-s", "pen-b"],
            "new_item_ids": ["mug-l", "pen-r"],
            "payment_method_id": "gift_1",
        },
    ),
    ("modify_pending_order_payment", {"order_id": "#P", "payment_method_id": "pal_1"}),
    ("modify_pending_order_payment", {"order_id": "#G", "payment_method_id": "card_1"}),
    ("modify_pending_order_address", {"order_id": "#P", **NEW_ADDRESS}),
    ("modify_user_address", {"user_id": "ada_1", **NEW_ADDRESS}),
    (
        "return_delivered_order_items",
        {"order_id": "#D", "item_ids": ["pen-b"], "payment_method_id": "card_1"},
    ),
]


def _after(*calls: tuple[str, dict[str, Any]]) -> Tau2Environment:
    environment = Tau2Environment(SHOP)
    for tool, arguments in calls:
        try:
            environment.call(tool, arguments)
        except ToolRefused:
            continue
    return environment


def test_every_tool_is_tried_here() -> None:
    assert {tool for tool, _ in _READS + _WRITES} == set(TOOLS)
    assert all(TOOLS[tool] is Access.READ for tool, _ in _READS)
    assert all(TOOLS[tool] is Access.WRITE for tool, _ in _WRITES)


@pytest.mark.parametrize(("tool", "arguments"), _READS)
def test_a_read_leaves_the_state(tool: str, arguments: dict[str, Any]) -> None:
    environment = Tau2Environment(SHOP)
    environment.call(tool, arguments)
    assert environment.digest() == Tau2Environment(SHOP).digest()
    assert environment.changed() == {"users": [], "orders": []}


@pytest.mark.parametrize(("tool", "arguments"), _WRITES)
def test_a_write_changes_the_state_of_one_conversation_alone(
    tool: str, arguments: dict[str, Any]
) -> None:
    environment = Tau2Environment(SHOP)
    environment.call(tool, arguments)
    assert environment.digest() != Tau2Environment(SHOP).digest()
    assert any(environment.changed().values())
    assert SHOP.model_dump() == shop().model_dump()


def test_what_reads_find() -> None:
    environment = Tau2Environment(SHOP)
    found = [environment.call(tool, arguments) for tool, arguments in _READS]
    assert found[0]["status"] == "pending"
    assert found[3] == {
        "item_id": "pen-r",
        "price": 4.0,
        "available": True,
        "options": {"color": "red"},
    }
    assert found[4:8] == ["ada_1", "ada_1", '{"Mug": "mug", "Pen": "pen"}', "27.5"]


def test_cancelling_gives_a_gift_card_its_money_back() -> None:
    environment = Tau2Environment(SHOP)
    order = environment.call(
        "cancel_pending_order", {"order_id": "#G", "reason": "no longer needed"}
    )
    assert order["status"] == "cancelled"
    assert [p["transaction_type"] for p in order["payment_history"]] == ["payment", "refund"]
    methods = environment.call("get_user_details", {"user_id": "ada_1"})["payment_methods"]
    assert methods["gift_1"]["balance"] == 18.5
    assert environment.changed() == {"users": ["ada_1"], "orders": ["#G"]}


def test_changed_items_all_take_the_price_of_the_last_as_in_tau2() -> None:
    tool, arguments = _WRITES[3]
    order = Tau2Environment(SHOP).call(tool, arguments)
    assert [(i["item_id"], i["price"]) for i in order["items"]] == [("mug-l", 4.0), ("pen-r", 4.0)]
    assert order["status"] == "pending (item modified)"
    assert order["payment_history"][-1]["amount"] == pytest.approx(5.0)


def test_an_exchange_pays_nothing_yet() -> None:
    order = Tau2Environment(SHOP).call(*_EXCHANGE)
    assert order["exchange_price_difference"] == 8.5
    assert order["exchange_new_items"] == ["mug-l", "mug-l"]
    assert len(order["payment_history"]) == 1


@pytest.mark.parametrize(
    ("tool", "arguments", "why"),
    [
        ("fly", {}, "no tool"),
        ("changed", {}, "no tool"),
        ("get_order_details", {}, "order_id"),
        ("get_order_details", {"order_id": 7}, "valid string"),
        ("get_order_details", {"order_id": "#P", "more": 1}, "more"),
        ("get_order_details", {"order_id": "#Q"}, "no order #Q"),
        ("get_user_details", {"user_id": "bob"}, "no user bob"),
        ("get_item_details", {"item_id": "cup"}, "no item cup"),
        ("find_user_id_by_email", {"email": "bob@example.com"}, "no user"),
        ("calculate", {"expression": "__import__('os')"}, "only numbers"),
        ("cancel_pending_order", {"order_id": "#D", "reason": "no longer needed"}, "is delivered"),
        ("cancel_pending_order", {"order_id": "#P", "reason": "bored"}, "reason"),
        (_EXCHANGE[0], _EXCHANGE[1] | {"order_id": "#P"}, "is pending"),
        (_EXCHANGE[0], _EXCHANGE[1] | {"item_ids": ["mug-s"]}, "as many"),
        (_EXCHANGE[0], _EXCHANGE[1] | {"item_ids": ["mug-s"] * 3}, "no such number"),
        (_EXCHANGE[0], _EXCHANGE[1] | {"new_item_ids": ["mug-l", "mug-x"]}, "not available"),
        (_EXCHANGE[0], _EXCHANGE[1] | {"new_item_ids": ["mug-l", "pen-r"]}, "of this product"),
        (_EXCHANGE[0], _EXCHANGE[1] | {"payment_method_id": "gift_9"}, "no payment method"),
        (
            "modify_pending_order_items",
            _WRITES[3][1] | {"new_item_ids": ["mug-s", "pen-r"]},
            "another",
        ),
        (
            "modify_pending_order_payment",
            {"order_id": "#P", "payment_method_id": "card_1"},
            "already",
        ),
        (
            "modify_pending_order_payment",
            {"order_id": "#P", "payment_method_id": "gift_1"},
            "cover",
        ),
        (
            "return_delivered_order_items",
            {"order_id": "#D", "item_ids": ["pen-b"], "payment_method_id": "pal_1"},
            "the way of the payment",
        ),
    ],
)
def test_what_the_shop_refuses_changes_nothing(
    tool: str, arguments: dict[str, Any], why: str
) -> None:
    environment = Tau2Environment(SHOP)
    with pytest.raises(ToolRefused, match=why):
        environment.call(tool, arguments)
    assert environment.changed() == {"users": [], "orders": []}


_CALLS = st.lists(st.sampled_from(_READS + _WRITES), max_size=8)


@settings(deadline=None)
@given(calls=_CALLS)
def test_the_same_calls_leave_the_same_state(calls: list[tuple[str, dict[str, Any]]]) -> None:
    assert _after(*calls).digest() == _after(*calls).digest()


@settings(deadline=None)
@given(calls=_CALLS, data=st.data())
def test_reads_may_stand_anywhere(
    calls: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    mixed = list(calls)
    for read in data.draw(st.lists(st.sampled_from(_READS), max_size=5)):
        mixed.insert(data.draw(st.integers(0, len(mixed))), read)
    assert _after(*mixed).digest() == _after(*calls).digest()


@settings(deadline=None)
@given(calls=_CALLS)
def test_the_digest_tells_what_has_changed(calls: list[tuple[str, dict[str, Any]]]) -> None:
    environment = _after(*calls)
    untouched = environment.digest() == Tau2Environment(SHOP).digest()
    assert untouched == (environment.changed() == {"users": [], "orders": []})


@settings(deadline=None)
@given(
    st.recursive(
        st.integers(0, 99).map(str),
        lambda parts: st.tuples(parts, st.sampled_from("+-*"), parts).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        max_leaves=6,
    )
)
def test_sums_come_out_as_python_has_them(expression: str) -> None:
    assert calculate(expression) == float(eval(expression))


@pytest.mark.parametrize("text", ["1/0", "9**9", "1e999", "True + 1", "", "1" * 2000, "(" * 500])
def test_no_sum(text: str) -> None:
    with pytest.raises(ValueError, match=r"expression|only numbers"):
        calculate(text)


def _task(**criteria: Any) -> Task:
    return Task.model_validate(
        {
            "id": "7 a",
            "user_scenario": {
                "persona": None,
                "instructions": {
                    "domain": "retail",
                    "reason_for_call": "You want your order #P cancelled (do not reveal why). "
                    "If the agent asks twice, you leave.",
                    "known_info": "You are Ada Núñez in 19901.",
                    "unknown_info": None,
                    "task_instructions": ".",
                },
            },
            "evaluation_criteria": criteria,
        }
    )


def _actions(*calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": tool, "arguments": arguments} for tool, arguments in calls]


def test_a_task_becomes_a_conversation() -> None:
    task = _task(
        actions=_actions(_READS[0], _CANCEL),
        communicate_info=["1288.65"],
        nl_assertions=["The agent is kind."],
    )
    conversation, lost = conversation_of(task, SHOP)
    assert conversation.id == "tau2-retail-7-a"
    first, second, third = conversation.turns
    assert first.say == "I am Ada Núñez in 19901. I want my order #P cancelled."
    assert first.expect.not_tools is not None
    assert "cancel_pending_order" in first.expect.not_tools
    assert second.expect.tools is not None
    assert [(rule.tool, rule.arguments) for rule in second.expect.tools] == [_CANCEL]
    assert third.expect.said is not None
    assert re.search(third.expect.said[0], "That makes $1,288.65 in all.")
    assert not re.search(third.expect.said[0], "That makes $1288,65 in all.")
    told = [str(one) for one in lost]
    assert len(told) == 3
    assert all(one.startswith("task 7 a: ") for one in told)
    assert any("The agent is kind" in one for one in told)
    assert any("do not reveal why" in one for one in told)
    assert any("asks twice" in one for one in told)


def test_a_task_that_changes_nothing_is_one_turn() -> None:
    conversation, _ = conversation_of(_task(actions=_actions(*_READS)), SHOP)
    [turn] = conversation.turns
    assert turn.expect.tools is None
    assert turn.expect.not_tools is not None


def test_an_action_that_the_shop_refuses_is_not_demanded() -> None:
    refused = ("cancel_pending_order", {"order_id": "#D", "reason": "no longer needed"})
    conversation, lost = conversation_of(_task(actions=_actions(refused)), SHOP)
    assert len(conversation.turns) == 1
    assert any("which the shop refuses" in one.what for one in lost)


def test_what_is_demanded_call_by_call_is_demanded_here() -> None:
    task = _task(actions=_actions(_READS[0]), reward_basis=["ACTION"])
    conversation, _ = conversation_of(task, SHOP)
    assert conversation.turns[0].expect.tools is not None


def _graded(task: Task, *calls: tuple[str, dict[str, Any]], says: str = "Done.") -> Any:
    seen = [SeenCall(tool=tool, arguments=arguments) for tool, arguments in calls]
    return grade_task(task, SHOP, calls=seen, texts=[says])


def test_any_way_to_the_state_is_right() -> None:
    task = _task(actions=_actions(*_READS, _CANCEL))
    assert _graded(task, _CANCEL).reward == 1
    assert _graded(task, ("search_products", {}), _CANCEL, _CANCEL).reward == 1
    wrong = _graded(task, ("cancel_pending_order", {"order_id": "#P", "reason": "bored"}))
    assert (wrong.state, wrong.reward) == (False, 0)
    assert "reason" in wrong.refused[0]
    assert _graded(task).reward == 0
    assert _graded(task, _CANCEL, _EXCHANGE).reward == 0


def test_what_must_be_said_is_looked_for_without_commas() -> None:
    task = _task(actions=[], communicate_info=["1288.65"])
    assert _graded(task, says="That is $1,288.65.").reward == 1
    assert _graded(task, says="That is $1.288,65.").reward == 0


def test_what_only_a_judge_can_grade_is_named() -> None:
    task = _task(
        actions=_actions(_CANCEL), nl_assertions=["Kind."], reward_basis=["DB", "NL_ASSERTION"]
    )
    grade = _graded(task, _CANCEL)
    assert (grade.reward, grade.not_graded) == (1, ["NL_ASSERTION"])


def test_a_state_that_the_shop_never_comes_to_proves_nothing() -> None:
    refused = ("cancel_pending_order", {"order_id": "#D", "reason": "no longer needed"})
    task = _task(actions=_actions(refused))
    assert _graded(task).state is None
    assert _graded(task).not_graded == ["DB"]
    assert _graded(task, _CANCEL).state is False


def test_calls_count_where_the_task_demands_them() -> None:
    task = _task(actions=_actions(_READS[0]), reward_basis=["ACTION"])
    assert _graded(task, _READS[0]).reward == 1
    assert _graded(task).reward == 0


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("You want your money back.", "I want my money back."),
        ("You're sure that it was sent to you.", "I'm sure that it was sent to me."),
        ("If it suits you, you are glad; you were not before.",
         "If it suits me, I am glad; I was not before."),
        ("You name is Ada and you live here.", "My name is Ada and I live here."),
        ("Tell the shop what saves you most, by yourself.",
         "Tell the shop what saves me most, by myself."),
        ("You aren't sure whether the pen is yours.", "I am not sure whether the pen is mine."),
    ],
)  # fmt: skip
def test_directions_become_speech(told: str, says: str) -> None:
    assert first_person(told) == says


def test_a_pattern_takes_commas_between_digits_only() -> None:
    assert re.fullmatch(said_pattern("1000 hours"), "1,000 hours")
    assert not re.search(said_pattern("10"), "1 0")


def test_the_goods_are_a_catalogue() -> None:
    products = [Product.model_validate(line) for line in products_of(SHOP)]
    assert [p.id for p in products] == ["mug-s", "mug-l", "mug-x", "pen-b", "pen-r"]
    assert products[2].availability == "out_of_stock"
    assert products[0].title == "Mug, small"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"id": "1"}]', "task 1: user_scenario"),
        ("[{},\n{]", "line 2: not JSON"),
        ("{}", "no list of tasks"),
        ("[]", "no list of tasks"),
    ],
)
def test_malformed_tasks_are_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=told) as caught:
        read_tasks(path)
    assert str(path) in caught.value.sentence


def test_a_task_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    one = _task(actions=[]).model_dump(mode="json")
    path.write_text(json.dumps([one, one]), encoding="utf-8")
    with pytest.raises(BadInput, match="task 2: the id '7 a' is there twice"):
        read_tasks(path)


def test_a_malformed_shop_is_named(tmp_path: Path) -> None:
    path = tmp_path / "db.json"
    path.write_text(json.dumps(DATA | {"users": 3}), encoding="utf-8")
    with pytest.raises(BadInput, match="users"):
        read_retail(path)
    with pytest.raises(BadInput, match="Cannot read"):
        read_retail(tmp_path / "none.json")
