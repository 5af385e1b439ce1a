"""Holds the conversations of a run in several processes: one Python uses one core."""

from __future__ import annotations

import asyncio
import itertools
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from assistant.app import default_embedder
from assistant.database.connection import Database
from assistant.logs import configure_logs
from evals.running.means import Company, Means
from evals.running.records import RecordWriter
from evals.running.runner import Job
from evals.suite.catalogues import SuiteCatalogues, catalogue_folders
from retrieval.errors import ShopGuideError

_LOOK_S = 0.2
"""Seconds between two looks at how far they are."""


@dataclass(frozen=True)
class _Ended:
    """How a share came to its end.

    Attributes:
        not_erased: ids of shoppers whom a server did not erase.
        error: why it was broken off.
    """

    not_erased: Sequence[str] = ()
    error: str | None = None


async def hold_here(
    jobs: Sequence[Job],
    means: Means,
    catalogues: SuiteCatalogues,
    results: RecordWriter,
    *,
    held: Callable[[int], None],
) -> list[str]:
    """Holds conversations in this process. Arguments and result as in ``hold_in_processes``.

    Args:
        catalogues: indexed already.
        results: where records are written to.
    """
    count = itertools.count(1)
    return await _hold(jobs, means, catalogues, results, lambda: held(next(count)))


def hold_in_processes(
    jobs: Sequence[Job],
    means: Means,
    path: Path,
    *,
    processes: int,
    held: Callable[[int], None],
) -> list[str]:
    """Holds conversations in processes of their own, each of which has its share of them.

    Args:
        jobs: what is asked, and whom.
        means: what systems are made of; the catalogues are indexed already.
        path: of the file that records are written to.
        processes: how many.
        held: told how many conversations of systems have been held.

    Returns:
        The ids of shoppers whom a server did not erase.

    Raises:
        ShopGuideError: a process raised it, or ended before its time. What had been held until
            then is kept.
    """
    # A fork of a process that has threads of torch and FAISS may wait for ever.
    context = multiprocessing.get_context("spawn")
    count = context.Value("q", 0)
    working: list[tuple[SpawnProcess, Connection]] = []
    not_erased: list[str] = []
    try:
        for number in range(min(processes, len(jobs))):
            ear, mouth = context.Pipe(duplex=False)
            share = jobs[number::processes]
            process = context.Process(target=_hold_share, args=(share, means, path, count, mouth))
            process.start()
            mouth.close()
            working.append((process, ear))
        while working:
            # Each says how it ended, or its end of the pipe is closed with it.
            ended = wait([ear for _, ear in working], timeout=_LOOK_S)
            for process, ear in [pair for pair in working if pair[1] in ended]:
                not_erased += _ended(process, ear).not_erased
                working.remove((process, ear))
            held(count.value)
    finally:
        # Where one has failed, or the run is broken off, the others would go on for hours.
        for process, _ in working:
            process.terminate()
        for process, _ in working:
            process.join()
    return not_erased


def _ended(process: SpawnProcess, ear: Connection) -> _Ended:
    try:
        ended: _Ended = ear.recv()
    except EOFError as error:
        process.join()
        raise ShopGuideError(
            f"A process of the run ended with status {process.exitcode}; the same command goes on "
            "from what had been held."
        ) from error
    if ended.error is not None:
        raise ShopGuideError(ended.error)
    process.join()
    return ended


def _hold_share(
    jobs: Sequence[Job], means: Means, path: Path, count: Synchronized[int], mouth: Connection
) -> None:
    """What a process does."""
    # The parent is told of an interrupt too, and ends its processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    configure_logs(logging.WARNING)

    def one_more() -> None:
        with count:
            count.value += 1

    try:
        mouth.send(_Ended(asyncio.run(_held(jobs, means, path, one_more))))
    except ShopGuideError as error:
        mouth.send(_Ended(error=error.sentence))


async def _held(
    jobs: Sequence[Job], means: Means, path: Path, one_more: Callable[[], None]
) -> list[str]:
    own, shop = catalogue_folders(means.settings, default_embedder(means.settings))
    catalogues = SuiteCatalogues(means.files, own=own, shop=shop)
    catalogues.warm({job.conversation.catalog for job in jobs} if means.url is None else ())
    return await _hold(jobs, means, catalogues, RecordWriter(path), one_more)


async def _hold(
    jobs: Sequence[Job],
    means: Means,
    catalogues: SuiteCatalogues,
    results: RecordWriter,
    one_more: Callable[[], None],
) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="shopguide-") as scratch:
        database = Database(f"sqlite:///{scratch}/threads.sqlite3")
        company = Company(means, catalogues, database)
        try:
            await company.hold(jobs, results, one_more=one_more)
        finally:
            not_erased = await company.aclose()
            database.close()
    return not_erased


def _end_with_parent() -> None:
    """A run whose process was killed holds the folder no more: nobody may write into it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
