"""Equal wishes are looked for in equal words, and what nothing has read still counts."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from assistant.need import Need, plan_search, update_need
from assistant.query_words import query_of
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from tools.reading.fact import ModelReading
from tools.reading.reader import Reader


def _query(message: str, index: CatalogueIndex, held: Need | None = None) -> str:
    model = ModelReading(action="search", facts=[])
    parsed = Reader(index, {"CNY": Decimal("7.2")}).read(message, model, shown=[], pick=None)
    need = update_need(held or Need(), parsed.facts, (), turn=1, index=index, message=message)
    return query_of(plan_search(need, index), parsed, need, message, index)


@pytest.mark.parametrize(
    "messages",
    [
        (
            "trail running shoes under $150",
            "hi there, could you please find me trail running shoes, at most 150 dollars?",
            "TRAIL RUNNING SHOES UNDER $150!!!",
            "i want trail runing shoes under $150",
            "150美元以内的越野跑鞋",
        ),
        ("black Nike shoes", "Nike shoes, in black please", "鞋子要耐克的，黑色"),
    ],
)
def test_the_wording_does_not_count(demo_index: CatalogueIndex, messages: tuple[str, ...]) -> None:
    queries = {_query(message, demo_index) for message in messages}
    assert len(queries) == 1
    assert queries != {""}


@pytest.fixture(scope="module")
def lamps() -> CatalogueIndex:
    texts = ("Clamps to a shelf and dims.", "Stands on a desk.", "Hangs over a crib.")
    made = [
        Product(
            id=f"lamp-{number}",
            title=f"Lumo {number}",
            brand="Lumo",
            category=("Lamps",),
            price=Decimal(20),
            currency="USD",
            description=text,
            attributes={"base": "steel"},
        )
        for number, text in enumerate(texts)
    ]
    return build_index(
        made,
        name="lamps",
        embedder=HashingEmbedder(),
        source="tests",
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_what_nothing_has_read_counts_where_a_text_has_it(lamps: CatalogueIndex) -> None:
    words = _query("a steel lamp that clamps to my bunk, evening folks", lamps).split()
    assert {"steel", "clamps"} <= set(words)
    assert not {"bunk", "evening", "folks", "that"} & set(words)


def test_a_misspelt_name_is_looked_for(demo_index: CatalogueIndex) -> None:
    assert "endorphine" in _query("shoes like the endorphine", demo_index).split()


def test_a_number_and_a_word_that_is_read_count_once(lamps: CatalogueIndex) -> None:
    words = _query("steel lamps, 3 pieces, steel", lamps).lower().split()
    assert words.count("steel") == 1
    assert "3" not in words


def test_of_a_message_without_a_wish_all_telling_words_count(lamps: CatalogueIndex) -> None:
    assert _query("for my toddler's bunk", lamps).split() != []
