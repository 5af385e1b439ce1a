"""Products that a text names by words that tell nothing alone."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product

_LAMPS = [
    ("Halden Desk 20", "Desk lamps"),
    ("Halden Desk 35", "Desk lamps"),
    ("Halden Floor 35", "Floor lamps"),
    ("Orla Floor 12", "Floor lamps"),
    ("Orla Kids' Moon 5", "Desk lamps"),
    ("Orla Home 7", "Desk lamps"),
]


@pytest.fixture(scope="module")
def lamps() -> CatalogueIndex:
    made = [
        Product(
            id=title.lower().replace(" ", "-").replace("'", ""),
            title=f"{title} Lamp",
            brand=title.split()[0],
            category=("Lamps", kind),
            price=Decimal(30),
            currency="EUR",
        )
        for title, kind in _LAMPS
    ]
    return build_index(
        made,
        name="lamps",
        embedder=HashingEmbedder(),
        source="tests",
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )


def _named(index: CatalogueIndex, text: str) -> list[tuple[str, ...]]:
    return [mention.product_ids for mention in index.titles.find(text)]


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("how bright is the Halden Desk 35?", "halden-desk-35"),
        ("is the orla floor 12 dimmable", "orla-floor-12"),
        ("Halden Floor 35多少钱", "halden-floor-35"),
        ("what about the Desk 20?", "halden-desk-20"),
    ],
)
def test_brand_kind_and_number_name_one(lamps: CatalogueIndex, text: str, id: str) -> None:
    assert _named(lamps, text) == [(id,)]


@pytest.mark.parametrize(
    "text",
    [
        "a desk 35 cm wide",
        "Orla Desk 20",
        "Halden lamps under 35",
        "floor lamps, 12 of them",
        "for my kids",
        "a lamp for my home",
        "35",
        "Halden",
    ],
)
def test_other_words_name_none(lamps: CatalogueIndex, text: str) -> None:
    assert _named(lamps, text) == []


def test_an_everyday_word_names_one_where_it_is_written_as_a_name(lamps: CatalogueIndex) -> None:
    assert _named(lamps, "is the Home still there?") == [("orla-home-7",)]
