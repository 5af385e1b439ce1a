"""Tastes from behaviour: what is beyond chance, weighed by kind and age."""

import gc
import weakref
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant.profile.behaviour.affinity import MOST_EVENTS, affinities, leanings_of_behaviour
from assistant.profile.behaviour.affinity_shape import Affinities
from assistant.profile.behaviour.events import Event
from assistant.profile.behaviour.shares import LatestShares, Shares
from retrieval.building import build_index
from retrieval.conditions import Condition
from retrieval.embedding import Embedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TYPES = ("view", "click", "cart", "purchase", "rate", "return", "search")


def event(
    id: str, product: str | None, type: str = "view", days: float = 1, **fields: Any
) -> Event:
    given = {"event_id": id, "shopper_id": "ann", "product_id": product, "type": type, **fields}
    return Event.model_validate({**given, "time": NOW - timedelta(days=days)})


def of_brand(index: CatalogueIndex, brand: str) -> list[str]:
    return [product.id for product in index.products if product.brand == brand]


def views(products: Sequence[str], days: float = 1) -> list[Event]:
    return [event(f"{days}-{id}", id, days=days) for id in products]


def score(found: Affinities, field: str, value: object) -> float:
    return next((item.score for item in found.of(field) if item.value == value), 0.0)


def test_a_brand_looked_at_again_and_again(demo_index: CatalogueIndex) -> None:
    asics = of_brand(demo_index, "Asics")[:6]
    found = affinities(views(asics), demo_index, NOW)
    top = found.items[0]
    assert (top.field, top.value, top.products) == ("brand", "Asics", 6)
    assert top.lift > 3
    assert len(top.events) == 5
    assert set(top.events) <= {f"1-{id}" for id in asics}
    leaning = leanings_of_behaviour(found, demo_index)[0]
    assert leaning.condition == Condition(field="brand", op="=", value="Asics")
    assert leaning.source == "behaviour:brand=Asics"
    assert leaning.text == {"en": "you often look at Asics", "zh": "您常看亚瑟士"}


def test_what_everybody_has_is_no_taste(demo_index: CatalogueIndex) -> None:
    everything = views([product.id for product in demo_index.products])
    found = affinities(everything, demo_index, NOW)
    assert score(found, "closure", "laces") == 0
    assert score(found, "category", "Shoes") == 0
    assert leanings_of_behaviour(found, demo_index) == []


def test_kinds_of_event_weigh_differently(demo_index: CatalogueIndex) -> None:
    asics = of_brand(demo_index, "Asics")[:3]
    scores = [
        score(
            affinities(
                [event(id, id, type, value=5.0 if type == "rate" else None) for id in asics],
                demo_index,
                NOW,
            ),
            "brand",
            "Asics",
        )
        for type in ("view", "click", "cart", "rate", "purchase")
    ]
    assert scores == sorted(scores)
    assert scores[0] > 0


@pytest.mark.parametrize(
    "verdict", [{"type": "return"}, {"type": "rate", "value": 1.0}, {"type": "rate", "value": 2.0}]
)
def test_a_verdict_overrules_what_came_before(
    demo_index: CatalogueIndex, verdict: dict[str, Any]
) -> None:
    nike = of_brand(demo_index, "Nike")[:5]
    bought = [event(f"p-{id}", id, "purchase", days=9) for id in nike]
    assert score(affinities(bought, demo_index, NOW), "brand", "Nike") > 0
    regretted = bought + [event(f"v-{id}", id, days=2, **verdict) for id in nike]
    found = affinities(regretted, demo_index, NOW)
    assert score(found, "brand", "Nike") < 0
    for leaning in leanings_of_behaviour(found, demo_index):
        assert leaning.condition.op == "!="
    again = regretted + [event(f"b-{id}", id, "purchase", days=1) for id in nike]
    assert score(affinities(again, demo_index, NOW), "brand", "Nike") > score(
        found, "brand", "Nike"
    )


def test_dislike_becomes_a_leaning_against(demo_index: CatalogueIndex) -> None:
    nike = of_brand(demo_index, "Nike")[:6]
    rated = [event(id, id, "rate", value=1.0) for id in nike]
    leaning = leanings_of_behaviour(affinities(rated, demo_index, NOW), demo_index)[0]
    assert leaning.condition == Condition(field="brand", op="!=", value="Nike")
    assert leaning.text["zh"] == "您对耐克不太满意"


def test_searches_tell_what_they_name(demo_index: CatalogueIndex) -> None:
    searched = [
        event(str(number), None, "search", days=number, query=query)
        for number, query in enumerate(
            ["waterproof trail running shoes", "越野跑鞋 防水", "trail running shoes for winter"]
        )
    ]
    found = affinities(searched, demo_index, NOW)
    assert score(found, "category", "Trail running shoes") > 0
    assert score(found, "waterproof", True) > 0
    texts = [leaning.text["en"] for leaning in leanings_of_behaviour(found, demo_index)]
    assert "you searched for Trail running shoes" in texts


def test_price_bands_are_of_the_kind_of_product(demo_index: CatalogueIndex) -> None:
    kind = "road running shoes"
    bands = Shares(demo_index).bands(kind)
    assert bands is not None
    of_kind = [p for p in demo_index.products if kind in map(str.lower, p.category)]
    cheap = [p.id for p in of_kind if bands.of(float(p.effective_price)) == 0]
    found = affinities(views(cheap), demo_index, NOW)
    assert score(found, "price_band", "low") > 0
    assert score(found, "price_band", "high") == 0
    leanings = {each.source: each for each in leanings_of_behaviour(found, demo_index)}
    assert leanings["behaviour:price_band=low"].condition == Condition(
        field="price", op="<=", value=bands.low
    )
    elsewhere = leanings_of_behaviour(found, demo_index, kind="Hiking shoes")
    other = next(each for each in elsewhere if each.source == "behaviour:price_band=low")
    assert other.condition.value != bands.low


def test_one_purchase_is_not_a_character(demo_index: CatalogueIndex) -> None:
    for product in demo_index.products[:30]:
        found = affinities([event("a", product.id, "purchase")], demo_index, NOW)
        assert all(item.score < 0.3 for item in found.items)
        assert all(item.confidence < 0.5 for item in found.items)


def test_products_that_are_gone_say_nothing(demo_index: CatalogueIndex) -> None:
    gone = [*views(["gone-1", "gone-2"]), event("s", None, "search", query="@@@ ???")]
    assert affinities(gone, demo_index, NOW) == Affinities()
    assert affinities([], demo_index, NOW) == Affinities()
    asics = views(of_brand(demo_index, "Asics"))
    assert affinities(asics + gone, demo_index, NOW) == affinities(asics, demo_index, NOW)


def test_a_small_shop_without_words(shoes_index: CatalogueIndex) -> None:
    found = affinities(views(of_brand(shoes_index, "Asics")), shoes_index, NOW)
    # Two of six shoes are Asics: that both were looked at may be chance.
    assert found.items == ()
    assert found.kinds == ((None, 1.0),)
    assert Shares(shoes_index).bands(None) is None


def test_counts_of_an_old_snapshot_go_with_it(shoes: list[Product], embedder: Embedder) -> None:
    def snapshot() -> CatalogueIndex:
        return build_index(shoes, name="shoes", embedder=embedder, source="tests", now=NOW)

    counted, old = LatestShares(), snapshot()
    shares = counted.of(old)
    assert counted.of(old) is shares
    assert shares.tasted("nike-structure") is not None
    gone = weakref.ref(old)
    new = snapshot()
    assert counted.of(new) is not shares
    assert counted.of(new).index is new
    del old, shares
    gc.collect()
    assert gone() is None


# whatever happens ----------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    made = []
    for number in range(draw(st.integers(0, 25))):
        type = draw(st.sampled_from(TYPES))
        product = draw(st.sampled_from(PRODUCTS))
        fields: dict[str, Any] = {}
        if type == "search":
            fields["query"] = draw(
                st.sampled_from(["white Nike", "越野跑鞋", "zzz", "boots", "waterproof"])
            )
        if type == "rate":
            fields["value"] = float(draw(st.integers(1, 5)))
        days = draw(st.sampled_from([0.0, 0.5, 3.0, 40.0, 4000.0, -1.0]))
        subject = None if type == "search" else product
        made.append(event(f"e-{number}", subject, type, days, **fields))
    return made


PRODUCTS = (
    "nike-pegasus-41", "asics-gel-kayano-31", "asics-gel-nimbus-26", "hoka-clifton-9",
    "brooks-ghost-16", "gone",
)  # fmt: skip


@hypothesis_settings(max_examples=40, deadline=None)
@given(history=histories(), data=st.data())
def test_tastes_are_bounded_and_know_no_order(
    demo_index: CatalogueIndex, history: list[Event], data: st.DataObject
) -> None:
    found = affinities(history, demo_index, NOW)
    mixed = data.draw(st.permutations(history + history[: len(history) // 2]))
    assert affinities(mixed, demo_index, NOW) == found
    assert affinities(history, demo_index, NOW, Shares(demo_index)) == found
    ids = {each.event_id for each in history}
    for item in found.items:
        assert -1 < item.score < 1
        assert set(item.events) <= ids
    leanings = leanings_of_behaviour(found, demo_index)
    assert len(leanings) <= 8
    for leaning in leanings:
        assert 0 < leaning.strength <= 0.8
        demo_index.count([leaning.condition])


@hypothesis_settings(max_examples=40, deadline=None)
@given(days=st.floats(0, 600), later=st.floats(0.5, 600), other=histories())
def test_what_is_more_recent_counts_more(
    demo_index: CatalogueIndex, days: float, later: float, other: list[Event]
) -> None:
    others = [each for each in other if each.product_id not in (None, "asics-gel-nimbus-26")]
    asics = [id for id in of_brand(demo_index, "Asics") if id not in PRODUCTS]

    def scored(age: float) -> float:
        seen = [event(f"new-{id}", id, days=age) for id in asics]
        return score(affinities([*others, *seen], demo_index, NOW), "brand", "Asics")

    assert scored(days) >= scored(days + later)


def test_only_the_latest_count(demo_index: CatalogueIndex) -> None:
    old = views(of_brand(demo_index, "Nike"), days=300)
    asics = of_brand(demo_index, "Asics")
    new = [event(f"n-{n}", asics[n % len(asics)], days=1) for n in range(MOST_EVENTS)]
    assert affinities(old + new, demo_index, NOW) == affinities(new, demo_index, NOW)
