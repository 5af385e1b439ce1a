"""Holds the conversations of a run, in this process or in several: one Python uses one core."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType

import structlog

from assistant.commands.console import tell
from assistant.database.connection import Database
from evals.running.children import END_S, begin_child, no_interrupt
from evals.running.means import Lineup, Means
from evals.running.records import RecordWriter
from evals.running.runner import Job
from evals.suite.catalogues import SuiteCatalogues, catalogues_of
from retrieval.errors import BadInput, ShopGuideError

_LOOK_S = 0.2
"""Seconds between two looks at how far they are."""
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Share:
    """What one process holds.

    Attributes:
        jobs: what is asked, and whom.
        means: what systems are made of.
        at_once: conversations at once.
        path: of the file that records are written to.
        scratch: a folder for what is not kept.
    """

    jobs: Sequence[Job]
    means: Means
    at_once: int
    path: Path
    scratch: Path


def hold_here(
    jobs: Sequence[Job],
    means: Means,
    catalogues: SuiteCatalogues,
    results: RecordWriter,
    *,
    at_once: int,
    one_more: Callable[[], None],
) -> None:
    """Holds conversations in this process.

    Args:
        jobs: what is asked, and whom.
        means: what systems are made of.
        catalogues: indexed already.
        results: where records are written to.
        at_once: conversations at once.
        one_more: told of each conversation of a system that is kept.
    """
    with tempfile.TemporaryDirectory(prefix="shopguide-") as scratch:
        asyncio.run(_hold(jobs, means, catalogues, results, Path(scratch), at_once, one_more))


def hold_in_processes(
    jobs: Sequence[Job],
    means: Means,
    path: Path,
    *,
    processes: int,
    at_once: int,
    one_more: Callable[[], None],
) -> None:
    """Holds conversations in processes of their own, each of which has its share of them.

    Args:
        jobs: what is asked, and whom.
        means: what systems are made of; the catalogues are indexed already.
        path: of the file that records are written to.
        processes: how many.
        at_once: conversations at once in all of them together, one in each at least.
        one_more: told of each conversation of a system that is kept.

    Raises:
        BadInput: the vectors are in a file that one process alone can open.
        ShopGuideError: a process raised it, or ended before its time. What had been held until
            then is kept.
    """
    if means.settings.vectors.endswith(".db"):
        raise BadInput(
            "One process alone can open the vectors of Milvus Lite: evaluate without --processes.",
            field="processes",
        )
    # A fork of a process that has threads of torch and FAISS may wait for ever.
    context = multiprocessing.get_context("spawn")
    # Jobs turn the order of the systems round; each process must meet every order.
    turn = len(means.systems)
    shares = [
        [job for number, job in enumerate(jobs) if number // turn % processes == place]
        for place in range(processes)
    ]
    working: list[tuple[SpawnProcess, Connection]] = []
    with tempfile.TemporaryDirectory(prefix="shopguide-") as scratch:
        try:
            for _ in filter(None, shares):
                ours, theirs = context.Pipe()
                process = context.Process(target=_hold_share, args=(theirs,), daemon=True)
                with no_interrupt():
                    process.start()
                    working.append((process, ours))
                theirs.close()
            # Only now, so that all of them load what they need side by side.
            for place, (share, (process, ours)) in enumerate(
                zip(filter(None, shares), working, strict=True)
            ):
                own = Path(scratch) / str(place)
                own.mkdir()
                each = at_once // processes + (place < at_once % processes)
                _send(process, ours, _Share(share, means, max(1, each), path, own))
            while working:
                ready = wait([ours for _, ours in working], timeout=_LOOK_S)
                for process, ours in [pair for pair in working if pair[1] in ready]:
                    if _heard(process, ours):
                        one_more()
                    else:
                        working.remove((process, ours))
        finally:
            # Where one has failed, or the run is broken off, the others would go on for hours.
            _end([process for process, _ in working])


def _send(process: SpawnProcess, ours: Connection, share: _Share) -> None:
    try:
        ours.send(share)
    except OSError as error:
        raise _died(process) from error


def _heard(process: SpawnProcess, ours: Connection) -> bool:
    """Whether a process has held one more conversation, or else all of its share."""
    try:
        said: ShopGuideError | bool = ours.recv()
    except (EOFError, OSError) as error:
        raise _died(process) from error
    if isinstance(said, ShopGuideError):
        raise said
    if not said:
        process.join()
    return said


def _died(process: SpawnProcess) -> ShopGuideError:
    process.join()
    return ShopGuideError(
        f"A process of the run ended with status {process.exitcode}; the same command goes on "
        "from what had been held."
    )


def _end(processes: Sequence[SpawnProcess]) -> None:
    for process in processes:
        process.terminate()
    until = time.monotonic() + END_S
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
        process.kill()
        process.join()


def _hold_share(parent: Connection) -> None:
    """What a process does: it holds its share, and says ``True`` after each conversation, then
    ``False`` or what went wrong.
    """
    signal.signal(signal.SIGTERM, _leave)
    begin_child()
    last: ShopGuideError | bool = False
    try:
        share: _Share = parent.recv()
        means = share.means
        catalogues = catalogues_of(means.settings, means.files)
        if means.needs_catalogues(job.conversation for job in share.jobs):
            catalogues.warm({job.conversation.catalog for job in share.jobs})
        # Conversations and a catalogue's words are many objects that stay: nothing is found by
        # looking at all of them for garbage again and again.
        gc.freeze()
        asyncio.run(
            _till_ended(
                _hold(
                    share.jobs,
                    means,
                    catalogues,
                    RecordWriter(share.path),
                    share.scratch,
                    share.at_once,
                    lambda: parent.send(True),
                )
            )
        )
    except ShopGuideError as error:
        last = ShopGuideError(error.sentence)
        last.exit_status = error.exit_status
    except Exception as error:  # noqa: BLE001
        _LOG.exception("process_failed")
        last = ShopGuideError(f"A process of the run failed with {type(error).__name__}: {error}.")
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)
    parent.send(last)


async def _till_ended(holding: Coroutine[None, None, None]) -> None:
    """Holds until it is done, or cancels it once the process is told to end.

    A SystemExit raised wherever the loop stands would be a failure of that turn, and logged as one;
    cancelled, the conversations are left as an interrupt leaves them.
    """
    task = asyncio.ensure_future(holding)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await task


async def _hold(
    jobs: Sequence[Job],
    means: Means,
    catalogues: SuiteCatalogues,
    results: RecordWriter,
    scratch: Path,
    at_once: int,
    one_more: Callable[[], None],
) -> None:
    database = Database(f"sqlite:///{scratch / 'threads.sqlite3'}")
    try:
        lineup = Lineup(means, catalogues, database, scratch)
        try:
            await lineup.hold(jobs, results, at_once=at_once, one_more=one_more)
        finally:
            if not_erased := await lineup.aclose():
                tell(f"These shoppers could not be erased at the server: {', '.join(not_erased)}.")
    finally:
        database.close()


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
