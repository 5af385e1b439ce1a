"""The service conversations that are published: in both languages, all within the rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from served_shop import desks_in, opened, write

import evals
from evals.checks.order_state import end_state_faults, wrong_writes
from evals.checks.wording import Shop
from evals.running.service_desk import ServiceDesk, ServiceDesks
from evals.suite.consistency import contradictions
from evals.suite.conversation import Conversation, Expect
from evals.suite.files import load_suite, load_suites
from evals.suite.orders import OrderAfter
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
from tools.orders.order import Address, Order, Status, Swap

_FOLDER = Path(evals.__file__).parent / "suites" / "service"
_SUITES = sorted(_FOLDER.glob("*.jsonl"))


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> ServiceDesks:
    return desks_in(tmp_path_factory.mktemp("desks"))


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
    with opened(desks, conversation, demo_index) as service:
        for number in range(1, len(expects) + 1):
            for change in _changes(expects[number - 1], service):
                seen = write(service, change)
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
