"""``shopguide eval``: suites of conversations, held with one or several systems, and graded."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant.app import default_embedder
from assistant.commands.background import begin
from assistant.commands.console import Steps, say, tell
from assistant.commands.remote import Server, find_server
from assistant.commands.shop import check_catalogue, open_indexes
from assistant.database.connection import Database
from assistant.engine import engine
from assistant.errors import BadInput
from assistant.llm.client import OpenAIChatModel
from assistant.settings import Settings
from evals.baselines import AgentBaseline, RetrieveThenAnswer
from evals.claimed import claims_of
from evals.metrics import grade
from evals.observed import System
from evals.records import About, Record, ResultsFile
from evals.report import JSON, MARKDOWN, Report, markdown, report_system, write_report
from evals.runner import draw_sample, run
from evals.suite import Conversation, load_suites
from evals.systems import ShopGuide, in_process
from evals.wording import Shop
from retrieval.catalogues import open_catalogue
from retrieval.errors import ShopGuideError
from retrieval.folder import IndexFolder

SYSTEMS = ("shopguide", "agent", "retrieve")


def evaluate(
    settings: Settings,
    suites: Sequence[Path],
    *,
    systems: Sequence[str],
    url: str | None,
    out: Path | None,
    sample: int | None,
    seed: int,
    concurrency: int,
    retry_failed: bool,
) -> None:
    """Runs suites and prints a report.

    Args:
        settings: say which engine answers.
        suites: JSON Lines files, or folders of them.
        systems: names of ``SYSTEMS``; the first one's checks decide on the exit status.
        url: a running ShopGuide server that is asked instead of one in this process.
        out: where results and report are kept; a run that was broken off goes on there. None
            keeps nothing but what is printed.
        sample: how many conversations are drawn; None takes all.
        seed: of the draw and of the intervals.
        concurrency: conversations at once.
        retry_failed: whether conversations with a turn that has no answer are held again.

    Raises:
        BadInput: a suite, a system's name or the folder cannot be used.
        ShopGuideError: a check failed, or what is needed cannot be had.
    """
    _check_systems(systems, settings)
    conversations = draw_sample(load_suites(suites), sample, seed=seed)
    for name in sorted({conversation.catalog for conversation in conversations}):
        check_catalogue(settings.model_copy(update={"catalog": name}))
    server = find_server(settings, url) if url is not None else None
    with ExitStack() as stack:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shopguide-")))
        report = _held(
            settings,
            conversations,
            systems=systems,
            server=server,
            about=About(model=f"of {url}" if url else "", concurrency=concurrency),
            folder=folder,
            seed=seed,
            retry_failed=retry_failed,
        )
        write_report(report, folder)
    say(markdown(report), end="")
    if out is not None:
        tell(f"Written to {out}: {MARKDOWN} and {JSON}.")
    first = report.systems[0]
    if first.checks_failed:
        raise ShopGuideError(f"{first.name}: {first.checks_failed} checks failed.")


@dataclass(frozen=True)
class _Means:
    """What systems answer with.

    Attributes:
        server: a running server that is asked as ShopGuide; None where it runs in this process.
        model: None where no system in this process needs one.
    """

    settings: Settings
    indexes: IndexFolder
    database: Database
    server: Server | None
    model: OpenAIChatModel | None


def _held(
    settings: Settings,
    conversations: Sequence[Conversation],
    *,
    systems: Sequence[str],
    server: Server | None,
    about: About,
    folder: Path,
    seed: int,
    retry_failed: bool,
) -> Report:
    """Holds the conversations and grades them."""
    catalogs = sorted({conversation.catalog for conversation in conversations})
    with ExitStack() as stack:
        with Steps() as steps:
            opening = begin(lambda: _open_all(settings, catalogs, steps))
            asks_model = server is None or tuple(systems) != ("shopguide",)
            model = stack.enter_context(engine(settings, steps.show)) if asks_model else None
            indexes = opening.result()
        # Threads and profiles of a run are its own, never the shop's.
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="shopguide-"))
        database = Database(f"sqlite:///{Path(scratch) / 'threads.sqlite3'}")
        stack.callback(database.close)
        versions = {name: indexes.current_version(name) or "" for name in catalogs}
        means = _Means(settings, indexes, database, server, model)
        with Steps() as steps:
            about, made, records = asyncio.run(
                _asked(
                    conversations,
                    systems,
                    means,
                    folder=folder,
                    about=about.model_copy(update={"catalogs": versions}),
                    retry_failed=retry_failed,
                    progress=lambda done, total: steps.show(done, total, "holding conversations"),
                )
            )
    shops = {name: Shop(indexes.open(name)) for name in catalogs}
    parts = []
    for system in made:
        own = [record for record in records if record.system == system]
        graded = grade(own, conversations, shops.__getitem__, claims_of)
        parts.append(report_system(system, graded, seed=seed))
    return Report(about=about, systems=parts)


async def _asked(
    conversations: Sequence[Conversation],
    systems: Sequence[str],
    means: _Means,
    *,
    folder: Path,
    about: About,
    retry_failed: bool,
    progress: Callable[[int, int], None],
) -> tuple[About, list[str], list[Record]]:
    """What the run is of, the systems' own names, and the records."""
    try:
        if means.model is not None:
            # An engine that is dead from the start ends the run before a result is written.
            about = about.model_copy(update={"model": await means.model.model_id()})
        made = [_system(name, means, about.model) for name in systems]
        records = await run(
            conversations,
            made,
            ResultsFile(folder, about),
            concurrency=about.concurrency,
            retry_failed=retry_failed,
            progress=progress,
        )
    finally:
        if means.model is not None:
            await means.model.aclose()
    return about, [system.name for system in made], records


def _check_systems(names: Sequence[str], settings: Settings) -> None:
    for name in names:
        if name not in SYSTEMS:
            raise BadInput(
                f"There is no system {name!r}: --system takes {', '.join(SYSTEMS)}.",
                field="system",
            )
    if not names or len(set(names)) != len(names):
        raise BadInput("--system must name at least one system, each once.", field="system")
    if tuple(names) != ("shopguide",) and settings.llm == "local":
        raise BadInput(
            "The baselines need --llm URL: shopguide llm serve serves the default model.",
            field="llm",
        )


def _open_all(settings: Settings, catalogs: Sequence[str], steps: Steps) -> IndexFolder:
    first, *others = catalogs
    folder = open_indexes(settings.model_copy(update={"catalog": first}), steps)
    embedder = default_embedder(settings)
    for name in others:
        open_catalogue(folder, name, embedder=embedder, now=datetime.now(UTC), progress=steps.show)
    return folder


def _system(name: str, means: _Means, model_id: str) -> System:
    settings, index = means.settings, means.indexes.open
    match name:
        case "agent":
            return AgentBaseline(settings.llm, model_id, index=index, timeout=settings.llm_timeout)
        case "retrieve":
            return RetrieveThenAnswer(
                settings.llm, model_id, index=index, timeout=settings.llm_timeout
            )
    if means.server is not None:
        # A running server converts at rates of its own.
        at_server = means.server.chat
        return ShopGuide(lambda rates: at_server, new_id=_fresh_id)
    assert means.model is not None
    talk = in_process(settings, indexes=means.indexes, database=means.database, model=means.model)
    return ShopGuide(talk, new_id=_fresh_id)


def _fresh_id() -> str:
    return uuid.uuid4().hex
