"""A catalogue that changes says at every moment what a plain dictionary would say."""

import itertools
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from random_shop import known_fields, meets, products

from retrieval.building import build_index
from retrieval.changes import Change, ChangeLog
from retrieval.conditions import Condition, parse_condition
from retrieval.embedding import HashingEmbedder
from retrieval.errors import BadInput, UnknownProduct
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from retrieval.product import Product

START = datetime(2026, 3, 1, tzinfo=UTC)
EMBEDDER = HashingEmbedder(16)
ASKED = [
    [parse_condition("price <= 12.5")],
    [parse_condition("in_stock = yes"), parse_condition("size in 42, M")],
    [parse_condition("title contains shoe")],
    [parse_condition("brand = acme"), parse_condition("on_sale = no")],
]
ids = st.sampled_from([f"p{number}" for number in range(6)])
any_product = ids.flatmap(products)


def one(id: str, price: int = 1, **changes: object) -> Product:
    data = {"id": id, "title": f"Shoe {id}", "price": price, "currency": "USD"}
    return Product.model_validate(data | changes)


def times() -> Iterator[datetime]:
    return (START + timedelta(seconds=number) for number in itertools.count(1))


def new_folder(root: Path, clock: Iterator[datetime]) -> IndexFolder:
    return IndexFolder(root, EMBEDDER, now=lambda: next(clock), most_added=8)


def serve(folder: IndexFolder, shop: list[Product]) -> None:
    index = build_index(shop, name="shop", embedder=EMBEDDER, source="tests", now=START)
    folder.replace(index)


def says(index: CatalogueIndex, shop: dict[str, Product]) -> None:
    """Every way of asking gives what the dictionary has."""
    assert len(index) == len(shop)
    assert {product.id: product for product in index.products} == shop
    for id in (*(f"p{number}" for number in range(6)), "never"):
        assert (id in index) == (id in shop)
        if id in shop:
            assert index.get(id) == shop[id]
        else:
            with pytest.raises(UnknownProduct):
                index.get(id)
    assert sorted(hit.product.id for hit in index.search("trail shoe", k=50)) == sorted(shop)
    known = known_fields(list(shop.values()))
    for wanted in ASKED:
        if all(condition.field in known for condition in wanted):
            right = sorted(id for id, product in shop.items() if meets(product, wanted))
            assert index.count(wanted) == len(right)
            for query in ("", "white mesh"):
                hits = index.search(query, wanted, k=50)
                assert sorted(hit.product.id for hit in hits) == right
                assert all(hit.product == shop[hit.product.id] for hit in hits)


class ChangingShop(RuleBasedStateMachine):
    """Two processes' views of one catalogue, changed and folded through either."""

    def __init__(self) -> None:
        super().__init__()
        self._temporary = TemporaryDirectory()
        self._root = Path(self._temporary.name)
        self._clock = times()
        self.views = [new_folder(self._root, self._clock) for _ in range(2)]
        self.shop: dict[str, Product] = {}
        self.earlier: list[tuple[CatalogueIndex, dict[str, Product]]] = []

    @initialize(shop=st.lists(any_product, min_size=1, max_size=4, unique_by=lambda p: p.id))
    def begin(self, shop: list[Product]) -> None:
        serve(self.views[0], shop)
        self.shop = {product.id: product for product in shop}

    def change(self, view: int, upserts: list[Product], deletes: list[str]) -> None:
        after = {id: product for id, product in self.shop.items() if id not in deletes}
        after |= {product.id: product for product in upserts}
        index = self.views[view].change("shop", upserts=upserts, deletes=deletes)
        self.shop = after
        says(index, self.shop)

    @rule(
        view=st.integers(0, 1),
        upserts=st.lists(any_product, max_size=3),
        deletes=st.lists(ids, max_size=2),
    )
    def products_come_and_go(self, view: int, upserts: list[Product], deletes: list[str]) -> None:
        self.change(view, upserts, deletes)

    @precondition(lambda self: self.shop)
    @rule(view=st.integers(0, 1), price=st.integers(0, 30), data=st.data())
    def price_changes(self, view: int, price: int, data: st.DataObject) -> None:
        old = self.shop[data.draw(st.sampled_from(sorted(self.shop)))]
        new = Product.model_validate(old.model_dump() | {"price": price, "sale_price": None})
        self.change(view, [new], [])

    @precondition(lambda self: self.shop)
    @rule(view=st.integers(0, 1), data=st.data())
    def stock_changes(self, view: int, data: st.DataObject) -> None:
        old = self.shop[data.draw(st.sampled_from(sorted(self.shop)))]
        stock = "in_stock" if old.availability == "out_of_stock" else "out_of_stock"
        self.change(view, [old.model_copy(update={"availability": stock})], [])

    @rule(view=st.integers(0, 1))
    def is_folded(self, view: int) -> None:
        index = self.views[view].fold("shop")
        says(index, self.shop)
        # All that there is, is in the base, or it was not worth it for want of products.
        assert index.columns.size == index.manifest.rows

    @rule(view=st.integers(0, 1))
    def is_opened_by_another_process(self, view: int) -> None:
        self.views[view] = new_folder(self._root, self._clock)

    @rule(view=st.integers(0, 1))
    def a_reader_keeps_what_it_saw(self, view: int) -> None:
        self.earlier = [*self.earlier[-2:], (self.views[view].open("shop"), dict(self.shop))]

    @invariant()
    def every_view_says_what_is(self) -> None:
        if self.views[0].current_version("shop"):
            for view in self.views:
                says(view.open("shop"), self.shop)
            for index, shop in self.earlier:
                says(index, shop)

    def teardown(self) -> None:
        self._temporary.cleanup()


TestChangingShop = ChangingShop.TestCase
TestChangingShop.settings = settings(
    max_examples=6,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    folder = new_folder(tmp_path, times())
    serve(folder, [one(f"p{number}") for number in range(6)])
    return folder


def test_what_comes_while_a_fold_is_written_is_not_lost(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, times())
    # So many that a fold takes longer than a change.
    serve(folder, [one(f"p{number}") for number in range(1_000)])
    stop, searched, folds, failed = threading.Event(), [0], [0], list[BaseException]()

    def read() -> None:
        # Searches go on, each among whole products, whatever is written.
        try:
            while not stop.is_set():
                hits = folder.open("shop").search("shoe", k=100)
                assert len({hit.product.id for hit in hits}) == len(hits) == 100
                searched[0] += 1
        except BaseException as error:
            failed.append(error)
            raise

    def fold() -> None:
        while not stop.is_set():
            folder.fold("shop")
            folds[0] += 1

    threads = [threading.Thread(target=target) for target in (read, fold)]
    for thread in threads:
        thread.start()
    count = 0
    while count < 40 or (folds[0] < 5 and count < 4_000):
        folder.change("shop", upserts=[one(f"n{count}", count), one("p0", count)])
        assert folder.open("shop").get("p0").price == count
        count += 1
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed
    assert searched[0] > 0
    assert folds[0] >= 5
    index = IndexFolder(tmp_path, EMBEDDER).open("shop")
    assert len(index) == 1_000 + count
    assert all(index.get(f"n{number}").price == number for number in range(count))


def test_a_reader_waits_for_no_writer(folder: IndexFolder, tmp_path: Path) -> None:
    before = folder.open("shop")
    home = tmp_path / "shop"
    held, over = threading.Event(), threading.Event()

    def take_up_for_long() -> None:
        with folder._locks["shop"]:
            held.set()
            over.wait()

    log = sqlite3.connect(next(home.glob("*/changes.sqlite3")), isolation_level=None)
    with FileLock(home / ".lock"), FileLock(home / ".version.lock"):
        # As in the middle of another process's append, fold and import.
        log.execute("BEGIN IMMEDIATE")
        log.execute("INSERT INTO changes (id) VALUES ('p1')")
        assert folder.open("shop") is before
        assert len(IndexFolder(tmp_path, EMBEDDER).open("shop").search("shoe")) == 6
        log.execute("COMMIT")
        log.close()
        thread = threading.Thread(target=take_up_for_long)
        thread.start()
        held.wait()
        # As while another thread takes up a great many changes.
        assert folder.open("shop") is before
        over.set()
        thread.join()
        assert "p1" not in folder.open("shop")
    assert "p1" in before


def test_deleting_all_leaves_an_empty_catalogue(folder: IndexFolder) -> None:
    index = folder.change("shop", deletes=[f"p{number}" for number in range(6)])
    assert len(index) == 0
    assert index.search("shoe") == []
    assert len(folder.fold("shop")) == 0
    assert len(folder.change("shop", upserts=[one("p1")])) == 1


def test_a_fold_is_due_when_much_was_added(folder: IndexFolder) -> None:
    assert not folder.fold_due("shop")
    folder.change("shop", upserts=[one("p0", price) for price in range(9)])
    assert folder.fold_due("shop")
    folder.fold("shop")
    assert not folder.fold_due("shop")


def test_one_currency(folder: IndexFolder) -> None:
    with pytest.raises(BadInput) as caught:
        folder.change("shop", upserts=[one("p9"), one("p8", currency="EUR")])
    assert caught.value.field == "currency"
    assert "p9" not in folder.open("shop")


def test_a_log_gives_back_what_was_written(tmp_path: Path) -> None:
    log = ChangeLog.create(tmp_path / "log #1?.sqlite3")
    vector = EMBEDDER.query("shoe")
    log.append([Change("a", one("a"), vector), Change("b")])
    log.close()
    (first, put), (second, taken) = ChangeLog(tmp_path / "log #1?.sqlite3").since(0)
    assert put.product == one("a")
    assert put.vector is not None
    assert put.vector.tolist() == vector.tolist()
    assert taken == Change("b")
    assert log.since(first) == [(second, taken)]
    assert log.since(second) == []
    log.close()


def test_conditions_see_a_new_field_at_once(folder: IndexFolder) -> None:
    before = folder.open("shop")
    after = folder.change("shop", upserts=[one("p9", attributes={"drop_mm": 4.0})])
    wanted = [Condition(field="drop_mm", op="<", value=5.0)]
    assert after.count(wanted) == 1
    with pytest.raises(BadInput):
        before.count(wanted)
