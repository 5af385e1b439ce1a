"""Citations that records bear out, and ones that they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.checks.citations import cited, stands_for, wrong_citations
from evals.checks.wording import Shop
from evals.running.observed import Observed
from retrieval.index import CatalogueIndex

PEGASUS, STRUCTURE = "product:nike-pegasus", "product:nike-structure"


@pytest.fixture(scope="module")
def shop(shoes_index: CatalogueIndex) -> Shop:
    return Shop(shoes_index)


def _seen(text: str, *citations: tuple[str, str, str]) -> Observed:
    told = [{"marker": m, "source": source, "value": value} for m, source, value in citations]
    return Observed.model_validate({"text": text, "citations": told})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (f"{PEGASUS}#price", "130.0"),
        (f"{PEGASUS}#price", "$130"),
        (f"{PEGASUS}#price", "130 USD"),
        (f"{STRUCTURE}#price", "140.0"),
        (f"{STRUCTURE}#price", "110.0"),
        (f"{STRUCTURE}#sale_price", "110.0"),
        (f"{PEGASUS}#sale_price", ""),
        (f"{PEGASUS}#rating", "4"),
        (f"{PEGASUS}#rating_count", "120"),
        (f"{PEGASUS}#size", "42 43"),
        (f"{PEGASUS}#size", "43"),
        (f"{PEGASUS}#color", "black"),
        (f"{PEGASUS}#width", "standard, wide"),
        (f"{PEGASUS}#width", "wide"),
        (f"{PEGASUS}#attributes.width", "wide"),
        (f"{PEGASUS}#weight_g", "280"),
        (f"{PEGASUS}#brand", "Nike"),
        (f"{PEGASUS}#category", "Running shoes"),
        (f"{PEGASUS}#title", "Nike Pegasus 41"),
        (f"{PEGASUS}#title", "耐克 飞马跑鞋"),
        (f"{PEGASUS}#availability", "in_stock"),
        (f"{PEGASUS}#in_stock", "True"),
        (f"{PEGASUS}#description", "every day"),
        (PEGASUS, "anything"),
        ("advice:flat-feet", "flat feet"),
        ("advice:flat-feet", "扁平足"),
    ],
)
def test_what_the_record_has_may_be_cited(shop: Shop, source: str, value: str) -> None:
    assert wrong_citations(_seen("A shoe [1].", ("1", source, value)), shop) == []


@pytest.mark.parametrize(
    ("source", "value", "told"),
    [
        (f"{PEGASUS}#price", "110.0", "is 130"),
        (f"{PEGASUS}#price", "", "is 130"),
        (f"{PEGASUS}#sale_price", "130.0", "not stated"),
        (f"{STRUCTURE}#sale_price", "140.0", "is 110"),
        (f"{PEGASUS}#rating", "4.1", "is 4"),
        (f"{PEGASUS}#rating_count", "12", "is 120"),
        (f"{PEGASUS}#size", "42 44", "is 42, 43"),
        (f"{PEGASUS}#size", "4", "is 42, 43"),
        (f"{PEGASUS}#width", "standard, narrow", "is standard, wide"),
        (f"{PEGASUS}#width", "standardwide", "is standard, wide"),
        (f"{PEGASUS}#brand", "Asics", "is nike"),
        (f"{PEGASUS}#description", "waterproof", "waterproof"),
        (f"{PEGASUS}#heel", "8", "No product has a heel"),
        ("product:no-such-shoe#price", "130.0", "no product “no-such-shoe”"),
        ("product:no-such-shoe", "", "no product “no-such-shoe”"),
        ("advice:cold-feet", "cold feet", "no advice “cold-feet”"),
        ("advice:flat-feet", "wide feet", "no name of advice:flat-feet"),
        ("policy:returns", "30 days", "no policy"),
        ("", "", "no source"),
    ],
)
def test_what_the_record_has_not_may_not(shop: Shop, source: str, value: str, told: str) -> None:
    [fault] = wrong_citations(_seen("A shoe [1].", ("1", source, value)), shop)
    assert told in fault


def test_markers_and_citations_belong_together(shop: Shop) -> None:
    right = ("1", f"{PEGASUS}#price", "130.0")
    other = ("1", f"{STRUCTURE}#rating", "4.5")
    assert wrong_citations(_seen("This [1] and [2].", right), shop) == ["Nothing is cited for [2]."]
    [fault] = wrong_citations(_seen("A shoe.", right), shop)
    assert "not in the text" in fault
    [fault] = wrong_citations(_seen("This [1].", right, other), shop)
    assert "nike-pegasus and for nike-structure" in fault
    unmarked = _seen("Flat feet.", ("", "advice:flat-feet", "flat feet"))
    assert wrong_citations(unmarked, shop) == []


def test_what_is_right_is_counted(shop: Shop) -> None:
    seen = _seen(
        "This [1], [2] and [3], and [3] again.",
        ("1", f"{PEGASUS}#price", "130.0"),
        ("1", f"{PEGASUS}#rating", "4.9"),
        ("2", f"{STRUCTURE}#rating", "4.5"),
    )
    found = cited(seen, shop)
    assert (found.citations, found.markers, found.right) == (3, 3, 2)
    assert found.counts == (2, 4)


def test_a_system_that_tells_no_citations_has_no_wrong_ones(shop: Shop) -> None:
    assert wrong_citations(Observed(text="This [1]."), shop) == []
    assert cited(Observed(text="This [1]."), shop).counts == (0, 0)


@pytest.mark.parametrize(
    ("wanted", "source", "met"),
    [
        ("price", f"{PEGASUS}#price", True),
        ("price", f"{PEGASUS}#sale_price", True),
        ("sale_price", f"{PEGASUS}#price", False),
        ("rating", f"{PEGASUS}#price", False),
        ("price", PEGASUS, False),
        ("price", "advice:price", False),
        (PEGASUS, f"{PEGASUS}#price", True),
        (PEGASUS, PEGASUS, True),
        (PEGASUS, f"{PEGASUS}-2#price", False),
        (f"{PEGASUS}#price", f"{PEGASUS}#sale_price", True),
        (f"{PEGASUS}#rating", f"{PEGASUS}#price", False),
        ("advice", "advice:flat-feet", True),
        ("advice", f"{PEGASUS}#advice", False),
        ("advice:flat-feet", "advice:flat-feet", True),
        ("advice:flat-feet", "advice:wide-feet", False),
        ("price", "nonsense", False),
    ],
)
def test_what_a_suite_asks_to_be_cited(wanted: str, source: str, met: bool) -> None:
    assert stands_for(wanted, source) is met


@given(text=st.text(), source=st.text() | st.just("product:nike-pegasus#size"), value=st.text())
def test_any_citation_is_judged_without_an_error(
    shop: Shop, text: str, source: str, value: str
) -> None:
    found = cited(_seen(text, ("1", source, value)), shop)
    assert found.right + len(found.wrong) == found.citations == 1
