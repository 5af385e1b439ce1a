"""What the runner costs: beside the assistant that it asks, and for ten thousand conversations.

``python -m evals.running.cost`` asks an assistant whose model is silent (it answers at once), so
that what is left is the tools, the assistant's own work, and the runner's. The conversations are
those of the suites that ship, as often as it takes, each with an id of its own. Vectors of queries
are kept for fewer than the suites have, so that each time round embeds them anew.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog
from pydantic import BaseModel

from assistant.app import default_embedder
from assistant.database.connection import Database
from assistant.settings import Settings
from evals.profile.silent_model import SilentModel
from evals.reports.grading import GradingProcesses
from evals.reports.writing import Reports
from evals.running.means import Lineup, Means
from evals.running.observed import System
from evals.running.processes import hold_in_processes
from evals.running.records import About, ResultsFile
from evals.running.runner import hold_all, jobs_left
from evals.suite.catalogues import SuiteCatalogues, catalogue_folders
from evals.suite.conversation import Conversation
from evals.suite.files import load_suites

_ALL = Path(__file__).parents[1] / "suites"
_SUITES = (_ALL, *(_ALL / name for name in ("parity", "robustness", "safety", "smoke")))
_ABOUT = About(model="silent")
_PAIRS = 5
_OF_A_PAIR = 60


class Cost(BaseModel):
    """What was measured.

    Attributes:
        added: what the runner takes beyond the assistant alone, as a share of the latter; the
            median of pairs, each of which asks both the same, one after the other.
        lowest, highest: of the pairs.
        distinct: conversations that the suites have; the long run holds them over and over.
        conversations, turns: of the long run.
        held_s: seconds that it took to hold them, the start of the processes included.
        graded_s: seconds that it took to grade them and to write every report.
        memory_mib: the most memory that this process and the largest of those that held took
            together, after a tenth of them and after all.
    """

    added: float
    lowest: float
    highest: float
    distinct: int
    conversations: int
    turns: int
    held_s: float
    graded_s: float
    memory_mib: tuple[float, float]


def measure(count: int, folder: Path, *, processes: int, at_once: int) -> Cost:
    """Measures both.

    Args:
        count: conversations of the long run.
        folder: an empty one.
        processes: of the long run.
        at_once: conversations at once in all of them.
    """
    settings = Settings()
    embedder = default_embedder(settings)
    embedder.load()
    own, shop = catalogue_folders(settings, embedder)
    catalogues = SuiteCatalogues({}, own=own, shop=shop)
    catalogues.prepare({"demo"}, embedder=embedder, progress=lambda done, total, text: None)
    catalogues.warm({"demo"})
    database = Database(f"sqlite:///{folder / 'threads.sqlite3'}")
    means = Means(settings, scripted=SilentModel())
    system = Lineup(means, catalogues, database, folder).attempts[0][0]
    suite = [c for c in load_suites(_SUITES) if c.catalog == "demo"]
    many = _again(suite, count)
    pairs = asyncio.run(_pairs(suite, system, folder))
    database.close()
    held_s, graded_s, memory = 0.0, 0.0, []
    for number, part in enumerate((many[: count // 10], many)):
        results = ResultsFile(folder / f"run-{number}", _ABOUT)
        started = time.perf_counter()
        jobs = jobs_left(part, means.names, means.attempts, {})
        hold_in_processes(
            jobs,
            means,
            results.path,
            processes=processes,
            at_once=at_once,
            one_more=lambda: None,
        )
        held_s = time.perf_counter() - started
        started = time.perf_counter()
        by_id = {conversation.id: conversation for conversation in part}
        with GradingProcesses(settings, {}, by_id, processes=processes) as graders:
            Reports(
                results.path.parent,
                about=_ABOUT,
                conversations=by_id,
                where=dict.fromkeys(by_id, ""),
                faults=[],
                shop_of=catalogues.shop_of,
                seed=1,
                processes=graders,
            ).write(means.names, results, progress=lambda done, total, text: None)
        graded_s = time.perf_counter() - started
        memory.append(_most_memory(resource.RUSAGE_SELF) + _most_memory(resource.RUSAGE_CHILDREN))
    pairs.sort()
    return Cost(
        added=pairs[len(pairs) // 2],
        lowest=pairs[0],
        highest=pairs[-1],
        distinct=len(suite),
        conversations=len(many),
        turns=sum(len(conversation.turns) for conversation in many),
        held_s=held_s,
        graded_s=graded_s,
        memory_mib=(memory[0], memory[1]),
    )


def _most_memory(of: int) -> float:
    return resource.getrusage(of).ru_maxrss / 1024


async def _pairs(suite: Sequence[Conversation], system: System, folder: Path) -> list[float]:
    """For each pair, the runner's time over the assistant's alone, less one."""
    found = []
    await _alone(suite[:_OF_A_PAIR], system)  # what is worked out once is worked out now
    for number in range(_PAIRS):
        part = _again(suite, _OF_A_PAIR)
        results = ResultsFile(folder / f"pair-{number}", _ABOUT)
        took = {}
        for runs in (False, True) if number % 2 else (True, False):
            started = time.perf_counter()
            await (_run(part, system, results) if runs else _alone(part, system))
            took[runs] = time.perf_counter() - started
        found.append(took[True] / took[False] - 1)
    return found


async def _run(conversations: Sequence[Conversation], system: System, results: ResultsFile) -> None:
    await hold_all(jobs_left(conversations, [system.name], 1, {}), [[system]], results)


async def _alone(conversations: Sequence[Conversation], system: System) -> None:
    """The same messages, and nothing done with the answers."""
    for conversation in conversations:
        await system.begin(conversation)
        for number, turn in enumerate(conversation.turns, start=1):
            await system.answer(conversation, number, turn.say)


def _again(suite: Sequence[Conversation], count: int) -> list[Conversation]:
    """So many conversations: those of the suite over and over, under new ids."""
    return [
        conversation.model_copy(update={"id": f"{conversation.id}.{number}"})
        for number, conversation in enumerate(itertools.islice(itertools.cycle(suite), count))
    ]


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m evals.running.cost", description=__doc__)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--at-once", type=int, default=2, help="conversations, in all of them")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="shopguide-") as folder:
        cost = measure(
            given.conversations,
            Path(folder),
            processes=given.processes,
            at_once=given.at_once,
        )
    print(
        f"The runner adds {cost.added:.1%} to the assistant alone "
        f"({cost.lowest:.1%} to {cost.highest:.1%} in {_PAIRS} pairs).\n"
        f"{cost.conversations:,} conversations of {cost.turns:,} turns ({cost.distinct:,} of them, "
        f"over and over): held in "
        f"{cost.held_s:.0f} s, graded and reported in {cost.graded_s:.0f} s.\n"
        f"Memory: {cost.memory_mib[0]:.0f} MiB after a tenth, {cost.memory_mib[1]:.0f} MiB after "
        "all."
    )
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(cost.model_dump(), indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
