"""Runs conversations against systems, side by side, and keeps each as soon as it is finished."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evals.observed import Observed, System
from evals.records import Record, ResultsFile, digest_of, usable
from evals.suite import Conversation
from retrieval.errors import ShopGuideError

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Job:
    """One conversation and the systems that have yet to answer it, in their order."""

    conversation: Conversation
    systems: tuple[System, ...]


def draw_sample(
    conversations: Sequence[Conversation], size: int | None, *, seed: int
) -> list[Conversation]:
    """Some of the conversations, drawn by language in proportion; all where size is None.

    Args:
        conversations: to draw from.
        size: how many at most.
        seed: the same seed draws the same.
    """
    if size is None or size >= len(conversations):
        return list(conversations)
    rng = random.Random(seed)  # noqa: S311 (a sample, no secret)
    shuffled = rng.sample(list(conversations), len(conversations))
    by_language: dict[str, list[Conversation]] = {}
    for conversation in shuffled:
        by_language.setdefault(conversation.language, []).append(conversation)
    # Each conversation by how far down its language's list it stands: both lists empty evenly.
    ranked = [
        ((place + 0.5) / len(group), conversation)
        for group in by_language.values()
        for place, conversation in enumerate(group)
    ]
    ranked.sort(key=lambda pair: pair[0])
    chosen = {conversation.id for _, conversation in ranked[:size]}
    return [conversation for conversation in conversations if conversation.id in chosen]


async def run(
    conversations: Sequence[Conversation],
    systems: Sequence[System],
    results: ResultsFile,
    *,
    concurrency: int = 1,
    retry_failed: bool = False,
    progress: Progress = lambda done, total: None,
) -> list[Record]:
    """Asks every system every conversation that the folder has no result of.

    The systems answer a conversation one after the other before the next one begins, and who is
    first goes round: what slows the machine slows all of them alike.

    Args:
        conversations: what is asked.
        systems: who is asked; their names differ.
        results: where records are read from and written to.
        concurrency: conversations at once.
        retry_failed: whether conversations with a failed turn are asked again.
        progress: told how many conversations of systems are done, and of how many.

    Returns:
        A record for every conversation and system, in the suite's order.
    """
    done = usable(
        results.load(), conversations, [s.name for s in systems], retry_failed=retry_failed
    )
    waiting = asyncio.Queue[Job]()
    for number, conversation in enumerate(conversations):
        turned = [*systems[number % len(systems) :], *systems[: number % len(systems)]]
        left = tuple(s for s in turned if (s.name, conversation.id) not in done)
        if left:
            waiting.put_nowait(Job(conversation, left))
    total = len(conversations) * len(systems)
    progress(len(done), total)

    async def work() -> None:
        while not waiting.empty():
            job = waiting.get_nowait()
            for system in job.systems:
                turns = await hold(system, job.conversation)
                record = Record(
                    system=system.name,
                    conversation=job.conversation.id,
                    digest=digest_of(job.conversation),
                    place=len(done),
                    turns=turns,
                )
                results.add(record)
                done[record.key] = record
                progress(len(done), total)

    workers = [asyncio.create_task(work()) for _ in range(max(1, concurrency))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
    return [done[(s.name, c.id)] for c in conversations for s in systems]


async def hold(system: System, conversation: Conversation) -> list[Observed]:
    """One conversation with one system. A turn without an answer is marked; the talk goes on.

    A shopper whose message fails writes on too, and what a dead engine answers at once must not
    pass for a fast answer: such a turn has no times.
    """
    turns: list[Observed] = []
    for number, turn in enumerate(conversation.turns, start=1):
        try:
            observed = await system.answer(conversation, number, turn.say)
        except ShopGuideError as error:
            observed = Observed(error=f"{type(error).__name__}: {error.sentence}")
        turns.append(observed)
    return turns
