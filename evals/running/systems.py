"""This assistant as a system that is evaluated, in process or over HTTP."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from assistant.guest import PREFIX
from assistant.need import Wish
from assistant.reply import DeltaEvent, Reply, ReplyEvent
from evals.running.doors import Door, DoorOf, introduce
from evals.running.observed import (
    Observed,
    SeenCall,
    SeenCitation,
    SeenOffer,
    SeenTiming,
    SeenUsage,
    SeenWish,
)
from evals.suite.conversation import Conversation
from retrieval.errors import ShopGuideError
from tools.reading.fact import Fact


class ShopGuide:
    """This assistant, as a shopper meets it.

    Every conversation has a shopper and a thread of its own, so that no profile helps another.

    Args:
        door_of: the way into the assistant that a conversation is held with.
        new_id: a fresh id for each shopper.
        clock: seconds of a clock that never goes back.
        own_database: whether the assistant's database is the run's own. In a shop's, nobody is
            introduced by an id that somebody may have, and all are erased at the end.
    """

    name = "shopguide"

    def __init__(
        self,
        door_of: DoorOf,
        *,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        clock: Callable[[], float] = time.perf_counter,
        own_database: bool = True,
    ) -> None:
        self._door_of = door_of
        self._new_id = new_id
        self._clock = clock
        self._own_database = own_database
        self._held: dict[str, tuple[Door, str]] = {}
        self._introduced: list[tuple[Door, str]] = []

    async def begin(self, conversation: Conversation) -> None:
        """See ``System.begin``: a fresh shopper, known as the suite says, among the others."""
        if (before := self._held.pop(conversation.id, None)) is not None:
            before[0].close()  # it was broken off
        id = f"{PREFIX if conversation.guest else ''}eval-{self._new_id()}"
        door = await asyncio.to_thread(self._door_of, conversation, id)
        known = {
            name if self._own_database else f"{id}-{number}": shopper
            for number, (name, shopper) in enumerate(conversation.others.items())
        }
        if conversation.shopper is not None:
            known[id] = conversation.shopper
        for shopper_id, shopper in known.items():
            if not self._own_database:
                self._introduced.append((door, shopper_id))
            await introduce(door, shopper_id, shopper, catalog=conversation.catalog)
        self._held[conversation.id] = (door, id)

    async def answer(self, conversation: Conversation, turn: int, message: str) -> Observed:
        """See ``System.answer``. What became of orders is told of a turn without an answer too."""
        door, thread = self._held[conversation.id]
        if conversation.account is None:
            return await self._answer(door, thread, conversation, message)
        try:
            seen = await self._answer(door, thread, conversation, message)
        except ShopGuideError as error:
            seen = Observed(error=f"{type(error).__name__}: {error.sentence}")
        seen = seen.model_copy(update={"orders": await asyncio.to_thread(door.orders)})
        if turn == len(conversation.turns):
            del self._held[conversation.id]
            door.close()
        return seen

    async def _answer(
        self, door: Door, thread: str, conversation: Conversation, message: str
    ) -> Observed:
        started = self._clock()
        first: float | None = None
        events = door.chat(
            message, shopper_id=thread, thread_id=thread, catalog=conversation.catalog
        )
        async with aclosing(events):
            async for event in events:
                match event:
                    case DeltaEvent() if first is None and event.text.strip():
                        first = (self._clock() - started) * 1000
                    case ReplyEvent():
                        timing = SeenTiming(
                            first_text_ms=first, total_ms=(self._clock() - started) * 1000
                        )
                        known = await door.profile(thread)
                        return observe(event.reply, timing=timing, profile=known)
        raise AssertionError("a turn ends with a reply or an error")

    async def aclose(self) -> list[str]:
        """Lets desks go, and erases, in a shop's own database, all who were introduced to it.

        Returns:
            The ids of those whom the server did not erase.
        """
        left = []
        for door, _ in self._held.values():
            door.close()
        self._held.clear()
        for door, shopper_id in self._introduced:
            try:
                await door.erase(shopper_id)
            except ShopGuideError:
                left.append(shopper_id)
        self._introduced.clear()
        return left


def observe(reply: Reply, *, timing: SeenTiming, profile: list[SeenWish] | None = None) -> Observed:
    """A Reply as the grader sees it.

    Args:
        reply: of the assistant.
        timing: on the evaluator's clock.
        profile: what is known of the shopper after it.
    """
    need = reply.need
    held = [(wish, "must") for wish in (*need.must, *need.exclude)]
    held += [(wish, "prefer") for wish in need.prefer]
    return Observed(
        text=reply.text,
        language=reply.language,
        intent=reply.intent,
        products=[product.id for product in reply.products],
        pick=reply.pick,
        facts=[_seen(fact, fact.strength) for fact in reply.facts],
        need=[_seen(wish, strength) for wish, strength in held],
        unmatched=[wish.field for wish in need.unmatched],
        choices=list(reply.choices),
        sentiment=reply.sentiment,
        urgency=reply.urgency,
        handoff=reply.handoff is not None or reply.intent == "handoff",
        offers=[
            SeenOffer(id=p.id, title=p.title, price=p.price, currency=p.currency)
            for p in reply.products
        ],
        citations=[
            SeenCitation(marker=c.marker, source=c.source, value=c.value) for c in reply.citations
        ],
        confirmation=reply.confirmation is not None,
        tools=[SeenCall(tool=a.tool, arguments=a.arguments) for a in reply.actions],
        usage=SeenUsage(
            calls=reply.usage.llm_calls,
            prompt_tokens=reply.usage.prompt_tokens,
            cached_tokens=reply.usage.cached_tokens,
            completion_tokens=reply.usage.completion_tokens,
            failed=reply.usage.llm_failures,
        ),
        profile=profile,
        timing=timing,
    )


def _seen(wish: Wish | Fact, strength: Any) -> SeenWish:
    if wish.sort is not None:
        return SeenWish(field=wish.field, op=wish.sort, strength=strength, quote=wish.quote)
    return SeenWish(
        field=wish.field, op=wish.op, value=wish.value, strength=strength, quote=wish.quote
    )
