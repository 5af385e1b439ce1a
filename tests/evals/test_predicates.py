"""Predicates: the independent grader, held against values made at random and against the search."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.suite.predicates import Predicate, best, can_be_bought, meets, unmet
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.product import Product, Variant


def _product(**fields: object) -> Product:
    given: dict[str, object] = {"id": "p", "title": "P", "price": Decimal(100), "currency": "USD"}
    return Product.model_validate(given | fields)


def _meets(product: Product, *texts: str) -> bool:
    return meets(product, [Predicate.parse(text) for text in texts])


@pytest.mark.parametrize(
    ("text", "field", "op", "values"),
    [
        ("price<=120", "price", "<=", ("120",)),
        ("category=Running shoes", "category", "=", ("Running shoes",)),
        (" brand != Nike | Asics ", "brand", "!=", ("Nike", "Asics")),
        ("arch_support=stability|motion control", "arch_support", "=",
         ("stability", "motion control")),
    ],
)  # fmt: skip
def test_parses(text: str, field: str, op: str, values: tuple[str, ...]) -> None:
    assert Predicate.parse(text) == Predicate(field, op, values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "price", "price<=", "price<=a", "price<=1|2", "a=b||c", "price=<9", "a=b|>c"]
)
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"condition|empty|order|operator"):
        Predicate.parse(text)


def test_the_sale_price_counts() -> None:
    assert _meets(_product(sale_price=Decimal(80)), "price<=90", "price=80", "on_sale=true")
    assert not _meets(_product(), "price<=90")


def test_size_and_colour_are_asked_of_one_variant_in_stock() -> None:
    variants = (
        Variant(sku="a", size="42", color="black"),
        Variant(sku="b", size="43", color="white"),
        Variant(sku="c", size="42", color="white", availability="out_of_stock"),
    )
    product = _product(variants=variants)
    assert _meets(product, "size=42")
    assert _meets(product, "color=white")
    assert not _meets(product, "size=42", "color=white")
    assert _meets(product, "size=42", "color!=white")
    assert unmet(product, [Predicate.parse("size=42"), Predicate.parse("color=white")])
    gone = _product(variants=variants, availability="out_of_stock")
    assert not _meets(gone, "size=42")
    assert not can_be_bought(gone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gender=men", True),
        ("gender=women", True),
        ("gender=unisex", True),
        ("gender!=men", True),
        ("category=Running shoes", True),
        ("category=shoes", True),
        ("category=Boots", False),
        ("waterproof=true", True),
        ("waterproof=yes", True),
        ("waterproof!=true", False),
        ("weight_g<=300", True),
        ("weight_g>300", False),
        ("heel_drop_mm<=8", False),
        ("heel_drop_mm>=8", False),
        ("heel_drop_mm=8", False),
        ("heel_drop_mm!=8", True),
        ("rating>=4", False),
        ("upper=mesh|knit", True),
        ("upper!=leather", True),
        ("upper!=knit", False),
    ],
)
def test_what_a_record_meets(text: str, expected: bool) -> None:
    product = _product(
        category=("Shoes", "Running shoes"),
        attributes={
            "gender": "unisex",
            "waterproof": True,
            "weight_g": 280.0,
            "upper": ["knit", "suede"],
        },
    )
    assert _meets(product, text) is expected


def test_a_womens_shoe_is_no_mens_shoe() -> None:
    assert not _meets(_product(attributes={"gender": "women"}), "gender=men")


prices = st.decimals(0, 10_000, places=2)


@given(price=prices, sale=st.none() | prices, bound=prices)
def test_orders_agree_with_arithmetic(price: Decimal, sale: Decimal | None, bound: Decimal) -> None:
    product = _product(price=price, sale_price=sale)
    paid = float(price if sale is None else sale)
    expected = {
        "<": paid < float(bound),
        "<=": paid <= float(bound),
        ">": paid > float(bound),
        ">=": paid >= float(bound),
    }
    for op, holds in expected.items():
        assert _meets(product, f"price{op}{bound}") is holds


words = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=8)


@given(held=st.lists(words, max_size=3), wanted=st.lists(words, min_size=1, max_size=3))
def test_unequal_is_the_opposite_of_equal(held: list[str], wanted: list[str]) -> None:
    product = _product(attributes={"use": held})
    values = "|".join(wanted)
    equal = _meets(product, f"use={values}")
    assert _meets(product, f"use!={values}") is not equal
    assert equal == bool({w.casefold() for w in wanted} & {h.casefold() for h in held})


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("price", "<=", 110.0),
        ("brand", "!=", "Nike"),
        ("category", "=", "Running shoes"),
        ("size", "=", "42"),
        ("color", "=", "white"),
        ("arch_support", "=", "stability"),
        ("weight_g", "<", 250.0),
        ("waterproof", "=", True),
        ("rating", ">=", 4.3),
    ],
)
def test_the_grader_and_the_search_agree_on_the_demo_shop(
    demo_index: CatalogueIndex, field: str, op: str, value: bool | float | str
) -> None:
    """Two readings of one record, made apart, that differ show a defect in one of them."""
    condition = Condition.model_validate({"field": field, "op": op, "value": value})
    stocked = Condition(field="in_stock", op="=", value=True)
    rows = demo_index.columns.mask([condition, stocked])
    searched = {p.id for p, hit in zip(demo_index.products, rows, strict=True) if hit}
    predicate = Predicate.parse(f"{field}{op}{str(value).lower() if value is True else value}")
    graded = {p.id for p in demo_index.products if can_be_bought(p) and meets(p, [predicate])}
    assert searched == graded
    assert graded


def test_the_best_are_all_that_tie_and_have_a_number(shoes: list[Product]) -> None:
    assert [p.id for p in best(shoes, "price", "asc")] == ["anta-kt"]
    assert [p.id for p in best(shoes, "rating", "desc")] == ["asics-kayano"]
    assert len(best(shoes, "weight_g", "asc")) == len(shoes)
    assert best(shoes, "heel_drop_mm", "asc") == []
