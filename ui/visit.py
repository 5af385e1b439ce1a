"""What a shopper does on the page and what the page then shows; knows nothing of Gradio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from assistant.app import Assistant
from assistant.errors import TooManyRequests
from assistant.messages import clean_message
from assistant.reply import Language
from retrieval.errors import ShopGuideError
from ui.buttons import Buttons
from ui.conversation import (
    TurnView,
    notice_html,
    speaker_html,
    turn_html,
    turns_html,
)
from ui.memory_visit import MemoryVisits
from ui.names import Names
from ui.need_panel import need_html
from ui.profile_panel import consent_html, profile_html
from ui.screen import Screen
from ui.talk import Talk, Talks, shown
from ui.texts import texts
from ui.thread_visit import ThreadVisits
from ui.underway import Underway, UnderwayMessages
from ui.wanted import Wanted


class Visits:
    """The page's side of the assistant.

    Args:
        assistant: answers.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._memory = MemoryVisits(assistant)
        self._talks = Talks(assistant)
        self._underway = UnderwayMessages()
        self._threads = ThreadVisits(assistant)
        self._buttons = Buttons(assistant, self._talks, self._memory)

    @property
    def is_demo(self) -> bool:
        """Whether the demo shop is served, whose prices are illustrative."""
        return self._assistant.settings.catalog == "demo"

    @property
    def message_limit(self) -> int:
        """Characters of a message at most."""
        return self._assistant.settings.message_limit

    # the page as it stands -------------------------------------------------------------------

    async def show(
        self,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        declined: bool = False,
    ) -> Screen:
        """The page as it stands: a reload loses nothing, not even what is being answered.

        Args:
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            language: of the page.
            declined: whether the shopper has said not to be remembered, as the browser knows.
        """
        if shopper is None:
            names = Names(language)
            return shown(Talk(), names).but(
                notice=notice_html(names.texts.reload),
                profile=profile_html(self._memory.known(None), names),
                consent="",
                interests="",
                threads="",
            )
        names = await self._talks.names(language)
        talk = await self._talks.read(thread, shopper)
        known = await asyncio.to_thread(self._memory.known, shopper)
        screen = shown(talk, names).but(
            profile=profile_html(known, names),
            consent="" if known.consent or declined else consent_html(names),
            interests="",
            threads=await self._threads.listed(shopper, names, here=talk.thread_id),
        )
        place = thread if isinstance(thread, str) else ""
        underway = self._underway.of(shopper, place)
        failed = None if underway else self._underway.take_failed(shopper, place)
        if underway is None and failed is None:
            return screen
        screen = screen.but(thread=place, past=turns_html(talk.turns(editable=False), names))
        if failed is not None:
            return screen.but(**self._failed(failed, names).changes())
        assert underway is not None
        return screen.but(
            turn=turn_html(underway.view, names),
            asking=underway.view.message,
            fresh=False,
            busy=True,
        )

    async def resume(
        self,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        seen: object,
        asking: object,
        declined: bool = False,
    ) -> Screen:
        """The page after it was out of sight: another tab may have gone on in the same thread.

        Args:
            shopper, thread, language, declined: as for ``show``.
            seen: what the page has shown of the thread.
            asking: the message that it takes to be answered.
        """
        if shopper is None or asking:
            return Screen()
        talk = await self._talks.read(thread, shopper)
        place = thread if isinstance(thread, str) else ""
        if talk.seen == seen and self._underway.of(shopper, place) is None:
            return Screen()
        return await self.show(shopper, thread, language, declined=declined)

    # messages --------------------------------------------------------------------------------

    async def ask(
        self,
        message: object,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        replaces: object = "",
    ) -> AsyncGenerator[Screen, None]:
        """Answers a message from its beginning to its end. Args as for ``begin``."""
        begun = await self.begin(message, shopper, thread, language, replaces=replaces)
        yield begun
        if not begun.asking:
            return
        async with aclosing(self.follow(shopper, begun.thread, language, begun.asking)) as screens:
            async for screen in screens:
                yield screen
        yield await self.finish(shopper, begun.thread, language, begun.asking)

    async def begin(
        self,
        message: object,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        address: str | None = None,
        count: Callable[[str], Awaitable[None]] | None = None,
        replaces: object = "",
    ) -> Screen:
        """Begins to answer a message, which then goes on whether or not somebody watches.

        A message that cannot be answered goes back into the box.

        Args:
            message: what was typed.
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            language: of the page.
            address: the network address that asks, for limits against guessing.
            count: counts a message of a shopper against the shop's limits; raises
                ``TooManyRequests`` beyond them.
            replaces: the turn whose message this one takes the place of; empty for none.
        """
        text, words = message if isinstance(message, str) else "", texts(language)
        if shopper is None:
            return Screen(notice=notice_html(words.reload), busy=False)
        if not text.strip():
            return Screen(busy=False)
        if len(text) > self.message_limit:
            # It is not sent back: what is far too long is slow on its way, too.
            return Screen(notice=notice_html(self._too_long(text, language)), busy=False)
        names = await self._talks.names(language)
        talk = await self._talks.read(thread, shopper)
        try:
            if count is not None:
                await count(shopper)
        except TooManyRequests as error:
            return Screen(notice=notice_html(names.texts.error(error)), box=text, busy=False)
        if isinstance(replaces, str) and replaces:
            try:
                await self._assistant.take_back(
                    replaces, shopper_id=shopper, thread_id=talk.thread_id
                )
            except ShopGuideError as error:
                notice = notice_html(names.texts.error(error))
                return shown(talk, names).but(notice=notice, box=text)
            talk = await self._talks.read(thread, shopper)
        place = talk.thread_id or (thread if isinstance(thread, str) else "")
        if self._underway.of(shopper, place) or not self._underway.has_room(shopper):
            return Screen(notice=notice_html(words.errors["ThreadBusy"]), box=text)
        # From here on nothing else is waited for, so that of a flood of messages one is begun.
        thread_id = talk.thread_id or self._assistant.new_id()
        view = TurnView(message=text, status=words.working)
        events = self._assistant.chat(
            text, shopper_id=shopper, thread_id=thread_id, address=address
        )
        self._underway.begin(shopper, thread_id, view, events)
        return Screen(
            thread=thread_id,
            past=turns_html(talk.turns(editable=False), names),
            turn=turn_html(view, names),
            notice="",
            box="",
            need=need_html(talk.need, names),
            asking=text,
            editing="",
            replaces="",
            fresh=False,
            busy=True,
        )

    async def follow(
        self, shopper: str | None, thread: object, language: Language, asking: object
    ) -> AsyncGenerator[Screen, None]:
        """The turn that is being answered, each time that it has come further, until it has ended.

        Args:
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            language: of the page.
            asking: the message that the page takes to be answered; empty for none.
        """
        place = thread if isinstance(thread, str) else ""
        underway = self._underway.of(shopper, place) if shopper and asking else None
        if underway is None:
            yield Screen()
            return
        names = await self._talks.names(language)
        async with aclosing(underway.watch()) as views:
            async for view in views:
                yield Screen(turn=turn_html(view, names))

    async def finish(
        self, shopper: str | None, thread: object, language: Language, asking: object
    ) -> Screen:
        """The page after a message was answered, or was not. Args as for ``follow``."""
        place = thread if isinstance(thread, str) else ""
        if shopper is None or not isinstance(asking, str) or not asking:
            return Screen()
        if self._underway.of(shopper, place) is not None:
            return Screen()  # whoever began it again shows its end
        names = await self._talks.names(language)
        failed = self._underway.take_failed(shopper, place)
        if failed is not None:
            return self._failed(failed, names)
        talk = await self._talks.read(thread, shopper)
        known = await asyncio.to_thread(self._memory.known, shopper)
        screen = shown(talk, names).but(
            past=None,
            profile=profile_html(known, names),
            threads=await self._threads.listed(shopper, names, here=talk.thread_id),
        )
        said = clean_message(asking, limit=self.message_limit)
        if talk.exchanges and talk.exchanges[-1].message == said:
            return screen
        # The server was started anew meanwhile.
        again = notice_html(names.texts.failed, retry=names.texts.retry)
        return shown(talk, names).but(notice=again, box=asking)

    async def stop(
        self, shopper: str | None, thread: object, asking: object, language: Language
    ) -> Screen:
        """Stops the answer that is being made, and with it the model.

        Args:
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            asking: the message that the page takes to be answered.
            language: of the page.
        """
        if shopper is None or not isinstance(thread, str) or not asking:
            return Screen(busy=False)
        underway = self._underway.of(shopper, thread)
        if underway is None:
            return Screen(busy=False)
        names = await self._talks.names(language)
        if self._assistant.binds(thread):
            return Screen(notice=notice_html(names.texts.not_stopped, error=False))
        await underway.stop()
        return self._failed(underway, names)

    def _failed(self, underway: Underway, names: Names) -> Screen:
        """What is told of a message that got no answer: it is back in the box."""
        view, words, error = underway.view, names.texts, True
        if underway.stopped:
            sentence, error = words.stopped, False
        elif isinstance(underway.error, ShopGuideError):
            sentence = words.error(underway.error)
        else:
            sentence = words.failed
        return Screen(
            turn=turn_html(view, names),
            notice=notice_html(sentence, error=error, retry=words.retry),
            box=view.message,
            asking="",
            fresh=False,
            busy=False,
        )

    def _too_long(self, text: str, language: Language) -> str:
        return texts(language).too_long.format(
            count=f"{len(text):,}", most=f"{self.message_limit:,}"
        )

    # the shop's people -----------------------------------------------------------------------

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
        talk = await self._talks.read(thread, shopper)
        if talk.heard == heard or not talk.exchanges:
            return Screen()
        names, turns = await self._talks.names(language), talk.turns()
        return Screen(
            past=turns_html(turns[:-1], names),
            turn=turn_html(turns[-1], names),
            speaker=speaker_html(talk.case, names),
            heard=talk.heard,
            seen=talk.seen,
        )

    # buttons ---------------------------------------------------------------------------------

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
        names = await self._talks.names(language)
        if shopper is None:
            return Screen(notice=notice_html(names.texts.reload))
        wanted = Wanted.read(sent)
        match wanted:
            case Wanted(act="open_thread" | "ask_delete_thread" | "delete_thread" | "show_threads"):
                return await self._on_threads(wanted, shopper, thread, names)
        return await self._buttons.act(wanted, shopper, thread, names)

    async def find(
        self, shopper: str | None, thread: object, query: object, language: Language
    ) -> Screen:
        """The conversations that have what is searched for.

        Args:
            shopper, thread, language: as for ``show``.
            query: what is searched for.
        """
        if shopper is None:
            return Screen()
        here = thread if isinstance(thread, str) else ""
        names = await self._talks.names(language)
        return Screen(threads=await self._threads.listed(shopper, names, here=here, query=query))

    async def _on_threads(
        self, wanted: Wanted, shopper: str, thread: object, names: Names
    ) -> Screen:
        """Opens or deletes a conversation."""
        here = thread if isinstance(thread, str) else ""
        if wanted.act in ("ask_delete_thread", "show_threads"):
            deleting = wanted.fact if wanted.act == "ask_delete_thread" else ""
            return Screen(
                threads=await self._threads.listed(shopper, names, here=here, deleting=deleting)
            )
        if wanted.act == "open_thread" and self._underway.of(shopper, here) is not None:
            # What is still told of it would come into the other conversation.
            return Screen(notice=notice_html(names.texts.errors["ThreadBusy"]))
        if wanted.act == "open_thread":
            return await self._opened(wanted.fact, shopper, names)
        try:
            await self._assistant.delete_thread(wanted.fact, shopper_id=shopper)
        except ShopGuideError as error:
            return Screen(notice=notice_html(names.texts.error(error)))
        notice = notice_html(names.texts.threads.deleted, error=False)
        if wanted.fact == here:
            return (await self._opened("", shopper, names)).but(notice=notice)
        return Screen(notice=notice, threads=await self._threads.listed(shopper, names, here=here))

    async def _opened(self, thread_id: str, shopper: str, names: Names) -> Screen:
        return (await self.show(shopper, thread_id, names.language)).but(consent=None, box="")

    def my_data(self, shopper: str) -> dict[str, Any]:
        """All that is kept of a shopper.

        Raises:
            NotRemembered: nothing is.
        """
        return self._memory.export(shopper)
