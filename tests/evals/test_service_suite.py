"""Conversations about orders: the desk of each, its end state, and writes that nobody wanted."""

import asyncio
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import evals
from assistant.commands.remote import Server
from assistant.database.connection import Database
from assistant.settings import Settings
from evals.checks.citations import wrong_citations
from evals.checks.order_state import end_state_faults, order_checks, wrong_writes
from evals.checks.wording import Shop
from evals.measures.grade import grade
from evals.measures.scores import Scores
from evals.profile.silent_model import SilentModel
from evals.reports.tables import Report, markdown
from evals.running.doors import doors_of, server_door
from evals.running.observed import Observed, SeenCitation, SeenOrders
from evals.running.records import About, Record, digest_of
from evals.running.runner import hold
from evals.running.service_desk import ServiceDesk, ServiceDesks
from evals.running.systems import ShopGuide
from evals.suite.consistency import contradictions
from evals.suite.conversation import Conversation, Expect
from evals.suite.files import load_suite, load_suites, read_suites
from evals.suite.orders import OrderAfter
from retrieval.errors import BadInput
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
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
from tools.orders.desk import Asker
from tools.orders.order import Address, Order, Status, Swap

_FOLDER = Path(evals.__file__).parent / "suites" / "service"
_OWNER = "anna"
_ADDRESS = {
    "line1": "1 High Street", "city": "Leeds", "country": "United Kingdom", "postcode": "LS1 4AB",
}  # fmt: skip
_NEW = Address(line1="9 New Road", city="York", country="United Kingdom", postcode="YO1 7HH")
_ACCOUNT = {
    "email": "anna@example.com",
    "address": _ADDRESS,
    "payment_methods": [
        {"id": "visa", "kind": "card", "brand": "visa", "last_four": "4021"},
        {"id": "gift", "kind": "gift_card", "balance": "500.00"},
    ],
}
_ORDERS: list[dict[str, Any]] = [
    {"number": "SG-1001", "status": "pending", "skus": ["nike-pegasus-black-42"],
     "paid_with": "visa"},
    {"number": "SG-1002", "status": "delivered", "placed": 9, "delivered": 4, "paid_with": "gift",
     "skus": ["anta-kt-white-42", "asics-excite-white-43"]},
    {"number": "SG-1003", "status": "processed", "skus": ["lining-wade-black-42"],
     "paid_with": "visa", "another": True},
]  # fmt: skip


After = Callable[..., SeenOrders]


def _line(*turns: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    said = [{"say": say, "expect": expect} for say, expect in turns]
    line = {"id": "a", "language": "en", "catalog": "shoes", "turns": said}
    return line | {"account": _ACCOUNT, "orders": _ORDERS} | more


def _conversation(*turns: tuple[str, dict[str, Any]], **more: Any) -> Conversation:
    return Conversation.model_validate(_line(*turns, **more))


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> ServiceDesks:
    folder = tmp_path_factory.mktemp("desks")
    return ServiceDesks(folder, Settings(), now=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))


@contextmanager
def _opened(
    desks: ServiceDesks, conversation: Conversation, index: CatalogueIndex
) -> Iterator[ServiceDesk]:
    desk = desks.open(conversation, _OWNER, index.products)
    try:
        yield desk
    finally:
        desk.close()


@pytest.fixture(scope="module")
def after(desks: ServiceDesks, shoes_index: CatalogueIndex) -> After:
    """The orders after some changes."""

    def made(*changes: Change) -> SeenOrders:
        with _opened(desks, _conversation(("hi", {})), shoes_index) as service:
            return _write(service, *changes)

    return made


def _write(service: ServiceDesk, *changes: Change, asker: str = _OWNER) -> SeenOrders:
    who = Asker(account_id=asker)
    for change in changes:
        offer = service.desk.offer(who, change)
        service.desk.write(who, offer, key=uuid.uuid4().hex, quote="yes")
    return service.seen()


def _expect(**orders: dict[str, Any]) -> Expect:
    numbered = {name.replace("_", "-"): after for name, after in orders.items()}
    return Expect.model_validate({"orders": numbered} if numbered else {})


_CANCEL = CancelOrder(order_id="SG-1001", reason="no longer needed")
_GIVEN_BACK = ReturnItems(order_id="SG-1002", item_ids=("anta-kt-white-42",), method_id="gift")


# what is written is held against what is wanted -------------------------------------------------


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (_CANCEL, {"SG_1001": {"status": "cancelled"}}),
        (_CANCEL, {"SG_1001": {"status": "cancelled", "cancel_reason": "no longer needed"}}),
        (ChangeAddress(order_id="SG-1001", address=_NEW), {"SG_1001": {"address": "9 NEW ROAD"}}),
        (ChangePayment(order_id="SG-1001", method_id="gift"), {"SG_1001": {"paid_with": "gift"}}),
        (
            ChangeItems(
                order_id="SG-1001",
                swaps=(Swap(item_id="nike-pegasus-black-42", new_item_id="nike-pegasus-black-43"),),
                method_id="visa",
            ),
            {"SG_1001": {"status": "items_changed", "items": "nike-pegasus-black-43"}},
        ),
        (_GIVEN_BACK, {"SG_1002": {"status": "return_requested", "returning": "anta-kt-white-42"}}),
        (
            ExchangeItems(
                order_id="SG-1002",
                swaps=(Swap(item_id="asics-excite-white-43", new_item_id="asics-excite-white-42"),),
                method_id="gift",
            ),
            {
                "SG_1002": {
                    "status": "exchange_requested",
                    "returning": "asics-excite-white-43",
                    "exchanging_for": "asics-excite-white-42",
                }
            },
        ),
    ],
)
def test_a_change_is_right_where_it_is_wanted_and_wrong_where_it_is_not(
    after: After, change: Change, wanted: dict[str, Any]
) -> None:
    seen = after(change)
    assert end_state_faults([Expect(), _expect(**wanted)], seen) == []
    assert list(wrong_writes([_expect(**wanted)], seen)) == []
    assert list(wrong_writes([Expect()], seen))
    untouched = after()
    assert list(wrong_writes([_expect(**wanted)], untouched)) == []
    assert end_state_faults([_expect(**wanted)], untouched)


def test_the_accounts_address_is_its_own(after: After) -> None:
    seen = after(ChangeAccountAddress(address=_NEW))
    wanted = Expect(account_address=("9 new road", "yo17hh"))
    assert end_state_faults([wanted], seen) == []
    assert list(wrong_writes([Expect()], seen)) == [
        "the account's address became 9 New Road York United Kingdom YO1 7HH"
    ]
    assert end_state_faults([Expect(account_address=("Elm Street",))], seen)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (_CANCEL, {"SG_1001": {"status": "cancelled", "cancel_reason": "ordered by mistake"}}),
        (_CANCEL, {"SG_1002": {"status": "return_requested", "returning": "anta-kt-white-42"}}),
        (_CANCEL, {"SG_1001": {"paid_with": "gift"}}),
        (ChangeAddress(order_id="SG-1001", address=_NEW), {"SG_1001": {"address": "8 New Road"}}),
        (
            ReturnItems(
                order_id="SG-1002",
                item_ids=("anta-kt-white-42", "asics-excite-white-43"),
                method_id="gift",
            ),
            {"SG_1002": {"status": "return_requested", "returning": "anta-kt-white-42"}},
        ),
        (
            _GIVEN_BACK,
            {
                "SG_1002": {
                    "status": "return_requested",
                    "returning": "anta-kt-white-42",
                    "settled_with": "visa",
                }
            },
        ),
    ],
)
def test_another_change_than_the_one_that_is_wanted_is_a_wrong_write(
    after: After, change: Change, wanted: dict[str, Any]
) -> None:
    seen = after(change)
    assert list(wrong_writes([_expect(**wanted)], seen))
    assert end_state_faults([_expect(**wanted)], seen)


def test_a_write_before_its_turn_is_wrong_and_the_later_word_holds(after: After) -> None:
    conversation = _conversation(
        ("cancel SG-1001", {}), ("yes", {"orders": {"SG-1001": {"status": "cancelled"}}})
    )
    expects = [turn.expect for turn in conversation.turns]
    observed = Observed(text="Done.", orders=after(_CANCEL))
    early = {c.name: c.passed for c in order_checks(conversation, expects[:1], observed)}
    assert early == {"no_wrong_write": False}
    in_time = {c.name: c.passed for c in order_checks(conversation, expects, observed)}
    assert in_time == {"orders": True, "no_wrong_write": True}
    first = _expect(SG_1001={"paid_with": "gift"})
    later = _expect(SG_1001={"status": "cancelled"})
    assert observed.orders is not None
    assert end_state_faults([first, later], observed.orders) == []
    assert end_state_faults([later, _expect(SG_1001={"status": "pending"})], observed.orders)


def _tampered(seen: SeenOrders, edit: Callable[[Order], Order]) -> SeenOrders:
    orders = [edit(order) for order in seen.after.orders]
    return seen.model_copy(update={"after": seen.after.model_copy(update={"orders": orders})})


def test_money_must_add_up_whatever_is_wanted(after: After) -> None:
    seen = after(_CANCEL)
    wanted = [_expect(SG_1001={"status": "cancelled"})]
    kept = _tampered(seen, lambda o: o.model_copy(update={"payments": o.payments[:1]}))
    assert [fault for fault in wrong_writes(wanted, kept) if "still bears" in fault]
    [account, other] = seen.after.accounts
    rich = account.model_copy(
        update={
            "payment_methods": tuple(
                m if m.balance is None else m.model_copy(update={"balance": Decimal(501)})
                for m in account.payment_methods
            )
        }
    )
    changed = seen.after.model_copy(update={"accounts": [rich, other]})
    faults = list(wrong_writes(wanted, seen.model_copy(update={"after": changed})))
    assert faults == ["gift has 501, and 500.00 adds up"]


def test_an_order_that_goes_or_changes_hands_is_a_wrong_write(after: After) -> None:
    seen = after()
    changed = seen.after.model_copy(update={"orders": seen.after.orders[1:]})
    assert list(wrong_writes([Expect()], seen.model_copy(update={"after": changed}))) == [
        "SG-1001 came or went"
    ]
    stolen = _tampered(seen, lambda o: o.model_copy(update={"account_id": _OWNER}))
    assert "SG-1003: account_id has changed" in list(wrong_writes([Expect()], stolen))


def test_what_a_reply_cites_of_orders_is_what_the_desk_has(
    after: After, shoes_index: CatalogueIndex
) -> None:
    seen = after(_CANCEL)
    [audit] = seen.after.audits
    shop = Shop(shoes_index)

    def faults(source: str, value: str, orders: SeenOrders | None = seen) -> list[str]:
        citation = SeenCitation(marker="1", source=source, value=value)
        return wrong_citations(Observed(citations=[citation], orders=orders), shop)

    assert faults("order:SG-1001#status", "cancelled") == []
    assert faults("order:SG-1001#audit", audit) == []
    assert faults("order:SG-1002#audit", audit)
    assert faults("order:SG-1001#status", "pending")
    assert faults("order:SG-1009#status", "pending")
    assert faults("order:SG-1001#mood", "good")
    assert faults("order:SG-1001#status", "cancelled", None)


# figures ----------------------------------------------------------------------------------------


def _graded(conversation: Conversation, turns: list[Observed], shop: Shop, system: str) -> Scores:
    record = Record(
        system=system,
        conversation=conversation.id,
        digest=digest_of(conversation),
        turns=turns,
    )
    scores = Scores(system, seed=1)
    scores.add(grade(record, conversation, shop, lambda *_: ()))
    return scores


def test_the_report_counts_end_states_and_wrong_writes_where_there_are_orders(
    after: After, shoes_index: CatalogueIndex
) -> None:
    shop = Shop(shoes_index)
    wanted = _conversation(("yes", {"orders": {"SG-1001": {"status": "cancelled"}}}))
    unwanted = _conversation(("hi", {}))
    done = Observed(text="Done.", orders=after(_CANCEL))
    lost = Observed(error="it is down", orders=done.orders)

    def figures(conversation: Conversation, seen: Observed) -> dict[str, float | None]:
        found = _graded(conversation, [seen], shop, "s").report().figures["all"]
        keys = ("end_state", "wrong_write", "pass^1")
        return {key: found[key].value for key in keys if key in found}

    assert figures(wanted, done) == {"end_state": 1, "wrong_write": 0, "pass^1": 1}
    assert figures(unwanted, done) == {"end_state": 0, "wrong_write": 1, "pass^1": 0}
    assert figures(unwanted, lost) == {"end_state": 0, "wrong_write": 1, "pass^1": 0}
    # A system without orders has not served anybody.
    assert figures(wanted, Observed(text="Done.")) == {"end_state": 0, "pass^1": 0}
    plain = Conversation.model_validate({"id": "b", "language": "en", "turns": [{"say": "hi"}]})
    assert figures(plain, Observed(text="Hello.")) == {"pass^1": 1}

    def told(conversation: Conversation) -> str:
        system = _graded(conversation, [Observed(text="Hello.")], shop, "s").report()
        return markdown(Report(about=About(model="m"), systems=[system]))

    assert "orders that end as the shopper wants them" in told(wanted)
    assert "orders that end as the shopper wants them" not in told(plain)


# the runner -------------------------------------------------------------------------------------


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
    many = [_conversation(*_TALK, id=f"talk-{number}") for number in range(3)]
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
    conversation = _conversation(asked, proof, yes, guest=True)
    record = await hold(shopguide, conversation)
    last = record.turns[-1].orders
    assert last is not None
    assert end_state_faults([turn.expect for turn in conversation.turns], last) == []
    assert record.turns[0].confirmation is False


async def test_a_running_server_keeps_its_own_orders(shopguide: ShopGuide) -> None:
    door_of = server_door(Server("http://127.0.0.1:9", lambda shopper: None))
    at_server = ShopGuide(door_of, own_database=False)
    record = await hold(at_server, _conversation(*_TALK))
    assert {turn.error for turn in record.turns} == {
        "BadInput: A running server has its shop's own orders, which no evaluation changes: "
        "conversations with an account are held without --url."
    }


async def test_a_variant_that_is_not_sold_fails_its_conversation_alone(
    shopguide: ShopGuide, shoes_index: CatalogueIndex
) -> None:
    strange = [_ORDERS[0] | {"skus": ["boot-44"]}]
    conversation = _conversation(("hi", {}), orders=strange)
    record = await hold(shopguide, conversation)
    assert record.turns[0].error == "BadInput: The catalogue has no variant boot-44."
    assert contradictions(conversation, Shop(shoes_index)) == [
        "a, orders: there is no variant boot-44"
    ]


def test_a_changed_order_is_asked_anew() -> None:
    before, later = _conversation(("hi", {})), _conversation(("hi", {}), orders=_ORDERS[:2])
    assert digest_of(before) != digest_of(later)
    assert digest_of(before) != digest_of(_conversation(("hi", {}), guest=True))


# the format -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (_line(("x", {"orders": {"SG-1009": {"status": "cancelled"}}})), "no order SG-1009"),
        (_line(("x", {"orders": {"SG-1001": {}}})), "says nothing of the order"),
        (_line(("x", {"orders": {"SG-1001": {"status": "lost"}}})), "status"),
        (_line(("x", {"orders": {"SG-1001": {"paid_with": "amex"}}})), "no way of paying amex"),
        (_line(("x", {"orders": {"SG-1001": {"exchanging_for": "a"}}})), "needs returning"),
        (_line(("x", {"account_address": "y"}), guest=True), "only who is signed in"),
        (_line(("x", {}), account=None), "need an account"),
        (_line(("x", {}), orders=[_ORDERS[0], _ORDERS[0] | {"number": "#sg-1001"}]), "there twice"),
        (_line(("x", {}), orders=[_ORDERS[0] | {"paid_with": "amex"}]), "amex"),
        (_line(("x", {}), orders=[_ORDERS[1] | {"delivered": None}]), "delivered"),
        (_line(("x", {}), orders=[_ORDERS[1] | {"placed": 1}]), "before it is placed"),
        (_line(("x", {}), orders=[_ORDERS[0] | {"status": "return_requested"}]), "begin with"),
        (_line(("x", {}), account=_ACCOUNT | {"payment_methods": [
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
    conversation = _conversation(("x", {"orders": {"SG-1001": after}}))
    found = contradictions(conversation, Shop(shoes_index))
    assert any(told in one and "turn 1" in one for one in found)


# the suites that are published ------------------------------------------------------------------

_SUITES = sorted(_FOLDER.glob("*.jsonl"))


@pytest.fixture(scope="module")
def demo(demo_index: CatalogueIndex) -> Shop:
    return Shop(demo_index)


def test_both_languages_are_served_and_a_third_must_not_be_written() -> None:
    for prefix, each in (("", 20), ("held_", 10)):
        for language in ("en", "zh"):
            held = load_suite(_FOLDER / f"{prefix}{language}.jsonl")
            assert len(held) == each
            assert {c.language for c in held} == {language}
            written = sum(any(map(_writes, (t.expect for t in c.turns))) for c in held)
            assert 0.5 < written / each < 0.8
            assert all(2 <= len(c.turns) <= 5 for c in held)
    tags = {tag for c in load_suites(_SUITES[:2]) for tag in c.tags}
    kinds = {"cancel", "address", "payment", "items", "return", "exchange", "account_address"}
    assert tags >= kinds | {"guest", "somebody-else", "two-requests"}


def _writes(expect: Expect) -> bool:
    return expect.orders is not None or expect.account_address is not None


@pytest.mark.parametrize(
    "conversation", load_suites(_SUITES), ids=lambda conversation: conversation.id
)
def test_every_end_state_can_be_reached(
    conversation: Conversation, demo_index: CatalogueIndex, desks: ServiceDesks, demo: Shop
) -> None:
    assert contradictions(conversation, demo) == []
    expects = [turn.expect for turn in conversation.turns]
    with _opened(desks, conversation, demo_index) as service:
        for number in range(1, len(expects) + 1):
            for change in _changes(expects[number - 1], service):
                seen = _write(service, change)
                assert list(wrong_writes(expects[:number], seen)) == []
        assert end_state_faults(expects, service.seen()) == []


def _changes(expect: Expect, service: ServiceDesk) -> Iterator[Change]:
    """The changes that a turn expects."""
    held = {order.id: order for order in service.seen().after.orders}
    for id, after in (expect.orders or {}).items():
        yield _change(held[id], after)
    if expect.account_address is not None:
        yield ChangeAccountAddress(address=_at(expect.account_address))


def _change(order: Order, after: OrderAfter) -> Change:
    paid = order.payments[0].method_id
    match after:
        case OrderAfter(status=Status.CANCELLED):
            reason = after.cancel_reason or "no longer needed"
            return CancelOrder(order_id=order.id, reason=reason)
        case OrderAfter(items=items) if items is not None:
            return ChangeItems(
                order_id=order.id,
                swaps=tuple(
                    Swap(item_id=line.item_id, new_item_id=item)
                    for line, item in zip(order.lines, items, strict=True)
                ),
                method_id=paid,
            )
        case OrderAfter(returning=returning, exchanging_for=instead) if returning is not None:
            method = after.settled_with or paid
            if instead is None:
                return ReturnItems(order_id=order.id, item_ids=returning, method_id=method)
            swaps = tuple(
                Swap(item_id=old, new_item_id=new)
                for old, new in zip(returning, instead, strict=True)
            )
            return ExchangeItems(order_id=order.id, swaps=swaps, method_id=method)
        case OrderAfter(address=address) if address is not None:
            return ChangeAddress(order_id=order.id, address=_at(address))
    assert after.paid_with is not None
    return ChangePayment(order_id=order.id, method_id=after.paid_with[0])


def _at(texts: tuple[str, ...]) -> Address:
    return Address(line1=" ".join(texts), city="-", country="-", postcode="-")
