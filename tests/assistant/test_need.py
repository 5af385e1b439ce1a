"""How a need lives over turns, and how it becomes a search."""

import pytest

from assistant.need import (
    Need,
    plan_search,
    soften,
    standing_in_the_way,
    still_meant,
    update_need,
)
from retrieval.index import CatalogueIndex
from tools.reading.fact import ModelReading
from tools.reading.reader import Reader


def after(index: CatalogueIndex, *messages: str) -> Need:
    reader = Reader(index, {})
    need = Need()
    for turn, message in enumerate(messages, start=1):
        parsed = reader.read(message, ModelReading(action="search"))
        need = update_need(
            need,
            parsed.facts,
            parsed.unmatched,
            turn=turn,
            index=index,
            relaxed=parsed.relaxed,
            message=message,
        )
    return need


def held(need: Need) -> set[tuple[str, str, object]]:
    return {(w.field, w.op, w.value) for w in need.wishes()}


def test_a_new_bound_replaces_the_old_and_the_rest_stays(demo_index: CatalogueIndex) -> None:
    need = after(demo_index, "running shoe under $120 for flat feet", "and under $80?")
    assert held(need) == {
        ("category", "=", "Running shoes"),
        ("need", "=", "flat-feet"),
        ("price", "<=", 80.0),
    }
    (price,) = need.find("price")
    assert (price.quote, price.turn) == ("under $80", 2)


def test_a_lower_bound_lives_beside_an_upper_one(demo_index: CatalogueIndex) -> None:
    need = after(demo_index, "shoes under $120", "but over $60")
    assert {("price", "<=", 120.0), ("price", ">=", 60.0)} <= held(need)


def test_bounds_that_leave_nothing_replace_each_other(demo_index: CatalogueIndex) -> None:
    need = after(demo_index, "shoes over $150", "no, under $100")
    assert ("price", ">=", 150.0) not in held(need)
    assert ("price", "<=", 100.0) in held(need)


@pytest.mark.parametrize(
    ("first", "then", "left"),
    [
        ("sandals from 40 to 60 dollars", "rather under 40", {("<=", 40.0)}),
        ("凉鞋40到60美元", "还是60以上的吧", {(">=", 60.0)}),
        ("sandals from 40 to 60 dollars", "under 55", {(">=", 40.0), ("<=", 55.0)}),
    ],
)
def test_a_bound_that_meets_the_other_takes_its_place(
    demo_index: CatalogueIndex, first: str, then: str, left: set[tuple[str, float]]
) -> None:
    prices = after(demo_index, first, then).find("price")
    assert {(wish.op, wish.value) for wish in prices} == left


@pytest.mark.parametrize("then", ["my wife wants a pair too, ladies' please", "我妈也要一双，女款"])
def test_somebody_else_wears_other_goods(demo_index: CatalogueIndex, then: str) -> None:
    need = after(demo_index, "walking shoes for men", then)
    assert [wish.value for wish in need.find("gender")] == ["women"]


@pytest.mark.parametrize("then", ["women's would be fine too", "女款也可以"])
def test_another_fit_may_stand_beside_the_first(demo_index: CatalogueIndex, then: str) -> None:
    need = after(demo_index, "walking shoes for men", then)
    assert {wish.value for wish in need.find("gender")} == {"men", "women"}


@pytest.mark.parametrize("said", ["a child's trail running shoes", "儿童越野跑鞋"])
def test_a_kind_that_a_shop_files_for_others_is_looked_for_without(
    demo_index: CatalogueIndex, said: str
) -> None:
    need = after(demo_index, said)
    softer = soften(need, demo_index)
    assert {wish.field for wish in softer.must} == {"gender"}
    assert {wish.value for wish in softer.prefer} == {"Trail running shoes"}
    assert demo_index.count(plan_search(softer, demo_index).conditions)


def test_a_kind_that_only_sells_to_others_is_no_reason_to_look_without(
    demo_index: CatalogueIndex,
) -> None:
    need = after(demo_index, "women's football boots in pink")
    assert soften(need, demo_index) == need


def test_a_bare_head_word_is_any_such_kind_where_only_so_something_fits(
    demo_index: CatalogueIndex,
) -> None:
    named = plan_search(after(demo_index, "boots for everyday wear"), demo_index)
    assert "category = Casual boots" in {str(c) for c in named.conditions}
    wider = plan_search(after(demo_index, "Merrell boots"), demo_index)
    assert demo_index.count(wider.conditions)
    (kind,) = [c for c in wider.conditions if c.field == "category"]
    assert kind.op == "in"
    whole = plan_search(after(demo_index, "casual boots by Merrell"), demo_index)
    assert "category = Casual boots" in {str(c) for c in whole.conditions}


def test_a_refused_brand_takes_back_the_wish(demo_index: CatalogueIndex) -> None:
    need = after(demo_index, "Nike running shoes", "not Nike")
    assert [(w.field, w.value) for w in need.exclude] == [("brand", "Nike")]
    assert not [w for w in need.must if w.field == "brand"]


def test_and_back_again(demo_index: CatalogueIndex) -> None:
    need = after(demo_index, "not Nike", "ok, Nike then")
    assert held(need) == {("brand", "=", "Nike")}


def test_a_narrower_kind_keeps_the_need(demo_index: CatalogueIndex) -> None:
    need = after(demo_index, "running shoes under $150", "trail running shoes")
    assert ("price", "<=", 150.0) in held(need)


def test_another_kind_starts_anew_and_keeps_the_person(demo_index: CatalogueIndex) -> None:
    need = after(
        demo_index, "women's running shoes under $120 in size 38", "show me basketball shoes"
    )
    assert held(need) == {
        ("gender", "=", "women"),
        ("size", "=", "38"),
        ("category", "=", "Basketball shoes"),
    }


def test_either_brand_fits(demo_index: CatalogueIndex) -> None:
    plan = plan_search(after(demo_index, "Nike or Asics running shoes"), demo_index)
    hits = demo_index.search("", plan.conditions, k=50)
    assert {h.product.brand for h in hits} == {"Nike", "Asics"}


def test_advice_becomes_conditions(demo_index: CatalogueIndex) -> None:
    plan = plan_search(after(demo_index, "running shoes for flat feet"), demo_index)
    hits = demo_index.search("", plan.conditions, k=50)
    assert hits
    for hit in hits:
        assert set(hit.product.values("arch_support")) & {"stability", "motion control"}


def test_what_is_sold_out_is_not_offered(demo_index: CatalogueIndex) -> None:
    sold_out = {p.id for p in demo_index.products if p.availability == "out_of_stock"}
    assert sold_out
    plan = plan_search(Need(), demo_index)
    found = {h.product.id for h in demo_index.search("", plan.conditions, k=500)}
    assert not found & sold_out


def test_the_wish_in_the_way_is_computed(demo_index: CatalogueIndex) -> None:
    plan = plan_search(after(demo_index, "running shoes under $5"), demo_index)
    assert not demo_index.search("", plan.conditions)
    wish, count = standing_in_the_way(plan, demo_index)[0]
    assert (wish.field, wish.quote) == ("price", "under $5")
    rest = [c for c in plan.conditions if c.field != "price"]
    assert count == demo_index.count(rest) > 0


def test_wishes_of_a_field_that_is_gone_are_let_go(
    demo_index: CatalogueIndex, shoes_index: CatalogueIndex
) -> None:
    need = after(demo_index, "waterproof shoes under $100")
    assert held(still_meant(need, shoes_index)) == {
        ("price", "<=", 100.0),
        ("category", "=", "Shoes"),
    }


@pytest.mark.parametrize("message", ["男士跑鞋", "running shoes for men"])
def test_unisex_is_for_men_too(demo_index: CatalogueIndex, message: str) -> None:
    plan = plan_search(after(demo_index, message), demo_index)
    genders = {
        tuple(h.product.values("gender")) for h in demo_index.search("", plan.conditions, k=200)
    }
    assert genders
    assert all({"men", "unisex"} & set(values) for values in genders)


@pytest.mark.parametrize("relaxing", ["colour doesn't matter", "颜色无所谓", "any color"])
def test_what_does_not_matter_any_more_is_let_go(demo_index: CatalogueIndex, relaxing: str) -> None:
    need = after(demo_index, "white running shoes", relaxing)
    assert held(need) == {("category", "=", "Running shoes")}


@pytest.mark.parametrize("message", ["also in white", "white too", "也可以白色"])
def test_a_second_colour_may_stand_beside_the_first(
    demo_index: CatalogueIndex, message: str
) -> None:
    reader = Reader(demo_index, {})
    empty = ModelReading(action="search")
    first = reader.read("black running shoes", empty)
    need = update_need(Need(), first.facts, (), turn=1, index=demo_index)
    second = reader.read(message, empty, held=need.wishes())
    need = update_need(need, second.facts, (), turn=2, index=demo_index)
    assert {w.value for w in need.find("color")} == {"black", "white"}
    plan = plan_search(need, demo_index)
    assert demo_index.count(plan.conditions) > 0
    either = next(c for c in plan.conditions if c.field == "color")
    assert either.op == "in"
