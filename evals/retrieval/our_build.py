"""Builds our index of a made catalogue: ``python -m evals.retrieval.our_build CATALOGUE HOME``.

In a process of its own, so that what building needs is not counted as what searching needs.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import retrieval
from evals.retrieval.peer_stores import load_vectors
from evals.retrieval.work import MADE, catalogue_products
from retrieval.building import build_index
from retrieval.embedding import Embedder
from retrieval.folder import IndexFolder
from retrieval.records import Records

NAME = "made"
CODE = "CODE"


def build(catalogue: Path, home: Path, embedder: Embedder, now: datetime) -> None:
    """Builds and writes the index; its vectors are those of the folder.

    Args:
        catalogue: the folder that ``Work.catalogue`` made.
        home: an ``IndexFolder``'s.
        embedder: whose vectors they stand for.
        now: the time of building.
    """
    vectors = load_vectors(catalogue)
    folder = IndexFolder(home, embedder)
    with folder.draft(NAME) as draft:
        records = Records.write(draft, catalogue_products(catalogue, len(vectors)))
        index = build_index(
            records, name=NAME, embedder=embedder, source=MADE, now=now, vectors=vectors
        )
        folder.replace(index)
    (home / CODE).write_text(code_digest())


def code_digest() -> str:
    """Changes with the program that builds and searches."""
    digest = hashlib.sha256()
    for path in sorted(Path(retrieval.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def drop_stale(home: Path) -> None:
    """Removes an index that another version of the program built."""
    file = home / CODE
    if home.exists() and not (file.exists() and file.read_text() == code_digest()):
        shutil.rmtree(home)


def main() -> None:
    """Reads the command line."""
    from evals.retrieval.embedder import shop_embedder  # the whole assistant stands behind it

    began = time.perf_counter()
    build(Path(sys.argv[1]), Path(sys.argv[2]), shop_embedder(), datetime.now(UTC))
    print(f"built in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
