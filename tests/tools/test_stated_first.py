"""What is stated comes before what advice derives, and both before what is known."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

import tools.ranking
from evals.profile import overruled
from evals.profile.contrary_cases import larger
from retrieval.conditions import Condition, parse_condition
from retrieval.index import CatalogueIndex, Hit
from retrieval.rules import RuleBook, ShopRule
from tools.leaning import Leaning
from tools.ranking import Ranked, Sort, rank
from tools.ranking_parts import Points, Share, wishes
from tools.ranking_profile import left_open
from tools.ranking_weights import DEFAULT_WEIGHTS, RankingWeights
from tools.search_products import SearchResult, search_products_tool


def leaning(text: str) -> Leaning:
    return Leaning(condition=parse_condition(text), strength=1.0, source="profile:1")


def conditions(*texts: str) -> list[Condition]:
    return [parse_condition(text) for text in texts]


def ids(ranked: Sequence[Ranked]) -> list[str]:
    return [one.product.id for one in ranked]


def like(index: CatalogueIndex) -> list[Hit]:
    """All products, equally relevant."""
    return [Hit(index.at(row), row, 0.5) for row in range(len(index))]


_DERIVED = conditions("color = white", "category = Basketball shoes")
_AGAINST = [leaning("price <= 60"), leaning("arch_support = neutral"), leaning("size = 42")]


def test_no_number_of_derived_preferences_makes_up_for_a_stated_wish(
    shoes_index: CatalogueIndex,
) -> None:
    stated = parse_condition("brand = Asics")
    hits = like(shoes_index)
    rules = [ShopRule(id="w", which=tuple(conditions("brand = Anta")), effect="pin")]

    def order(leanings: Sequence[Leaning], rules: Sequence[ShopRule]) -> list[str]:
        return ids(
            rank(
                hits,
                shoes_index,
                prefer=[stated, *_DERIVED],
                derived=_DERIVED,
                leanings=leanings,
                rules=rules,
            )
        )

    plain = order([], [])
    assert plain.index("asics-kayano") < plain.index("anta-kt")
    for known, shop in ((_AGAINST, []), ([], rules), (_AGAINST, rules)):
        after = order(known, shop)
        assert after.index("asics-kayano") < after.index("anta-kt")


def test_a_level_counts_stated_wishes_first_and_each_once(shoes_index: CatalogueIndex) -> None:
    rows = np.arange(len(shoes_index), dtype=np.int64)
    stated = conditions("brand = Asics", "color = black")
    prefer = [*stated, stated[0], *_DERIVED]
    _, level = wishes(shoes_index, rows, prefer, _DERIVED, DEFAULT_WEIGHTS)
    held = {shoes_index.at(int(row)).id: int(level[row]) for row in rows}
    # Two stated; one and one derived; one; two derived and none stated.
    assert held["asics-kayano"] > held["asics-excite"] > held["nike-pegasus"] > held["anta-kt"] > 0
    assert held["lining-wade"] > held["nike-pegasus"]


def test_of_two_who_meet_as_much_what_is_known_decides(shoes_index: CatalogueIndex) -> None:
    prefer = conditions("brand = Li-Ning", "brand = Anta")
    hits = like(shoes_index)
    for known, first in (("arch_support = neutral", None), ("color = white", "anta-kt"),
                         ("color = black", "lining-wade")):  # fmt: skip
        ranked = rank(hits, shoes_index, prefer=prefer, leanings=[leaning(known)])
        assert {"anta-kt", "lining-wade"} == set(ids(ranked)[:2])
        assert first in (None, ranked[0].product.id)


@pytest.mark.parametrize(
    ("stated", "known"),
    [
        ("category = Running shoes", "category = Basketball shoes"),
        ("category = Running shoes", "category != Running shoes"),
        ("brand = Asics", "brand != Asics"),
        ("price <= 100", "price >= 150"),
        ("color = white", "attributes.Color = black"),
    ],
)
def test_a_contrary_leaning_on_the_same_field_overrules_nothing(
    shoes_index: CatalogueIndex, stated: str, known: str
) -> None:
    wanted = conditions(stated)
    hits = like(shoes_index)
    before = rank(hits, shoes_index, prefer=wanted, weights=RankingWeights(variety=0))
    after = rank(hits, shoes_index, prefer=wanted, leanings=[leaning(known), *_AGAINST])
    assert overruled.overruled(before, after, wanted) == []


def test_a_field_is_the_same_however_it_is_written(shoes_index: CatalogueIndex) -> None:
    stated = conditions("Arch_Support = stability")
    written = [leaning("arch_support = neutral"), leaning("attributes.arch_support = neutral")]
    assert left_open(shoes_index, written, stated) == []


def test_leanings_that_are_left_open_already_count_alike(demo_index: CatalogueIndex) -> None:
    hits = demo_index.search("shoes", [], k=60)
    stated = conditions("color = black")
    known = [leaning("color = white"), leaning("use = walking"), leaning("no_field = 1")]
    once = rank(hits, demo_index, prefer=stated, leanings=known)
    assert once == rank(
        hits, demo_index, prefer=stated, opened=left_open(demo_index, known, stated)
    )


@pytest.fixture(scope="module")
def mixed(demo_index: CatalogueIndex) -> CatalogueIndex:
    """More products than a search ranks at once."""
    return larger(demo_index, 450, np.random.default_rng(5))


@pytest.mark.parametrize("effect", ["boost", "bury", "pin"])
@pytest.mark.parametrize("sort", [None, Sort(field="price", direction="asc")])
def test_what_a_wish_brings_in_stays_above_what_is_liked(
    mixed: CatalogueIndex, effect: str, sort: Sort | None
) -> None:
    stated = conditions("brand = Brooks", "waterproof = yes")
    derived = conditions("cushioning in high, max", "grip = high", "width in wide, extra wide")
    rule = ShopRule.model_validate({"id": "r", "which": ["brand = Nike"], "effect": effect})
    against = ["waterproof = no", "category != Running shoes", "color = white", "use = walking"]

    def found(rules: RuleBook, leanings: list[Leaning], variety: float) -> SearchResult:
        shop = CatalogueIndex(
            mixed.manifest, mixed.parts, mixed.columns.live, mixed.embedder,
            words=mixed.words, advice=mixed.advice, rules=rules,
        )  # fmt: skip
        result: SearchResult = search_products_tool(
            shop, weights=RankingWeights(variety=variety)
        ).invoke(
            {"query": "nice pair for every day", "prefer": [*stated, *derived],
             "derived": derived, "leanings": leanings, "sort": sort, "k": 50}
        )  # fmt: skip
        return result

    before = found(RuleBook(), [], 0.0)
    after = found(RuleBook((rule,)), [leaning(text) for text in against], 0.5)
    assert before.fitting == len(mixed) > 200
    assert ids(before.products) != ids(after.products) or sort is not None
    assert overruled.overruled(before.products, after.products, stated) == []


def test_what_only_the_profile_brings_in_takes_no_place_from_the_others(
    demo_index: CatalogueIndex,
) -> None:
    """The order without the profile has no such products, and its variety does not see them."""
    hits = demo_index.search("running shoes", [], k=40)
    prefer = conditions("cushioning = max", "waterproof = yes")
    known = [leaning("brand = Nike"), leaning("use = racing"), leaning("price >= 150")]
    weights = RankingWeights(variety=1.0)
    for own in (10, 20, 30):
        before = rank(hits[:own], demo_index, prefer=prefer, weights=weights)
        brought = [hit.row for hit in hits[own:]]
        after = rank(
            hits, demo_index, prefer=prefer, leanings=known, brought=brought, weights=weights
        )
        assert overruled.overruled(before, after, prefer) == []


def _unguarded(before: Points, scores: Points, level: Points) -> Points:
    return np.zeros_like(scores)


def _equal_levels(
    index: CatalogueIndex,
    rows: NDArray[np.int64],
    prefer: Sequence[Condition],
    derived: Sequence[Condition],
    weights: RankingWeights,
) -> tuple[list[Share], Points]:
    """A stated wish counts as much as two derived preferences."""
    shares, _ = wishes(index, rows, prefer, derived, weights)
    level = sum(
        ((1 if s.condition in derived else 2) * (s.points > 0).astype(np.int64) for s in shares),
        np.zeros(len(rows), dtype=np.int64),
    )
    return shares, level


@pytest.mark.parametrize(("broken", "by"), [("held_back", _unguarded), ("wishes", _equal_levels)])
def test_the_check_finds_a_broken_ranking(
    demo_index: CatalogueIndex, monkeypatch: pytest.MonkeyPatch, broken: str, by: object
) -> None:
    monkeypatch.setattr(tools.ranking, broken, by)
    assert overruled.run(index=demo_index, cases=24, large=210)["overruled"] > 0
