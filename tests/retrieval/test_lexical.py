"""The word index: exact against brute force, model numbers, spelling, changes, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.errors import IndexBroken
from retrieval.held import HeldValues
from retrieval.lexical import LexicalBuilder, LexicalIndex, fields_of
from retrieval.lexical.ranking import List, Lists, best_rows
from retrieval.lexical.terms import terms_of
from retrieval.product import Product
from retrieval.vocabulary import Vocabulary

TITLES = [
    "Brother TN-2110 toner cartridge black",
    "Asics Gel-Kayano 29 running shoe 42.5",
    'Lenovo ThinkPad T480s notebook 14" 512 GB SSD',
    "Laptop sleeve for ThinkPad T480s, grey",
    "Seagate portable drive 1TB",
    "Apple iPhone 6s 32 GB silver",
    "Soehnle kitchen scale with clock",
    "Garmin smartwatch with heart rate",
    "Wooden smart watch stand",
    "Philips headphones in-ear white",
    "Ceramic mug, hand painted, blue",
    "Dell monitor 15.6 inch EE-65",
]


def product(title: str, number: int = 0, **more: object) -> Product:
    return Product.model_validate(
        {"id": f"p{number}", "title": title, "price": 10, "currency": "USD", **more}
    )


def index_of(products: list[Product]) -> LexicalIndex:
    vocabulary = Vocabulary(HeldValues.of(products))
    builder = LexicalBuilder()
    for one in products:
        builder.add(fields_of(one, vocabulary))
    return builder.build()


@pytest.fixture(scope="module")
def shop() -> LexicalIndex:
    return index_of([product(title, place) for place, title in enumerate(TITLES)])


def found(index: LexicalIndex, query: str, k: int = 3, size: int = len(TITLES)) -> list[int]:
    rows, scores = index.search(query, k, np.ones(size, dtype=bool))
    assert np.all(np.diff(scores) <= 0)
    assert rows.dtype == np.int64
    assert scores.dtype == np.float32
    return [int(row) for row in rows]


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("TN-2110", 0),
        ("tn2110", 0),
        ("tn 2110", 0),
        ("gel kayano", 1),
        ("gelkayano", 1),
        ("kayano size 42.5", 1),
        ("t480s", 2),
        ("512gb", 2),
        ("1 tb", 4),
        ("1tb drive", 4),
        ("iphone6s", 5),
        ("iphone 6s", 5),
        ('15.6" monitor', 11),
        ("15.6in", 11),
        ("ee65", 11),
        ("EE 65", 11),
        ("head phones", 9),
    ],
)
def test_a_number_or_size_is_found_as_shoppers_type_it(
    shop: LexicalIndex, query: str, row: int
) -> None:
    assert found(shop, query)[0] == row


def test_two_words_find_the_compound_and_the_other_way_round(shop: LexicalIndex) -> None:
    assert {7, 8} <= set(found(shop, "smart watch"))
    assert {7, 8} <= set(found(shop, "smartwatch"))


@pytest.mark.parametrize(
    ("typed", "row"), [("hedphones", 9), ("cartrige", 0), ("ceramik mug", 10), ("garmim", 7)]
)
def test_a_misspelt_word_is_mended(shop: LexicalIndex, typed: str, row: int) -> None:
    assert found(shop, typed)[0] == row


@pytest.mark.parametrize("typed", ["stale", "t480z", "tn-2119", "books", "xyzzyq"])
def test_what_is_no_slip_stands(shop: LexicalIndex, typed: str) -> None:
    known = [way.terms for group in shop.read(typed) for way in group.ways]
    assert all(shop.knows(term) for terms in known for term in terms)
    assert not any(term.isalpha() and len(term) > 3 for terms in known for term in terms)


def test_what_a_thing_is_outweighs_what_it_is_for(shop: LexicalIndex) -> None:
    assert found(shop, "thinkpad t480s")[0] == 2


def test_alternatives_count_where_they_are_better(shop: LexicalIndex) -> None:
    mask = np.ones(len(TITLES), dtype=bool)
    rows, scores = shop.search(
        "蓝色 杯子", 3, mask, [[("blue", 0.9)], [("mug", 0.9), ("cup", 0.9)]]
    )
    assert rows[0] == 10
    _, plain = shop.search("blue mug", 3, mask)
    assert scores[0] == pytest.approx(plain[0])
    _, faint = shop.search("blue mug", 3, mask, [[("teal", 1.0), ("blue", 0.3)], [("mug", 1.0)]])
    assert 0 < faint[0] < 1


def test_only_rows_of_the_mask_are_found(shop: LexicalIndex) -> None:
    mask = np.zeros(5, dtype=bool)
    mask[3] = True
    rows, _ = shop.search("thinkpad", 5, mask)
    assert rows.tolist() == [3]
    rows, _ = shop.search("philips headphones", 5, np.ones(5, dtype=bool))
    assert len(rows) == 0


def test_added_products_are_found_once_the_mask_reaches_them(tmp_path: Path) -> None:
    products = [product(title, place) for place, title in enumerate(TITLES)]
    index = index_of(products)
    vocabulary = Vocabulary(HeldValues.of(products))
    index.add(12, fields_of(product("Velour beanbag chair", 12), vocabulary))
    assert len(index) == 13
    assert found(index, "beanbag") == []
    assert found(index, "beanbag", size=13) == [12]
    before = index.search("chair for kitchen", 5, np.ones(13, dtype=bool))
    folded = index.extended()
    assert found(folded, "beanbag", size=13) == [12]
    assert found(folded, "beanbga", size=13) == [12]
    folded.save(tmp_path)
    loaded = LexicalIndex.load(tmp_path)
    assert len(loaded) == 13
    assert loaded.search("chair for kitchen", 5, np.ones(13, dtype=bool))[0].tolist() == (
        before[0].tolist()
    )
    assert found(loaded, "hedphones", size=13) == [9]


def test_scores_of_given_rows_are_those_of_the_search(shop: LexicalIndex) -> None:
    rows, scores = shop.search("thinkpad notebook grey", 5, np.ones(len(TITLES), dtype=bool))
    assert shop.scores("thinkpad notebook grey", rows[::-1]).tolist() == scores[::-1].tolist()


@pytest.mark.parametrize("missing", ["terms.json", "terms.rows.npy", "terms.words.txt"])
def test_a_broken_index_is_refused(shop: LexicalIndex, tmp_path: Path, missing: str) -> None:
    shop.save(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(IndexBroken):
        LexicalIndex.load(tmp_path)


def test_each_word_stands_in_its_field() -> None:
    one = product(
        "Sleeve for ThinkPad 14 inch",
        brand="Targus",
        category=("Bags", "Laptop sleeves"),
        description="Soft neoprene.",
        attributes={
            "product_type": "Sleeve",
            "connector_type": "none",
            "mpn": "TBS-652",
            "compatibility": "Lenovo",
            "waterproof": True,
            "padded": False,
            "weight_g": 340.0,
            "released": "2020-01-31",
        },
        variants=[{"sku": "TBS-652-BK", "color": "black"}],
    )
    fields = fields_of(one, Vocabulary(HeldValues.of([one])))
    assert fields["title"] == ["sleev"]
    assert {"thinkpad", "14in", "lenovo"} <= set(fields["purpose"])
    assert set(fields["kind"]) == {"laptop", "sleev"}
    assert {"tbs-652", "tbs652", "652", "tbs-652-bk", "p0"} <= set(fields["numbers"])
    assert {"waterproof", "340g", "black", "none"} <= set(fields["attributes"])
    assert not {"pad", "2020", "2020-01-31"} & {t for terms in fields.values() for t in terms}


def test_terms_of_odd_texts() -> None:
    assert terms_of("") == ()
    assert terms_of("!!! ---") == ()
    assert all(len(term) <= 80 for term in terms_of("x" * 5_000 + " ok"))
    assert "42.5" in terms_of("42.5")


@st.composite
def catalogues(draw: st.DrawFn) -> tuple[int, list[Lists], NDArray[np.bool_], int]:
    size = draw(st.integers(1, 9_000))
    seed = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    few = draw(st.booleans())

    def one() -> List:
        rows = np.flatnonzero(seed.random(size) < seed.choice([0.001, 0.1, 0.9])).astype(np.int32)
        steps = seed.integers(1, 4, len(rows)) / 4 if few else seed.random(len(rows))
        weights = steps.astype(np.float32)
        factor = np.float32(seed.random() * 5 + 0.01)
        return List(rows, weights, factor, float(weights.max(initial=0.0) * factor))

    groups = [
        Lists(
            tuple(
                tuple(one() for _ in range(seed.integers(1, 3))) for _ in range(seed.integers(1, 3))
            )
        )
        for _ in range(draw(st.integers(1, 4)))
    ]
    mask = seed.random(draw(st.integers(1, size))) < draw(st.sampled_from([0.01, 0.5, 1.0]))
    return size, groups, mask, draw(st.sampled_from([1, 10, 200]))


@settings(max_examples=120, deadline=None)
@given(catalogues())
def test_the_search_is_exact(case: tuple[int, list[Lists], NDArray[np.bool_], int]) -> None:
    size, groups, mask, k = case
    total = np.zeros(size, dtype=np.float32)
    for group in groups:
        total += group.at(np.arange(size, dtype=np.int32))
    total = total[: len(mask)]
    total[~mask] = 0
    order = np.lexsort((np.arange(len(total)), -total))[:k]
    order = order[total[order] > 0]
    rows, scores = best_rows(groups, k, mask)
    assert rows.tolist() == order.tolist()
    assert scores.tolist() == total[order].tolist()
