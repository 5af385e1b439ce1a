"""What is read from a message without any help of a model, and what of the model's is believed."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index import CatalogueIndex
from tools.reading.amounts import read_amounts
from tools.reading.fact import ModelReading, ParsedQuery
from tools.reading.polarity import excluded
from tools.reading.quotes import Span, find_quote
from tools.reading.reader import Reader
from tools.reading.references import find_references
from tools.reading.strength import strength

FLAT_FEET_UNDER_120 = {
    ("category", "=", "Running shoes"),
    ("price", "<=", 120.0),
    ("need", "=", "flat-feet"),
}
NOTHING = ModelReading(action="search")


@pytest.fixture(scope="module")
def reader(demo_index: CatalogueIndex) -> Reader:
    return Reader(demo_index, {"CNY": Decimal("7.0")})


def facts(parsed: ParsedQuery) -> set[tuple[str, str, object]]:
    return {(f.field, f.op, f.value) for f in parsed.facts if f.sort is None}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "Which running shoe under $120 is best for flat feet?",
            FLAT_FEET_UNDER_120,
        ),
        (
            "扁平足跑步鞋,预算120美元以内,哪款最好?",
            FLAT_FEET_UNDER_120,
        ),
        ("and under $80?", {("price", "<=", 80.0)}),
        ("不要耐克", {("brand", "!=", "Nike")}),
        ("anything but Adidas", {("brand", "!=", "Adidas")}),
        ("no Nike or Adidas please", {("brand", "!=", "Nike"), ("brand", "!=", "Adidas")}),
        ("anything but leather", {("upper", "!=", "leather")}),
        ("皮的不要", {("upper", "!=", "leather")}),
        ("有没有白色的", {("color", "=", "white")}),
        ("I do not want white", {("color", "!=", "white")}),
        ("between $80 and $120", {("price", ">=", 80.0), ("price", "<=", 120.0)}),
        ("80到120美元", {("price", ">=", 80.0), ("price", "<=", 120.0)}),
        ("不超过两百", {("price", "<=", 200.0)}),
        ("around 100 dollars", {("price", ">=", 80.0), ("price", "<=", 120.0)}),
        ("预算700元以内", {("price", "<=", 100.0)}),
        ("推荐一双篮球鞋，42码，白色",
         {("category", "=", "Basketball shoes"), ("size", "=", "42"), ("color", "=", "white")}),
        ("size 43 in black", {("size", "=", "43"), ("color", "=", "black")}),
        ("not waterproof", {("waterproof", "=", False)}),
        ("under 250 grams", {("weight_g", "<=", 250.0)}),
        ("at least 4.5 stars", {("rating", ">=", 4.5)}),
        ("I don't want to spend more than $100", {("price", "<=", 100.0)}),
        ("nothing over $100 please", {("price", "<=", 100.0)}),
        ("不想花超过100美元", {("price", "<=", 100.0)}),
        ("不能超过100", {("price", "<=", 100.0)}),
        ("over $100", {("price", ">=", 100.0)}),
        ("$100-150", {("price", ">=", 100.0), ("price", "<=", 150.0)}),
        ("my budget is 100-150 dollars", {("price", ">=", 100.0), ("price", "<=", 150.0)}),
        ("预算100左右", {("price", ">=", 80.0), ("price", "<=", 120.0)}),
        ("预算100以上", {("price", ">=", 100.0)}),
        ("shoes, waterproof isn't important", {("category", "=", "Shoes")}),
        ("防水无所谓", set()),
        ("不一定要耐克", set()),
        ("没有耐克吗", {("brand", "=", "Nike")}),
        ("I can't stand New Balance", {("brand", "!=", "New Balance")}),
        ("rather Asics than Nike", {("brand", "=", "Asics"), ("brand", "!=", "Nike")}),
        ("rated at least 4.5", {("rating", ">=", 4.5)}),
        ("评分4.5以上", {("rating", ">=", 4.5)}),
        ("addidas shoes", {("brand", "=", "Adidas"), ("category", "=", "Shoes")}),
        ("non-leather casual sneakers",
         {("upper", "!=", "leather"), ("category", "=", "Casual sneakers")}),
        ("shoes based on price", {("category", "=", "Shoes")}),
        ("do you sell books?", set()),
    ],
)  # fmt: skip
def test_rules_read_what_has_a_form(
    reader: Reader, message: str, expected: set[tuple[str, str, object]]
) -> None:
    assert facts(reader.read(message, NOTHING)) == expected


@pytest.mark.parametrize(
    "message", ["99999999999999999999999999995", "under " + "9" * 60, "size " + "1" * 40]
)
def test_endless_figures_are_no_sum(reader: Reader, message: str) -> None:
    assert facts(reader.read(message, NOTHING)) == set()


@pytest.mark.parametrize(
    ("message", "field"),
    [("do you sell laptops?", "category"), ("有手机吗", "category"), ("any Zara shoes?", "brand")],
)
def test_what_is_not_sold_is_laid_aside(reader: Reader, message: str, field: str) -> None:
    assert [u.field for u in reader.read(message, NOTHING).unmatched] == [field]


def test_a_quote_that_nobody_said_is_dropped(reader: Reader) -> None:
    model = ModelReading.model_validate(
        {
            "action": "search",
            "facts": [
                {"quote": "Nike, Adidas", "field": "brand", "op": "=", "value": "Nike"},
                {"quote": "under 1000", "field": "price", "op": "<=", "value": "1000"},
            ],
        }
    )
    parsed = reader.read("我想买一双好穿的鞋", model)
    assert {f.field for f in parsed.facts} <= {"category", "need"}
    assert len(parsed.dropped) == 2


@pytest.mark.parametrize(
    ("quote", "field", "value"),
    [
        ("运动鞋", "brand", "Nike"),
        ("好穿", "price", "300"),
        ("买", "price", "0"),
        ("好", "size", "42"),
    ],
)
def test_a_true_quote_does_not_make_an_invented_value_true(
    reader: Reader, quote: str, field: str, value: str
) -> None:
    model = ModelReading.model_validate(
        {"action": "search", "facts": [{"quote": quote, "field": field, "op": "=", "value": value}]}
    )
    parsed = reader.read("我想买一双好穿的运动鞋", model)
    assert field not in {f.field for f in parsed.facts}


def test_money_without_a_rate_is_never_compared(demo_index: CatalogueIndex) -> None:
    parsed = Reader(demo_index, {}).read("预算800元以内", NOTHING)
    assert not parsed.facts
    assert parsed.unmatched[0].field == "price"
    assert parsed.unmatched[0].value == "800 CNY"


def test_a_rate_is_told(reader: Reader) -> None:
    (fact,) = reader.read("700元以内", NOTHING).facts
    assert fact.value == 100.0
    assert fact.note == "1 USD = 7.0 CNY"


def test_a_soft_wish_is_a_preference(reader: Reader) -> None:
    (fact,) = reader.read("最好是耐克的", NOTHING).facts
    assert (fact.field, fact.strength) == ("brand", "prefer")
    (fact,) = reader.read("preferably white", NOTHING).facts
    assert (fact.field, fact.strength) == ("color", "prefer")


def test_extremes_order_and_filter_nothing(reader: Reader) -> None:
    parsed = reader.read("the cheapest running shoe", NOTHING)
    (extreme,) = [f for f in parsed.facts if f.sort]
    assert (extreme.field, extreme.sort, extreme.strength) == ("price", "asc", "prefer")


@pytest.mark.parametrize(
    ("quote", "message", "found"),
    [
        ("under $120", "shoes under $120 please", True),
        ("UNDER  $120", "shoes under $120 please", True),
        ("men", "shoes for women", False),
        ("１２０", "under 120", True),
        ("扁平足", "我是扁平足", True),
        ("耐克", "我想买鞋", False),
        ("", "anything", False),
        ("“waterproof”", "must be waterproof", True),
    ],
)
def test_quotes(quote: str, message: str, found: bool) -> None:
    assert (find_quote(quote, message) is not None) == found


@given(st.text(min_size=1, max_size=60), st.data())
def test_every_whole_message_quotes_itself(message: str, data: st.DataObject) -> None:
    span = find_quote(message, message)
    if span is not None:
        assert 0 <= span.start < span.end <= len(message)
    other = data.draw(st.text(max_size=30))
    found = find_quote(other, message)
    assert found is None or (0 <= found.start < found.end <= len(message))


@given(st.text(max_size=200))
def test_amounts_never_fail_and_stay_inside(message: str) -> None:
    for amount in read_amounts(message):
        assert 0 <= amount.span.start < amount.span.end <= len(message)
        assert amount.value.is_finite()


def test_a_long_message_is_read_in_time(reader: Reader) -> None:
    for piece in ("$1-", "1 ", "not a ", "预算1"):
        started = time.perf_counter()
        reader.read((piece * 4000)[:4000], NOTHING)
        assert time.perf_counter() - started < 2.0


@given(st.text(alphabet="not 不要有没的Nike,，orand 或 ", max_size=120))
def test_polarity_never_hangs(message: str) -> None:
    for start in range(0, len(message), 7):
        excluded(message, Span(start, len(message)))
        strength(message, Span(start, len(message)))


@pytest.mark.parametrize(
    ("message", "word", "refused"),
    [
        ("not white", "white", True),
        ("white, not black", "white", False),
        ("white, not black", "black", True),
        ("not only white", "white", False),
        ("为什么没有白色", "白色", True),
        ("是不是白色", "白色", False),
        ("除了耐克以外都可以", "耐克", True),
        ("不错的耐克", "耐克", False),
        ("I don't mind white", "white", False),
        ("no problem with white", "white", False),
        ("leather is out", "leather", True),
        ("without leather", "leather", True),
        ("I hate leather but love white", "white", False),
    ],
)
def test_polarity(message: str, word: str, refused: bool) -> None:
    at = message.index(word)
    assert excluded(message, Span(at, at + len(word))) == refused


class TestReferences:
    SHOWN = ("brooks-adrenaline-gts-23", "nike-pegasus-41")

    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            ("how heavy is the second one?", ["nike-pegasus-41"]),
            ("第二双多重", ["nike-pegasus-41"]),
            ("compare the first and the second", list(SHOWN)),
            ("这两双有什么区别", list(SHOWN)),
            ("is it waterproof?", ["brooks-adrenaline-gts-23"]),
            ("how much is the Nike Pegasus?", ["nike-pegasus-41"]),
            ("hello", []),
        ],
    )
    def test_what_was_shown(
        self, demo_index: CatalogueIndex, message: str, expected: list[str]
    ) -> None:
        shown = [id for id in self.SHOWN if id in demo_index]
        assert len(shown) == 2
        assert list(find_references(message, shown, shown[0], demo_index).products) == expected

    def test_nothing_shown_nothing_meant(self, demo_index: CatalogueIndex) -> None:
        assert find_references("is the second one waterproof?", [], None, demo_index).products == ()
