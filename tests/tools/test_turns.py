"""What a message says of what was shown, and of what was wished for before."""

from decimal import Decimal

import pytest

from retrieval.index import CatalogueIndex
from tools.reading.fact import Fact, ModelReading, ParsedQuery
from tools.reading.reader import Reader

NOTHING = ModelReading(action="search")
SHOWN = ("nike-pegasus-41", "adidas-stan-smith", "hoka-bondi-8")
HELD = (
    Fact(field="waterproof", op="=", value=True, quote="waterproof"),
    Fact(field="price", op="<=", value=100.0, quote="under $100"),
    Fact(field="need", op="=", value="flat-feet", quote="flat feet"),
    Fact(field="gender", op="=", value="women", quote="for women"),
    Fact(field="brand", op="!=", value="Nike", quote="not Nike"),
    Fact(field="color", op="=", value="white", quote="white"),
)


@pytest.fixture(scope="module")
def reader(demo_index: CatalogueIndex) -> Reader:
    return Reader(demo_index, {"CNY": Decimal("7.0")})


def follow(reader: Reader, message: str) -> ParsedQuery:
    return reader.read(message, NOTHING, shown=SHOWN, pick=SHOWN[0], held=HELD)


@pytest.mark.parametrize(
    ("message", "places"),
    [
        ("is the second one waterproof?", [2]),
        ("第二双防水吗", [2]),
        ("那双白色的有42码吗", [1]),
        ("the Nike in 43?", [1]),
        ("Hoka那双多少钱", [3]),
        ("耐克那双", [1]),
        ("is the cheaper of the two waterproof?", [2]),
        ("便宜的那双", [2]),
        ("前两款", [1, 2]),
        ("the first two", [1, 2]),
        ("后两双", [2, 3]),
        ("what about the other one", [2]),
        ("另一双呢", [2]),
        ("is it waterproof", [1]),
        ("Bondi 8 vs Stan Smith", [3, 2]),
        ("compare the first and the third", [1, 3]),
        ("how about the Adidas?", [2]),
        ("which of them is the lightest", [1, 2, 3]),
        ("the last one", [3]),
        ("it must be waterproof", []),
        ("this is my first time running", []),
        ("show me white running shoes", []),
    ],
)
def test_what_is_pointed_at(reader: Reader, message: str, places: list[int]) -> None:
    assert list(follow(reader, message).products) == [SHOWN[place - 1] for place in places]


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("is the second one waterproof?", {("waterproof", True)}),
        ("does it come in white, size 42?", {("color", "white"), ("size", "42")}),
        ("那双白色的有42码吗", {("size", "42")}),
        ("do you have it in blue", {("color", "blue")}),
    ],
)
def test_a_question_about_a_product_wishes_for_nothing(
    reader: Reader, message: str, asked: set[tuple[str, object]]
) -> None:
    parsed = follow(reader, message)
    assert parsed.facts == ()
    assert {(f.field, f.value) for f in parsed.asked} == asked


def test_a_wish_beside_a_reference_stays_one(reader: Reader) -> None:
    parsed = follow(reader, "show me something like the first one but black")
    assert [(f.field, f.value) for f in parsed.facts] == [("color", "black")]
    parsed = follow(reader, "I have flat feet, is the second one ok?")
    assert [(f.field, f.value) for f in parsed.facts] == [("need", "flat-feet")]


@pytest.mark.parametrize(
    "message", ["不要防水了", "不用防水了", "don't need waterproof any more", "不防水也行"]
)
def test_a_wish_is_dropped(reader: Reader, message: str) -> None:
    parsed = follow(reader, message)
    assert (parsed.facts, parsed.relaxed) == ((), ("waterproof",))


@pytest.mark.parametrize(
    "message", ["I can pay a bit more", "价格可以高一点", "预算可以再高一些", "可以贵一点"]
)
def test_a_limit_is_loosened_by_a_fifth_and_told(reader: Reader, message: str) -> None:
    parsed = follow(reader, message)
    (fact,) = parsed.facts
    assert (fact.field, fact.op, fact.value, fact.note) == ("price", "<=", 120.0, "100 + 20 %")
    assert parsed.loosened == ("price",)


def test_single_wishes_are_taken_back(reader: Reader) -> None:
    parsed = follow(reader, "Nike is fine after all")
    assert [(r.field, r.value) for r in parsed.released] == [("brand", "Nike")]
    assert parsed.facts == ()
    parsed = follow(reader, "扁平足不用考虑了")
    assert [(r.field, r.value) for r in parsed.released] == [("need", "flat-feet")]
    assert follow(reader, "forget the white").relaxed == ("color",)


@pytest.mark.parametrize("message", ["太贵了", "something cheaper", "再便宜点", "too expensive"])
def test_cheaper_is_cheaper_than_the_pick(
    reader: Reader, demo_index: CatalogueIndex, message: str
) -> None:
    (fact,) = follow(reader, message).facts
    price = float(demo_index.get(SHOWN[0]).effective_price)
    assert (fact.field, fact.op, fact.value) == ("price", "<", price)
