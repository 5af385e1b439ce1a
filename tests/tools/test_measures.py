"""Measures of any unit, held against what a catalogue is measured in."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.text import has_cjk
from retrieval.words import Words
from tools.reading.fact import ModelReading
from tools.reading.reader import Reader
from tools.reading.units import measuring_words, size_in

NOTHING = ModelReading(action="search")


def _bottle(number: int, litres: float, width: float, grams: float, hours: float) -> Product:
    return Product(
        id=f"flask-{number}",
        title=f"Alder Flask {number}",
        title_zh=f"赤杨保温壶 {number}",
        brand="Alder",
        category=("Bottles",),
        price=Decimal(20 + number),
        currency="EUR",
        attributes={
            "capacity_l": litres,
            "mouth_inch": width,
            "weight_g": grams,
            "warm_hours": hours,
        },
    )


@pytest.fixture(scope="module")
def reader() -> Reader:
    flasks = [
        _bottle(1, 0.35, 1.5, 240, 6),
        _bottle(2, 0.5, 2.0, 300, 12),
        _bottle(3, 1.0, 2.5, 480, 24),
    ]
    index = build_index(
        flasks,
        name="flasks",
        embedder=HashingEmbedder(),
        source="tests",
        now=datetime(2026, 3, 1, tzinfo=UTC),
        words=Words(labels={"capacity_l": ["capacity", "容量"]}, values={}),
    )
    return Reader(index, {})


def _read(reader: Reader, message: str) -> set[tuple[str, str, object]]:
    facts = reader.read(message, NOTHING).facts
    return {(f.field, f.op, f.value) for f in facts if f.field != "category" and not f.sort}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("at least 500 ml", {("capacity_l", ">=", 0.5)}),
        ("no more than 1 litre, please", {("capacity_l", "<=", 1.0)}),
        ("between 0.3 and 0.6 liters", {("capacity_l", ">=", 0.3), ("capacity_l", "<=", 0.6)}),
        ("500毫升以上的", {("capacity_l", ">=", 0.5)}),
        ("不超过1升", {("capacity_l", "<=", 1.0)}),
        ("under 0.5 kg and under 30 euros", {("weight_g", "<=", 500.0), ("price", "<=", 30.0)}),
        ("300克以内，30欧元以内", {("weight_g", "<=", 300.0), ("price", "<=", 30.0)}),
        ("lighter than 16 oz", {("weight_g", "<=", 453.592)}),
        ("warm for at least 12 hours", {("warm_hours", ">=", 12.0)}),
        ("保温要12小时以上", {("warm_hours", ">=", 12.0)}),
        ("a mouth of 2 inches or more", {("mouth_inch", ">=", 2.0)}),
        ("a mouth of at least 5 cm", {("mouth_inch", ">=", 1.969)}),
        ("a 0.5 litre bottle", {("capacity_l", "=", 0.5)}),
        ("capacity 0.5 l", {("capacity_l", "=", 0.5)}),
    ],
)
def test_a_measure_bounds_the_attribute_that_is_measured_so(
    reader: Reader, message: str, expected: set[tuple[str, str, object]]
) -> None:
    found = {
        (name, op, round(value, 3) if isinstance(value, float) else value)
        for name, op, value in _read(reader, message)
    }
    assert found == expected


@pytest.mark.parametrize(
    "message",
    [
        "I weigh 80 kg",
        "at least 300 watts",
        "under 50 gb",
        "我每天跑10公里",
        "at least 90 litres",
        "升级到1升级版",
        "I walk 3 km to work",
        "about 100 g lighter",
    ],
)
def test_other_measures_are_no_wish(reader: Reader, message: str) -> None:
    assert _read(reader, message) == set()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("it must hold 0.4 litres, whatever its capacity is called", ">="),
        ("容量要装得下0.4升", ">="),
    ],
)
def test_what_must_hold_a_thing_is_as_large_at_least(
    reader: Reader, message: str, expected: str
) -> None:
    assert _read(reader, message) == {("capacity_l", expected, 0.4)}


@given(
    st.sampled_from(sorted(measuring_words())),
    st.integers(min_value=1, max_value=5000),
    st.sampled_from(["at least {}", "under {}", "about {}", "{}以上", "不超过{}", "{}"]),
)
def test_a_number_with_a_unit_is_never_money(
    reader: Reader, unit: str, number: int, words: str
) -> None:
    written = f"{number}{unit}" if has_cjk(unit) else f"{number} {unit}"
    facts = reader.read(words.format(written), NOTHING).facts
    assert not [f for f in facts if f.field == "price" and not f.sort]


@given(st.decimals(min_value="0.01", max_value=10000, places=2))
def test_units_of_one_kind_convert_there_and_back(value: Decimal) -> None:
    for name, unit, back, own in (
        ("weight_g", "lb", "weight_lb", "g"),
        ("capacity_l", "ml", "capacity_ml", "l"),
        ("size_inch", "cm", "size_cm", "inch"),
    ):
        there, again = size_in(name, unit), size_in(back, own)
        assert there is not None
        assert again is not None
        assert abs(value * there * again - value) < Decimal("0.000001") * value


def test_units_of_different_kinds_do_not(demo_index: CatalogueIndex) -> None:
    assert size_in("weight_g", "ml") is None
    assert size_in("heel_drop_mm", "g") is None
    assert size_in("waterproof", "g") is None
    # Shoes have no volume: litres bound nothing, and are no money.
    assert _read(Reader(demo_index, {}), "at least 20 litres") == set()
