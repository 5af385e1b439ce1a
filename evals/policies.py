"""Policy questions without a language model: ``python -m evals.policies FOLDER QUESTIONS…``.

FOLDER holds a shop's policies, ``en/…md`` and ``zh/…md``; QUESTIONS are suites whose turns expect
``policy``. Each question is put to the shop's policies alone, as a turn does that has taken it for
one on service; with ``--turns`` to the whole assistant of the demo shop instead, whose model reads
nothing, so that the way to the policies is measured too.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from assistant.app import Assistant, default_embedder, indexes_folder
from assistant.asked import Asked
from assistant.database.connection import Database
from assistant.language import language_of
from assistant.logs import configure_logs
from assistant.policy.answering import PolicyAnswer
from assistant.reply import Citation
from assistant.settings import Settings
from assistant.thread import ThreadState
from assistant.turn_state import TurnState
from evals.checks.policies import policies
from evals.handoffs import share
from evals.profile.silent_model import SilentModel
from evals.running.observed import Observed, SeenCitation
from evals.suite.conversation import Expect
from evals.suite.files import load_suites
from retrieval.catalogues import DEMO, open_catalogue
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from retrieval.policies import PolicyFolder
from tools.find_policy import find_policy_tool
from tools.reading.fact import ParsedQuery
from tools.toolbox import Toolbox

Answering = Callable[[str], Awaitable[Observed]]


@dataclass(frozen=True)
class Graded:
    """One question and what came of it.

    Attributes:
        answerable: whether the policies answer it.
        told: what is wrong; empty where nothing is.
        seconds: that it took.
        named: whether it was said to be unknown, and the clause that answers is one of those that
            were named as the nearest; None where it was not said, or no clause answers.
    """

    message: str
    answerable: bool
    told: str
    seconds: float
    named: bool | None


def grade(expect: Expect, observed: Observed) -> str:
    """What is wrong with an answer; empty where nothing is."""
    return "; ".join(check.told for check in policies(expect, observed) if not check.passed)


async def ask_policies(index: CatalogueIndex, folder: PolicyFolder, message: str) -> Observed:
    """What the policies say on a message that is for them."""
    language = language_of(message)
    thread = ThreadState(id="t", shopper_id="s", catalog=index.name, language=language)
    asked = Asked(message, language, thread, index, turn_id="1")
    toolbox = Toolbox([find_policy_tool(folder)], time.perf_counter)
    state: TurnState = {"asked": asked, "parsed": ParsedQuery(action="policy"), "toolbox": toolbox}
    found = await PolicyAnswer(state).take()
    return _observed(" ".join(found["lead"]), found.get("cited", []), found.get("choices", []))


async def ask_assistant(assistant: Assistant, message: str) -> Observed:
    """What the whole assistant says to a first message."""
    key = f"{time.monotonic_ns()}"
    reply = await assistant.reply(message, shopper_id=key, thread_id=key)
    return _observed(reply.text, reply.citations, reply.choices)


def _observed(text: str, citations: Sequence[Citation], choices: Sequence[str]) -> Observed:
    seen = [SeenCitation(**citation.model_dump()) for citation in citations]
    return Observed(text=text, citations=seen, choices=list(choices))


async def graded(questions: Sequence[tuple[str, Expect]], answering: Answering) -> list[Graded]:
    """Every question asked and graded, one after the other."""
    done = []
    for message, expect in questions:
        start = time.perf_counter()
        observed = await answering(message)
        seconds = time.perf_counter() - start
        told = grade(expect, observed)
        done.append(Graded(message, bool(expect.policy), told, seconds, _named(expect, observed)))
    return done


def _named(expect: Expect, observed: Observed) -> bool | None:
    if not expect.policy or observed.citations:
        return None
    headings = {choice.rpartition(" > ")[2] for choice in observed.choices}
    wanted = [place for one in expect.policy for place in one.split("|")]
    return any(place.rpartition("#")[2] in headings for place in wanted)


def report(done: Sequence[Graded]) -> str:
    """The figures and each miss."""
    lines = [f"  {one.message} -> {one.told}" for one in done if one.told]
    for name, answerable in (("right", True), ("honest", False)):
        some = [one for one in done if one.answerable is answerable]
        lines.append(f"{name}: {share(sum(not one.told for one in some), len(some))}")
    unknown = [one.named for one in done if one.named is not None]
    if unknown:
        lines.append(f"of those not answered, named as near: {share(sum(unknown), len(unknown))}")
    slowest = sorted(one.seconds for one in done)
    middle, last = slowest[len(slowest) // 2] * 1000, slowest[-1] * 1000
    lines.append(f"median {middle:.0f} ms, most {last:.0f} ms")
    return "\n".join(lines)


def main() -> int:
    """Asks the questions and prints the figures, with what went wrong."""
    parser = argparse.ArgumentParser(prog="python -m evals.policies", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("questions", nargs="+", type=Path)
    parser.add_argument("--turns", action="store_true", help="ask the whole assistant")
    given = parser.parse_args()
    configure_logs(logging.ERROR)
    questions = [
        (turn.say, turn.expect)
        for conversation in load_suites(given.questions)
        for turn in conversation.turns
        if turn.expect.policy is not None
    ]
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), catalog=DEMO, policies=given.folder)
        embedder = default_embedder(Settings())
        indexes = IndexFolder(indexes_folder(settings), embedder)
        index = open_catalogue(indexes, DEMO, embedder=embedder, now=datetime.now(UTC))
        database = Database(f"sqlite:///{Path(home) / 'policies.sqlite3'}")
        assistant = Assistant(settings, indexes=indexes, database=database, model=SilentModel())
        folder = PolicyFolder(given.folder, embedder)
        answering: Answering = (
            partial(ask_assistant, assistant)
            if given.turns
            else partial(ask_policies, index, folder)
        )
        try:
            done = asyncio.run(graded(questions, answering))
        finally:
            assistant.close()
    print(report(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
