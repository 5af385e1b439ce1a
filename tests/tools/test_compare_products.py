"""Two to four products side by side: rows that differ, the best of each, and the verdict."""

import itertools
from collections.abc import Sequence

import pytest
from coffee_machines import coffee_index
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from retrieval.conditions import Condition, parse_condition
from retrieval.errors import BadCondition, UnknownProduct
from retrieval.index import CatalogueIndex
from tools.access import Access, access_of
from tools.compare_products import MOST_ROWS, Comparison, compare, compare_products_tool
from tools.ranking import Sort, field_number
from tools.toolbox import Toolbox

WISHES = [
    "price <= 120", "price <= 60", "width = wide", "waterproof = yes", "cushioning in high, max",
    "use = work", "terrain != trail", "brand != Nike", "size = 42", "color = black",
    "color != white", "rating >= 4.3", "weight_g < 280", "in_stock = yes",
    "arch_support in stability",
]  # fmt: skip
SORTS = [
    None,
    Sort(field="price", direction="asc"),
    Sort(field="weight_g", direction="asc"),
    Sort(field="rating", direction="desc"),
]
thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def conditions(*texts: str) -> list[Condition]:
    return [parse_condition(text) for text in texts]


@st.composite
def questions(draw: st.DrawFn, index: CatalogueIndex) -> tuple[list[str], Comparison]:
    """Two to four products of a catalogue, compared for some need."""
    sold = st.sampled_from([p.id for p in index.products])
    ids = draw(st.lists(sold, min_size=2, max_size=4, unique=True))
    where = draw(st.lists(st.sampled_from(WISHES), max_size=3, unique=True))
    prefer = draw(st.lists(st.sampled_from(WISHES), max_size=3, unique=True))
    sort = draw(st.sampled_from(SORTS))
    found = compare(index, ids, where=conditions(*where), prefer=conditions(*prefer), sort=sort)
    order = draw(st.permutations(ids))
    again = compare(index, order, where=conditions(*where), prefer=conditions(*prefer), sort=sort)
    assert_same_verdict(found, again)
    return ids, found


def assert_same_verdict(one: Comparison, other: Comparison) -> None:
    """The order in which products are named changes no verdict."""
    assert one.verdict.pick == other.verdict.pick
    assert one.verdict.runner_up == other.verdict.runner_up
    assert set(one.verdict.candidates) == set(other.verdict.candidates)
    assert set(one.verdict.depends_on) == set(other.verdict.depends_on)


def keys(conditions: Sequence[Condition]) -> set[str]:
    return {str(condition) for condition in conditions}


@thorough
@given(data=st.data())
def test_rows_differ_and_the_best_is_the_best(
    data: st.DataObject, demo_index: CatalogueIndex
) -> None:
    ids, found = data.draw(questions(demo_index))
    assert [p.id for p in found.products] == ids
    assert len(found.rows) <= MOST_ROWS
    assert len({row.field for row in found.rows}) == len(found.rows)
    for row in found.rows:
        shown = [set(v) if isinstance(v, tuple) else v for v in row.values]
        assert any(a != b for a, b in itertools.pairwise(shown)), row
        assert any(value is not None for value in row.values)
        if row.field in ("price", "rating", "weight_g"):
            numbers = [field_number(p, row.field) for p in found.products]
            assert list(row.values) == numbers
            known = sorted(n for n in numbers if n is not None)
            if row.field == "rating":
                known.reverse()
            if row.best is not None:
                assert numbers[row.best] == known[0]
                assert known.count(known[0]) == 1
            else:
                assert len(known) < 2 or known[0] == known[1]


@thorough
@given(data=st.data())
def test_a_verdict_holds_on_the_records(data: st.DataObject, demo_index: CatalogueIndex) -> None:
    _, found = data.draw(questions(demo_index))
    result = found.verdict
    standing = {s.product_id: s for s in result.standings}
    for product_id, mine in standing.items():
        for condition in (*mine.met, *mine.liked):
            mask = demo_index.columns.mask([condition])
            assert mask[demo_index.row(product_id)]
    if result.pick is None:
        assert result.runner_up is None
        assert len(result.candidates) >= 2
        return
    assert result.candidates == (result.pick,)
    assert not result.depends_on
    assert result.runner_up not in (None, result.pick)
    pick = standing[result.pick]
    for product in found.products:
        other = standing[product.id]
        assert keys(pick.missed) <= keys(other.missed)
        if keys(pick.missed) < keys(other.missed) or product.id == result.pick:
            continue
        best = demo_index.get(result.pick)
        if keys(pick.disliked) == keys(other.disliked) and best.effective_price > (
            product.effective_price
        ):
            assert any(
                field_number(best, f) != field_number(product, f) for f in ("weight_g", "rating")
            )


def test_the_tool_reads_and_refuses_what_it_cannot_compare(shoes_index: CatalogueIndex) -> None:
    tool = compare_products_tool(shoes_index)
    assert (tool.name, access_of(tool)) == ("compare_products", Access.READ)
    with pytest.raises(UnknownProduct):
        tool.invoke({"product_ids": ["nike-pegasus", "nobody"]})
    with pytest.raises(BadCondition):
        tool.invoke(
            {"product_ids": ["nike-pegasus", "anta-kt"], "where": conditions("smell = good")}
        )
    all_six = [p.id for p in shoes_index.products]
    for ids in ([], ["anta-kt"], ["anta-kt", "anta-kt"], all_six[:5]):
        with pytest.raises(ValidationError):
            tool.invoke({"product_ids": ids})


async def test_a_toolbox_runs_it_from_plain_data(shoes_index: CatalogueIndex) -> None:
    box = Toolbox([compare_products_tool(shoes_index)], clock=lambda: 0.0)
    found = await box.call(
        "compare_products",
        {
            "product_ids": ["nike-structure", "asics-kayano"],
            "where": [{"field": "price", "op": "<=", "value": 120}],
        },
    )
    assert found.verdict.pick == "nike-structure"
    assert box.calls[0].tool == "compare_products"


def test_fields_of_the_need_come_first(demo_index: CatalogueIndex) -> None:
    found = compare(
        demo_index,
        ["nike-pegasus-41", "asics-gel-kayano-31"],
        where=conditions("arch_support = stability"),
        prefer=conditions("cushioning = max"),
    )
    assert [row.field for row in found.rows][:4] == [
        "arch_support",
        "cushioning",
        "price",
        "rating",
    ]
    assert [row.best for row in found.rows][:4] == [1, 1, 0, 1]
    assert found.verdict.pick == "asics-gel-kayano-31"
    weight = next(row for row in found.rows if row.field == "weight_g")
    assert None in weight.values
    assert weight.best is None


def test_a_wish_beats_a_price_and_two_wishes_at_odds_decide_nothing() -> None:
    index = coffee_index()
    frother, cheap = conditions("milk_frother = yes"), conditions("price <= 100")
    assert compare(index, ["crema", "duo"], where=frother).verdict.pick == "crema"
    assert compare(index, ["crema", "duo"], where=cheap).verdict.pick == "duo"
    torn = compare(index, ["crema", "duo"], where=frother + cheap).verdict
    assert (torn.pick, set(torn.depends_on)) == (None, {"milk_frother", "price"})
    soft = compare(index, ["crema", "duo"], where=cheap, prefer=frother).verdict
    assert soft.pick == "duo"


def test_without_a_need_it_depends_on_what_the_products_are() -> None:
    for words in (True, False):
        result = compare(coffee_index(words=words), ["crema", "duo"]).verdict
        assert result.pick is None
        assert result.depends_on[-1] == "price"
        assert not {"price", "rating", "weight_kg"} & set(result.depends_on[:2])


def test_an_extreme_decides_unless_a_record_does_not_tell_it() -> None:
    index = coffee_index()
    lightest = Sort(field="weight_kg", direction="asc")
    assert compare(index, ["crema", "bean"], sort=lightest).verdict.pick == "crema"
    untold = compare(index, ["crema", "mini"], sort=lightest).verdict
    assert (untold.pick, untold.depends_on) == (None, ("weight_kg",))
    dearest = Sort(field="price", direction="desc")
    found = compare(index, ["crema", "duo", "bean"], sort=dearest)
    assert found.verdict.pick == "bean"
    assert (found.rows[0].field, found.rows[0].best) == ("price", 2)


def test_a_size_in_a_colour_is_one_thing_in_stock(demo_index: CatalogueIndex) -> None:
    """Nike Pegasus 41 has black, and has size 42, but no black 42."""
    wanted = conditions("size = 42", "color = black")
    pegasus = compare(demo_index, ["nike-pegasus-41", "asics-gel-kayano-31"], where=wanted)
    standing = pegasus.verdict.standings[0]
    assert keys(standing.missed) == {"size = 42", "color = black"}


def test_equal_products_differ_in_nothing(shoes_index: CatalogueIndex) -> None:
    twin = compare(shoes_index, ["nike-pegasus", "lining-wade"])
    assert [row.field for row in twin.rows] == ["price"]
    assert twin.verdict.pick == "nike-pegasus"
