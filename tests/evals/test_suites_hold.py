"""The suites that are published: readable, balanced, and true of the demo shop."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

import evals
import tools
from evals.checks.wording import Shop
from evals.suite.consistency import contradictions
from evals.suite.conversation import Conversation
from evals.suite.files import load_suites
from evals.suite.known_names import TOOLS
from retrieval.index import CatalogueIndex

_FOLDER = Path(evals.__file__).parent / "suites"


@pytest.fixture(scope="module")
def conversations() -> list[Conversation]:
    return load_suites([_FOLDER])


@pytest.fixture(scope="module")
def shop(demo_index: CatalogueIndex) -> Shop:
    return Shop(demo_index)


def test_there_are_enough_and_half_are_chinese(conversations: list[Conversation]) -> None:
    single = [c for c in conversations if len(c.turns) == 1]
    assert len(single) >= 120
    assert len(conversations) - len(single) >= 40
    chinese = sum(c.language == "zh" for c in conversations)
    assert 0.4 <= chinese / len(conversations) <= 0.6


def test_every_turn_says_what_is_expected(conversations: list[Conversation]) -> None:
    silent = [
        f"{c.id}, turn {number}"
        for c in conversations
        for number, turn in enumerate(c.turns, start=1)
        if turn.expect.facts is None or turn.expect.language is None
    ]
    assert silent == []


def test_no_label_contradicts_the_catalogue(conversations: list[Conversation], shop: Shop) -> None:
    assert [told for c in conversations for told in contradictions(c, shop)] == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ({"facts": [{"field": "color", "op": "=", "value": "plaid"}]}, "color = plaid"),
        ({"facts": [{"field": "need", "op": "=", "value": "no-such"}]}, "need = no-such"),
        ({"products": {"all": ["brand=Nike", "price<=1"], "some": True}}, "none meets"),
        ({"products": {"all": ["brand=Nike"], "none": True}}, "nothing may fit"),
        ({"products": {"all": ["glow=yes"]}}, "products: there is no field glow"),
        ({"products": {"all": ["brand<=3"]}}, "no product has a number for brand"),
        ({"products": {"all": ["watreproof=yes"], "none": True}}, "no field watreproof"),
        ({"products": {"all": ["watreproof!=yes"]}}, "no field watreproof"),
        ({"pick": {"extreme": ["loudness", "asc"]}}, "pick: there is no field loudness"),
        ({"pick": {"extreme": ["price", "asc"]}, "products": {"all": ["brand=Zara"], "none": True}},
         "a price to pick by"),
        ({"facts": ["watreproof=yes"], "products": {"none": True}}, "facts: there is no field"),
        ({"need": ["optional watreproof=yes"]}, "need: there is no field"),
        ({"unmatched": ["bran"]}, "unmatched: there is no field bran"),
        ({"not_need": ["colour"]}, "not_need: there is no field colour"),
        ({"stands_in_the_way": ["prize"]}, "stands_in_the_way: there is no field prize"),
        ({"profile": ["feet_type=flat"]}, "profile: there is no field feet_type"),
        ({"not_profile": [{"any": ["foot_type=flat", "fot_type=flat"]}]}, "no field fot_type"),
        ({"citations": ["prise"]}, "citations: there is no field prise"),
        ({"citations": ["product:no-such-shoe#price"]}, "no product no-such-shoe"),
        ({"citations": ["product:nike-pegasus-41#prise"]}, "no field prise"),
        ({"citations": ["advice:no-such"]}, "no advice no-such"),
        ({"not_tools": ["serach_products"]}, "not_tools: the assistant has no tool serach_product"),
        ({"tools": [{"tool": "product_detail"}]}, "tools: the assistant has no tool"),
        ({"pick": {"ids": ["no-such-shoe"]}}, "no product no-such-shoe"),
        ({"refers": {"shown": [1]}}, "no turn has shown"),
    ],
)  # fmt: skip
def test_a_wrong_label_is_found(shop: Shop, expect: dict[str, object], told: str) -> None:
    line = {"id": "x", "language": "en", "turns": [{"say": "x", "expect": expect}]}
    found = contradictions(Conversation.model_validate(line), shop)
    assert len(found) == 1
    assert told in found[0]


def _found(shop: Shop, **line: Any) -> list[str]:
    return contradictions(Conversation.model_validate({"id": "x", "language": "en"} | line), shop)


@pytest.mark.parametrize(
    "expect",
    [
        {"citations": ["price", "availability", "advice", "product:nike-pegasus-41#rating"]},
        {"profile": ["foot_type=flat feet", "size=42"], "not_need": ["need", "waterproof"]},
        {"products": {"all": ["attributes.waterproof=true"]}},
        {"products": {"all": ["brand=Zara"], "none": True}, "facts": ["brand=Zara"]},
    ],
)
def test_what_is_there_is_no_fault(shop: Shop, expect: dict[str, object]) -> None:
    assert _found(shop, turns=[{"say": "x", "expect": expect}]) == []


def test_another_shop_has_tools_of_its_own(shop: Shop) -> None:
    turns = [{"say": "x", "expect": {"not_tools": ["cancel_order"]}}]
    assert len(_found(shop, turns=turns)) == 1
    assert _found(shop, turns=turns, tags=["tau2"]) == []


def test_the_tools_are_those_of_the_assistant() -> None:
    made = {
        module.name
        for module in iter_modules(tools.__path__)
        if hasattr(import_module(f"tools.{module.name}"), f"{module.name}_tool")
    }
    assert made == TOOLS


def _goal(**wish: Any) -> dict[str, Any]:
    return {"opening": "hi", "wishes": [{"say": "x"} | wish]}


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"means": ["watreproof=yes"]}, "x, goal: there is no field watreproof"),
        ({"extreme": ["prise", "asc"]}, "x, goal: there is no field prise"),
        ({"drops": ["colour"], "told": "changed"}, "x, goal: there is no field colour"),
        ({"means": ["brand<=3"]}, "x, goal: no product has a number for brand"),
        ({"extreme": ["brand", "asc"]}, "x, goal: no product has a number for brand"),
    ],
)
def test_a_wrong_goal_is_found(shop: Shop, wish: dict[str, Any], told: str) -> None:
    assert _found(shop, goal=_goal(**wish)) == [told]


def test_a_goal_may_be_for_what_is_not_sold(shop: Shop) -> None:
    assert _found(shop, goal=_goal(means=["brand=Zara", "price<=100"])) == []
