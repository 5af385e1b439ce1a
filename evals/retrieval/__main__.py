"""``python -m evals.retrieval``: everything that retrieval promises, measured in one run.

Prints tables in Markdown. Times of a shared machine wander: compare within one run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, cast

from evals.retrieval.embedder import shop_embedder
from evals.retrieval.plot import draw
from evals.retrieval.report import Options, Report, size
from evals.retrieval.stores import StoreFailed, Timing
from evals.retrieval.tables import Row, goals_table
from evals.retrieval.work import Work

PARTS = ("build", "latency", "peers", "quality", "languages")
_MODULES = {"build": "build_cost"}
_CORES = 2
_DATA = Path("../shared/data")
_FIGURE = Path("evals/pictures/retrieval.svg")


class Part(Protocol):
    """A module of this folder that measures something."""

    def run(self, work: Work, options: Options) -> Report:
        """Measures and reports."""
        ...


def main() -> int:
    """Reads the command line, measures, prints.

    Returns:
        0, or 1 where a part failed, or 2 where the data are missing.
    """
    arguments = _arguments()
    keep_to_cores(_CORES)
    began = time.perf_counter()

    def say(line: str) -> None:
        print(f"[{time.perf_counter() - began:6.0f} s] {line}", file=sys.stderr, flush=True)

    options = Options(
        sizes=arguments.sizes,
        queries=arguments.queries,
        rounds=arguments.rounds,
        peers_python=arguments.peers_python or None,
        keep_index=arguments.keep_index,
        say=say,
    )
    work = Work(arguments.work, arguments.data, shop_embedder(), say)
    if not work.source.exists():
        print(f"{work.source} is missing; --data names the folder of the data.", file=sys.stderr)
        return 2
    reports: dict[str, Report] = {}
    failed = False
    for name in arguments.parts:
        say(f"part {name}")
        module = importlib.import_module(f"evals.retrieval.{_MODULES.get(name, name)}")
        try:
            reports[name] = cast(Part, module).run(work, options)
        except StoreFailed as error:  # the other parts took long, and stand
            failed = True
            say(f"{name}: {error}")
            reports[name] = Report([Row(name, None, note=str(error))])
        if arguments.json:  # after every part, as a run takes an hour
            arguments.json.parent.mkdir(parents=True, exist_ok=True)
            arguments.json.write_text(as_json(reports), encoding="utf-8")
    print(document(reports))
    if timings := reports.get("peers", Report()).raw.get("timings"):
        draw(
            [Timing(**timing) for timing in timings],
            reports["peers"].raw["products"],
            arguments.plot,
        )
    return int(failed)


def document(reports: dict[str, Report]) -> str:
    """The table of all goals, then each part's own tables."""
    rows: list[Row] = [row for report in reports.values() for row in report.rows]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    texts = [report.text for report in reports.values() if report.text]
    return "\n\n".join([f"Machine: {cores} cores, {machine}.", goals_table(rows), *texts])


def as_json(reports: dict[str, Report]) -> str:
    """Everything measured."""
    data = {
        name: {"rows": [asdict(row) for row in report.rows], "raw": report.raw}
        for name, report in reports.items()
    }
    return json.dumps(data, ensure_ascii=False)


def keep_to_cores(count: int) -> None:
    """Leaves this process and those that it starts so many cores, where the system can do it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.retrieval", description=__doc__)

    def listed(text: str) -> Sequence[str]:
        names = [name.strip() for name in text.split(",") if name.strip()]
        if unknown := set(names) - set(PARTS):
            raise argparse.ArgumentTypeError(f"no such part: {', '.join(sorted(unknown))}")
        return names

    parser.add_argument("--parts", type=listed, default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument(
        "--sizes",
        type=lambda text: [size(one) for one in text.split(",")],
        default=[100_000, 1_000_000],
        help="products of the made catalogues; the peers are compared on the first",
    )
    parser.add_argument("--queries", type=int, default=240, help="at each filter, 240 at most")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--data", type=Path, default=_DATA, help="the folder of the data sets")
    parser.add_argument("--work", type=Path, default=Path("build/retrieval"), help="kept data")
    parser.add_argument("--json", type=Path, help="where the raw figures go")
    parser.add_argument("--plot", type=Path, default=_FIGURE, help="where the picture goes")
    parser.add_argument(
        "--peers-python",
        default=os.environ.get("SHOPGUIDE_PEERS_PYTHON", ""),
        help="an interpreter with lancedb, chromadb, pymilvus; none leaves the peers out",
    )
    parser.add_argument(
        "--keep-index",
        action="store_true",
        help="use our built indexes, though the program has changed since",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
