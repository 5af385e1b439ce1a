"""Sizes of every system, in the catalogue's own."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product, Variant
from tools.reading.fact import Fact, ModelReading, ParsedQuery
from tools.reading.reader import Reader

NOTHING = ModelReading(action="search")


def shop(sizes: list[str], category: str, currency: str = "USD") -> Reader:
    """A shop of one product in the sizes."""
    product = Product(
        id="one",
        title="The One",
        brand="Acme",
        category=(category,),
        price=Decimal(10),
        currency=currency,
        variants=tuple(Variant(sku=size, size=size, color="black") for size in sizes),
    )
    index = build_index(
        [product],
        name="one",
        embedder=HashingEmbedder(),
        source="tests",
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )
    return Reader(index, {})


def sizes(parsed: ParsedQuery) -> list[object]:
    return [f.value for f in parsed.facts if f.field == "size"]


@pytest.mark.parametrize(
    ("message", "size"),
    [
        ("size 43", "43"),
        ("EU 42", "42"),
        ("42码", "42"),
        ("四十二码", "42"),
        ("我穿43的", "43"),
        ("I'm a 42", "42"),
        ("US 9 men's running shoes", "42"),
        ("美码9，男款", "42"),
        ("women's US 8", "39"),
        ("UK 8.5", "43"),
        ("uk size 8", "42"),
        ("脚长260mm", "42"),
        ("我的脚长26厘米", "42"),
        ("my feet are 26 cm long", "41"),
        ("for my son, 8 years old, US 13", "31"),
    ],
)
def test_shoes(demo_index: CatalogueIndex, message: str, size: str) -> None:
    parsed = Reader(demo_index, {}).read(message, NOTHING)
    assert sizes(parsed) == [size]
    assert not [u for u in parsed.unmatched if u.field == "size"]


def test_a_conversion_is_told(demo_index: CatalogueIndex) -> None:
    facts = Reader(demo_index, {}).read("US 9 for men", NOTHING).facts
    assert [(f.value, f.note) for f in facts if f.field == "size"] == [
        ("42", "US 9 (men) = EU 42.5 → 42")
    ]


@pytest.mark.parametrize(
    ("message", "size", "note"),
    [
        ("women's size 9", "40", "US 9 (women) = EU 40.5 → 40"),
        ("size 9 for women", "40", "US 9 (women) = EU 40.5 → 40"),
        ("女鞋9码", "40", "US 9 (women) = EU 40.5 → 40"),
        ("I wear a 9, men's", "42", "US 9 (men) = EU 42.5 → 42"),
        ("kids size 13", "31", "US 13 (kids) = EU 31"),
    ],
)
def test_a_small_number_is_an_american_size(
    demo_index: CatalogueIndex, message: str, size: str, note: str
) -> None:
    facts = Reader(demo_index, {}).read(message, NOTHING).facts
    assert [(f.value, f.note) for f in facts if f.field == "size"] == [(size, note)]


@pytest.mark.parametrize("message", ["I'm a 10 minute walk away", "I take 2 pairs", "a 5 km run"])
def test_a_number_of_something_is_no_size(demo_index: CatalogueIndex, message: str) -> None:
    parsed = Reader(demo_index, {}).read(message, NOTHING)
    assert sizes(parsed) == []
    assert not [u for u in parsed.unmatched if u.field == "size"]


@pytest.mark.parametrize("message", ["US 9", "size 60", "尺码41.5", "I wear a 10"])
def test_what_is_ambiguous_or_not_made_is_told(demo_index: CatalogueIndex, message: str) -> None:
    parsed = Reader(demo_index, {}).read(message, NOTHING)
    assert sizes(parsed) == []
    assert [u.field for u in parsed.unmatched] == ["size"]


def test_whom_it_is_for_is_remembered(demo_index: CatalogueIndex) -> None:
    held = (Fact(field="gender", op="=", value="women", quote="for women"),)
    assert sizes(Reader(demo_index, {}).read("US 8", NOTHING, held=held)) == ["39"]


@pytest.mark.parametrize(
    ("message", "size"),
    [("size M", "M"), ("a shirt in medium", "M"), ("XL please", "XL"), ("大号", "L"), ("M码", "M")],
)
def test_letters(message: str, size: str) -> None:
    assert sizes(shop(["S", "M", "L", "XL"], "Shirts").read(message, NOTHING)) == [size]


@pytest.mark.parametrize("message", ["large selection", "I'm fond of it", "US 9"])
def test_no_letters(message: str) -> None:
    parsed = shop(["S", "M", "L", "XL"], "Shirts").read(message, NOTHING)
    assert sizes(parsed) == []


def test_a_shop_with_american_sizes() -> None:
    reader = shop(["7", "8", "8.5", "9", "10"], "Shoes")
    assert sizes(reader.read("size 9", NOTHING)) == ["9"]
    assert sizes(reader.read("US 9", NOTHING)) == ["9"]
    held = (Fact(field="gender", op="=", value="men", quote="men"),)
    assert sizes(reader.read("EU 42", NOTHING, held=held)) == ["8.5"]
