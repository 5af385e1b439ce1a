"""What somebody cannot handle is not wished for."""

import pytest

from retrieval.index import CatalogueIndex
from tools.reading.fact import ModelReading
from tools.reading.reader import Reader

NOTHING = ModelReading(action="search")


@pytest.fixture(scope="module")
def reader(demo_index: CatalogueIndex) -> Reader:
    return Reader(demo_index, {})


def _closures(reader: Reader, message: str) -> set[tuple[str, object]]:
    facts = reader.read(message, NOTHING).facts
    return {(f.op, f.value) for f in facts if f.field == "closure"}


@pytest.mark.parametrize(
    "message",
    [
        "my dad cannot tie laces any more",
        "she doesn't know how to do up laces",
        "he's too small to manage laces on his own",
        "grandma struggles with laces",
        "I hate fiddling with laces",
        "my son hasn't learnt to tie his laces",
        "it is hard for me to fasten laces",
        "孙子不会自己系鞋带",
        "老人弯不下腰系鞋带",
        "我懒得系鞋带",
        "鞋带他总是系不好",
        "系不好鞋带",
        "孩子学不会系带",
    ],
)
def test_what_cannot_be_handled_is_refused(reader: Reader, message: str) -> None:
    assert _closures(reader, message) == {("!=", "laces")}


@pytest.mark.parametrize(
    "message",
    [
        "she can tie laces now, so laces please",
        "he knows how to tie laces: laces are fine for him",
        "I can't do without laces",
        "I'd like laces that don't come undone",
        "会系鞋带了，要鞋带的",
        "要系鞋带的款",
    ],
)
def test_what_can_be_handled_is_not(reader: Reader, message: str) -> None:
    assert ("!=", "laces") not in _closures(reader, message)


def test_other_values_keep_their_own_sign(reader: Reader) -> None:
    assert _closures(reader, "can't tie laces, so slip-on") == {("!=", "laces"), ("=", "slip-on")}
    assert _closures(reader, "不会系鞋带，要一脚蹬") == {("!=", "laces"), ("=", "slip-on")}
