"""A version of an index on disk into memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from retrieval.advice import load_advice
from retrieval.changes import ChangeLog
from retrieval.columns import Mask
from retrieval.dense import Keeper
from retrieval.embedding import Embedder
from retrieval.errors import BadInput, IndexBroken, IndexMismatch
from retrieval.index import FORMAT_VERSION, CatalogueIndex
from retrieval.manifest import read_manifest
from retrieval.parts import Parts
from retrieval.postings import mapped
from retrieval.rules import load_rules
from retrieval.words import load_words

LOG = "changes.sqlite3"
"""The file of a version that its changes stand in."""


class LoadedVersion:
    """A version in memory: its snapshot, its log, and how far the log has been read.

    Attributes:
        version: the current version; where that is damaged, ``folder`` is of another.
        damage: why it takes no changes, or None.
        imported_rules: the rules that came with it.
        rules_stamp: of the file of rules that staff edit, as it was read last.
    """

    def __init__(self, folder: Path, index: CatalogueIndex) -> None:
        self.folder = folder
        self.version = folder.name
        self.index = index
        self.changes = ChangeLog(folder / LOG)
        self.seq = 0
        self.damage: str | None = None
        self.imported_rules = index.rules
        self.rules_stamp: tuple[int, int] | None = None


def load(folder: Path, embedder: Embedder, keeper: Keeper) -> LoadedVersion:
    """Opens a version, its files mapped into memory; its changes are not yet taken up.

    Raises:
        IndexBroken: a file is missing, cut short or cannot be read.
        IndexMismatch: it was made with another embedding model or format.
    """
    manifest = read_manifest(folder)
    if manifest.format != FORMAT_VERSION:
        raise IndexMismatch(
            f"The index {manifest.name} is of format {manifest.format}, this program reads "
            f"{FORMAT_VERSION}: index the catalogue anew."
        )
    if manifest.embedder != embedder.name:
        raise IndexMismatch(
            f"The index {manifest.name} was built with {manifest.embedder}, not with "
            f"{embedder.name}: index the catalogue anew."
        )
    words, advice = folder / "words.yaml", folder / "advice.yaml"
    rules = folder / "rules.yaml"
    try:
        for path, size in manifest.files.items():
            file = folder / path
            if not file.exists() or file.stat().st_size != size:
                raise IndexBroken(f"{path} of the index {manifest.name} is missing or cut short.")
        index = CatalogueIndex(
            manifest,
            Parts.load(folder, keeper),
            _live(folder, manifest.rows),
            embedder,
            words=load_words(words) if words.exists() else None,
            advice=load_advice(advice) if advice.exists() else None,
            rules=load_rules(rules) if rules.exists() else None,
        )
    except BadInput as error:
        raise IndexBroken(f"The index {manifest.name}: {error.sentence}") from error
    except OSError as error:
        raise IndexBroken(f"The index {manifest.name} cannot be read.") from error
    if index.parts.columns.size != manifest.rows:
        raise IndexBroken(f"The parts of the index {manifest.name} do not fit its manifest.")
    return LoadedVersion(folder, index)


def _live(folder: Path, rows: int) -> Mask:
    try:
        live: Mask = np.array(mapped(folder / "live.npy"))
    except (OSError, ValueError, EOFError) as error:
        raise IndexBroken("live.npy of the index cannot be read.") from error
    if live.shape != (rows,):
        raise IndexBroken("live.npy of the index is cut short.")
    return live
