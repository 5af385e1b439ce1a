"""``shopguide eval``: suites of conversations, held with one or several systems, and graded."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.commands.background import begin
from assistant.commands.console import Steps, say, tell
from assistant.commands.remote import find_server
from assistant.commands.shop import check_catalogue, ready_embedder
from assistant.commands.stopping import stoppable
from assistant.engine import engine
from assistant.errors import BadInput
from assistant.llm.client import OpenAIChatModel
from assistant.settings import Settings
from assistant.warmup import warm_up
from evals.measures.prices import Prices
from evals.reports.grading import GradingProcesses
from evals.reports.tables import Report, summary
from evals.reports.writing import Reports, read_report
from evals.running.means import SYSTEMS, Means
from evals.running.processes import hold_here, hold_in_processes
from evals.running.records import About, ResultsFile
from evals.running.runner import draw_sample, jobs_left
from evals.running.software import software_digest
from evals.suite.catalogues import SuiteCatalogues, beside_suites, catalogue_folders
from evals.suite.consistency import contradictions
from evals.suite.conversation import Conversation
from evals.suite.files import Fault, Suites, read_suites
from retrieval.errors import ShopGuideError, UnknownCatalogue
from retrieval.whole_file import PRIVATE, nothing_wider

_SAMPLING = 0.7
"""The temperature where conversations are held several times, unless another one is asked for."""

_WORTH_PROCESSES = 2000
"""Conversations that take longer to grade than processes to start."""


@dataclass(frozen=True)
class RunOptions:
    """How suites are run.

    Attributes:
        systems: names of ``SYSTEMS``; the first one's checks decide on the exit status.
        url: a running ShopGuide server that is asked instead of one in this process.
        out: where results and reports are kept; a run that was broken off goes on there. None
            keeps nothing but what is printed.
        baseline: the folder of a run that the report compares this one with.
        sample: how many conversations are drawn; None takes all.
        repeat: how often each conversation is held.
        seed: of the draw and of the intervals; the language model's is the number of the attempt.
        temperature: of the language model; by default 0, and 0.7 where conversations are held
            several times.
        timeout: seconds that an answer may take.
        concurrency: conversations at once.
        processes: that hold and grade them, one at once in each at least: one Python uses one core.
        retry_failed: whether conversations with a turn that has no answer are held again.
        prices: of the language model, for the figures of cost.
        shopper_llm: an OpenAI-compatible URL of a model that plays the simulated shoppers; None
            plays them by script.
    """

    systems: Sequence[str] = ("shopguide",)
    url: str | None = None
    out: Path | None = None
    baseline: Path | None = None
    sample: int | None = None
    repeat: int = 1
    seed: int = 20260301
    temperature: float | None = None
    timeout: float | None = None
    concurrency: int = 1
    processes: int = 1
    retry_failed: bool = False
    prices: Prices | None = None
    shopper_llm: str | None = None

    @property
    def at_once(self) -> int:
        """Conversations at once in all processes."""
        return max(self.concurrency, self.processes)

    @property
    def sampled_at(self) -> float:
        """The temperature that holds."""
        if self.temperature is not None:
            return self.temperature
        return _SAMPLING if self.repeat > 1 else 0.0


def evaluate(settings: Settings, paths: Sequence[Path], options: RunOptions) -> None:
    """Runs suites and prints a report.

    What is wrong with a line of a suite is told with its file and line, and the other
    conversations are held all the same.

    Args:
        settings: say which engine answers.
        paths: JSON Lines files, or folders of them.
        options: how they are run.

    Raises:
        BadInput: a line of a suite, a system's name or the folder cannot be used.
        ShopGuideError: a check failed, or what is needed cannot be had.
    """
    _check_systems(options.systems, settings)
    if options.url is not None and options.temperature is not None:
        raise BadInput("A running server has a temperature of its own.", field="temperature")
    baseline = read_report(options.baseline) if options.baseline is not None else None
    suites = read_suites(paths)
    if options.url is not None:
        find_server(settings, options.url)  # it must be ready
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shopguide-")))
        folder = options.out or scratch / "run"
        # What shoppers said is nobody else's to read, nor are answers to it.
        stack.enter_context(nothing_wider(PRIVATE))
        stack.enter_context(_alone(folder))
        left = f"The same command goes on from what is in {options.out}."
        stack.enter_context(stoppable(left if options.out else "Nothing was kept."))
        report = _held(settings, suites, options, baseline, folder)
    say(summary(report, suites.where), end="")
    if options.out is not None:
        tell(f"Written to {options.out}: {', '.join(sorted(Reports.FILES))}.")
    if suites.faults:
        count = len(suites.faults)
        more = f" (the first of {count} faults; the other conversations were held)"
        raise BadInput(f"{str(suites.faults[0])[:-1]}{more if count > 1 else ''}.", field="suite")
    first = report.systems[0]
    if first.failed_conversations:
        raise ShopGuideError(
            f"{first.name}: {first.failed_conversations} of {first.conversations} conversations "
            f"failed, with {first.checks_failed} checks."
        )


def read_prices(text: str | None) -> Prices | None:
    """Prices as the command line takes them: three numbers, commas between.

    Raises:
        BadInput: it is something else.
    """
    if text is None:
        return None
    try:
        uncached, cached, completion = (float(part) for part in text.split(","))
        return Prices(uncached=uncached, cached=cached, completion=completion)
    except ValueError as error:
        raise BadInput(
            "--prices takes three numbers for a million tokens, such as 0.4,0.1,1.2: of the "
            "prompt, of what the cache had of it, and of the answer.",
            field="prices",
        ) from error


def _held(
    settings: Settings,
    suites: Suites,
    options: RunOptions,
    baseline: Report | None,
    folder: Path,
) -> Report:
    """Holds the conversations and grades them."""
    conversations, files = beside_suites(suites)
    conversations = draw_sample(conversations, options.sample, seed=options.seed)
    conversations = _with_catalogue(settings, conversations, set(files), suites)
    with ExitStack() as stack:
        with Steps() as steps:
            embedder = begin(lambda: ready_embedder(settings, steps))
            asks_model = options.url is None or tuple(options.systems) != ("shopguide",)
            model = stack.enter_context(engine(settings, steps.show)) if asks_model else None
            own, shop = catalogue_folders(settings, embedder.result())
            catalogues = SuiteCatalogues(files, own=own, shop=shop, policies=settings.policies)
            broken = catalogues.prepare(
                {conversation.catalog for conversation in conversations},
                embedder=embedder.result(),
                progress=steps.show,
            )
            conversations = _without(broken, conversations, suites)
            names = {conversation.catalog for conversation in conversations}
            catalogues.warm(names)
        for conversation in conversations:
            _doubt(conversation, catalogues, suites)
        for fault in suites.faults:
            tell(str(fault))
        about = About(
            model=f"of {options.url}" if options.url else "",
            software="" if options.url is not None else software_digest(),
            url=options.url or "",
            embedding=settings.embedding,
            catalogs={name: state for name in sorted(names) if (state := catalogues.state(name))},
            concurrency=options.at_once,
            attempts=options.repeat,
            temperature=None if options.url is not None else options.sampled_at,
            timeout_s=options.timeout,
            shopper=options.shopper_llm or "",
        )
        means = Means(
            settings.model_copy(update={"llm": model.url}) if model is not None else settings,
            tuple(options.systems),
            files,
            attempts=options.repeat,
            temperature=options.sampled_at,
            url=options.url,
            shopper_llm=options.shopper_llm,
            limit_s=options.timeout,
        )
        id = asyncio.run(_checked(model, options))
        if id is not None:
            about = about.model_copy(update={"model": id})
            means = replace(means, model_id=id)
        results = ResultsFile(folder, about)
        with Steps() as steps:
            _hold_what_is_left(conversations, means, options, catalogues, results, steps)
        by_id = {conversation.id: conversation for conversation in conversations}
        with Steps() as steps, ExitStack() as stack:
            graders = None
            if options.processes > 1 and _count(conversations, means) >= _WORTH_PROCESSES:
                graders = stack.enter_context(
                    GradingProcesses(settings, files, by_id, processes=options.processes)
                )
            reports = Reports(
                folder,
                about=about,
                conversations=by_id,
                where=suites.where,
                faults=suites.faults,
                shop_of=catalogues.shop_of,
                seed=options.seed,
                prices=options.prices,
                baseline=baseline,
                processes=graders,
            )
            return reports.write(means.names, results, progress=steps.show)


async def _checked(model: OpenAIChatModel | None, options: RunOptions) -> str | None:
    """The id of the model that answers: an engine that is dead from the start ends the run before
    a result is written.
    """
    clients = [model] if model is not None else []
    if options.shopper_llm:
        clients.append(OpenAIChatModel(options.shopper_llm))
    try:
        ids = [await client.model_id() for client in clients]
        if model is not None and options.url is None:
            await warm_up(model, busy=lambda: False)
    finally:
        for client in clients:
            await client.aclose()
    return ids[0] if model is not None else None


def _hold_what_is_left(
    conversations: Sequence[Conversation],
    means: Means,
    options: RunOptions,
    catalogues: SuiteCatalogues,
    results: ResultsFile,
    steps: Steps,
) -> None:
    """Holds the conversations that the folder has no result of."""
    had = results.digests(retry_failed=options.retry_failed)
    jobs = jobs_left(conversations, means.names, means.attempts, had)
    total = _count(conversations, means)
    done = before = total - sum(len(job.systems) for job in jobs)
    if before:
        tell(f"{before} were held before, and their answers are taken as they are.")

    def one_more() -> None:
        nonlocal done
        done += 1
        steps.show(done, total, "holding conversations")

    steps.show(done, total, "holding conversations")
    at_once = options.at_once
    if options.processes == 1:
        hold_here(jobs, means, catalogues, results, at_once=at_once, one_more=one_more)
    else:
        hold_in_processes(
            jobs,
            means,
            results.path,
            processes=options.processes,
            at_once=at_once,
            one_more=one_more,
        )


def _count(conversations: Sequence[Conversation], means: Means) -> int:
    """How many times a conversation is held in all."""
    return len(conversations) * len(means.systems) * means.attempts


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


def _with_catalogue(
    settings: Settings, conversations: Sequence[Conversation], own: set[str], suites: Suites
) -> list[Conversation]:
    """Those whose catalogue is there; the others are faults of their lines.

    Raises:
        BadInput: there is none left.
    """
    missing: dict[str, str] = {}
    for name in {conversation.catalog for conversation in conversations} - own:
        try:
            check_catalogue(settings.model_copy(update={"catalog": name}))
        except (BadInput, UnknownCatalogue) as error:
            missing[name] = error.sentence.rstrip(".")
    return _without(missing, conversations, suites)


def _without(
    missing: Mapping[str, str], conversations: Sequence[Conversation], suites: Suites
) -> list[Conversation]:
    """The conversations whose catalogue can be had; the others are faults of their lines.

    Args:
        missing: the catalogues that cannot, with the reason.
        conversations: all.
        suites: their faults are added to.

    Raises:
        BadInput: there is none left.
    """
    for conversation in conversations:
        if conversation.catalog in missing:
            fault = Fault(suites.where[conversation.id], missing[conversation.catalog])
            suites.faults.append(fault)
    left = [conversation for conversation in conversations if conversation.catalog not in missing]
    if not left:
        raise BadInput(str(suites.faults[0]), field="suite")
    return left


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else writes into the folder of a run meanwhile.

    Raises:
        BadInput: somebody does, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(folder / ".lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BadInput(f"Another run is writing into {folder}.", field="out") from error
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}.", field="out") from error
    try:
        yield
    finally:
        lock.release()


def _doubt(conversation: Conversation, catalogues: SuiteCatalogues, suites: Suites) -> None:
    """Notes what a conversation expects and its catalogue cannot give: it is held all the same."""
    shop = catalogues.shop_of(conversation.catalog)
    for told in contradictions(conversation, shop):
        suites.faults.append(Fault(suites.where[conversation.id], told))
