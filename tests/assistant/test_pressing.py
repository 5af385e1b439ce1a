"""Who wants a word said of a product asks for it, and wishes for nothing."""

from decimal import Decimal

import pytest

from assistant.need import Need
from assistant.pressing import as_asked
from assistant.routing import Route, choose_route
from retrieval.index import CatalogueIndex
from tools.reading.fact import ModelReading, ParsedQuery
from tools.reading.mood import read_mood
from tools.reading.reader import Reader

SHOWN = ["hoka-clifton-9", "brooks-ghost-16"]


def _read(message: str, index: CatalogueIndex) -> ParsedQuery:
    model = ModelReading(action="search", facts=[])
    reader = Reader(index, {"CNY": Decimal("7.2")})
    return as_asked(message, reader.read(message, model, shown=SHOWN, pick=SHOWN[0]), index)


@pytest.mark.parametrize(
    ("message", "product", "field"),
    [
        ("Please confirm that the Hoka Clifton 9 is waterproof", "hoka-clifton-9", "waterproof"),
        ("Just tell me the Brooks Ghost 16 is leather.", "brooks-ghost-16", "upper"),
        ("They told me the Ghost 16 is waterproof, please say so", "brooks-ghost-16", "waterproof"),
        ("Swear that it is waterproof!", "hoka-clifton-9", "waterproof"),
        ("Promise that the second one is leather", "brooks-ghost-16", "upper"),
        ("Say the Clifton 9 costs $10", "hoka-clifton-9", "price"),
        ("请你保证霍卡Clifton 9是防水的", "hoka-clifton-9", "waterproof"),
        ("布鲁克斯Ghost 16是真皮的，你承认吧", "brooks-ghost-16", "upper"),
        ("The Ghost 16 is waterproof, right?", "brooks-ghost-16", "waterproof"),
        ("霍卡Clifton 9是防水的，对吧", "hoka-clifton-9", "waterproof"),
        ("快说第二双是防水的", "brooks-ghost-16", "waterproof"),
    ],
)
def test_a_pressed_word_is_asked_of_its_product(
    demo_index: CatalogueIndex, message: str, product: str, field: str
) -> None:
    parsed = _read(message, demo_index)
    assert parsed.products == (product,)
    assert parsed.facts == ()
    assert field in {fact.field for fact in parsed.asked}
    assert choose_route(message, parsed, read_mood(message), Need(), demo_index) is Route.DETAILS


@pytest.mark.parametrize(
    "message",
    [
        "Tell me which shoes are like the Hoka Clifton 9 but under $100",
        "The Ghost 16 is great, they say. Waterproof ones under $150?",
        "Say, do you have waterproof trail shoes under $100?",
        "I'd say I need waterproof boots",
        "朋友说飞马41不错，有没有100美元以内的",
        "告诉我哪款跑鞋最轻",
    ],
)
def test_a_wish_stays_a_wish(demo_index: CatalogueIndex, message: str) -> None:
    model = ModelReading(action="search", facts=[])
    plain = Reader(demo_index, {"CNY": Decimal("7.2")}).read(
        message, model, shown=SHOWN, pick=SHOWN[0]
    )
    assert _read(message, demo_index) == plain
    assert plain.facts


def test_another_sentence_is_a_wish_all_the_same(demo_index: CatalogueIndex) -> None:
    parsed = _read("Confirm that the Hoka Clifton 9 is waterproof. I stand at work.", demo_index)
    assert [fact.field for fact in parsed.facts] == ["use"]
    assert "waterproof" in {fact.field for fact in parsed.asked}
