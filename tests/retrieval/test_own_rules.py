"""Ranking rules that staff edit hold in place of those of the import, at once, in every process."""

from pathlib import Path

import pytest

from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex

RULE = "- {id: ID, which: ['brand = Nike'], effect: boost}\n"


@pytest.fixture
def folder(tmp_path: Path, shoes_index: CatalogueIndex, embedder: HashingEmbedder) -> IndexFolder:
    made = IndexFolder(tmp_path / "catalogs", embedder)
    made.replace(shoes_index, rules_file=written(tmp_path / "imported.yaml", "imported"))
    return made


def written(path: Path, id: str) -> Path:
    path.write_text(RULE.replace("ID", id), encoding="utf-8")
    return path


def ids(folder: IndexFolder) -> list[str]:
    return [rule.id for rule in folder.open("shoes").rules]


def test_they_hold_at_once_and_no_longer_when_they_are_gone(
    folder: IndexFolder, embedder: HashingEmbedder, tmp_path: Path
) -> None:
    other = IndexFolder(tmp_path / "catalogs", embedder)
    assert ids(folder) == ids(other) == ["imported"]
    assert "imported" in folder.imported_rules("shoes")
    written(folder.rules_file("shoes"), "edited")
    assert ids(folder) == ids(other) == ["edited"]
    written(folder.rules_file("shoes"), "edited-again")
    assert ids(folder) == ids(other) == ["edited-again"]
    folder.rules_file("shoes").unlink()
    assert ids(folder) == ids(other) == ["imported"]


def test_rules_that_cannot_be_used_leave_those_in_force(folder: IndexFolder) -> None:
    written(folder.rules_file("shoes"), "edited")
    assert ids(folder) == ["edited"]
    folder.rules_file("shoes").write_text("- {id: [", encoding="utf-8")
    assert ids(folder) == ["edited"]


def test_they_outlast_changes_and_imports_without_rules(
    folder: IndexFolder, shoes_index: CatalogueIndex, tmp_path: Path
) -> None:
    written(folder.rules_file("shoes"), "edited")
    folder.change("shoes", deletes=["anta-kt"])
    assert ids(folder) == ["edited"]
    folder.fold("shoes")
    assert ids(folder) == ["edited"]
    folder.replace(shoes_index)
    assert ids(folder) == ["edited"]
    folder.replace(shoes_index, rules_file=written(tmp_path / "imported.yaml", "newer"))
    assert ids(folder) == ["newer"]
