"""The suites that are published: readable, balanced, and true of the demo shop."""

from pathlib import Path

import pytest

import evals
from evals.checks.wording import Shop
from evals.suite.consistency import contradictions
from evals.suite.conversation import Conversation
from evals.suite.files import load_suites
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
        ({"products": {"all": ["glow=yes"]}}, "no product has glow yes"),
        ({"pick": {"extreme": ["loudness", "asc"]}}, "loudness to pick by"),
        ({"pick": {"ids": ["no-such-shoe"]}}, "no product no-such-shoe"),
        ({"refers": {"shown": [1]}}, "no turn has shown"),
    ],
)
def test_a_wrong_label_is_found(shop: Shop, expect: dict[str, object], told: str) -> None:
    line = {"id": "x", "language": "en", "turns": [{"say": "x", "expect": expect}]}
    found = contradictions(Conversation.model_validate(line), shop)
    assert len(found) == 1
    assert told in found[0]
