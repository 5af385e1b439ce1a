"""Orders from a file, and those of the demo shop."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from order_shop import ACCOUNTS, ANN, ITEMS, NOW, ORDERS, as_file, desk_over, the_order

from assistant.database.backup import back_up, restore
from assistant.database.connection import Database
from assistant.orders.demo import demo_data, demo_items, seed_demo_orders
from assistant.orders.intake import checked, is_empty, put_in
from assistant.settings import Settings
from retrieval.catalogues import demo_source
from retrieval.index import CatalogueIndex
from tools.orders.change import CancelOrder
from tools.orders.desk import Asker, Refused, Why
from tools.orders.order import Status

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(Database(settings.database_url)) as opened:
        yield opened


def data() -> dict[str, list[Any]]:
    return {
        "accounts": [account.model_dump(mode="json") for account in ACCOUNTS],
        "items": [item.model_dump(mode="json") for item in ITEMS],
        "orders": [order.model_dump(mode="json") for order in ORDERS],
    }


def written(tmp_path: Path, data: Any) -> Path:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_file_comes_in(command: Command, tmp_path: Path, database: Database) -> None:
    status, out, err = command("orders", "import", written(tmp_path, data()))
    assert (status, err) == (0, "")
    assert "2 accounts, 7 items and 8 orders are in, 0 rows were refused." in out
    assert desk_over(database).order(ANN, "#A-2") == the_order("#A-2")


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("orders", {"status": "lost"}, "status: Input should be 'pending'"),
    ("orders", {"account_id": "carl"}, "There is no account 'carl'."),
    ("orders", {"id": "##"}, "id: can be no order's number."),
    ("orders", {"id": "a-1"}, "The id is there twice."),
    ("orders", {"lines": []}, "lines: Tuple should have at least 1 item"),
    ("orders", {"placed": "2026-01-01T00:00:00"}, "placed: Input should have timezone info."),
    ("orders", {"cancelled_by": "me"}, "cancelled_by: Extra inputs are not permitted."),
    ("orders", {"payments": [{"amount": "-1", "method_id": "ann-visa"}]}, "payments.0.amount: "),
    ("orders", {"payments": [{"amount": "NaN", "method_id": "ann-visa"}]}, "payments.0.amount: "),
    ("orders", {"payments": [{"amount": "1", "method_id": "bob-visa"}]}, "has no way of paying"),
    (
        "orders",
        {
            "payments": [
                {"refund": True, "amount": "1", "method_id": "ann-visa"},
                {"amount": "1", "method_id": "ann-visa"},
            ]
        },
        "payments: more is given back than was paid.",
    ),
    ("accounts", {"payment_methods": [{"id": "g", "kind": "gift_card"}]}, "a gift card has a bal"),
    ("accounts", {"payment_methods": [{"id": "g", "kind": "cash"}]}, "payment_methods.0.kind: "),
    (
        "accounts",
        {"payment_methods": [{"id": "g", "kind": "card"}] * 2},
        "payment_methods: an id is there twice.",
    ),
    (
        "accounts",
        {"payment_methods": [{"id": "g", "kind": "card", "last_four": "4111111111111111"}]},
        "payment_methods.0.last_four: ",
    ),
    ("accounts", {"id": ""}, "id: String should have at least 1 character."),
    ("accounts", {"id": "x\n"}, "id: must have visible characters"),
    ("items", {"price": "free"}, "price: "),
    ("items", {"price": -1}, "price: "),
]


@pytest.mark.parametrize(("part", "fields", "reason"), BAD)
def test_a_bad_row_is_told_and_left_out(
    command: Command,
    tmp_path: Path,
    database: Database,
    part: str,
    fields: dict[str, Any],
    reason: str,
) -> None:
    given = data()
    model = {"orders": ORDERS[2], "accounts": ACCOUNTS[0], "items": ITEMS[0]}[part]
    given[part].append({**model.model_dump(mode="json"), "id": "new", **fields})
    status, out, err = command("orders", "import", written(tmp_path, given))
    assert status == 0
    assert err.startswith(f"{part} {len(given[part])} ") or err.startswith(
        f"{part} {len(given[part])}:"
    )
    assert reason in err
    assert "Traceback" not in err
    assert "1 rows were refused" in out
    assert len(desk_over(database).orders(ANN).orders) == 6


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "must be an object with the lists"),
        ('{"orders": {}}', "must be an object with the lists"),
        ('{"order": []}', "unknown part 'order'"),
        ('{"orders": [', "line 1: not JSON"),
        ("\ud800", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"orders": [1, null, "x"]}', "has no row that can be used"),
        ("{}", "has no row that can be used"),
    ],
)
def test_a_file_of_another_shape_is_told(
    command: Command, tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "orders.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    status, _, err = command("orders", "import", path)
    assert status == 2
    assert sentence in err
    assert "Traceback" not in err


def test_orders_that_are_elsewhere_are_not_imported(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPGUIDE_ORDERS", "https://orders.example.com")
    status, _, err = command("orders", "import", written(tmp_path, data()))
    assert (status, "not in the database" in err) == (2, True)


def test_what_a_second_import_changes_makes_older_offers_stale(database: Database) -> None:
    put_in(database, as_file())
    desk = desk_over(database)
    offer = desk.offer(ANN, CancelOrder(order_id="#A-1", reason="no longer needed"))
    put_in(database, as_file())
    assert desk.order(ANN, "#A-1") == the_order("#A-1")
    other = the_order("#A-1").model_copy(update={"currency": "EUR"})
    file = as_file()
    file.orders = [("", other)]
    put_in(database, file)
    assert desk.order(ANN, "#A-1").version == 2
    with pytest.raises(Refused) as refused:
        desk.write(ANN, offer, key="k", quote="yes")
    assert refused.value.why is Why.STALE


def test_an_import_gives_no_order_to_another_account(database: Database) -> None:
    put_in(database, as_file())
    file = as_file()
    moved = the_order("#A-1").model_copy(update={"account_id": "bob", "payments": ()})
    file.orders = [("orders 1", moved)]
    done = put_in(database, file)
    assert [row.reason for row in done.bad] == ["It is another account's already."]
    twin = the_order("#A-1").model_copy(update={"id": "a-1"})
    file.orders = [("orders 1", twin)]
    assert "cannot be told from" in put_in(database, file).bad[0].reason
    assert desk_over(database).order(ANN, "#A-1") == the_order("#A-1")


def test_the_demo_orders_hold_the_demo_catalogues_products(demo_index: CatalogueIndex) -> None:
    file = checked(demo_data(NOW))
    assert file.bad == []
    assert {order.status for _, order in file.orders} == {
        Status.PENDING,
        Status.PROCESSED,
        Status.DELIVERED,
        Status.CANCELLED,
    }
    assert {account.id for _, account in file.accounts} >= {"demo-anna", "demo-wei"}
    assert all(account.email.endswith("@example.com") for _, account in file.accounts)
    items = {item.id: item for item in demo_items()}
    assert len(items) == sum(len(product.variants) for product in demo_index.products)
    for _, order in file.orders:
        assert order.placed is not None
        assert timedelta() < NOW - order.placed < timedelta(days=200)
        assert order.paid == (0 if order.status is Status.CANCELLED else order.total)
        for line in order.lines:
            product = demo_index.get(line.product_id)
            variant = next(v for v in product.variants if v.sku == line.item_id)
            assert line.price == product.effective_price
            assert line.options == {"size": variant.size, "color": variant.color}
            # Something else of it can be had, so that it can be exchanged.
            assert sum(items[v.sku].available for v in product.variants) > 1


def test_the_demo_shop_gets_them_once(settings: Settings, database: Database) -> None:
    demo = settings.model_copy(update={"catalog": "demo"})
    assert seed_demo_orders(demo, database, NOW, source=demo_source())
    desk = desk_over(database)
    anna = Asker(account_id="demo-anna")
    offer = desk.offer(anna, CancelOrder(order_id="SG-1001", reason="no longer needed"))
    desk.write(anna, offer, key="k", quote="yes")
    assert not seed_demo_orders(demo, database, NOW + timedelta(days=9), source=demo_source())
    assert desk.order(anna, "SG-1001").status is Status.CANCELLED
    late = [desk.returnable(anna, id).item_ids for id in ("SG-1003", "SG-1004")]
    assert (len(late[0]), late[1]) == (2, ())
    assert desk.prove("sg-1010", "marcus.okafor@example.com", "bs14dj")


def test_another_shop_never_gets_them(settings: Settings, database: Database) -> None:
    ours = demo_source()
    for fields, source in [
        ({"catalog": "shoes"}, ours),
        ({"catalog": "demo", "orders": "none"}, ours),
        ({"catalog": "demo"}, "my-own-shoes.csv"),
        ({"catalog": "demo"}, None),
    ]:
        shop = settings.model_copy(update=fields)
        assert not seed_demo_orders(shop, database, NOW, source=source)
    assert is_empty(database)
    put_in(database, checked({"accounts": data()["accounts"][:1]}))
    demo = settings.model_copy(update={"catalog": "demo"})
    assert not seed_demo_orders(demo, database, NOW, source=ours)
    assert desk_over(database).orders(Asker(account_id="demo-anna")).orders == ()


def test_a_backup_holds_the_orders(database: Database, tmp_path: Path) -> None:
    put_in(database, as_file())
    desk = desk_over(database)
    offer = desk.offer(ANN, CancelOrder(order_id="#A-5", reason="no longer needed"))
    desk.write(ANN, offer, key="k", quote="yes")
    back_up(database, tmp_path / "shop.backup", now=NOW)
    with closing(Database(f"sqlite:///{tmp_path / 'other.sqlite3'}")) as other:
        restore(other, tmp_path / "shop.backup")
        again = desk_over(other)
        assert again.orders(ANN) == desk.orders(ANN)
        assert again.account(ANN) == desk.account(ANN)
        assert again.variants("pen") == desk.variants("pen")
        assert again.write(ANN, offer, key="k", quote="yes").repeated


def test_amounts_keep_every_cent(database: Database) -> None:
    file = checked({"items": [{**ITEMS[0].model_dump(mode="json"), "price": 0.1}]})
    put_in(database, file)
    assert desk_over(database).variants("mug")[0].price == Decimal("0.1")
