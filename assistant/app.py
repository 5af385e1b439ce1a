"""The assistant of a shop: who may ask, in which thread, of which catalogue; then the turn."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from assistant.asked import Asked
from assistant.database.connection import Database
from assistant.desk.cases import Standing
from assistant.desk.desk import Desk
from assistant.desk.erasing import move_cases
from assistant.desk.outbox import Outbox
from assistant.desk.rules import RuleBook
from assistant.errors import BadInput, ThreadBusy, WithPerson
from assistant.feedback.feedback import Feedback
from assistant.insight.counting import Counting
from assistant.joining import Joined, Joining
from assistant.language import language_of
from assistant.llm.client import ChatModel
from assistant.messages import clean_message
from assistant.need import Need, still_meant
from assistant.ordering.state import says_yes
from assistant.orders.guessing import OrderGuard
from assistant.orders.http_desk import HttpDesk
from assistant.orders.opening import open_desk
from assistant.passing_threads import PassingThreads
from assistant.policy.rooms import PolicyRooms
from assistant.profile.behaviour.event_store import EventStore
from assistant.profile.behaviour.learnt import LearntFolder
from assistant.profile.behaviour.outlook import Outlooks
from assistant.profile.dialogue.learning import Learnt
from assistant.profile.facts import ProfileFact
from assistant.profile.known import Profiles
from assistant.profile.memory import Memory
from assistant.release import release_of
from assistant.reply import Handoff, Reply, ReplyEvent, TurnEvent
from assistant.settings import Settings
from assistant.store import Store
from assistant.taking_back import TakingBack
from assistant.thread import Exchange, ThreadState, unknown_thread
from assistant.threads import Threads
from assistant.turn import Surroundings, Turn
from retrieval.embedding_source import embedding_source
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from retrieval.sentence_embedder import SentenceEmbedder
from retrieval.translation import GlossingEmbedder, Thesaurus
from tools.orders.desk import OrderDesk
from tools.reading.mood import read_mood

_log = structlog.get_logger(__name__)

# Ids come from other systems: anything readable, nothing that a path or a log could trip over.
_Done = TypeVar("_Done")
_ID = re.compile(r"[\w.:@+-]{1,128}")
# Feedback on what was said longer ago is kept, and not counted.
_MOST_REPLIES = 20


class Assistant:
    """Answers shoppers, and shows them what it knows of them.

    Args:
        settings: what the shop set.
        indexes: the catalogues.
        database: keeps what shoppers have agreed to.
        model: the language model.
        desk: the shop's orders; by default what the settings name.
        clock: seconds of a clock that never goes back.
        now: the time of day.
        new_id: a fresh id.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        indexes: IndexFolder,
        database: Database,
        model: ChatModel,
        desk: OrderDesk | None = None,
        clock: Callable[[], float] = time.perf_counter,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.settings = settings
        self.indexes = indexes
        self.model = model
        self.database = database
        self.now = now
        self._store = Store(database, PassingThreads(now))
        self.memory = Memory(database, self._store, now=now, new_id=new_id)
        self.events = EventStore(database.engine)
        self.learnt = LearntFolder(learnt_folder(settings))
        self.profiles = Profiles(self.memory, self.events, now, self.learnt)
        self.outlooks = Outlooks(self.memory, self.events, self.learnt, now, self.profiles.shares)
        self.policies = PolicyRooms(settings.policies)
        self.new_id = new_id
        self._taking = TakingBack(database, self._store)
        self._joining = Joining(database, self._store, self.memory, clock=clock, also=[move_cases])
        # The threads that are being answered, with whose they are; and the guests who sign in.
        self._answering: dict[str, str] = {}
        self._signing_in: set[str] = set()
        # Turns that may write to an order, by thread: they are not broken off.
        self._binding: dict[str, asyncio.Task[None]] = {}
        self.desk = Desk(
            database,
            RuleBook(settings.handoff_file, needed=settings.handoff_rules is not None),
            Outbox(database, new_id=new_id, on=settings.webhook_url is not None),
            now=now,
            days=settings.handoff_days,
        )
        self.threads = Threads(database, self._store, self.memory, self.desk)
        self.guard = OrderGuard(now)
        self.orders = desk or open_desk(settings, database, now=now, new_id=new_id)
        self.counting = Counting(
            database,
            now=now,
            fewest=settings.insight_fewest,
            shoppers=settings.insight_epsilon > 0,
        )
        self._turn = Turn(
            Surroundings(
                model=model,
                store=self._store,
                profiles=self.profiles,
                learnt=self.learnt,
                people=self.desk,
                policies=self.policies,
                rates=settings.rates,
                products_shown=settings.products_shown,
                desk=self.orders,
                guard=self.guard,
                clock=clock,
                now=now,
                new_id=new_id,
                count=self.counting.turn,
            )
        )

    async def chat(
        self,
        message: str,
        *,
        shopper_id: str,
        thread_id: str | None = None,
        catalog: str | None = None,
        address: str | None = None,
        confirms: str | None = None,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Answers one message, as events; the last is the whole reply.

        Args:
            message: the shopper's.
            shopper_id: who is asking, as the server settled it.
            thread_id: the conversation; a new one where it is None or unknown.
            catalog: the catalogue; by default the thread's own, then the shop's.
            address: the network address that it came from, for limits against guessing.
            confirms: id of the offer that a button answered; a yes to another one is none.

        Raises:
            BadMessage: the message is empty or too long.
            BadInput: an id has characters that ids cannot have.
            UnknownThread: the thread is another shopper's.
            UnknownCatalogue: there is no such catalogue.
            ThreadBusy: the thread's last message is still being answered.
            ModelUnavailable: the model server does not answer. Nothing is stored.
        """
        text = clean_message(message, limit=self.settings.message_limit)
        check_id(shopper_id, "shopper_id")
        thread_id = self.new_id() if thread_id is None else check_id(thread_id, "thread_id")
        events = self._answer(text, thread_id, shopper_id, catalog, address, confirms)
        async with aclosing(self._alone(thread_id, shopper_id, events)) as told:
            async for event in told:
                yield event

    async def release(
        self, wish_id: str, *, shopper_id: str, thread_id: str
    ) -> AsyncGenerator[TurnEvent, None]:
        """Takes a wish away and searches anew, as events; no model is asked.

        Args:
            wish_id: of the thread's need.
            shopper_id: who asks for it, as the server settled it.
            thread_id: the conversation.

        Raises:
            UnknownThread: there is no such thread of this shopper.
            UnknownWish: the wish does not hold any more.
            WithPerson: a person of the shop has the talk.
            ThreadBusy: the thread's last message is still being answered.
        """
        check_id(shopper_id, "shopper_id")
        check_id(thread_id, "thread_id")
        events = self._released(wish_id, thread_id, shopper_id)
        async with aclosing(self._alone(thread_id, shopper_id, events)) as told:
            async for event in told:
                yield event

    async def take_back(self, turn_id: str, *, shopper_id: str, thread_id: str) -> str:
        """Takes a shopper's last message back, with its answer and what it taught; or puts back the
        wish that was taken away last.

        Args:
            turn_id: of the message, or of the turn in which the wish was taken away.
            shopper_id: whose it is, as the server settled it.
            thread_id: the conversation.

        Returns:
            The message; empty where a wish was put back.

        Raises:
            UnknownThread: there is no such thread of this shopper.
            UnknownTurn: that is neither its last message nor its last turn.
            MessageSettled: an order was changed by it, or a person of the shop has it.
            ThreadBusy: a message of the thread is being answered.
        """
        take_back = partial(self._taking.take_back, thread_id, shopper_id, turn_id)
        return await self._between_turns(thread_id, shopper_id, take_back)

    async def delete_thread(self, thread_id: str, *, shopper_id: str) -> None:
        """Deletes a conversation. What is known of the shopper stays.

        Args:
            thread_id: which.
            shopper_id: whose it is, as the server settled it.

        Raises:
            UnknownThread: there is no such thread of this shopper.
            WithPerson: people of the shop are about to answer in it.
            ThreadBusy: a message of the thread is being answered.
        """
        delete = partial(self.threads.delete, thread_id, shopper_id)
        await self._between_turns(thread_id, shopper_id, delete)

    async def _between_turns(
        self, thread_id: str, shopper_id: str, do: Callable[[], _Done]
    ) -> _Done:
        """Does something with a thread while no message of it is answered."""
        check_id(shopper_id, "shopper_id")
        check_id(thread_id, "thread_id")
        await self._check_free(thread_id, shopper_id)
        if shopper_id in self._signing_in:
            raise _still_answering()
        self._answering[thread_id] = shopper_id
        try:
            return await asyncio.to_thread(do)
        finally:
            self._answering.pop(thread_id, None)

    async def _check_free(self, thread_id: str, shopper_id: str) -> None:
        """Makes sure that a thread is not being answered; nothing else is awaited after that.

        Raises:
            UnknownThread: it is another shopper's, who alone is to hear that it is busy.
            ThreadBusy: it is being answered.
        """
        await asyncio.to_thread(self._store.thread, thread_id, shopper_id)
        # A thread in its first turn is nowhere else.
        owner = self._answering.get(thread_id)
        if owner is not None:
            raise _still_answering() if owner == shopper_id else unknown_thread(thread_id)

    async def _alone(
        self, thread_id: str, shopper_id: str, events: AsyncGenerator[TurnEvent, None]
    ) -> AsyncGenerator[TurnEvent, None]:
        """The events of a turn, of which a thread has one at a time."""
        await self._check_free(thread_id, shopper_id)
        if shopper_id in self._signing_in:
            raise _still_answering()
        # Before anything of it is read: what another message changes must be seen by this one.
        self._answering[thread_id] = shopper_id
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        finally:
            # What is being written is answered to its end, and the thread is busy until then.
            if thread_id not in self._binding:
                self._answering.pop(thread_id, None)

    async def _answer(
        self,
        text: str,
        thread_id: str,
        shopper_id: str,
        catalog: str | None,
        address: str | None,
        confirms: str | None,
    ) -> AsyncGenerator[TurnEvent, None]:
        thread, index, case = await asyncio.to_thread(self._opened, thread_id, shopper_id, catalog)
        asked = Asked(
            message=text,
            language=language_of(text, otherwise=thread.language),
            thread=thread,
            index=index,
            turn_id=self.new_id(),
            case=case,
            address=address,
            confirms=confirms,
        )
        if case is not None and case.status == "person":
            reply = await asyncio.to_thread(self._left_to_person, asked, case)
            yield ReplyEvent(reply=reply)
            return
        events = self._turn.run(asked)
        offer = thread.ordering.pending
        if says_yes(thread.ordering, thread.turns, text):
            events = self._to_its_end(thread_id, events)
        elif offer is not None and not offer.unknown:
            await asyncio.to_thread(self._store.let_go, thread)
        async with aclosing(events):
            async for event in events:
                yield event

    async def _released(
        self, wish_id: str, thread_id: str, shopper_id: str
    ) -> AsyncGenerator[TurnEvent, None]:
        exchanges = await asyncio.to_thread(self.exchanges, thread_id, shopper_id)
        thread, index, case = await asyncio.to_thread(self._opened, thread_id, shopper_id, None)
        if case is not None and case.status == "person":
            raise WithPerson("A person of the shop has this talk; just tell them.")
        asked = Asked(
            message="",
            language=thread.language,
            thread=thread,
            index=index,
            turn_id=self.new_id(),
            case=case,
            release=release_of(thread, exchanges, wish_id),
        )
        async with aclosing(self._turn.run(asked)) as events:
            async for event in events:
                yield event

    async def _to_its_end(
        self, thread_id: str, events: AsyncGenerator[TurnEvent, None]
    ) -> AsyncGenerator[TurnEvent, None]:
        """A turn that may write to an order: whoever leaves, what was done is also kept as said."""
        queue: asyncio.Queue[TurnEvent | None] = asyncio.Queue()

        async def run() -> None:
            try:
                async with aclosing(events):
                    async for event in events:
                        queue.put_nowait(event)
            finally:
                self._binding.pop(thread_id, None)
                self._answering.pop(thread_id, None)
                queue.put_nowait(None)

        def told(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                _log.warning("binding_turn_failed", error=type(error).__name__)

        task = self._binding[thread_id] = asyncio.create_task(run())
        task.add_done_callback(told)
        while (event := await queue.get()) is not None:
            if isinstance(event, ReplyEvent):
                # The thread is free for the next message once this is heard.
                await asyncio.shield(task)
            yield event
        await asyncio.shield(task)

    def _opened(
        self, thread_id: str, shopper_id: str, catalog: str | None
    ) -> tuple[ThreadState, CatalogueIndex, Standing | None]:
        """The thread, begun where it is new, its catalogue as it is now, and its case."""
        thread = self._store.thread(thread_id, shopper_id)
        name = catalog or (thread.catalog if thread else self.settings.catalog)
        index = self.indexes.open(name)
        if thread is None:
            thread = self._store.begin(thread_id, shopper_id, name)
        elif thread.claim is not None and thread.claim.holds(self.now()):
            # In another process, and what it writes decides what can be said here.
            raise _still_answering()
        if thread.catalog != name:
            # What was wanted of another catalogue means nothing in this one.
            thread = thread.model_copy(
                update={"catalog": name, "need": Need(), "shown": [], "pick": None}
            )
        # A catalogue may have been indexed anew since the last turn.
        shown = [id for id in thread.shown if id in index]
        thread = thread.model_copy(
            update={
                "need": still_meant(thread.need, index),
                "shown": shown,
                "pick": thread.pick if thread.pick in shown else None,
                "ordering": thread.ordering.at(
                    self.now(), timedelta(minutes=self.settings.proof_minutes)
                ),
            }
        )
        pending = thread.ordering.pending
        if pending is not None:
            # What a person of the shop has said since is what a yes would be to.
            staff = self.desk.staff_messages(thread_id, shopper_id)
            if any(message.after_turn >= pending.turn for message in staff):
                thread = thread.model_copy(update={"ordering": thread.ordering.closed})
        return thread, index, self.desk.standing(thread_id, shopper_id)

    def _left_to_person(self, asked: Asked, case: Standing) -> Reply:
        """Keeps a message for the person who has the talk. The bot says nothing, learns nothing."""
        thread, mood = asked.thread, read_mood(asked.message)
        reply = Reply(
            thread_id=thread.id,
            turn_id=asked.turn_id,
            text="",
            language=asked.language,
            intent="handoff",
            sentiment=mood.sentiment,
            urgency=mood.urgency,
            need=thread.need,
            handoff=Handoff(reason="", summary="", status="person", case_id=case.id),
        )
        return self._store.commit_turn(
            thread.followed(asked.message),
            message=asked.message,
            reply=reply,
            learn=lambda known: Learnt(for_other=thread.for_other),
            now=self.now(),
            also=self.desk.taking(asked, None, self._store, expects=case.id),
        )

    async def reply(
        self,
        message: str,
        *,
        shopper_id: str,
        thread_id: str | None = None,
        catalog: str | None = None,
        confirms: str | None = None,
    ) -> Reply:
        """Answers one message, at once. Arguments and errors as in ``chat``."""
        events = self.chat(
            message,
            shopper_id=shopper_id,
            thread_id=thread_id,
            catalog=catalog,
            confirms=confirms,
        )
        async with aclosing(events):
            async for event in events:
                if isinstance(event, ReplyEvent):
                    return event.reply
        raise AssertionError("a turn ends with a reply or an error")

    def binds(self, thread_id: str) -> bool:
        """Whether a turn of a thread may be changing an order: it is answered to its end."""
        return thread_id in self._binding

    @property
    def busy(self) -> bool:
        """Whether a shopper is waiting for an answer."""
        return bool(self._answering)

    def profile(self, shopper_id: str) -> list[ProfileFact]:
        """What is known of a shopper, last seen first."""
        return self.memory.facts(check_id(shopper_id, "shopper_id"))

    def exchanges(self, thread_id: str, shopper_id: str) -> list[Exchange]:
        """The finished turns of a thread, oldest first.

        Raises:
            UnknownThread: there is no such thread of this shopper.
        """
        check_id(thread_id, "thread_id")
        return self._store.exchanges(thread_id, check_id(shopper_id, "shopper_id"))

    def give_feedback(
        self, thread_id: str, turn_id: str, shopper_id: str, feedback: Feedback
    ) -> None:
        """Keeps what a shopper thinks of a turn. Errors as in ``Store.give_feedback``."""
        self._store.give_feedback(thread_id, turn_id, shopper_id, feedback)
        for reply in self._store.last_replies(thread_id, _MOST_REPLIES):
            if reply.turn_id == turn_id:
                self.counting.thumb(shopper_id, feedback.thumb, reply.intent)

    async def join(
        self, guest_id: str, shopper_id: str, *, facts: bool = False, notice: str | None = None
    ) -> Joined:
        """Makes a guest's conversations those of the shopper who has signed in.

        Args:
            guest_id: the guest, as the server settled it.
            shopper_id: the shopper, as the server settled it.
            facts: whether the shopper wants what is known of the guest.
            notice: the version of the notice to which the shopper agrees now.

        Raises:
            ThreadBusy: a message of the guest is still being answered.
            AlreadyJoined: the guest has become another shopper.
            BadInput: facts are wanted of a shopper who has not agreed to be remembered.
        """
        if guest_id in self._signing_in or guest_id in self._answering.values():
            raise ThreadBusy("The guest's last message is still being answered.")
        self._signing_in.add(guest_id)
        try:
            return await asyncio.to_thread(
                self._joining.join, guest_id, shopper_id, facts=facts, notice=notice
            )
        finally:
            self._signing_in.discard(guest_id)

    def close(self) -> None:
        """Closes the database, the indexes' logs, and what leads to an order system."""
        if isinstance(self.orders, HttpDesk):
            self.orders.close()
        self.database.close()
        self.indexes.close()


def _still_answering() -> ThreadBusy:
    return ThreadBusy("The last message of this thread is still being answered.")


def default_embedder(settings: Settings) -> GlossingEmbedder:
    """The embedding model that the settings name; it is loaded at its first use.

    Raises:
        BadInput: the setting names no model.
    """
    model = SentenceEmbedder(
        embedding_source(settings.embedding, weights_folder(settings)),
        query_prompt=settings.embedding_query_prompt,
        document_prompt=settings.embedding_document_prompt,
    )
    return GlossingEmbedder(model, Thesaurus())


def weights_folder(settings: Settings) -> Path:
    """Where weights are kept."""
    return settings.cache / "weights"


def indexes_folder(settings: Settings) -> Path:
    """Where indexes are kept."""
    return settings.data / "catalogs"


def learnt_folder(settings: Settings) -> Path:
    """Where what was learnt from all shoppers' events is kept."""
    return settings.data / "learnt"


def check_id(id: str, field: str) -> str:
    """The id, where it is one.

    Raises:
        BadInput: it is empty, too long, or has spaces, slashes or control characters.
    """
    if not _ID.fullmatch(id):
        raise BadInput(
            f"{field} must have 1 to 128 letters, digits or any of . : @ + - _", field=field
        )
    return id
