"""The two ways into a ShopGuide: an assistant inside this process, and a server over HTTP."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Protocol

from assistant.app import Assistant
from assistant.commands.remote import Server
from assistant.database.connection import Database
from assistant.llm.client import ChatModel
from assistant.profile.behaviour.events import Event
from assistant.profile.fact_rows import fact_row
from assistant.profile.facts import Evidence, ProfileFact
from assistant.reply import TurnEvent
from assistant.settings import Settings
from evals.running.observed import SeenOrders, SeenWish
from evals.running.service_desk import ServiceDesk
from evals.suite.conversation import Conversation, KnownFact, KnownShopper, PastEvent
from retrieval.errors import BadInput
from retrieval.folder import IndexFolder

# What was put into a profile beforehand was said in a conversation that is not there.
_BEFORE = "before"
_CERTAIN = 0.9


class Door(Protocol):
    """How shoppers come in, and what of them can be looked at."""

    def chat(
        self, message: str, *, shopper_id: str, thread_id: str | None, catalog: str | None
    ) -> AsyncGenerator[TurnEvent, None]:
        """The events of one turn, as ``Assistant.chat`` gives them."""
        ...

    async def agree(self, shopper_id: str) -> None:
        """Agrees to be remembered, in a shopper's name."""
        ...

    async def add_facts(self, shopper_id: str, facts: tuple[KnownFact, ...]) -> None:
        """Puts facts into a profile.

        Raises:
            BadInput: this door has no way to do so.
        """
        ...

    async def add_events(
        self, shopper_id: str, events: tuple[PastEvent, ...], *, catalog: str
    ) -> None:
        """Reports what a shopper did."""
        ...

    async def profile(self, shopper_id: str) -> list[SeenWish]:
        """What is known of a shopper."""
        ...

    async def erase(self, shopper_id: str) -> None:
        """Erases all that is kept of a shopper."""
        ...

    def orders(self) -> SeenOrders | None:
        """What became of the orders of the conversation; None where it has none."""
        ...

    def close(self) -> None:
        """Lets go what was made for one conversation."""
        ...


DoorOf = Callable[[Conversation, str], Door]
"""The door for a conversation of the shopper with that id.

Raises:
    BadInput: what the conversation says of orders cannot be had.
"""


class AssistantDoor:
    """Into an assistant of this process.

    Args:
        assistant: with a database of its own, never the shop's.
        service: the desk that it has for one conversation alone.
    """

    def __init__(self, assistant: Assistant, service: ServiceDesk | None = None) -> None:
        self._assistant = assistant
        self._service = service
        self.chat = assistant.chat

    async def agree(self, shopper_id: str) -> None:
        """See ``Door``."""
        await asyncio.to_thread(self._assistant.memory.give_consent, shopper_id)

    async def add_facts(self, shopper_id: str, facts: tuple[KnownFact, ...]) -> None:
        """See ``Door``. The same facts of the same shopper may be added again."""
        now = self._assistant.now()
        rows = [
            fact_row(_fact(f"{_BEFORE}-{shopper_id}-{number}", shopper_id, fact, now))
            for number, fact in enumerate(facts)
        ]

        def write() -> None:
            with self._assistant.database.writing() as session:
                for row in rows:
                    session.merge(row)

        await asyncio.to_thread(write)

    async def add_events(
        self, shopper_id: str, events: tuple[PastEvent, ...], *, catalog: str
    ) -> None:
        """See ``Door``."""
        made = _events(shopper_id, events, self._assistant.now())
        await asyncio.to_thread(self._assistant.events.add, made, catalog=catalog)

    async def profile(self, shopper_id: str) -> list[SeenWish]:
        """See ``Door``."""
        # It takes a millisecond, as waking a thread for it would.
        facts = self._assistant.memory.facts(shopper_id)
        return [
            SeenWish(field=f.field, op=f.op, value=f.value, strength=f.strength, quote=f.quote)
            for f in facts
        ]

    async def erase(self, shopper_id: str) -> None:
        """See ``Door``."""
        await asyncio.to_thread(self._assistant.memory.erase, shopper_id)

    def orders(self) -> SeenOrders | None:
        """See ``Door``."""
        return None if self._service is None else self._service.seen()

    def close(self) -> None:
        """See ``Door``."""
        if self._service is not None:
            self._service.close()


class ServerDoor:
    """Into a running server.

    Args:
        server: it converts at rates of its own.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.chat = server.chat

    async def agree(self, shopper_id: str) -> None:
        """See ``Door``."""
        await asyncio.to_thread(self._server.agree, shopper_id, lambda shopper: None)

    async def add_facts(self, shopper_id: str, facts: tuple[KnownFact, ...]) -> None:
        """See ``Door``: over HTTP nobody puts facts into a profile that were not said."""
        raise BadInput(
            "A running server learns facts from what is said alone: write shopper.said instead of "
            "shopper.facts, or evaluate without --url.",
            field="shopper.facts",
        )

    async def add_events(
        self, shopper_id: str, events: tuple[PastEvent, ...], *, catalog: str
    ) -> None:
        """See ``Door``."""
        made = _events(shopper_id, events, datetime.now(UTC))
        body = {
            "events": [event.model_dump(mode="json", exclude_none=True) for event in made],
            "catalog": catalog,
        }
        await self._server.ask("POST", "/api/events", shopper_id, body)

    async def profile(self, shopper_id: str) -> list[SeenWish]:
        """See ``Door``."""
        known = await self._server.ask("GET", f"/api/profile/{shopper_id}", shopper_id)
        return [
            SeenWish(
                field=fact["field"],
                op=fact["op"],
                value=fact["value"],
                strength=fact["strength"],
                quote=fact["quote"],
            )
            for fact in known["facts"]
            if fact.get("ended") is None
        ]

    async def erase(self, shopper_id: str) -> None:
        """See ``Door``."""
        await self._server.ask("DELETE", f"/api/profile/{shopper_id}", shopper_id)

    def orders(self) -> SeenOrders | None:
        """See ``Door``: a running server's orders are its shop's."""
        return None

    def close(self) -> None:
        """See ``Door``."""


def doors_of(
    settings: Settings,
    *,
    indexes_of: Callable[[str], IndexFolder],
    database: Database,
    model: ChatModel,
) -> DoorOf:
    """Doors into assistants of this process: one assistant a table of rates and folder of indexes.

    A conversation with an account has an assistant and a desk of its own, new each time.

    Args:
        settings: of the shop; each conversation's rates of exchange take the place of its own.
        indexes_of: where the catalogue of a name is.
        database: where threads and profiles are kept for the run.
        model: the language model.
    """
    doors: dict[object, AssistantDoor] = {}

    def door(conversation: Conversation, shopper_id: str) -> Door:
        indexes = indexes_of(conversation.catalog)
        with_rates = settings.model_copy(update={"rates": dict(conversation.rates)})
        made = partial(Assistant, with_rates, indexes=indexes, database=database, model=model)
        if conversation.account is not None:
            service = ServiceDesk(
                conversation,
                f"customer-{shopper_id}" if conversation.guest else shopper_id,
                settings=settings,
                products=indexes.open(conversation.catalog).products,
                now=lambda: datetime.now(UTC),
            )
            return AssistantDoor(made(desk=service.desk), service)
        key = (id(indexes), _key(conversation.rates))
        if key not in doors:
            doors[key] = AssistantDoor(made())
        return doors[key]

    return door


def server_door(server: Server) -> DoorOf:
    """The one door into a running server, whose orders are its shop's own.

    Args:
        server: that is asked.
    """
    door = ServerDoor(server)

    def of(conversation: Conversation, shopper_id: str) -> Door:
        if conversation.account is not None:
            raise BadInput(
                "A running server has its shop's own orders, which no evaluation changes: "
                "conversations with an account are held without --url.",
                field="account",
            )
        return door

    return of


async def introduce(door: Door, shopper_id: str, known: KnownShopper, *, catalog: str) -> None:
    """Makes a shopper known, as a suite says that they are.

    Args:
        door: where.
        shopper_id: who.
        known: what is known of them.
        catalog: that their events are of, and that they talked about.
    """
    await door.agree(shopper_id)
    if known.facts:
        await door.add_facts(shopper_id, known.facts)
    if known.events:
        await door.add_events(shopper_id, known.events, catalog=catalog)
    thread = f"{_BEFORE}-{uuid.uuid4().hex}"
    for message in known.said:
        events = door.chat(message, shopper_id=shopper_id, thread_id=thread, catalog=catalog)
        async with aclosing(events):
            async for _ in events:
                pass


def _key(rates: Mapping[str, Decimal]) -> tuple[tuple[str, Decimal], ...]:
    return tuple(sorted(rates.items()))


def _fact(id: str, shopper_id: str, fact: KnownFact, now: datetime) -> ProfileFact:
    evidence = Evidence(quote=fact.quote, thread_id=_BEFORE, turn_id=_BEFORE, time=now)
    return ProfileFact(
        id=id,
        shopper_id=shopper_id,
        field=fact.field,
        op=fact.op,
        value=fact.value,
        strength=fact.strength,
        confidence=_CERTAIN,
        evidence=(evidence,),
        first_seen=now,
        last_seen=now,
    )


def _events(shopper_id: str, events: tuple[PastEvent, ...], now: datetime) -> list[Event]:
    return [
        Event(
            event_id=f"{_BEFORE}-{shopper_id}-{number}",
            shopper_id=shopper_id,
            type=event.type,
            product_id=event.product_id,
            query=event.query,
            value=event.value,
            time=now - timedelta(days=event.days_ago),
        )
        for number, event in enumerate(events)
    ]
