"""The interest graph: what it holds, what it suggests and why, and what it never suggests."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from conftest import START
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.profile.behaviour.events import Event, EventType
from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.interests.graph import interest_graph
from assistant.profile.interests.nodes import SHOPPER, InterestGraph, Node
from assistant.profile.interests.related import Interest, importance, related_interests
from assistant.profile.interests.shelf import Shelf
from assistant.profile.interests.traces import traces
from assistant.profile.interests.words import path_sentence
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Availability, Product


def _thing(
    id: str,
    title: str,
    kind: str,
    use: list[str],
    *,
    brand: str = "Nordfell",
    material: str = "nylon",
    stock: Availability = "in_stock",
) -> Product:
    return Product(
        id=id,
        title=title,
        brand=brand,
        category=("Sport", kind),
        price=Decimal(50),
        currency="EUR",
        availability=stock,
        attributes={"use": use, "material": material, "recyclable": True},
    )


def _outdoor_shop() -> list[Product]:
    """Shoes, jackets, tents and rackets; trail goods in three of the kinds."""
    goods: list[Product] = []
    for n in range(6):
        trail = ["trail"] if n < 4 else ["road"]
        brand = "Nordfell" if n % 2 else "Kestrel"
        goods += [
            _thing(f"shoe-{n}", f"Shoe {n}", "Shoes", trail, brand=brand),
            _thing(f"jacket-{n}", f"Jacket {n}", "Rain jackets", trail, brand=brand),
            _thing(f"racket-{n}", f"Racket {n}", "Rackets", ["tennis"], material="carbon"),
            _thing(f"tent-{n}", f"Tent {n}", "Tents", ["trail"], stock="out_of_stock"),
            _thing(f"ball-{n}", f"Ball {n}", "Balls", ["tennis"], material="wool"),
            _thing(f"lamp-{n}", f"Lamp {n}", "Lamps", ["home"], brand="Luma", material="steel"),
        ]
    return goods


@pytest.fixture(scope="module")
def shop() -> CatalogueIndex:
    return build_index(
        _outdoor_shop(), name="outdoor", embedder=HashingEmbedder(), source="tests", now=START
    )


def _event(
    number: int,
    type: EventType,
    product: str | None = None,
    *,
    days: float = 1,
    query: str | None = None,
    value: float | None = None,
) -> Event:
    return Event(
        event_id=f"e{number}", shopper_id="ada", type=type, product_id=product, query=query,
        value=value, time=START - timedelta(days=days),
    )  # fmt: skip


def _fact(field: str, op: str, value: str, quote: str = "my words") -> ProfileFact:
    said = Evidence(quote=quote, thread_id="t", turn_id="u", time=START)
    return ProfileFact.model_validate(
        {
            "id": f"{field}-{value}", "shopper_id": "ada", "field": field, "op": op, "value": value,
            "confidence": 0.9, "evidence": (said,), "first_seen": START, "last_seen": START,
        }
    )  # fmt: skip


def _names(interests: Sequence[Interest]) -> list[str]:
    return [str(interest.node.value) for interest in interests]


def _kinds(graph: InterestGraph) -> list[str]:
    return _names(related_interests(graph, 10, "category"))


def test_trail_shoes_lead_to_rain_jackets_by_way_of_trail(shop: CatalogueIndex) -> None:
    graph = interest_graph([], [_event(1, "purchase", "shoe-1")], shop, START)
    first = related_interests(graph, 5, "category")[0]
    assert first.node.value == "Rain jackets"
    assert [step.node.kind for step in first.path] == [
        "shopper", "event", "product", "value", "category",
    ]  # fmt: skip
    assert first.path[3].node == Node("value", "use", "trail")
    assert (first.path[4].count, first.path[4].total) == (4, 6)
    # The jackets for trails are the ones that fit.
    assert all(id in {"jacket-0", "jacket-1", "jacket-2", "jacket-3"} for id in first.examples)


def test_the_path_is_told_in_both_languages(shop: CatalogueIndex) -> None:
    graph = interest_graph([], [_event(1, "purchase", "shoe-1")], shop, START)
    path = related_interests(graph, 1, "category")[0].path
    assert path_sentence(path, shop, "en", {}) == (
        "you bought Shoe 1 → use: trail → Rain jackets (4 of 6)"
    )
    # The lexicon knows no Chinese word for what this shop made up; its own stays.
    told = path_sentence(path, shop, "zh", {})
    assert told.startswith("您买过 Shoe 1 → ")
    assert told.endswith("（6 款中有 4 款）")


def test_what_the_shopper_has_is_no_news(shop: CatalogueIndex) -> None:
    events = [_event(1, "purchase", "shoe-1"), _event(2, "view", "jacket-1")]
    kinds = _kinds(interest_graph([], events, shop, START))
    assert not {"Shoes", "Rain jackets", "Sport"} & set(kinds)


def test_what_is_out_of_stock_wholly_is_not_suggested(shop: CatalogueIndex) -> None:
    graph = interest_graph([], [_event(1, "purchase", "shoe-1")], shop, START)
    assert "Tents" not in _kinds(graph)
    assert all(shop.get(id).availability == "in_stock"
               for goods in graph.examples.values() for id in goods)  # fmt: skip


def test_what_is_disliked_is_never_suggested(shop: CatalogueIndex) -> None:
    facts = [_fact("material", "!=", "carbon"), _fact("category", "!=", "Balls")]
    events = [_event(1, "search", query="tennis"), _event(2, "purchase", "shoe-1")]
    graph = interest_graph(facts, events, shop, START)
    # All rackets are of carbon.
    assert not {"Rackets", "Balls", "carbon"} & set(_names(related_interests(graph, 50)))
    assert not {"racket-0", "ball-0"} & {id for ids in graph.examples.values() for id in ids}
    assert {"Rackets", "Balls"} <= set(_kinds(interest_graph([], events, shop, START)))


@pytest.mark.parametrize("words", ["tennis gear, but no carbon", "tennis，不要 carbon"])
def test_what_a_search_refuses_is_no_interest(shop: CatalogueIndex, words: str) -> None:
    before = _event(1, "search", query="tennis", days=3)
    asked = _event(2, "search", query=words, days=2)
    graph = interest_graph([], [before, asked], shop, START)
    assert not {"Rackets", "carbon"} & set(_names(related_interests(graph, 50)))
    assert "Balls" in _kinds(graph)
    # Whoever wishes for it afterwards has changed their mind.
    anew = _event(3, "search", query="carbon", days=1)
    assert "Rackets" in _kinds(interest_graph([], [before, asked, anew], shop, START))


def test_what_everything_has_links_nothing(shop: CatalogueIndex) -> None:
    shelf = Shelf(shop)
    everywhere = shelf.rows(Node("value", "recyclable", True))
    assert len(everywhere) == 30
    assert shelf.links(everywhere, 10) == []
    assert shelf.links(shelf.rows(Node("value", "use", "tennis")), 10)


def test_facts_count_as_long_as_they_hold(shop: CatalogueIndex) -> None:
    liked = _fact("use", "=", "tennis", "I play tennis")
    graph = interest_graph([liked], [], shop, START)
    assert set(_kinds(graph)) == {"Rackets", "Balls"}
    path = related_interests(graph, 1)[0].path
    assert path[1].node.kind == "fact"
    quotes = {path[1].node: liked.quote}
    assert path_sentence(path, shop, "en", quotes).startswith("you said “I play tennis” → use")
    ended = liked.model_copy(update={"ended": START - timedelta(days=1)})
    assert len(interest_graph([ended], [], shop, START)) == 1


def test_advice_leads_from_a_trait_to_what_suits_it(demo_index: CatalogueIndex) -> None:
    graph = interest_graph([_fact("foot_type", "=", "flat feet")], [], demo_index, START)
    path = related_interests(graph, 1, "category")[0].path
    assert [step.verb for step in path] == [None, "said", "calls_for", "suits", "common_in"]
    assert "our advice for flat feet" in path_sentence(path, demo_index, "en", {})
    assert "本店对扁平足的建议" in path_sentence(path, demo_index, "zh", {})


def test_later_and_stronger_deeds_weigh_more() -> None:
    found = traces(
        [_event(1, "view", "a"), _event(2, "purchase", "b"), _event(3, "purchase", "c", days=90),
         _event(2, "purchase", "b")],
        START,
    )  # fmt: skip
    assert [trace.target for trace in found] == ["b", "c", "a"]
    assert found[0].weight == pytest.approx(0.5 ** (1 / 90))
    assert found[1].weight == pytest.approx(0.5)


def test_what_was_sent_back_or_rated_low_says_nothing() -> None:
    bought = [_event(1, "purchase", "a", days=9), _event(2, "purchase", "b", days=9)]
    after = [_event(3, "return", "a", days=5), _event(4, "rate", "b", days=5, value=1)]
    assert traces([*after, *bought], START) == []
    assert [t.type for t in traces([*bought, *after, _event(5, "rate", "a", value=5)], START)] == [
        "rate"
    ]


def test_an_event_of_an_unknown_product_or_of_tomorrow_does_no_harm(shop: CatalogueIndex) -> None:
    events = [_event(1, "purchase", "gone"), _event(2, "purchase", "shoe-1", days=-3)]
    graph = interest_graph([], events, shop, START)
    assert Node("product", "id", "gone") not in graph.graph
    assert _kinds(graph)[0] == "Rain jackets"
    assert traces(events, START)[0].weight == 1.0


def test_nobody_has_an_empty_graph(shop: CatalogueIndex) -> None:
    graph = interest_graph([], [], shop, START)
    assert list(graph.graph) == [SHOPPER]
    assert related_interests(graph, 5) == []


def test_a_shop_without_categories_or_attributes() -> None:
    plain = [
        Product(id=f"p{n}", title=f"Thing {n}", price=Decimal(1), currency="EUR") for n in range(9)
    ]
    shop = build_index(plain, name="plain", embedder=HashingEmbedder(), source="tests", now=START)
    graph = interest_graph([], [_event(1, "purchase", "p1")], shop, START)
    assert related_interests(graph, 5) == []


_WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=30
)
_TYPES = st.sampled_from(["view", "click", "cart", "purchase", "rate", "return", "search"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    done=st.lists(
        st.tuples(_TYPES, st.integers(0, 200), _WORDS, st.floats(-400, 400)),
        max_size=40,
    )
)
def test_whatever_was_done(
    demo_index: CatalogueIndex, done: list[tuple[EventType, int, str, float]]
) -> None:
    ids = [product.id for product in demo_index.products] + ["gone"]
    events = [
        _event(n, type, None if type == "search" else ids[which % len(ids)], days=days,
               query=words if type == "search" else None, value=3 if type == "rate" else None)
        for n, (type, which, words, days) in enumerate(done)
    ]  # fmt: skip
    graph = interest_graph([_fact("brand", "!=", "Nike")], events, demo_index, START)
    again = interest_graph([_fact("brand", "!=", "Nike")], events[::-1], demo_index, START)
    found = related_interests(graph, 20)
    assert _names(found) == _names(related_interests(again, 20))
    assert sum(importance(graph).values()) == pytest.approx(1.0)
    assert not {interest.node for interest in found} & graph.known
    for interest in found:
        assert interest.score > 0
        assert interest.node.value != "Nike"
        assert interest.path[0].node == SHOPPER
        assert interest.path[-1].node == interest.node
        for one, other in pairwise(interest.path):
            assert graph.graph.has_edge(one.node, other.node)
