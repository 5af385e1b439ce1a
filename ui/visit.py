"""What a shopper does on the page and what the page then shows; knows nothing of Gradio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from assistant.app import Assistant
from assistant.desk.cases import StaffMessage, Standing
from assistant.errors import UnknownThread
from assistant.need import Need
from assistant.reply import (
    DeltaEvent,
    Language,
    ProductEvent,
    ReplyEvent,
    StatusEvent,
    TurnEvent,
)
from assistant.store import Exchange
from retrieval.errors import BadInput, ShopGuideError
from ui.conversation import (
    TurnView,
    notice_html,
    speaker_html,
    turn_html,
    turns_html,
    welcome_html,
)
from ui.memory_visit import MemoryVisits
from ui.names import Names
from ui.need_panel import need_html
from ui.profile_panel import consent_html, profile_html
from ui.screen import Screen
from ui.texts import texts
from ui.wanted import Wanted

# A page with hundreds of turns would be slow on a phone; older ones stay in the database.
_MOST_TURNS = 40


@dataclass(frozen=True)
class _AtDesk:
    """How things stand with a thread at the shop's desk.

    Attributes:
        case: the open case.
        staff: what people of the shop wrote.
    """

    case: Standing | None
    staff: Sequence[StaffMessage]

    @property
    def heard(self) -> str:
        """Changes with what they do; empty where no case is open."""
        if self.case is None:
            return ""
        return f"{self.case.id}/{self.case.status}/{len(self.staff)}"


class Visits:
    """The page's side of the assistant.

    Args:
        assistant: answers.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._memory = MemoryVisits(assistant)

    @property
    def is_demo(self) -> bool:
        """Whether the demo shop is served, whose prices are illustrative."""
        return self._assistant.settings.catalog == "demo"

    @property
    def message_limit(self) -> int:
        """Characters of a message at most."""
        return self._assistant.settings.message_limit

    async def show(
        self,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        declined: bool = False,
    ) -> Screen:
        """The page as it stands: a reload loses nothing.

        Args:
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            language: of the page.
            declined: whether the shopper has said not to be remembered, as the browser knows.
        """
        if shopper is None:
            names = Names(language)
            return Screen(
                thread="",
                past="",
                turn=welcome_html(names),
                notice=notice_html(texts(language).reload),
                need=need_html(Need(), names),
                profile=profile_html(self._memory.known(None), names),
                consent="",
                interests="",
                speaker="",
                heard="",
                asking="",
                fresh=True,
                busy=False,
            )
        names = await self._names(language)
        thread_id, exchanges = await self._exchanges(thread, shopper)
        desk = await self._at_desk(thread_id, shopper)
        turns = [TurnView.of(exchange, desk.staff) for exchange in exchanges]
        known = await asyncio.to_thread(self._memory.known, shopper)
        return Screen(
            thread=thread_id,
            past=turns_html(turns[:-1], names),
            turn=turn_html(turns[-1], names) if turns else welcome_html(names),
            notice="",
            need=need_html(exchanges[-1].reply.need if exchanges else Need(), names),
            profile=profile_html(known, names),
            consent="" if known.consent or declined else consent_html(names),
            interests="",
            speaker=speaker_html(desk.case, names),
            heard=desk.heard,
            asking="",
            fresh=not turns,
            busy=False,
        )

    async def ask(
        self,
        message: object,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        address: str | None = None,
    ) -> AsyncGenerator[Screen, None]:
        """Answers a message; the screens tell how far the answer has come.

        A message that could not be answered goes back into the box.

        Args:
            message: what was typed.
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            language: of the page.
            address: the network address that asks, for limits against guessing.
        """
        text = message if isinstance(message, str) else ""
        if shopper is None:
            yield Screen(notice=notice_html(texts(language).reload), busy=False)
            return
        if not text.strip():
            yield Screen(busy=False)
            return
        names = await self._names(language)
        thread_id, exchanges = await self._exchanges(thread, shopper)
        view = TurnView(message=text, status=names.texts.working)
        staff = (await self._at_desk(thread_id, shopper)).staff
        yield Screen(
            past=turns_html([TurnView.of(exchange, staff) for exchange in exchanges], names),
            turn=turn_html(view, names),
            notice="",
            box="",
            asking=text,
            fresh=False,
            busy=True,
        )
        try:
            events = self._assistant.chat(
                text, shopper_id=shopper, thread_id=thread_id or None, address=address
            )
            async with aclosing(events):
                async for event in events:
                    _take(event, view)
                    if isinstance(event, ReplyEvent):
                        yield await self._finished(event, view, shopper, names)
                    else:
                        yield Screen(turn=turn_html(view, names))
        except ShopGuideError as error:
            yield _unanswered(view, names.texts.error(error), names)
        except Exception:
            # Nobody foresaw it: the log gets it, the shopper a plain sentence and the message back.
            yield _unanswered(view, names.texts.failed, names)
            raise

    async def listen(
        self, shopper: str | None, thread: object, heard: object, asking: object, language: Language
    ) -> Screen:
        """What people of the shop have written meanwhile; an empty screen where nothing is new.

        Args:
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            heard: what the page has shown so far.
            asking: the message that is being answered: the page is left alone meanwhile.
            language: of the page.
        """
        if shopper is None or asking:
            return Screen()
        thread_id, exchanges = await self._exchanges(thread, shopper)
        desk = await self._at_desk(thread_id, shopper)
        if desk.heard == heard or not exchanges:
            return Screen()
        names = await self._names(language)
        turns = [TurnView.of(exchange, desk.staff) for exchange in exchanges]
        return Screen(
            past=turns_html(turns[:-1], names),
            turn=turn_html(turns[-1], names),
            speaker=speaker_html(desk.case, names),
            heard=desk.heard,
        )

    async def act(
        self, sent: object, shopper: str | None, language: Language, *, thread: object = ""
    ) -> Screen:
        """Does what a button stands for: take a wish away, agree, correct, pin, delete, erase, …

        Args:
            sent: by the page's script: JSON of a ``Wanted``.
            shopper: who is asking, as the server settled it; None where it could not.
            language: of the page.
            thread: the browser's word for the conversation, which is only a hint.
        """
        names = await self._names(language)
        if shopper is None:
            return Screen(notice=notice_html(names.texts.reload))
        wanted = Wanted.read(sent)
        if wanted is not None and wanted.act == "release":
            return await self._release(wanted.fact, shopper, thread, names)
        return await asyncio.to_thread(self._memory.act, wanted, shopper, names)

    async def _release(self, wish: str, shopper: str, thread: object, names: Names) -> Screen:
        """Takes a wish away; the products that fit then are there at once."""
        thread_id, _ = await self._exchanges(thread, shopper)
        try:
            events = self._assistant.release(wish, shopper_id=shopper, thread_id=thread_id)
            async with aclosing(events):
                async for _ in events:
                    pass
        except ShopGuideError as error:
            return Screen(notice=notice_html(names.texts.error(error)))
        thread_id, exchanges = await self._exchanges(thread_id, shopper)
        staff = (await self._at_desk(thread_id, shopper)).staff
        turns = [TurnView.of(exchange, staff) for exchange in exchanges]
        return Screen(
            past=turns_html(turns[:-1], names),
            turn=turn_html(turns[-1], names),
            notice="",
            need=need_html(exchanges[-1].reply.need, names),
        )

    def my_data(self, shopper: str) -> dict[str, Any]:
        """All that is kept of a shopper.

        Raises:
            NotRemembered: nothing is.
        """
        return self._memory.export(shopper)

    def stopped(self, asking: object, language: Language) -> Screen:
        """After the shopper stopped an answer.

        Args:
            asking: the message that was being answered; empty where it just got its answer.
            language: of the page.
        """
        if not isinstance(asking, str) or not asking:
            return Screen(busy=False)
        sentence = notice_html(texts(language).stopped, error=False)
        return Screen(notice=sentence, box=asking, asking="", busy=False)

    async def _finished(
        self, event: ReplyEvent, view: TurnView, shopper: str, names: Names
    ) -> Screen:
        known = await asyncio.to_thread(self._memory.known, shopper)
        desk = await self._at_desk(event.reply.thread_id, shopper)
        return Screen(
            speaker=speaker_html(desk.case, names),
            heard=desk.heard,
            thread=event.reply.thread_id,
            turn=turn_html(view, names),
            need=need_html(event.reply.need, names),
            profile=profile_html(known, names),
            asking="",
            busy=False,
        )

    async def _at_desk(self, thread_id: str, shopper: str) -> _AtDesk:
        """How things stand with a thread at the shop's desk."""
        if not thread_id:
            return _AtDesk(None, ())
        desk = self._assistant.desk
        case = await asyncio.to_thread(desk.standing, thread_id, shopper)
        staff = await asyncio.to_thread(desk.staff_messages, thread_id, shopper)
        return _AtDesk(case, staff)

    async def _names(self, language: Language) -> Names:
        try:
            index = await asyncio.to_thread(
                self._assistant.indexes.open, self._assistant.settings.catalog
            )
        except ShopGuideError:
            return Names(language)  # chat says what is wrong; what was said before is still shown
        return Names(language, index)

    async def _exchanges(self, thread: object, shopper: str) -> tuple[str, list[Exchange]]:
        """The conversation, where it is this shopper's; otherwise a new, empty one."""
        if not isinstance(thread, str) or not thread:
            return "", []
        try:
            found = await asyncio.to_thread(self._assistant.exchanges, thread, shopper)
        except (UnknownThread, BadInput):
            return "", []
        return thread, found[-_MOST_TURNS:]


def _take(event: TurnEvent, view: TurnView) -> None:
    """Puts an event into the view of the turn."""
    if isinstance(event, StatusEvent):
        view.status = event.text
    elif isinstance(event, DeltaEvent):
        view.text += event.text
    elif isinstance(event, ProductEvent):
        view.products.append(event.product)
    else:
        view.finish(event.reply)


def _unanswered(view: TurnView, sentence: str, names: Names) -> Screen:
    view.status = None
    return Screen(
        turn=turn_html(view, names),
        notice=notice_html(sentence),
        box=view.message,
        asking="",
        busy=False,
    )
