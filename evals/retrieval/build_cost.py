"""What an index costs to build beside embedding the same texts and nothing else."""

from __future__ import annotations

import gzip
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from evals.retrieval.report import Options, Report
from evals.retrieval.tables import Row
from evals.retrieval.work import Work
from retrieval.catalogues import index_file
from retrieval.embedding import Embedder, Vectors, dense_text
from retrieval.folder import IndexFolder
from retrieval.importing import import_catalogue

GOAL = 1.1
_WARM_UP = 64


def run(work: Work, options: Options) -> Report:
    """Builds in two halves of the rows, in the order bare, build, build, bare.

    So a machine that grows slower or faster while this runs does so for both.
    """
    found: dict[str, Vectors] = {}
    bare, build = [0.0, 0.0], [0.0, 0.0]
    with tempfile.TemporaryDirectory(dir=work.folder) as temporary:
        home = Path(temporary)
        files = halves(work.source, home)
        for half, steps in ((0, ("bare", "build")), (1, ("build", "bare"))):
            products, _ = import_catalogue(files[half])
            texts = [dense_text(product) for product in products]
            work.embedder.documents(texts[:_WARM_UP])
            for step in steps:
                options.say(f"half {half + 1}, {len(texts)} products: {step}")
                if step == "bare":
                    began = time.perf_counter()
                    vectors = work.embedder.documents(texts)
                    bare[half] = time.perf_counter() - began
                    found |= {p.id: vector for p, vector in zip(products, vectors, strict=True)}
                else:
                    build[half] = build_seconds(files[half], home, work.embedder)
    work.keep(found)
    ratio = sum(build) / sum(bare)
    each = ", ".join(f"{b / a:.3f}" for a, b in zip(bare, build, strict=True))
    row = Row(
        "index build on chorus_icecat over the bare embedding loop",
        ratio,
        GOAL,
        unit="times",
        note=f"import, index and writing; {sum(build):.0f} s against {sum(bare):.0f} s for "
        f"{len(found):,} products; by half {each}",
    )
    return Report([row], "", {"bare_seconds": bare, "build_seconds": build})


def build_seconds(path: Path, home: Path, embedder: Embedder) -> float:
    """Seconds from a catalogue's file to an index that serves."""
    folder = IndexFolder(home / path.stem, embedder)
    began = time.perf_counter()
    index_file(folder, path, name="half", embedder=embedder, now=datetime.now(UTC))
    return time.perf_counter() - began


def halves(source: Path, home: Path) -> tuple[Path, Path]:
    """The even and the odd lines of a ``.jsonl.gz`` file, in two ``.jsonl`` files."""
    paths = (home / "even.jsonl", home / "odd.jsonl")
    with paths[0].open("wb") as even, paths[1].open("wb") as odd, gzip.open(source) as lines:
        for number, line in enumerate(lines):
            (odd if number % 2 else even).write(line)
    return paths
