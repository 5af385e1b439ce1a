"""What the desk has afterwards, held against what is wanted: each part, the money, the figures."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from served_shop import OWNER, conversation_of, desks_in, opened, write

from evals.checks.citations import wrong_citations
from evals.checks.order_state import end_state_faults, order_checks, wrong_writes
from evals.checks.wording import Shop
from evals.measures.grade import grade
from evals.measures.scores import Scores
from evals.reports.tables import Report, markdown
from evals.running.observed import Observed, SeenCitation, SeenOrders
from evals.running.records import About, Record, digest_of
from evals.running.service_desk import ServiceDesks
from evals.suite.conversation import Conversation, Expect
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
from tools.orders.order import Address, Order, Swap

After = Callable[..., SeenOrders]
_NEW = Address(line1="9 New Road", city="York", country="United Kingdom", postcode="YO1 7HH")
_CANCEL = CancelOrder(order_id="SG-1001", reason="no longer needed")
_GIVEN_BACK = ReturnItems(order_id="SG-1002", item_ids=("anta-kt-white-42",), method_id="gift")


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> ServiceDesks:
    return desks_in(tmp_path_factory.mktemp("desks"))


@pytest.fixture(scope="module")
def after(desks: ServiceDesks, shoes_index: CatalogueIndex) -> After:
    """The orders after some changes."""

    def made(*changes: Change) -> SeenOrders:
        with opened(desks, conversation_of(("hi", {})), shoes_index) as service:
            return write(service, *changes)

    return made


def _expect(**orders: dict[str, Any]) -> Expect:
    numbered = {name.replace("_", "-"): after for name, after in orders.items()}
    return Expect.model_validate({"orders": numbered} if numbered else {})


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
    conversation = conversation_of(
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
    stolen = _tampered(seen, lambda o: o.model_copy(update={"account_id": OWNER}))
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
    wanted = conversation_of(("yes", {"orders": {"SG-1001": {"status": "cancelled"}}}))
    unwanted = conversation_of(("hi", {}))
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
