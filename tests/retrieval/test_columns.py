"""Conditions by column mean what they mean on each product by itself."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_shop import OF_VARIANTS, catalogues, conditions, known_fields, meets

from retrieval.column_store import ColumnStore, build_columns
from retrieval.columns import Columns
from retrieval.conditions import Condition, parse_condition
from retrieval.errors import BadCondition
from retrieval.product import Product, Variant

_NUMERIC = ("price", "rating", "rating_count", "weight_g", "mixed")
# Of these each product has its own, or there are no texts to look into.
_WHOLE = ("id", "sku", "in_stock", "on_sale", *_NUMERIC[:-1])
several = st.lists(conditions, max_size=3)


def askable(condition: Condition, shop: Sequence[Product]) -> bool:
    """Whether a condition makes sense in a shop; else it is refused."""
    field = condition.field.removeprefix("attributes.")
    if field not in known_fields(shop):
        return False
    if condition.op in ("<", "<=", ">", ">="):
        number = isinstance(condition.value, float) and not isinstance(condition.value, bool)
        held = any(
            isinstance(v, float) and not isinstance(v, bool) for p in shop for v in p.values(field)
        )
        return number and field not in OF_VARIANTS and (field in _NUMERIC[:3] or held)
    if condition.op == "contains":
        texts = any(
            isinstance(v, str | bool) for p in shop for v in p.values(field)
        )  # of "mixed" some may be texts
        return field not in _WHOLE and (field != "mixed" or texts)
    return True


def agree(columns: Columns, shop: Sequence[Product], wanted: Sequence[Condition]) -> None:
    """Masks are what a plain reading of each product gives; senseless conditions are refused."""
    if not all(askable(condition, shop) for condition in wanted):
        with pytest.raises(BadCondition):
            columns.mask(wanted)
        return
    expected = [
        bool(live) and meets(product, wanted)
        for product, live in zip(shop, columns.live, strict=True)
    ]
    assert columns.mask(wanted).tolist() == expected


@given(shop=catalogues, wanted=several)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_masks_are_what_each_product_says(shop: list[Product], wanted: list[Condition]) -> None:
    agree(Columns.of(shop), shop, wanted)


@given(shop=catalogues, wanted=several, data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_masks_hold_after_adding_deleting_and_saving(
    shop: list[Product], wanted: list[Condition], data: st.DataObject
) -> None:
    first = data.draw(st.integers(min_value=0, max_value=len(shop)))
    middle = data.draw(st.integers(min_value=first, max_value=len(shop)))
    live = np.array(data.draw(st.lists(st.booleans(), min_size=len(shop), max_size=len(shop))))
    store = build_columns(shop[:first])
    for product in shop[first:middle]:
        store.add(product)
    earlier = Columns(store, live[:middle])
    for product in shop[middle:]:
        store.add(product)
    agree(earlier, shop[:middle], wanted)
    agree(Columns(store, live), shop, wanted)
    with TemporaryDirectory() as folder:
        # As when a fold is written while the writer goes on.
        store.save(Path(folder), middle)
        folded = ColumnStore.load(Path(folder))
        assert folded.size == middle
        for product in shop[middle:]:
            folded.add(product)
        agree(Columns(folded, live), shop, wanted)


def shoe(number: int, **changes: object) -> Product:
    data = {"id": f"p{number}", "title": "Shoe", "price": number, "currency": "USD"}
    return Product.model_validate(data | changes)


@pytest.mark.parametrize("most", [0, 1, 10, 100, 1_000, 10_000])
def test_every_selectivity(most: int) -> None:
    columns = Columns.of(shoe(number, attributes={"n": float(number)}) for number in range(10_000))
    for field in ("price", "n", "attributes.n"):
        mask = columns.mask([Condition(field=field, op="<", value=float(most))])
        assert np.flatnonzero(mask).tolist() == list(range(most))


def test_one_variant_meets_all_at_once() -> None:
    def variant(size: str, color: str, availability: str) -> Variant:
        data = {"size": size, "color": color, "availability": availability}
        return Variant.model_validate({"sku": size + color, **data})

    spread = [variant("42", "black", "in_stock"), variant("43", "white", "in_stock")]
    columns = Columns.of(
        [
            shoe(0, variants=[*spread, variant("42", "white", "out_of_stock")]),
            shoe(1, variants=[*spread, variant("42", "white", "in_stock")]),
            shoe(2, variants=[variant("42", "white", "in_stock")], availability="out_of_stock"),
        ]
    )
    wanted = [parse_condition(text) for text in ("color = white", "size = 42", "in_stock = yes")]
    assert columns.mask(wanted).tolist() == [False, True, False]
    assert columns.mask(wanted[:2]).tolist() == [True, True, True]


def test_great_numbers_are_told_apart() -> None:
    columns = Columns.of([shoe(0, price="99999.99"), shoe(1, price="100000")])
    assert columns.mask([parse_condition("price = 100000")]).tolist() == [False, True]
    assert columns.mask([parse_condition("price = 99999.99")]).tolist() == [True, False]


def test_an_attribute_does_not_speak_for_a_field_of_its_name() -> None:
    odd = {"rating": 1.0, "price": 7.0, "id": "p1"}
    columns = Columns.of([shoe(5, rating=5.0, attributes=odd), shoe(1), shoe(2, rating=4.0)])
    assert columns.mask([parse_condition("rating >= 4")]).tolist() == [True, False, True]
    assert columns.mask([parse_condition("rating < 4")]).tolist() == [False, False, False]
    assert columns.mask([parse_condition("price = 7")]).tolist() == [False, False, False]
    assert columns.mask([parse_condition("id = p1")]).tolist() == [False, True, False]


def test_nothing_is_in_every_text() -> None:
    columns = Columns.of([shoe(0), shoe(1, title_zh="鞋")])
    for field in ("title", "title_zh", "description"):
        mask = columns.mask([Condition(field=field, op="contains", value=" ")])
        assert mask.tolist() == [True, True]


def test_a_misspelt_field_is_named() -> None:
    with pytest.raises(BadCondition, match="'price'") as caught:
        Columns.of([shoe(0)]).mask([parse_condition("prise < 3")])
    assert caught.value.field == "prise"
