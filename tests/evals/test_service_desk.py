"""Conversations with orders: each at a desk of its own, in this process; and their format."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served_shop import ACCOUNT, ORDERS, conversation_of, line_of

from assistant.commands.remote import Server
from assistant.database.connection import Database
from assistant.settings import Settings
from evals.checks.order_state import end_state_faults
from evals.checks.wording import Shop
from evals.measures.grade import grade
from evals.profile.silent_model import SilentModel
from evals.running.doors import doors_of, server_door
from evals.running.records import Record, digest_of
from evals.running.runner import hold
from evals.running.service_desk import ServiceDesks
from evals.running.systems import ShopGuide
from evals.suite.consistency import contradictions
from evals.suite.files import load_suite, read_suites
from retrieval.errors import BadInput
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex


@pytest.fixture
def shopguide(settings: Settings, indexes: IndexFolder, tmp_path: Path) -> Iterator[ShopGuide]:
    database = Database(settings.database_url)
    yield ShopGuide(
        doors_of(
            settings,
            indexes_of=lambda name: indexes,
            database=database,
            model=SilentModel(),
            desks=ServiceDesks(tmp_path, settings),
        )
    )
    database.close()


_TALK = (
    ("cancel order SG-1001, I do not need it any more", {"confirmation": True}),
    ("yes", {"orders": {"SG-1001": {"status": "cancelled"}}, "confirmation": False}),
)


async def test_a_conversation_is_held_at_a_desk_of_its_own(
    shopguide: ShopGuide, shoes_index: CatalogueIndex
) -> None:
    shop = Shop(shoes_index)
    many = [conversation_of(*_TALK, id=f"talk-{number}") for number in range(3)]
    # At once, and again: a desk that was shared would have nothing left to cancel.
    for _ in range(2):
        for record in await asyncio.gather(*(hold(shopguide, one) for one in many)):
            [conversation] = [c for c in many if c.id == record.conversation]
            graded = grade(record, conversation, shop, lambda *_: ())
            told = [c.told for turn in graded.turns for c in turn.checks if not c.passed]
            assert told == []
            assert {c.key: c.numerator for c in graded.shares} == {
                "end_state": True, "wrong_write": False,
            }  # fmt: skip
            read = Record.model_validate_json(record.model_dump_json())
            assert read.turns[-1].orders == record.turns[-1].orders
    assert await shopguide.aclose() == []


async def test_a_guest_proves_an_order_first(shopguide: ShopGuide) -> None:
    asked = ("cancel order SG-1001, ordered by mistake", {})
    proof = ("SG-1001, anna@example.com, postcode LS1 4AB", {"confirmation": True})
    yes = ("yes", {"orders": {"SG-1001": {"status": "cancelled"}}})
    conversation = conversation_of(asked, proof, yes, guest=True)
    record = await hold(shopguide, conversation)
    last = record.turns[-1].orders
    assert last is not None
    assert end_state_faults([turn.expect for turn in conversation.turns], last) == []
    assert record.turns[0].confirmation is False


async def test_a_running_server_keeps_its_own_orders(shopguide: ShopGuide) -> None:
    door_of = server_door(Server("http://127.0.0.1:9", lambda shopper: None))
    at_server = ShopGuide(door_of, own_database=False)
    record = await hold(at_server, conversation_of(*_TALK))
    assert {turn.error for turn in record.turns} == {
        "BadInput: A running server has its shop's own orders, which no evaluation changes: "
        "conversations with an account are held without --url."
    }


async def test_a_variant_that_is_not_sold_fails_its_conversation_alone(
    shopguide: ShopGuide, shoes_index: CatalogueIndex
) -> None:
    strange = [ORDERS[0] | {"skus": ["boot-44"]}]
    conversation = conversation_of(("hi", {}), orders=strange)
    record = await hold(shopguide, conversation)
    assert record.turns[0].error == "BadInput: The catalogue has no variant boot-44."
    assert contradictions(conversation, Shop(shoes_index)) == [
        "a, orders: there is no variant boot-44"
    ]


def test_a_changed_order_is_asked_anew() -> None:
    before, later = conversation_of(("hi", {})), conversation_of(("hi", {}), orders=ORDERS[:2])
    assert digest_of(before) != digest_of(later)
    assert digest_of(before) != digest_of(conversation_of(("hi", {}), guest=True))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (line_of(("x", {"orders": {"SG-1009": {"status": "cancelled"}}})), "no order SG-1009"),
        (line_of(("x", {"orders": {"SG-1001": {}}})), "says nothing of the order"),
        (line_of(("x", {"orders": {"SG-1001": {"status": "lost"}}})), "status"),
        (line_of(("x", {"orders": {"SG-1001": {"paid_with": "amex"}}})), "no way of paying amex"),
        (line_of(("x", {"orders": {"SG-1001": {"exchanging_for": "a"}}})), "needs returning"),
        (line_of(("x", {"account_address": "y"}), guest=True), "only who is signed in"),
        (line_of(("x", {}), account=None), "need an account"),
        (line_of(("x", {}), orders=[ORDERS[0], ORDERS[0] | {"number": "#sg-1001"}]), "there twice"),
        (line_of(("x", {}), orders=[ORDERS[0] | {"paid_with": "amex"}]), "amex"),
        (line_of(("x", {}), orders=[ORDERS[1] | {"delivered": None}]), "delivered"),
        (line_of(("x", {}), orders=[ORDERS[1] | {"placed": 1}]), "before it is placed"),
        (line_of(("x", {}), orders=[ORDERS[0] | {"status": "return_requested"}]), "begin with"),
        (line_of(("x", {}), account=ACCOUNT | {"payment_methods": [
            {"id": "visa", "kind": "card", "balance": "3"}]}), "a gift card has a balance"),
    ],
)  # fmt: skip
def test_a_mistake_in_orders_names_file_and_line(
    tmp_path: Path, line: dict[str, Any], told: str
) -> None:
    path = tmp_path / "s.jsonl"
    good = {"id": "good", "language": "en", "turns": [{"say": "hi"}]}
    path.write_text("\n".join(json.dumps(one) for one in (good, line)), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_suite(path)
    assert f"{path}, line 2" in caught.value.sentence
    assert told in caught.value.sentence
    assert list(read_suites([path]).conversations) == ["good"]


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({"returning": "nike-pegasus-black-43"}, "is not in the order"),
        ({"items": "anta-kt-white-42"}, "another product comes instead"),
        ({"items": "nike-pegasus-black-99"}, "there is no variant nike-pegasus-black-99"),
    ],
)
def test_orders_that_cannot_be_are_told(
    shoes_index: CatalogueIndex, after: dict[str, Any], told: str
) -> None:
    conversation = conversation_of(("x", {"orders": {"SG-1001": after}}))
    found = contradictions(conversation, Shop(shoes_index))
    assert any(told in one and "turn 1" in one for one in found)
