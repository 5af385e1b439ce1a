"""The demo shop's three files: complete, closed, unambiguous, and consistent with each other."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import retrieval.demo
from retrieval.conditions import Condition, Scalar, parse_condition
from retrieval.product import Product

FOLDER = Path(retrieval.demo.__file__).parent

CLOSED: dict[str, set[Scalar]] = {
    "use": {
        "badminton",
        "basketball",
        "daily training",
        "everyday wear",
        "football",
        "gym training",
        "hiking",
        "long runs",
        "racing",
        "recovery",
        "school",
        "speed work",
        "tennis",
        "travel",
        "walking",
        "water",
        "weightlifting",
        "work",
    },
    "terrain": {"road", "trail", "indoor", "court", "city", "grass"},
    "arch_support": {"neutral", "stability", "motion control"},
    "width": {"narrow", "standard", "wide", "extra wide"},
    "cushioning": {"minimal", "moderate", "high", "max"},
    "waterproof": {True, False},
    "breathable": {True, False},
    "upper": {"mesh", "knit", "leather", "suede", "canvas", "synthetic", "textile", "foam"},
    "gender": {"men", "women", "unisex", "kids"},
    "color": {
        "beige",
        "black",
        "blue",
        "brown",
        "green",
        "grey",
        "navy",
        "orange",
        "pink",
        "purple",
        "red",
        "white",
        "yellow",
    },
    "closure": {"laces", "slip-on", "strap", "quick lace", "elastic laces", "laces and strap"},
    "toe_box": {"narrow", "standard", "roomy"},
    "plate": {"none", "nylon", "carbon"},
    "grip": {"standard", "high"},
}
LISTS = {"use", "terrain", "width", "upper", "gender", "color"}
NUMBERS = {"weight_g": (100, 800), "heel_drop_mm": (0, 14)}
EVERY_PRODUCT = {"use", "terrain", "width", "cushioning", "upper", "gender", "color"}
FIELDS = {"price", "sale_price", "brand", "category", "rating", "rating_count", "availability"}

Values = dict[str, dict[str, list[str]]]


@pytest.fixture(scope="module")
def products() -> list[Product]:
    lines = (FOLDER / "products.jsonl").read_text(encoding="utf-8").splitlines()
    return [Product.model_validate(json.loads(line)) for line in lines]


@pytest.fixture(scope="module")
def words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "words.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def advice() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(
        (FOLDER / "advice.yaml").read_text(encoding="utf-8")
    )
    return loaded


def has_chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text)


def held(product: Product, field: str) -> list[Scalar]:
    """What a product holds under a field, one item a value."""
    if field == "price":
        return [float(product.effective_price)]
    if field == "category":
        return list(product.category)
    if field in FIELDS:
        value = getattr(product, field)
        return [] if value is None else [value]
    return list(product.values(field))


def meets(product: Product, condition: Condition) -> bool:
    """A small evaluation of the operators that advice uses; unknown meets nothing."""
    own = held(product, condition.field)
    if not own:
        return False
    wanted = condition.value if isinstance(condition.value, list) else [condition.value]
    if condition.op in {"=", "in", "contains"}:
        return any(value in wanted for value in own)
    if condition.op in {"!=", "not_in"}:
        return all(value not in wanted for value in own)
    number, bound = own[0], condition.value
    assert isinstance(number, int | float)
    assert isinstance(bound, float)
    if condition.op == "<=":
        return number <= bound
    if condition.op == ">=":
        return number >= bound
    return number < bound if condition.op == "<" else number > bound


def conditions(entries: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Condition]]:
    for entry in entries:
        for text in [*entry["require"], *entry["prefer"]]:
            yield entry["id"], parse_condition(text)


def catalogue_values(products: list[Product], field: str) -> set[str]:
    found = {value for product in products for value in held(product, field)}
    return {str(v).lower() if isinstance(v, bool) else str(v) for v in found}


def test_counts_brands_and_categories(products: list[Product]) -> None:
    brands = {product.brand for product in products}
    assert len(products) >= 150
    assert len(brands) >= 16
    assert {"Li-Ning", "Anta", "Xtep", "361 Degrees", "Nike", "Adidas", "Asics"} <= brands
    assert len({product.category[1] for product in products}) >= 8
    assert {product.category[0] for product in products} == {"Shoes"}


def test_ids_and_skus_are_unique(products: list[Product]) -> None:
    ids = Counter(product.id for product in products)
    skus = Counter(variant.sku for product in products for variant in product.variants)
    titles = Counter(product.title for product in products)
    assert max(ids.values()) == max(skus.values()) == max(titles.values()) == 1
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", product_id) for product_id in ids)


def test_prices_stock_and_ratings(products: list[Product]) -> None:
    assert {product.currency for product in products} == {"USD"}
    assert all(35 <= product.effective_price <= 260 for product in products)
    assert all(product.price <= 260 for product in products)
    assert all(p.sale_price is None or p.on_sale for p in products)
    assert 20 <= sum(product.on_sale for product in products) <= 35
    assert 4 <= sum(product.availability == "out_of_stock" for product in products) <= 10
    for product in products:
        assert product.rating is not None
        assert 3.4 <= product.rating <= 4.9
        assert product.rating_count


def test_titles(products: list[Product]) -> None:
    for product in products:
        assert product.brand is not None
        assert product.title.startswith(product.brand)
        assert not has_chinese(product.title)
        assert product.title_zh is not None
        assert has_chinese(product.title_zh)


def test_attributes_keep_to_closed_sets(products: list[Product]) -> None:
    for product in products:
        assert set(product.attributes) >= EVERY_PRODUCT, product.id
        for name, value in product.attributes.items():
            if name in NUMBERS:
                low, high = NUMBERS[name]
                assert isinstance(value, float)
                assert low <= value <= high, (product.id, name)
                continue
            assert isinstance(value, list) == (name in LISTS), (product.id, name)
            assert set(product.values(name)) <= CLOSED[name], (product.id, name)
            assert len(product.values(name)) == len(set(product.values(name))) > 0


def test_gender_agrees_with_title(products: list[Product]) -> None:
    """One shape for each case, so that a plain condition on ``men`` also finds unisex shoes."""
    for product in products:
        gender = product.values("gender")
        assert gender in (["men"], ["women"], ["kids"], ["men", "women", "unisex"])
        assert ("Women's" in product.title) == (gender == ["women"]), product.id
        assert (" Men's" in product.title) == (gender == ["men"]), product.id
        assert ("Kids" in product.title) == (gender == ["kids"]), product.id


def test_variants(products: list[Product]) -> None:
    for product in products:
        assert 6 <= len(product.variants) <= 14, product.id
        assert {v.color for v in product.variants} == set(product.values("color"))
        assert all(v.size is not None and 27 <= int(v.size) <= 47 for v in product.variants)
        assert len({(v.size, v.color) for v in product.variants}) == len(product.variants)
        stocked = any(v.availability == "in_stock" for v in product.variants)
        assert stocked == (product.availability == "in_stock"), product.id
    white_42 = [v for p in products for v in p.variants if (v.color, v.size) == ("white", "42")]
    assert {v.availability for v in white_42} == {"in_stock", "out_of_stock"}


def test_descriptions_are_written_one_by_one(products: list[Product]) -> None:
    counted = Counter(s for product in products for s in sentences(product.description))
    assert [s for s, n in counted.items() if n > 1] == []
    for product in products:
        assert len(product.description.split()) >= 25, product.id
        assert 2 <= len(sentences(product.description)) <= 3, product.id
        assert not has_chinese(product.description)
        claims = re.search(
            r"\b(best|most comfortable|lightest|softest|fastest|ultimate|perfect|cures?)\b",
            product.description,
            re.IGNORECASE,
        )
        assert claims is None, product.id


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        (r"gore-tex|waterproof|membrane|sealed seams", "waterproof", True),
        (r"carbon plate", "plate", "carbon"),
        (r"nylon plate", "plate", "nylon"),
        (r"\bmesh\b", "upper", "mesh"),
        (r"\bbreath(able|es)\b", "breathable", True),
        (r"\bwomen", "gender", "women"),
        (r"\bmen\b", "gender", "men"),
        (r"wide (fitting|last|width|version|option)|wide feet", "width", "wide"),
        (r"slip-resistant", "grip", "high"),
    ],
)
def test_descriptions_agree_with_attributes(
    products: list[Product], said: str, field: str, value: Scalar
) -> None:
    sayers = [p for p in products if re.search(said, p.description, re.IGNORECASE)]
    assert sayers
    assert [p.id for p in sayers if value not in held(p, field)] == []


def test_every_field_has_a_label(products: list[Product], words: dict[str, Any]) -> None:
    labels: dict[str, list[str]] = words["labels"]
    named = {name for product in products for name in product.attributes} | FIELDS | {"size"}
    assert set(labels) == named
    for field, said in labels.items():
        assert any(has_chinese(word) for word in said), field
        assert any(not has_chinese(word) for word in said), field
    counted = Counter(word.casefold() for said in labels.values() for word in set(said))
    assert [word for word, n in counted.items() if n > 1] == []


def test_words_cover_the_catalogue_and_nothing_else(
    products: list[Product], words: dict[str, Any]
) -> None:
    values: Values = words["values"]
    assert set(values) == set(CLOSED) | {"brand", "category", "availability"}
    for field, entries in values.items():
        assert all(isinstance(name, str) for name in entries), field
        spoken = catalogue_values(products, field)
        assert set(entries) == spoken, field
        for name, said in entries.items():
            assert all(isinstance(word, str) and word.strip() == word for word in said), name
            assert any(has_chinese(word) for word in said), (field, name)
            assert any(not has_chinese(word) for word in said) or name in {"true", "false"}


def test_a_word_stands_for_one_value_of_a_field(words: dict[str, Any]) -> None:
    values: Values = words["values"]
    for field, entries in values.items():
        counted = Counter(
            word
            for name, said in entries.items()
            for word in {name.casefold(), *(word.casefold() for word in said)}
        )
        assert [word for word, n in counted.items() if n > 1] == [], field
        for name, said in entries.items():
            assert len({word.casefold() for word in said}) == len(said), (field, name)


def test_chinese_titles_open_with_the_brands_chinese_name(
    products: list[Product], words: dict[str, Any]
) -> None:
    brands: dict[str, list[str]] = words["values"]["brand"]
    for product in products:
        assert product.brand is not None
        assert product.title_zh is not None
        opening = product.title_zh.split(" ")[0]
        assert opening in brands[product.brand], product.id


def test_advice_has_its_shape(advice: list[dict[str, Any]]) -> None:
    assert len(advice) >= 18
    assert len({entry["id"] for entry in advice}) == len(advice)
    for entry in advice:
        keys = {"id", "words", "trait", "require", "prefer", "reason", "source"}
        assert set(entry) == (keys | {"field"} if entry["trait"] else keys), entry["id"]
        assert entry.get("field", "body") in {"foot_type", "body", "injury"}
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", entry["id"])
        assert set(entry["words"]) == set(entry["reason"]) == {"en", "zh"}
        assert all(has_chinese(word) for word in entry["words"]["zh"])
        assert not any(has_chinese(word) for word in entry["words"]["en"])
        assert has_chinese(entry["reason"]["zh"])
        assert entry["require"] or entry["prefer"]
        assert entry["source"]
        if entry.get("field") == "injury":
            assert "no medical advice" in entry["reason"]["en"], entry["id"]
            assert "不是医疗建议" in entry["reason"]["zh"], entry["id"]


def test_advice_words_belong_to_one_entry(
    advice: list[dict[str, Any]], words: dict[str, Any]
) -> None:
    counted = Counter(
        word.casefold() for e in advice for said in e["words"].values() for word in said
    )
    assert [word for word, n in counted.items() if n > 1] == []
    values: Values = words["values"]
    taken = {
        word.casefold()
        for entries in values.values()
        for name, said in entries.items()
        for word in [name, *said]
    }
    assert set(counted) & taken == set()


def test_advice_names_what_the_catalogue_has(
    products: list[Product], advice: list[dict[str, Any]]
) -> None:
    for entry_id, condition in conditions(advice):
        found = [value for product in products for value in held(product, condition.field)]
        assert found, (entry_id, condition.field)
        if condition.op in {"<", "<=", ">", ">="}:
            assert all(isinstance(value, float) for value in found)
            continue
        wanted = condition.value if isinstance(condition.value, list) else [condition.value]
        assert set(wanted) <= set(found), (entry_id, str(condition))


def test_every_advice_can_be_followed(
    products: list[Product], advice: list[dict[str, Any]]
) -> None:
    stocked = [product for product in products if product.availability == "in_stock"]
    for entry in advice:
        required = [parse_condition(text) for text in entry["require"]]
        right = [p for p in stocked if all(meets(p, condition) for condition in required)]
        assert len(right) >= 5, entry["id"]
        for text in entry["prefer"]:
            assert any(meets(p, parse_condition(text)) for p in right), (entry["id"], text)


def test_flat_feet_under_120_dollars(products: list[Product], advice: list[dict[str, Any]]) -> None:
    flat_feet = next(entry for entry in advice if entry["id"] == "flat-feet")
    wanted = [
        *map(parse_condition, flat_feet["require"]),
        parse_condition("price <= 120"),
        parse_condition("category = Running shoes"),
        parse_condition("availability = in_stock"),
    ]
    right = [p for p in products if all(meets(p, condition) for condition in wanted)]
    assert len(right) >= 3
    assert any("wide" in product.values("width") for product in right)
