"""The part of ``shopguide convert`` that is about runs: TREC, and tau2-bench's rewards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from assistant.commands.console import Steps, say, tell
from assistant.commands.shop import ready_embedder
from assistant.errors import BadInput
from assistant.settings import Settings
from evals.adapters import trec
from evals.adapters.jsonl import write_lines
from evals.adapters.lost import Lost
from evals.adapters.tau2_grade import grade_task
from evals.adapters.tau2_retail import read_retail
from evals.adapters.tau2_suite import conversation_id
from evals.adapters.tau2_tasks import read_tasks
from evals.reports.writing import Reports
from evals.running.records import ABOUT, RESULTS, About, Record, ResultsFile
from evals.suite.catalogues import SuiteCatalogues, beside_suites, catalogue_folders
from evals.suite.conversation import Conversation
from evals.suite.files import Suites, read_suites
from retrieval.whole_file import narrowest_mode, nothing_wider, written_whole

DATABASE = "db.json"
_SEED = 20260301  # of the intervals, as shopguide eval has it


@dataclass(frozen=True)
class Conversion:
    """What is converted, and how.

    Attributes:
        source: the file or folder that is read.
        out: the file that is written, for ``results`` the folder.
        suites: of the run that is read or written.
        tasks: of tau2-bench, by which a run is graded.
        database: tau2's shop; by default ``db.json`` beside the tasks.
        system: whose results; needed where a run has several.
        message_var: the variable of promptfoo that holds the message.
    """

    source: Path
    out: Path
    suites: Sequence[Path] = ()
    tasks: Path | None = None
    database: Path | None = None
    system: str | None = None
    message_var: str | None = None

    @property
    def mode(self) -> int:
        """Who may read what is written: nobody who may not read what it is made of."""
        return narrowest_mode(self.source, *([self.database] if self.database else []))


def write_judgements(settings: Settings, conversion: Conversion) -> None:
    """Writes the judgements of a suite.

    Raises:
        BadInput: a line of the suite is malformed, or a catalogue of it is not there.
    """
    conversations, catalogues = _with_catalogues(settings, _read([conversion.source]))
    lines = 0
    with written_whole(conversion.out, mode=conversion.mode) as file:
        for conversation in conversations:
            shop = catalogues.shop_of(conversation.catalog)
            for line in trec.judgement_lines(conversation, shop):
                file.write(line + "\n")
                lines += 1
    say(f"{conversion.out} has {lines} judgements for {counted(len(conversations))}.")


def write_run(conversion: Conversion) -> None:
    """Writes what a system gave as a TREC run.

    Raises:
        BadInput: there are no such results, or the suite is malformed.
    """
    lines = 0
    with written_whole(conversion.out, mode=conversion.mode) as file:
        for record in _first_attempts(conversion, _suite_of(conversion)):
            for line in trec.run_lines(record):
                file.write(line + "\n")
                lines += 1
    say(f"{conversion.out} has {lines} lines.")


def read_run(settings: Settings, conversion: Conversion) -> None:
    """Takes a TREC run in as the results of a system, and grades it.

    Raises:
        BadInput: it or the suite is malformed, none of its topics is a turn of the suite, or
            there are results already.
    """
    suites = _read(conversion.suites)
    conversations, catalogues = _with_catalogues(settings, suites)
    run = trec.read_run(conversion.source)
    system = conversion.system or conversion.source.stem
    records, lost = trec.records_of(run, conversations, system=system)
    if not records:
        sentence = f"No topic of {conversion.source} is a turn of the suite (CONVERSATION/TURN)."
        raise BadInput(sentence, field="input")
    about = About(model=f"the run {conversion.source.name}")
    with Steps() as steps, nothing_wider(conversion.mode):
        results = ResultsFile(conversion.out, about)
        if results.digests():
            raise BadInput(f"{conversion.out} has results: choose another --out.", field="out")
        for record in records:
            results.add(record)
        reports = Reports(
            conversion.out,
            about=about,
            conversations={conversation.id: conversation for conversation in conversations},
            where=suites.where,
            faults=[],
            shop_of=catalogues.shop_of,
            seed=_SEED,
        )
        reports.write([system], results, progress=steps.show)
    tell_lost(lost)
    files = ", ".join(sorted(Reports.FILES))
    told = f"{counted(len(records))}{of_lost(lost)}"
    say(f"{conversion.out} has {told}. Graded in {files}.")


def write_rewards(conversion: Conversion) -> None:
    """Grades a run over tau2-bench's tasks by the state of the shop.

    Raises:
        BadInput: there are no such results, or the tasks or the shop are malformed.
    """
    if conversion.tasks is None:
        raise BadInput("tau2-rewards needs the tasks: --tasks FILE.", field="tasks")
    tasks = {conversation_id(task): task for task in read_tasks(conversion.tasks)}
    records = read_retail(conversion.database or conversion.tasks.with_name(DATABASE))
    grades = []
    for record in _first_attempts(conversion, _suite_of(conversion)):
        task = tasks.get(record.conversation)
        if task is not None:
            calls = [call for turn in record.turns for call in turn.tools or ()]
            texts = [turn.text for turn in record.turns]
            grades.append(grade_task(task, records, calls=calls, texts=texts))
    if not grades:
        raise BadInput(f"{conversion.source} has none of the tasks.", field="input")
    with written_whole(conversion.out, mode=conversion.mode) as file:
        write_lines(file, (grade.model_dump(mode="json") for grade in grades))
    mean = sum(grade.reward for grade in grades) / len(grades)
    unsure = sum(bool(grade.not_graded) for grade in grades)
    say(
        f"{conversion.out} has {len(grades)} tasks, with a mean reward of {mean:.3f}; "
        f"of {unsure}, a part of the reward could not be graded."
    )


def _read(paths: Sequence[Path]) -> Suites:
    """Suites of which every line is right."""
    if not paths:
        raise BadInput("A run needs the suite that it is of: --suite FILE.", field="suite")
    suites = read_suites(paths)
    if suites.faults:
        raise BadInput(str(suites.faults[0]), field="suite")
    return suites


def _with_catalogues(
    settings: Settings, suites: Suites
) -> tuple[list[Conversation], SuiteCatalogues]:
    """The conversations, and their catalogues, made where they are missing."""
    conversations, files = beside_suites(suites)
    with Steps() as steps:
        embedder = ready_embedder(settings, steps)
        own, shop = catalogue_folders(settings, embedder)
        catalogues = SuiteCatalogues(files, own=own, shop=shop)
        names = {conversation.catalog for conversation in conversations}
        catalogues.prepare(names, embedder=embedder, progress=steps.show)
    return conversations, catalogues


class _FinishedRun(ResultsFile):
    """The records of a run that is only read: its folder stays as it is."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / RESULTS


def _suite_of(conversion: Conversion) -> dict[str, Conversation]:
    conversations, _ = beside_suites(_read(conversion.suites))
    return {conversation.id: conversation for conversation in conversations}


def _first_attempts(
    conversion: Conversion, conversations: Mapping[str, Conversation]
) -> Iterator[Record]:
    """The first attempt at each conversation, of one system."""
    note = conversion.source / ABOUT
    try:
        About.model_validate_json(note.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(
            f"{conversion.source} is no folder of a run: it has no {ABOUT}.", field="input"
        ) from error
    except ValidationError as error:
        raise BadInput(f"{note} is damaged.", field="input") from error
    system = conversion.system
    found = False
    for record in _FinishedRun(conversion.source).read(conversations):
        if conversion.system is None and system is not None and record.system != system:
            raise BadInput(
                f"{conversion.source} has the results of {system}, {record.system} and perhaps "
                "others: --system says whose.",
                field="system",
            )
        system = system or record.system
        if record.system == system and record.attempt == 1:
            found = True
            yield record
    if not found:
        whose = f" of {conversion.system}" if conversion.system else ""
        raise BadInput(f"{conversion.source} has no results{whose} for this suite.", field="input")


def tell_lost(lost: Sequence[Lost]) -> None:
    """Names each thing that could not be carried over."""
    for one in lost:
        tell(str(one))


def of_lost(lost: Sequence[Lost]) -> str:
    """How many they are, to end a sentence with."""
    if not lost:
        return ""
    return f"; {len(lost)} {'thing was' if len(lost) == 1 else 'things were'} lost, named above"


def counted(conversations: int) -> str:
    """A number of conversations, in words."""
    return "one conversation" if conversations == 1 else f"{conversations} conversations"
