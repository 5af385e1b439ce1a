"""A file that is put into a catalogue which serves: what it has no column for is kept."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from retrieval.building import build_index
from retrieval.catalogues import update_catalogue
from retrieval.conditions import parse_condition
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from retrieval.product import Product, Variant


def shop(tmp_path: Path) -> IndexFolder:
    embedder = HashingEmbedder()
    drill = Product(
        id="T2",
        title="Impact drill GSB 18",
        brand="Norrland",
        category=("Tools", "Drills"),
        price=Decimal(90),
        sale_price=Decimal(80),
        currency="USD",
        description="For brick.",
        attributes={"wattage": 600.0},
        variants=(Variant(sku="T2-a", size="S"),),
    )
    folder = IndexFolder(tmp_path / "catalogs", embedder)
    folder.replace(
        build_index(
            [drill],
            name="tools",
            embedder=embedder,
            source="t",
            now=datetime(2026, 3, 1, tzinfo=UTC),
        )
    )
    return folder


def test_columns_that_are_not_there_lose_nothing(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    file = tmp_path / "news.csv"
    file.write_text("id,title,price,colour\nT2,Impact drill GSB 18,85,green\nT3,Saw,20,red\n")
    done = update_catalogue(folder, file, "tools")
    assert (done.added, done.changed) == (1, 1)
    drill = folder.open("tools").get("T2")
    assert (drill.price, drill.sale_price) == (Decimal(85), Decimal(80))
    assert (drill.brand, drill.category, drill.description) == (
        "Norrland",
        ("Tools", "Drills"),
        "For brick.",
    )
    assert drill.attributes == {"wattage": 600.0, "color": "green"}
    assert [variant.sku for variant in drill.variants] == ["T2-a"]


def test_a_price_below_the_sale_ends_it(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    file = tmp_path / "news.csv"
    file.write_text("id,title,price\nT2,Impact drill GSB 18,75\n")
    update_catalogue(folder, file, "tools")
    index = folder.open("tools")
    assert index.get("T2").effective_price == Decimal(75)
    assert index.count([parse_condition("price = 75")]) == 1
    # A field is found however it is capitalised.
    assert index.count([parse_condition("Wattage >= 600")]) == 1
