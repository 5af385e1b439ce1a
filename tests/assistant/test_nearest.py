"""Where nothing fits: the wish in the way and the nearest product, by brute force."""

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recommended import LANGUAGES, fitting, many_machines, recorded, wish, wishes

from assistant.nearest import Nearest, nearest_offer
from assistant.need import Need, Wish, plan_search
from assistant.reply import Language
from prompts import phrases
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from tools.search_products import search_products_tool
from tools.toolbox import Toolbox

_FIXTURES = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
_CATALOGUES = ("demo_index", "shoes_index", "machines")


@pytest.fixture(scope="module")
def machines() -> CatalogueIndex:
    return many_machines()


async def _offer(need: Need, index: CatalogueIndex, language: Language) -> Nearest:
    toolbox = Toolbox([search_products_tool(index)], lambda: 0.0)
    return await nearest_offer(need, plan_search(need, index), index, toolbox, language)


def _hard_needs(index: CatalogueIndex) -> st.SearchStrategy[Need]:
    """Two to four hard wishes of different fields, some of them not wanted, some on the price."""
    prices = sorted({float(p.effective_price) for p in index.products})
    named = st.sampled_from([w for w in wishes(index) if w.field != "need"])
    unwanted = named.map(lambda w: w.model_copy(update={"op": "!="}))
    priced = st.builds(
        lambda price, op: wish("price", price, f"{op} {price:g}", op=op),
        st.sampled_from([prices[0] - 5, *prices]),
        st.sampled_from(["<=", ">="]),
    )
    advised = st.sampled_from([w for w in wishes(index) if w.field in ("need", "brand")])
    one = st.one_of(named, priced, unwanted, advised)
    drawn = st.lists(one, min_size=2, max_size=4, unique_by=lambda w: w.field)

    def sorted_out(drawn: list[Wish]) -> Need:
        return Need(
            must=tuple(w for w in drawn if w.op != "!="),
            exclude=tuple(w for w in drawn if w.op == "!="),
        )

    return drawn.map(sorted_out)


def _without(need: Need, gone: Wish) -> Need:
    return need.model_copy(
        update={
            "must": tuple(w for w in need.must if w is not gone),
            "exclude": tuple(w for w in need.exclude if w is not gone),
        }
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("catalogue", _CATALOGUES)
@_FIXTURES
@given(data=st.data())
async def test_the_wish_in_the_way_is_the_one_without_which_most_would_fit(
    request: pytest.FixtureRequest, catalogue: str, language: Language, data: st.DataObject
) -> None:
    index: CatalogueIndex = request.getfixturevalue(catalogue)
    need = data.draw(_hard_needs(index))
    if fitting(need, index):
        return
    told = await _offer(need, index, language)
    fixed = phrases(language)
    by_wish = {id(w): len(fitting(_without(need, w), index)) for w in need.wishes()}
    most = max(by_wish.values())
    assert all(sentence.strip() for sentence in told.sentences)
    if not most:
        assert told.sentences == [fixed["several_in_the_way"]]
        assert told.field is None
        assert told.citations == []
        return
    blamed = [w for w in need.wishes() if by_wish[id(w)] == most and w.field == told.field]
    assert blamed
    first, second = told.sentences
    assert any(w.quote in first for w in blamed)
    if most == 1:
        assert not re.search(r"\d", first.replace(blamed[0].quote, ""))
    else:
        assert str(most) in first
    (citation,) = told.citations
    near = index.get(citation.source.partition(":")[2].partition("#")[0])
    assert citation.value == recorded(citation, index)
    assert format_price(near.effective_price, near.currency, language) in second
    assert near.title in second or (near.title_zh or near.title) in second
    assert any(near in fitting(_without(need, w), index) for w in blamed)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nearest_to_a_budget_is_what_costs_least_beyond_it(
    demo_index: CatalogueIndex, language: Language
) -> None:
    running = wish("category", "Running shoes")
    need = Need(must=(running, wish("price", 5.0, "‹5›", op="<=")))
    told = await _offer(need, demo_index, language)
    prices = [p.effective_price for p in fitting(Need(must=(running,)), demo_index)]
    assert told.field == "price"
    assert str(len(prices)) in told.sentences[0]
    assert format_price(min(prices), "USD", language) in told.sentences[1]
    dear = Need(must=(running, wish("price", 5000.0, "‹5000›", op=">=")))
    told = await _offer(dear, demo_index, language)
    assert format_price(max(prices), "USD", language) in told.sentences[1]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_not_wanted_is_not_told_as_if_it_were(
    shoes_index: CatalogueIndex, language: Language
) -> None:
    """The shopper's word is "white": alone it would read as a wish for it."""
    need = Need(
        must=(
            wish("category", "Basketball shoes"),
            wish("brand", "Anta"),
            wish("price", 100.0, "‹100›", op="<="),
        ),
        exclude=(wish("color", "white", "‹white›", op="!="),),
    )
    told = await _offer(need, shoes_index, language)
    assert told.field == "color"
    assert phrases(language)["not_wanted"].format(quote="‹white›") in told.sentences[0]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_need_that_stands_in_the_way_is_named_in_the_shoppers_words(
    shoes_index: CatalogueIndex, language: Language
) -> None:
    need = Need(must=(wish("need", "flat-feet", "‹flat feet›"), wish("brand", "Anta", "‹Anta›")))
    told = await _offer(need, shoes_index, language)
    # Without the brand three stability shoes fit, without the need one shoe of Anta.
    assert told.field == "brand"
    assert "‹Anta›" in told.sentences[0]
    assert "3" in told.sentences[0]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_two_brands_in_the_way_are_both_named(
    demo_index: CatalogueIndex, language: Language
) -> None:
    kind = wish("category", "Football boots", "‹boots›")
    sold = Counter(p.brand for p in demo_index.products if p.brand)
    boots = fitting(Need(must=(kind,)), demo_index)
    others = sorted(sold.keys() - {p.brand for p in boots}, key=lambda b: (sold[b], b))[:2]
    assert sum(sold[b] for b in others) < len(boots)
    need = Need(must=(kind, *(wish("brand", b, f"‹{b}›") for b in others)))
    told = await _offer(need, demo_index, language)
    assert told.field == "brand"
    assert all(f"‹{b}›" in told.sentences[0] for b in others)
