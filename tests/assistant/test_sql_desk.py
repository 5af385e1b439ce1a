"""The order desk over the database: written once, all or nothing, on what was agreed to."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import postgres_server
import pytest
import sqlalchemy as sa
from order_shop import (
    ANN,
    AWAY,
    BOB,
    HOME,
    ITEMS,
    NOW,
    ORDERS,
    desk_over,
    filled,
    line,
    order,
    the_account,
    the_order,
)

from assistant.database.connection import Database
from assistant.errors import BadInput
from assistant.orders.intake import OrderFile, put_in
from assistant.orders.tables import AccountRow, OrderAuditRow, OrderChangeRow, OrderRow
from tools.orders.change import (
    CancelOrder,
    Change,
    ChangeAccountAddress,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ReturnItems,
)
from tools.orders.desk import (
    Asker,
    NoSuchOrder,
    Offer,
    OrdersUnavailable,
    OutcomeUnknown,
    Refused,
    Why,
    Written,
)
from tools.orders.order import Account, PaymentMethod, Status, Swap

_LACKING = postgres_server.lacking()
GUEST = Asker(proven=frozenset({"a-5"}))
CANCEL = CancelOrder(order_id="a-1", reason="no longer needed")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server.running() as folder:
        yield folder


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param(
            "postgresql", marks=pytest.mark.skipif(_LACKING is not None, reason=str(_LACKING))
        ),
    ]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    name = f"{abs(hash(request.node.nodeid)):x}"
    return postgres_server.new_database(request.getfixturevalue("server"), name)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(Database(url)) as opened:
        yield filled(opened)


def rows(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(sa.select(table)))


def state(database: Database) -> str:
    """All that a change could touch, as text."""
    parts = [
        sorted((row.id, json.dumps(row.record, sort_keys=True)) for row in rows(database, table))
        for table in (AccountRow, OrderRow)
    ]
    parts.append(sorted((row.key, row.agreed) for row in rows(database, OrderChangeRow)))
    parts.append(sorted((row.id, row.quote) for row in rows(database, OrderAuditRow)))
    return repr(parts)


def why(call: Callable[[], Any]) -> Why:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.why


def test_an_asker_reads_what_is_theirs(database: Database) -> None:
    desk = desk_over(database)
    page = desk.orders(ANN)
    assert [o.id for o in page.orders] == ["#A-5", "#A-4", "#A-3", "#A-2", "#A-1", "#A-6"]
    assert not page.more
    assert desk.order(ANN, " ａ-2 ") == the_order("#A-2")
    assert desk.account(ANN) == the_account("ann")
    assert desk.methods(ANN, "#A-1") == the_account("ann")
    assert desk.account(GUEST) is None
    assert [o.id for o in desk.orders(GUEST).orders] == ["#A-5"]
    assert [(m.id, m.balance) for m in desk.methods(GUEST, "a-5").payment_methods] == [
        ("ann-gift", None)
    ]
    assert desk.orders(Asker()).orders == ()
    assert [item.id for item in desk.variants("pen")] == ["pen-b", "pen-r", "pen-g"]
    assert desk.variants("pen\0") == []
    assert desk.returnable(ANN, "#A-2").until == "2026-03-29"
    assert desk.reasons() == ("no longer needed", "ordered by mistake")


def test_of_many_orders_the_newest_are_given(database: Database) -> None:
    many = OrderFile(
        orders=[
            (str(n), order(f"M-{n:03}", "bob", Status.PENDING, "bob-visa", "pen-b"))
            for n in range(60)
        ]
    )
    put_in(database, many)
    page = desk_over(database).orders(BOB)
    assert (len(page.orders), page.more) == (50, True)
    assert page.orders[0].id == "M-059"


def test_a_change_is_written_with_its_audit(database: Database) -> None:
    desk = desk_over(database)
    offer = desk.offer(ANN, CANCEL)
    assert "order_changes" not in repr(rows(database, OrderChangeRow))
    written = desk.write(ANN, offer, key="k-1", quote="yes, 取消它")
    assert written.order == desk.order(ANN, "#A-1")
    assert written.order is not None
    assert (written.order.status, written.order.version) == (Status.CANCELLED, 2)
    assert not written.repeated
    [audit] = rows(database, OrderAuditRow)
    assert (audit.id, audit.key, audit.time, audit.asker, audit.subject, audit.kind) == (
        written.audit_id,
        "k-1",
        NOW,
        "account:ann",
        "order:#A-1",
        "cancel",
    )
    assert audit.quote == "yes, 取消它"
    assert audit.offer == offer.model_dump(mode="json")
    assert len(audit.before) == len(audit.after) == 64
    assert audit.before != audit.after


def test_the_same_key_gives_the_first_outcome(database: Database) -> None:
    desk = desk_over(database)
    offer = desk.offer(ANN, CANCEL)
    first = desk.write(ANN, offer, key="k", quote="yes")
    before = state(database)
    again = desk.write(ANN, offer, key="k", quote="yes again")
    assert again == first.model_copy(update={"repeated": True})
    assert desk.made(ANN, "k") == again
    assert desk.made(BOB, "k") is None
    assert desk.made(ANN, "k2") is None
    assert state(database) == before


def test_a_key_is_no_pass_for_another_change_or_asker(database: Database) -> None:
    desk = desk_over(database)
    desk.write(ANN, desk.offer(ANN, CANCEL), key="k", quote="yes")
    before = state(database)
    other = desk.offer(ANN, ChangeAddress(order_id="#A-5", address=AWAY))
    assert why(lambda: desk.write(ANN, other, key="k", quote="yes")) is Why.KEY
    bobs = desk.offer(BOB, CancelOrder(order_id="#B-1", reason="no longer needed"))
    assert why(lambda: desk.write(BOB, bobs, key="k", quote="yes")) is Why.KEY
    assert state(database) == before


@pytest.mark.parametrize("key", ["", "k" * 201, "k\n", "键"])
def test_what_can_be_no_key_is_refused(database: Database, key: str) -> None:
    desk = desk_over(database)
    offer = desk.offer(ANN, CANCEL)
    with pytest.raises(BadInput, match="idempotency key"):
        desk.write(ANN, offer, key=key, quote="yes")


def test_an_offer_that_no_longer_holds_is_stale(database: Database) -> None:
    desk = desk_over(database)
    swap = (Swap(item_id="mug-s", new_item_id="mug-l"),)
    change = ChangeItems(order_id="#A-1", swaps=swap, method_id="ann-visa")
    offer = desk.offer(ANN, change)
    dearer = ITEMS[1].model_copy(update={"price": Decimal("15.00")})
    put_in(database, OrderFile(items=[("", dearer)]))
    assert why(lambda: desk.write(ANN, offer, key="k", quote="yes")) is Why.STALE
    gone = dearer.model_copy(update={"available": False})
    put_in(database, OrderFile(items=[("", gone)]))
    assert why(lambda: desk.write(ANN, offer, key="k", quote="yes")) is Why.UNAVAILABLE
    assert rows(database, OrderAuditRow) == []

    cancel = desk.offer(ANN, CANCEL)
    moved = desk.offer(ANN, ChangeAddress(order_id="#A-1", address=AWAY))
    desk.write(ANN, moved, key="k1", quote="yes")
    assert why(lambda: desk.write(ANN, cancel, key="k2", quote="yes")) is Why.STALE
    desk.write(ANN, desk.offer(ANN, CANCEL), key="k3", quote="yes")
    assert why(lambda: desk.write(ANN, moved, key="k4", quote="yes")) is Why.STATUS


def test_a_doctored_offer_is_not_carried_out(database: Database) -> None:
    desk = desk_over(database)
    offer = desk.offer(ANN, CancelOrder(order_id="#A-5", reason="no longer needed"))
    more = offer.moved[0].model_copy(update={"amount": Decimal("-600")})
    for doctored in (
        offer.model_copy(update={"moved": (more,)}),
        offer.model_copy(update={"moved": ()}),
        offer.model_copy(update={"version": 7}),
        offer.model_copy(update={"order_id": "#B-1"}),
        offer.model_copy(update={"status": Status.DELIVERED}),
    ):
        assert why(lambda o=doctored: desk.write(ANN, o, key="k", quote="yes")) is Why.STALE  # type: ignore[misc]
    assert desk.order(ANN, "#A-5") == the_order("#A-5")


def test_who_has_proven_an_order_pays_only_as_it_was_paid(database: Database) -> None:
    desk = desk_over(database)
    other = ChangePayment(order_id="a-5", method_id="ann-visa")
    assert why(lambda: desk.offer(GUEST, other)) is Why.METHOD
    offer = desk.offer(GUEST, CancelOrder(order_id="a-5", reason="no longer needed"))
    desk.write(GUEST, offer, key="k", quote="yes")
    account = desk.account(ANN)
    assert account is not None
    # The card that paid is refunded; what the guest could not see is as it was.
    assert account.method("ann-gift") == PaymentMethod(
        id="ann-gift", kind="gift_card", balance=Decimal("56.50")
    )
    assert account.method("ann-visa") == the_account("ann").method("ann-visa")
    assert account.address == HOME
    [audit] = rows(database, OrderAuditRow)
    assert audit.asker == "order:a-5"
    assert desk.made(GUEST, "k") is not None


def test_an_accounts_address_is_changed_by_who_is_signed_in(database: Database) -> None:
    desk = desk_over(database)
    change = ChangeAccountAddress(address=AWAY)
    for nobody in (Asker(), GUEST):
        assert why(lambda a=nobody: desk.offer(a, change)) is Why.NOT_SIGNED_IN  # type: ignore[misc]
    with pytest.raises(NoSuchOrder):
        desk.offer(Asker(account_id="carl"), change)
    written = desk.write(ANN, desk.offer(ANN, change), key="k", quote="yes")
    assert (written.order, written.address) == (None, AWAY)
    account = desk.account(ANN)
    assert account is not None
    assert account.address == AWAY
    assert account.payment_methods == the_account("ann").payment_methods
    assert desk.order(ANN, "#A-1").address == HOME
    assert desk.made(ANN, "k") is not None


def test_an_order_is_proven_by_all_three(database: Database) -> None:
    desk = desk_over(database)
    assert desk.prove("#A-1", "ann@example.com", "19901")
    assert desk.prove(" a-1", " ANN@example.COM ", "19 901")
    for guess in (
        ("#A-9", "ann@example.com", "19901"),
        ("#A-1", "bob@example.com", "19901"),
        ("#A-1", "ann@example.com", "19902"),
        ("", "", ""),
        ("#A-1", "", ""),
        ("#A-1", "ann@example.com", ""),
        ("' OR 1=1 --", "ann@example.com", "19901"),
        ("#A-1", "ann@example.com\ud800", "\0"),
    ):
        assert not desk.prove(*guess)


def work_of(database: Database, call: Callable[[], Any]) -> tuple[list[str], Counter[str]]:
    """The statements that a call sends, and how often it calls each function of the project."""
    statements: list[str] = []
    called: Counter[str] = Counter()
    root = Path(__file__).parents[2]
    own = tuple(f"{root / folder}/" for folder in ("assistant", "tools"))

    def sent(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    def profile(frame: Any, event: str, _: Any) -> None:
        code = frame.f_code
        # A generator is entered once for each sign of a text.
        if event == "call" and code.co_filename.startswith(own) and "<gen" not in code.co_name:
            called[code.co_qualname] += 1

    sa.event.listen(database.engine, "before_cursor_execute", sent)
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
        sa.event.remove(database.engine, "before_cursor_execute", sent)
    return statements, called


def test_a_wrong_proof_is_the_same_work_whatever_is_wrong(database: Database) -> None:
    desk = desk_over(database)
    desk.prove("#A-1", "ann@example.com", "19901")
    wrong = [
        ("#A-1", "ann@example.com", "19902"),
        ("#A-1", "bob@example.com", "19901"),
        ("#A-9", "ann@example.com", "19901"),
        ("nothing", "ann@example.com", "19901"),
    ]
    first, *others = [work_of(database, partial(desk.prove, *guess)) for guess in wrong]
    assert len(first[0]) == 1
    assert first[1]["Proof.holds"] == 1
    for other in others:
        assert other == first


def test_an_account_without_email_is_proven_by_nothing(database: Database) -> None:
    nameless = Account(id="n", payment_methods=(PaymentMethod(id="v", kind="card"),))
    placed = order("N-1", "n", Status.PENDING, "v", "pen-b")
    put_in(database, OrderFile(accounts=[("", nameless)], orders=[("", placed)]))
    assert not desk_over(database).prove("N-1", "", "19901")


def test_of_two_writers_of_one_order_one_wins(database: Database) -> None:
    desks = [desk_over(database, name=f"writer{n}") for n in range(6)]
    changes: list[Change] = [
        CANCEL,
        ChangeAddress(order_id="#A-1", address=AWAY),
        ChangePayment(order_id="#A-1", method_id="ann-gift"),
    ] * 2
    offers = [desk.offer(ANN, change) for desk, change in zip(desks, changes, strict=True)]
    start = threading.Barrier(len(desks))

    def write(n: int) -> Written | Why:
        start.wait()
        try:
            return desks[n].write(ANN, offers[n], key=f"k-{n}", quote="yes")
        except Refused as refused:
            return refused.why

    with ThreadPoolExecutor(len(desks)) as pool:
        outcomes = list(pool.map(write, range(len(desks))))
    won = [o for o in outcomes if isinstance(o, Written)]
    assert len(won) == 1
    assert {o for o in outcomes if isinstance(o, Why)} <= {Why.STALE, Why.STATUS, Why.SAME_METHOD}
    assert desks[0].order(ANN, "#A-1").version == 2
    assert len(rows(database, OrderAuditRow)) == 1


def test_a_gift_card_is_not_spent_twice(database: Database) -> None:
    """Two orders of one account at once: the card covers one of them."""
    account = the_account("ann").model_copy(
        update={
            "payment_methods": tuple(
                m.model_copy(update={"balance": Decimal("15")}) if m.id == "ann-gift" else m
                for m in the_account("ann").payment_methods
            )
        }
    )
    second = order("#A-7", "ann", Status.PENDING, "ann-visa", "mug-s", "pen-b")
    put_in(database, OrderFile(accounts=[("", account)], orders=[("", second)]))
    desks = [desk_over(database, name=f"w{n}") for n in range(2)]
    offers = [
        desk.offer(ANN, ChangePayment(order_id=id, method_id="ann-gift"))
        for desk, id in zip(desks, ("#A-1", "#A-7"), strict=True)
    ]
    start = threading.Barrier(2)

    def write(n: int) -> Why | None:
        start.wait()
        try:
            desks[n].write(ANN, offers[n], key=f"k-{n}", quote="yes")
        except Refused as refused:
            return refused.why
        return None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(write, range(2)), key=str) == [None, Why.BALANCE]
    left = desks[0].account(ANN)
    assert left is not None
    assert left.payment_methods[2].balance == Decimal("1.25")


def test_one_key_from_many_threads_writes_once(database: Database) -> None:
    desks = [desk_over(database, name=f"writer{n}") for n in range(8)]
    offer = desks[0].offer(ANN, CancelOrder(order_id="#A-5", reason="no longer needed"))
    start = threading.Barrier(8)

    def write(n: int) -> Written:
        start.wait()
        return desks[n].write(ANN, offer, key="one", quote="yes")

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(write, range(8)))
    assert sum(not o.repeated for o in outcomes) == 1
    assert len({o.audit_id for o in outcomes}) == 1
    assert len(rows(database, OrderAuditRow)) == 1
    account = desks[0].account(ANN)
    assert account is not None
    assert account.payment_methods[2].balance == Decimal("56.50")


def test_one_key_for_two_orders_at_once_changes_one(database: Database) -> None:
    desks = [desk_over(database, name=f"writer{n}") for n in range(2)]
    offers = [
        desk.offer(ANN, ChangeAddress(order_id=id, address=AWAY))
        for desk, id in zip(desks, ("#A-1", "#A-5"), strict=True)
    ]
    start = threading.Barrier(2)

    def write(n: int) -> Why | None:
        start.wait()
        try:
            desks[n].write(ANN, offers[n], key="one", quote="yes")
        except Refused as refused:
            return refused.why
        return None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(write, range(2)), key=str) == [None, Why.KEY]
    assert len(rows(database, OrderAuditRow)) == 1


_DIES = """
import os, sys
sys.path[:0] = sys.argv[2:]
from order_shop import ANN, desk_over
from assistant.database.connection import Database
from tools.orders.change import CancelOrder
desk = desk_over(Database(sys.argv[1]), name="dying")
offer = desk.offer(ANN, CancelOrder(order_id="#A-5", reason="no longer needed"))
print(offer.model_dump_json(), flush=True)
desk.write(ANN, offer, key="k", quote="yes")
os._exit(9)  # written, and nobody is told
"""


def test_who_died_before_the_answer_may_ask_again(database: Database, url: str) -> None:
    paths = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
    died = subprocess.run(
        [sys.executable, "-c", _DIES, url, *paths], capture_output=True, text=True, timeout=100
    )
    assert died.returncode == 9, died.stderr
    desk = desk_over(database)
    offer = Offer.model_validate_json(died.stdout)
    again = desk.write(ANN, offer, key="k", quote="yes")
    assert again.repeated
    assert again.audit_id == "dying-1"
    account = desk.account(ANN)
    assert account is not None
    assert account.payment_methods[2].balance == Decimal("56.50")
    assert len(rows(database, OrderAuditRow)) == 1


@pytest.mark.parametrize("table", ["orders", "order_audit", "order_changes", "accounts"])
def test_a_write_that_breaks_off_leaves_nothing(database: Database, table: str) -> None:
    desk = desk_over(database)
    offer = desk.offer(ANN, CancelOrder(order_id="#A-5", reason="no longer needed"))
    before = state(database)

    def break_off(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith((f"UPDATE {table} ", f"INSERT INTO {table} ")):
            raise sa.exc.OperationalError("broken off", None, OSError("gone"))

    sa.event.listen(database.engine, "before_cursor_execute", break_off)
    with pytest.raises(OrdersUnavailable) as failed:
        desk.write(ANN, offer, key="k", quote="yes")
    sa.event.remove(database.engine, "before_cursor_execute", break_off)
    assert not isinstance(failed.value, OutcomeUnknown)
    assert state(database) == before
    assert not desk.write(ANN, offer, key="k", quote="yes").repeated


def test_where_the_commit_is_not_answered_the_outcome_is_unknown(database: Database) -> None:
    desk = desk_over(database)
    offer = desk.offer(ANN, CANCEL)

    def lose(connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", None, OSError("gone"))

    sa.event.listen(database.engine, "commit", lose)
    with pytest.raises(OutcomeUnknown):
        desk.write(ANN, offer, key="k", quote="yes")
    sa.event.remove(database.engine, "commit", lose)
    assert not desk.write(ANN, offer, key="k", quote="yes").repeated


def test_a_database_that_is_away_is_told_plainly(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'shop.sqlite3'}")) as database:
        desk = desk_over(filled(database))
        offer = desk.offer(ANN, CANCEL)
        with database.writing() as session:
            session.execute(sa.text("DROP TABLE orders"))
        for call in (
            lambda: desk.orders(ANN),
            lambda: desk.order(ANN, "#A-1"),
            lambda: desk.offer(ANN, CANCEL),
            lambda: desk.prove("#A-1", "a", "b"),
            lambda: desk.write(ANN, offer, key="k", quote="yes"),
        ):
            with pytest.raises(OrdersUnavailable, match="cannot be read or written"):
                call()


def test_half_a_character_does_no_harm(database: Database) -> None:
    desk = desk_over(database)
    offer = desk.offer(ANN, CANCEL)
    for change in (
        CancelOrder(order_id="#A-1", reason="\ud800\0"),
        ChangePayment(order_id="#A-1", method_id="\ud800\0"),
        ReturnItems(order_id="#A-2", item_ids=("\ud800\0",), method_id="ann-visa"),
    ):
        with pytest.raises(Refused):
            desk.offer(ANN, change)
        with pytest.raises(Refused):
            desk.write(ANN, offer.model_copy(update={"change": change}), key="k", quote="yes")
    for id in ("\ud800", "ann\0"):
        assert desk.account(Asker(account_id=id)) is None
        assert desk.orders(Asker(account_id=id, proven=frozenset({id}))).orders == ()


def test_whatever_was_said_can_be_kept(database: Database) -> None:
    desk = desk_over(database)
    said = "yes\0 \ud800 好" + "x" * 9_000
    desk.write(ANN, desk.offer(ANN, CANCEL), key="k", quote=said)
    [audit] = rows(database, OrderAuditRow)
    assert audit.quote.startswith("yes ? 好xxx")
    assert len(audit.quote) <= 4_000


def test_a_return_is_asked_for_once(database: Database) -> None:
    desk = desk_over(database)
    change = ReturnItems(order_id="#A-2", item_ids=("pen-b",), method_id="ann-visa")
    desk.write(ANN, desk.offer(ANN, change), key="k", quote="yes")
    assert desk.returnable(ANN, "#A-2").item_ids == ()
    assert why(lambda: desk.offer(ANN, change)) is Why.STATUS
    assert desk.order(ANN, "#A-2").lines == (line("mug-s"), line("mug-s"), line("pen-b"))
    assert len(rows(database, OrderRow)) == len(ORDERS)
