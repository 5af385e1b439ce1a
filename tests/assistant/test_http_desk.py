"""The order desk over HTTP: the published description, lost answers, and systems that lie."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import yaml
from fastapi import FastAPI, Request, Response
from order_shop import ANN, AWAY, BOB, desk_over, filled, the_account, the_order
from served import served

from assistant.database.connection import Database
from assistant.errors import BadInput
from assistant.orders import openapi_file
from assistant.orders.http_desk import HttpDesk
from assistant.orders.http_line import HttpLine
from assistant.orders.opening import open_desk
from assistant.orders.reference_server import create_reference_server, published
from assistant.orders.sql_desk import SqlDesk
from assistant.orders.tables import OrderAuditRow
from assistant.settings import Settings
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
from tools.orders.desk import (
    Asker,
    NoSuchOrder,
    OrderPage,
    OrdersUnavailable,
    OutcomeUnknown,
    Refused,
    Why,
    Written,
)
from tools.orders.order import Swap

KEY = "the key that both know"
GUEST = Asker(proven=frozenset({"#A-5"}))
CANCEL = CancelOrder(order_id="#A-1", reason="no longer needed")
_SWAPS = (Swap(item_id="mug-s", new_item_id="mug-l"),)
CHANGES: list[Change] = [
    CANCEL,
    ChangeAddress(order_id="#A-1", address=AWAY),
    ChangePayment(order_id="#A-1", method_id="ann-gift"),
    ChangeItems(order_id="#A-1", swaps=_SWAPS, method_id="ann-paypal"),
    ReturnItems(order_id="#A-2", item_ids=("mug-s", "pen-b"), method_id="ann-visa"),
    ExchangeItems(order_id="#A-2", swaps=_SWAPS, method_id="ann-visa"),
    ChangeAccountAddress(address=AWAY),
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'shop.sqlite3'}")) as opened:
        yield filled(opened)


@pytest.fixture
def sql(database: Database) -> SqlDesk:
    return desk_over(database)


class Between:
    """Stands before the order system and spoils what it is told to."""

    def __init__(self, http: FastAPI) -> None:
        self.requests: list[str] = []
        self.spoil: Callable[[str, Response], Any] | None = None

        @http.middleware("http")
        async def stand(request: Request, call_next: Any) -> Any:
            self.requests.append(f"{request.method} {request.url.path}")
            answer = await call_next(request)
            spoil = self.spoil
            return answer if spoil is None else spoil(request.url.path, answer)


@pytest.fixture
def between(sql: SqlDesk) -> Iterator[tuple[str, Between]]:
    http = create_reference_server(sql, KEY)
    stands = Between(http)
    with served(http) as url:
        yield url, stands


@pytest.fixture
def desk(between: tuple[str, Between]) -> Iterator[HttpDesk]:
    line = HttpLine(between[0], KEY, timeout=httpx.Timeout(5.0), in_all=5.0)
    with closing(HttpDesk(line, sleep=lambda seconds: None)) as made:
        yield made


def audits(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(sa.select(OrderAuditRow)).all())


def test_the_published_description_is_what_is_served(sql: SqlDesk) -> None:
    described = create_reference_server(sql, KEY).openapi()
    # As JSON, so that numbers and texts are those that travel.
    assert yaml.safe_load(openapi_file().read_text("utf-8")) == json.loads(json.dumps(described))
    assert yaml.safe_load(published(create_reference_server(sql, KEY))) == described


def test_both_desks_read_the_same(desk: HttpDesk, sql: SqlDesk) -> None:
    for asker in (ANN, BOB, GUEST, Asker(), Asker(account_id="carl")):
        assert desk.account(asker) == sql.account(asker)
        assert desk.orders(asker) == sql.orders(asker)
        for id in ("#A-1", " ａ-5", "#A-2", "b-2", "nothing", "", "x/../y", "#", "a-1\0"):
            for read in ("order", "methods", "returnable"):
                try:
                    there = getattr(sql, read)(asker, id)
                except NoSuchOrder:
                    with pytest.raises(NoSuchOrder):
                        getattr(desk, read)(asker, id)
                else:
                    assert getattr(desk, read)(asker, id) == there
    assert list(desk.variants("mug")) == list(sql.variants("mug"))
    assert desk.variants("no/such#thing") == []
    assert tuple(desk.reasons()) == tuple(sql.reasons())
    assert desk.prove("a-1", "ANN@example.com", "19901")
    assert not desk.prove("a-1", "ANN@example.com", "19902")
    assert not desk.prove("a-1" * 200, "ANN@example.com", "19901")


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.kind)
def test_every_change_is_offered_and_written(
    desk: HttpDesk, sql: SqlDesk, database: Database, change: Change
) -> None:
    offer = desk.offer(ANN, change)
    assert offer == sql.offer(ANN, change)
    written = desk.write(ANN, offer, key="k", quote="好的")
    assert not written.repeated
    assert desk.write(ANN, offer, key="k", quote="好的") == written.model_copy(
        update={"repeated": True}
    )
    assert sql.made(ANN, "k") is not None
    assert audits(database) == 1


def test_rules_are_told_as_they_are(desk: HttpDesk) -> None:
    with pytest.raises(Refused) as refused:
        desk.offer(ANN, CancelOrder(order_id="#A-3", reason="no longer needed"))
    assert (refused.value.why, refused.value.detail) == (Why.STATUS, "processed")
    offer = desk.offer(ANN, CANCEL)
    desk.write(ANN, desk.offer(ANN, CHANGES[1]), key="k1", quote="yes")
    with pytest.raises(Refused) as refused:
        desk.write(ANN, offer, key="k2", quote="yes")
    assert refused.value.why is Why.STALE
    with pytest.raises(Refused) as refused:
        desk.offer(GUEST, ChangeAccountAddress(address=AWAY))
    assert refused.value.why is Why.NOT_SIGNED_IN
    with pytest.raises(BadInput):
        desk.write(ANN, offer, key="键", quote="yes")


def test_half_a_character_is_nobodys_and_does_no_harm(desk: HttpDesk) -> None:
    assert not desk.prove("a-1", "\ud800", "19901")
    assert desk.variants("\ud800") == []
    for change in (
        CancelOrder(order_id="#A-1", reason="\ud800"),
        CancelOrder(order_id="\ud800", reason="no longer needed"),
        ChangePayment(order_id="#A-1", method_id="\ud800"),
    ):
        with pytest.raises(NoSuchOrder):
            desk.offer(ANN, change)
    assert desk.account(Asker(account_id="\ud800")) is None
    assert desk.orders(Asker(account_id="\ud800")).orders == ()
    written = desk.write(ANN, desk.offer(ANN, CANCEL), key="k", quote="yes \ud800")
    assert written.order is not None


def test_without_the_key_nothing_is_told(between: tuple[str, Between]) -> None:
    for key in (None, "another key", "é"):
        with closing(HttpLine(between[0], None)) as line:
            # Sent as bytes, since a key of other characters is refused before it leaves.
            head = {} if key is None else {"Authorization": f"Bearer {key}".encode()}
            answer = line._client.get("orders", params={"account_id": "ann"}, headers=head)  # type: ignore[arg-type]
            assert answer.status_code == 401
            assert "A-1" not in answer.text
    with closing(HttpDesk(HttpLine(between[0], "wrong"))) as desk, pytest.raises(OrdersUnavailable):
        desk.orders(ANN)


def test_a_read_that_fails_for_a_moment_is_asked_again(
    desk: HttpDesk, between: tuple[str, Between]
) -> None:
    left = [503, 500]

    def spoil(path: str, answer: Response) -> Response:
        return Response(status_code=left.pop()) if left else answer

    between[1].spoil = spoil
    assert desk.order(ANN, "#A-1") == the_order("#A-1")
    assert between[1].requests == ["GET /order"] * 3
    between[1].spoil = lambda path, answer: Response(status_code=503)
    with pytest.raises(OrdersUnavailable):
        desk.order(ANN, "#A-1")
    assert len(between[1].requests) == 6


def lost(path: str, answer: Response) -> Response:
    """The answer to a write never arrives: the line breaks in the middle of it."""
    if path != "/changes":
        return answer
    return Response(content=b"{", headers={"Content-Length": "5000"})


SPOILT: dict[str, Callable[[str, Response], Response]] = {
    "broken": lost,
    "5xx": lambda p, a: Response(status_code=502) if p == "/changes" else a,
    "no json": lambda p, a: Response(content=b"OK") if p == "/changes" else a,
    "of another key": lambda p, a: (
        Response(content=Written(key="other", audit_id="x").model_dump_json())
        if p == "/changes"
        else a
    ),
    "under way": lambda p, a: Response(status_code=409) if p == "/changes" else a,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("how", SPOILT)
def test_a_write_without_an_answer_is_looked_up(
    desk: HttpDesk, between: tuple[str, Between], database: Database, how: str
) -> None:
    offer = desk.offer(ANN, CANCEL)
    between[1].requests.clear()
    between[1].spoil = SPOILT[how]
    written = desk.write(ANN, offer, key="k", quote="yes")
    assert written.order is not None
    assert written.order.status == "cancelled"
    assert between[1].requests == ["GET /order", "POST /changes", "GET /change"]
    assert audits(database) == 1


@pytest.mark.filterwarnings("ignore")
def test_where_it_cannot_be_looked_up_the_outcome_is_unknown(
    desk: HttpDesk, between: tuple[str, Between], database: Database
) -> None:
    offer = desk.offer(ANN, CANCEL)
    between[1].requests.clear()
    between[1].spoil = lambda path, answer: (
        Response(status_code=504) if path in ("/changes", "/change") else answer
    )
    with pytest.raises(OutcomeUnknown):
        desk.write(ANN, offer, key="k", quote="yes")
    assert between[1].requests == ["GET /order", "POST /changes", "GET /change"]
    # Asked again, it is found to have been made, once. It was the order that had changed, so that
    # nothing but the key could tell.
    between[1].spoil = None
    assert desk.write(ANN, offer, key="k", quote="yes").repeated
    assert audits(database) == 1


def test_a_write_that_times_out_after_it_was_made_is_not_made_twice(
    between: tuple[str, Between], database: Database
) -> None:
    def slow(path: str, answer: Response) -> Response:
        if path == "/changes":
            time.sleep(0.6)
        return answer

    line = HttpLine(between[0], KEY, timeout=httpx.Timeout(0.3), in_all=5.0)
    with closing(HttpDesk(line, sleep=lambda seconds: None)) as desk:
        offer = desk.offer(ANN, CANCEL)
        between[1].spoil = slow
        # The lookup, too, finds the server asleep: it is asked once, and then it is unknown.
        with pytest.raises(OutcomeUnknown):
            desk.write(ANN, offer, key="k", quote="yes")
        time.sleep(1.0)
        between[1].spoil = None
        assert desk.write(ANN, offer, key="k", quote="yes").repeated
    assert audits(database) == 1


def test_a_system_that_is_not_there_has_done_nothing(
    desk: HttpDesk, between: tuple[str, Between]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with closing(HttpLine(f"http://127.0.0.1:{port}", KEY)) as line:
        away = HttpDesk(line, sleep=lambda seconds: None)
        for call in (lambda: away.orders(ANN), lambda: away.offer(ANN, CANCEL)):
            with pytest.raises(OrdersUnavailable) as failed:
                call()
            assert not isinstance(failed.value, OutcomeUnknown)


@contextmanager
def dripping(body: bytes) -> Iterator[str]:
    """A server whose answers come a byte at a time and never end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    client, _ = listener.accept()
                except TimeoutError:
                    continue
                with client:
                    try:
                        client.recv(65536)
                        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
                        while not over.is_set():
                            client.sendall(body)
                            time.sleep(0.02)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        thread.join(5)


@pytest.mark.parametrize("body", [b" ", b" " * 4_000_000])
def test_an_answer_is_bounded_in_time_and_size(body: bytes) -> None:
    with dripping(body) as url, closing(HttpLine(url, KEY, in_all=0.5)) as line:
        start = time.monotonic()
        with pytest.raises(OrdersUnavailable):
            HttpDesk(line, sleep=lambda seconds: None).orders(ANN)
        assert time.monotonic() - start < 10


BOBS = the_order("#B-1").model_dump_json()
LIES: dict[str, tuple[str, bytes, Callable[[HttpDesk], Any], type[Exception]]] = {
    "somebody's order": ("/order", BOBS.encode(), lambda d: d.order(ANN, "#A-1"), NoSuchOrder),
    "another order": (
        "/order",
        the_order("#A-2").model_dump_json().encode(),
        lambda d: d.order(ANN, "#A-1"),
        OrdersUnavailable,
    ),
    "somebody's among mine": (
        "/orders",
        OrderPage(orders=(the_order("#A-1"), the_order("#B-1"))).model_dump_json().encode(),
        lambda d: d.orders(ANN),
        OrdersUnavailable,
    ),
    "all orders to a guest": (
        "/orders",
        OrderPage(orders=(the_order("#A-5"), the_order("#A-1"))).model_dump_json().encode(),
        lambda d: d.orders(GUEST),
        OrdersUnavailable,
    ),
    "somebody's account": (
        "/account",
        the_account("bob").model_dump_json().encode(),
        lambda d: d.account(ANN),
        OrdersUnavailable,
    ),
    "somebody's ways of paying": (
        "/methods",
        the_account("bob").model_dump_json().encode(),
        lambda d: d.methods(ANN, "#A-1"),
        OrdersUnavailable,
    ),
    "another product": (
        "/variants",
        b'[{"id": "x", "product_id": "other", "title": "X", "price": "1"}]',
        lambda d: d.variants("mug"),
        OrdersUnavailable,
    ),
    "items of another order": (
        "/returnable",
        b'{"item_ids": ["mug-s", "mug-s"]}',
        lambda d: d.returnable(ANN, "#A-1"),
        OrdersUnavailable,
    ),
    "an unknown field": (
        "/reasons",
        b'{"reasons": ["x"]}',
        lambda d: d.reasons(),
        OrdersUnavailable,
    ),
    "another offer": (
        "/offers",
        b'{"change": {"kind": "cancel", "order_id": "#A-5", "reason": "no longer needed"}}',
        lambda d: d.offer(ANN, CANCEL),
        OrdersUnavailable,
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_system_that_answers_of_something_else_is_not_believed(
    desk: HttpDesk, between: tuple[str, Between], lie: str
) -> None:
    path, body, call, error = LIES[lie]
    between[1].spoil = lambda asked, answer: Response(body) if asked == path else answer
    with pytest.raises(error):
        call(desk)


def test_a_guest_is_shown_no_more_than_they_have_proven(
    desk: HttpDesk, between: tuple[str, Between]
) -> None:
    whole = the_account("ann").model_dump_json()
    between[1].spoil = lambda path, answer: Response(whole) if path == "/methods" else answer
    seen = desk.methods(GUEST, "#A-5")
    assert [(m.id, m.balance) for m in seen.payment_methods] == [("ann-gift", None)]
    assert (seen.first_name, seen.email, seen.address) == ("", "", None)
    # Nor may money of the account move for a guest, where the system would let it.
    between[1].spoil = None
    offer = desk.offer(GUEST, CancelOrder(order_id="#A-5", reason="no longer needed"))
    other = offer.moved[0].model_copy(update={"method_id": "ann-visa"})
    with pytest.raises(Refused) as refused:
        desk.write(GUEST, offer.model_copy(update={"moved": (other,)}), key="k", quote="yes")
    assert refused.value.why is Why.METHOD
    assert "POST /changes" not in between[1].requests


def test_redirects_are_not_followed(sql: SqlDesk) -> None:
    seen: list[str] = []
    other = FastAPI()

    @other.get("/{path:path}")
    def take(path: str, request: Request) -> None:
        seen.append(request.headers.get("authorization", ""))

    with served(other) as elsewhere:
        http = FastAPI()

        @http.get("/{path:path}")
        def send_on(path: str) -> Response:
            return Response(status_code=302, headers={"Location": f"{elsewhere}/{path}"})

        with (
            served(http) as url,
            closing(HttpLine(url, KEY)) as line,
            pytest.raises(OrdersUnavailable),
        ):
            HttpDesk(line, sleep=lambda seconds: None).orders(ANN)
    assert seen == []


def test_the_setting_says_which_desk(settings: Settings, database: Database) -> None:
    assert isinstance(open_desk(settings, database), SqlDesk)
    assert open_desk(settings.model_copy(update={"orders": "none"}), database) is None
    desk = open_desk(settings.model_copy(update={"orders": "http://127.0.0.1:9"}), database)
    assert isinstance(desk, HttpDesk)
    desk.close()
    for wrong in ("ftp://shop", "http://", "https:///orders", "http://[", "SQL"):
        with pytest.raises(ValueError, match="must be none, sql or the URL"):
            Settings(orders=wrong)
    with pytest.raises(ValueError, match="ASCII"):
        Settings(orders_key="schlüssel")
