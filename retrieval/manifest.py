"""What an index was built from and with."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from retrieval.embedding import Language
from retrieval.errors import BadInput, IndexBroken

_FILE = "manifest.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Manifest(BaseModel):
    """What an index was built from and with.

    Attributes:
        products: how many there were when it was built.
        rows: as many, and the deleted ones that have not been cleared away.
        language: that most titles are written in.
        embedder: the embedding model, its hash included.
        vectors: kind, parameters and measured recall of the vector index.
        files: bytes of each file, by its path in the index's folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    name: str
    products: int
    rows: int
    currency: str
    language: Language
    embedder: str
    dimensions: int
    built: datetime
    source: str
    vectors: dict[str, Any] = Field(default_factory=dict)
    files: dict[str, int] = Field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a version.

    Raises:
        IndexBroken: it is missing, cut short or of an older shape.
    """
    try:
        return Manifest.model_validate_json((folder / _FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise IndexBroken(
            f"The index {folder.parent.name} has no readable manifest: index the catalogue anew."
        ) from error


def source_of(folder: Path) -> str | None:
    """What a version's manifest, of any format, names as its source; None: it cannot be read."""
    try:
        return str(json.loads((folder / _FILE).read_bytes())["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def file_sizes(folder: Path) -> dict[str, int]:
    """Bytes of every file below a folder whose size never changes again."""
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(("changes.sqlite3", _FILE))
    }


def check_name(name: str) -> None:
    """Refuses a catalogue name that is not a plain word, as it becomes a folder's name.

    Raises:
        BadInput: it has other characters than small letters, digits, ``-`` and ``_``.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{name[:80]!r} cannot name a catalogue: use small letters, digits, - and _.",
            field="catalog",
        )
