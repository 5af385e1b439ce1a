"""The order of products, and what it rests on."""

import math
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.conditions import Condition, parse_condition
from retrieval.index import CatalogueIndex, Hit
from retrieval.product import Product
from retrieval.rules import ShopRule
from tools.leaning import Leaning
from tools.ranking import Ranked, Sort, rank
from tools.ranking_parts import stock
from tools.ranking_weights import DEFAULT_WEIGHTS, RankingWeights
from tools.search_products import SearchResult, search_products_tool

_CONDITIONS = [
    "brand = Nike", "brand != Nike", "brand in Asics, Hoka", "color = black", "color = white",
    "use = trail running", "terrain = road", "waterproof = yes", "width = wide",
    "arch_support = stability", "cushioning = max", "gender != kids", "price <= 100",
    "price >= 120", "category = Running shoes", "size = 43", "rating >= 4.3",
]  # fmt: skip
_condition = st.sampled_from(_CONDITIONS).map(parse_condition)
_conditions = st.lists(_condition, max_size=5, unique_by=str)
_leanings = st.lists(
    st.builds(
        Leaning,
        condition=_condition,
        strength=st.floats(0.05, 1.0),
        source=st.sampled_from(["profile:1", "behaviour:brand"]),
    ),
    max_size=6,
)
_rules = st.lists(
    st.builds(
        lambda which, effect, strength: ShopRule(
            id="rule", which=(which,), effect=effect, strength=strength
        ),
        _condition,
        st.sampled_from(["boost", "bury", "pin"]),
        st.floats(0.1, 1.0),
    ),
    max_size=3,
)
_sorts = st.sampled_from([None, None, Sort(field="price", direction="desc")])
_relevances = st.lists(st.floats(0, 1), min_size=167, max_size=167)
_many = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def hits_of(index: CatalogueIndex, scores: list[float]) -> list[Hit]:
    """All products as hits, the most relevant first."""
    found = [Hit(index.at(row), row, scores[row]) for row in range(len(index))]
    return sorted(found, key=lambda hit: -hit.score)


def leaning(text: str, strength: float = 1.0) -> Leaning:
    return Leaning(condition=parse_condition(text), strength=strength, source="profile:1")


def overruled(
    index: CatalogueIndex, stated: list[Condition], before: list[Ranked], after: list[Ranked]
) -> list[tuple[str, str]]:
    """Pairs of which the first meets more of what is stated and stood above; now the second does.

    What a product meets is told by the conditions alone.
    """
    met = {
        ranked.product.id: {
            str(c) for c in stated if index.columns.mask([c])[index.row(ranked.product.id)]
        }
        for ranked in before
    }
    place = {ranked.product.id: at for at, ranked in enumerate(after)}
    order = [ranked.product.id for ranked in before]
    return [
        (better, worse)
        for at, better in enumerate(order)
        for worse in order[at + 1 :]
        if (met[worse] < met[better] or len(met[worse]) < len(met[better]))
        and place[worse] < place[better]
    ]


@_many
@given(
    scores=_relevances,
    prefer=_conditions,
    derived=st.integers(0, 3),
    leanings=_leanings,
    rules=_rules,
    sort=_sorts,
)
def test_a_wish_is_never_overruled_and_reasons_add_up(
    demo_index: CatalogueIndex,
    scores: list[float],
    prefer: list[Condition],
    derived: int,
    leanings: list[Leaning],
    rules: list[ShopRule],
    sort: Sort | None,
) -> None:
    hits = hits_of(demo_index, scores)
    advised = prefer[:derived]
    plain = RankingWeights(variety=0.0)
    before = rank(hits, demo_index, prefer=prefer, derived=advised, sort=sort, weights=plain)
    after = rank(
        hits,
        demo_index,
        prefer=prefer,
        derived=advised,
        leanings=leanings,
        rules=rules,
        sort=sort,
    )
    assert overruled(demo_index, prefer[derived:], before, after) == []
    assert {r.product.id for r in before} == {r.product.id for r in after}
    if sort is None:
        assert [r.score for r in after] == sorted((r.score for r in after), reverse=True)
    for ranked in after:
        assert round(math.fsum(point.points for point in ranked.points), 4) == ranked.score
        assert round(math.fsum(ranked.parts.values()), 4) == ranked.score
        for part, points in ranked.parts.items():
            if part not in ("wishes_first", "rules"):
                assert abs(points) <= getattr(DEFAULT_WEIGHTS, part) + 0.001
            if part in ("variety", "wishes_first"):
                assert points < 0


@_many
@given(scores=_relevances, leanings=_leanings)
def test_an_extreme_that_is_asked_for_comes_before_what_is_known(
    demo_index: CatalogueIndex, scores: list[float], leanings: list[Leaning]
) -> None:
    sort = Sort(field="price", direction="asc")
    ranked = rank(hits_of(demo_index, scores), demo_index, leanings=leanings, sort=sort)
    prices = [r.product.effective_price for r in ranked]
    assert prices == sorted(prices)
    assert not any("variety" in r.parts for r in ranked)


def test_what_is_known_decides_between_equals(shoes_index: CatalogueIndex) -> None:
    hits = hits_of(shoes_index, [0.5] * 6)
    first = rank(hits, shoes_index, leanings=[leaning("brand = Anta")])[0]
    assert first.product.brand == "Anta"
    assert first.parts["profile"] == DEFAULT_WEIGHTS.profile


def test_a_dislike_takes_away(shoes_index: CatalogueIndex) -> None:
    hits = hits_of(shoes_index, [0.5] * 6)
    ranked = rank(hits, shoes_index, leanings=[leaning("brand != Asics", 0.5)])
    assert [r.product.brand for r in ranked][-2:] == ["Asics", "Asics"]
    assert ranked[-1].parts["profile"] == -0.5 * DEFAULT_WEIGHTS.profile


def test_many_leanings_together_stay_within_the_part(shoes_index: CatalogueIndex) -> None:
    liked = ["brand = Nike", "arch_support = stability", "color = black", "width = wide"]
    hits = hits_of(shoes_index, [0.5] * 6)
    best = rank(hits, shoes_index, leanings=[leaning(text) for text in liked])[0]
    assert best.product.id == "nike-structure"
    assert best.parts["profile"] == pytest.approx(DEFAULT_WEIGHTS.profile, abs=0.001)


def test_what_a_message_states_silences_what_is_known_of_it(shoes_index: CatalogueIndex) -> None:
    hits = hits_of(shoes_index, [0.5] * 6)
    ranked = rank(
        hits,
        shoes_index,
        prefer=[parse_condition("color = white")],
        leanings=[leaning("color = black"), leaning("price <= 80")],
    )
    assert [r.product.variants[0].color for r in ranked[:2]] == ["white", "white"]
    assert not any("profile" in r.parts for r in ranked)
    assert ranked[0].parts["price"] == DEFAULT_WEIGHTS.price


def test_a_leaning_that_the_catalogue_has_no_field_for_counts_nothing(
    shoes_index: CatalogueIndex,
) -> None:
    hits = hits_of(shoes_index, [0.5] * 6)
    known = [leaning("screen_inch >= 14"), leaning("price = cheap"), leaning("rating >= high")]
    assert [r.parts for r in rank(hits, shoes_index, leanings=known)] == [
        r.parts for r in rank(hits, shoes_index)
    ]


def test_advice_weighs_less_than_what_is_stated(shoes_index: CatalogueIndex) -> None:
    stated, derived = parse_condition("color = white"), parse_condition("arch_support = stability")
    hits = [hit for hit in hits_of(shoes_index, [0.5] * 6) if hit.product.id != "asics-excite"]
    first = rank(hits, shoes_index, prefer=[stated, derived], derived=[derived])[0]
    assert first.product.id == "anta-kt"


def test_a_size_that_is_sold_out_counts_against_the_stock(shoes: list[Product]) -> None:
    sold_out = shoes[0].variants[0].model_copy(update={"availability": "out_of_stock"})
    half = shoes[0].model_copy(update={"variants": (sold_out, shoes[0].variants[1])})
    hits = [Hit(half, 0, 1.0), Hit(shoes[1], 1, 1.0)]
    weights = RankingWeights(stock=1.0)
    assert stock(hits, [], weights).points.tolist() == [5000, 10000]
    wanted = [parse_condition('size = "42"')]
    assert stock(hits, wanted, weights).points.tolist() == [0, 10000]


def test_prices_within_a_budget_fit_alike(shoes_index: CatalogueIndex) -> None:
    hits = hits_of(shoes_index, [0.5] * 6)
    ranked = rank(hits, shoes_index, prefer=[parse_condition("price <= 120")])
    fits = {r.product.id: r.parts.get("price", 0.0) for r in ranked}
    assert fits["anta-kt"] == fits["nike-structure"] == DEFAULT_WEIGHTS.price
    assert 0 < fits["nike-pegasus"] < DEFAULT_WEIGHTS.price
    assert fits["lining-wade"] == 0
    assert ranked[0].product.effective_price <= Decimal(120)


def test_the_tool_ranks_with_leanings(shoes_index: CatalogueIndex) -> None:
    found: SearchResult = search_products_tool(shoes_index).invoke(
        {"leanings": [{"condition": {"field": "brand", "op": "=", "value": "Anta"},
                       "strength": 1.0, "source": "profile:1"}], "k": 6}
    )  # fmt: skip
    assert found.products[0].product.brand == "Anta"
    assert found.products[0].points[-1].part == "profile"


def test_no_hits_give_no_order(shoes_index: CatalogueIndex) -> None:
    assert rank([], shoes_index) == []


def test_learnt_weights_stay_within_their_bounds() -> None:
    learnt = DEFAULT_WEIGHTS.learnt({"relevance": 99.0, "rating": 0.0, "rules": 9.0})
    assert learnt.relevance == 2 * DEFAULT_WEIGHTS.relevance
    assert learnt.rating == DEFAULT_WEIGHTS.rating / 2
    assert learnt.rules == DEFAULT_WEIGHTS.rules
