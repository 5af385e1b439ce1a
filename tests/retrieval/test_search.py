"""Search over an index: filters first, both languages, on disk and back."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.building import build_index
from retrieval.conditions import Condition, parse_condition
from retrieval.embedding import HashingEmbedder
from retrieval.errors import (
    BadCondition,
    BadInput,
    IndexBroken,
    UnknownCatalogue,
    UnknownProduct,
)
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from retrieval.product import Product, Variant

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def where(*texts: str) -> list[Condition]:
    return [parse_condition(text) for text in texts]


def shoe(id: str, price: str, **fields: object) -> Product:
    data = {"id": id, "title": f"Shoe {id}", "price": Decimal(price), "currency": "USD"}
    return Product.model_validate(data | fields)


def indexed(*products: Product) -> CatalogueIndex:
    return build_index(
        list(products), name="t", embedder=HashingEmbedder(), source="tests", now=NOW
    )


def test_conditions_are_settled_before_ranking(demo_index: CatalogueIndex) -> None:
    """A cut of the ranking loses nothing: all that fit are found, whatever the query."""
    conditions = where("price <= 120", "category = Running shoes", "arch_support = stability")
    expected = {
        p.id
        for p in demo_index.products
        if p.effective_price <= 120
        and "Running shoes" in p.category
        and "stability" in p.values("arch_support")
    }
    hits = demo_index.search("basketball high top", conditions, k=len(demo_index))
    assert {hit.product.id for hit in hits} == expected
    assert len(expected) >= 5


def test_the_effective_price_is_the_sale_price() -> None:
    index = indexed(shoe("a", "140", sale_price=Decimal("99.5")), shoe("b", "120"))
    assert [h.product.id for h in index.search("shoe", where("price <= 100"))] == ["a"]


def test_size_colour_and_stock_must_be_one_variant() -> None:
    index = indexed(
        shoe(
            "split",
            "90",
            variants=(
                Variant(sku="1", size="42", color="white", availability="out_of_stock"),
                Variant(sku="2", size="43", color="white"),
                Variant(sku="3", size="42", color="black"),
            ),
        ),
        shoe("whole", "95", variants=(Variant(sku="4", size="42", color="white"),)),
    )
    hits = index.search("", where("size = 42", "color = white", "in_stock = yes"))
    assert [hit.product.id for hit in hits] == ["whole"]


@pytest.mark.parametrize(
    ("query", "brand"),
    [("耐克跑鞋", "Nike"), ("李宁 篮球鞋", "Li-Ning"), ("nike running", "Nike"), ("安踏", "Anta")],
)
def test_both_languages_find_a_brand(demo_index: CatalogueIndex, query: str, brand: str) -> None:
    rows, _ = demo_index.parts.lexical.search(query, 5, demo_index.columns.live)
    assert rows.size
    assert demo_index.products[rows[0]].brand == brand


def test_an_empty_query_ranks_by_rating(demo_index: CatalogueIndex) -> None:
    hits = demo_index.search("", where("rating >= 0"), k=5)
    ratings = [hit.product.rating for hit in hits]
    best = sorted((p.rating for p in demo_index.products if p.rating), reverse=True)[:5]
    assert ratings == best


def test_an_unknown_field_is_named_with_the_nearest(demo_index: CatalogueIndex) -> None:
    with pytest.raises(BadCondition, match=r"cushoning.*Did you mean 'cushioning'"):
        demo_index.search("x", where("cushoning = max"))


def test_order_needs_numbers(demo_index: CatalogueIndex) -> None:
    with pytest.raises(BadCondition):
        demo_index.search("x", where("brand < Nike"))
    with pytest.raises(BadCondition):
        demo_index.search("x", where("price <= cheap"))


@given(
    query=st.text(max_size=60),
    k=st.integers(1, 300),
    price=st.integers(0, 300),
    op=st.sampled_from(["<", "<=", ">", ">=", "=", "!="]),
)
@settings(max_examples=60, deadline=None)
def test_every_hit_meets_the_condition_and_none_is_missed(
    demo_index: CatalogueIndex, query: str, k: int, price: int, op: str
) -> None:
    condition = Condition(field="price", op=op, value=float(price))
    compare = {
        "<": float.__lt__,
        "<=": float.__le__,
        ">": float.__gt__,
        ">=": float.__ge__,
        "=": float.__eq__,
        "!=": float.__ne__,
    }[op]
    fitting = sum(compare(float(p.effective_price), float(price)) for p in demo_index.products)
    hits = demo_index.search(query, [condition], k=k)
    assert len(hits) == min(k, fitting)
    assert all(compare(float(h.product.effective_price), float(price)) for h in hits)
    assert len({h.product.id for h in hits}) == len(hits)


@given(st.text(max_size=80))
def test_a_condition_is_read_or_refused(text: str) -> None:
    try:
        condition = parse_condition(text)
    except BadCondition:
        return
    assert parse_condition(str(condition)).field == condition.field


@pytest.mark.parametrize(
    ("text", "field", "op", "value"),
    [
        ("price<=120", "price", "<=", 120.0),
        ("price ≤ 99.5", "price", "<=", 99.5),
        ("waterproof = yes", "waterproof", "=", True),
        ("brand in Nike, Li-Ning", "brand", "in", ["Nike", "Li-Ning"]),
        ("arch_support not_in [neutral]", "arch_support", "not_in", ["neutral"]),
        ("title contains gel kayano", "title", "contains", "gel kayano"),
    ],
)
def test_conditions_as_people_write_them(text: str, field: str, op: str, value: object) -> None:
    assert parse_condition(text) == Condition(field=field, op=op, value=value)


class TestIndexFolder:
    def test_what_is_written_is_read_again(
        self, tmp_path: Path, demo_index: CatalogueIndex, embedder: HashingEmbedder
    ) -> None:
        folder = IndexFolder(tmp_path, embedder)
        folder.replace(demo_index)
        read = IndexFolder(tmp_path, embedder).open("demo")
        assert list(read.products) == list(demo_index.products)
        query, conditions = "stable running shoe", where("price <= 150")
        mine = [h.product.id for h in demo_index.search(query, conditions)]
        assert [h.product.id for h in read.search(query, conditions)] == mine

    def test_a_newer_version_is_taken_up_and_old_ones_go(
        self, tmp_path: Path, embedder: HashingEmbedder
    ) -> None:
        folder = IndexFolder(tmp_path, embedder)
        for day in (1, 2, 3):
            index = build_index(
                [shoe(f"day-{day}", "50")],
                name="t",
                embedder=embedder,
                source="tests",
                now=NOW.replace(day=day),
            )
            folder.replace(index)
            assert folder.open("t").products[0].id == f"day-{day}"
        versions = [p for p in (tmp_path / "t").iterdir() if p.is_dir()]
        assert len(versions) == 2

    @pytest.mark.parametrize("harm", ["cut vectors", "cut products", "no manifest", "no words"])
    def test_damage_is_noticed(
        self, tmp_path: Path, embedder: HashingEmbedder, shoes_index: CatalogueIndex, harm: str
    ) -> None:
        version = IndexFolder(tmp_path, embedder).replace(shoes_index)
        if harm == "cut vectors":
            largest = max((version / "vectors").iterdir(), key=lambda file: file.stat().st_size)
            largest.write_bytes(largest.read_bytes()[: largest.stat().st_size // 2])
        elif harm == "cut products":
            lines = (version / "products.jsonl").read_text(encoding="utf-8").splitlines(True)
            (version / "products.jsonl").write_text("".join(lines[:-1]), encoding="utf-8")
        elif harm == "no manifest":
            (version / "manifest.json").unlink()
        else:
            for path in (version / "words").iterdir():
                path.unlink()
        with pytest.raises(IndexBroken):
            IndexFolder(tmp_path, embedder).open("shoes")

    def test_another_embedding_model_is_refused(
        self, tmp_path: Path, shoes_index: CatalogueIndex, embedder: HashingEmbedder
    ) -> None:
        IndexFolder(tmp_path, embedder).replace(shoes_index)
        with pytest.raises(IndexBroken, match="hashing-64, not with hashing-32"):
            IndexFolder(tmp_path, HashingEmbedder(32)).open("shoes")

    def test_an_older_format_is_refused(
        self, tmp_path: Path, shoes_index: CatalogueIndex, embedder: HashingEmbedder
    ) -> None:
        version = IndexFolder(tmp_path, embedder).replace(shoes_index)
        manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
        manifest["format"] = 0
        (version / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        with pytest.raises(IndexBroken, match="format 0"):
            IndexFolder(tmp_path, embedder).open("shoes")

    @pytest.mark.parametrize("name", ["../etc", "", "A B", "a/b", "x" * 65, ".hidden"])
    def test_a_name_is_no_path(self, tmp_path: Path, embedder: HashingEmbedder, name: str) -> None:
        with pytest.raises(BadInput):
            IndexFolder(tmp_path, embedder).open(name)

    def test_unknown_names(
        self, tmp_path: Path, shoes_index: CatalogueIndex, embedder: HashingEmbedder
    ) -> None:
        with pytest.raises(UnknownCatalogue):
            IndexFolder(tmp_path, embedder).open("nothing")
        with pytest.raises(UnknownProduct):
            shoes_index.get("nothing")
