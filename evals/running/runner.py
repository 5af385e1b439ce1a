"""Runs conversations against systems, side by side, and keeps each as soon as it is finished."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from evals.running.observed import Observed, System
from evals.running.records import Key, Record, RecordWriter, digest_of
from evals.shoppers.shopper import Shopper
from evals.suite.conversation import Conversation
from retrieval.errors import ShopGuideError

ShopperOf = Callable[[Conversation, int], Shopper]
"""Who plays the shopper of a conversation with a goal, in an attempt (from 1)."""
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """One conversation and the names of the systems that have yet to answer it, in their order."""

    conversation: Conversation
    attempt: int
    systems: tuple[str, ...]


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


def jobs_left(
    conversations: Sequence[Conversation],
    systems: Sequence[str],
    attempts: int,
    held: Mapping[Key, str],
) -> list[Job]:
    """What is still to be asked, in the order in which it is.

    The systems answer a conversation one after the other before the next one begins, and who is
    first goes round: what slows the machine slows all of them alike. All conversations are held
    once before any is held a second time.

    Args:
        conversations: what is asked.
        systems: the names of those who are asked.
        attempts: how often each conversation is held.
        held: the digest of each conversation that has been.
    """
    digests = [digest_of(conversation) for conversation in conversations]
    return [
        Job(conversation, attempt, left)
        for attempt in range(1, attempts + 1)
        for number, conversation in enumerate(conversations)
        if (left := _left(systems, number, conversation.id, attempt, held, digests[number]))
    ]


async def hold_all(
    jobs: Sequence[Job],
    attempts: Sequence[Sequence[System]],
    results: RecordWriter,
    *,
    shopper_of: ShopperOf | None = None,
    concurrency: int = 1,
    limit_s: float | None = None,
    one_more: Callable[[], None] = lambda: None,
) -> None:
    """Holds what is to be held, and keeps each record.

    Args:
        jobs: what is asked, and whom.
        attempts: the systems of each attempt.
        results: where records are written to.
        shopper_of: plays the shoppers of conversations with a goal.
        concurrency: conversations at once.
        limit_s: seconds that an answer may take.
        one_more: told of each conversation of a system that is kept.
    """
    named = [{system.name: system for system in systems} for systems in attempts]
    waiting = iter(jobs)

    async def work() -> None:
        for job in waiting:
            for name in job.systems:
                record = await hold(
                    named[job.attempt - 1][name],
                    job.conversation,
                    attempt=job.attempt,
                    shopper_of=shopper_of,
                    limit_s=limit_s,
                )
                # Writing waits for the disk; other conversations need not.
                await asyncio.to_thread(results.add, record)
                one_more()

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(max(1, concurrency)):
                workers.create_task(work())
    except ExceptionGroup as group:
        raise group.exceptions[0] from group


def _left(
    systems: Sequence[str],
    number: int,
    conversation: str,
    attempt: int,
    held: Mapping[Key, str],
    digest: str,
) -> tuple[str, ...]:
    """The systems that have yet to answer a conversation, the first of them turned on."""
    first = number % len(systems)
    return tuple(
        name
        for name in (*systems[first:], *systems[:first])
        if held.get(Key(name, conversation, attempt)) != digest
    )


async def hold(
    system: System,
    conversation: Conversation,
    *,
    attempt: int = 1,
    shopper_of: ShopperOf | None = None,
    limit_s: float | None = None,
) -> Record:
    """One conversation with one system. A turn without an answer is marked; the talk goes on.

    A shopper whose message fails writes on too, and what a dead engine answers at once must not
    pass for a fast answer: such a turn has no times.

    Args:
        system: who answers.
        conversation: what is asked.
        attempt: from 1.
        shopper_of: plays the shopper where the conversation has a goal.
        limit_s: seconds that an answer may take.
    """
    shopper: Shopper
    if conversation.goal is None:
        shopper = _Reader([turn.say for turn in conversation.turns])
    elif shopper_of is not None:
        shopper = shopper_of(conversation, attempt)
    else:
        raise AssertionError("a conversation with a goal, and nobody who pursues it")
    said: list[str] = []
    turns: list[Observed] = []
    # What is said beforehand has an answer each.
    before = len(conversation.shopper.said) if conversation.shopper else 0
    before += sum(len(other.said) for other in conversation.others.values())
    not_begun = await _error_of(
        system.begin(conversation), system, conversation, limit_s and limit_s * (1 + before)
    )
    while (message := await shopper.next(turns)) is not None:
        said.append(message)
        if not_begun is not None:
            turns.append(Observed(error=not_begun))
            continue
        turns.append(await _answered(system, conversation, len(said), message, limit_s))
    return Record(
        system=system.name,
        conversation=conversation.id,
        digest=digest_of(conversation),
        attempt=attempt,
        said=said,
        turns=turns,
        outcome=shopper.outcome(turns),
    )


async def _answered(
    system: System, conversation: Conversation, turn: int, message: str, limit_s: float | None
) -> Observed:
    seen: list[Observed] = []

    async def answer() -> None:
        seen.append(await system.answer(conversation, turn, message))

    error = await _error_of(answer(), system, conversation, limit_s)
    return Observed(error=error) if error is not None else seen[0]


async def _error_of(
    doing: Awaitable[None], system: System, conversation: Conversation, limit_s: float | None
) -> str | None:
    """Why a system did not do something; None where it did."""
    try:
        async with asyncio.timeout(limit_s):
            await doing
    except ShopGuideError as error:
        return f"{type(error).__name__}: {error.sentence}"
    except TimeoutError:
        return f"no answer within {limit_s:g} seconds" if limit_s else "timed out"
    except Exception as error:  # noqa: BLE001
        # A mistake in the system under test fails its turn, not the run of all the others.
        _LOG.exception("system_crashed", system=system.name, conversation=conversation.id)
        return f"it crashed with {type(error).__name__}: {error}"
    return None


class _Reader:
    """Reads a written conversation out."""

    def __init__(self, messages: Sequence[str]) -> None:
        self._messages = messages

    async def next(self, answers: Sequence[Observed]) -> str | None:
        place = len(answers)
        return self._messages[place] if place < len(self._messages) else None

    def outcome(self, answers: Sequence[Observed]) -> None:
        return None
