"""A catalogue file into the index that serves, and the demo shop on demand."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retrieval.catalogues import DEMO, demo_source, index_file, name_of, open_catalogue
from retrieval.conditions import parse_condition
from retrieval.embedding import HashingEmbedder
from retrieval.errors import BadCatalogueFile, BadInput, UnknownCatalogue
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CSV = "name,price,brand\nTrail shoe,$80.00,Acme\nRoad shoe,free,Acme\nGym shoe,40,Best\n"


@pytest.fixture
def folder(tmp_path: Path, embedder: HashingEmbedder) -> IndexFolder:
    return IndexFolder(tmp_path / "catalogs", embedder)


def test_a_file_is_indexed_and_serves(
    folder: IndexFolder, embedder: HashingEmbedder, tmp_path: Path
) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(CSV, encoding="utf-8")
    seen: list[str] = []
    done = index_file(
        folder,
        file,
        name="shop",
        embedder=embedder,
        now=NOW,
        progress=lambda done, total, text: seen.append(text),
    )
    assert [product.title for product in folder.open("shop").products] == ["Trail shoe", "Gym shoe"]
    report = json.loads(done.report_file.read_text("utf-8"))
    assert report["refused"] == 1
    assert done.report.refused == 1
    assert "products embedded" in seen


def test_a_broken_file_leaves_the_old_index(
    folder: IndexFolder, embedder: HashingEmbedder, tmp_path: Path, shoes_index: CatalogueIndex
) -> None:
    folder.replace(shoes_index)
    version = folder.current_version("shoes")
    file = tmp_path / "broken.csv"
    file.write_text("colour,size\nred,42\n", encoding="utf-8")
    with pytest.raises(BadCatalogueFile):
        index_file(folder, file, name="shoes", embedder=embedder, now=NOW)
    good = tmp_path / "good.csv"
    good.write_text(CSV, encoding="utf-8")
    advice = tmp_path / "advice.yaml"
    advice.write_text(
        "- {id: wet, words: {en: [rain], zh: [雨]}, trait: false, require: [waterproof = yes],"
        " prefer: [], reason: {en: Dry., zh: 干。}, source: x}",
        encoding="utf-8",
    )
    with pytest.raises(BadInput, match="waterproof"):
        index_file(folder, good, name="shoes", embedder=embedder, now=NOW, advice=advice)
    assert folder.current_version("shoes") == version


@pytest.mark.parametrize("name", ["", "A", "a/b", "..", "-a", "鞋"])
def test_a_name_is_a_plain_word(
    folder: IndexFolder, embedder: HashingEmbedder, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(CSV, encoding="utf-8")
    with pytest.raises(BadInput):
        index_file(folder, file, name=name, embedder=embedder, now=NOW)


def test_the_demo_is_built_once_and_kept_up_to_date(
    folder: IndexFolder, embedder: HashingEmbedder, shoes_index: CatalogueIndex
) -> None:
    index = open_catalogue(folder, DEMO, embedder=embedder, now=NOW)
    assert len(index) >= 160
    assert len(list(index.advice)) >= 12
    assert index.count([parse_condition("price <= 120")]) > 10
    assert index.manifest.source == demo_source()
    later = NOW + timedelta(days=1)
    assert open_catalogue(folder, DEMO, embedder=embedder, now=later).manifest.built == NOW

    # As if the packaged files had been others when it was built.
    old = shoes_index.manifest.model_copy(
        update={"name": DEMO, "source": "demo@000000000000", "built": later}
    )
    folder.replace(_renamed(shoes_index, old, embedder))
    again = open_catalogue(folder, DEMO, embedder=embedder, now=later + timedelta(days=1))
    assert len(again) == len(index)

    # A shop's own catalogue of that name is not the demo's to replace.
    own = old.model_copy(update={"source": "shop.csv", "built": later + timedelta(days=2)})
    folder.replace(_renamed(shoes_index, own, embedder))
    assert len(open_catalogue(folder, DEMO, embedder=embedder, now=later)) == 6


def test_a_damaged_demo_is_built_anew(folder: IndexFolder, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    index = open_catalogue(folder, DEMO, embedder=embedder, now=NOW)
    version = folder.current_version(DEMO)
    assert version is not None
    (tmp_path / "catalogs" / DEMO / version / "products.jsonl").write_text("{", encoding="utf-8")
    other = IndexFolder(tmp_path / "catalogs", embedder)
    later = NOW + timedelta(days=1)
    assert len(open_catalogue(other, DEMO, embedder=embedder, now=later)) == len(index)


def test_other_catalogues_are_not_made_up(folder: IndexFolder, embedder: HashingEmbedder) -> None:
    with pytest.raises(UnknownCatalogue):
        open_catalogue(folder, "none", embedder=embedder, now=NOW)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Summer Shoes.csv.gz", "summer-shoes"),
        ("products_2026.jsonl", "products-2026"),
        ("鞋.csv", "catalogue"),
        (".csv", "csv"),
        ("x" * 200 + ".csv", "x" * 64),
    ],
)
def test_a_name_comes_from_the_file(file: str, name: str) -> None:
    assert name_of(Path("/folder.d") / file) == name


def _renamed(index: CatalogueIndex, manifest: object, embedder: HashingEmbedder) -> CatalogueIndex:
    from retrieval.manifest import Manifest

    assert isinstance(manifest, Manifest)
    return CatalogueIndex(manifest, index.parts, index.columns.live, embedder)
