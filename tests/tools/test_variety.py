"""Variety among the first five, never over a wish."""

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.conditions import parse_condition
from retrieval.index import CatalogueIndex, Hit
from retrieval.product import Product
from tools.ranking import Sort, rank
from tools.ranking_parts import POINTS
from tools.ranking_weights import RankingWeights
from tools.variety import likeness, variety_points

_BRANDS = ["Acme", "Brill", None]
_KINDS = ["Kettles", "Lamps"]


def thing(title: str, brand: str | None, kind: str) -> Product:
    return Product(
        id=title, title=title, brand=brand, category=(kind,), price=Decimal(10), currency="USD"
    )


_things = st.lists(
    st.builds(
        thing,
        st.text("abc ", min_size=1, max_size=8).map(lambda words: f"Thing {words}"),
        st.sampled_from(_BRANDS),
        st.sampled_from(_KINDS),
    ),
    min_size=1,
    max_size=12,
)


@given(products=_things, data=st.data())
def test_what_is_taken_is_bounded_and_the_first_keeps_its_place(
    products: list[Product], data: st.DataObject
) -> None:
    scores = np.sort(
        data.draw(
            st.lists(st.integers(0, POINTS), min_size=len(products), max_size=len(products)).map(
                lambda drawn: np.array(drawn, dtype=np.int64)
            )
        )
    )[::-1]
    taken = variety_points(products, scores, 0.2)
    assert taken[0] == 0
    assert np.all(taken <= 0)
    assert np.all(taken >= -0.2 * POINTS)
    first = products[0]
    assert all(likeness(first, other) == likeness(other, first) <= 1 for other in products)


def test_near_equals_of_one_brand_give_way() -> None:
    products = [
        thing("Acme Kettle 2", "Acme", "Kettles"),
        thing("Acme Kettle 3", "Acme", "Kettles"),
        thing("Brill Boiler", "Brill", "Kettles"),
    ]
    scores = np.array([10_000, 9_900, 9_500])
    after = scores + variety_points(products, scores, 0.1)
    assert [products[at].id for at in np.argsort(-after)] == [
        "Acme Kettle 2",
        "Brill Boiler",
        "Acme Kettle 3",
    ]
    apart = np.array([10_000, 9_900, 7_000])
    assert (apart + variety_points(products, apart, 0.1)).argmax() == 0
    assert (apart + variety_points(products, apart, 0.1))[1] > apart[2]


def _parts(index: CatalogueIndex, **wanted: object) -> set[str]:
    hits = [Hit(index.at(row), row, 0.5) for row in range(len(index))]
    weights = RankingWeights(variety=0.5)
    ranked = rank(hits, index, weights=weights, **wanted)  # type: ignore[arg-type]
    return {part for one in ranked for part in one.parts}


def test_there_is_none_where_a_brand_or_an_extreme_is_asked_for(
    shoes_index: CatalogueIndex,
) -> None:
    assert "variety" in _parts(shoes_index)
    assert "variety" not in _parts(shoes_index, where=[parse_condition("brand in Nike, Asics")])
    assert "variety" not in _parts(shoes_index, prefer=[parse_condition("brand = Nike")])
    assert "variety" not in _parts(shoes_index, sort=Sort(field="price", direction="asc"))
