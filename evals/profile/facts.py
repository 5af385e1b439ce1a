"""Facts of the profile against labels: shoppers talk over months, and their profile is graded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.app import Assistant, indexes_folder
from assistant.database.connection import Database
from assistant.llm.client import ChatModel
from assistant.profile.facts import ProfileFact
from assistant.settings import Settings
from evals.profile.conversations import ShopperTalks, load_talks
from evals.profile.fact_grades import Graded, SeenFact, figures, grade, misses, table
from evals.profile.silent_model import SilentModel
from retrieval.catalogues import open_catalogue
from retrieval.embedding import Embedder
from retrieval.errors import ShopGuideError
from retrieval.folder import IndexFolder

__all__ = ["Outcome", "figures", "grade", "hold", "misses", "run", "table"]

_OPENING = time(10, 0, tzinfo=UTC)


class Calendar:
    """The time of day in the conversations: a session's day, a minute later at each look."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time; it goes on."""
        self._now += timedelta(minutes=1)
        return self._now

    def turn_to(self, day: date) -> None:
        """Begins a day."""
        self._now = datetime.combine(day, _OPENING)


class Outcome(BaseModel):
    """What was known of a shopper after each session.

    Attributes:
        known: the facts of the profile, ended ones too; one list a session.
        problems: the sentences of turns that failed.
    """

    model_config = ConfigDict(frozen=True)

    talks: ShopperTalks
    known: tuple[tuple[SeenFact, ...], ...]
    problems: tuple[str, ...] = ()


async def hold(
    assistant_at: Callable[[Callable[[], datetime]], Assistant],
    conversations: Sequence[ShopperTalks],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Outcome]:
    """Lets every shopper talk, each session in a thread of its own, on its day.

    Args:
        assistant_at: gives the assistant for a clock, over a database without these shoppers.
        conversations: who talks.
        progress: told how many shoppers are done, and of how many.

    Returns:
        An outcome for every shopper, in their order. A turn that fails is noted, and the
        talk goes on.
    """
    calendar = Calendar()
    assistant = assistant_at(calendar)
    outcomes = []
    try:
        for number, talks in enumerate(conversations, start=1):
            outcomes.append(await _talk(assistant, calendar, talks))
            progress(number, len(conversations))
    finally:
        assistant.close()
    return outcomes


async def _talk(assistant: Assistant, calendar: Calendar, talks: ShopperTalks) -> Outcome:
    shopper = f"eval-{talks.id}"
    known, problems = [], []
    for number, session in enumerate(talks.sessions, start=1):
        calendar.turn_to(session.day)
        if number == 1:
            assistant.memory.give_consent(shopper)
        for message in session.say:
            try:
                await assistant.reply(
                    message,
                    shopper_id=shopper,
                    thread_id=f"{shopper}-{number}",
                    catalog=talks.catalog,
                )
            except ShopGuideError as error:
                problems.append(f"session {number}: {type(error).__name__}: {error.sentence}")
        known.append(tuple(map(_seen, assistant.memory.facts(shopper, history=True))))
    return Outcome(talks=talks, known=tuple(known), problems=tuple(problems))


def _seen(fact: ProfileFact) -> SeenFact:
    return SeenFact(
        field=fact.field,
        op=fact.op,
        value=fact.value,
        ended=fact.ended is not None,
        last_seen=fact.last_seen,
        quote=fact.quote,
    )


def demo_assistant(
    home: Path, embedder: Embedder, model: ChatModel
) -> Callable[[Callable[[], datetime]], Assistant]:
    """Gives assistants of the demo shop.

    Args:
        home: an empty folder, for its index and its database.
        embedder: of the index.
        model: the language model.
    """

    def assistant_at(now: Callable[[], datetime]) -> Assistant:
        settings = Settings(home=home, catalog="demo")
        folder = IndexFolder(indexes_folder(settings), embedder)
        open_catalogue(folder, "demo", embedder=embedder, now=datetime.now(UTC))
        # Profiles of a run are its own, wherever the shop keeps those of its shoppers.
        database = Database(f"sqlite:///{home / 'facts.sqlite3'}")
        return Assistant(settings, indexes=folder, database=database, model=model, now=now)

    return assistant_at


def graded(outcomes: Sequence[Outcome]) -> list[Graded]:
    """Every outcome held against its labels."""
    return [grade(o.talks, o.known, problems=o.problems) for o in outcomes]


def run(
    out: Path,
    *,
    home: Path,
    embedder: Embedder,
    model: ChatModel | None = None,
    conversations: Sequence[ShopperTalks] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Mapping[str, Any]:
    """Holds conversations over the demo shop and grades them.

    Writes ``facts.json`` (figures) and ``facts-misses.json`` (what differs from the labels, to
    be read) into ``out``.

    Args:
        out: a folder; it is made where it is missing.
        home: an empty folder, for the index and the database.
        embedder: of the index; facts do not depend on it.
        model: the language model; None reads nothing, so that the rules stand alone.
        conversations: None for those of the suite that reading was developed on.
        progress: told how many shoppers are done, and of how many.

    Returns:
        The figures by language, as JSON holds them.
    """
    talks = load_talks() if conversations is None else conversations
    assistant_at = demo_assistant(home, embedder, SilentModel() if model is None else model)
    grades = graded(asyncio.run(hold(assistant_at, talks, progress=progress)))
    measured = {
        language: {name: figure.model_dump() for name, figure in by_name.items()}
        for language, by_name in figures(grades).items()
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, data in (("facts", measured), ("facts-misses", misses(grades))):
        text = json.dumps(data, ensure_ascii=False, indent=2)
        (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return measured
