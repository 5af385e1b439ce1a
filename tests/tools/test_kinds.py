"""Kinds that are refused by their head word, and goods that no title names."""

import pytest

from retrieval.index import CatalogueIndex
from tools.reading.fact import ModelReading
from tools.reading.kinds import kinds_of
from tools.reading.reader import Reader

NOTHING = ModelReading(action="search")


@pytest.fixture(scope="module")
def reader(demo_index: CatalogueIndex) -> Reader:
    return Reader(demo_index, {})


def _refused(reader: Reader, message: str) -> set[object]:
    facts = reader.read(message, NOTHING).facts
    return {f.value for f in facts if f.field == "category" and f.op == "!="}


@pytest.mark.parametrize("word", ["boots", "Boot", "靴子", "靴"])
def test_kinds_share_their_head(demo_index: CatalogueIndex, word: str) -> None:
    assert {"Hiking boots", "Casual boots"} <= set(kinds_of(word, demo_index))


@pytest.mark.parametrize("word", ["hiking boots", "shoes", "鞋", "白色", "", "xyz"])
def test_other_words_name_none(demo_index: CatalogueIndex, word: str) -> None:
    assert "Hiking boots" not in kinds_of(word, demo_index)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("for hiking, anything but boots", {"Casual boots", "Hiking boots"}),
        ("爬山穿，靴子不要", {"Casual boots", "Hiking boots"}),
        ("no hiking boots", {"Hiking boots"}),
        ("不要徒步靴", {"Hiking boots"}),
        ("no trail running shoes", {"Trail running shoes"}),
        ("no sneakers for tennis", {"Casual sneakers"}),
    ],
)
def test_a_head_word_refuses_all_its_kinds(
    reader: Reader, message: str, expected: set[object]
) -> None:
    assert _refused(reader, message) == expected


@pytest.mark.parametrize(
    ("message", "goods"),
    [
        ("do you sell hiking socks?", "socks"),
        ("登山袜子有吗", "袜子"),
        ("Do you have any snorkels?", "snorkels"),
        ("有潜水镜卖吗？", "潜水镜"),
    ],
)
def test_goods_that_no_title_names_are_not_sold(reader: Reader, message: str, goods: str) -> None:
    parsed = reader.read(message, NOTHING)
    assert [u.quote for u in parsed.unmatched if u.field == "category"] == [goods]
    assert not [f for f in parsed.facts if f.field == "category"]


@pytest.mark.parametrize(
    "message",
    [
        "do you have any recommendations?",
        "do you have any clogs?",
        "do you have any discounts?",
        "do you sell running shoes?",
        "do you sell online?",
        "有跑鞋卖吗？",
        "my laces are too short",
        "鞋带太麻烦",
    ],
)
def test_what_is_sold_or_no_goods_is_not_laid_aside(reader: Reader, message: str) -> None:
    assert not [u for u in reader.read(message, NOTHING).unmatched if u.field == "category"]
