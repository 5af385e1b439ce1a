"""What a comparison says: every number and value stands in the records, in few words."""

import re
from collections.abc import Sequence

import pytest
from coffee_machines import coffee_index
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.comparing.draft import MOST_CHARACTERS, MOST_WORDS, Told
from assistant.comparing.verdict import comparison_table, trade_off, verdict
from assistant.evidence import Evidence
from assistant.language import language_of
from assistant.need import Need, Wish, plan_search
from assistant.reply import Language
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.text import count_cjk
from tools.compare_products import Comparison, compare
from tools.differences import held
from tools.ranking import field_number

LANGUAGES: list[Language] = ["en", "zh"]
thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def wish(field: str, value: object, op: str = "=", sort: str | None = None) -> Wish:
    return Wish.model_validate(
        {"field": field, "op": op, "value": value, "quote": str(value), "turn": 1, "sort": sort}
    )


WISHES = [
    wish("need", "flat-feet"), wish("price", 120.0, "<="), wish("price", 70.0, "<="),
    wish("width", "wide"), wish("waterproof", True), wish("cushioning", "max"),
    wish("size", "42"), wish("color", "black"), wish("use", "work"), wish("terrain", "trail"),
    wish("rating", 4.3, ">="), wish("weight_g", 280.0, "<"), wish("gender", "women"),
    wish("price", 0.0, sort="asc"), wish("weight_g", 0.0, sort="asc"),
    wish("rating", 0.0, sort="desc"), wish("heel_drop_mm", 8.0, "<="),
]  # fmt: skip
EXCLUDED = [wish("brand", "Nike", "!="), wish("color", "white", "!="), wish("upper", "mesh", "!=")]


def laid_out(
    index: CatalogueIndex, ids: Sequence[str], need: Need, language: Language
) -> tuple[Comparison, Evidence]:
    """The comparison for a need, and the evidence that its texts rest on."""
    plan = plan_search(need, index)
    found = compare(index, ids, where=plan.conditions, prefer=plan.prefer, sort=plan.sort)
    entries = [index.advice.get(str(w.value)) for w in need.wishes() if w.field == "need"]
    evidence = Evidence(
        index=index,
        products=found.products,
        need=need,
        plan=plan,
        language=language,
        message="",
        advice=[entry for entry in entries if entry is not None],
    )
    return found, evidence


@st.composite
def comparisons(
    draw: st.DrawFn, index: CatalogueIndex, *, most: int = 4
) -> tuple[Comparison, Evidence]:
    ids = [p.id for p in index.products]
    chosen = draw(st.lists(st.sampled_from(ids), min_size=2, max_size=most, unique=True))
    need = Need(
        must=tuple(draw(st.lists(st.sampled_from(WISHES), max_size=3, unique_by=str))),
        prefer=tuple(draw(st.lists(st.sampled_from(WISHES[:12]), max_size=2, unique_by=str))),
        exclude=tuple(draw(st.lists(st.sampled_from(EXCLUDED), max_size=1))),
    )
    return laid_out(index, chosen, need, draw(st.sampled_from(LANGUAGES)))


def assert_short_and_in_language(told: Told, evidence: Evidence) -> None:
    plain = told.text
    for product in evidence.products:
        plain = plain.replace(evidence.title(product), "")
    if evidence.language == "zh":
        assert len(told.text) <= MOST_CHARACTERS, told.text
        assert language_of(plain, otherwise="en") == "zh", told.text
    else:
        assert len(told.text.split()) <= MOST_WORDS, told.text
        assert not count_cjk(plain), told.text
    assert told.text.endswith((".", "。"))
    assert not re.search(r"[{}]|\bNone\b(?! meets)|  |, \.|、。", told.text), told.text


def assert_cited(told: Told, evidence: Evidence) -> None:
    """Each citation stands under its product's number, with what the record holds."""
    for citation in told.citations:
        product = evidence.products[int(citation.marker) - 1]
        if citation.source.startswith("advice:"):
            assert evidence.index.advice.get(citation.source.removeprefix("advice:"))
            continue
        product_id, _, field = citation.source.removeprefix("product:").rpartition("#")
        assert product_id == product.id
        number = field_number(product, field)
        if number is not None:
            assert float(citation.value) == pytest.approx(number, rel=1e-4)
        elif isinstance(value := held(product, field), tuple):
            assert citation.value == ", ".join(value)
    for marker in re.findall(r"\[(\d)\]", told.text):
        assert 1 <= int(marker) <= len(evidence.products)


def assert_figures(text: str, subject: Product, other: Product) -> None:
    """Read by plain patterns: each difference that is claimed of a product is the records'."""
    gap = float(other.effective_price - subject.effective_price)
    for amount in re.findall(r"[$€]([\d,.]+\d) cheaper|便宜 [$€]([\d,.]*\d)", text):
        assert float("".join(amount).replace(",", "")) == pytest.approx(gap)
    for amount in re.findall(r"[$€]([\d,.]+\d) more expensive|贵 [$€]([\d,.]*\d)", text):
        assert float("".join(amount).replace(",", "")) == pytest.approx(-gap)
    lighter, heavier = r"([\d.]+) g lighter|轻 ([\d.]+) g", r"([\d.]+) g heavier|重 ([\d.]+) g"
    for sign, pattern in ((1, lighter), (-1, heavier)):
        for amount in re.findall(pattern, text):
            ours, theirs = field_number(subject, "weight_g"), field_number(other, "weight_g")
            assert ours is not None
            assert theirs is not None
            assert float("".join(amount)) == pytest.approx(sign * (theirs - ours))
    for higher in re.findall(r"rated higher \(([\d.]+)\)|评分更高（([\d.]+)）", text):
        assert float("".join(higher)) == subject.rating
        assert subject.rating > (other.rating or 5)
    for lower in re.findall(r"rated lower \(([\d.]+)\)|评分更低（([\d.]+)）", text):
        assert float("".join(lower)) == subject.rating
        assert subject.rating < (other.rating or 0)


def assert_values(text: str, subject: Product, index: CatalogueIndex) -> None:
    """A value that is said of a product, or denied of it, stands in its record or does not."""
    for field in ("arch_support", "cushioning", "width"):
        for value in map(str, index.vocabulary.values(field)):
            label = index.vocabulary.label(field, "en")
            for said in re.findall(rf"(no |extra )?\b{value} {label}", text):
                if said != "extra ":
                    assert (said != "no ") == (value in subject.values(field)), text
    in_stock = {(v.size, v.color) for v in subject.variants if v.availability == "in_stock"}
    for denied, size, color in re.findall(r"(no )?size (\d+)(?: in (\w+))? in stock", text):
        held = [c for s, c in in_stock if s == size and color in ("", c)]
        assert bool(held) != bool(denied), text


def parts_by_marker(text: str, evidence: Evidence) -> list[tuple[Product, str]]:
    """The pieces of a text, each with the product whose number stands in it."""
    pieces = re.split(r"(?<=[.;。；])(?!\d)", text)
    found = []
    for piece in pieces:
        if marker := re.search(r"\[(\d)\]", piece):
            found.append((evidence.products[int(marker[1]) - 1], piece))
    return found


@thorough
@given(data=st.data())
def test_verdicts_are_short_cited_and_true(data: st.DataObject, demo_index: CatalogueIndex) -> None:
    found, evidence = data.draw(comparisons(demo_index))
    told = verdict(found, evidence)
    assert_short_and_in_language(told, evidence)
    assert_cited(told, evidence)
    if found.verdict.pick is not None:
        pick = demo_index.get(found.verdict.pick)
        assert evidence.marker(pick) in told.text
        assert evidence.price(pick) in told.text
    if len(found.products) == 2:
        one, two = found.products
        for product, piece in parts_by_marker(told.text, evidence):
            assert_figures(piece, product, two if product is one else one)
            assert_values(piece, product, demo_index)


@thorough
@given(data=st.data())
def test_a_trade_is_short_cited_and_true(data: st.DataObject, demo_index: CatalogueIndex) -> None:
    found, evidence = data.draw(comparisons(demo_index))
    pick, other = found.products[:2]
    told = trade_off(evidence, pick, other)
    if told is None:
        return
    assert_short_and_in_language(told, evidence)
    assert_cited(told, evidence)
    assert told.text.startswith(evidence.marker(other))
    assert_figures(told.text, other, pick)
    assert_values(told.text, other, demo_index)


@thorough
@given(data=st.data())
def test_the_order_of_products_changes_no_verdict(
    data: st.DataObject, demo_index: CatalogueIndex
) -> None:
    found, evidence = data.draw(comparisons(demo_index, most=2))
    other, swapped = laid_out(
        demo_index, [p.id for p in found.products[::-1]], evidence.need, evidence.language
    )

    def pieces(told: Told, evidence: Evidence) -> set[tuple[str, str]]:
        return {
            (product.id, re.sub(r"\[\d\]|^.*[:：](?=\s*\[)", "", piece).strip(" .;。；"))
            for product, piece in parts_by_marker(told.text, evidence)
        }

    sort = evidence.plan.sort
    silent = sort is not None and found.verdict.depends_on == (sort.field,)
    if not silent and (found.verdict.pick or found.verdict.depends_on):
        assert pieces(verdict(found, evidence), evidence) == pieces(
            verdict(other, swapped), swapped
        )


@thorough
@given(data=st.data())
def test_the_table_says_what_the_records_say(
    data: st.DataObject, demo_index: CatalogueIndex
) -> None:
    found, evidence = data.draw(comparisons(demo_index))
    table = comparison_table(found, evidence)
    assert table.products == [p.id for p in found.products]
    for row, held_row in zip(table.rows, found.rows, strict=True):
        assert row.label
        assert [v is None for v in row.values] == [v is None for v in held_row.values]
        assert all(v != "" for v in row.values)
        if row.field == "price":
            assert row.values == [evidence.price(p) for p in found.products]
        if evidence.language == "zh":
            assert count_cjk(row.label), row.label


FLAT = Need(must=(wish("need", "flat-feet"),))
SAID: list[tuple[tuple[str, str], Need, str, str]] = [
    (
        ("nike-pegasus-41", "nike-structure-25"),
        FLAT,
        "My pick is Nike Structure 25 [2] at $104.97: it has stability arch support for"
        " flat feet, and is $35.03 cheaper and rated higher (4.3). [1] is neither"
        " cheaper nor better rated.",
        "首选 耐克 Structure 25 稳定支撑跑鞋 [2]（$104.97）：稳定支撑（扁平足）、便宜 $35.03。"
        "[1] 不更便宜，评分也不更高。",
    ),
    (
        ("nike-pegasus-41", "asics-gel-kayano-31"),
        Need(),
        "It depends on arch support, cushioning and price: [1] has neutral arch support and high"
        " cushioning, and is $25 cheaper; [2] has stability arch support and max cushioning.",
        "要看您更在意什么（足弓支撑、缓震、价格）：[1] 中性支撑、高缓震，便宜 $25；"
        "[2] 稳定支撑、顶级缓震。",
    ),
    (
        ("new-balance-990v6", "nike-dunk-low"),
        Need(prefer=(wish("width", "wide"),)),
        "My pick is New Balance 990v6 Men's [1] at $200: it has wide width."
        " [2] is $85 cheaper, but has standard width.",
        "首选 新百伦 990v6 元祖灰休闲鞋 男款 [1]（$200）：宽楦。[2] 便宜 $85，但标准宽度。",
    ),
]


@pytest.mark.parametrize(("ids", "need", "english", "chinese"), SAID)
def test_what_is_said_reads_well(
    ids: tuple[str, str], need: Need, english: str, chinese: str, demo_index: CatalogueIndex
) -> None:
    assert verdict(*laid_out(demo_index, ids, need, "en")).text == english
    assert verdict(*laid_out(demo_index, ids, need, "zh")).text == chinese


def test_another_trade_is_compared_in_its_own_words() -> None:
    index = coffee_index()
    need = Need(must=(wish("milk_frother", True), wish("price", 100.0, "<=")))
    found, evidence = laid_out(index, ["crema", "duo"], need, "en")
    assert verdict(found, evidence).text == (
        "Neither meets all of your wishes, so it depends on milk frother and price:"
        " [1] has milk frother; [2] is within your budget of €100."
    )
    table = comparison_table(found, evidence)
    assert table.depends_on == ["milk_frother", "price"]
    assert table.rows[0].values == ["yes", "no"]
    assert [row.best for row in table.rows[:2]] == [0, 1]
    found, evidence = laid_out(index, ["crema", "mini"], Need(), "zh")
    pressure = next(r for r in comparison_table(found, evidence).rows if r.field == "rating")
    assert pressure.values == ["4.4 (210)", None]


def test_three_products_have_a_pick_and_a_next() -> None:
    need = Need(must=(wish("milk_frother", True), wish("drink", "filter")))
    told = verdict(*laid_out(coffee_index(), ["crema", "duo", "bean"], need, "en"))
    assert told.text.startswith("My pick is Domo Bean [3] at €599: it has milk frother")
    assert "Next comes" in told.text


def test_an_unknown_extreme_is_not_guessed() -> None:
    need = Need(must=(wish("weight_kg", 0.0, sort="asc"),))
    told = verdict(*laid_out(coffee_index(), ["crema", "mini"], need, "en"))
    assert told.text == (
        "The catalogue does not tell the weight of [2], so weight cannot decide here."
    )


def test_long_names_give_way(shoes_index: CatalogueIndex) -> None:
    """A title of eighty words leaves only its number in the verdict."""
    products = [
        p.model_copy(update={"title": " ".join(["Word"] * 80), "title_zh": "很长的名字" * 20})
        for p in shoes_index.products[:2]
    ]
    for language in LANGUAGES:
        found, evidence = laid_out(shoes_index, [p.id for p in products], Need(), language)
        renamed = Evidence(
            index=shoes_index,
            products=products,
            need=evidence.need,
            plan=evidence.plan,
            language=language,
            message="",
        )
        told = verdict(found.model_copy(update={"products": tuple(products)}), renamed)
        assert_short_and_in_language(told, renamed)


def test_a_colour_that_is_not_wanted_may_be_all_that_is_left(demo_index: CatalogueIndex) -> None:
    """Size 42 is there, but only in the colour that the shopper does not want."""
    ids = ["anta-c202-gt", "nike-vaporfly-3"]
    left = {
        v.color
        for v in demo_index.get(ids[1]).variants
        if v.size == "42" and v.availability == "in_stock"
    }
    assert left == {"white"}
    need = Need(must=(wish("size", "42"),), exclude=(wish("color", "white", "!="),))
    found, evidence = laid_out(demo_index, ids, need, "en")
    told = trade_off(evidence, *found.products)
    assert told is not None
    assert "has size 42 in stock in white only" in told.text
