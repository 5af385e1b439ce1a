"""``python -m evals.profile``: everything that the profile promises, measured part by part.

Prints tables in Markdown. Times of a shared machine wander: compare within one run.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assistant.logs import configure_logs
from evals.measures.figures import Figure
from evals.profile.conversations import SUITES, load_talks
from evals.profile.fact_grades import table as fact_table
from evals.retrieval.tables import goals_table

_DATA = Path("../shared/data")


def facts(out: Path, arguments: argparse.Namespace) -> str:
    """Facts against labels; with ``--llm`` by the default model, else by rules alone."""
    from assistant.app import default_embedder
    from assistant.commands.environment import load_settings
    from assistant.llm.client import OpenAIChatModel
    from evals.profile.facts import run
    from evals.profile.silent_model import ReadingModel

    model = None
    if arguments.llm:
        model = ReadingModel(OpenAIChatModel(arguments.llm, timeout=300))
    with tempfile.TemporaryDirectory(prefix="shopguide-facts-") as home:
        found = run(
            out,
            home=Path(home),
            embedder=default_embedder(load_settings()),
            model=model,
            conversations=load_talks(SUITES[arguments.suite]),
            progress=lambda done, total: _say(f"{done} of {total} shoppers"),
        )
    held = {
        language: {name: Figure(**value) for name, value in values.items()}
        for language, values in found.items()
    }
    return fact_table(held)


def events(out: Path, arguments: argparse.Namespace) -> str:
    """How fast events go in."""
    from evals.profile.throughput import rows_of_table, run

    found = run(say=_say)
    _keep(out, "events", found)
    return goals_table(rows_of_table(found))


def turn(out: Path, arguments: argparse.Namespace) -> str:
    """What a turn waits for."""
    from evals.profile.turn_cost import rows_of_table, run

    found = run(shoppers=arguments.shoppers, events=arguments.events, say=_say)
    _keep(out, "turn", found)
    return goals_table(rows_of_table(found))


def sequence(out: Path, arguments: argparse.Namespace) -> str:
    """Next products, beside session nearest neighbours and a network."""
    from evals.profile.sequence import run, table

    return table(run(out))


def households(out: Path, arguments: argparse.Namespace) -> str:
    """Next baskets of real households."""
    from evals.profile.households import run, table

    found = run(out, say=_say)
    _keep(out, "households", found)
    return table(found)


def interests(out: Path, arguments: argparse.Namespace) -> str:
    """Related interests across categories."""
    from evals.profile.interests import run, table

    found = run(_DATA, out)
    _keep(out, "interests", found)
    return table(found)


def tastes(out: Path, arguments: argparse.Namespace) -> str:
    """Vague questions of shoppers with known tastes."""
    from evals.profile.tastes import run, table

    found = run()
    _keep(out, "tastes", found)
    return table(found)


def overruled(out: Path, arguments: argparse.Namespace) -> str:
    """Stated wishes against contrary profiles and rules."""
    from evals.profile.overruled import run, table

    found = run()
    _keep(out, "overruled", found)
    return table(found)


def erasure(out: Path, arguments: argparse.Namespace) -> str:
    """Bytes that are left after erasure."""
    from evals.profile.erasure import rows_of_table, run

    found = run()
    _keep(out, "erasure", found)
    return goals_table(rows_of_table(found))


def isolation(out: Path, arguments: argparse.Namespace) -> str:
    """One shopper's tries to reach another's data."""
    from evals.profile.isolation import rows_of_table, run

    found = run()
    _keep(out, "isolation", found)
    return goals_table(rows_of_table(found))


PARTS: Mapping[str, Callable[[Path, argparse.Namespace], str]] = {
    part.__name__: part
    for part in (
        facts,
        events,
        turn,
        sequence,
        households,
        interests,
        tastes,
        overruled,
        erasure,
        isolation,
    )
}


def main() -> int:
    """Reads the command line, measures, prints.

    Returns:
        0, or 2 for a part that does not exist.
    """
    parser = argparse.ArgumentParser(prog="python -m evals.profile", description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS), help="some, with commas between")
    parser.add_argument("--out", type=Path, default=Path("build/profile"))
    parser.add_argument("--llm", help="an OpenAI-compatible URL, for facts")
    parser.add_argument(
        "--suite",
        choices=list(SUITES),
        default="held",
        help="whose conversations, for facts: those that reading was developed on, or others",
    )
    parser.add_argument("--shoppers", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    arguments = parser.parse_args()
    parts = arguments.parts.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}: there is {', '.join(PARTS)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    configure_logs(logging.ERROR)
    for part in parts:
        began = time.perf_counter()
        text = PARTS[part](arguments.out, arguments)
        print(f"### {part} ({time.perf_counter() - began:.0f} s)\n\n{text}\n", flush=True)
    return 0


def _keep(out: Path, part: str, found: Any) -> None:
    (out / f"{part}.json").write_text(json.dumps(found, indent=1, default=str), encoding="utf-8")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
