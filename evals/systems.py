"""This assistant as a system that is evaluated, in process or over HTTP."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from decimal import Decimal
from typing import Any, Protocol

from assistant.app import Assistant
from assistant.database.connection import Database
from assistant.llm.client import ChatModel
from assistant.need import Wish
from assistant.reply import DeltaEvent, Reply, ReplyEvent, TurnEvent
from assistant.settings import Settings
from evals.observed import Observed, SeenTiming, SeenUsage, SeenWish, System
from evals.suite import Conversation
from retrieval.folder import IndexFolder
from tools.reading.fact import Fact

__all__ = ["Observed", "SeenTiming", "SeenUsage", "SeenWish", "ShopGuide", "System", "in_process"]


class Talk(Protocol):
    """How a message is put to ShopGuide: ``Assistant.chat``, or a server's over HTTP."""

    def __call__(
        self, message: str, *, shopper_id: str, thread_id: str | None, catalog: str | None
    ) -> AsyncGenerator[TurnEvent, None]:
        """The events of one turn."""
        ...


class ShopGuide:
    """This assistant, as a shopper meets it.

    Every conversation has a shopper and a thread of its own, so that no profile helps another.

    Args:
        talk: gives the way to talk for a conversation, by its rates of exchange.
        new_id: a fresh id for each shopper.
        clock: seconds of a clock that never goes back.
    """

    name = "shopguide"

    def __init__(
        self,
        talk: Callable[[Mapping[str, Decimal]], Talk],
        *,
        new_id: Callable[[], str],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._talk = talk
        self._new_id = new_id
        self._clock = clock
        self._threads: dict[str, str] = {}

    async def answer(self, conversation: Conversation, turn: int, message: str) -> Observed:
        """See ``System.answer``."""
        if turn == 1 or conversation.id not in self._threads:
            self._threads[conversation.id] = f"eval-{self._new_id()}"
        thread = self._threads[conversation.id]
        talk = self._talk(conversation.rates)
        started = self._clock()
        first: float | None = None
        events = talk(message, shopper_id=thread, thread_id=thread, catalog=conversation.catalog)
        async with aclosing(events):
            async for event in events:
                match event:
                    case DeltaEvent() if first is None and event.text.strip():
                        first = (self._clock() - started) * 1000
                    case ReplyEvent():
                        timing = SeenTiming(
                            first_text_ms=first, total_ms=(self._clock() - started) * 1000
                        )
                        return observe(event.reply, timing=timing)
        raise AssertionError("a turn ends with a reply or an error")


def in_process(
    settings: Settings, *, indexes: IndexFolder, database: Database, model: ChatModel
) -> Callable[[Mapping[str, Decimal]], Talk]:
    """Ways to talk to an assistant inside this process: one assistant a table of rates.

    Args:
        settings: of the shop; each conversation's rates of exchange take the place of its own.
        indexes: the catalogues.
        database: where threads are kept for the run.
        model: the language model.
    """
    assistants: dict[tuple[tuple[str, Decimal], ...], Assistant] = {}

    def talk(rates: Mapping[str, Decimal]) -> Talk:
        key = tuple(sorted(rates.items()))
        if key not in assistants:
            with_rates = settings.model_copy(update={"rates": dict(rates)})
            assistants[key] = Assistant(with_rates, indexes=indexes, database=database, model=model)
        return assistants[key].chat

    return talk


def observe(reply: Reply, *, timing: SeenTiming) -> Observed:
    """A Reply as the grader sees it.

    Args:
        reply: of the assistant.
        timing: on the evaluator's clock.
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
        usage=SeenUsage(
            calls=reply.usage.llm_calls,
            prompt_tokens=reply.usage.prompt_tokens,
            cached_tokens=reply.usage.cached_tokens,
            completion_tokens=reply.usage.completion_tokens,
        ),
        timing=timing,
    )


def _seen(wish: Wish | Fact, strength: Any) -> SeenWish:
    if wish.sort is not None:
        return SeenWish(field=wish.field, op=wish.sort, strength=strength, quote=wish.quote)
    return SeenWish(
        field=wish.field, op=wish.op, value=wish.value, strength=strength, quote=wish.quote
    )
